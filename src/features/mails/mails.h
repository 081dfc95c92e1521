/* mails.h: letters by e-mail: written in the transaction that wants them, kept, sent, and seen by
 * administrators in the outbox.
 *
 * Base feature.
 * A feature declares its kinds of letters (struct feature, .letters).
 * Owns    tables mails, mail_addresses
 * RULES
 *   1. A letter is written in the transaction that wants it: it leaves if, and only if, that one
 *      is kept.
 *   2. A secret link is kept apart from its letter: administrators see it only in letters to people
 *      of a lower role than theirs, or to themselves, and programs with a token never; it is
 *      forgotten when the letter has left.
 *   3. Without a mail server letters are held, and stay in the outbox.
 *   4. Sent again, a letter has the Message-ID that it had: the server may know it by that.
 *   5. An answer of 4xx, silence or a lost connection is tried again, later and later, for some
 *      days; 5xx is final.
 *   6. After three letters that came back for good nothing is sent to an address any more, but for
 *      those that confirm it or that its owner has just asked for.
 *   7. Links in letters lead to --base-url, never to what a request calls its host.
 *   8. A mail that came back is believed when it names a letter by the mark that only this hub can
 *      make, and each letter comes back once.
 *   9. What is older than 90 days, and is not to be sent any more, is forgotten.
 *  10. The doctor tells of letters of the last week that did not arrive: refused, and come back.
 *  11. With a mailbox (--imap) it is looked into every two minutes: what says that a letter of ours
 *      did not arrive is taken in and deleted there; everything else stays, unread.
 *  12. A letter says where answers go: to --mail-reply, and without it that nobody reads them.
 */
#ifndef MAILS_MAILS_H
#define MAILS_MAILS_H

#include "core/arena.h"
#include "db/db.h"
#include "http/feature.h"
#include "view/html.h"

/* ---- writing ---- */

struct letter_block {
    enum { LETTER_TEXT, LETTER_BUTTON, LETTER_QUOTE, LETTER_ITEM, LETTER_FINE } kind;
    struct str text, url; /* url: whole; of buttons and items */
};

enum { LETTER_BLOCKS = 80 };

struct letter { /* what both its parts are made of */
    struct arena *arena;
    struct str hub, base; /* the hub's name and address */
    struct str subject;
    struct letter_block blocks[LETTER_BLOCKS];
    size_t n;
};

struct letter_kind {
    const char *name, *title; /* "reset", "Forgotten password" */
    void (*write)(struct letter *l, const void *data);
    const void *sample; /* what the page of letters shows it with */
    bool always;        /* RULE 6: also to an address that is stopped */
};

/* A path of the hub that ends with the letter's secret. */
#define LETTER_SECRET "SECRET-OF-THIS-LETTER"

void letter_subject(struct letter *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void letter_text(struct letter *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void letter_fine(struct letter *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void letter_button(struct letter *l, const char *label, struct str path);
void letter_quote(struct letter *l, struct str text);
void letter_item(struct letter *l, struct str text, struct str path);

/* The two parts; the letter's own buffer and arena hold them. */
struct str letter_plain(const struct letter *l);
struct str letter_html(const struct letter *l);

/* ---- the outbox ---- */

struct mail_desk { /* in a write transaction */
    struct app *app;
    struct db *db;
    struct arena *arena;
    int64_t now;
};

struct mail {
    const struct letter_kind *kind;
    const void *data;
    int64_t person_id; /* 0: nobody here yet */
    struct str address;
    struct str secret; /* stands where LETTER_SECRET is */
    int64_t thread_id; /* letters about one record stand together; 0: about none */
    struct str list;   /* "space-12": of whom a letter to many comes; empty: to one alone */
    struct str list_name;
    struct str stop; /* path that unsubscribes with one click; empty: none */
};

static inline struct mail_desk mail_desk(struct req *rq)
{
    return (struct mail_desk){rq->app, rq->db, rq->arena, rq->now};
}

/* The letter's id; 0: the address is stopped, or a statement failed. */
int64_t mail_put(const struct mail_desk *desk, const struct mail *mail);

struct str mail_base(const struct app *app); /* RULE 7; without a slash behind */
struct str mail_host(const struct app *app); /* of mail_base */
struct str mail_hub(struct db *db, struct arena *a);

/* ---- addresses that take no mail ---- */

struct mail_address {
    int64_t hard, bounced_at, stopped_at; /* stopped_at 0: not stopped */
    struct str why;
};
struct mail_address mail_address(struct db *db, struct arena *a, struct str address);
/* Its owner has shown that mail arrives. */
void mail_address_works(struct db *db, struct str address);

#endif
