/* notices.h: whom an activity concerns: a consumer of the log writes one notice for each person.
 *
 * Notices stand in the order of the log (table notifications), so that telling many people writes
 * one stretch of the table. Each names the one before it of the same person; `inboxes` has the
 * newest one, up to where the person has seen them, and how many came since. A row without a
 * reason is one whose activity is gone: it keeps its place in the chain.
 *
 * RULES
 *   1. Nobody is notified of what they did themselves, nor twice of one activity.
 *   2. Nobody is notified of what they may not see, but for an invitation.
 *   3. An edit tells those whom it mentions newly.
 *   4. What was imported tells nobody.
 *   5. A notice is committed together with its activity; of those that very many watch, those of
 *      the first few hundred people are, and the others follow in the same order (RULE 7).
 *   6. What is muted tells nobody but whom it mentions: a thread; a space or tag, unless one has
 *      chosen otherwise for the thread since. Of a muted person one hears nothing at all.
 *   7. One transaction tells some hundred people at most, however many watch.
 */
#ifndef RECORD_NOTICES_H
#define RECORD_NOTICES_H

#include "jobs/consumers.h"
#include "record/access.h"

#define NOTICES_VERBS "'Add', 'Create', 'Update', 'Status', 'Merge', 'Accept', 'Invite'"
size_t notices_take(struct db *db, struct arena *a, struct activity *list, size_t n);
void notices_forget(struct db *db); /* what has been seen stays seen */

/* The viewer's notices as table n(activity_id, reason, before_id, read, steps), newest first: ?1 is
 * the viewer, ?2 the first activity (inboxes.last_id, or a before_id), ?3 how many at most, ?4 the
 * activity behind which it ends. Text to stand before a SELECT. */
#define NOTICES_CHAIN                                                                              \
    "WITH RECURSIVE n(activity_id, reason, before_id, read, steps) AS ("                           \
    " SELECT c.activity_id, c.reason, c.before_id, c.read, 1 FROM notifications c"                 \
    " WHERE c.activity_id = ?2 AND c.person_id = ?1 AND c.activity_id > ?4"                        \
    " UNION ALL SELECT c.activity_id, c.reason, c.before_id, c.read, n.steps + 1 FROM n"           \
    " JOIN notifications c ON c.activity_id = n.before_id AND c.person_id = ?1"                    \
    " WHERE n.steps < ?3 AND c.activity_id > ?4) "
/* The same of mentions only, which have an index: ?2 is the newest that may be among them. */
#define NOTICES_MENTIONS                                                                           \
    "WITH n(activity_id, reason, before_id, read, steps) AS ("                                     \
    " SELECT c.activity_id, c.reason, c.before_id, c.read, 1 FROM notifications c"                 \
    " WHERE c.person_id = ?1 AND c.reason = 'mention' AND c.activity_id <= ?2"                     \
    " AND c.activity_id > ?4 ORDER BY c.activity_id DESC LIMIT ?3) "

struct inbox {
    int64_t last_id, seen_id, unseen, read_id;
};
struct inbox inbox_of(struct db *db, int64_t person_id);
/* Those up to `activity` have been seen; only ever more. */
void inbox_seen(struct db *db, int64_t person_id, int64_t activity);
/* Of that activity, or of all up to it, the notices have been read, and so seen. */
void notice_read(struct db *db, int64_t person_id, int64_t activity);
void inbox_read(struct db *db, int64_t person_id, int64_t activity);

#endif
