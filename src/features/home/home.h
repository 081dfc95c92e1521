/* home.h: what Home and the notifications page show. */
#ifndef HOME_HOME_H
#define HOME_HOME_H

#include "record/form.h"
#include "record/list.h"
#include "record/timeline.h"

struct home_page {
    struct list ideas, topics;      /* trending ideas; newest topics */
    struct timeline fresh, earlier; /* since the last look, and before it; members only */
    bool guest, no_spaces;
    int64_t newest; /* activity up to which this page shows: marked as read */
};

#define NOTICE_ROW(F, X)                                                                           \
    F(INT, activity_id, "n.activity_id")                                                           \
    X(INT, record_id, "a.record_id")                                                               \
    X(INT, root_id, "r.root_id")                                                                   \
    X(TEXT, reason, "n.reason")                                                                    \
    X(TIME, at, "a.at")                                                                            \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, type, "a.type")                                                                        \
    X(TEXT, detail, "a.detail")                                                                    \
    X(REF, actor_id, "a.actor_id")                                                                 \
    X(TEXT, actor_name, "COALESCE(p.name, '')")                                                    \
    X(TEXT, actor_handle, "COALESCE(p.handle, '')")                                                \
    X(TEXT, title, "t.title")                                                                      \
    X(TEXT, excerpt, "r.excerpt")                                                                  \
    X(HIDDEN_INT, marked, "n.read")
struct notice {
    ROW_MEMBERS(NOTICE_ROW)
    bool seen, read;
    struct str path;
    const char *phrase; /* "replied to you in", "mentioned you in", ... before the title */
};
ROW_FUNCTIONS(notice, NOTICE_ROW)

struct notice_group { /* a line of the page */
    const struct notice *newest;
    size_t n;
    struct str names, path, ids; /* ids: of all of them, "812,809" */
    struct str day;              /* set where a day begins: "Today" */
};

struct notices_page {
    const struct notice *notices;
    size_t n;
    const struct notice_group *groups;
    size_t groups_n;
    struct str next;
    bool mentions;  /* only these */
    bool unread;    /* some are */
    bool fresh;     /* the bell counts some */
    int64_t newest; /* of all one's notices */
};

struct seen {
    int64_t activity;
};

extern const struct form_rule seen_rules[], notices_query[], read_rules[];
extern const struct part seen_answer[], notices_answer[], read_answer[];
bool seen_read(struct req *rq, struct form *form);
int notices_index(struct req *rq);
int notices_update(struct req *rq);
int reads_update(struct req *rq);
int bells_show(struct req *rq);
int64_t notices_unseen(struct req *rq); /* what the bell says */

#endif
