/* outbox.h: what the files of mails share among themselves. */
#ifndef MAILS_OUTBOX_H
#define MAILS_OUTBOX_H

#include "features/mails/mails.h"
#include "jobs/jobs.h"
#include "record/columns.h"
#include "record/form.h"
#include "text/bounce.h"

enum letter_style {
    STYLE_BODY,
    STYLE_CARD,
    STYLE_HUB,
    STYLE_TEXT,
    STYLE_BUTTON,
    STYLE_URL,
    STYLE_QUOTE,
    STYLE_LINK,
    STYLE_FINE,
};
struct attrs letter_style(enum letter_style which);

#define MAIL_ROW(F, X)                                                                             \
    F(INT, id, "m.id")                                                                             \
    X(REF, person_id, "m.person_id")                                                               \
    X(TEXT, kind, "m.kind")                                                                        \
    X(TEXT, address, "m.address")                                                                  \
    X(TEXT, subject, "m.subject")                                                                  \
    X(HIDDEN_TEXT, body, "m.body")                                                                 \
    X(HIDDEN_TEXT, html, "m.html")                                                                 \
    X(HIDDEN_TEXT, headers, "m.headers")                                                           \
    X(HIDDEN_TEXT, secret, "m.secret")                                                             \
    X(TEXT, state, "m.state")                                                                      \
    X(INT, tries, "m.tries")                                                                       \
    X(TIME, created_at, "m.created_at")                                                            \
    X(TIME, sent_at, "m.sent_at")                                                                  \
    X(TEXT, answer, "m.answer")                                                                    \
    X(HIDDEN_INT, role, "COALESCE(c.role, 0)")
ROW_DEFINE(mail_shown, MAIL_ROW)
#define MAIL_FROM " FROM mails m LEFT JOIN accounts c ON c.person_id = m.person_id"

struct outbox_page {
    const struct mail_shown *rows;
    size_t n;
    struct str state, next;
    bool has_server;
};

struct mail_page {
    struct mail_shown mail;
    struct str body; /* with its secret, for those who may see it */
    struct str path;
    bool hides; /* there is a secret that this viewer does not see */
};

struct letter_shown { /* a kind; the one that is looked at with its sample */
    struct str name, title, subject, body;
};

struct letters_page {
    const struct letter_kind *const *kinds;
    const struct letter_shown *shown;
    size_t n;
    const struct letter_kind *kind; /* the one that is shown */
    struct str subject, body;
};

extern const struct form_rule mails_query[];
extern const struct part mails_answer[], mail_answer[], letters_answer[];

int mails_index(struct req *rq);
int mails_show(struct req *rq);
int sendings_create(struct req *rq);
int mail_html_show(struct req *rq);
int letters_index(struct req *rq);
int letters_show(struct req *rq);
int letter_html_show(struct req *rq);

/* The kind of that name; NULL: there is none. */
const struct letter_kind *letter_kind_find(const struct app *app, struct str name);

/* "s12.0a1b...": names a letter, and cannot be made up: in its Message-ID and its return path. */
struct str mail_mark(const struct app *app, struct arena *a, int64_t id);
/* The letter that a text names first; 0: none. */
int64_t mail_marked(const struct app *app, struct arena *a, struct str text);

/* A letter came back: RULE 6 of mails.h. */
void mail_came_back(struct db *db, int64_t now, int64_t id, const struct bounce *bounce);

/* What the mail server hands back; `to` is the address it came to, if that is known. *id 0: it is
 * about no letter of ours. False: the database failed. */
bool bounce_take(struct app *app, struct arena *a, struct str mail, struct str to,
                 struct bounce *bounce, int64_t *id);
int command_bounce(struct app *app, int argc, char **argv);
enum job_result mails_clean(struct job *job);
enum job_result mails_returned(struct job *job);

/* The last words of every letter. */
void letter_close(const struct app *app, struct letter *l);

/* RULE 10 of mails.h. */
void mails_failures(struct db *db, struct arena *a,
                    void (*tell)(void *ctx, const struct failure *f), void *ctx);

/* The text with what stands for the secret replaced by it. */
struct str secret_put(struct arena *a, struct str text, struct str secret);

/* Sends what is due, one after another over one connection. */
enum job_result mails_send(struct job *job);

#endif
