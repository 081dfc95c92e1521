/* doctor.c: the command `doctor`: recounts what the hub keeps as counts and copies.
 *
 * Exit code 0: all is sound; 1: something differs, a line for each; 2: wrong words.
 *
 * RULES
 *   1. It changes nothing, and may run beside the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "http/app.h"
#include "record/check.h"
#include "record/files.h"

enum { EXIT_USAGE = 2, MEMORY = 1 << 20 };

static int command_doctor(struct app *app, int argc, char **argv);

static const struct command commands[] = {
    {"doctor", "[--json]",
     "recount every count, copy and reference, read every file; say what differs", command_doctor},
    {0},
};

const struct feature doctor_feature = {.name = "doctor", .commands = commands};

struct visit {
    struct app *app;
    bool json;
    int64_t found;
};

static void say(void *ctx, const struct check_finding *f)
{
    const struct visit *visit = ctx;
    if (visit->json) {
        struct out o;
        out_init(&o, 4096);
        struct json j = json_to(&o);
        json_open(&j, '{');
        json_kstr(&j, "what", str_of(f->what));
        json_kint(&j, "id", f->id);
        json_kint(&j, "kept", f->kept);
        json_kint(&j, "counted", f->counted);
        json_close(&j, '}');
        printf(STR_FMT "\n", STR_ARG(out_text(&o)));
        out_free(&o);
    } else if (f->kept != f->counted) {
        printf("%lld: %s: %lld, but %lld were counted\n", (long long)f->id, f->what,
               (long long)f->kept, (long long)f->counted);
    } else {
        printf("%lld: %s\n", (long long)f->id, f->what);
    }
}

static void say_file(void *ctx, const struct files_finding *f)
{
    const struct visit *visit = ctx;
    if (!visit->json) {
        printf("%s: " STR_FMT "\n", f->what, STR_ARG(f->path));
        return;
    }
    struct out o;
    out_init(&o, 4096);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kstr(&j, "what", str_of(f->what));
    json_kstr(&j, "path", f->path);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static bool visit_run(struct db *db, void *ctx)
{
    struct visit *visit = ctx;
    struct arena *arena = arena_new(MEMORY);
    visit->found = check_hub(db, arena, say, visit);
    visit->found += files_check(visit->app, db, true, say_file, visit);
    arena_free(arena);
    if (db_failed(db))
        fprintf(stderr, "skep doctor: %s\n", db_message(db));
    return !db_failed(db);
}

static int command_doctor(struct app *app, int argc, char **argv)
{
    struct visit visit = {.app = app, .json = argc == 1 && !strcmp(argv[0], "--json")};
    if (argc > 1 || (argc == 1 && !visit.json)) {
        fprintf(stderr, "usage: skep doctor %s\n", commands[0].usage);
        return EXIT_USAGE;
    }
    if (!store_run(app->store, STORE_SLOW, visit_run, &visit))
        return EXIT_FAILURE;
    if (!visit.found && !visit.json)
        puts("All counts, copies and references are as they should be.");
    return visit.found ? EXIT_FAILURE : EXIT_SUCCESS;
}
