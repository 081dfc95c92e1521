/* notices.c: see notices.h.
 *
 * WHY the predicate of access.h again: the people here are not asking, so their role is read from
 * their account instead of the request.
 */
#include "record/notices.h"

#include "record/act.h"
#include "text/markdown.h"

enum { MENTIONS = 20 };

/* What one activity is about, as it stands. */
struct about {
    const struct activity *activity;
    int64_t author_id, parent_id, parent_author_id;
    struct str source;
};

static void tell_of(struct db *db, struct arena *a, const struct activity *activity);

size_t notices_take(struct db *db, struct arena *a, const struct activity *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!list[i].quiet) /* RULE 4 */
            tell_of(db, a, &list[i]);
    return n;
}

void notices_forget(struct db *db)
{
    db_exec(db, "DELETE FROM notifications");
    db_exec(db, "UPDATE inboxes SET last_id = 0, unseen = 0");
}

/* ---- telling ---- */

#define TELL_FROM                                                                                  \
    "INSERT INTO notifications (activity_id, person_id, reason, before_id)"                        \
    " SELECT ?3, c.person_id, ?4, COALESCE(i.last_id, 0) FROM "
#define TELL_INBOX " LEFT JOIN inboxes i ON i.person_id = c.person_id"
#define TELL TELL_FROM "accounts c" TELL_INBOX
#define TELL_WHO " WHERE c.person_id <> ?1 AND c.disabled_at IS NULL"
#define TELL_SEES                                                                                  \
    " JOIN records r ON r.id = ?2" TELL_WHO                                                        \
    " AND (r.audience <= 1 OR r.author_id = c.person_id OR (c.role >= 2 AND r.audience = 4)"       \
    " OR (c.role >= 3 AND r.audience <= 4)"                                                        \
    " OR (r.audience = 2 AND EXISTS (SELECT 1 FROM memberships m WHERE m.space_id = r.space_id"    \
    " AND m.person_id = c.person_id AND m.role >= 2))"                                             \
    " OR (r.audience = 3 AND EXISTS (SELECT 1 FROM participants p WHERE p.record_id = r.root_id"   \
    " AND p.person_id = c.person_id)))"
#define TELL_ONCE " ON CONFLICT DO NOTHING" /* RULE 1: the first reason stays */

static int64_t tell(struct db *db, const struct activity *act, int64_t person_id,
                    const char *reason)
{
    if (!person_id || person_id == act->actor_id)
        return 0;
    return db_exec(db, TELL TELL_SEES " AND c.person_id = ?5" TELL_ONCE, I(act->actor_id),
                   I(act->record_id), I(act->id), Z(reason), I(person_id));
}

/* Those who followed at that time: a log that is read again tells nobody of older things. */
static int64_t tell_followers(struct db *db, const struct activity *act, int64_t record_id,
                              const char *reason)
{
    if (!record_id)
        return 0;
    return db_exec(db,
                   TELL_FROM "follows f CROSS JOIN accounts c" TELL_INBOX TELL_SEES
                             " AND f.record_id = ?5 AND c.person_id = f.person_id"
                             " AND f.at <= ?6" TELL_ONCE,
                   I(act->actor_id), I(act->record_id), I(act->id), Z(reason), I(record_id),
                   I(act->at));
}

/* Of the thread; what begins one also tells those who follow its space. */
static int64_t tell_all(struct db *db, const struct about *about, const char *reason)
{
    const struct activity *act = about->activity;
    return tell_followers(db, act, act->root_id, reason) +
           tell_followers(db, act, about->parent_id ? 0 : act->space_id, reason);
}

/* `before`: who was mentioned there has been told. */
static int64_t tell_mentioned(struct db *db, struct arena *a, const struct activity *act,
                              struct str source, struct str before)
{
    struct str handles[MENTIONS], told[MENTIONS];
    if (str_find(source, '@') < 0)
        return 0;
    int64_t count = 0;
    size_t n = markdown_mentions(a, source, handles, MENTIONS);
    size_t told_n = markdown_mentions(a, before, told, MENTIONS);
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t k = 0; k < told_n; k++)
            again = again || str_eq_nocase(handles[i], told[k]);
        if (again)
            continue;
        struct str key = str_lower(a, handles[i]);
        int64_t id = db_get_int(db, 0, "SELECT id FROM people WHERE handle = ?1", T(key));
        count += tell(db, act, id, "mention");
    }
    return count;
}

/* An invited person does not see a hidden space's record yet. */
static int64_t tell_invited(struct db *db, const struct activity *act)
{
    int64_t person_id;
    if (!str_int(act->detail, &person_id))
        return 0;
    return db_exec(db, TELL TELL_WHO " AND c.person_id = ?5 AND ?2 > 0" TELL_ONCE, I(act->actor_id),
                   I(act->record_id), I(act->id), Z("invite"), I(person_id));
}

/* ---- what happened ---- */

static bool about_read(struct db *db, struct arena *a, struct about *about)
{
    struct rows q = db_query(db,
                             "SELECT r.author_id, r.parent_id, p.author_id, x.source FROM records r"
                             " LEFT JOIN records p ON p.id = r.parent_id"
                             " LEFT JOIN texts x ON x.record_id = r.id"
                             " WHERE r.id = ?1",
                             I(about->activity->record_id));
    bool found = db_next(&q);
    if (found) {
        about->author_id = db_int(&q, 0);
        about->parent_id = db_int(&q, 1);
        about->parent_author_id = db_int(&q, 2);
        about->source = db_dup(&q, 3, a);
    }
    db_done(&q);
    return found;
}

/* The text at first, should it have been edited since. */
static struct str first_source(struct db *db, struct arena *a, const struct about *about)
{
    struct str first =
        db_get_str(db, a, "SELECT source FROM revisions WHERE record_id = ?1 AND number = 1",
                   I(about->activity->record_id));
    return first.p ? first : about->source;
}

static int64_t created(struct db *db, struct arena *a, const struct about *about)
{
    const struct activity *act = about->activity;
    struct str none = S("");
    int64_t n = 0;
    if (str_find(about->source, '@') >= 0)
        n = tell_mentioned(db, a, act, first_source(db, a, about), none);
    if (about->parent_id)
        n += tell(db, act, about->parent_author_id, "reply");
    return n + tell_all(db, about, "follow");
}

/* RULE 3. The text that the edit replaced, and the one that it made. */
static int64_t updated(struct db *db, struct arena *a, const struct about *about)
{
    const struct activity *act = about->activity;
    struct rows q = db_query(db,
                             "SELECT v.source, n.source FROM revisions v LEFT JOIN revisions n"
                             " ON n.record_id = v.record_id AND n.number = v.number + 1"
                             " WHERE v.record_id = ?1 AND v.activity_id = ?2",
                             I(act->record_id), I(act->id));
    if (!db_next(&q))
        return 0;
    struct str before = db_dup(&q, 0, a);
    struct str after = db_is_null(&q, 1) ? about->source : db_dup(&q, 1, a);
    db_done(&q);
    return tell_mentioned(db, a, act, after, before);
}

static int64_t moved(struct db *db, const struct about *about)
{
    return tell(db, about->activity, about->author_id, "status") + tell_all(db, about, "status");
}

static void tell_of(struct db *db, struct arena *a, const struct activity *activity)
{
    struct about about = {.activity = activity};
    int64_t told;
    if (str_is(activity->verb, VERB_INVITE))
        told = tell_invited(db, activity);
    else if (!about_read(db, a, &about))
        return; /* erased since */
    else if (str_is(activity->verb, VERB_CREATE))
        told = created(db, a, &about);
    else if (str_is(activity->verb, VERB_UPDATE))
        told = updated(db, a, &about);
    else if (str_is(activity->verb, VERB_ACCEPT))
        told = tell(db, activity, about.author_id, "answer");
    else
        told = moved(db, &about);
    if (told)
        db_exec(db,
                "INSERT INTO inboxes (person_id, last_id, seen_id, unseen)"
                " SELECT person_id, activity_id, 0, 1 FROM notifications WHERE activity_id = ?1"
                " ON CONFLICT (person_id) DO UPDATE SET last_id = excluded.last_id, unseen ="
                " inboxes.unseen + CASE WHEN excluded.last_id > inboxes.seen_id THEN 1 ELSE 0 END",
                I(activity->id));
}

/* ---- inboxes ---- */

struct inbox inbox_of(struct db *db, int64_t person_id)
{
    struct inbox inbox = {0, 0, 0};
    struct rows q = db_query(
        db, "SELECT last_id, seen_id, unseen FROM inboxes WHERE person_id = ?1", I(person_id));
    if (db_next(&q))
        inbox = (struct inbox){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2)};
    db_done(&q);
    return inbox;
}

void inbox_seen(struct db *db, int64_t person_id, int64_t activity)
{
    struct inbox inbox = inbox_of(db, person_id);
    if (activity > inbox.last_id)
        activity = inbox.last_id;
    if (activity <= inbox.seen_id)
        return;
    int64_t left = db_get_int(db, 0, NOTICES_CHAIN "SELECT COUNT(*) FROM n", I(person_id),
                              I(inbox.last_id), I(INT32_MAX), I(activity));
    db_exec(db, "UPDATE inboxes SET seen_id = ?2, unseen = ?3 WHERE person_id = ?1", I(person_id),
            I(activity), I(left));
}
