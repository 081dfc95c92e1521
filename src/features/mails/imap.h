/* imap.h: a mailbox, read by IMAP (libcurl).
 *
 *     imaps://user:password@mail.example             its INBOX
 *     imaps://user:password@mail.example/Returned    another folder
 *
 * RULES
 *   1. The server and what it is told are as safe as mailserver.h says.
 *   2. Of a letter at most IMAP_LETTER_MAX bytes are taken, of a list at most IMAP_LIST numbers.
 *   3. A letter is unread again, or gone, as imap_leave and imap_delete say; no other one changes.
 */
#ifndef MAILS_IMAP_H
#define MAILS_IMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct arena;
struct imap;

enum { IMAP_LETTER_MAX = 1 << 20, IMAP_LIST = 500 };

struct imap_options {
    struct str url;
    bool (*go_on)(void *ctx); /* asked every second; NULL: yes */
    void *ctx;
};

/* NULL and words when the address cannot be read. Closed with the arena. */
struct imap *imap_open(struct arena *a, const struct imap_options *options, struct str *wrong);

/* Numbers hold as long as the mailbox has this validity. The next ones from `from` on, received
 * since `since` (microseconds), ascending. False: imap_error says why. */
struct imap_list {
    int64_t validity, uids[IMAP_LIST];
    size_t n;
};
bool imap_list(struct imap *m, int64_t from, int64_t since, struct imap_list *list);

/* In the arena of imap_open; empty: it is gone. */
bool imap_fetch(struct imap *m, struct arena *a, int64_t uid, struct str *letter);
bool imap_leave(struct imap *m, int64_t uid); /* as if it had not been read */
bool imap_delete(struct imap *m, int64_t uid);

const char *imap_error(const struct imap *m);

#endif
