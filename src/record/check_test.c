/* check_test.c: a hub that is broken on purpose, one promise at a time. */
#include "record/check.h"
#include "test/rooms.h"

struct heard {
    struct arena *arena;
    struct str what; /* the last one */
    int64_t n, id, kept, counted;
};

static void hear(void *ctx, const struct check_finding *f)
{
    struct heard *heard = ctx;
    heard->what = str_dup(heard->arena, str_of(f->what));
    heard->id = f->id;
    heard->kept = f->kept;
    heard->counted = f->counted;
    heard->n++;
}

static bool look(struct db *db, void *ctx)
{
    struct heard *heard = ctx;
    check_hub(db, heard->arena, hear, heard);
    return !db_failed(db);
}

static struct heard hub_look(struct kit *kit)
{
    struct heard heard = {.arena = kit->arena, .what = S("")};
    assert_true(store_run(kit->app->store, STORE_READ, look, &heard));
    return heard;
}

/* Breaks it, is told so once, and mends it. */
#define assert_said(kit, break_it, mend_it, words)                                                 \
    do {                                                                                           \
        sql_run((kit), (break_it));                                                                \
        struct heard heard_ = hub_look(kit);                                                       \
        if (heard_.n != 1 || !str_has(heard_.what, str_of(words)))                                 \
            fail_msg("%s: %lld findings, the last: " STR_FMT, (break_it), (long long)heard_.n,     \
                     STR_ARG(heard_.what));                                                        \
        sql_run((kit), (mend_it));                                                                 \
    } while (0)

static void what_differs_is_said_once(void **state) /* kit RULE 5, check RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    int64_t comment = comment_make(kit, rooms.ben, idea, "Good");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    assert_int_equal(hub_look(kit).n, 0);
    sql_run(kit, "UPDATE records SET score = 7, rank_score = 7 WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET score = 7");
    struct heard heard = hub_look(kit);
    assert_int_equal(heard.n, 1);
    assert_int_equal(heard.id, idea);
    assert_int_equal(heard.kept, 7);
    assert_int_equal(heard.counted, 1);
    sql_run(kit, "UPDATE records SET score = 1, rank_score = 1 WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET score = 1");
    assert_said(kit, "UPDATE records SET rank_hot = 1 WHERE type = 'comment'",
                "UPDATE records SET rank_hot = hot WHERE type = 'comment'",
                "is not where its votes");
    assert_said(kit,
                "UPDATE notifications SET before_id = before_id + 1"
                " WHERE activity_id = (SELECT MIN(activity_id) FROM notifications)",
                "UPDATE notifications SET before_id = before_id - 1"
                " WHERE activity_id = (SELECT MIN(activity_id) FROM notifications)",
                "does not name the one before");
    assert_said(kit,
                "UPDATE inboxes SET last_id = last_id + 1"
                " WHERE person_id = (SELECT MIN(person_id) FROM inboxes)",
                "UPDATE inboxes SET last_id = last_id - 1"
                " WHERE person_id = (SELECT MIN(person_id) FROM inboxes)",
                "does not name its newest");
    assert_said(kit, "UPDATE records SET comments = 2 WHERE type = 'idea'",
                "UPDATE records SET comments = 1 WHERE type = 'idea'", "comments is not");
    assert_said(kit, "UPDATE records SET thread = 0 WHERE type = 'idea'",
                "UPDATE records SET thread = 1 WHERE type = 'idea'", "thread is not");
    assert_said(kit, "UPDATE records SET answers = 1 WHERE type = 'comment'",
                "UPDATE records SET answers = 0 WHERE type = 'comment'", "answers is not");
    assert_said(kit, "UPDATE tags SET uses = 9 WHERE name = 'lid'",
                "UPDATE tags SET uses = 1 WHERE name = 'lid'", "a tag's uses is not");
    assert_said(kit, "UPDATE tag_counts SET uses = uses + 1 WHERE tag_id = 1",
                "UPDATE tag_counts SET uses = uses - 1 WHERE tag_id = 1", "a tag's count is not");
    assert_said(kit, "UPDATE records SET path = 'a1' || path WHERE type = 'comment'",
                "UPDATE records SET path = substr(path, 3) WHERE type = 'comment'",
                "path does not lead");
    sql_run(kit,
            kit_path(kit, "DELETE FROM search_replies WHERE rowid = %lld", (long long)comment));
    assert_true(str_is(hub_look(kit).what, "is not in the search index"));
    kit->unsound = true;
}

static void what_points_nowhere_is_said_once(void **state) /* check RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    assert_said(kit, "INSERT INTO follows (record_id, level, person_id, at) VALUES (999, 3, 1, 0)",
                "DELETE FROM follows WHERE record_id = 999", "follows.record_id names a row");
    assert_said(kit,
                "INSERT INTO memberships (space_id, person_id, role, at)"
                " SELECT id, 999, 2, 0 FROM spaces",
                "DELETE FROM memberships WHERE person_id = 999", "memberships.person_id names");
    assert_said(kit, "UPDATE ideas SET answer_id = 999", "UPDATE ideas SET answer_id = NULL",
                "ideas.answer_id names");
}

static void looking_changes_nothing(void **state) /* check RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    uint64_t before = kit_fingerprint(kit);
    assert_int_equal(hub_look(kit).n, 0);
    assert_true(before == kit_fingerprint(kit));
}

/* ---- mending ---- */

struct broken {
    const char *how, *words; /* SQL; what is said of it at first */
    const char *then;        /* SQL that gives 1 when it is as it should be; NULL: as before */
};

/* The idea is 2 words of a lid, with a comment of Ben's, who has voted for it. */
static const struct broken broken[] = {
    {"UPDATE records SET score = 7 WHERE type = 'idea'", "score is not", NULL},
    {"UPDATE records SET comments = 7 WHERE type = 'idea'", "comments is not", NULL},
    {"UPDATE records SET answers = 7 WHERE type = 'comment'", "answers is not", NULL},
    {"UPDATE records SET thread = 7 WHERE type = 'comment'", "thread is not", NULL},
    {"UPDATE records SET revision = 7 WHERE type = 'idea'", "revision is not", NULL},
    {"UPDATE tags SET uses = 7 WHERE name = 'lid'", "a tag's uses is not", NULL},
    {"UPDATE tag_counts SET uses = 7 WHERE reach = 0", "a tag's count is not", NULL},
    {"DELETE FROM tag_counts", "a tag's count is not", NULL},
    {"UPDATE taggings SET score = 7", "a tagging has another score", NULL},
    {"UPDATE taggings SET hot = 7", "a tagging is sorted otherwise", NULL},
    {"UPDATE taggings SET type = 'topic'", "a tagging is sorted otherwise", NULL},
    {"DELETE FROM taggings", "tags is not", NULL},
    {"UPDATE tags SET name = 'other' WHERE name = 'lid'", "a tagging's tag is not among",
     "SELECT COUNT(*) = 1 FROM taggings g JOIN tags t ON t.id = g.tag_id WHERE t.name = 'lid'"},
    {"INSERT INTO votes (record_id, person_id, activity_id, delta, at) SELECT v.record_id,"
     " v.person_id, (SELECT MAX(id) FROM activities), 1, 0 FROM votes v",
     "score is not", "SELECT COUNT(*) = 1 FROM votes"},
    {"INSERT INTO votes (record_id, person_id, activity_id, delta, at) SELECT r.id, r.author_id,"
     " (SELECT MAX(id) FROM activities), 1, 0 FROM records r WHERE r.type = 'idea'",
     "score is not", "SELECT COUNT(*) = 1 FROM votes"},
    {"UPDATE records SET audience = 1 WHERE type = 'idea'", "audience is wider",
     "SELECT MIN(r.audience) = 1 AND MAX(r.audience) = 1 FROM records r JOIN activities a"
     " ON a.record_id = r.id WHERE r.type = 'comment' AND a.audience = 1"},
    {"UPDATE records SET audience = 0 WHERE type IN ('idea', 'comment')",
     "an activity has another audience", "SELECT MAX(audience) = 0 FROM activities"},
    {"UPDATE activities SET audience = 2", "an activity has another audience", NULL},
    {"UPDATE records SET space_id = NULL WHERE type = 'comment'", "stands in another space", NULL},
    {"UPDATE people SET name = 'Somebody'", "a person has another name", NULL},
    {"UPDATE spaces SET name = 'Somewhere'", "a space has another name", NULL},
    {"DELETE FROM texts WHERE record_id = (SELECT id FROM records WHERE type = 'comment')",
     "has no text",
     "SELECT COUNT(*) = 1 FROM texts t JOIN records r ON r.id = t.record_id"
     " WHERE r.type = 'comment' AND t.format = 'html' AND t.source = r.html"},
    {"DELETE FROM ideas", "has no row of its type's", NULL},
    {"DELETE FROM spaces", "names a row", "SELECT COUNT(*) = 1 FROM spaces WHERE name <> ''"},
    {"UPDATE records SET rank_score = 7 WHERE type = 'idea'", "is not where its votes", NULL},
    {"INSERT INTO notifications (person_id, activity_id, reason, before_id)"
     " SELECT actor_id, id, 'reply', 0 FROM activities WHERE verb = 'Create' AND type = 'idea'",
     "somebody was told of what they did",
     "SELECT COUNT(*) = 1 FROM notifications WHERE reason = ''"},
    {"UPDATE notifications SET before_id = before_id + 1", "does not name the one before", NULL},
    {"DELETE FROM inboxes", "a notification without an inbox",
     "SELECT MIN(last_id) > 0 AND MIN(unseen) > 0 FROM inboxes"},
    {"UPDATE inboxes SET last_id = last_id + 1", "does not name its newest", NULL},
    {"UPDATE inboxes SET unseen = 9", "does not count what came since", NULL},
    {"DELETE FROM search_roots", "is not in the search index",
     "SELECT COUNT(*) = 1 FROM search_roots WHERE title = 'A lid that is a tray'"
     " AND tags = 'lid brewer' AND body <> ''"},
    {"DELETE FROM search_replies", "is not in the search index",
     "SELECT COUNT(*) = 1 FROM search_replies WHERE body = 'Good'"},
    {"UPDATE records SET title = 'A box' WHERE type = 'idea'", "found by another title",
     "SELECT COUNT(*) = 1 FROM search_roots WHERE title = 'A box'"},
    {"UPDATE records SET title = 'A lid that is a tray' WHERE type = 'idea'",
     "found by another title",
     "SELECT COUNT(*) = 1 FROM search_roots WHERE title = 'A lid that is a tray'"},
    {"UPDATE records SET author_id = 999 WHERE type = 'idea'", "records.author_id names a row",
     "SELECT COUNT(*) = 1 FROM records WHERE type = 'idea' AND author_id IS NULL"},
    {"INSERT INTO follows (record_id, level, person_id, at) VALUES (999, 3, 1, 0)",
     "follows.record_id", "SELECT COUNT(*) = 0 FROM follows WHERE record_id = 999"},
    {"INSERT INTO follows (record_id, level, person_id, at) VALUES (1, 3, 999, 0)",
     "follows.person_id", "SELECT COUNT(*) = 0 FROM follows WHERE person_id = 999"},
    {"INSERT INTO links (from_id, kind, to_id, at) VALUES (999, 'related', 1, 0)", "links.from_id",
     "SELECT COUNT(*) = 0 FROM links"},
    {"INSERT INTO links (from_id, kind, to_id, at) VALUES (1, 'related', 999, 0)", "links.to_id",
     "SELECT COUNT(*) = 0 FROM links"},
    {"INSERT INTO notifications (activity_id, person_id, reason, before_id)"
     " VALUES (999, 999, 'reply', 0)",
     "notification without its activity", NULL},
    {"INSERT INTO participants (record_id, person_id) VALUES (1, 999)", "participants.person_id",
     "SELECT COUNT(*) = 0 FROM participants"},
    {"INSERT INTO participants (record_id, person_id) VALUES (999, 1)", "participants.record_id",
     "SELECT COUNT(*) = 0 FROM participants"},
    {"INSERT INTO revisions (record_id, number, at, title, tags, format, source)"
     " VALUES (999, 1, 0, '', '', 'markdown', '')",
     "revisions.record_id", "SELECT COUNT(*) = 0 FROM revisions"},
    {"INSERT INTO texts (record_id, format, source) VALUES (999, 'markdown', '')",
     "texts.record_id", "SELECT COUNT(*) = 0 FROM texts WHERE record_id = 999"},
    {"INSERT INTO memberships (space_id, person_id, role, at) VALUES (999, 1, 2, 0)",
     "memberships.space_id", "SELECT COUNT(*) = 0 FROM memberships WHERE space_id = 999"},
    {"INSERT INTO taggings (tag_id, record_id, type, created_at, score, hot)"
     " VALUES (1, 999, 'idea', 0, 0, 0)",
     "taggings.record_id", "SELECT COUNT(*) = 0 FROM taggings WHERE record_id = 999"},
    {"INSERT INTO taggings (tag_id, record_id, type, created_at, score, hot)"
     " SELECT 999, id, 'idea', 0, 0, 0 FROM records WHERE type = 'idea'",
     "taggings.tag_id", "SELECT COUNT(*) = 0 FROM taggings WHERE tag_id = 999"},
    {"UPDATE ideas SET answer_id = 999", "ideas.answer_id",
     "SELECT COUNT(*) = 1 FROM ideas WHERE answer_id IS NULL"},
    {"INSERT INTO sessions (token_hash, person_id, created_at, seen_at, expires_at)"
     " SELECT token_hash, 999, 0, 0, 0 FROM tokens",
     "sessions.person_id", "SELECT COUNT(*) = 0 FROM sessions WHERE person_id = 999"},
    {"INSERT INTO origins (root_id, record_id, url, author) VALUES (999, 999, '', '')",
     "origins.record_id", "SELECT COUNT(*) = 0 FROM origins"},
};

enum { FINDINGS = 200, LOOKS = 8 };

struct mending {
    struct arena *arena;
    struct check_finding list[FINDINGS];
    size_t n;
};

static void keep(void *ctx, const struct check_finding *f)
{
    struct mending *m = ctx;
    assert_true(m->n < FINDINGS);
    m->list[m->n] = *f;
    m->list[m->n++].what = str_dup(m->arena, str_of(f->what)).p;
}

static bool findings_take(struct db *db, void *ctx)
{
    struct mending *m = ctx;
    m->n = 0;
    check_hub(db, m->arena, keep, m);
    return !db_failed(db);
}

static bool mend_all(struct db *db, void *ctx)
{
    struct mending *m = ctx;
    for (size_t i = 0; i < m->n; i++)
        check_mend(db, m->arena, &m->list[i]);
    return !db_failed(db);
}

static size_t findings(struct kit *kit, struct mending *m)
{
    m->arena = kit->arena;
    assert_true(store_run(kit->app->store, STORE_READ, findings_take, m));
    return m->n;
}

static void broken_is_mended(struct kit *kit, const struct broken *b, struct mending *m)
{
    uint64_t before = kit_fingerprint(kit);
    sql_run(kit, b->how);
    size_t first = findings(kit, m), looks = 0;
    bool said = false;
    for (size_t k = 0; k < first; k++)
        said = said || str_has(str_of(m->list[k].what), str_of(b->words));
    if (!said && *b->words)
        fail_msg("%s: it said %s", b->how, first ? m->list[0].what : "nothing");
    while (m->n && ++looks < LOOKS) {
        assert_true(store_run(kit->app->store, STORE_WRITE, mend_all, m));
        findings(kit, m);
    }
    if (m->n)
        fail_msg("%s: not mended: %s", b->how, m->list[0].what);
    if (b->then &&
        sql_int(kit, kit_path(kit, "SELECT CASE WHEN (%s) THEN 1 ELSE 0 END", b->then)) != 1)
        fail_msg("%s: then %s", b->how, b->then);
    if (!b->then && *b->words && before != kit_fingerprint(kit))
        fail_msg("%s: mended otherwise than it was", b->how);
}

static void what_is_found_is_mended(void **state) /* check RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    comment_make(kit, rooms.ben, idea, "Good");
    kit_token(kit, rooms.ana, "read");
    struct mending *m = arena_make(kit->arena, struct mending);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        broken_is_mended(kit, &broken[i], m);
}

/* A finding of long ago, of what has been put right since. */
static void mending_twice_changes_nothing(void **state) /* check RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    struct mending *m = arena_make(kit->arena, struct mending);
    sql_run(kit, "UPDATE records SET thread = 3 WHERE type = 'idea'");
    sql_run(kit, "DELETE FROM search_roots");
    assert_true(findings(kit, m) > 1);
    assert_true(store_run(kit->app->store, STORE_WRITE, mend_all, m));
    int64_t roots = sql_int(kit, "SELECT COUNT(*) FROM search_roots");
    sql_run(kit, "UPDATE records SET thread = 0");
    assert_true(store_run(kit->app->store, STORE_WRITE, mend_all, m));
    assert_int_equal(findings(kit, m), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM search_roots"), roots);
}

/* A profile that only some may read: mending must not make it found by its words. */
static void a_mended_index_quotes_nobody(void **state) /* check RULE 4, people RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    const char *about = "name=Ana&handle=ana&about=Quagmire&about_for=%s";
    const char *me = kit_path(kit, "/people/%lld", (long long)rooms.ana->id);
    struct mending *m = arena_make(kit->arena, struct mending);
    for (int audience = 0; audience < 2; audience++) {
        assert_status(patch(kit, me, kit_path(kit, about, audience ? "members" : "public")), 303);
        sql_run(kit, "DELETE FROM search_roots");
        assert_true(findings(kit, m) > 0);
        assert_true(store_run(kit->app->store, STORE_WRITE, mend_all, m));
        assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM search_roots WHERE body LIKE '%agm%'"),
                         audience == 0);
    }
}

/* A deal that is won and leads to a person, an organisation, and nothing else of any type. */
static const struct broken typed[] = {
    {"DELETE FROM ix_deals_stage", "ix_deals_stage does not find it", NULL},
    {"UPDATE ix_deals_stage SET v = 'lost'", "ix_deals_stage does not find it", NULL},
    {"UPDATE ix_deals_amount SET v = v + 1", "ix_deals_amount does not find it", NULL},
    {"INSERT INTO ix_deals_amount (v, id) VALUES (7, 999)", "ix_deals_amount does not", NULL},
    {"INSERT INTO ix_tasks_title (v, id) VALUES ('x', 1)", "ix_tasks_title does not find it", NULL},
    {"DELETE FROM ix_organisations_kinds WHERE v = 'lead'", "ix_organisations_kinds does", NULL},
    {"DELETE FROM titles WHERE key = 'new mill a'", "titles does not find it", NULL},
    {"UPDATE titles SET key = 'old mill' WHERE key = 'mill a new'", "titles does not find it",
     NULL},
    {"INSERT INTO titles (type, key, record_id) VALUES ('deal', 'gone', 999)",
     "titles does not find it", "SELECT COUNT(*) = 0 FROM titles WHERE record_id = 999"},
    {"UPDATE deals SET stage = 'lost'", "ix_deals_stage does not find it",
     "SELECT COUNT(*) = 1 FROM ix_deals_stage WHERE v = 'lost'"},
    {"INSERT INTO similar_keys (hash, record_id) VALUES (7, 999)", "its keys among duplicates",
     "SELECT COUNT(*) = 0 FROM similar_keys WHERE record_id = 999"},
    {"UPDATE similar_keys SET hash = hash / 3", "its keys among duplicates", NULL},
    {"DELETE FROM similar_keys WHERE record_id IN (SELECT id FROM organisations)",
     "its keys among duplicates", NULL},
    {"UPDATE organisations SET email = 'a@b.example'", "its keys among duplicates",
     "SELECT COUNT(*) > 3 FROM similar_keys WHERE record_id IN (SELECT id FROM organisations)"},
    {"INSERT INTO tasks (id) VALUES (999)", "a row in tasks is no record's",
     "SELECT COUNT(*) = 0 FROM tasks"},
    {"DELETE FROM deals", "has no row in deals",
     "SELECT COUNT(*) = 1 FROM deals WHERE stage IS NULL"},
};

static void what_finds_records_is_counted_and_mended(void **state) /* check RULES 1 and 4 */
{
    struct kit *kit = *state;
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    as(kit, odile);
    assert_status(post_json(kit, "/organisations",
                            "{\"title\": \"Nordlicht\", \"kinds\": [\"lead\", \"press\"]}"),
                  201);
    assert_status(post_json(kit, "/deals",
                            kit_path(kit,
                                     "{\"title\": \"A new mill\", \"pipeline\": \"sales\","
                                     " \"stage\": \"won\", \"amount\": \"12 EUR\","
                                     " \"contacts\": \"%lld\"}",
                                     (long long)odile->id)),
                  201);
    struct mending *m = arena_make(kit->arena, struct mending);
    assert_int_equal(findings(kit, m), 0);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
        broken_is_mended(kit, &typed[i], m);
    sql_run(kit,
            kit_path(kit, "INSERT INTO links (from_id, kind, to_id, at) SELECT id, 'deal.contacts',"
                          " id, 0 FROM deals"));
    assert_int_equal(findings(kit, m), 1);
    assert_non_null(strstr(m->list[0].what, "a link of its fields leads to what"));
    sql_run(kit, "DELETE FROM links WHERE from_id = to_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_differs_is_said_once),
        kit_test(what_points_nowhere_is_said_once),
        kit_test(looking_changes_nothing),
        kit_test(what_is_found_is_mended),
        kit_test(what_finds_records_is_counted_and_mended),
        kit_test(mending_twice_changes_nothing),
        kit_test(a_mended_index_quotes_nobody),
    };
    return kit_run(tests);
}
