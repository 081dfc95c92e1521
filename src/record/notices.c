/* notices.c: see notices.h.
 *
 * WHY the predicate of access.h again: the people here are not asking, so their role is read from
 * their account instead of the request.
 */
#include "record/notices.h"

#include "http/live.h"
#include "record/act.h"
#include "record/follows.h"
#include "text/markdown.h"

enum { MENTIONS = 20, MANY = 250 /* told in one transaction, about */, SOME = MANY / 4 };

/* What one activity is about, as it stands; and how far its telling has come. */
struct about {
    const struct activity *activity;
    int64_t author_id, parent_id, parent_author_id;
    struct str source;
    int64_t from, upto; /* of followers: those with a number behind `from`, up to `upto` */
    bool muted;         /* somebody has muted what it stands in, or its actor */
    int64_t least;      /* level from which followers are told */
    bool near, wide;    /* somebody watches the thread; its space, tags or actor */
    bool many;          /* it may be too many for one transaction */
    int64_t actor_id;   /* whose watchers are told; 0: nobody's */
    bool wide_too;      /* those of the space and the tags are, too */
};

static bool tell_of(struct db *db, struct arena *a, struct activity *activity);

size_t notices_take(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!tell_of(db, a, &list[i]))
            return i;
    return n;
}

void notices_forget(struct db *db)
{
    db_exec(db, "DELETE FROM notifications");
    db_exec(db, "UPDATE inboxes SET last_id = 0, unseen = 0");
}

/* ---- telling ----
 *
 * In all statements ?1 is the actor, ?2 the record, ?3 the activity, ?4 the reason, ?5 a person or
 * the least level, ?6 the thread, ?7 the space, ?8 whether anything of these is muted. */

#define TELL_FROM                                                                                  \
    "INSERT INTO notifications (activity_id, person_id, reason, before_id)"                        \
    " SELECT ?3, c.person_id, ?4, COALESCE(i.last_id, 0) FROM "
#define TELL_INBOX " LEFT JOIN inboxes i ON i.person_id = c.person_id"
#define TELL_WHO " WHERE c.person_id <> ?1 AND c.disabled_at IS NULL"
#define TELL TELL_FROM "records r CROSS JOIN accounts c" TELL_INBOX TELL_SEES
#define TELL_SEES                                                                                  \
    TELL_WHO " AND r.id = ?2 AND (r.audience <= 1 OR r.author_id = c.person_id"                    \
             " OR (c.role >= 2 AND r.audience = 4) OR (c.role >= 3 AND r.audience <= 4)"           \
             " OR (r.audience = 2 AND EXISTS (SELECT 1 FROM memberships m"                         \
             " WHERE m.space_id = r.space_id AND m.person_id = c.person_id AND m.role >= 2))"      \
             " OR (c.roles <> 0 AND r.audience <= 4)" /* readers ask again: access.h */            \
             " OR (r.audience IN (3, 4) AND EXISTS (SELECT 1 FROM participants p"                  \
             " WHERE p.record_id = r.root_id AND p.person_id = c.person_id)))"
#define TELL_ONCE " ON CONFLICT DO NOTHING" /* RULE 1: the first reason stays */

/* RULE 6 */
#define MUTED(what)                                                                                \
    "EXISTS (SELECT 1 FROM follows m WHERE m.record_id = " what                                    \
    " AND m.level = 0 AND m.person_id = c.person_id"
#define CHOSEN_SINCE                                                                               \
    " AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.person_id = c.person_id"                     \
    " AND o.record_id = ?6 AND o.at > m.at)"
#define TELL_NOT_BY_MUTED " AND NOT " MUTED("?1") ")"
#define TELL_HEARS                                                                                 \
    " AND (?8 = 0 OR NOT (" MUTED("?1") ") OR " MUTED("?6") ") OR " MUTED("?7") CHOSEN_SINCE       \
        ")"                                                                                        \
        " OR EXISTS (SELECT 1 FROM taggings g JOIN tag_follows m ON m.tag_id = g.tag_id"           \
        " AND m.level = 0 AND m.person_id = c.person_id WHERE g.record_id = ?6" CHOSEN_SINCE ")))"

/* Somebody whom it concerns in person. */
static int64_t tell(struct db *db, const struct about *about, int64_t person_id, const char *reason)
{
    const struct activity *act = about->activity;
    if (!person_id || person_id == act->actor_id)
        return 0;
    return db_exec(db, TELL " AND c.person_id = ?5" TELL_HEARS TELL_ONCE, I(act->actor_id),
                   I(act->record_id), I(act->id), Z(reason), I(person_id), I(act->root_id),
                   I(act->space_id), I(about->muted));
}

/* Those who watched at that time: a log that is read again tells nobody of older things. `level` is
 * one, or a list: the persons are one stretch of the table for each. */
#define TELL_NEAR(level)                                                                           \
    TELL_FROM                                                                                      \
    "records r CROSS JOIN follows f CROSS JOIN accounts c" TELL_INBOX TELL_SEES                    \
    " AND f.record_id = ?6 AND f.level " level " AND f.at <= ?9"                                   \
    " AND f.person_id > ?10 AND f.person_id <= ?11"                                                \
    " AND c.person_id = f.person_id" TELL_HEARS TELL_ONCE

/* Those of its space, its tags and its actor; what one has chosen for the thread itself counts
 * before them. */
#define TELL_WIDE(level)                                                                           \
    TELL_FROM                                                                                      \
    "records r CROSS JOIN"                                                                         \
    " (SELECT w.person_id FROM follows w WHERE w.record_id IN (?7, ?12)"                           \
    " AND w.level " level " AND w.at <= ?9 AND w.person_id > ?10 AND w.person_id <= ?11"           \
    " UNION SELECT t.person_id FROM taggings g JOIN tag_follows t"                                 \
    " ON t.tag_id = g.tag_id AND t.level " level " AND t.at <= ?9"                                 \
    " AND t.person_id > ?10 AND t.person_id <= ?11 WHERE g.record_id = ?6) f"                      \
    " CROSS JOIN accounts c" TELL_INBOX TELL_SEES " AND c.person_id = f.person_id"                 \
    " AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.person_id = c.person_id"                     \
    " AND o.record_id = ?6 AND o.at <= ?9)" TELL_HEARS TELL_ONCE

/* Those who want everything hear of it, and from `least` on others. SQLite fills a table with a
 * list before it looks: where it would be of one, there is none. */
#define LEVELS(statement)                                                                          \
    {                                                                                              \
        statement("= ?5"), statement("IN (3, ?5)")                                                 \
    }

static int64_t tell_near(struct db *db, const struct about *about, const char *reason)
{
    static const char *const sql[] = LEVELS(TELL_NEAR);
    const struct activity *act = about->activity;
    return db_exec(db, sql[about->least < LEVEL_EVERYTHING], I(act->actor_id), I(act->record_id),
                   I(act->id), Z(reason), I(about->least), I(act->root_id), I(act->space_id),
                   I(about->muted), I(act->at), I(about->from), I(about->upto));
}

static int64_t tell_wide(struct db *db, const struct about *about, const char *reason)
{
    static const char *const sql[] = LEVELS(TELL_WIDE);
    const struct activity *act = about->activity;
    return db_exec(db, sql[about->least < LEVEL_EVERYTHING], I(act->actor_id), I(act->record_id),
                   I(act->id), Z(reason), I(about->least), I(act->root_id), I(act->space_id),
                   I(about->muted), I(act->at), I(about->from), I(about->upto), I(about->actor_id));
}

static int64_t tell_followers(struct db *db, const struct about *about, const char *reason)
{
    return (about->near ? tell_near(db, about, reason) : 0) +
           (about->wide ? tell_wide(db, about, reason) : 0);
}

/* Who calls somebody by name is heard also in what that one has muted. */
static int64_t tell_mention(struct db *db, const struct activity *act, int64_t person_id)
{
    if (!person_id || person_id == act->actor_id)
        return 0;
    return db_exec(db, TELL " AND c.person_id = ?5" TELL_NOT_BY_MUTED TELL_ONCE, I(act->actor_id),
                   I(act->record_id), I(act->id), Z("mention"), I(person_id));
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
        count += tell_mention(db, act, id);
    }
    return count;
}

/* An invited person does not see a hidden space's record yet. */
static int64_t tell_invited(struct db *db, const struct activity *act)
{
    int64_t person_id;
    if (!str_int(act->detail, &person_id))
        return 0;
    return db_exec(db,
                   TELL_FROM "accounts c" TELL_INBOX TELL_WHO
                             " AND c.person_id = ?5 AND ?2 > 0" TELL_NOT_BY_MUTED TELL_ONCE,
                   I(act->actor_id), I(act->record_id), I(act->id), Z("invite"), I(person_id));
}

/* ---- what happened ---- */

/* What is asked of each comment, in one statement; ?4 is the actor, ?5 the least level, ?6 one more
 * than some. Only the thread's own watchers are looked at closely: authors and tags mostly have
 * none. */
static const char about_sql[] =
    "SELECT r.author_id, r.parent_id, p.author_id, x.source,"
    " (SELECT COUNT(*) FROM (SELECT 1 FROM follows w WHERE w.record_id = ?2 AND w.level >= ?5"
    " LIMIT ?6) AS s),"
    " CASE WHEN EXISTS (SELECT 1 FROM follows m WHERE m.record_id = ?2 AND m.level = 0)"
    " OR EXISTS (SELECT 1 FROM follows m WHERE m.record_id = ?3 AND m.level = 0)"
    " OR EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?3 AND w.level >= ?5)"
    " OR EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?4)"
    " OR EXISTS (SELECT 1 FROM taggings g JOIN tag_follows t ON t.tag_id = g.tag_id"
    " WHERE g.record_id = ?2) THEN 1 ELSE 0 END"
    " FROM records r LEFT JOIN records p ON p.id = r.parent_id"
    " LEFT JOIN texts x ON x.record_id = r.id WHERE r.id = ?1";

/* And when anybody watches or mutes its space ?8, its tags or its actor ?1, or mutes the thread ?2:
 * ?3, ?4 and ?7 are space, actor and thread again, or 0 where who watches them is not told. */
static const char around_sql[] =
    "SELECT CASE WHEN"
    " EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?3 AND w.level >= ?5)"
    " OR EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?4 AND w.level >= ?5)"
    " OR EXISTS (SELECT 1 FROM taggings g JOIN tag_follows t ON t.tag_id = g.tag_id"
    " WHERE g.record_id = ?7 AND t.level >= ?5) THEN 1 ELSE 0 END, CASE WHEN"
    " EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?3 AND w.level >= ?5"
    " LIMIT 1 OFFSET ?6)"
    " OR EXISTS (SELECT 1 FROM follows w WHERE w.record_id = ?4 AND w.level >= ?5"
    " LIMIT 1 OFFSET ?6)"
    " OR EXISTS (SELECT 1 FROM taggings g JOIN tag_follows t ON t.tag_id = g.tag_id"
    " WHERE g.record_id = ?7 AND t.level >= ?5 LIMIT 1 OFFSET ?6) THEN 1 ELSE 0 END, CASE WHEN"
    " EXISTS (SELECT 1 FROM follows m WHERE m.record_id = ?2 AND m.level = 0)"
    " OR EXISTS (SELECT 1 FROM follows m WHERE m.record_id = ?8 AND m.level = 0)"
    " OR EXISTS (SELECT 1 FROM follows m WHERE m.record_id = ?1 AND m.level = 0)"
    " OR EXISTS (SELECT 1 FROM taggings g JOIN tag_follows m ON m.tag_id = g.tag_id"
    " WHERE g.record_id = ?2 AND m.level = 0) THEN 1 ELSE 0 END";

static void around_read(struct db *db, struct about *about)
{
    const struct activity *act = about->activity;
    struct rows q =
        db_query(db, around_sql, I(act->actor_id), I(act->root_id),
                 I(about->wide_too ? act->space_id : 0), I(about->actor_id), I(about->least),
                 I(SOME), I(about->wide_too ? act->root_id : 0), I(act->space_id));
    if (db_next(&q)) {
        about->wide = db_int(&q, 0) != 0;
        about->many = about->many || db_int(&q, 1) != 0;
        about->muted = db_int(&q, 2) != 0;
    }
    db_done(&q);
}

/* RULE 7: whether it must be told in parts is known before the first. */
static bool about_read(struct db *db, struct arena *a, struct about *about)
{
    const struct activity *act = about->activity;
    struct rows q = db_query(db, about_sql, I(act->record_id), I(act->root_id), I(act->space_id),
                             I(act->actor_id), I(about->least), I(SOME + 1));
    if (!db_next(&q))
        return false;
    about->author_id = db_int(&q, 0);
    about->parent_id = db_int(&q, 1);
    about->parent_author_id = db_int(&q, 2);
    about->source = db_dup(&q, 3, a);
    about->near = db_int(&q, 4) > 0;
    about->many = db_int(&q, 4) > SOME;
    bool around = db_int(&q, 5) != 0;
    db_done(&q);
    if (around)
        around_read(db, about);
    return true;
}

/* The text at first, should it have been edited since. */
static struct str first_source(struct db *db, struct arena *a, const struct about *about)
{
    struct str first =
        db_get_str(db, a, "SELECT source FROM revisions WHERE record_id = ?1 AND number = 1",
                   I(about->activity->record_id));
    return first.p ? first : about->source;
}

#define MANYTH(what, level)                                                                        \
    "SELECT person_id FROM (SELECT w.person_id FROM follows w WHERE w.record_id = " what           \
    " AND w.level = " level " AND w.person_id > ?4 ORDER BY w.person_id LIMIT 1 OFFSET ?6) AS p"
#define MANYTH_OF(what) MANYTH(what, "3") " UNION ALL " MANYTH(what, "?5")

/* Up to whom they are told now: of none of those who are watched too many lie before. */
static void part_set(struct db *db, struct about *about)
{
    const struct activity *act = about->activity;
    about->from = act->part;
    about->upto = INT64_MAX;
    if (!about->many)
        return;
    about->upto = db_get_int(
        db, INT64_MAX,
        "SELECT COALESCE(MIN(person_id), ?7) FROM (" MANYTH_OF("?1") " UNION ALL " MANYTH_OF(
            "?2") " UNION ALL " MANYTH_OF("?3") " UNION ALL SELECT person_id FROM (SELECT "
                                                "t.person_id"
                                                " FROM taggings g JOIN tag_follows t ON t.tag_id = "
                                                "g.tag_id AND t.level IN (3, ?5)"
                                                " AND t.person_id > ?4 WHERE g.record_id = ?1 "
                                                "ORDER BY t.person_id LIMIT 1 OFFSET ?6)"
                                                " AS p) AS n",
        I(act->root_id), I(about->wide_too ? act->space_id : 0), I(about->actor_id), I(about->from),
        I(about->least), I(MANY - 1), I(INT64_MAX));
}

static int64_t created(struct db *db, struct arena *a, const struct about *about)
{
    const struct activity *act = about->activity;
    struct str none = S("");
    int64_t n = 0;
    if (!about->from) {
        if (str_find(about->source, '@') >= 0)
            n = tell_mentioned(db, a, act, first_source(db, a, about), none);
        if (about->parent_id)
            n += tell(db, about, about->parent_author_id, "reply");
    }
    return n + tell_followers(db, about, "follow");
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

/* With whom: it concerns them in person, as a mention does. */
static int64_t shared(struct db *db, const struct about *about)
{
    int64_t person;
    return str_int(about->activity->detail, &person) ? tell(db, about, person, "mention") : 0;
}

/* An accepted answer is one of the highlights of its thread. */
static int64_t moved(struct db *db, const struct about *about, const char *reason)
{
    int64_t n = about->from ? 0 : tell(db, about, about->author_id, reason);
    return n + tell_followers(db, about, "status");
}

static void inboxes_fill(struct db *db, const struct about *about)
{
    db_exec(db,
            "INSERT INTO inboxes (person_id, last_id, seen_id, unseen)"
            " SELECT person_id, activity_id, 0, 1 FROM notifications WHERE activity_id = ?1"
            " AND person_id > ?2 AND (?2 = 0 OR person_id <= ?3)"
            " ON CONFLICT (person_id) DO UPDATE SET last_id = excluded.last_id, unseen ="
            " inboxes.unseen + CASE WHEN excluded.last_id > inboxes.seen_id THEN 1 ELSE 0 END"
            " WHERE inboxes.last_id < excluded.last_id",
            I(about->activity->id), I(about->from), I(about->upto));
}

/* Who may hear of it: who writes is followed, who answers officially is not. */
static void reach_set(struct about *about)
{
    const struct activity *act = about->activity;
    bool created = str_is(act->verb, VERB_CREATE), accepted = str_is(act->verb, VERB_ACCEPT);
    about->least = created && act->record_id != act->root_id ? LEVEL_EVERYTHING : LEVEL_HIGHLIGHTS;
    about->wide_too = !accepted;
    about->actor_id = created ? act->actor_id : 0;
}

/* RULE 7. False: there are more whom it concerns, behind activity->part. */
static bool tell_of(struct db *db, struct arena *a, struct activity *activity)
{
    struct about about = {.activity = activity, .upto = INT64_MAX};
    int64_t told;
    reach_set(&about);
    if (str_is(activity->verb, VERB_INVITE)) {
        told = tell_invited(db, activity);
    } else if (!about_read(db, a, &about)) {
        return true; /* erased since */
    } else if (str_is(activity->verb, VERB_UPDATE)) {
        told = updated(db, a, &about);
    } else if (str_is(activity->verb, VERB_SHARE)) {
        told = shared(db, &about);
    } else {
        part_set(db, &about);
        told = str_is(activity->verb, VERB_CREATE)   ? created(db, a, &about)
               : str_is(activity->verb, VERB_ACCEPT) ? moved(db, &about, "answer")
                                                     : moved(db, &about, "status");
    }
    if (told)
        inboxes_fill(db, &about);
    activity->part = about.upto;
    return about.upto == INT64_MAX;
}

/* ---- inboxes ---- */

struct inbox inbox_of(struct db *db, int64_t person_id)
{
    struct inbox inbox = {0};
    struct rows q =
        db_query(db, "SELECT last_id, seen_id, unseen, read_id FROM inboxes WHERE person_id = ?1",
                 I(person_id));
    if (db_next(&q))
        inbox = (struct inbox){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2), db_int(&q, 3)};
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
    live_look_put(db, person_id);
}

void notice_read(struct db *db, int64_t person_id, int64_t activity)
{
    if (db_exec(db,
                "UPDATE notifications SET read = 1 WHERE activity_id = ?1 AND person_id = ?2"
                " AND read = 0",
                I(activity), I(person_id)))
        inbox_seen(db, person_id, activity);
}

void inbox_read(struct db *db, int64_t person_id, int64_t activity)
{
    struct inbox inbox = inbox_of(db, person_id);
    if (activity > inbox.last_id)
        activity = inbox.last_id;
    if (activity <= inbox.read_id)
        return;
    db_exec(db, "UPDATE inboxes SET read_id = ?2 WHERE person_id = ?1", I(person_id), I(activity));
    inbox_seen(db, person_id, activity);
}
