/* imports_test.c: proves the RULES of imports.h, on both engines, with dumps written for it.
 *
 * A hub is compared with itself by one text of all that it holds, with another hub by the same text
 * without ids, which may differ. With SKEP_TEST_SHARED naming a folder that has
 * stackexchange/bicycles.meta/, a whole real community is taken as well.
 */
#include "features/imports/imports.h"

#include <signal.h>
#include <sys/wait.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/out.h"
#include "db/hub_kit.h"
#include "http/app.h"
#include "record/origins.h"
#include "record/record.h"

enum { MEMORY = 256 << 20, NOW_DAYS = 20000 };

struct hub {
    struct store *store;
    struct arena *arena;
    struct import_result result;
    struct undo_result undone;
    struct out problems;
    int64_t job;
};

static const char *fixture(struct arena *a, const char *name)
{
    const char *root = getenv("SKEP_SRC");
    return str_fmt(a, "%s/src/features/imports/fixtures/%s", root ? root : ".", name).p;
}

static bool types_run(struct db *db, void *ctx)
{
    struct hub *h = ctx;
    struct str message = S("");
    return types_sync(db, h->arena, &message);
}

static struct hub hub_open(const struct hub_kit *kit)
{
    struct hub h = {.arena = arena_new(MEMORY)};
    struct str message = S("");
    h.store = store_open(&(struct store_options){.db = hub_kit_options(kit)}, h.arena, &message);
    if (!h.store)
        fail_msg(STR_FMT, STR_ARG(message));
    if (!store_run(h.store, STORE_WRITE, types_run, &h))
        fail_msg("the tables of types cannot be made");
    out_init(&h.problems, MEMORY);
    clock_freeze(NOW_DAYS * CLOCK_DAY);
    return h;
}

static void hub_close(struct hub *h)
{
    store_close(h->store);
    out_free(&h->problems);
    arena_free(h->arena);
}

static void problem_write(void *ctx, const char *file, int64_t line, struct str why, bool wrong)
{
    struct hub *h = ctx;
    out_fmt(&h->problems, "%s:%lld: %s" STR_FMT "\n", file, (long long)line,
            wrong ? "differs: " : "", STR_ARG(why));
}

static void import_batches(struct hub *h, const char *folder, size_t batch)
{
    struct str message = S("");
    struct import_options options = {
        .folder = folder,
        .space = S("Tea"),
        .site = S("tea.example"),
        .batch = batch,
        .ctx = h,
        .problem = problem_write,
    };
    out_clear(&h->problems);
    if (!import_stackexchange(h->store, &options, &h->result, h->arena, &message))
        fail_msg(STR_FMT, STR_ARG(message));
}

static void import(struct hub *h, const char *name)
{
    import_batches(h, fixture(h->arena, name), 0);
}

static void undo(struct hub *h)
{
    struct str message = S("");
    if (!import_undo(h->store, NULL, h->result.id, &h->undone, h->arena, &message))
        fail_msg(STR_FMT, STR_ARG(message));
}

/* ---- what a hub holds ---- */

/* ?1 is 1 where ids count. */
static const char *const contents[] = {
    "SELECT r.id * ?1, r.type, CASE WHEN ?1 = 1 THEN r.path ELSE '' END, r.title, r.state, "
    "r.score, r.comments, r.answers, r.thread, r.tags,"
    " r.created_at, r.updated_at, r.active_at, r.html, COALESCE(p.handle, ''), COALESCE(s.slug, "
    "''),"
    " COALESCE(u.title, ''), COALESCE(u.created_at, 0), r.excerpt FROM records r"
    " LEFT JOIN people p ON p.id = r.author_id LEFT JOIN spaces s ON s.id = r.space_id"
    " LEFT JOIN records u ON u.id = r.parent_id ORDER BY r.created_at, r.type, r.title, r.html",
    "SELECT r.title, r.created_at, v.person_id * ?1, v.delta, v.at, v.activity_id * ?1 FROM votes v"
    " JOIN records r ON r.id = v.record_id ORDER BY r.created_at, r.title, r.html, v.at, v.delta",
    "SELECT p.handle, p.name, p.place, p.website, p.id * ?1 FROM people p ORDER BY p.handle",
    "SELECT i.kind, i.address, p.handle, i.id * ?1 FROM identities i JOIN people p ON p.id = "
    "i.person_id"
    " ORDER BY i.kind, i.address",
    "SELECT s.slug, s.name, s.openness, s.id * ?1 FROM spaces s ORDER BY s.slug",
    "SELECT s.slug, p.handle, m.role, m.at, ?1 FROM memberships m JOIN people p ON p.id = "
    "m.person_id"
    " JOIN spaces s ON s.id = m.space_id ORDER BY s.slug, p.handle",
    "SELECT t.name, t.uses, t.id * ?1 FROM tags t ORDER BY t.name",
    "SELECT t.name, r.title, g.score, g.created_at, ?1 FROM taggings g JOIN tags t ON t.id = "
    "g.tag_id"
    " JOIN records r ON r.id = g.record_id ORDER BY t.name, r.created_at, r.title",
    "SELECT a.title, l.kind, b.title, l.at, ?1 FROM links l JOIN records a ON a.id = l.from_id"
    " JOIN records b ON b.id = l.to_id ORDER BY a.title, l.kind, b.title",
    "SELECT p.handle, r.title, f.at, ?1 FROM follows f JOIN people p ON p.id = f.person_id"
    " JOIN records r ON r.id = f.record_id ORDER BY p.handle, r.title",
    "SELECT o.url, o.author, o.author_url, o.licence, o.record_id * ?1 FROM origins o ORDER BY "
    "o.url, o.author",
    "SELECT a.verb, a.at, a.type, a.detail, a.audience, a.id * ?1, COALESCE(p.handle, '') FROM "
    "activities a"
    " LEFT JOIN people p ON p.id = a.actor_id ORDER BY a.at, a.verb, a.type, a.detail, p.handle "
    "NULLS FIRST, a.id * ?1",
    "SELECT t.title, COALESCE(a.html, ''), o.id * ?1 FROM topics o JOIN records t ON t.id = o.id"
    " LEFT JOIN records a ON a.id = o.accepted_id ORDER BY t.title",
    "SELECT t.title, i.id * ?1 FROM ideas i JOIN records t ON t.id = i.id ORDER BY t.title",
    "SELECT t.format, t.source, t.record_id * ?1 FROM texts t ORDER BY t.source, t.format, "
    "t.record_id * ?1",
    "SELECT i.kind, i.key, i.record_id * ?1 FROM import_rows i ORDER BY i.kind, i.key",
    "SELECT i.kind, i.source, i.state, i.id * ?1 FROM imports i ORDER BY i.id",
    "SELECT (SELECT COUNT(*) FROM search_roots), (SELECT COUNT(*) FROM search_replies), ?1,"
    " (SELECT COUNT(*) FROM search_words WHERE roots > 0 OR replies > 0),"
    " (SELECT COUNT(*) FROM revisions), (SELECT COUNT(*) FROM notifications)",
};

static int columns_of(const char *sql)
{
    int n = 1, depth = 0;
    for (const char *p = sql; depth || strncmp(p, " FROM ", 6) != 0; p++) {
        depth += *p == '(';
        depth -= *p == ')';
        n += *p == ',' && !depth;
        if (!p[1])
            break;
    }
    return n;
}

struct snapshot {
    struct arena *arena;
    bool ids;
    struct str text;
};

static bool snapshot_run(struct db *db, void *ctx)
{
    struct snapshot *s = ctx;
    struct out o;
    out_init(&o, MEMORY);
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        struct rows q = db_query(db, contents[i], I(s->ids));
        int columns = columns_of(contents[i]);
        out_fmt(&o, "-- %zu\n", i);
        while (db_next(&q)) {
            for (int c = 0; c < columns; c++)
                out_fmt(&o, STR_FMT "|", STR_ARG(db_str(&q, c)));
            out_char(&o, '\n');
        }
    }
    s->text = out_take(&o, s->arena);
    if (db_failed(db))
        fail_msg("%s", db_message(db));
    return true;
}

static struct str snapshot(struct hub *h, bool ids)
{
    struct snapshot s = {h->arena, ids, S("")};
    assert_true(store_run(h->store, STORE_SLOW, snapshot_run, &s));
    return s.text;
}

static void assert_same(struct str got, struct str want)
{
    struct str a, b;
    while (str_split(&got, '\n', &a) && str_split(&want, '\n', &b))
        if (!str_eq(a, b))
            fail_msg("got  " STR_FMT "\nwant " STR_FMT, STR_ARG(a), STR_ARG(b));
    assert_int_equal(got.n, want.n);
}

struct number {
    const char *sql;
    int64_t n;
};

static bool number_run(struct db *db, void *ctx)
{
    struct number *number = ctx;
    number->n = db_get_int(db, -1, number->sql);
    return !db_failed(db);
}

static int64_t number(struct hub *h, const char *sql)
{
    struct number n = {sql, -1};
    if (!store_run(h->store, STORE_SLOW, number_run, &n))
        fail_msg("failed: %s", sql);
    return n.n;
}

static bool change_run(struct db *db, void *ctx)
{
    db_exec(db, ctx);
    return !db_failed(db);
}

static void change(struct hub *h, const char *sql)
{
    if (!store_run(h->store, STORE_WRITE, change_run, (void *)(uintptr_t)sql))
        fail_msg("failed: %s", sql);
}

#define assert_number(h, sql, want) assert_int_equal(number((h), (sql)), (want))

/* ---- what is made of a dump ---- */

/* imports.h RULE 4 */
static void community_comes_whole(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    const int64_t *taken = h.result.taken;
    assert_int_equal(taken[TAKEN_PEOPLE], 6);
    assert_int_equal(taken[TAKEN_MISSING], 1);
    assert_int_equal(taken[TAKEN_IDEAS], 3);
    assert_int_equal(taken[TAKEN_TOPICS], 2);
    assert_int_equal(taken[TAKEN_TAG_TEXTS], 2);
    assert_int_equal(taken[TAKEN_ANSWERS], 5);
    assert_int_equal(taken[TAKEN_ACCEPTED], 2);
    assert_int_equal(taken[TAKEN_COMMENTS], 4);
    assert_int_equal(taken[TAKEN_VOTES], 8);
    assert_int_equal(taken[TAKEN_FOLLOWS], 1);
    assert_int_equal(taken[TAKEN_LINKS], 2);
    assert_int_equal(h.result.vote_types[6], 1);
    assert_int_equal(h.result.vote_types[10], 1);
    assert_int_equal(h.result.badges, 1);
    for (int i = 0; i < CHECKED_KINDS; i++)
        assert_int_equal(h.result.wrong[i], 0);
    assert_int_equal(h.result.checked[CHECKED_SCORES], 16);
    assert_int_equal(h.result.checked[CHECKED_TAGS], 8);
    assert_false(h.result.truncated);
    assert_number(
        &h, "SELECT COUNT(*) FROM records WHERE state = 'done' AND title = 'A lamp on the pot'", 1);
    assert_number(
        &h, "SELECT COUNT(*) FROM records WHERE state = 'declined' AND title = 'A lighter lid'", 1);
    assert_number(
        &h, "SELECT COUNT(*) FROM records WHERE state = 'closed' AND title = 'Hard water'", 1);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type = 'answer' AND state = 'accepted'",
                  1);
    assert_number(&h, "SELECT r.score FROM topics t JOIN records r ON r.id = t.accepted_id", 3);
    assert_number(&h, "SELECT uses FROM tags WHERE name = 'water'", 2);
    assert_number(&h, "SELECT COUNT(*) FROM people WHERE website LIKE 'javascript%'", 0);
    assert_number(&h, "SELECT COUNT(*) FROM accounts", 0);
    assert_number(&h, "SELECT COUNT(*) FROM notifications", 0);
    hub_close(&h);
}

/* imports.h RULE 3 */
static void what_cannot_be_taken_is_told(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    assert_same(out_text(&h.problems),
                S("Posts.xml:14: post 12 answers post 999, which is not here\n"
                  "Comments.xml:7: comment 5 is on post 404, which is not here\n"
                  "Votes.xml:16: vote 14 is for post 404, which is not here\n"
                  "PostLinks.xml:5: a link from post 3 to post 404, of which one is not here\n"));
    hub_close(&h);
}

/* imports.h RULE 3 */
static void broken_files_give_what_is_whole(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "broken");
    assert_same(
        out_text(&h.problems),
        S("Tags.xml:3: the row has no end\n"
          "Tags.xml:4: the file ends too early\n"
          "Users.xml:4: the row has no end\n"
          "Users.xml:6: Entity 'unknown' not defined\n"
          "Users.xml:7: Id is missing or no number\n"
          "Users.xml:8: CreationDate is missing or no time\n"
          "Users.xml:9: an element <line> that is no row\n"
          "Users.xml:10: text outside of a row\n"
          "Users.xml:12: Attribute Id redefined\n"
          "Posts.xml:4: Input is not proper UTF-8, indicate encoding !\n"
          "Posts.xml:5: post 3 was taken without 1 of its tags, which cannot be written here\n"
          "Posts.xml:6: the file ends inside of a row\n"
          "Posts.xml:5: differs: Score of 3 is 7, the imported rows give 0\n"));
    assert_true(h.result.truncated);
    assert_int_equal(h.result.wrong[CHECKED_SCORES], 1);
    hub_close(&h);
}

/* imports.h RULE 3: what the database itself refuses is the row's fault, not the batch's. */
static void refused_row_is_lost_alone(void **state)
{
    struct hub h = hub_open(*state);
    change(&h, "INSERT INTO origins (root_id, record_id, url, author) VALUES (0, 0, '', '')");
    change(&h, "CREATE UNIQUE INDEX one_name ON people (name)");
    change(&h, "INSERT INTO people (id, handle, name) VALUES (1000000, 'other', 'bo')");
    import(&h, "tea");
    assert_int_equal(h.result.taken[TAKEN_PEOPLE], 5);
    assert_true(str_starts(out_text(&h.problems), S("Users.xml:6: the database refused")));
    assert_int_equal(h.result.taken[TAKEN_ANSWERS], 5);
    hub_close(&h);
}

/* Posts alone: people are numbers, scores are sums; what comes later takes their places. */
static void parts_can_come_later(void **state)
{
    struct hub h = hub_open(*state), whole;
    char part[] = "/tmp/skep-part.XXXXXX", command[1024];
    assert_non_null(mkdtemp(part));
    snprintf(command, sizeof command, "cp '%s/Posts.xml' %s", fixture(h.arena, "tea"), part);
    assert_int_equal(system(command), 0);
    import_batches(&h, part, 0);
    assert_int_equal(h.result.taken[TAKEN_MISSING], 6);
    assert_int_equal(h.result.wrong[CHECKED_SCORES], 0);
    assert_int_equal(h.result.checked[CHECKED_SCORES], 12);
    assert_number(&h, "SELECT COUNT(*) FROM people WHERE name = 'user2'", 1);
    assert_number(&h, "SELECT score FROM records WHERE title = 'A lamp on the pot'", 2);
    import(&h, "tea");
    assert_int_equal(h.result.taken[TAKEN_PEOPLE], 6);
    for (int i = 0; i < CHECKED_KINDS; i++)
        assert_int_equal(h.result.wrong[i], 0);
    assert_number(&h, "SELECT COUNT(*) FROM people WHERE name = 'user2'", 0);
    assert_number(&h, "SELECT COUNT(*) FROM people WHERE handle = 'ana-lima' AND place = 'Porto'",
                  1);
    assert_number(&h, "SELECT score FROM records WHERE title = 'A lamp on the pot'", 2);
    struct hub_kit other;
    hub_kit_make(&other, ((struct hub_kit *)*state)->engine);
    whole = hub_open(&other);
    import(&whole, "tea");
    const char *people = "SELECT COUNT(*) FROM people";
    assert_int_equal(number(&h, people), number(&whole, people));
    hub_close(&whole);
    hub_kit_drop(&other);
    hub_close(&h);
    snprintf(command, sizeof command, "rm -r %s", part);
    assert_int_equal(system(command), 0);
}

struct origin_query {
    struct arena *arena;
    int64_t answer;
    struct origin one;
    struct origins all;
    bool found;
};

static bool origin_run(struct db *db, void *ctx)
{
    struct origin_query *q = ctx;
    int64_t root = db_get_int(db, 0, "SELECT id FROM records WHERE title = 'A lamp on the pot'");
    q->answer =
        db_get_int(db, 0, "SELECT id FROM records WHERE root_id = ?1 AND type = 'answer'", I(root));
    q->found = origin_read(db, q->arena, q->answer, &q->one);
    origins_read(db, q->arena, root, &q->all);
    return !db_failed(db);
}

/* origins RULE 1, origins RULE 2 */
static void origins_are_shown(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    struct origin_query q = {.arena = h.arena};
    assert_true(store_run(h.store, STORE_SLOW, origin_run, &q));
    assert_true(q.found);
    assert_same(q.one.url, S("https://tea.example/a/2"));
    assert_same(q.one.author, S("Bo"));
    assert_same(q.one.author_url, S("https://tea.example/users/3"));
    assert_same(q.one.licence, S("CC BY-SA 3.0"));
    assert_same(licence_url(h.arena, q.one.licence),
                S("https://creativecommons.org/licenses/by-sa/3.0/"));
    assert_same(licence_url(h.arena, S("CC \"><x 3.0")), S(""));
    assert_int_equal(q.all.n, 5);
    assert_same(origins_find(&q.all, q.answer)->url, q.one.url);
    assert_null(origins_find(&q.all, 1));
    hub_close(&h);
}

/* ---- again ---- */

/* imports.h RULE 1 */
static void second_run_changes_nothing(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    struct str first = snapshot(&h, true), told = str_dup(h.arena, out_text(&h.problems));
    import(&h, "tea");
    assert_same(snapshot(&h, true), first);
    assert_same(out_text(&h.problems), told);
    for (int i = 0; i < TAKEN_KINDS; i++)
        assert_int_equal(h.result.taken[i], 0);
    for (int i = 0; i < CHECKED_KINDS; i++)
        assert_int_equal(h.result.wrong[i], 0);
    hub_close(&h);
}

/* What members add does not make the source wrong. */
static void members_votes_do_not_count_as_the_sources(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    change(&h, "INSERT INTO votes (record_id, person_id, activity_id, delta, at)"
               " SELECT id, 1000000, 1000000, 1, 0 FROM records WHERE title = 'Hard water'");
    change(&h, "UPDATE records SET score = score + 1 WHERE title = 'Hard water'");
    import(&h, "tea");
    assert_int_equal(h.result.wrong[CHECKED_SCORES], 0);
    change(&h, "UPDATE records SET score = score + 1 WHERE title = 'Hard water'");
    import(&h, "tea");
    assert_int_equal(h.result.wrong[CHECKED_SCORES], 1); /* a counter that is wrong is seen */
    hub_close(&h);
}

static int batches_left;

static bool kill_at(void *ctx, const char *file, int64_t rows, int64_t done, int64_t of)
{
    (void)ctx, (void)file, (void)rows, (void)done, (void)of;
    if (--batches_left == 0)
        raise(SIGKILL);
    return true;
}

/* In a process of its own; it dies after so many commits, or when the parent says so. */
static pid_t import_apart(const struct hub_kit *kit, const char *folder, int batches)
{
    pid_t child = fork();
    if (child)
        return child;
    struct hub h = hub_open(kit);
    struct str message = S("");
    batches_left = batches;
    import_stackexchange(h.store,
                         &(struct import_options){.folder = folder,
                                                  .space = S("Tea"),
                                                  .site = S("tea.example"),
                                                  .batch = 3,
                                                  .ctx = &h,
                                                  .problem = problem_write,
                                                  .progress = kill_at},
                         &h.result, h.arena, &message);
    _exit(0);
}

static bool killed(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static struct str uninterrupted(struct arena *a, enum db_engine engine, const char *name)
{
    struct hub_kit kit;
    hub_kit_make(&kit, engine);
    struct hub h = hub_open(&kit);
    import(&h, name);
    struct str text = str_dup(a, snapshot(&h, false));
    hub_close(&h);
    hub_kit_drop(&kit);
    return text;
}

/* imports.h RULE 2 */
static void killed_import_goes_on(void **state)
{
    const struct hub_kit *first = *state;
    struct arena *a = arena_new(MEMORY);
    struct str want = uninterrupted(a, first->engine, "tea");
    const char *folder = fixture(a, "tea");
    int rounds = 0, step = first->engine == DB_SQLITE ? 1 : 5;
    for (int at = 1;; at += step) {
        struct hub_kit kit;
        hub_kit_make(&kit, first->engine);
        bool died = killed(import_apart(&kit, folder, at));
        struct hub h = hub_open(&kit);
        import_batches(&h, folder, 0);
        assert_same(snapshot(&h, false), want);
        hub_close(&h);
        hub_kit_drop(&kit);
        rounds += died;
        if (!died)
            break;
    }
    assert_true(rounds >= 12 / step);
    arena_free(a);
}

/* A job whose worker was killed: the next process takes it up when the lease is over. */
static void app_make(struct app *app, struct hub *h)
{
    static const struct feature feature = {.name = "imports", .jobs = import_jobs};
    static const struct feature *const list[] = {&feature, NULL};
    *app = (struct app){.features = list, .store = h->store};
    app->jobs = jobs_open(app);
}

static void kill_at_progress(void *ctx, const char *file, int64_t rows)
{
    kill_at(ctx, file, rows, 0, 0);
}

static bool job_new(struct db *db, void *ctx)
{
    struct hub *h = ctx;
    struct import_order order = {
        .folder = str_of(fixture(h->arena, "tea")), .space = S("Tea"), .site = S("tea.example")};
    h->job = import_put(db, h->arena, &order);
    return !db_failed(db);
}

static pid_t job_apart(const struct hub_kit *kit, int batches)
{
    pid_t child = fork();
    if (child)
        return child;
    struct hub h = hub_open(kit);
    struct app app;
    struct import_console console = {.progress = kill_at_progress};
    app_make(&app, &h);
    batches_left = batches;
    import_console = &console;
    if (!store_run(h.store, STORE_WRITE, job_new, &h) || !jobs_run_one(&app, h.job))
        abort();
    _exit(0);
}

static void killed_job_is_taken_up(void **state) /* imports.h RULE 2, jobs.h RULE 2 */
{
    const struct hub_kit *first = *state;
    struct arena *a = arena_new(MEMORY);
    struct str want = uninterrupted(a, first->engine, "tea");
    for (int at = 1; at <= 4; at += first->engine == DB_SQLITE ? 1 : 3) {
        struct hub_kit kit;
        hub_kit_make(&kit, first->engine);
        assert_true(killed(job_apart(&kit, at)));
        struct hub h = hub_open(&kit);
        struct app app;
        app_make(&app, &h);
        assert_int_equal(number(&h, "SELECT COUNT(*) FROM jobs WHERE state = 'running'"), 1);
        clock_freeze(clock_now() + (JOB_LEASE_S + 1) * CLOCK_SECOND);
        assert_true(jobs_run_due(&app));
        assert_int_equal(number(&h, "SELECT COUNT(*) FROM jobs WHERE state = 'done'"), 1);
        assert_int_equal(number(&h, "SELECT COUNT(*) FROM imports WHERE report <> ''"), 1);
        clock_freeze(NOW_DAYS * CLOCK_DAY);
        assert_same(snapshot(&h, false), want);
        jobs_close(app.jobs);
        hub_close(&h);
        hub_kit_drop(&kit);
    }
    arena_free(a);
}

/* The same at any moment, several times over one hub. */
static void killed_at_any_moment(void **state)
{
    enum { ROUNDS = 12 };
    const struct hub_kit *kit = *state;
    struct arena *a = arena_new(MEMORY);
    struct str want = uninterrupted(a, kit->engine, "tea");
    const char *folder = fixture(a, "tea");
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = import_apart(kit, folder, 0);
        usleep((useconds_t)(i * 7919 % 40) * 1000);
        kill(child, SIGKILL);
        killed(child);
    }
    struct hub h = hub_open(kit);
    import_batches(&h, folder, 0);
    assert_same(snapshot(&h, false), want);
    hub_close(&h);
    arena_free(a);
}

/* ---- undone ---- */

/* imports.h RULE 5 */
static void undo_leaves_an_empty_hub(void **state)
{
    struct hub h = hub_open(*state);
    struct str empty = snapshot(&h, true);
    import(&h, "tea");
    undo(&h);
    assert_int_equal(h.undone.people, 7);
    assert_int_equal(h.undone.records, 16);
    assert_int_equal(h.undone.kept_records, 0);
    assert_same(snapshot(&h, true), empty);
    struct str message = S("");
    assert_false(import_undo(h.store, NULL, h.result.id, &h.undone, h.arena, &message));
    assert_true(message.n > 0);
    hub_close(&h);
}

static bool reply_run(struct db *db, void *ctx)
{
    struct arena *a = ctx;
    struct act act = {.db = db, .arena = a, .at = NOW_DAYS * CLOCK_DAY, .quiet = true};
    int64_t person =
        record_create(&act, &(struct record_draft){.type = "person", .title = S("Eve")});
    db_exec(db, "INSERT INTO people (id, handle, name) VALUES (?1, 'eve', 'Eve')", I(person));
    int64_t id = db_get_int(db, 0, "SELECT id FROM records WHERE title = 'Sencha, how long?'");
    act.person_id = person;
    record_create(&act, &(struct record_draft){.type = "comment",
                                               .parent = record_load(db, a, id),
                                               .source = S("I keep this.")});
    return !db_failed(db);
}

/* imports.h RULE 5 */
static void thread_with_somebody_elses_words_stays_whole(void **state)
{
    struct hub h = hub_open(*state);
    import(&h, "tea");
    assert_true(store_run(h.store, STORE_WRITE, reply_run, h.arena));
    undo(&h);
    assert_true(h.undone.kept_space);
    assert_int_equal(h.undone.kept_records, 5);
    assert_int_equal(h.undone.kept_people, 3);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type IN ('idea', 'topic')", 1);
    assert_number(&h, "SELECT thread FROM records WHERE type = 'topic'", 4);
    assert_number(&h, "SELECT score FROM records WHERE type = 'topic'", 1);
    assert_number(&h, "SELECT COUNT(*) FROM tags", 2);
    assert_number(&h, "SELECT COUNT(*) FROM votes WHERE record_id NOT IN (SELECT id FROM records)",
                  0);
    assert_number(
        &h, "SELECT COUNT(*) FROM activities WHERE record_id NOT IN (SELECT id FROM records)", 0);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE author_id NOT IN (SELECT id FROM people)",
                  0);
    import(&h, "tea"); /* nothing is doubled: what was kept is known */
    for (int i = 0; i < CHECKED_KINDS; i++)
        assert_int_equal(h.result.wrong[i], 0);
    const char *all = "SELECT COUNT(*) FROM records";
    struct hub_kit other;
    hub_kit_make(&other, ((struct hub_kit *)*state)->engine);
    struct hub fresh = hub_open(&other);
    import(&fresh, "tea");
    assert_int_equal(number(&h, all), number(&fresh, all) + 2); /* Eve and her words */
    hub_close(&fresh);
    hub_kit_drop(&other);
    change(
        &h,
        "UPDATE records SET deleted_at = 1 WHERE type = 'comment' AND html LIKE '%I keep this%'");
    undo(&h);
    assert_int_equal(h.undone.kept_records, 0);
    assert_number(&h, "SELECT COUNT(*) FROM people", 1);
    assert_number(&h, all, 1);
    hub_close(&h);
}

/* ---- a real community ---- */

static void real_community_comes_whole(void **state)
{
    const char *shared = getenv("SKEP_TEST_SHARED");
    if (!shared)
        skip();
    struct hub h = hub_open(*state);
    struct str empty = snapshot(&h, true);
    char folder[] = "/tmp/skep-real.XXXXXX", command[2048];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             "for f in '%s'/stackexchange/bicycles.meta/*.xml.xz; do"
             " xz -dc \"$f\" > %s/$(basename \"$f\" .xz) || exit 1; done",
             shared, folder);
    assert_int_equal(system(command), 0);
    import_batches(&h, folder, 0);
    const int64_t *taken = h.result.taken;
    assert_int_equal(taken[TAKEN_PEOPLE], 2551);
    assert_int_equal(taken[TAKEN_MISSING], 0);
    assert_int_equal(taken[TAKEN_IDEAS], 39);
    assert_int_equal(taken[TAKEN_IDEAS] + taken[TAKEN_TOPICS] + taken[TAKEN_TAG_TEXTS] +
                         taken[TAKEN_ANSWERS],
                     1446);
    assert_int_equal(taken[TAKEN_COMMENTS], 2448);
    assert_int_equal(taken[TAKEN_ACCEPTED], 157);
    assert_int_equal(h.result.checked[CHECKED_SCORES], 1446 + 2448);
    assert_int_equal(h.result.checked[CHECKED_ANSWERS], 453);
    assert_int_equal(h.result.checked[CHECKED_COMMENTS], 1446);
    assert_int_equal(h.result.checked[CHECKED_TAGS], 94);
    for (int i = 0; i < CHECKED_KINDS; i++)
        assert_int_equal(h.result.wrong[i], 0);
    undo(&h);
    assert_same(snapshot(&h, true), empty);
    hub_close(&h);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"a community comes whole", community_comes_whole, 0},
        {"what cannot be taken is told", what_cannot_be_taken_is_told, 0},
        {"broken files give what is whole", broken_files_give_what_is_whole, 0},
        {"a refused row is lost alone", refused_row_is_lost_alone, 0},
        {"parts can come later", parts_can_come_later, 0},
        {"origins are shown", origins_are_shown, 0},
        {"a second run changes nothing", second_run_changes_nothing, 0},
        {"members' votes do not count as the source's", members_votes_do_not_count_as_the_sources,
         0},
        {"a killed import goes on", killed_import_goes_on, 0},
        {"a killed job is taken up", killed_job_is_taken_up, 0},
        {"killed at any moment", killed_at_any_moment, 0},
        {"undo leaves an empty hub", undo_leaves_an_empty_hub, 0},
        {"a thread with somebody else's words stays whole",
         thread_with_somebody_elses_words_stays_whole, 0},
        {"a real community comes whole", real_community_comes_whole, 0},
    };
    return hub_kit_run("imports", tests, sizeof tests / sizeof *tests);
}
