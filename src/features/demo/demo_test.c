/* demo_test.c: proves the RULES of demo.h with the project's own demo data, on both engines. */
#include "features/demo/demo.h"
#include "record/types.h"

#include <fcntl.h>

#include "core/clock.h"
#include "db/hub_kit.h"
#include "features/accounts/accounts.h"
#include "http/app.h"

extern const struct feature demo_feature;

enum { MEMORY = 64 << 20 };

struct hub {
    struct app app;
    struct arena *arena;
};

/* Tables of record types, as an opened hub has them. */
static bool tables_make(struct db *db, void *ctx)
{
    struct hub *h = ctx;
    struct str message = S("");
    return types_sync(db, h->arena, &message);
}

static struct hub hub_open(const struct hub_kit *kit)
{
    struct hub h = {.arena = arena_new(MEMORY)};
    struct str message = S("");
    setenv("SKEP_TEST", "1", 1); /* passwords at the least cost */
    clock_freeze(20000 * CLOCK_DAY);
    h.app.store =
        store_open(&(struct store_options){.db = hub_kit_options(kit)}, h.arena, &message);
    if (!h.app.store)
        fail_msg(STR_FMT, STR_ARG(message));
    assert_true(store_run(h.app.store, STORE_WRITE, tables_make, &h));
    h.app.consumers = consumers_open(h.app.store, features);
    return h;
}

static void hub_close(struct hub *h)
{
    consumers_close(h->app.consumers);
    store_close(h->app.store);
    arena_free(h->arena);
}

/* What the command says need not stand between the tests' results. */
static int demo(struct hub *h, const char *folder)
{
    const char *root = getenv("SKEP_SRC");
    char *path = str_cstr(h->arena, str_fmt(h->arena, "%s/%s", root ? root : ".", folder));
    int nowhere = open("/dev/null", O_WRONLY), kept[2] = {dup(1), dup(2)};
    fflush(stdout);
    for (int fd = 1; fd <= 2; fd++)
        dup2(nowhere, fd);
    int code = demo_feature.commands[0].run(&h->app, 1, (char *[]){path, NULL});
    fflush(stdout);
    for (int fd = 1; fd <= 2; fd++) {
        dup2(kept[fd - 1], fd);
        close(kept[fd - 1]);
    }
    close(nowhere);
    return code;
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
    if (!store_run(h->app.store, STORE_SLOW, number_run, &n))
        fail_msg("failed: %s", sql);
    return n.n;
}

#define assert_number(h, sql, want) assert_int_equal(number((h), (sql)), (want))

/* demo.h RULE 1; the counts are those of demo/check.mjs. */
static void hub_comes_alive(void **state)
{
    struct hub h = hub_open(*state);
    assert_int_equal(demo(&h, "demo"), 0);
    assert_number(&h, "SELECT COUNT(*) FROM people", 61);
    assert_number(&h, "SELECT COUNT(*) FROM spaces", 3);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type = 'idea'", 80);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type = 'topic'", 26);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type = 'comment'", 370 + 44);
    assert_number(&h, "SELECT COUNT(*) FROM records WHERE type = 'organisation'", 25);
    assert_number(&h, "SELECT COUNT(*) FROM deals WHERE organisation > 0", 40);
    assert_number(&h, "SELECT COUNT(*) FROM tasks WHERE deal > 0", 18);
    assert_number(&h, "SELECT COUNT(*) FROM notes WHERE deal > 0", 15);
    assert_number(&h, "SELECT COUNT(*) FROM ideas WHERE merged_id IS NOT NULL", 6);
    assert_number(&h, "SELECT COUNT(*) FROM accounts WHERE role = 4", 1);
    assert_number(&h, "SELECT COUNT(*) FROM accounts WHERE password <> ''", 3);
    assert_number(
        &h, "SELECT COUNT(*) FROM settings WHERE name = 'hub_name' AND value = 'Brindlemoor'", 1);
    assert_number(&h, "SELECT COUNT(*) FROM mails WHERE state <> 'held'", 0);
    assert_number(&h, "SELECT COUNT(*) / 9 FROM mails", 1); /* one of each kind */
    assert_int_not_equal(demo(&h, "demo"), 0);              /* not twice */
    assert_number(&h, "SELECT COUNT(*) FROM people", 61);
    hub_close(&h);
}

/* demo.h RULE 2 */
static void acts_come_in_order(void **state)
{
    struct hub h = hub_open(*state);
    assert_int_equal(demo(&h, "demo"), 0);
    assert_number(
        &h,
        "SELECT COUNT(*) FROM activities a JOIN activities b ON b.id = a.id + 1 WHERE b.at < a.at",
        0);
    assert_number(&h,
                  "SELECT COUNT(*) FROM activities a JOIN records p ON p.id = a.actor_id"
                  " WHERE a.at < p.created_at",
                  0);
    assert_number(&h,
                  "SELECT COUNT(*) FROM votes v JOIN records r ON r.id = v.record_id WHERE v.at < "
                  "r.created_at",
                  0);
    assert_number(&h, "SELECT COUNT(*) FROM activities WHERE at > 1728000000000000", 0);
    hub_close(&h);
}

/* record.h RULE 3, votes.h RULE 2 and RULE 3, over all of it */
static void counters_are_right(void **state)
{
    struct hub h = hub_open(*state);
    assert_int_equal(demo(&h, "demo"), 0);
    assert_number(&h,
                  "SELECT COUNT(*) FROM records r WHERE r.score <>"
                  " (SELECT COALESCE(SUM(v.delta), 0) FROM votes v WHERE v.record_id = r.id)"
                  " OR r.comments <> (SELECT COUNT(*) FROM records c WHERE c.parent_id = r.id AND "
                  "c.type = 'comment')"
                  " OR r.answers <> (SELECT COUNT(*) FROM records c WHERE c.parent_id = r.id AND "
                  "c.type = 'answer')",
                  0);
    assert_number(&h,
                  "SELECT COUNT(*) FROM votes v JOIN records r ON r.id = v.record_id"
                  " WHERE v.person_id = r.author_id",
                  0);
    assert_number(
        &h,
        "SELECT COUNT(*) FROM records WHERE type = 'idea' AND state IN ('planned', 'progress',"
        " 'done', 'declined') AND id NOT IN (SELECT id FROM ideas WHERE answer_id IS NOT NULL)",
        0);
    hub_close(&h);
}

/* demo.h RULE 3 */
static void same_files_give_the_same_hub(void **state)
{
    static const char *const sums[] = {
        "SELECT SUM(at / 1000000) FROM votes",
        "SELECT SUM(created_at / 1000000) FROM records",
        "SELECT COUNT(*) FROM inboxes WHERE last_id > seen_id",
        "SELECT COUNT(*) FROM follows",
    };
    int64_t first[sizeof sums / sizeof *sums];
    for (int round = 0; round < 2; round++) {
        struct hub_kit kit;
        hub_kit_make(&kit, ((struct hub_kit *)*state)->engine);
        struct hub h = hub_open(&kit);
        assert_int_equal(demo(&h, "demo"), 0);
        for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
            int64_t n = number(&h, sums[i]);
            assert_true(n > 0);
            if (round)
                assert_int_equal(n, first[i]);
            first[i] = n;
        }
        hub_close(&h);
        hub_kit_drop(&kit);
    }
}

/* demo.h RULE 1: files that are not there, or not whole, leave an empty hub. */
static void broken_files_leave_an_empty_hub(void **state)
{
    struct hub h = hub_open(*state);
    assert_int_not_equal(demo(&h, "no/such/folder"), 0);
    assert_number(&h, "SELECT COUNT(*) FROM records", 0);
    hub_close(&h);
}

struct password {
    struct arena *arena;
    struct str hash;
};

static bool password_run(struct db *db, void *ctx)
{
    struct password *p = ctx;
    p->hash = db_get_str(db, p->arena,
                         "SELECT password FROM accounts WHERE email = 'nkechi@example.org'");
    return !db_failed(db);
}

static void customer_can_sign_in(void **state)
{
    struct hub h = hub_open(*state);
    assert_int_equal(demo(&h, "demo"), 0);
    struct password p = {h.arena, S("")};
    assert_true(store_run(h.app.store, STORE_SLOW, password_run, &p));
    assert_true(password_matches(p.hash, S("honeycomb-hexagon")));
    assert_false(password_matches(S(""), S("")));
    hub_close(&h);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"the hub comes alive", hub_comes_alive, 0},
        {"acts come in order", acts_come_in_order, 0},
        {"counters are right", counters_are_right, 0},
        {"the same files give the same hub", same_files_give_the_same_hub, 0},
        {"broken files leave an empty hub", broken_files_leave_an_empty_hub, 0},
        {"a customer can sign in", customer_can_sign_in, 0},
    };
    return hub_kit_run("demo", tests, sizeof tests / sizeof *tests);
}
