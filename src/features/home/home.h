/* home.h: what Home and the notifications page show. */
#ifndef HOME_HOME_H
#define HOME_HOME_H

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
    X(TEXT, reason, "n.reason")                                                                    \
    X(TIME, at, "a.at")                                                                            \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, type, "a.type")                                                                        \
    X(TEXT, detail, "a.detail")                                                                    \
    X(REF, actor_id, "a.actor_id")                                                                 \
    X(TEXT, actor_name, "COALESCE(p.name, '')")                                                    \
    X(TEXT, actor_handle, "COALESCE(p.handle, '')")                                                \
    X(TEXT, title, "t.title")                                                                      \
    X(TEXT, excerpt, "r.excerpt")
struct notice {
    ROW_MEMBERS(NOTICE_ROW)
    bool seen;
    struct str path;
    const char *phrase; /* "replied to you in", "mentioned you in", ... before the title */
};
ROW_FUNCTIONS(notice, NOTICE_ROW)

struct notices_page {
    const struct notice *notices;
    size_t n;
    struct str next;
    bool unseen; /* some are */
};

#endif
