/* demo.c: the command `demo`: fills an empty hub with a community to look around in. */
#include "features/demo/demo.h"
#include "features/mails/mails.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "features/accounts/accounts.h"
#include "http/app.h"

enum { EXIT_USAGE = 2, MEMORY = 256 << 20 };

#define PASSWORD "honeycomb-hexagon" /* of the three who may sign in */

static int command_demo(struct app *app, int argc, char **argv);

static const struct command commands[] = {
    {"demo", "[DIR] [--json]", "fill an empty hub with demo data (from DIR, else demo/)",
     command_demo, HUB_MAKE},
    {0},
};

const struct feature demo_feature = {.name = "demo", .commands = commands};

static bool hub_check(struct db *db, void *ctx)
{
    *(bool *)ctx = db_get_int(db, 0, "SELECT id FROM people LIMIT 1") != 0;
    return !db_failed(db);
}

/* One letter of each kind for the outbox; what happens from then on brings its own. */
static bool letters_write(struct demo *d, struct db *db)
{
    const struct demo_person *to = &d->people[0];
    for (size_t i = 0; i < d->people_n; i++)
        if (d->people[i].role == ROLE_MEMBER &&
            json_is_true(json_object_get(d->people[i].json, "signin")))
            to = &d->people[i];
    struct mail_desk desk = {d->app, db, d->arena, d->now};
    for (const struct feature *const *f = features; *f; f++)
        for (const struct letter_kind *const *k = (*f)->letters; k && *k; k++)
            mail_put(&desk, &(struct mail){.kind = *k,
                                           .data = (*k)->sample,
                                           .person_id = to->id,
                                           .address = demo_email(d->arena, to)});
    return !db_failed(db);
}

/* RULE 1: looked at again inside the transaction that writes. */
static bool hub_fill(struct db *db, void *ctx)
{
    bool used = true;
    return hub_check(db, &used) && !used && demo_play(ctx, db) && letters_write(ctx, db);
}

static void sign_in_json(struct demo *d, const struct demo_person *p, struct json *j)
{
    json_open(j, '{');
    json_kstr(j, "role", demo_str(p->json, "role"));
    json_kstr(j, "name", demo_str(p->json, "name"));
    json_kstr(j, "handle", p->handle);
    json_kstr(j, "email", demo_email(d->arena, p));
    json_kstr(j, "password", S(PASSWORD));
    json_close(j, '}');
}

static const char *role_words(enum role role)
{
    return role >= ROLE_ADMINISTRATOR ? "administrator" : role == ROLE_STAFF ? "staff" : "customer";
}

static void sign_ins_print(struct demo *d, bool as_json)
{
    struct out o;
    out_init(&o, 65536);
    struct json j = json_to(&o);
    if (as_json)
        json_open(&j, '[');
    else
        out_lit(&o, "Sign in as\n");
    for (size_t i = 0; i < d->people_n; i++) {
        const struct demo_person *p = &d->people[i];
        if (!json_is_true(json_object_get(p->json, "signin")))
            continue;
        if (as_json)
            sign_in_json(d, p, &j);
        else
            out_fmt(&o, "  %-14s %-26s password %s\n", role_words(p->role),
                    demo_email(d->arena, p).p, PASSWORD);
    }
    if (as_json) {
        json_close(&j, ']');
        out_char(&o, '\n');
    }
    printf(STR_FMT, STR_ARG(out_text(&o)));
    out_free(&o);
}

static bool fill(struct app *app, struct demo *d, const char *folder)
{
    bool used = false;
    if (!store_run(app->store, STORE_SLOW, hub_check, &used))
        d->why = S("the database cannot be read");
    else if (used)
        d->why = S("this hub has people already; demo data goes into an empty one only");
    if (d->why.n || !demo_plan(d, folder))
        return false;
    for (size_t i = 0; i < sizeof d->hashes / sizeof *d->hashes; i++)
        d->hashes[i] = password_hash(d->arena, S(PASSWORD));
    if (!store_run(app->store, STORE_WRITE, hub_fill, d))
        d->why = S("the database refused the demo data");
    return !d->why.n;
}

static int command_demo(struct app *app, int argc, char **argv)
{
    const char *folder = "demo";
    bool as_json = false;
    for (int i = 0, named = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (argv[i][0] == '-' || named++) {
            fprintf(stderr, "usage: skep %s %s\n", commands[0].name, commands[0].usage);
            return EXIT_USAGE;
        } else {
            folder = argv[i];
        }
    }
    struct demo d = {.app = app, .arena = arena_new(MEMORY), .now = clock_now()};
    bool done = fill(app, &d, folder);
    if (!done)
        fprintf(stderr, "skep: " STR_FMT "\n", STR_ARG(d.why));
    else
        sign_ins_print(&d, as_json);
    demo_free(&d);
    arena_free(d.arena);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
