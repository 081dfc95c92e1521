/* imports.c: the commands: import stackexchange, import list, import undo; and what they print. */
#include "features/imports/imports.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "features/imports/imports_page.h"
#include "http/app.h"
#include "http/options.h"

enum { EXIT_USAGE = 2, JSON_MAX = 256 << 20 };

static int command_stackexchange(struct app *app, int argc, char **argv);
static int command_list(struct app *app, int argc, char **argv);
static int command_undo(struct app *app, int argc, char **argv);

static const struct command commands[] = {
    {"import stackexchange", "DIR --space NAME [--site HOST] [--json]",
     "bring in a Stack Exchange dump (Posts.xml and what lies beside it)", command_stackexchange,
     HUB_MAKE},
    {"import list", "[--json]", "the imports of this hub", command_list},
    {"import undo", "NUMBER [--json]", "take away all that an import made", command_undo},
    {0},
};

static const struct menu_entry menu[] = {
    {"Imports", "/imports", "#i-package-open", 55, ADMINISTRATOR, MENU_USER},
    {0},
};

const struct feature imports_feature = {.name = "imports",
                                        .routes = import_routes,
                                        .menu = menu,
                                        .commands = commands,
                                        .jobs = import_jobs};

/* ---- arguments ---- */

struct arguments {
    const char *what, *space, *site; /* what: the one that is no option */
    bool json;
};

static bool arguments_read(struct arguments *a, int argc, char **argv)
{
    *a = (struct arguments){0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            a->json = true;
        else if (option_value("--space", argc, argv, &i, &a->space) ||
                 option_value("--site", argc, argv, &i, &a->site))
            continue;
        else if (argv[i][0] == '-' || a->what)
            return false;
        else
            a->what = argv[i];
    }
    return true;
}

static int usage(const struct command *c)
{
    fprintf(stderr, "usage: skep %s %s\n", c->name, c->usage);
    return EXIT_USAGE;
}

/* ---- import stackexchange ---- */

struct console {
    bool json, terminal, line; /* line: one of progress stands there */
    struct out problems;       /* JSON */
    struct json writer;
    int64_t shown_at;
};

static void line_clear(struct console *c)
{
    if (c->line)
        fputs("\r\033[K", stderr);
    c->line = false;
}

static void problem_tell(void *ctx, const char *file, int64_t line, struct str why, bool wrong)
{
    struct console *c = ctx;
    if (!c->json) {
        line_clear(c);
        fprintf(stderr, "%s:%lld: %s" STR_FMT "\n", file, (long long)line, wrong ? "differs: " : "",
                STR_ARG(why));
        return;
    }
    json_open(&c->writer, '{');
    json_kstr(&c->writer, "file", str_of(file));
    json_kint(&c->writer, "line", line);
    json_kstr(&c->writer, "reason", why);
    json_kbool(&c->writer, "differs", wrong);
    json_close(&c->writer, '}');
}

static void progress_tell(void *ctx, const char *file, int64_t rows)
{
    enum { TENTH = 100000 };
    struct console *c = ctx;
    int64_t now = clock_monotonic();
    if (!c->terminal || now - c->shown_at < TENTH)
        return;
    c->shown_at = now;
    c->line = true;
    fprintf(stderr, "\r\033[K%s: %lld rows", file, (long long)rows);
    fflush(stderr);
}

static void counts_print(struct json *j, const char *key, const char *const *names,
                         const int64_t *counts, int n)
{
    json_key(j, key);
    json_open(j, '{');
    for (int i = 0; i < n; i++)
        json_kint(j, names[i], counts[i]);
    json_close(j, '}');
}

static void votes_json(struct json *j, const struct import_result *r)
{
    json_key(j, "votes_not_taken");
    json_open(j, '[');
    for (int i = 0; i < VOTE_TYPES; i++) {
        if (!r->vote_types[i])
            continue;
        json_open(j, '{');
        json_kint(j, "type", i);
        json_kstr(j, "name", str_of(vote_type_name(i)));
        json_kint(j, "rows", r->vote_types[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void result_json(const struct import_result *r, const struct console *c, int64_t us)
{
    struct out o;
    out_init(&o, JSON_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kint(&j, "import", r->id);
    json_kint(&j, "space_id", r->space_id);
    json_kstr(&j, "site", str_of(r->site));
    counts_print(&j, "taken", taken_names, r->taken, TAKEN_KINDS);
    json_kint(&j, "taken_before", r->before);
    json_kint(&j, "badges_not_taken", r->badges);
    votes_json(&j, r);
    counts_print(&j, "checked", checked_names, r->checked, CHECKED_KINDS);
    counts_print(&j, "wrong", checked_names, r->wrong, CHECKED_KINDS);
    json_kbool(&j, "tags_edited", r->tags_edited);
    json_kbool(&j, "truncated", r->truncated);
    json_key(&j, "problems");
    out_char(&o, '[');
    out_str(&o, out_text(&c->problems));
    out_char(&o, ']');
    j.comma = true;
    json_kint(&j, "ms", us / 1000);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

/* ---- as jobs of our own ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool was_interrupted(void)
{
    return interrupted;
}

struct put {
    struct import_order order;
    int64_t undo; /* an import; 0: bring one in */
    struct arena *arena;
    int64_t id;
};

/* Ours from the start: a server that looks meanwhile finds that it is not due. */
static bool put_run(struct db *db, void *ctx)
{
    struct put *p = ctx;
    p->order.due = clock_now() + JOB_LEASE_S * CLOCK_SECOND;
    p->id = p->undo ? import_undo_put(db, p->arena, p->undo, 0, p->order.due)
                    : import_put(db, p->arena, &p->order);
    return !db_failed(db);
}

/* The second Ctrl-C ends at once. */
static void job_run_here(struct app *app, struct put *put, struct import_console *console)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    console->stopped = was_interrupted;
    import_console = console;
    if (!store_run(app->store, STORE_WRITE, put_run, put) || !jobs_run_one(app, put->id))
        snprintf(console->message, sizeof console->message,
                 "the database refused, or another program has just begun the same");
    import_console = NULL;
}

static int command_stackexchange(struct app *app, int argc, char **argv)
{
    struct arguments args;
    if (!arguments_read(&args, argc, argv) || !args.what || !args.space || !*args.space)
        return usage(&commands[0]);
    struct arena *a = arena_new(1 << 20);
    char real[PATH_MAX], *folder = realpath(args.what, real);
    struct console console = {.json = args.json, .terminal = isatty(STDERR_FILENO) && !args.json};
    out_init(&console.problems, JSON_MAX);
    console.writer = json_to(&console.problems);
    struct import_console here = {
        .ctx = &console, .problem = problem_tell, .progress = progress_tell};
    struct put put = {.order = {.folder = str_of(folder ? folder : args.what),
                                .space = str_of(args.space),
                                .site = str_of(args.site)},
                      .arena = a};
    int64_t began = clock_monotonic();
    job_run_here(app, &put, &here);
    line_clear(&console);
    const struct import_result *result = &here.result;
    bool done = here.done;
    if (!done) {
        fprintf(stderr, "skep: %s\n", here.message);
    } else if (args.json) {
        result_json(result, &console, clock_monotonic() - began);
    } else {
        struct out o;
        out_init(&o, JSON_MAX);
        import_report(&o, result, put.order.space, clock_monotonic() - began);
        printf(STR_FMT, STR_ARG(out_text(&o)));
        out_free(&o);
    }
    for (int i = 0; i < CHECKED_KINDS; i++)
        done = done && !result->wrong[i];
    out_free(&console.problems);
    arena_free(a);
    return done && !result->truncated ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- import list ---- */

static bool list_run(struct db *db, void *ctx)
{
    bool as_json = *(const bool *)ctx;
    struct out o;
    out_init(&o, JSON_MAX);
    struct json j = json_to(&o);
    json_open(&j, '[');
    struct rows q =
        db_query(db, "SELECT i.id, i.kind, i.source, COALESCE(s.name, ''), i.state, i.started_at,"
                     " (SELECT COUNT(*) FROM import_rows r WHERE r.import_id = i.id)"
                     " FROM imports i LEFT JOIN spaces s ON s.id = i.space_id ORDER BY i.id");
    while (db_next(&q)) {
        char day[32];
        if (!as_json) {
            struct str at = clock_date(day, db_int(&q, 5));
            printf("%6lld  %-8.*s " STR_FMT "  %-34.*s %lld rows, in " STR_FMT "\n",
                   (long long)db_int(&q, 0), STR_ARG(db_str(&q, 4)), STR_ARG(at),
                   STR_ARG(db_str(&q, 2)), (long long)db_int(&q, 6), STR_ARG(db_str(&q, 3)));
            continue;
        }
        json_open(&j, '{');
        json_kint(&j, "import", db_int(&q, 0));
        json_kstr(&j, "kind", db_str(&q, 1));
        json_kstr(&j, "site", db_str(&q, 2));
        json_kstr(&j, "space", db_str(&q, 3));
        json_kstr(&j, "state", db_str(&q, 4));
        json_ktime(&j, "started_at", db_int(&q, 5));
        json_kint(&j, "rows", db_int(&q, 6));
        json_close(&j, '}');
    }
    json_close(&j, ']');
    if (as_json)
        printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
    return !db_failed(db);
}

static int command_list(struct app *app, int argc, char **argv)
{
    struct arguments args;
    if (!arguments_read(&args, argc, argv) || args.what || args.space || args.site)
        return usage(&commands[1]);
    return store_run(app->store, STORE_SLOW, list_run, &args.json) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- import undo ---- */

static void undo_print(const struct undo_result *r, bool as_json)
{
    if (as_json) {
        printf("{\"records\":%lld,\"people\":%lld,\"votes\":%lld,\"activities\":%lld,\"kept_"
               "records\":%lld,"
               "\"kept_people\":%lld,\"kept_space\":%s}\n",
               (long long)r->records, (long long)r->people, (long long)r->votes,
               (long long)r->activities, (long long)r->kept_records, (long long)r->kept_people,
               r->kept_space ? "true" : "false");
        return;
    }
    struct out o;
    out_init(&o, 4096);
    undo_report(&o, r);
    printf(STR_FMT, STR_ARG(out_text(&o)));
    out_free(&o);
}

static int command_undo(struct app *app, int argc, char **argv)
{
    struct arguments args;
    int64_t id = 0;
    if (!arguments_read(&args, argc, argv) || args.space || args.site ||
        !str_int(str_of(args.what), &id))
        return usage(&commands[2]);
    struct arena *a = arena_new(1 << 20);
    struct import_console here = {0};
    struct put put = {.undo = id > 0 ? id : -1, .arena = a};
    job_run_here(app, &put, &here);
    if (here.done)
        undo_print(&here.undone, args.json);
    else
        fprintf(stderr, "skep: %s\n", here.message);
    arena_free(a);
    return here.done ? EXIT_SUCCESS : EXIT_FAILURE;
}
