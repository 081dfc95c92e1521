/* main.c: the command line: options, the commands, and where each comes from.
 *
 * Commands of the kernel stand here; a feature brings its own in its declaration ("import
 * stackexchange", "init"). Every option is also read from the environment as SKEP_<NAME>.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong words on the command line.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/log.h"
#include "http/app.h"
#include "http/router.h"

#define VERSION "0.1.0"

static const char usage[] =
    "Usage: skep [OPTION...] COMMAND [ARGUMENT...]\n"
    "\n"
    "The customer community that is also the CRM.\n"
    "\n"
    "Options (each also as SKEP_NAME in the environment):\n"
    "  --data DIR            folder of the hub, SQLite inside (default: ./hub)\n"
    "  --database URL        postgres://... instead of a folder\n"
    "  --listen ADDR:PORT    where to serve (default: 127.0.0.1:8080); unix:PATH too\n"
    "  --base-url URL        the hub's address as people see it, for feeds and letters\n"
    "  --loops N             event loops (default: one per core)\n"
    "  --smtp URL            mail server, smtp://user:password@host:587 or smtps://...\n"
    "  --mail-from ADDRESS   from whom letters are: \"Name <hub@example.org>\"\n"
    "  --mail-bounces ADDR   where letters come back to; see skep bounce\n"
    "  --trust-proxy         take the client's address from X-Forwarded-For\n"
    "  -h, --help            this text\n"
    "  -V, --version         the version\n"
    "\n"
    "Commands:\n";

struct command_line {
    struct app_options app;
    int argc; /* the command's words and arguments */
    char **argv;
};

static int serve(struct app *app, int argc, char **argv);
static int routes_print(struct app *app, int argc, char **argv);
static int help(struct app *app, int argc, char **argv);

static const struct command kernel_commands[] = {
    {"serve", "", "serve the hub until told to stop", serve},
    {"routes", "[--json]", "print every route with who may call it", routes_print},
    {"help", "", "print this text", help},
    {0},
};

/* ---- options ---- */

enum {
    OPT_DATA = 256,
    OPT_DATABASE,
    OPT_LISTEN,
    OPT_BASE_URL,
    OPT_LOOPS,
    OPT_TRUST_PROXY,
    OPT_SMTP,
    OPT_MAIL_FROM,
    OPT_MAIL_BOUNCES
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPT_DATA},
    {"database", required_argument, NULL, OPT_DATABASE},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"base-url", required_argument, NULL, OPT_BASE_URL},
    {"loops", required_argument, NULL, OPT_LOOPS},
    {"trust-proxy", no_argument, NULL, OPT_TRUST_PROXY},
    {"smtp", required_argument, NULL, OPT_SMTP},
    {"mail-from", required_argument, NULL, OPT_MAIL_FROM},
    {"mail-bounces", required_argument, NULL, OPT_MAIL_BOUNCES},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Gives what is wrong with the value, or NULL; as option_set. */
static const char *mail_option_set(struct app_options *app, int option, const char *value)
{
    if (option == OPT_SMTP && !begins(value, "smtp://") && !begins(value, "smtps://"))
        return "takes smtp://... or smtps://...";
    if (option != OPT_SMTP && !strchr(value, '@'))
        return "takes an address";
    if (option == OPT_SMTP)
        app->smtp = value;
    else if (option == OPT_MAIL_FROM)
        app->mail_from = value;
    else
        app->mail_bounces = value;
    return NULL;
}

/* Gives what is wrong with the value, or NULL. */
static const char *option_set(struct app_options *app, int option, const char *value)
{
    int64_t number;
    switch (option) {
    case OPT_DATA:
        app->store.db.data = value;
        app->store.db.database = NULL;
        break;
    case OPT_DATABASE:
        if (!begins(value, "postgres://") && !begins(value, "postgresql://"))
            return "takes postgres://...";
        app->store.db.database = value;
        app->store.db.data = NULL;
        break;
    case OPT_LISTEN:
        app->listen = value;
        break;
    case OPT_BASE_URL:
        if (!begins(value, "http://") && !begins(value, "https://"))
            return "takes http://... or https://...";
        app->base_url = value;
        break;
    case OPT_LOOPS:
        if (!str_int(str_of(value), &number) || number < 1 || number > 64)
            return "takes a number from 1 to 64";
        app->loops = (int)number;
        break;
    case OPT_TRUST_PROXY:
        app->trust_proxy = !value || strcmp(value, "0") != 0;
        break;
    case OPT_SMTP:
    case OPT_MAIL_FROM:
    case OPT_MAIL_BOUNCES:
        return mail_option_set(app, option, value);
    default:
        break;
    }
    return NULL;
}

static bool option_take(struct app_options *app, const struct option *o, const char *value)
{
    const char *wrong = option_set(app, o->val, value);
    if (wrong)
        fprintf(stderr, "skep: --%s %s, not \"%s\"\n", o->name, wrong, value);
    return !wrong;
}

static bool options_from_environment(struct app_options *app)
{
    for (const struct option *o = options; o->name; o++) {
        char name[40] = "SKEP_";
        size_t n = strlen(name);
        for (const char *c = o->name; *c && n < sizeof name - 1; c++)
            name[n++] = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        name[n] = 0;
        const char *value = getenv(name);
        if (value && *value && !option_take(app, o, value))
            return false;
    }
    return true;
}

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
    print_commands(stdout, kernel_commands);
    for (const struct feature *const *f = features; *f; f++)
        print_commands(stdout, (*f)->commands);
    return 0;
}

/* The option that `word` names, "--data" or "--data=DIR"; *value is what stands behind "=". */
static const struct option *option_find(const char *word, const char **value)
{
    if (strncmp(word, "--", 2) != 0)
        return NULL;
    size_t n = strcspn(word + 2, "=");
    *value = word[2 + n] ? word + 2 + n + 1 : NULL;
    for (const struct option *o = options; o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, word + 2, n) == 0)
            return o;
    return NULL;
}

static void tell_and_end(int option)
{
    if (option == 'h')
        help(NULL, 0, NULL);
    else
        puts("skep " VERSION);
    exit(0);
}

/* The value may be the next word. False: something is wrong, and has been said. */
static bool option_read(struct app_options *app, const struct option *o, const char *value,
                        int argc, char **argv, int *i)
{
    if (o->has_arg == required_argument && !value) {
        if (*i + 1 == argc) {
            fprintf(stderr, "skep: %s needs a value\n", argv[*i]);
            return false;
        }
        value = argv[++*i];
    }
    return option_take(app, o, value);
}

/* Our own options may stand anywhere; the other words are the command and its arguments, in order.
 * Behind "--" nothing is an option of ours. */
static int command_line_read(struct command_line *line, int argc, char **argv)
{
    line->argv = argv + 1;
    bool ours = true;
    if (!options_from_environment(&line->app))
        return 2;
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const struct option *o = ours ? option_find(argv[i], &value) : NULL;
        bool brief = ours && (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "-V") == 0);
        if (brief || (o && o->val < OPT_DATA))
            tell_and_end(brief ? argv[i][1] : o->val);
        if (ours && strcmp(argv[i], "--") == 0) {
            ours = false;
        } else if (!o) {
            line->argv[line->argc++] = argv[i];
        } else if (!option_read(&line->app, o, value, argc, argv, &i)) {
            return 2;
        }
    }
    if (!line->app.store.db.data && !line->app.store.db.database)
        line->app.store.db.data = "hub";
    if (!line->app.listen)
        line->app.listen = "127.0.0.1:8080";
    if (line->app.smtp && (!line->app.base_url || !line->app.mail_from)) {
        fputs("skep: --smtp needs --base-url, for the links in letters, and --mail-from\n", stderr);
        return 2;
    }
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
    (void)ctx;
    printf("Skep is serving on " STR_FMT "\n", STR_ARG(address));
    fflush(stdout);
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
    int wrong = command_line_read(&line, argc, argv);
    if (wrong)
        return wrong;
    const struct command *command = line.argc ? command_find(&line) : NULL;
    if (!command) {
        fprintf(stderr, "skep: %s%s; see skep --help\n",
                line.argc ? "no such command: " : "a command is missing",
                line.argc ? line.argv[0] : "");
        return 2;
    }
    if (command->run == help)
        return help(NULL, 0, NULL);
    struct arena *arena = arena_new(1 << 20);
    struct str message = S("");
    line.app.store.db.server =
        command->run == serve; /* one server a hub; commands may run beside */
    if (command->run == serve) /* what reads longer goes to the pool, ten times as long */
        line.app.store.db.time_limit_ms = 100;
    struct app *app = app_open(&line.app, features, arena, &message);
    if (!app) {
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(message));
        return 1;
    }
    int code = command->run(app, line.argc, line.argv);
    consumers_catch_up(app->consumers);
    app_close(app);
    arena_free(arena);
    return code;
}
