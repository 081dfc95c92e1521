/* smtp.h: hands letters to a mail server, one after another over one connection (libcurl).
 *
 * The server is named by an address: mailserver.h.
 *
 * RULES
 *   1. The server and what it is told are as safe as mailserver.h says.
 *   2. An answer of 4xx is LATER, of 5xx REFUSED, or NO_ADDRESS when it was about the address.
 *   3. A server that cannot be reached, spoken to or signed in at is AWAY; one that is silent, or
 *      breaks off after it had begun to take the letter, is LATER.
 *   4. Every wait ends.
 */
#ifndef MAILS_SMTP_H
#define MAILS_SMTP_H

#include <stdbool.h>

#include "core/str.h"

struct arena;
struct smtp;

enum smtp_result { SMTP_SENT, SMTP_LATER, SMTP_REFUSED, SMTP_NO_ADDRESS, SMTP_AWAY };

struct smtp_options {
    struct str url, hello;    /* hello: what we call ourselves */
    bool (*go_on)(void *ctx); /* asked every second while a letter is on its way; NULL: yes */
    void *ctx;
};

/* NULL and words when the address cannot be read. Closed with the arena. */
struct smtp *smtp_open(struct arena *a, const struct smtp_options *options, struct str *wrong);

/* `message` has CRLF. *answer is the server's last line, or what went wrong; good until the next
 * call. */
enum smtp_result smtp_send(struct smtp *s, const char *from, const char *to, struct str message,
                           struct str *answer);

#endif
