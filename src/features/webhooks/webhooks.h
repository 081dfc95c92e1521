/* webhooks.h: other programs are told of what happens: signed requests to addresses of theirs.
 *
 * The consumer "webhooks" of the log writes a row for each activity that a hook wants; jobs send
 * them, and try again. Docs for those who receive: docs/api/webhooks.md.
 *
 * Owns    tables hooks, deliveries
 * RULES
 *   1. Staff make hooks. A hook is seen and changed by its owner; administrators see that it is
 *      there, and may take it away, but see nothing of what it tells.
 *   2. A hook tells what its owner may see, asked when it is noted and again when it is sent: what
 *      is hidden by then is withheld. Whose owner is not of the staff any more tells nothing.
 *   3. A delivery's data is what the API gives its owner for the record; what is gone has only id,
 *      type and `deleted`.
 *   4. A request is signed as Standard Webhooks say, with each secret that is good at the moment.
 *   5. A secret is shown once, when it is made. The one before it signs for a day more.
 *   6. No request goes to an address inside (hook_post.h), nor where a redirect leads.
 *   7. What is not answered with 2xx is tried again after 5 s, 1 min, 10 min, 1 h, 6 h and 24 h, or
 *      later if the answer says so; then it has failed.
 *   8. 410 switches a hook off at once, three days of failures do so too; its owner is told.
 *   9. A delivery, or everything since a time, is sent again on demand, under the same webhook-id.
 *      A test is sent once, also by a hook that is off.
 *  10. Each activity is noted once for each hook, whatever ends the process; imports are not told.
 *  11. After 30 days deliveries are forgotten.
 *  12. The doctor tells of hooks that were switched off and of deliveries of the last week that
 *      failed.
 *
 * The order in which deliveries arrive is not promised.
 */
#ifndef WEBHOOKS_WEBHOOKS_H
#define WEBHOOKS_WEBHOOKS_H

#include "http/feature.h"
#include "record/columns.h"
#include "record/form.h"

struct option;

enum {
    HOOKS_OF_ONE = 20, /* of one person */
    HOOKS_MAX = 200,   /* of the hub */
    HOOK_URL_MAX = 500,
    HOOK_TRIES = 7,
    DELIVERY_ANSWER = 1024, /* bytes that are kept */
};

#define HOOK_ROW(F, X)                                                                             \
    F(INT, id, "h.id")                                                                             \
    X(REF, person_id, "h.person_id")                                                               \
    X(TEXT, person, "COALESCE(p.name, '')")                                                        \
    X(TEXT, name, "h.name")                                                                        \
    X(TEXT, url, "h.url")                                                                          \
    X(TEXT, events, "h.events")                                                                    \
    X(REF, space_id, "h.space_id")                                                                 \
    X(FLAG, active, "h.active")                                                                    \
    X(TEXT, why, "h.why")                                                                          \
    X(TIME, created_at, "h.created_at")                                                            \
    X(TIME, failing_since, "h.failing_since")                                                      \
    X(HIDDEN_TEXT, secret, "h.secret")                                                             \
    X(HIDDEN_TEXT, old_secret, "h.old_secret")                                                     \
    X(TIME, old_until, "h.old_until")                                                              \
    X(HIDDEN_INT, replay_to, "h.replay_to")
ROW_DEFINE(hook, HOOK_ROW)
#define HOOK_FROM " FROM hooks h LEFT JOIN people p ON p.id = h.person_id"

#define DELIVERY_ROW(F, X)                                                                         \
    F(INT, id, "d.id")                                                                             \
    X(INT, hook_id, "d.hook_id")                                                                   \
    X(INT, activity_id, "d.activity_id")                                                           \
    X(TEXT, event, "d.event")                                                                      \
    X(TEXT, webhook_id, "d.mark")                                                                  \
    X(TEXT, state, "d.state")                                                                      \
    X(INT, tries, "d.tries")                                                                       \
    X(INT, status, "d.status")                                                                     \
    X(INT, took_us, "d.took")                                                                      \
    X(TIME, due_at, "d.due_at")                                                                    \
    X(TIME, created_at, "d.created_at")                                                            \
    X(TIME, sent_at, "d.sent_at")
#define DELIVERY_TEXTS_ROW(F, X)                                                                   \
    DELIVERY_ROW(F, X)                                                                             \
    X(TEXT, answer, "d.answer")                                                                    \
    X(TEXT, body, "d.body")
ROW_DEFINE(delivery, DELIVERY_ROW)
ROW_DEFINE(delivery_texts, DELIVERY_TEXTS_ROW)

struct hooks_page {
    const struct hook *rows; /* one's own; an administrator's: everybody's */
    size_t n;
    struct form form;
    const struct option *spaces;
    size_t spaces_n;
    int64_t viewer_id;
};

struct hook_page {
    struct hook hook;
    struct str made; /* a secret that was just made; empty: none was */
    struct form form, replay;
    const struct option *spaces;
    size_t spaces_n;
    const struct delivery *deliveries; /* newest first */
    size_t n;
    struct str state, event, next; /* what the log is narrowed to, and where it goes on */
    int64_t now;
};

struct hook_fields { /* the form's part that both pages have */
    const struct form *form;
    const struct option *spaces;
    size_t spaces_n;
};

struct delivery_page {
    struct delivery_texts row;
    struct str hook_name;
};

/* ---- hook_pages.c ---- */

int hooks_index(struct req *rq);
int hooks_show(struct req *rq);
int hooks_create(struct req *rq);
int hooks_update(struct req *rq);
int hooks_destroy(struct req *rq);
int secrets_create(struct req *rq);

extern const struct form_rule hook_rules[];
extern const struct part hooks_answer[], hook_answer[];

/* The hook of the path, if it is the viewer's. NULL: it is not. */
struct hook_page *hook_page(struct req *rq);
struct answer hook_answer_of(struct req *rq, struct hook_page *v);
struct str hook_path(struct req *rq, const struct hook *hook);

/* ---- delivery_pages.c ---- */

int deliveries_index(struct req *rq);
int deliveries_show(struct req *rq);
int resendings_create(struct req *rq);
int replays_create(struct req *rq);
int pings_create(struct req *rq);

extern const struct form_rule deliveries_query[], replay_rules[];
extern const struct part deliveries_answer[], delivery_answer[];

/* Into the page's log, by ?state= &event= &after=. */
void deliveries_read(struct req *rq, struct hook_page *v);

/* ---- notes.c: what is to be sent ---- */

struct hook_note {
    int64_t hook_id, activity_id;
    struct str event;
};
/* A row of deliveries that is due; gives its id. */
int64_t delivery_note(struct db *db, struct arena *a, const struct hook_note *note, int64_t now);
/* Lets a job send what is due from then on. */
void hook_wake(struct db *db, struct arena *a, int64_t hook_id, int64_t due);
bool hooks_idle(struct db *db); /* none is active */
size_t hooks_take(struct db *db, struct arena *a, struct activity *list, size_t n);
enum job_result hook_replay(struct job *job);

/* The hook's owner as who asks; false: not of the staff any more, or locked. */
bool hook_viewer(struct db *db, struct arena *a, int64_t person_id, struct viewer *viewer);

/* ---- payload.c ---- */

/* What the activity is told with; empty: it is withheld. In a read transaction. */
struct str payload_make(struct app *app, struct db *db, struct arena *a, const struct viewer *as,
                        int64_t activity_id);

/* ---- send.c ---- */

enum job_result hook_send(struct job *job);
enum job_result hooks_due(struct job *job);
enum job_result hooks_clean(struct job *job);
void hooks_failures(struct db *db, struct arena *a,
                    void (*tell)(void *ctx, const struct failure *f), void *ctx);
extern const struct letter_kind letter_hook_off;

#endif
