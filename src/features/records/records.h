/* records.h: what every record can do: be voted for, discussed, watched, edited, taken away.
 *
 * Base feature. A leaf takes all of it into its own URLs with one line of its routes:
 *
 *     static const struct route routes[] = {
 *         {GET, "/ideas/:id", ideas_show, ANYONE},
 *         RECORD_ROUTES("ideas"),
 *         {0}};
 *
 * RULES
 *   1. A record answers only under the plural of its own type.
 *   2. A stale edit changes nothing and gives 412 with both versions, the typed text kept.
 *   3. What is deleted can be restored by whoever could delete it.
 *   4. An official answer (one with a state) is edited, never taken away; nor is a space, nor
 *      whoever has an account.
 */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H

#include "http/feature.h"
#include "record/follows.h"
#include "record/form.h"
#include "record/list.h"
#include "record/origins.h"
#include "record/record.h"
#include "record/tags.h"
#include "record/thread.h"
#include "record/votes.h"
#include "text/diff.h"
#include "view/components.h"

/* clang-format off */
#define RECORD_ROUTES(plural) RECORD_ROUTES_OF(plural, text_rules)
/* Of a type without a title. */
#define RECORD_ROUTES_OF(plural, rules)                                                            \
    {GET, "/" plural "/:id/edit", texts_edit, MEMBER, .help = "form to change the text"},          \
    {PATCH, "/" plural "/:id", texts_update, MEMBER, .rate = PER_HOUR(120),                        \
     .form = (rules), .answers = record_answer,                                                    \
     .help = "change the text; If-Match or `revision` guards against a stale edit"},               \
    RECORD_ACT_ROUTES(plural)
/* What one does with it, besides changing it. */
#define RECORD_ACT_ROUTES(plural)                                                                  \
    {DELETE, "/" plural "/:id", texts_destroy, MEMBER, .answers = record_answer,                   \
     .help = "take it away"},                                                                      \
    {POST, "/" plural "/:id/restore", restores_create, MEMBER, .answers = record_answer,           \
     .help = "bring it back"},                                                                     \
    {GET, "/" plural "/:id/revisions", revisions_index, ANYONE, .query = page_query,               \
     .answers = revisions_answer, .help = "history and differences"},                              \
    {GET, "/" plural "/:id/votes", votes_index, ANYONE, .answers = voters_answer,                  \
     .help = "who votes for it"},                                                                  \
    {POST, "/" plural "/:id/votes", votes_create, MEMBER, .rate = PER_MINUTE(120),                 \
     .answers = voters_answer, .help = "vote for it"},                                             \
    {DELETE, "/" plural "/:id/votes", votes_destroy, MEMBER, .rate = PER_MINUTE(120),              \
     .answers = voters_answer, .help = "take the own vote back"},                                  \
    {GET, "/" plural "/:id/comments/new", comments_new, MEMBER, .query = reply_query,              \
     .help = "form for a reply"},                                                                  \
    {POST, "/" plural "/:id/comments", comments_create, MEMBER, .rate = PER_MINUTE(20),            \
     .flags = ROUTE_CREATES, .form = comment_rules, .answers = record_answer,                      \
     .help = "comment; `parent` replies to a comment"}
/* clang-format on */

int texts_edit(struct req *rq);
int texts_update(struct req *rq);
int texts_destroy(struct req *rq);
int restores_create(struct req *rq);
int revisions_index(struct req *rq);
int votes_index(struct req *rq);
int votes_create(struct req *rq);
int votes_destroy(struct req *rq);
int comments_new(struct req *rq);
int comments_create(struct req *rq);

/* The record that the URL names, if its type is that of this URL and the viewer has the right. */
struct record *record_here(struct req *rq, enum right right);
struct record *record_here_bare(struct req *rq, enum right right); /* see record_access_bare */

/* What routes declare: forms, parameters, answers. */
extern const struct form_rule text_rules[], child_text_rules[], comment_rules[];
extern const struct form_rule reply_query[];
extern const struct part record_answer[]; /* one record with its text: of a struct record */
extern const struct part revisions_answer[], voters_answer[];
extern const struct part record_parts[]; /* a record's columns and text, without the title */

/* Where a change of the record goes: also for a child, which has no page of its own. */
struct str own_path(struct arena *a, const struct record *r);

/* ---- what the views show ---- */

struct text_form { /* change a text; also the 412 page */
    const struct record *r;
    struct form form;
    struct str path;   /* of the page that shows it */
    struct str action; /* the form posts to it */
    bool stale;        /* somebody else was faster: theirs is below */
    struct str theirs_title, theirs_source;
    struct diff diff; /* from theirs to what was typed */
};

struct revision_shown {
    struct revision v; /* the text that this edit replaced was made by v.editor */
    struct diff diff;
    struct str title_before, title_after;
};

struct revisions {
    const struct record *r;
    struct str path;
    const struct revision_shown *shown;
    size_t n;
    struct str next;
};

struct voters {
    const struct record *r;
    struct str path;
    const struct voter *people;
    size_t n;
    bool voted;
    enum vote_size size;
};

struct root_acts {
    const struct record *r;
    struct str path;
    int64_t level; /* enum level: what the viewer has chosen for it */
};

enum watched_kind { WATCHED_THREAD, WATCHED_SPACE, WATCHED_PERSON, WATCHED_TAG };

struct watch_words {
    const char *thread, *space, *person, *tag;
};

struct watch { /* how much of it reaches the viewer: #watch-12, #watch-tag-kettle */
    enum watched_kind what;
    int64_t id;
    struct str tag;   /* its name; empty: not a tag */
    struct str title; /* for those who hear the page */
    int64_t level;    /* enum level */
    struct str back;  /* where the browser returns to without a script */
    bool focus;       /* it has just been changed */
};
struct str watch_path(struct arena *a, const struct watch *v); /* the form posts to it */
struct str watch_key(struct arena *a, const struct watch *v);  /* "12", "tag-kettle" */

/* The discussion below a record, as one part of its page. */
struct discussion {
    const struct record *root;
    struct str path;
    struct thread thread;
    bool may_reply;
    const char *empty;           /* what an empty discussion says */
    struct comment_thread shown; /* the thread as the partial takes it */
    struct origins origins;      /* where imported ones come from, the root too */
    struct str older;            /* address of the next page; empty: none */
};

/* `skip`: an entry that is shown elsewhere (the official answer); 0: none. */
struct discussion discussion_read(struct req *rq, const struct record *root, int64_t skip,
                                  const char *empty);
/* Entries as the partial `comment_thread` takes them. */
struct comment_thread comments_shown(struct req *rq, const struct record *root,
                                     const struct origins *origins, const struct entry *entries,
                                     size_t n);

/* Where an imported record comes from, as the partial `source` takes it. */
struct source source_shown(struct arena *a, int64_t author_id, const struct origin *origin);

/* ---- where one may write ---- */

struct space_choice {
    int64_t id;
    struct str name;
};

/* Where the viewer may write: open spaces, and those that one is a member of. */
size_t spaces_to_write(struct req *rq, struct space_choice *out, size_t max);

#endif
