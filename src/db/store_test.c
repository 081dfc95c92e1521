/* store_test.c: proves the rules of store.h on both engines, with failing disks, full queues, other
 * processes and sudden death.
 *
 * Other processes are this program again, called with a word and the hub (see main).
 */
#define _GNU_SOURCE
#include "db/hub_kit.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/rand.h"
#include "db/migrate.h"
#include "db/store.h"

static const struct migration notes[] = {
    {1, "0001_notes", S("CREATE TABLE notes (n BIGINT PRIMARY KEY, text @text NOT NULL)")},
    {0},
};

enum act {
    INSERT,
    VETO,
    DUPLICATE,
    BAD_SQL,
    COMMIT_FAILS,
    CONFLICT_TWICE,
    GATE,
    SLEEP,
    LOOK,
    NOTHING
};

struct work {
    struct store_job job;
    enum act act;
    int64_t n;
    int runs;
    enum db_failure failure;
    bool seen;   /* by another connection when done() was called */
    bool waited; /* LOOK: others did, behind it */
    struct store *store;
    sem_t *gate, *entered, *done;
    struct db *witness;
};

static struct arena *a;

static struct store *opened(const struct hub_kit *h, struct store_options o)
{
    a = a ? a : arena_new(1 << 26);
    struct str message = S("");
    bool server = o.db.server;
    o.db = hub_kit_options(h);
    o.db.server = server;
    o.migrations = notes;
    struct store *s = store_open(&o, a, &message);
    if (!s)
        fail_msg(STR_FMT, STR_ARG(message));
    return s;
}

static bool work_run(struct store_job *job, struct db *db)
{
    struct work *w = (struct work *)job;
    w->runs++;
    switch (w->act) {
    case GATE:
        sem_post(w->entered);
        sem_wait(w->gate);
        return false;
    case SLEEP:
        usleep(15 * 1000);
        break;
    case BAD_SQL:
        db_exec(db, "INSERT INTO notes VALUES (?1, 'bad')", I(w->n));
        db_exec(db, "INSERT INTO nowhere VALUES (1)");
        return true;
    case CONFLICT_TWICE:
        if (w->runs < 3) {
            db_exec(db, "INSERT INTO notes VALUES (?1, 'undone')", I(-w->n));
            db_fail(db, DB_CONFLICT, "as if another one had won");
        }
        break;
    case LOOK:
        w->waited = store_write_waits(w->store);
        break;
    case NOTHING:
        return false;
    default:
        break;
    }
    db_exec(db, "INSERT INTO notes VALUES (?1, ?2)", I(w->act == DUPLICATE ? 0 : w->n), Z("note"));
    if (w->act == COMMIT_FAILS)
        db_fail_nth(db, 1); /* the next statement, and this is the last job of its batch */
    return w->act != VETO;
}

static bool visible(struct db *db, int64_t n)
{
    db_begin(db, false);
    bool there = db_get_int(db, 0, "SELECT count(*) FROM notes WHERE n = ?1", I(n));
    db_commit(db);
    return there;
}

static void work_done(struct store_job *job, enum db_failure failure)
{
    struct work *w = (struct work *)job;
    w->failure = failure;
    w->seen = w->witness && visible(w->witness, w->n);
    sem_post(w->done);
}

static void submit(struct store *s, struct work *w, enum act act, int64_t n, sem_t *done)
{
    *w = (struct work){
        .job = {.run = work_run, .done = work_done}, .act = act, .n = n, .store = s, .done = done};
    if (!store_submit(s, STORE_WRITE, &w->job))
        fail_msg("refused");
}

/* Holds the writer up, so that what is submitted meanwhile becomes one batch. */
struct gate {
    struct work work;
    sem_t open, entered, done;
};

static void gate_close(struct store *s, struct gate *g)
{
    sem_init(&g->open, 0, 0);
    sem_init(&g->entered, 0, 0);
    sem_init(&g->done, 0, 0);
    g->work = (struct work){.job = {.run = work_run, .done = work_done},
                            .act = GATE,
                            .gate = &g->open,
                            .entered = &g->entered,
                            .done = &g->done};
    assert_true(store_submit(s, STORE_WRITE, &g->work.job));
    sem_wait(&g->entered);
}

static void gate_open(struct gate *g)
{
    sem_post(&g->open);
    sem_wait(&g->done);
}

static void wait_for(sem_t *done, int n)
{
    while (n--)
        sem_wait(done);
}

static bool count_notes(struct db *db, void *ctx)
{
    *(int64_t *)ctx = db_get_int(db, -1, "SELECT count(*) FROM notes");
    return true;
}

static int64_t notes_in(struct store *s)
{
    int64_t n = -1;
    assert_true(store_run(s, STORE_READ, count_notes, &n));
    return n;
}

/* RULES 1 and 2 */
static void jobs_alone(void **state)
{
    static const struct {
        enum act act;
        enum db_failure failure;
        bool kept;
        int runs, more; /* in a batch: once with the others, until one must be undone */
    } table[] = {
        {INSERT, DB_OK, true, 1, 1},
        {VETO, DB_OK, false, 1, 1},
        {DUPLICATE, DB_DUPLICATE, false, 1},
        {BAD_SQL, DB_FAILED, false, 1},
        {NOTHING, DB_OK, false, 1},
        {CONFLICT_TWICE, DB_OK, true, 3},
        {INSERT, DB_OK, true, 1},
    };
    enum { N = sizeof table / sizeof *table };
    for (int batched = 0; batched < 2; batched++) {
        struct store *s = opened(*state, (struct store_options){.batch_ms = 60 * 1000});
        struct arena *mine = arena_new(1 << 20);
        struct str message;
        struct db_options o = hub_kit_options(*state);
        struct db *witness = db_open(&o, mine, &message);
        struct work works[N + 1];
        struct gate g;
        sem_t done;
        sem_init(&done, 0, 0);
        submit(s, &works[N], batched ? NOTHING : INSERT, 0, &done);
        wait_for(&done, 1);
        if (batched)
            gate_close(s, &g);
        for (int i = 0; i < N; i++) {
            works[i] = (struct work){.job = {.run = work_run, .done = work_done},
                                     .act = table[i].act,
                                     .n = 10 * (batched + 1) + i,
                                     .done = &done,
                                     .witness = witness};
            assert_true(store_submit(s, STORE_WRITE, &works[i].job));
            if (!batched)
                wait_for(&done, 1);
        }
        if (batched) {
            gate_open(&g);
            wait_for(&done, N);
        }
        for (int i = 0; i < N; i++) {
            assert_int_equal(works[i].failure, table[i].failure);
            assert_int_equal(works[i].job.kept, table[i].kept);
            assert_int_equal(works[i].seen, table[i].kept); /* on disk when done() came */
            assert_int_equal(works[i].runs, table[i].runs + batched * table[i].more);
        }
        assert_int_equal(notes_in(s), 1 + 3 * (batched + 1));
        struct store_stats stats;
        store_stats(s, &stats);
        assert_int_equal(stats.writes, batched ? 3 : 4);
        assert_int_equal(stats.write_failures, 2);
        assert_int_equal(stats.commits, batched ? 1 : 4);
        assert_int_equal(stats.batch[0], batched ? 0 : 4);
        assert_int_equal(stats.batch[2], batched ? 1 : 0); /* 3 or 4 writes */
        db_close(witness);
        arena_free(mine);
        store_close(s);
    }
}

/* RULE 3 */
static void commit_fails(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    struct work works[5];
    struct gate g;
    sem_t done;
    sem_init(&done, 0, 0);
    gate_close(s, &g);
    for (int i = 0; i < 5; i++)
        submit(s, &works[i], i == 4 ? COMMIT_FAILS : INSERT, i, &done);
    gate_open(&g);
    wait_for(&done, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(works[i].failure, DB_FAILED);
        assert_false(works[i].job.kept);
    }
    assert_int_equal(notes_in(s), 0);
    submit(s, &works[0], COMMIT_FAILS, 1, &done); /* alone */
    wait_for(&done, 1);
    assert_int_equal(works[0].failure, DB_FAILED);
    assert_int_equal(notes_in(s), 0);
    submit(s, &works[0], INSERT, 1, &done); /* and the store goes on */
    wait_for(&done, 1);
    assert_int_equal(notes_in(s), 1);

    struct store_stats stats;
    store_stats(s, &stats);
    assert_int_equal(stats.write_failures, 6);
    assert_int_equal(stats.writes, 1);
    store_close(s);
}

/* What the transaction writes last: how many notes it has seen; the 90th breaks it. */
static void seal(struct db *db)
{
    int64_t n = db_get_int(db, -1, "SELECT count(*) FROM notes");
    if (db_get_int(db, 0, "SELECT count(*) FROM notes WHERE n = 90"))
        db_exec(db, "INSERT INTO nowhere VALUES (1)");
    db_exec(db, "INSERT INTO notes VALUES (?1, 'seal')", I(1000 + n));
}

/* RULE 8 */
static void sealed(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    store_seal(s, seal);
    struct work works[4];
    struct gate g;
    sem_t done;
    sem_init(&done, 0, 0);
    submit(s, &works[0], VETO, 1, &done); /* nothing is kept: no seal */
    wait_for(&done, 1);
    assert_int_equal(notes_in(s), 0);
    works[0] = (struct work){
        .job = {.run = work_run, .done = work_done, .aside = true}, .n = 2, .done = &done};
    assert_true(store_submit(s, STORE_WRITE, &works[0].job));
    wait_for(&done, 1);
    assert_int_equal(notes_in(s), 1);
    gate_close(s, &g);
    for (int i = 0; i < 4; i++)
        submit(s, &works[i], i == 2 ? VETO : INSERT, 10 + i, &done);
    gate_open(&g);
    wait_for(&done, 4);
    assert_int_equal(notes_in(s), 1 + 3 + 1); /* once for the batch, behind them all */
    submit(s, &works[0], INSERT, 90, &done);
    wait_for(&done, 1);
    assert_int_equal(works[0].failure, DB_FAILED);
    assert_false(works[0].job.kept);
    assert_int_equal(notes_in(s), 5);
    store_close(s);
}

/* RULE 4 */
static void full_queue(void **state)
{
    struct store *s = opened(*state, (struct store_options){.queue_limit = 3});
    struct work works[4], late;
    struct gate g;
    sem_t done;
    sem_init(&done, 0, 0);
    gate_close(s, &g);
    for (int i = 0; i < 3; i++)
        submit(s, &works[i], INSERT, i, &done);
    late = works[0];
    int64_t began = clock_monotonic();
    assert_false(store_submit(s, STORE_WRITE, &late.job));
    assert_in_range(clock_monotonic() - began, 0, 50 * 1000);
    struct store_stats stats;
    store_stats(s, &stats);
    assert_int_equal(stats.refused, 1);
    assert_int_equal(stats.queued, 3);
    assert_int_equal(notes_in(s), 0); /* the other lanes are open */
    gate_open(&g);
    wait_for(&done, 3);
    submit(s, &works[3], INSERT, 3, &done);
    wait_for(&done, 1);
    assert_int_equal(notes_in(s), 4);
    store_close(s);
}

/* RULE 5 */
static void close_drains(void **state)
{
    enum { N = 200 };
    static struct work works[N];
    struct store *s = opened(*state, (struct store_options){0});
    sem_t done;
    sem_init(&done, 0, 0);
    for (int i = 0; i < N; i++)
        submit(s, &works[i], INSERT, i, &done);
    store_close(s);
    int n = 0;
    while (sem_trywait(&done) == 0)
        n++;
    assert_int_equal(n, N);
    s = opened(*state, (struct store_options){0});
    assert_int_equal(notes_in(s), N);
    store_close(s);
}

/* A batch ends in time, whatever waits. */
static void batches_end(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    struct work works[4];
    struct gate g;
    sem_t done;
    sem_init(&done, 0, 0);
    gate_close(s, &g);
    for (int i = 0; i < 4; i++)
        submit(s, &works[i], SLEEP, i, &done);
    gate_open(&g);
    wait_for(&done, 4);
    struct store_stats stats;
    store_stats(s, &stats);
    assert_true(stats.commits >= 2);
    store_close(s);
}

/* A job hears of those behind it, in its batch and in the queue, together and apart. */
static void others_wait(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    struct work works[3], alone, bad;
    struct gate g, inner;
    sem_t done;
    sem_init(&done, 0, 0);
    for (int apart = 0; apart < 2; apart++) {
        gate_close(s, &g);
        for (int i = 0; i < 3; i++)
            submit(s, &works[i], LOOK, 10 * apart + i, &done);
        if (apart)
            submit(s, &bad, BAD_SQL, 20, &done);
        gate_open(&g);
        wait_for(&done, 3 + apart);
        assert_true(works[0].waited && works[1].waited);
        assert_int_equal(works[2].waited, apart);
    }
    submit(s, &alone, LOOK, 30, &done);
    wait_for(&done, 1);
    assert_false(alone.waited);
    gate_close(s, &inner);
    assert_false(store_write_waits(s));
    alone = (struct work){.job = {.run = work_run, .done = work_done, .patient = true},
                          .act = LOOK,
                          .n = 31,
                          .store = s,
                          .done = &done};
    assert_true(store_submit(s, STORE_WRITE, &alone.job));
    assert_false(store_write_waits(s));
    submit(s, &works[0], LOOK, 32, &done);
    assert_true(store_write_waits(s));
    gate_open(&inner);
    wait_for(&done, 2);
    assert_true(alone.waited);
    assert_false(works[0].waited);
    store_close(s);
}

struct client {
    struct store *store;
    int first;
    pthread_t thread;
};

static void *client_main(void *p)
{
    enum { N = 150 };
    struct client *c = p;
    struct work *works = calloc(N, sizeof *works);
    sem_t done;
    sem_init(&done, 0, 0);
    for (int i = 0; i < N; i++) {
        submit(c->store, &works[i], INSERT, c->first + i, &done);
        if (i % 10 == 0) {
            int64_t seen = notes_in(c->store);
            if (seen < 0)
                die("nothing seen");
        }
    }
    wait_for(&done, N);
    for (int i = 0; i < N; i++)
        if (!works[i].job.kept)
            die("a write was lost");
    free(works);
    return NULL;
}

static atomic_int rings;

static void ring(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&rings, 1);
}

static void many_writers(void **state)
{
    enum { N = 4 };
    struct client clients[N];
    struct store *s = opened(*state, (struct store_options){0});
    atomic_store(&rings, 0);
    store_on_commit(s, ring, NULL);
    for (int i = 0; i < N; i++) {
        clients[i] = (struct client){.store = s, .first = 1000 * i};
        pthread_create(&clients[i].thread, NULL, client_main, &clients[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(clients[i].thread, NULL);
    assert_int_equal(notes_in(s), N * 150);
    struct store_stats stats;
    store_stats(s, &stats);
    assert_int_equal(stats.writes, N * 150);
    assert_true(atomic_load(&rings) >= stats.commits);
    int64_t carried = 0;
    for (int i = 0; i < 12; i++)
        carried += stats.batch[i];
    assert_int_equal(carried, stats.commits);
    store_close(s);
}

static bool insert_one(struct db *db, void *ctx)
{
    db_exec(db, "INSERT INTO notes VALUES (?1, 'run')", I(*(int64_t *)ctx));
    return true;
}

static bool refuse(struct db *db, void *ctx)
{
    insert_one(db, ctx);
    return false;
}

static void run_and_wait(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    int64_t n = 1;
    assert_true(store_run(s, STORE_WRITE, insert_one, &n));
    assert_false(store_run(s, STORE_WRITE, insert_one, &n));
    n = 2;
    assert_false(store_run(s, STORE_WRITE, refuse, &n));
    assert_false(store_run(s, STORE_READ, insert_one, &n));
    assert_false(store_run(s, STORE_SLOW, insert_one, &n));
    assert_true(store_run(s, STORE_SLOW, count_notes, &n));
    assert_int_equal(n, 1);
    struct db *reader = store_reader(s);
    assert_int_equal(reader != NULL, store_engine(s) == DB_SQLITE);
    if (reader)
        assert_true(visible(reader, 1));
    store_reader_close(s, reader);
    store_close(s);
}

static void refused_hubs(void **state)
{
    struct hub_kit *h = *state;
    struct store *s = opened(h, (struct store_options){.db.server = true});
    struct str message = S("");
    struct store_options o = {.db = hub_kit_options(h), .migrations = notes};
    static const struct migration none[] = {{0}};
    o.migrations = none;
    assert_null(store_open(&o, a, &message));
    assert_true(str_has(message, S("newer Skep")));
    o.migrations = notes;
    o.db.server = true;
    struct store *second = store_open(&o, a, &message);
    assert_int_equal(second == NULL, h->engine == DB_SQLITE);
    store_close(second);
    store_close(s);
}

/* ---- a disk that fails ---- */

static sqlite3_vfs *real, shim;
static sqlite3_io_methods methods, failing_methods; /* of the log, which SQLite opens unlocked */
static atomic_bool disk_fails;
static atomic_uint disk_calls;

static bool fails_now(unsigned every)
{
    return atomic_load(&disk_fails) && atomic_fetch_add(&disk_calls, 1) % every == every - 1;
}

static int shim_sync(sqlite3_file *f, int flags)
{
    return fails_now(3) ? SQLITE_IOERR_FSYNC : methods.xSync(f, flags);
}

static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (fails_now(23))
        return SQLITE_FULL;
    return fails_now(29) ? SQLITE_IOERR_WRITE : methods.xWrite(f, p, n, at);
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    int rc = real->xOpen(vfs, name, f, flags, out);
    if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
        return rc;
    if (!methods.xSync) {
        methods = failing_methods = *f->pMethods;
        failing_methods.xSync = shim_sync;
        failing_methods.xWrite = shim_write;
    }
    f->pMethods = &failing_methods;
    return rc;
}

static void copy_folder(const char *from, const char *to)
{
    char command[300];
    snprintf(command, sizeof command, "cp -r %s %s", from, to);
    if (system(command) != 0)
        die("cannot copy %s", from);
}

/* RULE 6: what was acknowledged is in the folder, also as a crash would leave it. */
static void failing_disk(void **state)
{
    enum { N = 400 };
    static struct work works[N];
    struct hub_kit *h = *state, crashed = {.engine = DB_SQLITE};
    store_close(opened(h, (struct store_options){0})); /* the library has started */
    real = sqlite3_vfs_find(NULL);
    shim = *real;
    shim.zName = "shim";
    shim.xOpen = shim_open;
    shim.pNext = NULL;
    sqlite3_vfs_register(&shim, 1);

    struct store *s = opened(h, (struct store_options){0});
    sem_t done;
    sem_init(&done, 0, 0);
    atomic_store(&disk_fails, true);
    for (int i = 0; i < N; i++) {
        submit(s, &works[i], INSERT, i, &done);
        if (i % 7 == 6)
            wait_for(&done, 7);
    }
    wait_for(&done, N % 7);
    atomic_store(&disk_fails, false);
    snprintf(crashed.data, sizeof crashed.data, "%.50s-crashed", h->data);
    copy_folder(h->data, crashed.data);
    store_close(s);
    sqlite3_vfs_unregister(&shim);

    struct store *after = opened(h, (struct store_options){0});
    struct store *crash = opened(&crashed, (struct store_options){0});
    struct db *reader = store_reader(after), *crash_reader = store_reader(crash);
    int kept = 0;
    for (int i = 0; i < N; i++) {
        kept += works[i].job.kept;
        assert_int_equal(works[i].job.kept, works[i].failure == DB_OK);
        assert_int_equal(visible(reader, i), works[i].job.kept);
        if (works[i].job.kept)
            assert_true(visible(crash_reader, i));
    }
    assert_in_range(kept, N / 10, N - 10); /* the disk did both */
    store_reader_close(after, reader);
    store_reader_close(crash, crash_reader);
    store_close(after);
    store_close(crash);
    hub_kit_drop(&crashed);
}

/* ---- other processes ---- */

static struct db_options options_of(const char *hub)
{
    return hub[0] == '/' ? (struct db_options){.data = hub} : (struct db_options){.database = hub};
}

static pid_t spawn(const char *word, const struct hub_kit *h, int *from)
{
    char program[] = "/proc/self/exe", what[16], hub[1024];
    snprintf(what, sizeof what, "%s", word);
    snprintf(hub, sizeof hub, "%s", h->engine == DB_SQLITE ? h->data : h->url);
    char *argv[] = {program, what, hub, NULL};
    int ends[2];
    if (pipe(ends) != 0)
        die("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    pid_t pid;
    if (posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0)
        die("no process");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *from = ends[0];
    return pid;
}

/* "insert": one row from elsewhere. */
static int child_insert(const char *hub)
{
    struct arena *mine = arena_new(1 << 20);
    struct str message;
    struct db_options o = options_of(hub);
    struct db *db = db_open(&o, mine, &message);
    if (!db || !db_begin(db, true))
        return 1;
    int64_t n = 77;
    insert_one(db, &n);
    if (!db_commit(db))
        return 1;
    db_close(db);
    arena_free(mine);
    return 0;
}

/* RULE 7, postgres.c RULE 4 */
static void heard_from_others(void **state)
{
    struct store *s = opened(*state, (struct store_options){0});
    usleep(200 * 1000);
    atomic_store(&rings, 0);
    store_on_commit(s, ring, NULL);
    int from, status = -1;
    pid_t pid = spawn("insert", *state, &from);
    waitpid(pid, &status, 0);
    close(from);
    assert_int_equal(status, 0);
    for (int i = 0; i < 300 && atomic_load(&rings) == 0; i++)
        usleep(10 * 1000);
    assert_true(atomic_load(&rings) > 0);
    assert_int_equal(notes_in(s), 1);
    store_close(s);
}

static void told_done(struct store_job *job, enum db_failure failure)
{
    struct work *w = (struct work *)job;
    int64_t n = w->n;
    if (failure || write(STDOUT_FILENO, &n, sizeof n) != sizeof n)
        _exit(1);
    free(w);
}

/* "write": writes without end, and tells of each one that was acknowledged. */
static int child_write(const char *hub)
{
    struct arena *mine = arena_new(1 << 20);
    struct str message;
    struct store_options o = {.db = options_of(hub), .migrations = notes};
    struct store *s = store_open(&o, mine, &message);
    if (!s)
        return 1;
    for (int64_t n = (int64_t)getpid() * 1000000;; n++) {
        struct work *w = calloc(1, sizeof *w);
        *w = (struct work){.job = {.run = work_run, .done = told_done}, .n = n};
        while (!store_submit(s, STORE_WRITE, &w->job))
            usleep(1000);
    }
}

/* RULE 1, the hard way; sqlite.c RULE 2 as far as a process can show it. */
static void sudden_death(void **state)
{
    store_close(opened(*state, (struct store_options){0}));
    enum { ROUND = 16000 }; /* a quick disk tells more in no time; the pipe holds 8,192 beside */
    static int64_t told[1 << 17];
    int count = 0;
    for (int round = 0; round < 3; round++) {
        int from, status, before = count;
        pid_t pid = spawn("write", *state, &from);
        int64_t until = 0;
        while (count < before + ROUND && (count < before + 50 || clock_monotonic() < until) &&
               read(from, &told[count], sizeof *told) == sizeof *told)
            if (++count == before + 50)
                until = clock_monotonic() + 50 * 1000;
        kill(pid, SIGKILL);
        while (count < (int)(sizeof told / sizeof *told) &&
               read(from, &told[count], sizeof *told) == sizeof *told)
            count++;
        waitpid(pid, &status, 0);
        close(from);
        assert_true(WIFSIGNALED(status));
        assert_true(count >= before + 50);
    }
    struct hub_kit *h = *state;
    struct str message;
    struct db_options o = hub_kit_options(h);
    struct db *db = db_open(&o, a, &message);
    assert_non_null(db);
    for (int i = 0; i < count; i++)
        if (!visible(db, told[i]))
            fail_msg("write %d of %d was acknowledged and is gone", i, count);
    db_close(db);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return strcmp(argv[1], "insert") == 0 ? child_insert(argv[2]) : child_write(argv[2]);
    static const struct hub_kit_test tests[] = {
        {"jobs fail alone", jobs_alone, 0},
        {"a commit that fails", commit_fails, 0},
        {"what is written last", sealed, 0},
        {"a full queue", full_queue, 0},
        {"close runs what is queued", close_drains, 0},
        {"batches end", batches_end, 0},
        {"others wait", others_wait, 0},
        {"many writers", many_writers, 0},
        {"run and wait", run_and_wait, 0},
        {"refused hubs", refused_hubs, 0},
        {"commits of others are heard", heard_from_others, 0},
        {"sudden death", sudden_death, 0},
        {"a failing disk", failing_disk, 1 + DB_SQLITE},
    };
    int failed = hub_kit_run("store", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
