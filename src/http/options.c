/* options.c: see options.h. What there is, is one table. */
#include "http/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

enum kind {
    DATA,     /* a folder, in place of a database */
    DATABASE, /* an address of PostgreSQL, in place of a folder */
    LIST,     /* texts, joined by blanks */
    TEXT,     /* one; the last that is given */
    WEB,      /* http://... or https://... */
    SMTP,     /* smtp://... or smtps://... */
    IMAP,     /* imap://... or imaps://... */
    MAILBOX,  /* an address of mail */
    NUMBER,   /* from .least to .most */
    CHOICE,   /* one of .words; its place is stored */
    YES,      /* stands there or not; "0" in the environment: not */
    NO,
};

struct option {
    const char *name;
    enum kind kind;
    size_t at; /* in struct app_options */
    int least, most;
    const char *words[5];
    const char *value, *help;
};

#define AT(field) offsetof(struct app_options, field)

static const struct option options[] = {
    {"data", DATA, .value = "DIR", .help = "folder of the hub, SQLite inside (default: ./hub)"},
    {"database", DATABASE, .value = "URL", .help = "postgres://... instead of a folder"},
    {"listen", LIST, AT(listen), .value = "ADDR:PORT",
     .help = "where to serve (default: 127.0.0.1:8080); also https://ADDR:PORT,\n"
             "redirect://ADDR:PORT (sends to https), unix:PATH; several times"},
    {"tls-cert", LIST, AT(tls_cert), .value = "FILE",
     .help = "certificate with its chain, PEM; several times for several names"},
    {"tls-key", LIST, AT(tls_key), .value = "FILE", .help = "its key, in the same order"},
    {"base-url", WEB, AT(base_url), .value = "URL",
     .help = "the hub's address as people see it, for feeds and letters"},
    {"smtp", SMTP, AT(smtp), .value = "URL",
     .help = "mail server: smtp://user:password@host:587 or smtps://...\n"
             "(better in the environment: others see the command line)"},
    {"mail-from", MAILBOX, AT(mail_from), .value = "ADDRESS",
     .help = "from whom letters are: \"Name <hub@example.org>\""},
    {"mail-bounces", MAILBOX, AT(mail_bounces), .value = "ADDRESS",
     .help = "where letters come back to; see skep bounce"},
    {"mail-reply", MAILBOX, AT(mail_reply), .value = "ADDRESS",
     .help = "who reads answers to letters (default: nobody, and letters say so)"},
    {"imap", IMAP, AT(imap), .value = "URL",
     .help = "mailbox to which letters come back: imaps://user:password@host\n"
             "(better in the environment, too)"},
    {"import-dir", TEXT, AT(import_dir), .value = "DIR",
     .help = "folders to be imported from the browser (default: imports in --data)"},
    {"loops", NUMBER, AT(loops), 1, 64, .value = "N",
     .help = "event loops (default: one per core)"},
    {"files", TEXT, AT(files), .value = "DIR",
     .help = "uploaded files (default: files/ in the hub's folder, or ./hub-files)"},
    {"upload-max", NUMBER, AT(upload_max_mb), 1, 100000, .value = "MB",
     .help = "the largest file that may be uploaded (default: 100)"},
    {"upload-day", NUMBER, AT(upload_day_mb), 1, 100000, .value = "MB",
     .help = "what one person may upload in a day (default: 1000)"},
    {"webhook-private", YES, AT(webhook_private),
     .help = "webhooks may go to private addresses, and there by http"},
    {"trust-proxy", YES, AT(trust_proxy), .help = "take the client's address from X-Forwarded-For"},
    {"log-level", CHOICE, AT(log_level), .words = {"debug", "info", "warn", "error"},
     .value = "LEVEL", .help = "debug, info (default), warn or error"},
    {"log-format", CHOICE, AT(log_style), .words = {"text", "json"}, .value = "FORMAT",
     .help = "text (default) or json"},
    {"no-access-log", NO, AT(access_log), .help = "no line for each request"},
    {"no-confinement", NO, AT(confine), .help = "allow every system call and file (see skep(1))"},
    {"requests-per-peer", NUMBER, AT(requests_per_peer), 0, 1000000, .value = "N",
     .help = "of one address in a minute (default: 3000; 0: no limit)"},
    {"connections-per-peer", NUMBER, AT(connections_per_peer), 1, 65535, .value = "N",
     .help = "of one address at once (default: 256)"},
    {"handshakes-per-peer", NUMBER, AT(handshakes_per_peer), 0, 1000000, .value = "N",
     .help = "of TLS, of one address in a minute (default: 300; 0: no limit)"},
    {"held-max", NUMBER, AT(held_max_mb), 1, 1000000, .value = "MIB",
     .help = "bytes of requests and answers held for slow clients (default: 256)"},
    {0},
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

void options_print(FILE *to)
{
    for (const struct option *o = options; o->name; o++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        const char *help = o->help, *end;
        for (; (end = strchr(help, '\n')); help = end + 1, *left = 0)
            fprintf(to, "  %-26s %.*s\n", left, (int)(end - help), help);
        fprintf(to, "  %-26s %s\n", left, help);
    }
}

/* ---- values ---- */

static const char *choice_set(const struct option *o, int *to, const char *value)
{
    for (int i = 0; o->words[i]; i++)
        if (strcmp(value, o->words[i]) == 0) {
            *to = i;
            return NULL;
        }
    return o->words[2] ? "takes debug, info, warn or error" : "takes text or json";
}

static const char *text_set(enum kind kind, const char **to, const char *value)
{
    if (kind == WEB && !begins(value, "http://") && !begins(value, "https://"))
        return "takes http://... or https://...";
    if (kind == SMTP && !begins(value, "smtp://") && !begins(value, "smtps://"))
        return "takes smtp://... or smtps://...";
    if (kind == IMAP && !begins(value, "imap://") && !begins(value, "imaps://"))
        return "takes imap://... or imaps://...";
    if (kind == MAILBOX && !strchr(value, '@'))
        return "takes an address";
    *to = value;
    return NULL;
}

/* What it holds lives as long as the program. */
static const char *list_add(const struct option *o, const char **list, const char *value)
{
    static char *kept[sizeof options / sizeof *options];
    char **mine = &kept[o - options];
    size_t had = *list ? strlen(*list) : 0;
    char *more = malloc(had + strlen(value) + 2);
    if (!more)
        die("out of memory: options");
    snprintf(more, had + strlen(value) + 2, "%s%s%s", had ? *list : "", had ? " " : "", value);
    free(*mine);
    *list = *mine = more;
    return NULL;
}

/* Gives what is wrong with the value, or NULL. */
static const char *option_set(struct app_options *app, const struct option *o, const char *value)
{
    static char words[80];
    void *to = (char *)app + o->at;
    int64_t number;
    switch (o->kind) {
    case DATA:
        app->store.db.data = value;
        app->store.db.database = NULL;
        break;
    case DATABASE:
        if (!begins(value, "postgres://") && !begins(value, "postgresql://"))
            return "takes postgres://...";
        app->store.db.database = value;
        app->store.db.data = NULL;
        break;
    case TEXT:
        *(const char **)to = value;
        break;
    case LIST:
        return list_add(o, to, value);
    case WEB:
    case SMTP:
    case IMAP:
    case MAILBOX:
        return text_set(o->kind, to, value);
    case NUMBER:
        snprintf(words, sizeof words, "takes a number from %d to %d", o->least, o->most);
        if (!str_int(str_of(value), &number) || number < o->least || number > o->most)
            return words;
        *(int *)to = number ? (int)number : -1; /* 0 stands for the default */
        break;
    case CHOICE:
        return choice_set(o, to, value);
    default:
        *(bool *)to = (o->kind == YES) == (!value || strcmp(value, "0") != 0);
    }
    return NULL;
}

static bool option_take(struct app_options *app, const struct option *o, const char *value)
{
    const char *wrong = option_set(app, o, value);
    if (wrong)
        fprintf(stderr, "skep: --%s %s, not \"%s\"\n", o->name, wrong, value);
    return !wrong;
}

/* ---- where they come from ---- */

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

/* The value may be the next word. */
static bool option_read(struct command_line *line, const struct option *o, const char *value,
                        int argc, char **argv, int *i)
{
    static bool anew[sizeof options / sizeof *options];
    if (o->kind != YES && o->kind != NO && !value) {
        if (*i + 1 == argc) {
            fprintf(stderr, "skep: %s needs a value\n", argv[*i]);
            return false;
        }
        value = argv[++*i];
    }
    if (o->kind == LIST && !anew[o - options]) { /* the first one on the line */
        anew[o - options] = true;
        *(const char **)((char *)&line->app + o->at) = NULL;
    }
    return option_take(&line->app, o, value);
}

static char asks_to_be_told(const char *word)
{
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        return 'h';
    return strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0 ? 'V' : 0;
}

bool options_read(struct command_line *line, int argc, char **argv)
{
    struct app_options *app = &line->app;
    line->argv = argv + 1;
    app->log_level = LOG_INFO;
    app->access_log = app->confine = true;
    bool ours = true;
    if (!options_from_environment(app))
        return false;
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const struct option *o = ours ? option_find(argv[i], &value) : NULL;
        if (ours && (line->tell = asks_to_be_told(argv[i])))
            return true;
        if (ours && strcmp(argv[i], "--") == 0)
            ours = false;
        else if (!o)
            line->argv[line->argc++] = argv[i];
        else if (!option_read(line, o, value, argc, argv, &i))
            return false;
    }
    if (!app->store.db.data && !app->store.db.database)
        app->store.db.data = "hub";
    if (!app->listen)
        app->listen = "127.0.0.1:8080";
    if (app->smtp && (!app->base_url || !app->mail_from)) {
        fputs("skep: --smtp needs --base-url, for the links in letters, and --mail-from\n", stderr);
        return false;
    }
    return true;
}

bool option_value(const char *name, int argc, char **argv, int *i, const char **value)
{
    size_t n = strlen(name);
    if (strcmp(argv[*i], name) == 0 && *i + 1 < argc)
        *value = argv[++*i];
    else if (strncmp(argv[*i], name, n) == 0 && argv[*i][n] == '=')
        *value = argv[*i] + n + 1;
    else
        return false;
    return true;
}
