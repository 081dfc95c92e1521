/* main.c: the commands, and where each comes from; options are in options.c.
 *
 * Commands of the kernel stand here; a feature brings its own in its declaration ("import
 * stackexchange", "init").
 *
 * Exit codes: 0 done, 1 failed, 2 wrong words on the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/heap.h"
#include "core/log.h"
#include "core/supervise.h"
#include "core/version.h"
#include "http/app.h"
#include "http/options.h"
#include "http/router.h"

static const char usage[] = "Usage: skep [OPTION...] COMMAND [ARGUMENT...]\n"
                            "\n"
                            "The customer community that is also the CRM.\n"
                            "\n"
                            "Options (each also as SKEP_NAME in the environment):\n";
static const char more_usage[] = "  -h, --help                 this text\n"
                                 "  -V, --version              the version\n"
                                 "\n"
                                 "Commands:\n";

static int serve(struct app *app, int argc, char **argv);
static int routes_print(struct app *app, int argc, char **argv);
static int help(struct app *app, int argc, char **argv);

static const struct command kernel_commands[] = {
    {"serve", "", "serve the hub until told to stop", serve, HUB_MAKE},
    {"routes", "[--json]", "print every route with who may call it", routes_print, HUB_NONE},
    {"help", "", "print this text", help, HUB_NONE},
    {0},
};

static void print_commands(FILE *to, const struct command *c)
{
    for (; c && c->name; c++)
        if (c->help)
            fprintf(to, "  %-20s %s%s%s\n", c->name, c->usage, *c->usage ? ": " : "", c->help);
}

static int help(struct app *app, int argc, char **argv)
{
    (void)app, (void)argc, (void)argv;
    fputs(usage, stdout);
    options_print(stdout);
    fputs(more_usage, stdout);
    print_commands(stdout, kernel_commands);
    for (const struct feature *const *f = features; *f; f++)
        print_commands(stdout, (*f)->commands);
    return 0;
}

/* ---- commands ---- */

/* How many words of the line the command's name takes; 0: it is another one. */
static int command_match(const struct command *c, int argc, char **argv)
{
    const char *rest = c->name;
    int words = 0;
    while (words < argc) {
        size_t n = strcspn(rest, " ");
        if (strlen(argv[words]) != n || strncmp(argv[words], rest, n) != 0)
            return 0;
        words++;
        if (!rest[n])
            return words;
        rest += n + 1;
    }
    return 0;
}

static const struct command *command_among(const struct command *c, struct command_line *line)
{
    for (; c && c->name; c++) {
        int words = command_match(c, line->argc, line->argv);
        if (words) {
            line->argc -= words;
            line->argv += words;
            return c;
        }
    }
    return NULL;
}

static const struct command *command_find(struct command_line *line)
{
    const struct command *found = command_among(kernel_commands, line);
    for (const struct feature *const *f = features; *f && !found; f++)
        found = command_among((*f)->commands, line);
    return found;
}

static void on_ready(void *ctx, struct str address)
{
    struct str one;
    (void)ctx;
    while (str_split(&address, ' ', &one))
        printf("Skep is serving on " STR_FMT "\n", STR_ARG(one));
    fflush(stdout);
    supervise_tell("READY=1");
}

static int serve(struct app *app, int argc, char **argv)
{
    (void)argv;
    if (argc) {
        fputs("skep serve takes no arguments\n", stderr);
        return 2;
    }
    app_stop_on_signals(app);
    for (const struct feature *const *f = features; *f; f++)
        if ((*f)->start)
            (*f)->start(app);
    struct str message = S("");
    if (!app_serve(app, on_ready, NULL, &message)) {
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(message));
        return 1;
    }
    return 0;
}

static const char *const method_names[] = {"", "GET", "POST", "PUT", "PATCH", "DELETE"};
static const char *const who_names[] = {"", "anyone", "member", "staff", "administrator", "owner"};

static int routes_print(struct app *app, int argc, char **argv)
{
    bool json = argc == 1 && strcmp(argv[0], "--json") == 0;
    if (argc && !json) {
        fputs("usage: skep routes [--json]\n", stderr);
        return 2;
    }
    struct out o;
    struct json j = json_to(&o);
    out_init(&o, 1 << 20);
    json_open(&j, '[');
    for (const struct feature *const *f = app->features; *f; f++) /* the kernel's own, too */
        for (const struct route *r = (*f)->routes; r && r->method; r++) {
            if (!json) {
                printf("%-7s %-28s %-14s %s\n", method_names[r->method], r->path, who_names[r->who],
                       r->help ? r->help : "");
                continue;
            }
            json_open(&j, '{');
            json_kstr(&j, "method", str_of(method_names[r->method]));
            json_kstr(&j, "path", str_of(r->path));
            json_kstr(&j, "who", str_of(who_names[r->who]));
            json_kstr(&j, "scope", str_of(scope_name(route_scope(r))));
            json_kstr(&j, "feature", str_of((*f)->name));
            json_kstr(&j, "help", str_of(r->help));
            json_close(&j, '}');
        }
    json_close(&j, ']');
    if (json)
        printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
    return 0;
}

int main(int argc, char **argv)
{
    struct command_line line = {0};
    heap_begin();
    if (!options_read(&line, argc, argv))
        return 2;
    if (line.tell == 'h')
        return help(NULL, 0, NULL);
    if (line.tell == 'V')
        return puts("skep " SKEP_VERSION) < 0;
    log_set_level((enum log_level)line.app.log_level);
    log_set_style((enum log_style)line.app.log_style);
    const struct command *command = line.argc ? command_find(&line) : NULL;
    if (!command) {
        fprintf(stderr, "skep: %s%s; see skep --help\n",
                line.argc ? "no such command: " : "a command is missing",
                line.argc ? line.argv[0] : "");
        return 2;
    }
    if (command->run == help)
        return help(NULL, 0, NULL);
    if (command->run == serve && line.app.confine)
        app_confine(&line.app);
    struct arena *arena = arena_new(1 << 20);
    struct str message = S("");
    line.app.store.db.server =
        command->run == serve; /* one server a hub; commands may run beside */
    line.app.store.db.existing = command->hub == HUB_THERE;
    line.app.storeless = command->hub == HUB_NONE;
    line.app.access_log = line.app.access_log && command->run == serve;
    if (command->run == serve) /* what reads longer goes to the pool, ten times as long */
        line.app.store.db.time_limit_ms = 100;
    struct app *app = app_open(&line.app, features, arena, &message);
    if (!app) {
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(message));
        return 1;
    }
    int code = command->run(app, line.argc, line.argv);
    if (app->consumers)
        consumers_catch_up(app->consumers);
    app_close(app);
    arena_free(arena);
    return code;
}
