/* access.c: the command `doctor access`: why somebody may see a record, or may not, rule by rule;
 * of roles of the hub's own, which rule of which role, and field by field.
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
#include "record/lets.h"

enum { EXIT_USAGE = 2, MEMORY = 16 << 20 };

struct asked {
    struct str person;
    int64_t record_id;
    struct arena *arena;
    struct viewer viewer;
    struct record *r;
    bool predicate, participant, named; /* named: by a field */
    bool ruled;                         /* roles of theirs speak of the root's type */
    const struct record_type *t;        /* the root's */
    struct role_told *roles;
    size_t roles_n;
};

struct role_told { /* a role of theirs that speaks of the type */
    const struct role_rule *rule;
    struct str name;
    bool sees, changes;
    const char *sees_wrong, *changes_wrong;
};

static bool holds(struct db *db, struct asked *a, enum rule rule, struct str filter,
                  const char **why)
{
    struct str sql = rule_sql(db, a->arena, a->t, &a->viewer, rule, filter, why);
    return db_get_int(db, 0,
                      str_fmt(a->arena,
                              "SELECT 1 FROM records r WHERE r.id = ?2 AND ?1 >= 0 AND " STR_FMT,
                              STR_ARG(sql))
                          .p,
                      I(a->viewer.id), I(a->r->root_id)) != 0;
}

/* What each role of theirs says of the record's root. */
static void roles_ask(struct db *db, struct asked *a)
{
    struct str type =
        db_get_str(db, a->arena, "SELECT type FROM records WHERE id = ?1", I(a->r->root_id));
    a->t = catalog_type(db, type);
    const struct type_rights *rights = a->t ? a->t->rights : NULL;
    a->roles = arena_array(a->arena, struct role_told, ROLES_MAX + 1);
    for (size_t i = 0; rights && i < rights->n; i++) {
        const struct role_rule *rule = &rights->rules[i];
        struct role_told *told = &a->roles[a->roles_n];
        if (!(rule->role & a->viewer.roles))
            continue;
        a->roles_n++;
        told->rule = rule;
        told->name =
            db_get_str(db, a->arena, "SELECT name FROM roles WHERE id = ?1", I(rule->role_id));
        told->sees = holds(db, a, rule->sees, rule->sees_filter, &told->sees_wrong);
        told->changes = holds(db, a, rule->changes, rule->changes_filter, &told->changes_wrong);
    }
    a->ruled = a->roles_n > 0;
    a->r->ruled = a->ruled;
    for (size_t i = 0; i < a->roles_n; i++)
        if (a->roles[i].changes)
            a->r->grants |= GRANT_CHANGE | (a->roles[i].rule->deletes ? GRANT_DELETE : 0);
}

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
    a->named = db_get_int(db, 0,
                          "SELECT 1 FROM participants WHERE record_id = ?1 AND person_id = ?2"
                          " AND role = '" LETS_NAMED "'",
                          I(a->r->root_id), I(a->viewer.id)) != 0;
    a->participant =
        db_get_int(db, 0, "SELECT 1 FROM participants WHERE record_id = ?1 AND person_id = ?2",
                   I(a->r->root_id), I(a->viewer.id));
    a->r->only_sees = db_get_int(db, 0,
                                 "SELECT 1 FROM participants WHERE record_id = ?1"
                                 " AND person_id = ?2 AND role IN ('sees', '" LETS_NAMED "')",
                                 I(a->r->root_id), I(a->viewer.id)) != 0;
    roles_ask(db, a);
    const char *sql = str_fmt(a->arena, "SELECT 1 FROM records r WHERE r.id = ?2 AND %s",
                              access_sql(db, &a->viewer))
                          .p;
    a->predicate = db_get_int(db, 0, sql, I(a->viewer.id), I(a->record_id)) != 0;
    return true;
}

static void rule_tell(const char *verb, bool is, enum rule rule, struct str filter,
                      const char *wrong)
{
    static const char *const says[RULES] = {
        [RULE_NONE] = "none",
        [RULE_ALL] = "all",
        [RULE_OWNER] = "those that they look after",
        [RULE_TEAM] = "those that their team looks after",
        [RULE_PARTICIPANTS] = "those shared with them",
        [RULE_AUDIENCE] = "those that they would see without the role",
        [RULE_FILTER] = "those that match ",
    };
    printf("    %s  %s %s" STR_FMT, is ? "yes" : "no ", verb, says[rule],
           STR_ARG(rule == RULE_FILTER ? filter : S("")));
    printf(wrong ? ", which cannot be read any more: %s\n" : "\n", wrong);
}

/* Rule by rule; true if one of them lets them in. Of a thread's entries the root is asked. */
static bool roles_tell(const struct asked *a)
{
    bool seen = false;
    for (size_t i = 0; i < a->roles_n; i++) {
        const struct role_told *told = &a->roles[i];
        printf("  role \"" STR_FMT "\"\n", STR_ARG(told->name));
        rule_tell("sees", told->sees, told->rule->sees, told->rule->sees_filter, told->sees_wrong);
        rule_tell("changes", told->changes, told->rule->changes, told->rule->changes_filter,
                  told->changes_wrong);
        printf("    %s  takes away what it may change\n", told->rule->deletes ? "yes" : "no ");
        printf("    %s  makes new ones\n", told->rule->makes ? "yes" : "no ");
        seen = seen || told->sees;
    }
    return seen && a->r->audience <= AUDIENCE_STAFF;
}

static const char *const share_words[] = {
    "it is shared with them", "a field of it names them, and lets whoever stands there see it"};

/* The rules of access.h, each with what holds here. */
static bool rules_tell(const struct asked *a)
{
    const struct record *r = a->r;
    enum role role = a->viewer.id ? a->viewer.role : ROLE_GUEST;
    bool guest = role == ROLE_GUEST, inside = r->membership >= MEMBERSHIP_READER;
    bool theirs = r->author_id == a->viewer.id && a->viewer.id, base = !a->ruled;
    const struct {
        const char *says;
        bool holds;
    } rules[] = {
        {"it is public", r->audience == AUDIENCE_PUBLIC},
        {"it is for everybody who is signed in, and they have an account",
         r->audience == AUDIENCE_MEMBERS && !guest},
        {"it is for its space, and they are in it",
         r->audience == AUDIENCE_SPACE && inside && !guest},
        {share_words[a->named],
         (r->audience == AUDIENCE_PARTICIPANTS || r->audience == AUDIENCE_STAFF) &&
             a->participant && !guest},
        {base ? "it is for staff, and they are staff"
              : "it is for staff, but of this type their roles say what they see",
         base && r->audience == AUDIENCE_STAFF && role >= ROLE_STAFF},
        {base ? "it is not private, and they are an administrator"
              : "they may be an administrator, but of this type their roles say what they see",
         base && r->audience != AUDIENCE_PRIVATE && role >= ROLE_ADMINISTRATOR},
        {"they are its author", theirs && !guest},
    };
    bool seen = false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        printf("  %s  %s\n", rules[i].holds ? "yes" : "no ", rules[i].says);
        seen = seen || rules[i].holds;
    }
    return roles_tell(a) || seen;
}

/* Only what is not as for everybody. */
static void field_tell(const struct asked *a, const struct record_field *f)
{
    bool seen = field_seen(f, &a->viewer), written = field_written(f, &a->viewer);
    const struct field_rights *of = f->rights;
    uint64_t named = of ? (of->sees | of->hides) & a->viewer.roles : 0;
    const char *why = f->off  ? "it is switched off"
                      : named ? "their roles name it"
                      : of && of->counts && type_ruled(of->counts, &a->viewer)
                          ? "it counts records that they see in part"
                      : f->flags & FIELD_STAFF || f->inner ? "it is for staff"
                                                           : "what it is computed from is hidden";
    if (!seen)
        printf("  does not see field %s: %s\n", f->name, why);
    else if (named)
        printf("  sees%s field %s: %s\n", written ? " and changes" : "", f->name, why);
}

static bool rights_run(struct db *db, void *ctx)
{
    static const struct {
        unsigned right;
        const char *word;
    } words[] = {{RIGHT_READ, "read"},
                 {RIGHT_REPLY, "reply"},
                 {RIGHT_EDIT, "edit"},
                 {RIGHT_DELETE, "delete"},
                 {RIGHT_MODERATE, "moderate"}};
    struct asked *a = ctx;
    unsigned rights = record_rights(&a->viewer, a->r);
    const struct record_type *t = catalog_type(db, a->r->type);
    printf("  may");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rights & words[i].right)
            printf(" %s", words[i].word);
    printf("\n");
    for (size_t i = 0; t && i < t->fields_n; i++)
        field_tell(a, &t->fields[i]);
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
