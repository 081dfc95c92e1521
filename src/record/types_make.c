/* types_make.c: what administrators make and change: types, and fields of any type; see types.h.
 *
 * WHY most is refused before anything is written: a statement that the engine refuses would tell
 * nobody why, and in words it can be mended.
 */
#include "http/feature.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/tallies.h"
#include "record/types_tables.h"
#include "record/votes.h"

enum { SQL_MAX = 1 << 20, ICON_MAX = 40, OWN_POSITION = 500000 };

/* ---- names ---- */

static bool name_plain(struct str s, size_t max, bool dashes)
{
    bool ok = s.n >= 2 && s.n <= max && s.p[0] >= 'a' && s.p[0] <= 'z';
    for (size_t i = 0; i < s.n; i++)
        ok = ok && ((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
                    (i && s.p[i] == (dashes ? '-' : '_')));
    return ok;
}

/* RULE 4: the first part of any address of the program's own. */
static bool address_taken(struct str plural)
{
    static const char *const others[] = {"assets", "favicon.ico", "robots.txt", "r", NULL};
    for (const char *const *o = others; *o; o++)
        if (str_is(plural, *o))
            return true;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r && r->method; r++) {
            struct str rest = str_from(str_of(r->path), 1), first;
            if (str_split(&rest, '/', &first) && str_eq(first, plural))
                return true;
        }
    return false;
}

struct str name_of_label(struct arena *a, struct str label, size_t max)
{
    struct str slug = str_slug(a, label, max);
    char *p = str_cstr(a, slug);
    size_t n = 0, from = 0;
    while (from < slug.n && (p[from] < 'a' || p[from] > 'z'))
        from++;
    for (size_t i = from; i < slug.n; i++)
        p[n++] = p[i];
    for (size_t i = 0; i < n; i++)
        if (p[i] == '-')
            p[i] = '_';
    p[n] = 0;
    return str_make(p, n);
}

static const char *type_refused(struct db *db, struct arena *a, const struct type_draft *d)
{
    if (!name_plain(d->name, TYPE_NAME_MAX, false))
        return "The internal name has 2 to 20 characters: a-z, 0-9 and _, a letter first.";
    if (!name_plain(d->plural, TYPE_NAME_MAX, true))
        return "The address has 2 to 20 characters: a-z, 0-9 and -, a letter first.";
    if (!str_trim(d->noun).n || !str_trim(d->label).n)
        return "A type needs a name for one and a name for many.";
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (str_is(d->name, c->types[i]->name) || str_is(d->plural, c->types[i]->plural) ||
            str_is(d->plural, c->types[i]->name) || str_is(d->name, c->types[i]->plural))
            return str_fmt(a, "There is a type named \"%s\" already.", c->types[i]->noun).p;
    if (address_taken(d->plural))
        return str_fmt(a, "The address /" STR_FMT " is taken by a part of the program.",
                       STR_ARG(d->plural))
            .p;
    return NULL;
}

static struct str icon_clean(struct str icon)
{
    bool ok = str_starts(icon, S("#i-")) && icon.n <= ICON_MAX;
    for (size_t i = 3; i < icon.n; i++)
        ok = ok && ((icon.p[i] >= 'a' && icon.p[i] <= 'z') || icon.p[i] == '-');
    return ok ? icon : S("#i-box");
}

const char *type_make(struct db *db, struct arena *a, const struct type_draft *d, int64_t at)
{
    const char *why = type_refused(db, a, d);
    if (why)
        return why;
    db_exec(db,
            "INSERT INTO types (name, plural, noun, label, lead, icon, audience, maker, made_at,"
            " votes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            T(d->name), T(d->plural), T(str_trim(d->noun)), T(str_trim(d->label)),
            T(str_trim(d->lead)), T(icon_clean(d->icon)), I(d->audience), I(d->maker), I(at),
            I(d->votes));
    catalog_step(db);
    const struct record_type *t = catalog_type(db, d->name);
    if (!t)
        return "The type could not be made.";
    type_table_make(db, a, t);
    for (size_t i = 0; i < t->fields_n; i++)
        field_index_make(db, a, t, &t->fields[i]);
    return NULL;
}

const char *type_change(struct db *db, struct arena *a, const struct record_type *t,
                        const struct type_draft *d)
{
    (void)a;
    if (!str_trim(d->noun).n || !str_trim(d->label).n)
        return "A type needs a name for one and a name for many.";
    db_exec(db,
            "UPDATE types SET noun = ?2, label = ?3, lead = ?4, icon = ?5, audience = ?6,"
            " maker = ?7, votes = ?8 WHERE id = ?1",
            I(t->id), T(str_trim(d->noun)), T(str_trim(d->label)), T(str_trim(d->lead)),
            T(icon_clean(d->icon)), I(d->audience), I(d->maker), I(d->votes));
    if (d->votes && !t->votes)
        votes_begin(db, t->name);
    catalog_step(db);
    return NULL;
}

void type_switch(struct db *db, const struct record_type *t, bool on, int64_t at)
{
    db_exec(db, "UPDATE types SET off_at = ?2 WHERE id = ?1", I(t->id), REF(on ? 0 : at));
    catalog_step(db);
}

/* ---- fields ---- */

const char *const choice_tones[] = {"grey",   "honey", "green", "red", "blue",
                                    "violet", "teal",  "rose",  NULL};

struct choices_of { /* the field that they are read for */
    struct arena *a;
    const struct record_type *type;
    const struct record_field *on; /* that it depends on; NULL: none */
};

/* "in sales" */
static const char *choice_within(const struct choices_of *of, struct str name, struct out *within)
{
    if (!of->on)
        return "\"in\" needs a field that this one depends on.";
    if (!field_choice(of->on, name))
        return str_fmt(of->a, "There is no choice \"" STR_FMT "\" of %s.",
                       STR_ARG(str_first(name, FIELD_NAME_MAX)), of->on->label)
            .p;
    out_fmt(within, "%s" STR_FMT, within->n ? "," : "", STR_ARG(name));
    return NULL;
}

/* "probability 20" */
static const char *choice_set(const struct choices_of *of, struct str one, struct out *sets)
{
    ptrdiff_t blank = str_find(one, ' ');
    const struct record_field *f =
        blank < 0 ? NULL : type_field_str(of->type, str_first(one, (size_t)blank));
    struct str text = blank < 0 ? S("") : str_trim(str_from(one, (size_t)blank));
    struct value v;
    if (!f || (f->flags & FIELD_FIXED) || kind_info(f->kind)->can & (KIND_MADE | KIND_OUTSIDE))
        return str_fmt(of->a,
                       "There is no colour \"" STR_FMT "\": grey, honey, green, red, blue,"
                       " violet, teal and rose are there, \"ends\", \"won\", \"lost\" and"
                       " \"off\", \"in\" with a choice, and a field with a value that it"
                       " gets.",
                       STR_ARG(str_first(one, FIELD_NAME_MAX)))
            .p;
    const char *why = kind_parse(of->a, f, text, &v);
    if (why)
        return str_fmt(of->a, "%s %s.", f->label, why).p;
    out_fmt(sets, "%s%s=" STR_FMT, sets->n ? "," : "", f->name, STR_ARG(text));
    return NULL;
}

static bool tone_known(struct str name)
{
    for (const char *const *t = choice_tones; *t; t++)
        if (str_is(name, *t))
            return true;
    return false;
}

/* "(green, won, in sales, probability 100)" behind a choice's label. */
static const char *choice_more(const struct choices_of *of, struct str more, struct json *j)
{
    struct out within, sets;
    const char *why = NULL;
    out_init(&within, SQL_MAX);
    out_init(&sets, SQL_MAX);
    for (struct str one; !why && str_split(&more, ',', &one);) {
        one = str_trim(one);
        bool lost = str_eq(one, S("lost"));
        if (lost)
            json_kbool(j, "lost", true);
        if (lost || str_eq(one, S("ends")) || str_eq(one, S("won")))
            json_kbool(j, "ends", true);
        else if (str_eq(one, S("off")))
            json_kbool(j, "off", true);
        else if (tone_known(one))
            json_kstr(j, "tone", one);
        else if (str_starts(one, S("in ")))
            why = choice_within(of, str_trim(str_from(one, 3)), &within);
        else
            why = choice_set(of, one, &sets);
    }
    struct str in = out_take(&within, of->a), set = out_take(&sets, of->a);
    if (in.n)
        json_kstr(j, "within", in);
    if (set.n)
        json_kstr(j, "sets", set);
    return why;
}

struct choice_line {
    struct str name, label, more;
};

static bool choice_split(struct arena *a, struct str line, struct choice_line *c)
{
    ptrdiff_t is = str_find(line, '=');
    c->label = str_trim(is < 0 ? line : str_from(line, (size_t)is + 1));
    c->more = S("");
    size_t open = c->label.n; /* the last one: a label may have its own, "Lead (cold) ()" */
    while (open > 0 && c->label.p[open - 1] != '(')
        open--;
    if (open-- > 0 && c->label.p[c->label.n - 1] == ')') {
        c->more = str_make(c->label.p + open + 1, c->label.n - open - 2);
        c->label = str_trim(str_first(c->label, open));
    }
    c->name =
        is < 0 ? str_slug(a, c->label, FIELD_NAME_MAX) : str_trim(str_first(line, (size_t)is));
    return c->name.n && c->name.n <= FIELD_NAME_MAX && str_find(c->name, ',') < 0 && c->label.n &&
           c->label.n <= TEXT_MAX;
}

/* "won = Won (green, ends)" a line; the name may be left out and is then made of the label. */
static const char *choices_read(const struct choices_of *of, struct str text, struct json *j)
{
    struct arena *a = of->a;
    struct str line, *names = arena_array(a, struct str, CHOICES_MAX);
    struct choice_line c;
    const char *why = NULL;
    size_t n = 0;
    while (!why && str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (!line.n)
            continue;
        if (!choice_split(a, line, &c))
            return "A choice needs a name without commas of at most 28 characters, and a label.";
        for (size_t i = 0; i < n; i++)
            if (str_eq(names[i], c.name))
                return str_fmt(a, "The choice \"" STR_FMT "\" stands there twice.", STR_ARG(c.name))
                    .p;
        if (n == CHOICES_MAX)
            return "A field has at most 100 choices.";
        names[n++] = c.name;
        json_open(j, '{');
        json_kstr(j, "name", c.name);
        json_kstr(j, "label", c.label);
        why = choice_more(of, c.more, j);
        json_close(j, '}');
    }
    return why ? why : n ? NULL : "A choice field needs choices, one in each line.";
}

static void more_put(struct out *o, size_t *n, const char *before, struct str word)
{
    out_fmt(o, "%s%s" STR_FMT, (*n)++ ? ", " : " (", before, STR_ARG(word));
}

static void choice_put(struct out *o, const struct field_choice *c)
{
    struct str rest = str_of(c->within ? c->within : ""), one;
    size_t n = 0;
    out_fmt(o, "%s = %s", c->name, c->label);
    if (c->tone && c->tone[0])
        more_put(o, &n, "", str_of(c->tone));
    if (c->ends)
        more_put(o, &n, "", c->lost ? S("lost") : S("ends"));
    if (c->off)
        more_put(o, &n, "", S("off"));
    while (str_split(&rest, ',', &one))
        more_put(o, &n, "in ", one);
    rest = str_of(c->sets ? c->sets : "");
    while (str_split(&rest, ',', &one)) {
        ptrdiff_t is = str_find(one, '=');
        more_put(o, &n, "", str_first(one, (size_t)is));
        out_fmt(o, " " STR_FMT, STR_ARG(str_from(one, (size_t)is + 1)));
    }
    struct str label = str_of(c->label);
    out_fmt(o, "%s\n", n ? ")" : str_ends(label, S(")")) ? " ()" : "");
}

struct str choices_text(struct arena *a, const struct record_field *f)
{
    struct out o;
    out_init(&o, SQL_MAX);
    for (const struct field_choice *c = f->choices; c && c->name; c++)
        choice_put(&o, c);
    return out_take(&o, a);
}

static void config_text(struct json *j, const char *name, struct str value)
{
    if (str_trim(value).n)
        json_kstr(j, name, str_trim(value));
}

/* What it depends on is a choice of the same record, and not in turn on this one. */
static const char *depends_refused(const struct record_type *t, const struct field_draft *d,
                                   const struct record_field **on)
{
    *on = NULL;
    if (!d->depends.n)
        return NULL;
    if (d->kind != KIND_CHOICE && d->kind != KIND_DATE && d->kind != KIND_TIME)
        return "Only a choice, a date or a time depends on another field.";
    *on = type_field_str(t, d->depends);
    if (!*on || (*on)->kind != KIND_CHOICE || str_is(d->name, (*on)->name) ||
        ((*on)->depends && d->kind == KIND_CHOICE))
        return "It can depend on a choice that does not itself depend on another one.";
    return NULL;
}

static const char *config_make(struct db *db, struct arena *a, const struct record_type *t,
                               const struct field_draft *d, struct str *config)
{
    const struct record_field *on;
    const char *why = depends_refused(t, d, &on);
    struct out o;
    if (why)
        return why;
    out_init(&o, SQL_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    if (d->kind == KIND_CHOICE || d->kind == KIND_CHOICES) {
        json_key(&j, "choices");
        json_open(&j, '[');
        why = choices_read(&(struct choices_of){a, t, on}, d->choices, &j);
        json_close(&j, ']');
    }
    if (d->kind == KIND_REF || d->kind == KIND_REFS) {
        const struct record_type *target = catalog_type(db, d->target);
        if (!target || target->child)
            why = "A link needs the type of the records that it leads to.";
        config_text(&j, "target", d->target);
        config_text(&j, "roles", d->roles);
    }
    config_text(&j, "depends", d->depends);
    config_text(&j, "currency", d->currency);
    config_text(&j, "country", d->country);
    config_text(&j, "formula", d->formula);
    if (kind_info(d->kind)->can & KIND_MADE) {
        config_text(&j, "target", d->target);
        json_kstr(&j, "result", str_of(kind_info(d->result)->name));
    }
    json_kint(&j, "scale", d->scale < 0 ? 0 : d->scale > 6 ? 6 : d->scale);
    json_close(&j, '}');
    *config = out_take(&o, a);
    return why;
}

/* Words that lists and forms have for themselves. */
static bool field_name_taken(struct str name)
{
    static const char *const words[] = {
        "q",   "sort", "match", "after", "before", "limit", "columns",  "group", "view",
        "add", "op",   "back",  "note",  "space",  "id",    "revision", "type",  "path",
        "all", "as",   "by",    "sum",   "fold",   "month", "to",       NULL};
    for (const char *const *w = words; *w; w++)
        if (str_is(name, *w))
            return true;
    /* What a combobox sends beside its field; what parts an index's name from its table's. */
    return str_ends(name, S("_text")) || str_find_str(name, S("own_")) >= 0 ||
           str_find_str(name, S("__")) >= 0;
}

enum { COLUMNS_MOST = 900 }; /* of a table, on both engines */

/* Whether the columns of a new field are free and there is room for them: "price_currency" is also
 * a part of "price". */
static const char *columns_refused(struct arena *a, const struct record_type *t,
                                   const struct field_draft *d)
{
    const struct kind_column *mine = kind_info(d->result)->columns;
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const struct kind_column *theirs = kind_info(f->result)->columns;
        for (int c = 0; column_of(f) && theirs[c].suffix; c++, n++)
            for (int m = 0; f->own && mine[m].suffix; m++)
                if (str_eq(str_fmt(a, "%s%s", f->name, theirs[c].suffix),
                           str_fmt(a, STR_FMT "%s", STR_ARG(d->name), mine[m].suffix)))
                    return "This name belongs to a part of another field.";
    }
    return n + KIND_COLUMNS > COLUMNS_MOST ? "This type has no room for another field." : NULL;
}

static bool kind_offered(enum kind kind)
{
    return kind != KIND_NONE && kind != KIND_TAGS;
}

static const char *field_refused(struct arena *a, const struct record_type *t,
                                 const struct field_draft *d, const struct record_field *was)
{
    if (!name_plain(d->name, FIELD_NAME_MAX, false))
        return "The internal name has 2 to 28 characters: a-z, 0-9 and _, a letter first.";
    if (!str_trim(d->label).n)
        return "A field needs a label.";
    if (was)
        return NULL;
    if (field_name_taken(d->name))
        return "This name has a meaning of its own in lists and forms: take another one.";
    if (formula_reserved(d->name))
        return "This name has a meaning of its own in formulas: take another one.";
    if (!kind_offered(d->kind))
        return "There is no such kind of field.";
    if (t->fields_n >= FIELDS_MAX)
        return "A type has at most 400 fields.";
    return columns_refused(a, t, d);
}

bool choice_used(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, const char *name)
{
    const char *index = field_index(a, t, f);
    return index && db_get_int(db, 0, str_fmt(a, "SELECT id FROM %s WHERE v = ?1 LIMIT 1", index).p,
                               Z(name));
}

/* A choice that records hold stays. */
static const char *choices_used(struct db *db, struct arena *a, const struct record_type *t,
                                const struct record_field *f, struct str text)
{
    struct choice_line line;
    for (const struct field_choice *c = f->choices; c && c->name; c++) {
        bool stays = false;
        for (struct str rest = text, one; str_split(&rest, '\n', &one);)
            stays = stays || (str_trim(one).n && choice_split(a, str_trim(one), &line) &&
                              str_is(line.name, c->name));
        if (!stays && choice_used(db, a, t, f, c->name))
            return str_fmt(a,
                           "Records have the choice \"%s\": give them another one first, or"
                           " switch it off.",
                           c->label)
                .p;
    }
    return NULL;
}

static unsigned flags_of(const struct field_draft *d)
{
    unsigned flags = d->flags & (FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_SEARCHED |
                                 FIELD_STAFF | FIELD_LETS);
    unsigned can = kind_info(d->kind)->can;
    if (can & KIND_MADE) /* its changes are no edits, so the search does not hear of them */
        flags &= ~(unsigned)(FIELD_SEARCHED | FIELD_REQUIRED);
    if (!(can & KIND_OUTSIDE) && d->kind != KIND_LONGTEXT && d->kind != KIND_ADDRESS &&
        d->kind != KIND_ADDRESSES && d->kind != KIND_PHOTO)
        flags |= FIELD_INDEXED;
    if (!lets_possible(d->kind, d->target))
        flags &= ~(unsigned)FIELD_LETS;
    return flags;
}

const char *field_config(struct db *db, struct arena *a, const struct record_type *t,
                         const struct field_draft *d, struct str *config)
{
    if (!kind_offered(d->kind))
        return "There is no such kind of field.";
    const char *why = columns_refused(a, t, &(struct field_draft){.kind = d->kind});
    return why ? why : config_make(db, a, t, d, config);
}

unsigned field_flags_for(enum kind kind, unsigned flags)
{
    return flags_of(&(struct field_draft){.kind = kind, .flags = flags});
}

/* The hub's row of a field that the program declares is made when something of it changes. */
static void field_row(struct db *db, const struct record_type *t, const struct field_draft *d,
                      const struct record_field *was, struct str config, int64_t at)
{
    unsigned free_flags = FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_STAFF | FIELD_LETS |
                          (was && was->own ? FIELD_SEARCHED : 0);
    unsigned flags = was ? (was->flags & ~free_flags) | (d->flags & free_flags) : flags_of(d);
    int64_t position = d->position ? d->position
                       : was       ? was->position
                                   : OWN_POSITION + (int64_t)t->fields_n;
    if (was && was->id)
        db_exec(db,
                "UPDATE fields SET label = ?2, help = ?3, section = ?4, flags = ?5, config = ?6,"
                " position = ?7 WHERE id = ?1",
                I(was->id), T(str_trim(d->label)), T(str_trim(d->help)), T(str_trim(d->section)),
                I(flags), T(config), I(position));
    else
        db_exec(db,
                "INSERT INTO fields (type, name, label, help, section, kind, flags, position,"
                " config, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                Z(t->name), T(d->name), T(str_trim(d->label)), T(str_trim(d->help)),
                T(str_trim(d->section)), Z(kind_info(d->kind)->name), I(flags), I(position),
                T(config), I(at));
}

/* What its values are stored as: of a field that is there this stays. */
static const char *draft_settle(struct db *db, struct arena *a, const struct record_type *t,
                                struct field_draft *draft, const struct record_field *was)
{
    if (was) {
        draft->kind = was->kind;
        draft->target = str_of(was->target ? was->target : "");
        draft->scale = was->scale;
        if (!was->own && was->formula)
            draft->formula = str_of(was->formula);
        if (!was->own)
            draft->depends = str_of(was->depends ? was->depends : "");
    }
    draft->result = draft->kind;
    return kind_info(draft->kind)->can & KIND_MADE ? formula_refused(db, a, t, draft, was) : NULL;
}

/* Whether totals are kept of other fields, or by others, than before. */
static bool counts_change(const struct record_field *was, const struct record_field *f)
{
    const char *on = f->depends ? f->depends : "";
    return was->name && (((was->flags ^ f->flags) & (FIELD_LISTED | FIELD_CARD)) ||
                         strcmp(was->depends ? was->depends : "", on) != 0);
}

/* The catalog that has it may be gone when it is asked again. */
static struct record_field before_of(struct arena *a, const struct record_field *was)
{
    struct record_field before = {0};
    if (was)
        before = (struct record_field){.name = "was",
                                       .flags = was->flags,
                                       .depends =
                                           was->depends ? str_cstr(a, str_of(was->depends)) : NULL};
    return before;
}

static void lets_change(struct db *db, struct arena *a, const struct record_type *t, unsigned was,
                        unsigned is)
{
    if ((was ^ is) & FIELD_LETS)
        lets_recount(db, a, t);
}

const char *field_make(struct db *db, struct arena *a, const struct record_type *t,
                       const struct field_draft *d, int64_t at)
{
    const struct record_field *was = type_field_str(t, d->name);
    const struct record_field before = before_of(a, was);
    const bool broken = was && was->computed && was->computed->why;
    struct field_draft draft = *d;
    struct str config = S("{}");
    const char *why = draft_settle(db, a, t, &draft, was);
    if (!why)
        why = field_refused(a, t, &draft, was);
    if (!why && (!was || was->own || was->choices))
        why = config_make(db, a, t, &draft, &config);
    if (!why && was && was->choices && !was->computed)
        why = choices_used(db, a, t, was, draft.choices);
    if (why)
        return why;
    field_row(db, t, &draft, was, config, at);
    catalog_step(db);
    t = catalog_type(db, str_of(t->name));
    const struct record_field *f = t ? type_field_str(t, d->name) : NULL;
    if (!f)
        return "The field could not be made.";
    if (!was) {
        field_columns_make(db, a, t, f);
        field_index_make(db, a, t, f);
    }
    if (counts_change(&before, f))
        tallies_recount(db, a, t);
    lets_change(db, a, t, was ? before.flags : f->flags, f->flags);
    if (f->computed)
        formula_ask(db, a, t, f, at, broken);
    if (broken)
        formulas_again(db, a, t, f);
    return NULL;
}

/* The field's row as it is, for what changes one thing of it. */
static void field_row_keep(struct db *db, const struct record_type *t, const struct record_field *f,
                           int64_t at)
{
    const struct field_draft same = {.name = str_of(f->name),
                                     .label = str_of(f->label),
                                     .help = str_of(f->help ? f->help : ""),
                                     .section = str_of(f->section ? f->section : ""),
                                     .kind = f->kind,
                                     .flags = f->flags};
    if (!f->id)
        field_row(db, t, &same, f, S("{}"), at);
}

void field_switch(struct db *db, const struct record_type *t, const struct record_field *f, bool on,
                  int64_t at)
{
    field_row_keep(db, t, f, at);
    db_exec(db, "UPDATE fields SET off_at = ?3 WHERE type = ?1 AND name = ?2", Z(t->name),
            Z(f->name), REF(on ? 0 : at));
    bool let = f->flags & FIELD_LETS;
    struct arena *a = arena_new(1 << 20);
    struct str type = str_dup(a, str_of(t->name));
    catalog_step(db);
    t = let ? catalog_type(db, type) : NULL;
    if (t)
        lets_recount(db, a, t);
    arena_free(a);
}

static bool same_section(const struct record_field *a, const struct record_field *b)
{
    return strcmp(a->section ? a->section : "", b->section ? b->section : "") == 0;
}

static void field_put_at(struct db *db, const struct record_type *t, const struct record_field *f,
                         int64_t position, int64_t at)
{
    field_row_keep(db, t, f, at);
    db_exec(db, "UPDATE fields SET position = ?3 WHERE type = ?1 AND name = ?2", Z(t->name),
            Z(f->name), I(position));
}

void field_move(struct db *db, const struct record_type *t, const struct record_field *f, bool up,
                int64_t at)
{
    const struct record_field *other = NULL;
    for (size_t i = f->index; !other && (up ? i > 0 : i + 1 < t->fields_n);) {
        i += up ? (size_t)-1 : 1;
        if (same_section(f, &t->fields[i]))
            other = &t->fields[i];
    }
    if (!other)
        return;
    /* Two with the same number stand as they came: then one of them steps aside. */
    int64_t mine = other->position, theirs = f->position;
    if (mine == theirs)
        mine += up ? -1 : 1;
    field_put_at(db, t, f, mine, at);
    field_put_at(db, t, other, theirs, at);
    catalog_step(db);
}
