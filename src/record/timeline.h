/* timeline.h: the activity log as people read it: of a person, a space, or one's own spaces.
 *
 * RULES
 *   1. Only activities on records that the viewer may see; votes are never shown one by one.
 *   2. Who was invited is not told: only moderators see that.
 *   3. Newest first, in pages by the log's own numbers.
 */
#ifndef RECORD_TIMELINE_H
#define RECORD_TIMELINE_H

#include "record/record.h"
#include "view/answer.h"

#define TIMELINE_ROW(F, X)                                                                         \
    F(INT, id, "a.id")                                                                             \
    X(TIME, at, "a.at")                                                                            \
    X(REF, actor_id, "a.actor_id")                                                                 \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, type, "a.type")                                                                        \
    X(INT, record_id, "a.record_id")                                                               \
    X(INT, root_id, "a.root_id")                                                                   \
    X(TEXT, detail, "CASE WHEN a.verb = 'Invite' THEN '' ELSE a.detail END")                       \
    X(TEXT, actor_name, "COALESCE(p.name, '')")                                                    \
    X(TEXT, actor_handle, "COALESCE(p.handle, '')")                                                \
    X(TEXT, title, "t.title")                                                                      \
    X(TEXT, root_type, "t.type")                                                                   \
    X(TEXT, excerpt, "r.excerpt")                                                                  \
    X(TEXT, space_name, "COALESCE(s.name, '')")                                                    \
    X(TEXT, space_slug, "COALESCE(s.slug, '')")
struct happening {
    ROW_MEMBERS(TIMELINE_ROW)
    struct str path;    /* of the record */
    const char *phrase; /* "commented on", "proposed", ... before the title */
};
ROW_FUNCTIONS(happening, TIMELINE_ROW)

struct timeline_query {
    int64_t actor_id, space_id; /* one of them, or mine */
    bool mine;                  /* spaces that the viewer is in */
    int64_t since;              /* only newer activities than this one; 0: all */
    struct str after;           /* cursor */
    int limit;
};

struct timeline {
    struct happening *rows;
    size_t n;
    struct str next;
};

void timeline_read(struct req *rq, const struct timeline_query *query, struct timeline *timeline);
extern const struct part timeline_parts[]; /* "timeline" and "next" */
struct feed *timeline_feed(struct req *rq, const struct timeline *timeline, struct str title,
                           struct str path);

#endif
