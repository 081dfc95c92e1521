/* consumers_test.c: proves the RULES of consumers.h, on both engines. */
#include "db/hub_kit.h"

#include "core/arena.h"
#include "db/store.h"
#include "http/feature.h"
#include "jobs/consumers.h"

/* What a consumer was handed, as a committed row each; n counts how often. */
#define TAKEN "INSERT INTO settings (name, value) VALUES (?1, ?2)"

struct hub {
    struct arena *arena;
    struct store *store;
    struct consumers *consumers;
};

static int failures;   /* takes that will fail as if the disk had */
static int64_t poison; /* an activity that can never be taken */
static size_t most;    /* taken at a time; 0: all */

static void keep(struct db *db, struct arena *a, const char *who, const struct activity *list,
                 size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str name = str_fmt(a, "%s %06lld", who, (long long)list[i].id);
        db_exec(db, TAKEN, T(name), T(list[i].verb)); /* a second time is a duplicate */
        if (list[i].id == poison)
            db_fail(db, DB_INVALID, "cannot be taken");
    }
    if (failures > 0) {
        failures--;
        db_fail(db, DB_FAILED, "disk I/O error (injected)");
    }
}

static size_t take_now(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    keep(db, a, "now", list, n);
    return n;
}

static size_t take_ideas(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    keep(db, a, "ideas", list, n);
    return n;
}

static size_t take_later(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    size_t taken = most && n > most ? most : n;
    keep(db, a, "later", list, taken);
    return taken;
}

static size_t take_new(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    keep(db, a, "new", list, n);
    return n;
}

static void forget_later(struct db *db)
{
    db_exec(db, "DELETE FROM settings WHERE name LIKE 'later%'");
}

static const struct consumer consumers[] = {
    {"now", take_now, "'Create'"},
    {"later", take_later, .every_ms = 1, .forget = forget_later},
    {0},
};
static const struct consumer newcomers[] = {
    {"new", take_new, .every_ms = 1},
    {"mail", take_new, .every_ms = 1, .from_end = true, .once = true},
    {0},
};
static const struct consumer choosers[] = {
    {"ideas", take_ideas, "'Create'", .types = "'idea', 'topic'", .loud = true},
    {0},
};
static const struct feature chooser = {.name = "chooser", .consumers = choosers};
static const struct feature *const with_chooser[] = {&chooser, NULL};
static const struct feature feature = {.name = "test", .consumers = consumers};
static const struct feature newcomer = {.name = "newcomer", .consumers = newcomers};
static const struct feature *const both[] = {&feature, NULL};
static const struct feature *const with_newcomer[] = {&newcomer, NULL};

/* ---- hubs ---- */

static struct hub hub_open(const struct hub_kit *kit, const struct feature *const *list)
{
    struct hub h = {.arena = arena_new(16 << 20)};
    struct str message = S("");
    failures = 0;
    poison = 0;
    most = 0;
    h.store = store_open(&(struct store_options){.db = hub_kit_options(kit)}, h.arena, &message);
    if (!h.store)
        fail_msg(STR_FMT, STR_ARG(message));
    h.consumers = consumers_open(h.store, list);
    return h;
}

static void hub_close(struct hub *h)
{
    consumers_close(h->consumers);
    store_close(h->store);
    arena_free(h->arena);
}

struct sql {
    const char *text;
    int64_t n;
};

static bool sql_run(struct db *db, void *ctx)
{
    struct sql *sql = ctx;
    sql->n = db_get_int(db, -1, sql->text);
    return true;
}

static int64_t number(const struct hub *h, const char *text)
{
    struct sql sql = {text, -1};
    assert_true(store_run(h->store, STORE_READ, sql_run, &sql));
    return sql.n;
}

static int64_t taken(const struct hub *h, const char *who)
{
    char text[100];
    snprintf(text, sizeof text, "SELECT COUNT(*) FROM settings WHERE name LIKE '%s %%'", who);
    return number(h, text);
}

static bool log_write(struct db *db, void *ctx)
{
    for (int i = 0; i < *(const int *)ctx; i++)
        db_exec(db,
                "INSERT INTO activities (at, verb, type, record_id, root_id, audience)"
                " VALUES (?1, ?2, 'idea', 1, 1, 0)",
                I(i), Z(i % 2 ? "Like" : "Create"));
    return !db_failed(db);
}

static void change(const struct hub *h, int activities)
{
    assert_true(store_run(h->store, STORE_WRITE, log_write, &activities));
}

/* ---- promises ---- */

static void each_is_taken_once(void **state) /* RULE 1 */
{
    struct hub h = hub_open(*state, both);
    change(&h, 10);
    assert_int_equal(taken(&h, "now"), 5); /* with the change, and of its verbs only */
    assert_int_equal(taken(&h, "later"), 0);
    most = 3;
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "later"), 10);
    assert_true(consumers_catch_up(h.consumers));
    change(&h, 1300);
    assert_int_equal(taken(&h, "now"), 655);
    hub_close(&h);

    h = hub_open(*state, both); /* another process goes on where this one was */
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "later"), 1310);
    assert_int_equal(taken(&h, "now"), 655);
    hub_close(&h);
}

static bool sorts_write(struct db *db, void *ctx)
{
    (void)ctx;
    db_exec(db, "INSERT INTO activities (at, verb, type, record_id, root_id, audience, quiet)"
                " VALUES (1, 'Create', 'idea', 1, 1, 0, 1), (1, 'Create', 'deal', 2, 2, 0, 0),"
                " (1, 'Create', 'topic', 3, 3, 0, 0), (1, 'Like', 'idea', 1, 1, 0, 0)");
    return !db_failed(db);
}

static void each_takes_what_is_its_own(void **state) /* RULE 1 */
{
    struct hub h = hub_open(*state, with_chooser);
    assert_true(store_run(h.store, STORE_WRITE, sorts_write, NULL));
    assert_int_equal(taken(&h, "ideas"), 1); /* no quiet one, no deal */
    change(&h, 2);
    assert_int_equal(taken(&h, "ideas"), 2);
    hub_close(&h);
}

static void a_failure_undoes_the_consumer_alone(void **state) /* RULES 2 and 3 */
{
    struct hub h = hub_open(*state, both);
    failures = 1000000;
    change(&h, 4);
    assert_false(consumers_catch_up(h.consumers));
    assert_int_equal(number(&h, "SELECT COUNT(*) FROM activities"), 4);
    assert_int_equal(taken(&h, "now") + taken(&h, "later"), 0);
    failures = 0;
    change(&h, 2);
    assert_int_equal(taken(&h, "now"), 3);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "later"), 6);
    hub_close(&h);
}

static void what_can_never_be_taken_is_passed_over(void **state) /* RULE 3 */
{
    struct hub h = hub_open(*state, both);
    change(&h, 1);
    poison = number(&h, "SELECT MAX(id) FROM activities") + 3;
    change(&h, 9);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "later"), 9);
    assert_int_equal(taken(&h, "now"), 5);
    hub_close(&h);
}

static void a_new_one_begins_as_it_says(void **state) /* RULE 4 */
{
    struct hub h = hub_open(*state, both);
    change(&h, 7);
    hub_close(&h);
    h = hub_open(*state, with_newcomer);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "new"), 7);
    int64_t newest = number(&h, "SELECT MAX(id) FROM activities");
    assert_int_equal(number(&h, "SELECT activity_id FROM cursors WHERE consumer = 'mail'"), newest);
    hub_close(&h);
}

struct rebuild {
    struct consumers *all;
    const char *name;
    bool found;
    struct consumer_lag lag[4];
    size_t n;
};

static bool rebuild_run(struct db *db, void *ctx)
{
    struct rebuild *r = ctx;
    r->found = consumers_rebuild(r->all, db, str_of(r->name));
    r->n = consumers_lag(r->all, db, r->lag, 4);
    return !db_failed(db);
}

static void rebuilding_reads_all_again(void **state) /* RULE 5 */
{
    struct hub h = hub_open(*state, both);
    change(&h, 6);
    assert_true(consumers_catch_up(h.consumers));
    struct rebuild r = {.all = h.consumers, .name = "later"};
    assert_true(store_run(h.store, STORE_WRITE, rebuild_run, &r));
    assert_true(r.found);
    assert_int_equal(r.n, 2);
    assert_string_equal(r.lag[1].name, "later");
    assert_int_equal(r.lag[1].behind, 6);
    assert_int_equal(r.lag[0].behind, 0);
    assert_int_equal(taken(&h, "later"), 0);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "later"), 6);
    r.name = "nobody";
    assert_true(store_run(h.store, STORE_WRITE, rebuild_run, &r));
    assert_false(r.found);
    hub_close(&h);

    h = hub_open(*state, with_newcomer);
    r = (struct rebuild){.all = h.consumers, .name = "mail"};
    assert_true(store_run(h.store, STORE_WRITE, rebuild_run, &r));
    assert_false(r.found); /* letters are not sent again */
    hub_close(&h);
}

/* Two followers on one hub, as two programs have them, and changes all the while. */
static void two_followers_share_the_work(void **state) /* RULE 1 */
{
    struct hub h = hub_open(*state, both), other = hub_open(*state, both);
    consumers_start(h.consumers);
    consumers_start(other.consumers);
    for (int i = 0; i < 40; i++)
        change(i % 2 ? &h : &other, 5);
    while (taken(&h, "later") < 200)
        usleep(1000);
    assert_int_equal(taken(&h, "later"), 200);
    assert_int_equal(taken(&h, "now"), 120);
    consumers_stop(other.consumers);
    consumers_stop(h.consumers);
    hub_close(&other);
    hub_close(&h);
}

/* Statements of the writer so far; writes nothing itself, so nobody is woken. */
static bool statements_run(struct db *db, void *ctx)
{
    *(int64_t *)ctx = db_statements(db);
    return false;
}

static size_t take_slow(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    usleep(12 * 1000);
    return take_later(db, a, list, n);
}

/* Also those that are due at different times. */
static void who_has_read_all_asks_for_nothing(void **state) /* RULE 7 */
{
    static const struct consumer paced[] = {
        {"new", take_new, .every_ms = 150}, {"later", take_slow, .every_ms = 150}, {0}};
    static const struct feature two = {.name = "two", .consumers = paced};
    static const struct feature *const list[] = {&two, NULL};
    enum { LOOKS_MS = 300, LOOKS = 40 };
    struct hub h = hub_open(*state, list);
    consumers_start(h.consumers);
    change(&h, 10);
    while (taken(&h, "later") < 10 || taken(&h, "new") < 10)
        usleep(1000);
    int64_t before = -1, after = 0;
    /* What they did was a commit: each looks once more, on a busy machine late. */
    for (int i = 0; i < LOOKS && before != after; i++) {
        before = after;
        usleep(LOOKS_MS * 1000);
        store_run(h.store, STORE_WRITE, statements_run, &after);
    }
    assert_int_equal(before, after);
    change(&h, 10); /* and are woken again */
    while (taken(&h, "later") < 20 || taken(&h, "new") < 20)
        usleep(1000);
    consumers_stop(h.consumers);
    hub_close(&h);
}

static bool none_listens;

static bool idle(struct db *db)
{
    (void)db;
    return none_listens;
}

static void who_is_idle_passes_over(void **state) /* RULE 8 */
{
    static const struct consumer listening[] = {
        {"new", take_new, .every_ms = 1, .at_once = 2, .idle = idle}, {0}};
    static const struct feature one = {.name = "one", .consumers = listening};
    static const struct feature *const list[] = {&one, NULL};
    struct hub h = hub_open(*state, list);
    none_listens = true;
    change(&h, 5);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(number(&h, "SELECT activity_id FROM cursors WHERE consumer = 'new'"),
                     number(&h, "SELECT MAX(id) FROM activities"));
    none_listens = false;
    change(&h, 5);
    assert_true(consumers_catch_up(h.consumers));
    assert_int_equal(taken(&h, "new"), 5);
    hub_close(&h);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"each takes what is its own", each_takes_what_is_its_own, 0},
        {"each is taken once", each_is_taken_once, 0},
        {"a failure undoes the consumer alone", a_failure_undoes_the_consumer_alone, 0},
        {"what can never be taken is passed over", what_can_never_be_taken_is_passed_over, 0},
        {"a new one begins as it says", a_new_one_begins_as_it_says, 0},
        {"rebuilding reads all again", rebuilding_reads_all_again, 0},
        {"who has read all asks for nothing", who_has_read_all_asks_for_nothing, 0},
        {"who is idle passes over", who_is_idle_passes_over, 0},
        {"two followers share the work", two_followers_share_the_work, 0},
    };
    return hub_kit_run("consumers", tests, sizeof tests / sizeof *tests);
}
