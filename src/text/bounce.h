/* bounce.h: what a mail that came back to the letters' return path says.
 *
 * Understands delivery status notifications (RFC 3464), whose fields are for programs, and of other
 * returned mail the status codes in its words (RFC 3463).
 *
 * RULES
 *   1. HARD is only what says that the address takes no mail: failed, with a status of class 5.
 *   2. Given up after many attempts (class 4), or without a code that we know, is SOFT.
 *   3. "Delayed" is DELAYED; an answer by a machine or a person, or a receipt, is NONE.
 *   4. Any bytes are read within bounds, in time that grows with their number only.
 */
#ifndef TEXT_BOUNCE_H
#define TEXT_BOUNCE_H

#include "core/arena.h"
#include "core/str.h"

enum bounce_kind { BOUNCE_NONE, BOUNCE_DELAYED, BOUNCE_SOFT, BOUNCE_HARD };

struct bounce {
    enum bounce_kind kind;
    struct str status; /* "5.1.1"; empty: not said */
    struct str why;    /* the server's words, one line */
};

struct bounce bounce_read(struct arena *a, struct str mail);
const char *bounce_name(enum bounce_kind kind); /* "none", "delayed", "soft", "hard" */

#endif
