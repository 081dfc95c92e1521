/* jobs_test.c: proves the RULES of jobs.h, on both engines. Two hubs on one database are two
 * processes. */
#include "db/hub_kit.h"

#include <stdatomic.h>

#include "core/arena.h"
#include "core/clock.h"
#include "http/app.h"
#include "jobs/jobs.h"
#include "jobs/rows.h"

#define START INT64_C(1789000000000000)

struct hub {
    struct arena *arena;
    struct app app;
};

static struct {
    int ran;
    enum job_result result;
    int64_t later;
    char order[200]; /* data of those that ran, in turn */
    struct hub *hub, *other;
    bool wrote, stepped;
    _Atomic bool begun;
} seen;

/* ---- kinds ---- */

static bool note(struct db *db, void *ctx)
{
    struct job *job = ctx;
    char name[40];
    snprintf(name, sizeof name, "job %lld", (long long)job_id(job));
    db_exec(db, "INSERT INTO settings (name, value) VALUES (?1, ?2)", Z(name), T(job_data(job)));
    return !db_failed(db);
}

static enum job_result run_plain(struct job *job)
{
    seen.ran++;
    strncat(seen.order, str_cstr(job_arena(job), job_data(job)), 20);
    if (seen.result != JOB_DONE)
        job_why(job, "no luck with try %d", job_try(job));
    if (seen.later)
        job_later(job, seen.later);
    return seen.result;
}

static enum job_result run_noted(struct job *job)
{
    return job_write(job, note, job) ? JOB_DONE : JOB_LATER;
}

static bool cancel(struct db *db, void *ctx)
{
    return job_cancel(db, *(int64_t *)ctx);
}

static enum job_result run_cancelled(struct job *job)
{
    int64_t id = job_id(job);
    seen.ran++;
    store_run(job_app(job)->store, STORE_WRITE, cancel, &id);
    seen.stepped = job_step(job, 1, 2, S("half way"));
    return JOB_LATER;
}

static enum job_result run_late(struct job *job)
{
    if (seen.ran++ > 0) /* the other one, who has taken it over */
        return run_noted(job);
    clock_freeze(clock_now() + JOB_LEASE + 1);
    assert_true(jobs_run_due(&seen.other->app));
    seen.wrote = job_write(job, note, job);
    seen.stepped = job_step(job, 1, 1, S(""));
    return JOB_DONE;
}

static enum job_result run_long(struct job *job)
{
    atomic_store(&seen.begun, true);
    while (job_step(job, 1, 0, S("on and on")))
        usleep(1000);
    return JOB_LATER;
}

static bool put(struct db *db, void *ctx)
{
    struct job_order *order = ctx;
    order->due = order->due ? order->due : clock_now();
    return (order->person_id = job_put(db, order)) > 0; /* gives the id back */
}

static enum job_result run_again(struct job *job)
{
    struct job_order order = {.kind = "again", .key = S("k"), .data = S("new ")};
    seen.ran++;
    strncat(seen.order, str_cstr(job_arena(job), job_data(job)), 20);
    if (seen.ran == 1)
        assert_true(store_run(job_app(job)->store, STORE_WRITE, put, &order));
    return seen.ran == 1 ? JOB_LATER : JOB_DONE;
}

static const struct job_kind kinds[] = {
    {"plain", run_plain, .tries = 3},
    {"noted", run_noted, .at_once = 4},
    {"cancelled", run_cancelled},
    {"late", run_late},
    {"long", run_long},
    {"again", run_again},
    {0},
};
static const struct job_kind hourly[] = {{"hourly", run_plain, .tries = 3, .every_s = 3600}, {0}};
static const struct feature feature = {.name = "test", .jobs = kinds};
static const struct feature scheduled = {.name = "hours", .jobs = hourly};
static const struct feature *const usual[] = {&feature, NULL};
static const struct feature *const with_hours[] = {&scheduled, NULL};

/* ---- hubs ---- */

static struct hub *hub_open(const struct hub_kit *kit, const struct feature *const *list)
{
    struct arena *a = arena_new(16 << 20);
    struct hub *h = arena_make(a, struct hub);
    struct str message = S("");
    h->arena = a;
    h->app.features = list;
    h->app.store = store_open(&(struct store_options){.db = hub_kit_options(kit)}, a, &message);
    if (!h->app.store)
        fail_msg(STR_FMT, STR_ARG(message));
    h->app.jobs = jobs_open(&h->app);
    return h;
}

static struct hub *hub_begin(const struct hub_kit *kit, const struct feature *const *list)
{
    memset(&seen, 0, sizeof seen);
    clock_freeze(START);
    return hub_open(kit, list);
}

static void hub_close(struct hub *h)
{
    jobs_close(h->app.jobs);
    store_close(h->app.store);
    arena_free(h->arena);
}

struct sql {
    const char *text;
    int64_t n;
};

static bool sql_ask(struct db *db, void *ctx)
{
    struct sql *sql = ctx;
    sql->n = db_get_int(db, -1, sql->text);
    return true;
}

static int64_t number(const struct hub *h, const char *text)
{
    struct sql sql = {text, -1};
    assert_true(store_run(h->app.store, STORE_READ, sql_ask, &sql));
    return sql.n;
}

static int64_t job_new(const struct hub *h, struct job_order order)
{
    assert_true(store_run(h->app.store, STORE_WRITE, put, &order));
    return order.person_id;
}

static bool again(struct db *db, void *ctx)
{
    return job_again(db, *(int64_t *)ctx);
}

static bool in_state(const struct hub *h, int64_t id, const char *state)
{
    char text[100];
    snprintf(text, sizeof text, "SELECT COUNT(*) FROM jobs WHERE id = %lld AND state = '%s'",
             (long long)id, state);
    return number(h, text) == 1;
}

static void pass(int64_t us)
{
    clock_freeze(clock_now() + us);
}

static void run_all(struct hub *h)
{
    assert_true(jobs_run_due(&h->app));
}

/* ---- promises ---- */

static void it_runs_when_it_is_due(void **state) /* RULE 1 */
{
    struct hub *h = hub_begin(*state, usual);
    int64_t id = job_new(h, (struct job_order){.kind = "plain", .data = S("one ")});
    job_new(h, (struct job_order){.kind = "plain", .data = S("two "), .due = START + CLOCK_MINUTE});
    run_all(h);
    run_all(h);
    assert_string_equal(seen.order, "one ");
    assert_true(in_state(h, id, "done"));
    hub_close(h);
    pass(CLOCK_MINUTE);
    h = hub_open(*state, usual);
    run_all(h);
    assert_string_equal(seen.order, "one two ");
    hub_close(h);
}

static void a_failed_one_is_tried_again_later(void **state) /* RULE 3 */
{
    struct hub *h = hub_begin(*state, usual);
    int64_t id = job_new(h, (struct job_order){.kind = "plain"});
    seen.result = JOB_LATER;
    run_all(h);
    pass(15 * CLOCK_SECOND - 1);
    run_all(h);
    assert_int_equal(seen.ran, 1);
    pass(1);
    run_all(h);
    assert_int_equal(seen.ran, 2);
    pass(45 * CLOCK_SECOND - 1);
    run_all(h);
    assert_int_equal(seen.ran, 2);
    pass(1);
    run_all(h);
    assert_int_equal(seen.ran, 3);
    assert_true(in_state(h, id, "failed"));
    assert_int_equal(number(h, "SELECT COUNT(*) FROM jobs WHERE why = 'no luck with try 3'"), 1);
    pass(CLOCK_DAY);
    run_all(h);
    assert_int_equal(seen.ran, 3);

    seen.result = JOB_FAILED;
    assert_true(store_run(h->app.store, STORE_WRITE, again, &id));
    run_all(h);
    assert_int_equal(seen.ran, 4);
    assert_true(in_state(h, id, "failed")); /* at its first try */
    seen.result = JOB_DONE;
    assert_true(store_run(h->app.store, STORE_WRITE, again, &id));
    run_all(h);
    assert_true(in_state(h, id, "done"));
    assert_false(store_run(h->app.store, STORE_WRITE, again, &id));
    hub_close(h);
}

static void it_may_say_when(void **state) /* RULE 3 */
{
    struct hub *h = hub_begin(*state, usual);
    job_new(h, (struct job_order){.kind = "plain"});
    seen.result = JOB_LATER;
    seen.later = START + CLOCK_DAY;
    run_all(h);
    pass(CLOCK_DAY - 1);
    run_all(h);
    assert_int_equal(seen.ran, 1);
    pass(1);
    seen.result = JOB_DONE;
    run_all(h);
    assert_int_equal(seen.ran, 2);
    hub_close(h);
}

static void of_a_key_one_waits(void **state) /* RULE 4 */
{
    struct hub *h = hub_begin(*state, usual);
    struct job_order order = {
        .kind = "plain", .key = S("k"), .data = S("x "), .due = START + CLOCK_HOUR};
    int64_t id = job_new(h, order);
    order.due = START;
    order.data = S("y ");
    assert_int_equal(job_new(h, order), id);
    order.due = START + CLOCK_DAY;
    assert_int_equal(job_new(h, order), id);
    run_all(h);
    assert_string_equal(seen.order, "x ");
    assert_int_not_equal(job_new(h, order), id);
    pass(CLOCK_DAY);
    run_all(h);
    assert_string_equal(seen.order, "x y ");
    hub_close(h);

    h = hub_begin(*state, usual); /* one that fails finds that another waits */
    id = job_new(h, (struct job_order){.kind = "again", .key = S("k"), .data = S("old ")});
    run_all(h);
    pass(CLOCK_DAY);
    run_all(h);
    assert_string_equal(seen.order, "old new ");
    assert_true(in_state(h, id, "cancelled"));
    hub_close(h);
}

static void the_greater_priority_goes_first(void **state) /* RULE 5 */
{
    struct hub *h = hub_begin(*state, usual);
    job_new(h, (struct job_order){.kind = "plain", .data = S("c "), .due = START - 1});
    job_new(h, (struct job_order){.kind = "plain", .data = S("b "), .due = START - 2});
    job_new(h, (struct job_order){.kind = "plain", .data = S("a "), .priority = 5});
    job_new(h, (struct job_order){.kind = "plain", .data = S("d "), .priority = -1});
    run_all(h);
    assert_string_equal(seen.order, "a b c d ");
    hub_close(h);
}

static void a_cancelled_one_ends(void **state) /* RULE 6 */
{
    struct hub *h = hub_begin(*state, usual);
    int64_t waits = job_new(h, (struct job_order){.kind = "plain"});
    assert_true(store_run(h->app.store, STORE_WRITE, cancel, &waits));
    run_all(h);
    assert_int_equal(seen.ran, 0);
    assert_true(in_state(h, waits, "cancelled"));
    assert_false(store_run(h->app.store, STORE_WRITE, cancel, &waits));

    seen.stepped = true;
    int64_t runs = job_new(h, (struct job_order){.kind = "cancelled"});
    run_all(h);
    pass(CLOCK_DAY);
    run_all(h);
    assert_int_equal(seen.ran, 1);
    assert_false(seen.stepped);
    assert_true(in_state(h, runs, "cancelled"));
    assert_int_equal(number(h, "SELECT progress * 10 + total FROM jobs WHERE kind = 'cancelled'"),
                     12);
    hub_close(h);
}

static void a_schedule_is_kept_by_all_together(void **state) /* RULE 7 */
{
    struct hub *h = hub_begin(*state, with_hours), *other = hub_open(*state, with_hours);
    run_all(h);
    assert_int_equal(seen.ran, 0);
    pass(CLOCK_HOUR);
    run_all(h);
    run_all(other);
    assert_int_equal(seen.ran, 1);
    pass(10 * CLOCK_HOUR + CLOCK_MINUTE); /* what was missed is not made up for */
    run_all(other);
    run_all(h);
    assert_int_equal(seen.ran, 2);
    pass(CLOCK_HOUR - CLOCK_MINUTE); /* and the rhythm stays */
    seen.result = JOB_LATER;
    run_all(h);
    assert_int_equal(seen.ran, 3);
    seen.result = JOB_FAILED;
    pass(15 * CLOCK_SECOND);
    run_all(h);
    assert_int_equal(seen.ran, 4);
    pass(CLOCK_HOUR);
    run_all(h);
    assert_int_equal(seen.ran, 5);
    assert_int_equal(number(h, "SELECT COUNT(*) FROM jobs"), 1);
    hub_close(other);
    hub_close(h);
}

struct theft {
    struct arena *arena;
    int64_t id;
};

static bool die_with(struct db *db, void *ctx)
{
    struct theft *t = ctx;
    struct job_row row = {.kind = &kinds[1], .id = t->id};
    return job_row_take(db, t->arena, &row, "a worker that dies", clock_now());
}

static bool recover(struct db *db, void *ctx)
{
    const struct job_kind *kind = &kinds[1];
    (void)ctx;
    return job_rows_recover(db, &kind, 1, clock_now()) == 1;
}

static void a_dead_workers_job_is_taken_up_once(void **state) /* RULE 2 */
{
    struct hub *h = hub_begin(*state, usual), *other = hub_open(*state, usual);
    int64_t id = job_new(h, (struct job_order){.kind = "noted"});
    assert_true(store_run(h->app.store, STORE_WRITE, die_with, &(struct theft){h->arena, id}));
    pass(JOB_LEASE);
    run_all(other);
    assert_true(in_state(h, id, "running")); /* as far as anybody knows */
    pass(1);
    run_all(other);
    run_all(h);
    assert_true(in_state(h, id, "done"));
    assert_int_equal(number(h, "SELECT tries FROM jobs"), 2);
    assert_int_equal(number(h, "SELECT COUNT(*) FROM settings WHERE name LIKE 'job %'"), 1);

    for (int i = 1; i <= JOB_TRIES; i++) { /* one that kills its worker each time */
        if (i == 1)
            id = job_new(h, (struct job_order){.kind = "noted"});
        assert_true(store_run(h->app.store, STORE_WRITE, die_with, &(struct theft){h->arena, id}));
        pass(JOB_LEASE + 1);
        if (i < JOB_TRIES) /* waits again, and dies again */
            assert_true(store_run(h->app.store, STORE_WRITE, recover, NULL));
    }
    run_all(h);
    assert_true(in_state(h, id, "failed"));
    hub_close(other);
    hub_close(h);
}

static void who_lost_its_job_writes_nothing_more(void **state) /* RULE 2 */
{
    struct hub *h = hub_begin(*state, usual);
    seen.other = hub_open(*state, usual);
    seen.wrote = seen.stepped = true;
    int64_t id = job_new(h, (struct job_order){.kind = "late"});
    run_all(h);
    assert_int_equal(seen.ran, 2);
    assert_false(seen.wrote);
    assert_false(seen.stepped);
    assert_true(in_state(h, id, "done"));
    assert_int_equal(number(h, "SELECT tries FROM jobs"), 2);
    hub_close(seen.other);
    hub_close(h);
}

static void two_processes_share_the_work(void **state) /* RULE 2 */
{
    enum { JOBS = 120 };
    struct hub *h = hub_begin(*state, usual), *other = hub_open(*state, usual);
    jobs_start(h->app.jobs);
    jobs_start(other->app.jobs);
    for (int i = 0; i < JOBS; i++)
        job_new(i % 2 ? h : other, (struct job_order){.kind = "noted"});
    while (number(h, "SELECT COUNT(*) FROM jobs WHERE state = 'done'") < JOBS)
        usleep(2000);
    assert_int_equal(number(h, "SELECT COUNT(*) FROM settings WHERE name LIKE 'job %'"), JOBS);
    assert_int_equal(number(h, "SELECT MAX(tries) FROM jobs"), 1);
    jobs_stop(other->app.jobs);
    jobs_stop(h->app.jobs);
    struct jobs_stats one, two;
    jobs_stats(h->app.jobs, &one);
    jobs_stats(other->app.jobs, &two);
    assert_int_equal(one.done + two.done, JOBS);
    hub_close(other);
    hub_close(h);
}

/* PostgreSQL's notices bear the process, which is the same here: said as another one says it. */
static bool notice(struct db *db, void *ctx)
{
    (void)ctx;
    if (db_engine(db) == DB_POSTGRES)
        db_exec(db, "NOTIFY activities, 'another process'");
    return !db_failed(db);
}

/* The foreman rests where nothing is due; time, and other processes, end that. */
static void a_resting_process_finds_it(void **state) /* RULE 1 */
{
    struct hub *h = hub_begin(*state, usual), *other = hub_open(*state, usual);
    int64_t later = job_new(h, (struct job_order){.kind = "noted", .due = START + CLOCK_HOUR});
    jobs_start(h->app.jobs);
    int64_t first = job_new(h, (struct job_order){.kind = "noted"});
    while (!in_state(h, first, "done"))
        usleep(2000);
    assert_true(in_state(h, later, "waiting"));
    pass(CLOCK_HOUR);
    while (!in_state(h, later, "done"))
        usleep(2000);
    int64_t theirs = job_new(other, (struct job_order){.kind = "noted"});
    assert_true(store_run(other->app.store, STORE_WRITE, notice, NULL));
    while (!in_state(h, theirs, "done"))
        usleep(2000);
    jobs_stop(h->app.jobs);
    hub_close(other);
    hub_close(h);
}

static void a_stop_puts_it_back(void **state) /* RULE 8 */
{
    struct hub *h = hub_begin(*state, usual);
    jobs_start(h->app.jobs);
    int64_t id = job_new(h, (struct job_order){.kind = "long"});
    while (!atomic_load(&seen.begun))
        usleep(1000);
    jobs_stop(h->app.jobs);
    assert_true(in_state(h, id, "waiting"));
    assert_int_equal(number(h, "SELECT tries FROM jobs"), 0);
    assert_int_equal(number(h, "SELECT due_at FROM jobs"), START);
    hub_close(h);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"it runs when it is due", it_runs_when_it_is_due, 0},
        {"a failed one is tried again later", a_failed_one_is_tried_again_later, 0},
        {"it may say when", it_may_say_when, 0},
        {"of a key one waits", of_a_key_one_waits, 0},
        {"the greater priority goes first", the_greater_priority_goes_first, 0},
        {"a cancelled one ends", a_cancelled_one_ends, 0},
        {"a schedule is kept by all together", a_schedule_is_kept_by_all_together, 0},
        {"a dead worker's job is taken up once", a_dead_workers_job_is_taken_up_once, 0},
        {"who lost its job writes nothing more", who_lost_its_job_writes_nothing_more, 0},
        {"two processes share the work", two_processes_share_the_work, 0},
        {"a resting process finds it", a_resting_process_finds_it, 0},
        {"a stop puts it back", a_stop_puts_it_back, 0},
    };
    return hub_kit_run("jobs", tests, sizeof tests / sizeof *tests);
}
