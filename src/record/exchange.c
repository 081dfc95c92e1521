/* exchange.c: a row makes, changes or matches a record; see exchange.h. */
#include "record/exchange.h"

#include "db/gather.h"
#include "record/depends.h"
#include "record/reach.h"
#include "record/tags.h"

enum { SEVERAL = 2, WHY_MAX = 4096 };

bool exchange_takes(const struct record_field *f, const struct viewer *viewer)
{
    bool brought = (f->flags & FIELD_BROUGHT) && field_seen(f, viewer);
    return brought || field_written(f, viewer) ||
           (f->result == KIND_PHOTO && field_seen(f, viewer));
}

bool exchange_matches(const struct record_field *f)
{
    return (f->flags & FIELD_TITLE) ||
           ((f->flags & (FIELD_INDEXED | FIELD_UNIQUE)) && !f->off && f->sql[0] &&
            f->result != KIND_CHOICES && f->result != KIND_FILE &&
            !(kind_info(f->result)->can & KIND_LEADS));
}

/* ---- keys that a dry run has seen ---- */

static uint64_t seen_key(struct arena *a, const struct record_field *f, struct db_arg key)
{
    struct str text = key.kind == DB_TEXT ? key.s : str_fmt(a, "%lld", (long long)key.i);
    return str_hash(str_fmt(a, "%zu " STR_FMT, f->index, STR_ARG(text)));
}

static bool seen_has(struct arena *a, const struct exchange *x, const struct record_field *f,
                     const struct value *v)
{
    struct db_arg keys[CHOICES_MAX];
    size_t n = x->seen && x->seen->n && !v->none ? field_keys(a, f, v, keys) : 0;
    for (size_t i = 0; i < n; i++)
        if (key_set_has(x->seen, seen_key(a, f, keys[i])))
            return true;
    return false;
}

static void seen_add(struct arena *a, const struct exchange *x, const struct value *values)
{
    for (size_t i = 0; i < x->type->fields_n; i++) {
        const struct record_field *f = &x->type->fields[i];
        bool wanted = f->flags & FIELD_UNIQUE;
        for (size_t k = 0; k < x->keys_n; k++)
            wanted = wanted || x->keys[k] == f;
        if (!wanted || values[i].none)
            continue;
        struct db_arg keys[CHOICES_MAX];
        for (size_t k = field_keys(a, f, &values[i], keys); k-- > 0;)
            key_set_put(x->seen, seen_key(a, f, keys[k]));
    }
}

/* ---- one row ---- */

struct row {
    struct req *rq;
    const struct exchange *x;
    const struct str *cells;
    size_t n;
    struct record_values *e;
    const char **errors;
    struct str *missing; /* of each field: title of a record that is to be made */
    int64_t number;      /* of the record, that the row says */
};

static struct str cell_of(const struct row *w, size_t column)
{
    return column < w->n ? w->cells[column] : S("");
}

static struct str joined(struct arena *a, struct str left, const char *between, struct str right)
{
    if (!left.n || !right.n)
        return left.n ? left : right;
    return str_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(left), between, STR_ARG(right));
}

static struct str part_joined(const struct row *w, const struct record_field *f,
                              const char *const *parts, const char *between)
{
    struct str text = S("");
    for (; *parts; parts++)
        for (size_t c = 0; c < w->x->columns_n; c++)
            if (w->x->columns[c].field == f && str_is(w->x->columns[c].part, *parts))
                text = joined(w->rq->arena, text, between, str_trim(cell_of(w, c)));
    return text;
}

/* Five lines, as kind_parse wants them. */
static struct str address_gather(const struct row *w, const struct record_field *f)
{
    static const char *const lines[][5] = {{"pobox", "extended", "street", NULL},
                                           {"postcode", NULL},
                                           {"city", NULL},
                                           {"region", NULL},
                                           {"country", NULL}};
    enum { LINES = sizeof lines / sizeof *lines };
    struct str parts[LINES];
    bool any = false;
    for (size_t i = 0; i < LINES; i++) {
        parts[i] = part_joined(w, f, lines[i], ", ");
        for (size_t k = 0; k < parts[i].n; k++) /* a line of its own would shift the others */
            if (parts[i].p[k] == '\n' || parts[i].p[k] == '\r')
                ((char *)(parts[i] = str_dup(w->rq->arena, parts[i])).p)[k] = ' ';
        any = any || parts[i].n;
    }
    return any ? str_join(w->rq->arena, parts, LINES, S("\n")) : S("");
}

/* ---- several of one kind: reach.h ---- */

static bool same_which(const struct exchange_column *a, const struct exchange_column *b)
{
    return a->field == b->field && str_eq(a->which, b->which);
}

/* "home" of "phone@home"; of "phone@2" what the column of its types says: "* Work" is work. */
static struct str which_label(const struct row *w, const struct exchange_column *column)
{
    struct str label = column->which;
    for (size_t c = 0; c < w->x->columns_n; c++)
        if (str_is(w->x->columns[c].part, "label") && same_which(&w->x->columns[c], column))
            label = str_trim(cell_of(w, c));
    while (label.n && (label.p[0] == '*' || label.p[0] == ' '))
        label = str_from(label, 1);
    while (label.n && label.p[label.n - 1] >= '0' && label.p[label.n - 1] <= '9')
        label = str_first(label, label.n - 1); /* "home 2" */
    return str_lower(w->rq->arena, str_trim(label));
}

static struct str parts_line(const struct row *w, const struct exchange_column *of)
{
    static const char *const names[REACH_PARTS] = {"street",  "postcode", "city", "region",
                                                   "country", "extended", "pobox"};
    struct str parts[REACH_PARTS];
    for (size_t i = 0; i < REACH_PARTS; i++) {
        parts[i] = S("");
        for (size_t c = 0; c < w->x->columns_n; c++)
            if (same_which(&w->x->columns[c], of) && str_is(w->x->columns[c].part, names[i]))
                parts[i] = joined(w->rq->arena, parts[i], "\n", str_trim(cell_of(w, c)));
    }
    struct str value = reach_address_value(w->rq->arena, parts);
    return value.n ? reach_line(w->rq->arena, which_label(w, of), value) : S("");
}

/* A cell as lines: of a list of our own as it stands, "a ::: b" as two, an address over several
 * lines as one. */
static struct str whole_lines(const struct row *w, const struct exchange_column *of,
                              struct str cell)
{
    struct arena *a = w->rq->arena;
    struct str label = which_label(w, of), lines = S(""), street;
    ptrdiff_t between;
    cell = str_trim(cell);
    if (of->field->result == KIND_ADDRESSES && str_find(cell, ';') < 0) {
        struct str parts[REACH_PARTS] = {cell, S(""), S(""), S(""), S(""), S(""), S("")};
        street = reach_address_value(a, parts);
        return street.n ? reach_line(a, label, street) : S("");
    }
    while ((between = str_find_str(cell, S(":::"))) >= 0) {
        struct str one = str_trim(str_first(cell, (size_t)between));
        lines = joined(a, lines, "\n", label.n && one.n ? reach_line(a, label, one) : one);
        cell = str_trim(str_from(cell, (size_t)between + 3));
    }
    return joined(a, lines, "\n", label.n && cell.n ? reach_line(a, label, cell) : cell);
}

static struct str reaches_gather(const struct row *w, const struct record_field *f)
{
    const struct exchange_column *columns = w->x->columns;
    struct str text = S("");
    for (size_t c = 0; c < w->x->columns_n; c++) {
        struct str line = S("");
        bool first = true;
        if (columns[c].field != f || str_is(columns[c].part, "label"))
            continue;
        for (size_t before = 0; before < c && columns[c].part.n; before++)
            first = first && !(same_which(&columns[before], &columns[c]) &&
                               columns[before].part.n && !str_is(columns[before].part, "label"));
        if (!columns[c].part.n)
            line = whole_lines(w, &columns[c], cell_of(w, c));
        else if (first)
            line = parts_line(w, &columns[c]);
        text = joined(w->rq->arena, text, "\n", line);
    }
    return text;
}

/* All columns that are for the field, as one text. */
static struct str text_gather(const struct row *w, const struct record_field *f)
{
    static const char *const names[] = {"prefix",    "first_name", "middle_name",
                                        "last_name", "suffix",     NULL};
    unsigned can = kind_info(f->result)->can;
    struct str text = S("");
    if (kind_reaches(f->result))
        return reaches_gather(w, f);
    for (size_t c = 0; c < w->x->columns_n; c++) {
        const struct exchange_column *column = &w->x->columns[c];
        if (column->field != f || column->part.n)
            continue;
        if (can & (KIND_MANY | KIND_LINES))
            text = joined(w->rq->arena, text, f->result == KIND_TAGS ? " " : "\n", cell_of(w, c));
        else if (!str_trim(text).n)
            text = cell_of(w, c);
    }
    if (str_trim(text).n)
        return text;
    return f->result == KIND_ADDRESS ? address_gather(w, f) : part_joined(w, f, names, " ");
}

static void values_take(struct row *w)
{
    const struct exchange *x = w->x;
    w->number = exchange_number(x, &(struct exchange_cells){w->cells, w->n});
    for (size_t c = 0; c < x->columns_n; c++) {
        const struct record_field *f = x->columns[c].field;
        if (!f || w->e->given[f->index])
            continue;
        struct str text = text_gather(w, f);
        if (!str_trim(text).n)
            continue;
        w->e->given[f->index] = true;
        w->errors[f->index] =
            exchange_cell(w->rq, x, f, text, &w->e->values[f->index], &w->missing[f->index]);
    }
}

/* ---- matching ---- */

/* Ids of records with that value, at most two. */
static size_t key_find(const struct row *w, const struct record_field *f, const struct value *v,
                       int64_t ids[SEVERAL])
{
    struct req *rq = w->rq;
    size_t n = 0;
    if ((f->flags & FIELD_TITLE) || !field_index(rq->arena, w->x->type, f)) {
        ids[0] = exchange_titled(rq, w->x->type, w->x->type->name, v->s);
        ids[1] = 0;
        return ids[0] < 0 ? SEVERAL : ids[0] > 0;
    }
    struct db_arg keys[CHOICES_MAX];
    size_t keys_n = field_keys(rq->arena, f, v, keys);
    const struct exchange_finder by = exchange_finder(rq->arena, w->x->type, w->x->type->name, f);
    for (size_t k = 0; k < keys_n && n < SEVERAL; k++) {
        int64_t found[SEVERAL];
        size_t found_n = exchange_keyed(rq, &by, keys[k], found, SEVERAL);
        for (size_t i = 0; i < found_n && n < SEVERAL; i++)
            if (!n || ids[0] != found[i])
                ids[n++] = found[i];
    }
    return n;
}

/* The record that the row is of: its id, 0: none, -1: only one of the same file. Words if it cannot
 * be told. */
static const char *row_match(const struct row *w, int64_t *id)
{
    bool again = false;
    *id = 0;
    if (w->x->matched == MATCHED_CREATE)
        return NULL;
    if (w->number > 0) {
        *id = w->number;
        return record_access_type(w->rq, w->number, w->x->type->name, RIGHT_READ)
                   ? NULL
                   : "There is no record of that number.";
    }
    for (size_t k = 0; k < w->x->keys_n && !*id; k++) {
        const struct record_field *f = w->x->keys[k];
        const struct value *v = &w->e->values[f->index];
        int64_t ids[SEVERAL];
        if (v->none || w->errors[f->index])
            continue;
        size_t n = key_find(w, f, v, ids);
        if (n > 1)
            return str_fmt(w->rq->arena, "Several records have this: %s.", f->label).p;
        *id = n ? ids[0] : 0;
        again = again || seen_has(w->rq->arena, w->x, f, v);
    }
    if (!*id && again)
        *id = -1;
    return NULL;
}

bool exchange_said(struct req *rq, const struct exchange *x, const struct exchange_cells *row,
                   const struct record_field *f, struct value *v)
{
    const struct row w = {.rq = rq, .x = x, .cells = row->cells, .n = row->n};
    struct str text = text_gather(&w, f), missing;
    return str_trim(text).n && !exchange_cell(rq, x, f, text, v, &missing) && !v->none;
}

int64_t exchange_number(const struct exchange *x, const struct exchange_cells *row)
{
    const struct row w = {.x = x, .cells = row->cells, .n = row->n};
    int64_t number = 0;
    for (size_t c = 0; c < x->columns_n; c++)
        if (x->columns[c].number)
            (void)str_int(str_trim(cell_of(&w, c)), &number);
    return number;
}

/* ---- refusing ---- */

static struct str reasons(const struct row *w)
{
    struct out o;
    out_init(&o, WHY_MAX);
    for (size_t i = 0; i < w->x->type->fields_n; i++)
        if (w->errors[i])
            out_fmt(&o, "%s%s %s.", o.n ? " " : "", w->x->type->fields[i].label, w->errors[i]);
    if (out_failed(&o)) {
        out_free(&o);
        return S("Many values are not as they should be.");
    }
    return out_take(&o, w->rq->arena);
}

static void reject(struct exchange_done *done, struct str why)
{
    done->did = DID_REJECT;
    done->why = why;
}

static bool wrong(const struct row *w)
{
    for (size_t i = 0; i < w->x->type->fields_n; i++)
        if (w->errors[i])
            return true;
    return false;
}

static const bool *leads_sure(const struct row *w)
{
    const struct record_type *t = w->x->type;
    bool *sure = w->x->memo ? arena_array(w->rq->arena, bool, t->fields_n) : NULL;
    for (size_t i = 0; sure && i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        sure[i] = (f->result == KIND_REF || f->result == KIND_PERSON) && w->e->given[i] &&
                  exchange_led(w->x, f, w->e->values[i].i);
    }
    return sure;
}

/* What fields_check says, but for links to records that are made with this row, and with what the
 * file itself has before it. */
static bool row_checks(const struct row *w, int64_t id)
{
    const struct record_type *t = w->x->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        if (w->missing[i].n)
            w->errors[i] = "is made"; /* not looked at */
    }
    w->e->sure = leads_sure(w);
    fields_check(w->rq, w->e, id, w->errors);
    for (size_t i = 0; i < t->fields_n; i++) {
        bool lacks = w->e->values[i].none && !w->missing[i].n;
        if (w->x->lenient && lacks && !(t->fields[i].flags & FIELD_TITLE))
            w->errors[i] = NULL;
        if (w->missing[i].n)
            w->errors[i] = NULL;
        if (!w->errors[i] && w->e->given[i] && (t->fields[i].flags & FIELD_UNIQUE) && !id &&
            seen_has(w->rq->arena, w->x, &t->fields[i], &w->e->values[i]))
            w->errors[i] = "is taken by another row";
    }
    return !wrong(w);
}

/* ---- making and changing ---- */

static struct act act_quiet(const struct req *rq)
{
    return (struct act){rq->db, rq->arena, rq->viewer.id, rq->now, true, S("")};
}

/* Records that the row's names lead to, and that are not there. */
static bool missing_make(struct row *w, struct exchange_done *done)
{
    struct act act = act_quiet(w->rq);
    for (size_t i = 0; i < w->x->type->fields_n; i++) {
        if (!w->missing[i].n)
            continue;
        const struct record_field *f = &w->x->type->fields[i];
        const struct record_type *t = catalog_type(w->rq->db, str_of(f->target));
        struct record_values *e = fields_new(w->rq->arena, t);
        const struct record_field *title = type_title(t);
        const char **errors = arena_array(w->rq->arena, const char *, t->fields_n);
        const char *why = kind_parse(w->rq->arena, title, w->missing[i], &e->values[title->index]);
        e->given[title->index] = true;
        if (why || t->spaced || done->also_n == sizeof done->also / sizeof *done->also ||
            !fields_check(w->rq, e, 0, errors)) {
            w->errors[i] = "cannot be made by its name alone";
            return false;
        }
        if (w->x->seen)
            continue;
        const struct record *r = fields_create(&act, e);
        if (!r)
            return false;
        done->also[done->also_n++] = r->id;
        w->e->values[i] = (struct value){.i = r->id};
    }
    return true;
}

static void defaults_set(struct row *w)
{
    const struct exchange *x = w->x;
    const struct record_field *owner = type_field(x->type, "owner");
    const struct record_field *tags = type_field(x->type, "tags");
    if (owner && x->owner_id && w->e->values[owner->index].none) {
        w->e->values[owner->index] = (struct value){.i = x->owner_id};
        w->e->given[owner->index] = true;
    }
    if (tags && x->tags.n) {
        struct value *v = &w->e->values[tags->index];
        struct str had = v->none ? S("") : v->s;
        struct str all = joined(w->rq->arena, had, " ", x->tags);
        *v = (struct value){.s = tags_clean(w->rq->arena, all, RECORD_TAGS_MAX)};
        w->e->given[tags->index] = true;
    }
    for (size_t i = 0; i < x->type->fields_n; i++) /* an empty cell says nothing */
        w->e->given[i] =
            w->e->given[i] && (!w->e->values[i].none || w->errors[i] || w->missing[i].n);
    choices_begin(w->rq->arena, w->e);
    w->e->space_id = x->space_id;
    if (x->space_id)
        w->e->audience = x->audience;
}

static void row_create(struct row *w, struct exchange_done *done)
{
    defaults_set(w);
    if (!row_checks(w, 0) || !missing_make(w, done)) {
        reject(done, reasons(w));
        return;
    }
    done->did = DID_CREATE;
    if (w->x->seen) {
        seen_add(w->rq->arena, w->x, w->e->values);
        return;
    }
    struct act act = act_quiet(w->rq);
    const struct record *r = fields_create(&act, w->e);
    done->id = r ? r->id : 0;
    done->revision = 1;
}

static bool same_leads(const struct value *a, const struct value *b)
{
    bool same = a->leads_n == b->leads_n;
    for (size_t i = 0; same && i < a->leads_n; i++) {
        same = false;
        for (size_t k = 0; k < b->leads_n; k++)
            same = same || a->leads[i].id == b->leads[k].id;
    }
    return same;
}

/* Whether anything would change; links that a table has without roles keep those they have. */
static bool changes(const struct row *w, const struct value *was)
{
    bool any = false;
    for (size_t i = 0; i < w->x->type->fields_n; i++) {
        const struct record_field *f = &w->x->type->fields[i];
        if (!w->e->given[i])
            continue;
        if (f->result == KIND_REFS && same_leads(&was[i], &w->e->values[i]))
            w->e->values[i] = was[i];
        struct value *v = &w->e->values[i], both;
        struct str all = str_fmt(w->rq->arena, STR_FMT "\n" STR_FMT,
                                 STR_ARG(was[i].none ? S("") : was[i].s), STR_ARG(v->s));
        if (kind_reaches(f->result) && !v->none && !kind_parse(w->rq->arena, f, all, &both))
            *v = both; /* RULE 5 */
        any = any || w->missing[i].n || !value_eq(f, &was[i], &w->e->values[i]);
    }
    return any;
}

static void row_update(struct row *w, int64_t id, struct exchange_done *done)
{
    struct record *r = record_access_bare(w->rq, id, RIGHT_EDIT);
    const struct value *was =
        r && !r->deleted_at ? values_read(w->rq->db, w->rq->arena, w->x->type, id) : NULL;
    done->id = id;
    if (!was) {
        reject(done, S("It matches a record that you may not change."));
        return;
    }
    if (!row_checks(w, id)) {
        reject(done, reasons(w));
        return;
    }
    done->did = DID_SAME;
    if (!changes(w, was))
        return;
    if (!missing_make(w, done)) {
        reject(done, reasons(w));
        return;
    }
    done->did = DID_UPDATE;
    if (w->x->seen)
        return;
    struct act act = act_quiet(w->rq);
    w->e->note = w->x->note;
    if (fields_update(&act, r, w->e) == RECORD_SAME)
        done->did = DID_SAME;
    done->revision = r->revision;
}

void exchange_row(struct req *rq, const struct exchange *x, const struct str *cells, size_t n,
                  struct exchange_done *done)
{
    const struct record_type *t = x->type;
    struct row w = {.rq = rq,
                    .x = x,
                    .cells = cells,
                    .n = n,
                    .e = fields_new(rq->arena, t),
                    .errors = arena_array(rq->arena, const char *, t->fields_n),
                    .missing = arena_array(rq->arena, struct str, t->fields_n)};
    int64_t id;
    *done = (struct exchange_done){.why = S(""), .values = w.e};
    values_take(&w);
    if (wrong(&w)) {
        reject(done, reasons(&w));
        return;
    }
    const char *why = row_match(&w, &id);
    if (why) {
        reject(done, str_of(why));
        return;
    }
    if (!id)
        row_create(&w, done);
    else if (x->matched == MATCHED_SKIP)
        done->did = DID_SKIP;
    else if (id < 0)
        done->did = DID_UPDATE; /* of a record that a row before would have made */
    else
        row_update(&w, id, done);
}
