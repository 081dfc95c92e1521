/* accounts_token_commands.c: skep token create, list and revoke: for whoever operates the hub. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "features/accounts/accounts_tokens.h"
#include "http/app.h"
#include "http/session.h"

enum { EXIT_USAGE = 2, LISTED = 1000 };

struct work {
    struct arena *arena;
    struct str email, name, scopes;
    int64_t days, id; /* 0: never expires; of the token to revoke */
    bool json;
    struct str token;
    const char *refusal;
};

static struct work work_begin(void)
{
    return (struct work){.arena = arena_new(4 << 20),
                         .name = S("made by skep token create"),
                         .scopes = S("read"),
                         .days = TOKEN_DAYS,
                         .refusal = "the database refused"};
}

/* Runs it in the write transaction, or a reading one; gives the exit code. */
static int work_do(struct app *app, struct work *w, enum store_lane lane,
                   bool (*run)(struct db *db, void *ctx), const char *command)
{
    bool done = store_run(app->store, lane, run, w);
    if (!done)
        fprintf(stderr, "skep token %s: %s\n", command, w->refusal);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int wrong_words(struct work *w, const char *usage)
{
    arena_free(w->arena);
    fprintf(stderr, "usage: skep token %s\n", usage);
    return EXIT_USAGE;
}

/* ---- create ---- */

static bool create_run(struct db *db, void *ctx)
{
    struct work *w = ctx;
    int64_t role = 0;
    struct token_draft draft = {.name = w->name, .scopes = w->scopes};
    struct rows q = db_query(db,
                             "SELECT person_id, role FROM accounts"
                             " WHERE email = ?1 AND disabled_at IS NULL",
                             T(str_lower(w->arena, w->email)));
    if (db_next(&q)) {
        draft.person_id = db_int(&q, 0);
        role = db_int(&q, 1);
    }
    db_done(&q);
    if (!draft.person_id) {
        w->refusal = "nobody has an account with this address";
        return false;
    }
    if (str_ends(w->scopes, S("admin")) && role < ROLE_ADMINISTRATOR) {
        w->refusal = "only an administrator's token can have the scope admin";
        return false;
    }
    int64_t now = clock_now();
    draft.expires_at = w->days ? now + w->days * CLOCK_DAY : 0;
    w->token = token_create(db, w->arena, &draft, now);
    return !db_failed(db);
}

static bool create_options(struct work *w, int argc, char **argv)
{
    for (int i = 0; i + 1 < argc; i += 2) {
        struct str value = str_of(argv[i + 1]);
        if (!strcmp(argv[i], "--email"))
            w->email = value;
        else if (!strcmp(argv[i], "--name"))
            w->name = value;
        else if (!strcmp(argv[i], "--scopes"))
            w->scopes = token_scopes(w->arena, value);
        else if (strcmp(argv[i], "--days") || !str_int(value, &w->days))
            return false;
    }
    return argc % 2 == 0 && w->email.n && w->scopes.n && w->name.n && utf8_valid(w->name) &&
           utf8_len(w->name) <= TOKEN_NAME_MAX && w->days >= 0 && w->days <= TOKEN_DAYS_MAX;
}

int command_token_create(struct app *app, int argc, char **argv)
{
    struct work w = work_begin();
    if (!create_options(&w, argc, argv))
        return wrong_words(&w, "create --email ADDRESS [--name NAME] [--scopes read,write,admin]"
                               " [--days N]");
    int code = work_do(app, &w, STORE_WRITE, create_run, "create");
    if (code == EXIT_SUCCESS)
        printf(STR_FMT "\n", STR_ARG(w.token));
    arena_free(w.arena);
    return code;
}

/* ---- list ---- */

struct shown {
    struct token token;
    struct str email;
};

static const struct part shown_parts[] = {
    ROW_HERE(token, struct shown, token),
    PART(TEXT, "email", struct shown, email),
    {0},
};

static const char *date_or(char buf[32], int64_t at, const char *otherwise)
{
    return at ? clock_date(buf, at).p : otherwise;
}

static void shown_say(const struct work *w, const struct shown *s)
{
    char expires[32], used[32];
    if (!w->json) {
        printf("%lld\t" STR_FMT "\t" STR_FMT "\texpires %s\tused %s\t" STR_FMT "\n",
               (long long)s->token.id, STR_ARG(s->email), STR_ARG(s->token.scopes),
               date_or(expires, s->token.expires_at, "never"),
               date_or(used, s->token.used_at, "never"), STR_ARG(s->token.name));
        return;
    }
    struct out o;
    out_init(&o, 65536);
    struct json j = json_to(&o);
    json_open(&j, '{');
    parts_print(&j, shown_parts, s);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static bool list_run(struct db *db, void *ctx)
{
    struct work *w = ctx;
    struct shown s;
    struct rows q = db_query(db,
                             "SELECT " ROW_COLUMNS(TOKEN_ROW) ", a.email FROM tokens t"
                                                              " JOIN accounts a"
                                                              " ON a.person_id = t.person_id"
                                                              " ORDER BY t.id LIMIT ?1",
                             I(LISTED));
    while (db_next(&q)) {
        token_decode(&s.token, &q, 0, w->arena);
        s.email = db_dup(&q, ROW_WIDTH(TOKEN_ROW), w->arena);
        shown_say(w, &s);
    }
    db_done(&q);
    return !db_failed(db);
}

int command_token_list(struct app *app, int argc, char **argv)
{
    struct work w = work_begin();
    w.json = argc == 1 && !strcmp(argv[0], "--json");
    if (argc > 1 || (argc == 1 && !w.json))
        return wrong_words(&w, "list [--json]");
    int code = work_do(app, &w, STORE_SLOW, list_run, "list");
    arena_free(w.arena);
    return code;
}

/* ---- revoke ---- */

static bool revoke_run(struct db *db, void *ctx)
{
    struct work *w = ctx;
    w->refusal = "there is no such token";
    return token_revoke(db, w->id, 0);
}

int command_token_revoke(struct app *app, int argc, char **argv)
{
    struct work w = work_begin();
    if (argc != 1 || !str_int(str_of(argv[0]), &w.id))
        return wrong_words(&w, "revoke NUMBER");
    int code = work_do(app, &w, STORE_WRITE, revoke_run, "revoke");
    arena_free(w.arena);
    return code;
}
