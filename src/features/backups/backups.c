/* backups.c: the commands `backup` and `restore`; see backups.h. */
#include "features/backups/backups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/json.h"
#include "http/app.h"

enum { EXIT_USAGE = 2, MEMORY = 64 << 20, JSON_MAX = 1 << 20 };

static int command_backup(struct app *app, int argc, char **argv);
static int command_restore(struct app *app, int argc, char **argv);

static const struct command commands[] = {
    {"backup", "FILE|DIR [--json]",
     "the whole hub into one file, while it is served; read back before it counts", command_backup,
     HUB_NONE},
    {"restore", "FILE [--json]", "make a hub of a backup, on either database, where none is",
     command_restore, HUB_NONE},
    {0},
};

const struct feature backups_feature = {.name = "backups", .commands = commands};

struct words {
    const char *file;
    bool json;
};

static bool words_read(struct words *w, int argc, char **argv)
{
    *w = (struct words){0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            w->json = true;
        else if (argv[i][0] == '-' || w->file)
            return false;
        else
            w->file = argv[i];
    }
    return w->file && *w->file;
}

/* DIR/skep-20261127T152500Z.backup for a folder. */
static struct str path_of(struct arena *a, const char *file)
{
    struct stat st;
    char buf[32];
    if (stat(file, &st) != 0 || !S_ISDIR(st.st_mode))
        return str_of(file);
    struct str time = clock_rfc3339(buf, clock_now() / CLOCK_SECOND * CLOCK_SECOND);
    char name[32];
    size_t n = 0;
    for (size_t i = 0; i < time.n; i++)
        if (time.p[i] != '-' && time.p[i] != ':')
            name[n++] = time.p[i];
    return str_fmt(a, "%s/skep-%.*s.backup", file, (int)n, name);
}

/* What the process has had in memory at most; getrusage counts what it was before exec, too. */
static int64_t memory_most(void)
{
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %ld", &kib) != 1)
        ;
    if (status)
        fclose(status);
    return (int64_t)kib * 1024;
}

static void report_json(const struct backup_report *r, double seconds)
{
    struct out o;
    out_init(&o, JSON_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kstr(&j, "file", r->path);
    json_kint(&j, "bytes", r->bytes);
    json_ktime(&j, "made_at", r->head.made_at);
    json_kint(&j, "migrations", r->head.migrations);
    json_kint(&j, "unsound", r->unsound);
    json_kint(&j, "wrong_files", r->wrong_files);
    json_kint(&j, "memory_bytes", memory_most());
    json_key(&j, "seconds");
    json_double(&j, seconds);
    out_lit(&o, ",\"holds\":");
    backup_end_put(&o, &r->head, &r->end);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static void report_print(const struct backup_report *r, const char *done, double seconds)
{
    int64_t rows = 0;
    for (size_t i = 0; i < r->head.tables_n; i++) {
        rows += r->end.tables[i].rows;
        if (r->end.tables[i].rows)
            printf("%12lld  " STR_FMT "\n", (long long)r->end.tables[i].rows,
                   STR_ARG(r->head.tables[i].name));
    }
    printf("%s " STR_FMT ": %lld rows of %zu tables, %lld files, %.1f MB, in %.1f s\n", done,
           STR_ARG(r->path), (long long)rows, r->head.tables_n, (long long)r->end.files,
           (double)r->bytes / 1e6, seconds);
}

static int tell(const struct backup_report *r, const struct words *w, bool done, const char *verb,
                int64_t began)
{
    double seconds = (double)(clock_monotonic() - began) / CLOCK_SECOND;
    if (!done) {
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(r->why));
        return EXIT_FAILURE;
    }
    if (w->json)
        report_json(r, seconds);
    else
        report_print(r, verb, seconds);
    if (r->wrong_files)
        fprintf(stderr,
                "skep: %lld files do not hold what their names say; they are in the backup as"
                " they are\n",
                (long long)r->wrong_files);
    if (r->unsound)
        fprintf(stderr, "skep: the hub was not sound when it was backed up: skep doctor --fix\n");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int usage(const struct command *c)
{
    fprintf(stderr, "usage: skep %s %s\n", c->name, c->usage);
    return EXIT_USAGE;
}

static int run(struct app *app, const struct command *c, int argc, char **argv)
{
    struct words w;
    if (!words_read(&w, argc, argv))
        return usage(c);
    int64_t began = clock_monotonic();
    struct arena *a = arena_new(MEMORY);
    struct backup_place place = {.db = app->options.store.db, .files = app->files};
    struct backup_report report;
    bool makes = c->run == command_backup;
    bool done = makes ? backup_make(&place, path_of(a, w.file), a, &report)
                      : backup_restore(&place, str_of(w.file), a, &report);
    int code = tell(&report, &w, done, makes ? "Wrote and read back" : "Restored", began);
    arena_free(a);
    return code;
}

static int command_backup(struct app *app, int argc, char **argv)
{
    return run(app, &commands[0], argc, argv);
}

static int command_restore(struct app *app, int argc, char **argv)
{
    return run(app, &commands[1], argc, argv);
}
