/* bench.c: the commands that fill a hub, make sessions in it, and count what a load has written.
 * See bench.h. */
#include "features/bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/json.h"
#include "features/accounts/accounts.h"
#include "features/people/people.h"
#include "http/app.h"
#include "http/session.h"

enum { EXIT_USAGE = 2, SESSIONS_MAX = 20000, SESSIONS_BATCH = 500 };

/* Without help they stay out of `skep help`: they are of no use on a hub that people live in. */
static const struct command commands[] = {
    {"bench fill", "[--ideas N] [--votes N] [--comments N] [--people N] [--seed N]", NULL,
     command_fill, HUB_MAKE},
    {"bench crm", "[--people N] [--organisations N] [--deals N] [--seed N]", NULL, command_crm,
     HUB_MAKE},
    {"bench sessions", "COUNT [HANDLE...]", NULL, command_sessions},
    {"bench count", "[RECORD ACTIVITY]", NULL, command_count},
    {"bench listen", "PORT TOPIC STREAMS WORD", NULL, command_listen, HUB_NONE},
    {0},
};

const struct feature bench_feature = {.name = "bench", .commands = commands};

static int usage(const struct command *c)
{
    fprintf(stderr, "usage: skep %s %s\n", c->name, c->usage);
    return EXIT_USAGE;
}

/* ---- bench fill ---- */

struct known_option {
    const char *name;
    int64_t *value;
};

static bool options_read(const struct known_option *known, size_t n, int argc, char **argv)
{
    for (int i = 0; i + 1 < argc; i += 2) {
        size_t k = 0;
        while (k < n && strcmp(known[k].name, argv[i]) != 0)
            k++;
        if (k == n || !str_int(str_of(argv[i + 1]), known[k].value) || *known[k].value < 0)
            return false;
    }
    return argc % 2 == 0;
}

/* Prints what the filling tells, or why there is nothing to tell. */
static int told(struct out *facts, bool done, struct str why)
{
    if (done)
        printf(STR_FMT "\n", STR_ARG(out_text(facts)));
    else
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(why));
    out_free(facts);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

int command_fill(struct app *app, int argc, char **argv)
{
    struct fill_options o = {.ideas = 100000, .votes = 1000000, .comments = 1000000};
    int64_t seed = 1;
    const struct known_option known[] = {
        {"--ideas", &o.ideas},   {"--votes", &o.votes}, {"--comments", &o.comments},
        {"--people", &o.people}, {"--seed", &seed},
    };
    if (!options_read(known, sizeof known / sizeof *known, argc, argv) || o.ideas == 0)
        return usage(&commands[0]);
    struct out facts;
    struct str why = S("");
    out_init(&facts, 1 << 20);
    o.seed = (uint64_t)seed;
    bool done = bench_fill(app->store, &o, &facts, &why);
    return told(&facts, done, why);
}

int command_crm(struct app *app, int argc, char **argv)
{
    struct crm_options o = {.people = 1000000, .organisations = 100000, .deals = 300000};
    int64_t seed = 1;
    const struct known_option known[] = {
        {"--people", &o.people},
        {"--organisations", &o.organisations},
        {"--deals", &o.deals},
        {"--seed", &seed},
    };
    if (!options_read(known, sizeof known / sizeof *known, argc, argv) || !o.people ||
        !o.organisations || !o.deals)
        return usage(&commands[1]);
    struct out facts;
    struct str why = S("");
    out_init(&facts, 1 << 20);
    o.seed = (uint64_t)seed;
    bool done = bench_crm(app->store, &o, &facts, &why);
    return told(&facts, done, why);
}

int64_t bench_person(const struct act *act, struct str name, struct str handle, enum role role)
{
    int64_t id = person_create(act, name, handle, S(""));
    struct str email = str_fmt(act->arena, "%" PRId64 "@bench.invalid", id);
    account_create(act, id, email, S("!"), role); /* no password has this hash */
    return id;
}

/* ---- bench sessions ---- */

struct session {
    int64_t person;
    struct str token;
};

struct sessions {
    struct arena *arena, *work;
    struct session *list;
    size_t n, done, batch; /* wanted, made, made by the running batch */
    char **handles;
    size_t handles_n;
};

static int64_t session_person(const struct act *act, const struct sessions *s, size_t i)
{
    if (i < s->handles_n)
        return db_get_int(act->db, 0, "SELECT id FROM people WHERE handle = ?1", Z(s->handles[i]));
    struct str name = str_fmt(act->arena, "Bench %zu", i);
    return bench_person(act, name, str_fmt(act->arena, "bench-%zu-%" PRId64, i, act->at / 1000),
                        ROLE_MEMBER);
}

static bool sessions_make(struct db *db, void *ctx)
{
    struct sessions *s = ctx;
    arena_reset(s->work);
    struct act act = {.db = db, .arena = s->work, .at = clock_now(), .quiet = true};
    for (s->batch = 0; s->batch < SESSIONS_BATCH && s->done + s->batch < s->n; s->batch++) {
        struct session *one = &s->list[s->done + s->batch];
        unsigned char hash[TOKEN_HASH];
        token_hash(one->token, hash);
        one->person = session_person(&act, s, s->done + s->batch);
        if (!one->person)
            db_fail(db, DB_INVALID, "there is nobody of that handle");
        db_exec(
            db,
            "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, expires_at, agent)"
            " VALUES (?1, ?2, ?3, ?3, ?4, 'bench')",
            B(str_make((char *)hash, sizeof hash)), I(one->person), I(act.at),
            I(act.at + CLOCK_DAY));
    }
    return !db_failed(db);
}

/* The token that goes with a session's forms, from a page that has one. */
static struct str csrf_of(struct app *app, struct arena *a, struct str token)
{
    struct str page = app_request(app, a,
                                  str_fmt(a,
                                          "GET /account HTTP/1.1\r\nHost: bench\r\n"
                                          "Cookie: skep_session=" STR_FMT "\r\n\r\n",
                                          STR_ARG(token)));
    static const char before[] = "name=\"_csrf\" value=\"";
    ptrdiff_t at = str_find_str(page, str_of(before));
    struct str rest = str_from(page, at < 0 ? page.n : (size_t)at + sizeof before - 1);
    ptrdiff_t end = str_find(rest, '"');
    return str_first(rest, end < 0 ? 0 : (size_t)end);
}

static bool sessions_print(struct app *app, const struct sessions *s)
{
    for (size_t i = 0; i < s->n; i++) {
        arena_reset(s->work);
        struct str csrf = csrf_of(app, s->work, s->list[i].token);
        if (!csrf.n) {
            fputs("skep: a page without a form's token\n", stderr);
            return false;
        }
        printf("%" PRId64 " " STR_FMT " " STR_FMT "\n", s->list[i].person,
               STR_ARG(s->list[i].token), STR_ARG(csrf));
    }
    return true;
}

int command_sessions(struct app *app, int argc, char **argv)
{
    int64_t count;
    if (argc < 1 || !str_int(str_of(argv[0]), &count) || count < 0 || count > SESSIONS_MAX)
        return usage(&commands[2]);
    struct sessions s = {.arena = arena_new(64 << 20), .work = arena_new(64 << 20)};
    s.handles = argv + 1;
    s.handles_n = (size_t)argc - 1;
    s.n = (size_t)count + s.handles_n;
    s.list = arena_array(s.arena, struct session, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        s.list[i].token = rand_hex(s.arena, 32);
    bool done = true;
    for (; done && s.done < s.n; s.done += s.batch)
        done = store_run(app->store, STORE_WRITE, sessions_make, &s);
    if (!done)
        fputs("skep: the sessions could not be made\n", stderr);
    done = done && sessions_print(app, &s);
    arena_free(s.work);
    arena_free(s.arena);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- bench count ---- */

struct counts {
    int64_t record, activity; /* count what came after these */
    struct out out;
};

static bool counts_read(struct db *db, void *ctx)
{
    struct counts *c = ctx;
    const struct {
        const char *name, *sql;
        int64_t after;
    } counted[] = {
        {"last_record", "SELECT COALESCE(MAX(id), 0) FROM records WHERE id > ?1", 0},
        {"last_activity", "SELECT COALESCE(MAX(id), 0) FROM activities WHERE id > ?1", 0},
        {"comments", "SELECT COUNT(*) FROM records WHERE id > ?1 AND type = 'comment'", c->record},
        {"ideas", "SELECT COUNT(*) FROM records WHERE id > ?1 AND type = 'idea'", c->record},
        {"texts", "SELECT COUNT(*) FROM texts WHERE record_id > ?1", c->record},
        {"found", "SELECT COUNT(*) FROM search_replies WHERE rowid > ?1", c->record},
        {"activities", "SELECT COUNT(*) FROM activities WHERE id > ?1", c->activity},
        {"likes", "SELECT COUNT(*) FROM activities WHERE id > ?1 AND verb = 'Like'", c->activity},
        {"votes", "SELECT COUNT(*) FROM votes WHERE activity_id > ?1", c->activity},
        {"notifications", "SELECT COUNT(*) FROM notifications WHERE activity_id > ?1", c->activity},
    };
    struct json j = json_to(&c->out);
    out_clear(&c->out);
    json_open(&j, '{');
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        json_kint(&j, counted[i].name, db_get_int(db, 0, counted[i].sql, I(counted[i].after)));
    json_close(&j, '}');
    return !db_failed(db);
}

int command_count(struct app *app, int argc, char **argv)
{
    struct counts c = {0};
    bool fine = argc == 0 || (argc == 2 && str_int(str_of(argv[0]), &c.record) &&
                              str_int(str_of(argv[1]), &c.activity));
    if (!fine)
        return usage(&commands[3]);
    out_init(&c.out, 65536);
    bool done = store_run(app->store, STORE_SLOW, counts_read, &c);
    if (done)
        printf(STR_FMT "\n", STR_ARG(out_text(&c.out)));
    else
        fputs("skep: the hub cannot be read\n", stderr);
    out_free(&c.out);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- bench listen ---- */

int command_listen(struct app *app, int argc, char **argv)
{
    int64_t n[3] = {0}; /* port, topic, streams */
    bool fine = argc == 4 && argv[3][0];
    (void)app;
    for (int i = 0; fine && i < 3; i++)
        fine = str_int(str_of(argv[i]), &n[i]) && n[i] >= 0;
    if (!fine || n[0] > UINT16_MAX || n[2] < 1 || n[2] > BENCH_STREAMS_MAX)
        return usage(&commands[4]);
    return bench_listen(n[0], n[1], n[2], str_of(argv[3]));
}
