/* rights.c: rules of roles as SQL text; see rights.h.
 *
 * WHY text and not a table of who reads what: a change of a rule over 300,000 records would be as
 * many rows, and each list a join. The text costs a walk along the same index as before.
 */
#define _GNU_SOURCE /* strchrnul */
#include "record/rights.h"

#include "core/clock.h"
#include "db/sqltext.h"
#include "record/formulas.h"
#include "record/select.h"

enum { SQL_MAX = 256 * 1024, TEXTS_MAX = 8 << 20, KEPT_MAX = 64, NEEDS_MAX = 64 };

#define NOBODY "(1 = 0)"

struct compiled {
    uint64_t roles;
    int base;
    int64_t day; /* filters may say "-30d" */
    const char *sees, *grants;
    const char **of_type; /* by the type's place in the catalog */
    struct arena *arena;  /* its own */
    struct compiled *next;
};

struct rights {
    struct compiled *kept; /* this connection's, the last used first; at most KEPT_MAX */
};

static const char *const names[RULES] = {
    [RULE_NONE] = "none",
    [RULE_ALL] = "all",
    [RULE_OWNER] = "owner",
    [RULE_TEAM] = "team",
    [RULE_PARTICIPANTS] = "participants",
    [RULE_AUDIENCE] = "audience",
    [RULE_FILTER] = "filter",
};

const char *rule_name(enum rule rule)
{
    return names[rule < RULES ? rule : RULE_NONE];
}

enum rule rule_of(struct str name)
{
    enum rule rule = RULE_NONE;
    while (rule < RULES && !str_is(name, names[rule]))
        rule++;
    return rule;
}

/* ---- loading ---- */

static struct record_type *type_find(struct record_type *const *types, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, types[i]->name) && types[i]->fields)
            return types[i];
    return NULL;
}

/* RULE 5: a word that is no rule lets nobody in. */
static enum rule rule_read(struct str name)
{
    enum rule rule = rule_of(name);
    return rule == RULES ? RULE_NONE : rule;
}

static void rules_load(struct db *db, struct arena *a, struct record_type *const *types, size_t n)
{
    struct rows q = db_query(db, "SELECT type, role_id, sees, sees_filter, changes, changes_filter,"
                                 " makes, deletes FROM role_types ORDER BY type, role_id");
    for (size_t i = 0; i < ROLE_RULES_MAX && db_next(&q); i++) {
        struct record_type *t = type_find(types, n, db_str(&q, 0));
        int64_t role = db_int(&q, 1);
        if (!t || role < 1 || role > ROLES_MAX)
            continue;
        struct type_rights *of = (struct type_rights *)t->rights;
        if (!of) {
            of = arena_make(a, struct type_rights);
            of->rules = arena_array(a, struct role_rule, ROLES_MAX);
            t->rights = of;
        }
        struct role_rule *rule = (struct role_rule *)&of->rules[of->n++];
        *rule = (struct role_rule){.role_id = role,
                                   .role = role_bit(role),
                                   .sees = rule_read(db_str(&q, 2)),
                                   .sees_filter = db_dup(&q, 3, a),
                                   .changes = rule_read(db_str(&q, 4)),
                                   .changes_filter = db_dup(&q, 5, a),
                                   .makes = db_int(&q, 6) != 0,
                                   .deletes = db_int(&q, 7) != 0};
        of->speaks |= rule->role;
        of->all |= rule->sees == RULE_ALL ? rule->role : 0;
        of->makes |= rule->makes ? rule->role : 0;
        of->changes |= rule->changes != RULE_NONE ? rule->role : 0;
    }
    db_done(&q);
}

static struct field_rights *field_rights_of(struct arena *a, struct record_field *f,
                                            const struct record_type *t)
{
    if (!f->rights) {
        struct field_rights *own = arena_make(a, struct field_rights);
        own->speaks = t->rights ? t->rights->speaks : 0;
        f->rights = own;
    }
    return (struct field_rights *)f->rights;
}

static void fields_load(struct db *db, struct arena *a, struct record_type *const *types, size_t n)
{
    struct rows q = db_query(db, "SELECT type, field, role_id, may FROM role_fields");
    while (db_next(&q)) {
        const struct record_type *t = type_find(types, n, db_str(&q, 0));
        struct record_field *f = t ? (struct record_field *)type_field_str(t, db_str(&q, 1)) : NULL;
        uint64_t role = t && t->rights ? role_bit(db_int(&q, 2)) & t->rights->speaks : 0;
        if (!f || !role)
            continue;
        struct field_rights *of = field_rights_of(a, f, t);
        bool write = str_is(db_str(&q, 3), "write"), read = str_is(db_str(&q, 3), "read");
        of->writes |= write ? role : 0;
        of->sees |= write || read ? role : 0;
        of->hides |= write || read ? 0 : role;
    }
    db_done(&q);
}

/* RULE 6: once anything is ruled, computed fields know what they are made of. */
static void needs_load(struct arena *a, struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        struct record_field *f = (struct record_field *)&t->fields[i];
        const struct computed *c = f->computed;
        if (!c || c->why)
            continue;
        const struct record_type *from = c->child ? c->child : t;
        const struct record_field **needs =
            arena_array(a, const struct record_field *, NEEDS_MAX + 3);
        const size_t *reads = NULL;
        size_t n = 0, reads_n = c->formula ? formula_reads(c->formula, &reads) : 0;
        for (size_t k = 0; k < reads_n && k < NEEDS_MAX; k++)
            needs[n++] = &from->fields[reads[k]];
        if (c->value)
            needs[n++] = c->value;
        if (c->by)
            needs[n++] = c->by;
        struct field_rights *of = field_rights_of(a, f, t);
        of->needs = needs;
        of->counts = c->child;
    }
}

static void rights_free(void *p)
{
    struct rights *rights = p;
    while (rights->kept) {
        struct compiled *c = rights->kept;
        rights->kept = c->next;
        arena_free(c->arena);
    }
}

struct rights *rights_load(struct db *db, struct arena *a, struct record_type *const *types,
                           size_t n)
{
    struct rights *rights = arena_make(a, struct rights);
    arena_defer(a, rights_free, rights);
    bool any = false;
    rules_load(db, a, types, n);
    for (size_t i = 0; i < n; i++)
        any = any || types[i]->rights;
    if (!any)
        return rights;
    fields_load(db, a, types, n);
    for (size_t i = 0; i < n; i++)
        needs_load(a, types[i]);
    return rights;
}

/* ---- types and fields ---- */

static uint64_t speaking(const struct record_type *t, const struct viewer *viewer)
{
    return t->rights ? t->rights->speaks & viewer->roles : 0;
}

bool type_ruled(const struct record_type *t, const struct viewer *viewer)
{
    uint64_t roles = speaking(t, viewer);
    return roles && !(roles & t->rights->all);
}

bool type_changed(const struct record_type *t, const struct viewer *viewer)
{
    uint64_t roles = speaking(t, viewer);
    return roles ? (roles & t->rights->changes) != 0 : viewer->role >= ROLE_STAFF;
}

bool type_made(const struct record_type *t, const struct viewer *viewer, bool base)
{
    uint64_t roles = speaking(t, viewer);
    bool member = t->maker == ANYONE || t->maker == MEMBER;
    return roles ? (roles & t->rights->makes) || (base && member) : base;
}

bool field_right(const struct record_field *f, const struct viewer *viewer, bool base, bool write)
{
    const struct field_rights *of = f->rights;
    uint64_t roles = of->speaks & viewer->roles;
    uint64_t silent = roles & ~(of->sees | of->hides);
    bool named = roles & (write ? of->writes : of->sees);
    bool may = named || ((!roles || silent) && base);
    if (may && viewer->roles && of->counts && type_ruled(of->counts, viewer))
        return false;
    for (size_t i = 0; may && viewer->roles && of->needs && of->needs[i]; i++)
        may = field_seen(of->needs[i], viewer);
    return may;
}

/* ---- one rule as SQL ---- */

/* `own` is the alias of the record, `root` that of its root: the same for a root. */
struct aliases {
    const char *own, *root;
};

static const struct aliases root_itself = {"r", "r"}, child_of_root = {"r", "rr"};

/* The text with another alias for r, but for what is quoted: a filter's words are people's own. */
static void alias_put(struct out *o, const char *text, const char *alias)
{
    bool inside = false; /* a name, whose end may be an r */
    for (struct str rest = str_of(text); rest.n;) {
        size_t n = sqltext_opaque(rest);
        if (!n && !inside && str_starts(rest, S("r."))) {
            out_str(o, str_of(alias));
            n = 1;
        } else {
            n = n ? n : 1;
            out_str(o, str_first(rest, n));
        }
        inside = n == 1 && sqltext_word(rest.p[0]);
        rest = str_from(rest, n);
    }
}

static const char *const base_sql[] = {ACCESS_GUEST, ACCESS_MEMBER, ACCESS_STAFF,
                                       ACCESS_ADMINISTRATOR};

#define TEAM_OF(owner)                                                                             \
    owner " IN (SELECT tb.person_id FROM team_members ta JOIN team_members tb"                     \
          " ON tb.team_id = ta.team_id WHERE ta.person_id = ?1)"

/* The conditions of a filter. NULL: they cannot be read. */
static const char *filter_sql(struct db *db, struct arena *a, const struct record_type *t,
                              struct str filter, int64_t now, const char **why)
{
    struct select s;
    *why = select_stored(db, a, t, filter, now, &s);
    if (*why)
        return NULL;
    return select_literal(a, &s);
}

struct compiling {
    struct db *db;
    struct arena *a;
    int base;
    int64_t now;
    struct out o;
};

static bool rule_put(struct compiling *c, const struct record_type *t, enum rule rule,
                     struct str filter, struct aliases as, const char **why)
{
    struct out *o = &c->o;
    const char *sql;
    *why = NULL;
    switch (rule) {
    case RULE_ALL:
        out_fmt(o, "%s.audience <= 4", as.own);
        return true;
    case RULE_OWNER:
        out_fmt(o, "(%s.audience <= 4 AND %s.owner_id = ?1)", as.own, as.root);
        return true;
    case RULE_TEAM:
        out_fmt(o, "(%s.audience <= 4 AND (%s.owner_id = ?1 OR ", as.own, as.root);
        alias_put(o, TEAM_OF("r.owner_id"), as.root);
        out_lit(o, "))");
        return true;
    case RULE_PARTICIPANTS:
        out_fmt(o,
                "(%s.audience <= 4 AND EXISTS (SELECT 1 FROM participants ap"
                " WHERE ap.record_id = %s.id AND ap.person_id = ?1))",
                as.own, as.root);
        return true;
    case RULE_AUDIENCE: /* a child's may be narrower than its root's */
        alias_put(o, base_sql[c->base], as.own);
        return true;
    case RULE_FILTER:
        sql = filter_sql(c->db, c->a, t, filter, c->now, why);
        if (!sql)
            return false;
        out_fmt(o, "(%s.audience <= 4 AND EXISTS (SELECT 1 FROM %s t WHERE t.id = %s.id AND ",
                as.own, t->table, as.root);
        alias_put(o, sql, as.root);
        out_lit(o, "))");
        return true;
    default:
        return false;
    }
}

/* Rules that some role has for it: " OR " before each. */
static void rules_put(struct compiling *c, const struct record_type *t, uint64_t roles,
                      struct aliases as, bool changes, bool deletes)
{
    for (size_t i = 0; i < t->rights->n; i++) {
        const struct role_rule *r = &t->rights->rules[i];
        const char *why;
        size_t at = c->o.n;
        if (!(r->role & roles) || (deletes && !r->deletes))
            continue;
        out_lit(&c->o, " OR ");
        if (!rule_put(c, t, changes ? r->changes : r->sees,
                      changes ? r->changes_filter : r->sees_filter, as, &why))
            c->o.n = at; /* RULE 5 */
    }
}

/* ---- what all roles of somebody say ---- */

/* RULE 2 */
static void type_put(struct compiling *c, const struct record_type *t, uint64_t roles,
                     struct aliases as)
{
    out_char(&c->o, '(');
    alias_put(&c->o, ACCESS_MEMBER, as.own);
    rules_put(c, t, roles, as, false, false);
    out_char(&c->o, ')');
}

/* RULE 5: half a text is none. */
static const char *taken(struct compiling *c, const char *failed)
{
    bool whole = !out_failed(&c->o);
    const char *text = str_cstr(c->a, out_take(&c->o, c->a));
    out_init(&c->o, SQL_MAX);
    return whole ? text : failed;
}

/* "'deal', 'boat'"; names of types have no quotes in them. */
static size_t ruled_put(struct compiling *c, const struct catalog *catalog, uint64_t roles)
{
    size_t n = 0;
    for (size_t i = 0; i < catalog->n; i++) {
        const struct record_type *t = catalog->types[i];
        if (t->rights && (t->rights->speaks & roles))
            out_fmt(&c->o, "%s'%s'", n++ ? ", " : "", t->name);
    }
    return n;
}

/* " OR (r.type = 'deal' AND ...)" for each type that the roles speak of. */
static void types_put(struct compiling *c, const struct catalog *catalog, uint64_t roles,
                      struct aliases as)
{
    for (size_t i = 0; i < catalog->n; i++) {
        const struct record_type *t = catalog->types[i];
        if (!t->rights || !(t->rights->speaks & roles))
            continue;
        out_fmt(&c->o, " OR (%s.type = '%s' AND ", as.root, t->name);
        type_put(c, t, roles, as);
        out_char(&c->o, ')');
    }
}

static const char *sees_make(struct compiling *c, const struct catalog *catalog, uint64_t roles)
{
    size_t n = ruled_put(c, catalog, roles);
    const char *ruled = taken(c, NULL);
    if (!n) /* RULE 3 */
        return base_sql[c->base];
    if (!ruled)
        return NOBODY;
    out_fmt(&c->o, "((r.parent_id IS NULL AND ((r.type NOT IN (%s) AND %s)", ruled,
            base_sql[c->base]);
    types_put(c, catalog, roles, root_itself);
    out_fmt(&c->o,
            ")) OR (r.parent_id IS NOT NULL AND (r.author_id = ?1 OR EXISTS (SELECT 1 FROM records"
            " rr WHERE rr.id = r.root_id AND ((rr.type NOT IN (%s) AND %s)",
            ruled, base_sql[c->base]);
    types_put(c, catalog, roles, child_of_root);
    out_lit(&c->o, ")))))");
    return taken(c, NOBODY);
}

/* What may be done with a record by its root's type: enum grant; -1: no role says. */
static const char *grants_make(struct compiling *c, const struct catalog *catalog, uint64_t roles)
{
    static const struct aliases rooted = {"rr", "rr"};
    bool any = false;
    out_lit(&c->o, "(SELECT CASE rr.type");
    for (size_t i = 0; i < catalog->n; i++) {
        const struct record_type *t = catalog->types[i];
        if (!t->rights || !(t->rights->speaks & roles))
            continue;
        out_fmt(&c->o, " WHEN '%s' THEN (CASE WHEN (1 = 0", t->name);
        rules_put(c, t, roles, rooted, true, false);
        out_lit(&c->o, ") THEN 1 ELSE 0 END) + (CASE WHEN (1 = 0");
        rules_put(c, t, roles, rooted, true, true);
        out_lit(&c->o, ") THEN 2 ELSE 0 END)");
        any = true;
    }
    out_lit(&c->o, " ELSE -1 END FROM records rr WHERE rr.id = r.root_id)");
    const char *text = taken(c, "0");
    return any ? text : "-1";
}

static struct compiled *compile(struct db *db, struct arena *a, const struct catalog *catalog,
                                const struct viewer *viewer, int64_t now)
{
    struct compiling c = {.db = db, .a = a, .base = access_base(viewer), .now = now};
    struct compiled *made = arena_make(a, struct compiled);
    out_init(&c.o, SQL_MAX);
    *made = (struct compiled){.roles = viewer->roles,
                              .base = c.base,
                              .day = now / CLOCK_DAY,
                              .of_type = arena_array(a, const char *, catalog->n + 1)};
    made->sees = sees_make(&c, catalog, viewer->roles);
    made->grants = grants_make(&c, catalog, viewer->roles);
    for (size_t i = 0; i < catalog->n; i++) {
        const struct record_type *t = catalog->types[i];
        made->of_type[i] = base_sql[c.base];
        if (t->rights && (t->rights->speaks & viewer->roles)) {
            type_put(&c, t, viewer->roles, root_itself);
            made->of_type[i] = taken(&c, NOBODY);
        }
    }
    out_free(&c.o);
    if (arena_over(a) || db_failed(db))
        *made = (struct compiled){.sees = NOBODY, .grants = "0"};
    made->arena = a;
    return made;
}

/* At most KEPT_MAX of them: the one that was used longest ago goes. */
static void kept_trim(struct rights *rights)
{
    struct compiled **last = &rights->kept;
    for (int n = 0; *last && n < KEPT_MAX; n++)
        last = &(*last)->next;
    while (*last) {
        struct compiled *c = *last;
        *last = c->next;
        arena_free(c->arena);
    }
}

static const struct compiled *compiled_of(struct db *db, const struct catalog *catalog,
                                          const struct viewer *viewer)
{
    struct rights *rights = catalog->rights;
    int64_t now = clock_now();
    int base = access_base(viewer);
    for (struct compiled **at = &rights->kept; *at; at = &(*at)->next) {
        struct compiled *c = *at;
        if (c->roles != viewer->roles || c->base != base || c->day != now / CLOCK_DAY)
            continue;
        *at = c->next;
        c->next = rights->kept;
        rights->kept = c;
        return c;
    }
    struct compiled *made = compile(db, arena_new(TEXTS_MAX), catalog, viewer, now);
    made->next = rights->kept;
    rights->kept = made;
    kept_trim(rights);
    return made;
}

/* ---- asked for ---- */

static bool has_roles(const struct viewer *viewer)
{
    return access_class(viewer) != access_base(viewer);
}

const char *access_sql(struct db *db, const struct viewer *viewer)
{
    const struct catalog *catalog = has_roles(viewer) ? catalog_of(db) : NULL;
    if (!catalog)
        return base_sql[access_base(viewer)];
    return catalog->rights ? compiled_of(db, catalog, viewer)->sees : NOBODY;
}

const char *access_sql_of(struct db *db, const struct viewer *viewer, const struct record_type *t)
{
    const struct catalog *catalog = has_roles(viewer) ? catalog_of(db) : NULL;
    if (!catalog)
        return base_sql[access_base(viewer)];
    const struct compiled *c = catalog->rights ? compiled_of(db, catalog, viewer) : NULL;
    for (size_t i = 0; c && c->of_type && i < catalog->n; i++)
        if (strcmp(catalog->types[i]->name, t->name) == 0)
            return c->of_type[i];
    return NOBODY;
}

const char *access_text(struct db *db, struct arena *a, const struct viewer *viewer,
                        const char *const sql[ACCESS_CLASSES])
{
    if (!has_roles(viewer))
        return sql[access_base(viewer)];
    const struct catalog *catalog = catalog_of(db);
    const struct compiled *c = catalog->rights ? compiled_of(db, catalog, viewer) : NULL;
    struct out o;
    out_init(&o, SQL_MAX);
    for (const char *p = sql[access_class(viewer)]; *p;) {
        const char *mark = strchrnul(p, '@');
        out_raw(&o, p, (size_t)(mark - p));
        p = mark;
        if (strncmp(p, ACCESS_ROLES, sizeof ACCESS_ROLES - 1) == 0) {
            out_str(&o, str_of(c ? c->sees : NOBODY));
            p += sizeof ACCESS_ROLES - 1;
        } else if (strncmp(p, ACCESS_GRANTS, sizeof ACCESS_GRANTS - 1) == 0) {
            out_str(&o, str_of(c ? c->grants : "0"));
            p += sizeof ACCESS_GRANTS - 1;
        } else if (*p) {
            out_char(&o, *p++);
        }
    }
    bool whole = !out_failed(&o);
    struct str text = out_take(&o, a);
    if (!whole)
        db_fail(db, DB_INVALID, "the text of a query with roles grew too large");
    return whole ? str_cstr(a, text) : "SELECT 1 WHERE 1 = 0";
}

/* ---- told and checked ---- */

struct str rule_sql(struct db *db, struct arena *a, const struct record_type *t,
                    const struct viewer *viewer, enum rule rule, struct str filter,
                    const char **why)
{
    struct compiling c = {.db = db, .a = a, .base = access_base(viewer), .now = clock_now()};
    out_init(&c.o, SQL_MAX);
    if (!rule_put(&c, t, rule, filter, root_itself, why))
        out_lit(&c.o, NOBODY);
    return str_of(taken(&c, NOBODY));
}

const char *rule_wrong(struct db *db, struct arena *a, const struct record_type *t, enum rule rule,
                       struct str filter)
{
    const char *why = NULL;
    if (rule == RULE_FILTER && !filter_sql(db, a, t, filter, clock_now(), &why) && !why)
        why = "The conditions are too long.";
    return why;
}
