/* doctor.c: the command `doctor`: recounts what the hub keeps as counts and copies, and with --fix
 * puts right what it can.
 *
 * Exit code 0: all is sound, or is so again; 1: something differs, a line for each; 2: wrong words.
 *
 * RULES
 *   1. Without --fix it changes nothing. Either way it may run beside the server.
 *   2. With --fix each finding is told with what became of it, and what has no mend stays as it is.
 *   3. A mend holds the hub's writer for some hundred findings at a time.
 *   4. What a feature examines is told like the rest.
 *   5. A consumer is rebuilt from the log without a stop of the server; what must not happen twice
 *      (letters) is refused.
 *   6. Work that failed for good is told with its last error and what to do. It is no fault of the
 *      hub's data: the exit code is that of the rest.
 *
 * WHY rounds: a mend may bring another difference to light (a vote that goes, then the sum of
 * votes), so it looks again until nothing is left that has a mend.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "features/doctor/access.h"
#include "http/app.h"
#include "record/check.h"

enum {
    EXIT_USAGE = 2,
    MEMORY = 64 << 20,
    ROUNDS = 12,
    KEPT = 20000, /* findings of a round that are mended; the next round finds the rest */
    PIECE = 200,  /* mends in one transaction */
};

static int command_doctor(struct app *app, int argc, char **argv);
static int command_consumers(struct app *app, int argc, char **argv);
static int command_rebuild(struct app *app, int argc, char **argv);

static const struct command commands[] = {
    {"doctor consumers", "[--json]", "how far those that follow the log of activities have come",
     command_consumers},
    {"doctor rebuild", "CONSUMER", "throw away what a consumer made, and read the log again",
     command_rebuild},
    {"doctor access", "PERSON RECORD", "say rule by rule why somebody sees a record, or does not",
     command_access},
    {"doctor", "[--fix] [--json]",
     "recount every count, copy and reference, read every file; say what differs, and mend it",
     command_doctor},
    {0},
};

const struct feature doctor_feature = {.name = "doctor", .commands = commands};

struct visit {
    struct app *app;
    struct arena *arena;        /* of a round */
    struct check_finding *kept; /* those that have a mend */
    bool *changed;              /* ... and for which it has changed something */
    size_t kept_n, at;          /* at: how far the round is */
    bool json, fix, last;       /* last: nothing more is mended, only told */
    int64_t found, mended;      /* in this round */
};

static int usage(void)
{
    fputs("usage: skep doctor [--fix] [--json]\n", stderr);
    return EXIT_USAGE;
}

/* ---- telling ---- */

static void tell(const struct visit *visit, const struct check_finding *f)
{
    if (visit->json) {
        struct out o;
        out_init(&o, 4096);
        struct json j = json_to(&o);
        json_open(&j, '{');
        json_kstr(&j, "what", str_of(f->what));
        json_kint(&j, "id", f->id);
        json_kint(&j, "kept", f->kept);
        json_kint(&j, "counted", f->counted);
        if (visit->fix)
            json_kbool(&j, "mended", !visit->last);
        json_close(&j, '}');
        printf(STR_FMT "\n", STR_ARG(out_text(&o)));
        out_free(&o);
        return;
    }
    printf("%lld: %s", (long long)f->id, f->what);
    if (f->kept != f->counted)
        printf(": %lld, but %lld were counted", (long long)f->kept, (long long)f->counted);
    puts(!visit->fix   ? ""
         : visit->last ? ": left as it is, only a person can tell what is right"
                       : ": mended");
}

/* ---- looking ---- */

static void hear(void *ctx, const struct check_finding *f)
{
    struct visit *visit = ctx;
    visit->found++;
    if (!visit->fix || visit->last) {
        tell(visit, f);
    } else if (f->mend && visit->kept_n < KEPT) {
        struct check_finding *kept = &visit->kept[visit->kept_n++];
        *kept = *f;
        kept->what = str_dup(visit->arena, str_of(f->what)).p;
    }
}

static void hear_feature(void *ctx, const char *what, int64_t id)
{
    hear(ctx, &(struct check_finding){.what = what, .id = id});
}

static bool look(struct db *db, void *ctx)
{
    struct visit *visit = ctx;
    check_hub(db, visit->arena, hear, visit);
    for (const struct feature *const *f = visit->app->features; *f; f++)
        if ((*f)->examine)
            (*f)->examine(visit->app, db, hear_feature, visit);
    if (db_failed(db))
        fprintf(stderr, "skep doctor: %s\n", db_message(db));
    return !db_failed(db);
}

/* ---- what failed (RULE 6) ---- */

static void failure_json(const struct failure *f)
{
    struct out o;
    out_init(&o, 65536);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kstr(&j, "failed", str_of(f->what));
    json_kstr(&j, "kind", f->kind);
    json_kint(&j, "count", f->count);
    json_ktime(&j, "last_at", f->last_at);
    json_kstr(&j, "why", f->why);
    json_kstr(&j, "advice", str_of(f->advice));
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static void tell_failure(void *ctx, const struct failure *f)
{
    const struct visit *visit = ctx;
    char at[32];
    if (visit->json) {
        failure_json(f);
        return;
    }
    printf("%s: %lld of kind " STR_FMT ", the last one on " STR_FMT "%s" STR_FMT "\n  %s\n",
           f->what, (long long)f->count, STR_ARG(f->kind), STR_ARG(clock_date(at, f->last_at)),
           f->why.n ? ": " : "", STR_ARG(f->why), f->advice);
}

static bool look_at_failures(struct db *db, void *ctx)
{
    struct visit *visit = ctx;
    for (const struct feature *const *f = visit->app->features; *f; f++)
        if ((*f)->failures)
            (*f)->failures(db, visit->arena, tell_failure, visit);
    return !db_failed(db);
}

static bool failures_tell(struct visit *visit)
{
    visit->arena = arena_new(MEMORY);
    bool done = store_run(visit->app->store, STORE_SLOW, look_at_failures, visit);
    arena_free(visit->arena);
    return done;
}

/* ---- mending ---- */

static bool mend(struct db *db, void *ctx)
{
    struct visit *visit = ctx;
    struct arena *work = arena_new(MEMORY);
    for (size_t i = visit->at; i < visit->kept_n && i < visit->at + PIECE; i++) {
        visit->changed[i] = check_mend(db, work, &visit->kept[i]);
        arena_reset(work);
    }
    arena_free(work);
    if (db_failed(db))
        fprintf(stderr, "skep doctor: %s\n", db_message(db));
    return !db_failed(db);
}

/* One look and its mends. False: it could not be done. */
static bool round_run(struct visit *visit)
{
    visit->arena = arena_new(MEMORY);
    visit->kept = arena_array(visit->arena, struct check_finding, KEPT);
    visit->changed = arena_array(visit->arena, bool, KEPT);
    visit->kept_n = visit->at = 0;
    visit->found = visit->mended = 0;
    bool done = store_run(visit->app->store, STORE_SLOW, look, visit);
    for (; done && visit->at < visit->kept_n; visit->at += PIECE) {
        done = store_run(visit->app->store, STORE_WRITE, mend, visit);
        for (size_t i = visit->at; done && i < visit->kept_n && i < visit->at + PIECE; i++)
            if (visit->changed[i]) {
                visit->mended++;
                tell(visit, &visit->kept[i]);
            }
    }
    arena_free(visit->arena);
    return done;
}

static int command_doctor(struct app *app, int argc, char **argv)
{
    struct visit visit = {.app = app};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            visit.json = true;
        else if (strcmp(argv[i], "--fix") == 0)
            visit.fix = true;
        else
            return usage();
    }
    int rounds = 0;
    do {
        if (!round_run(&visit))
            return EXIT_FAILURE;
    } while (visit.mended && ++rounds < ROUNDS);
    visit.last = true;
    if (visit.fix && visit.found && !round_run(&visit))
        return EXIT_FAILURE;
    if (!visit.found && !visit.json)
        puts("All counts, copies and references are as they should be.");
    if (!failures_tell(&visit))
        return EXIT_FAILURE;
    return visit.found ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- consumers of the log ---- */

enum { CONSUMERS = 64 };

struct lags {
    struct app *app;
    struct consumer_lag list[CONSUMERS];
    size_t n;
};

static bool lags_read(struct db *db, void *ctx)
{
    struct lags *lags = ctx;
    lags->n = consumers_lag(lags->app->consumers, db, lags->list, CONSUMERS);
    return !db_failed(db);
}

static void lag_json(const struct consumer_lag *lag)
{
    struct out o;
    out_init(&o, 4096);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kstr(&j, "consumer", str_of(lag->name));
    json_kint(&j, "activity", lag->at);
    json_kint(&j, "behind", lag->behind);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static int command_consumers(struct app *app, int argc, char **argv)
{
    bool as_json = argc == 1 && strcmp(argv[0], "--json") == 0;
    if (argc && !as_json) {
        fputs("usage: skep doctor consumers [--json]\n", stderr);
        return EXIT_USAGE;
    }
    struct lags lags = {.app = app};
    if (!store_run(app->store, STORE_SLOW, lags_read, &lags))
        return EXIT_FAILURE;
    for (size_t i = 0; i < lags.n && i < CONSUMERS; i++) {
        const struct consumer_lag *lag = &lags.list[i];
        if (as_json)
            lag_json(lag);
        else
            printf("%-16s has read up to activity %lld, and %lld have come since\n", lag->name,
                   (long long)lag->at, (long long)lag->behind);
    }
    return EXIT_SUCCESS;
}

struct rebuild {
    struct app *app;
    const char *name;
    bool found;
};

static bool rebuild_run(struct db *db, void *ctx)
{
    struct rebuild *r = ctx;
    r->found = consumers_rebuild(r->app->consumers, db, str_of(r->name));
    return r->found && !db_failed(db);
}

/* RULE 5. The log is read when the command ends (main.c), in pieces. */
static int command_rebuild(struct app *app, int argc, char **argv)
{
    struct rebuild r = {.app = app, .name = argc == 1 ? argv[0] : ""};
    if (argc != 1) {
        fputs("usage: skep doctor rebuild CONSUMER\n", stderr);
        return EXIT_USAGE;
    }
    if (store_run(app->store, STORE_WRITE, rebuild_run, &r)) {
        printf("%s reads the log from its beginning.\n", r.name);
        return EXIT_SUCCESS;
    }
    if (!r.found)
        fprintf(stderr, "skep doctor: no consumer \"%s\" can be rebuilt\n", r.name);
    return EXIT_FAILURE;
}
