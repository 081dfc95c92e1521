/* access.c: the command `doctor access`: why somebody may see a record, or may not, rule by rule.
 *
 * RULES
 *   1. What it says is what the predicate does: both are asked, and a difference is a fault that it
 *      tells of.
 *   2. Like the other looks it changes nothing.
 */
#include "features/doctor/access.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/app.h"
#include "record/fields.h"

enum { EXIT_USAGE = 2, MEMORY = 16 << 20 };

struct asked {
    struct str person;
    int64_t record_id;
    struct arena *arena;
    struct viewer viewer;
    struct record *r;
    bool predicate, participant;
};

static bool ask(struct db *db, void *ctx)
{
    struct asked *a = ctx;
    int64_t id = 0;
    (void)str_int(a->person, &id);
    struct rows q = db_query(db,
                             "SELECT p.id, p.handle, COALESCE(c.role, 0), c.disabled_at, c.roles"
                             " FROM people p LEFT JOIN accounts c ON c.person_id = p.id"
                             " WHERE p.id = ?1 OR p.handle = ?2",
                             I(id), T(a->person));
    if (db_next(&q))
        a->viewer = (struct viewer){
            .id = db_int(&q, 0),
            .handle = db_dup(&q, 1, a->arena),
            .role = db_is_null(&q, 3) ? (enum role)db_int(&q, 2) : ROLE_GUEST,
            .roles = (uint64_t)db_int(&q, 4),
        };
    db_done(&q);
    a->r = record_load(db, a->arena, a->record_id);
    if (!a->r)
        return true;
    a->r->membership = db_get_int(db, MEMBERSHIP_NONE,
                                  "SELECT role FROM memberships WHERE space_id = ?1"
                                  " AND person_id = ?2",
                                  I(a->r->space_id), I(a->viewer.id));
    a->participant =
        db_get_int(db, 0, "SELECT 1 FROM participants WHERE record_id = ?1 AND person_id = ?2",
                   I(a->r->root_id), I(a->viewer.id));
    const char *sql = str_fmt(a->arena, "SELECT 1 FROM records r WHERE r.id = ?2 AND %s",
                              access_sql(db, &a->viewer))
                          .p;
    a->predicate = db_get_int(db, 0, sql, I(a->viewer.id), I(a->record_id)) != 0;
    return true;
}

/* The rules of access.h, each with what holds here. */
static bool rules_tell(const struct asked *a)
{
    const struct record *r = a->r;
    enum role role = a->viewer.id ? a->viewer.role : ROLE_GUEST;
    bool guest = role == ROLE_GUEST, inside = r->membership >= MEMBERSHIP_READER;
    bool theirs = r->author_id == a->viewer.id && a->viewer.id;
    const struct {
        const char *says;
        bool holds;
    } rules[] = {
        {"it is public", r->audience == AUDIENCE_PUBLIC},
        {"it is for everybody who is signed in, and they have an account",
         r->audience == AUDIENCE_MEMBERS && !guest},
        {"it is for its space, and they are in it",
         r->audience == AUDIENCE_SPACE && inside && !guest},
        {"it is for its participants, and they are one",
         r->audience == AUDIENCE_PARTICIPANTS && a->participant && !guest},
        {"it is for staff, and they are staff",
         r->audience == AUDIENCE_STAFF && role >= ROLE_STAFF},
        {"it is not private, and they are an administrator",
         r->audience != AUDIENCE_PRIVATE && role >= ROLE_ADMINISTRATOR},
        {"they are its author", theirs && !guest},
    };
    bool seen = false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        printf("  %s  %s\n", rules[i].holds ? "yes" : "no ", rules[i].says);
        seen = seen || rules[i].holds;
    }
    return seen;
}

static bool rights_run(struct db *db, void *ctx)
{
    static const struct {
        unsigned right;
        const char *word;
    } words[] = {{RIGHT_READ, "read"},
                 {RIGHT_REPLY, "reply"},
                 {RIGHT_EDIT, "edit"},
                 {RIGHT_MODERATE, "moderate"}};
    struct asked *a = ctx;
    unsigned rights = record_rights(&a->viewer, a->r);
    const struct record_type *t = catalog_type(db, a->r->type);
    printf("  may");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rights & words[i].right)
            printf(" %s", words[i].word);
    printf("\n");
    bool any = false;
    for (size_t i = 0; t && i < t->fields_n; i++)
        if (!field_seen(&t->fields[i], &a->viewer)) {
            printf("%s%s", any ? ", " : "  hidden fields: ", t->fields[i].name);
            any = true;
        }
    printf("%s", any ? "\n" : "");
    return true;
}

int command_access(struct app *app, int argc, char **argv)
{
    struct asked a = {.arena = arena_new(MEMORY)};
    if (argc != 2 || !str_int(str_of(argv[1]), &a.record_id)) {
        fputs("usage: skep doctor access PERSON RECORD\n"
              "PERSON is a handle or a number, or guest; RECORD the number in its address.\n",
              stderr);
        arena_free(a.arena);
        return EXIT_USAGE;
    }
    a.person = str_lower(a.arena, str_of(argv[0]));
    bool guest = str_eq(a.person, S("guest"));
    if (!store_run(app->store, STORE_SLOW, ask, &a)) {
        arena_free(a.arena);
        return EXIT_FAILURE;
    }
    int code = EXIT_FAILURE;
    if (!a.viewer.id && !guest) {
        fprintf(stderr, "skep: there is nobody called %s\n", argv[0]);
    } else if (!a.r) {
        fprintf(stderr, "skep: there is no record %s\n", argv[1]);
    } else {
        printf("%s %s %s \"%s\" (%s, for %s%s)\n", argv[0], a.predicate ? "sees" : "does not see",
               a.r->type.p, a.r->title.p, argv[1], audience_name(a.r->audience).p,
               a.r->deleted_at ? ", taken away: only who may edit it sees it" : "");
        bool seen = rules_tell(&a);
        code = EXIT_SUCCESS;
        if (seen != a.predicate) {
            printf("  The rules and the query differ: that is a fault of the program.\n");
            code = EXIT_FAILURE;
        }
        if (a.predicate)
            store_run(app->store, STORE_SLOW, rights_run, &a);
    }
    arena_free(a.arena);
    return code;
}
