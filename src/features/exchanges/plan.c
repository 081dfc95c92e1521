/* plan.c: see plan.h. */
#include "features/exchanges/plan.h"

#include <jansson.h>

#include "record/reach.h"
#include "text/columns_guess.h"
#include "text/money.h"
#include "text/numbers.h"

enum { PLAN_MAX = 1 << 20, NAME_MAX_SHOWN = 120, SAMPLE = 60, LOOK_ARENA = 32 << 20 };

const char *const plan_matched[] = {
    [MATCHED_UPDATE] = "update", [MATCHED_SKIP] = "skip", [MATCHED_CREATE] = "create", NULL};
const char *const plan_orders[] = {
    [DATE_UNKNOWN] = "", [DATE_DAY_FIRST] = "day", [DATE_MONTH_FIRST] = "month", NULL};
const char *const plan_separators[] = {",", ";", "tab", "|", ":", NULL};
const char *const plan_decimals[] = {"", ".", ",", NULL};

int plan_choice(const char *const names[], struct str name)
{
    for (int i = 0; names[i]; i++)
        if (str_is(name, names[i]))
            return i;
    return -1;
}

char plan_sign(const char *name)
{
    return strcmp(name, "tab") == 0 ? '\t' : name[0];
}

const char *plan_sign_name(const char *const names[], char sign)
{
    size_t i = 0;
    while (names[i] && plan_sign(names[i]) != sign)
        i++;
    return names[i] ? names[i] : names[0];
}

/* ---- looking into the file ---- */

struct look {
    struct arena *a;
    struct str *rows[PLAN_LOOK + 1]; /* SOURCE_COLUMNS cells each */
    size_t rows_n, columns_n;
};

static bool look_row(void *ctx, const struct source_row *row)
{
    enum { CELL = 400 };
    struct look *l = ctx;
    if (row->why.n)
        return true;
    struct str *cells = l->rows[l->rows_n++] = arena_array(l->a, struct str, SOURCE_COLUMNS);
    for (size_t i = 0; i < row->n && i < SOURCE_COLUMNS; i++)
        cells[i] = str_dup(l->a, utf8_first(str_first(row->cells[i], CELL * 4), CELL));
    if (row->n > l->columns_n)
        l->columns_n = row->n < SOURCE_COLUMNS ? row->n : SOURCE_COLUMNS;
    return l->rows_n <= PLAN_LOOK;
}

/* Its first row is the header, if there is one. */
static bool look_into(struct look *l, const char *path, const struct plan *plan)
{
    struct source_file s = {
        .path = path, .cards = plan->cards, .dialect = plan->dialect, .row = look_row, .ctx = l};
    if (plan->cards) {
        size_t n;
        const struct str *names = source_card_columns(&n);
        l->rows[l->rows_n++] = (struct str *)names;
        l->columns_n = n;
    }
    s.dialect.header = false;
    return source_read(&s);
}

/* ---- guessing ---- */

static enum looks looks_of(enum kind kind)
{
    switch (kind) {
    case KIND_INTEGER:
    case KIND_DECIMAL:
    case KIND_MONEY:
    case KIND_RATING:
        return LOOKS_NUMBER;
    case KIND_DATE:
    case KIND_TIME:
        return LOOKS_DATE;
    case KIND_EMAIL:
    case KIND_EMAILS:
        return LOOKS_EMAIL;
    case KIND_PHONE:
    case KIND_PHONES:
        return LOOKS_PHONE;
    case KIND_URL:
        return LOOKS_URL;
    default:
        return LOOKS_EMPTY;
    }
}

#define ORGANISATIONS "|organisation|organization|company|account|employer|firm"

static struct str synonyms_of(struct arena *a, const struct record_type *t,
                              const struct record_field *f)
{
    if (f->flags & FIELD_TITLE) /* a table of organisations has them in a column so named */
        return str_fmt(a, "name|%sfull name|%s%s", t->alike == ALIKE_PERSONS ? "" : "title|",
                       t->noun, strcmp(t->name, "organisation") == 0 ? ORGANISATIONS : "");
    if (f->target && strcmp(f->target, t->name) != 0) /* what leads to another type, by its name */
        return str_fmt(a, "%s%s", f->target,
                       strcmp(f->target, "organisation") == 0 ? ORGANISATIONS : "");
    if (f->flags & FIELD_BROUGHT)
        return S("votes|supports|likes|cached votes up|apoyos");
    if (kind_reaches(f->result))
        return f->result == KIND_EMAILS   ? S("email")
               : f->result == KIND_PHONES ? S("phone")
                                          : S("address");
    return f->flags & FIELD_BODY ? S("description|text|notes|body") : S("");
}

/* "stage", "address.city"; of several which one: "phone@mobile", "addresses.city@2". */
static struct str guess_to(struct arena *a, const struct record_field *f, const struct guess *g,
                           const char *part)
{
    struct str which = g->place;
    if (kind_reaches(f->result) && g->group)
        which = str_fmt(a, STR_FMT "%s%d", STR_ARG(which), which.n ? " " : "", g->group);
    else if (!kind_reaches(f->result))
        which = S("");
    return str_fmt(a, "%s%s%s%s" STR_FMT, f->name, part ? "." : "", part ? part : "",
                   which.n ? "@" : "", STR_ARG(which));
}

/* What a header is compared with. The title of a person is their name, and the parts of a name that
 * a card has are no column of a table. */
static struct str guess_name(const struct record_type *t, const struct record_field *f)
{
    if (f->as && strcmp(f->as, "names") == 0)
        return str_of(f->label);
    return t->alike == ALIKE_PERSONS && (f->flags & FIELD_TITLE) ? S("name") : str_of(f->name);
}

static void guess_columns(struct req *rq, const struct record_type *t, struct plan *plan,
                          const struct guess_column *columns)
{
    struct guess_field *fields = arena_array(rq->arena, struct guess_field, t->fields_n + 1);
    const struct record_field **of =
        arena_array(rq->arena, const struct record_field *, t->fields_n + 1);
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!exchange_takes(f, &rq->viewer))
            continue;
        of[n] = f;
        fields[n++] =
            (struct guess_field){.name = guess_name(t, f),
                                 .label = str_of(f->label),
                                 .kind = looks_of(f->result),
                                 .synonyms = synonyms_of(rq->arena, t, f),
                                 .many = f->result == KIND_TAGS || kind_reaches(f->result)};
    }
    const struct guess *guesses = columns_guess(rq->arena, columns, plan->columns_n, fields, n);
    for (size_t c = 0; c < plan->columns_n; c++) {
        const struct guess *g = &guesses[c];
        bool type = g->type_of >= 0 && guesses[g->type_of].field >= 0 &&
                    kind_reaches(of[guesses[g->type_of].field]->result);
        if ((g->field < 0 || g->type_of >= 0) && !type)
            continue;
        plan->columns[c].guessed = true;
        plan->columns[c].to = guess_to(rq->arena, of[type ? guesses[g->type_of].field : g->field],
                                       type ? &guesses[g->type_of] : g, type ? "label" : g->part);
    }
}

/* A column of numbers is that of our own records if the first ones are there and are called so. */
static bool is_number_column(struct req *rq, const struct record_type *t, const struct plan *plan,
                             const struct guess_column *columns, size_t at)
{
    const struct record_field *title = type_title(t);
    size_t name = plan->columns_n, good = 0;
    for (size_t c = 0; title && c < plan->columns_n; c++)
        if (str_is(plan->columns[c].to, title->name))
            name = c;
    if (name == plan->columns_n || !str_eq_nocase(columns[at].header, S("id")))
        return false;
    for (size_t i = 0; i < columns[at].n && i < PLAN_SAMPLES; i++) {
        int64_t id = 0;
        (void)str_int(columns[at].cells[i], &id);
        struct record *r = record_access_type(rq, id, t->name, RIGHT_READ);
        if (!r || !str_eq(r->title, str_trim(columns[name].cells[i])))
            return false;
        good++;
    }
    return good > 0;
}

static void keys_choose(struct arena *a, const struct record_type *t, struct plan *plan)
{
    struct out o;
    out_init(&o, PLAN_MAX);
    size_t n = 0;
    for (int pass = 0; pass < 3; pass++) /* unique ones, addresses, and else the title */
        for (size_t i = 0; i < t->fields_n && n < PLAN_KEYS; i++) {
            const struct record_field *f = &t->fields[i];
            bool fits = pass == 0 ? (f->flags & FIELD_UNIQUE) != 0
                        : pass == 1
                            ? (f->result == KIND_EMAIL || f->result == KIND_EMAILS) &&
                                  !(f->flags & FIELD_UNIQUE)
                            : (f->flags & FIELD_TITLE) && !t->spaced; /* texts share titles */
            bool mapped = false;
            for (size_t c = 0; c < plan->columns_n; c++) {
                struct str part;
                mapped = mapped || plan_field(t, plan->columns[c].to, &part) == f;
            }
            if (!fits || !mapped || !exchange_matches(f))
                continue;
            out_fmt(&o, "%s%s", n++ ? "," : "", f->name);
        }
    plan->keys = out_take(&o, a);
}

/* What the columns of numbers and of dates leave no doubt about. */
static void hints_find(const struct record_type *t, struct plan *plan,
                       const struct guess_column *columns)
{
    for (size_t c = 0; c < plan->columns_n; c++) {
        struct str part;
        const struct record_field *f = plan_field(t, plan->columns[c].to, &part);
        if (!f || part.n)
            continue;
        if (looks_of(f->result) == LOOKS_DATE && plan->order == DATE_UNKNOWN)
            plan->order = date_order_of(columns[c].cells, columns[c].n);
        if (looks_of(f->result) == LOOKS_NUMBER && !plan->decimal)
            plan->decimal = number_decimal(columns[c].cells, columns[c].n);
    }
}

static struct guess_column *columns_take(struct arena *a, const struct look *l, struct plan *plan)
{
    struct guess_column *columns = arena_array(a, struct guess_column, l->columns_n + 1);
    size_t from = plan->cards || plan->dialect.header;
    plan->columns_n = l->columns_n;
    plan->columns = arena_array(a, struct plan_column, l->columns_n + 1);
    for (size_t c = 0; c < l->columns_n; c++) {
        struct plan_column *p = &plan->columns[c];
        struct str *cells = arena_array(a, struct str, l->rows_n + 1);
        struct str name = from && l->rows_n ? str_trim(l->rows[0][c]) : S("");
        for (size_t i = from; i < l->rows_n; i++) {
            struct str cell = str_dup(a, l->rows[i][c].p ? l->rows[i][c] : S(""));
            cells[columns[c].n++] = cell;
            if (str_trim(cell).n && p->samples_n < PLAN_SAMPLES)
                p->samples[p->samples_n++] = utf8_first(str_trim(cell), SAMPLE);
        }
        p->name =
            name.n ? str_dup(a, utf8_first(name, NAME_MAX_SHOWN)) : str_fmt(a, "Column %zu", c + 1);
        p->to = S("");
        columns[c].header = name.n ? p->name : S("");
        columns[c].cells = cells;
    }
    return columns;
}

const char *plan_read(struct req *rq, const struct record_type *t, const char *path,
                      struct plan *plan)
{
    struct look look = {.a = arena_new(LOOK_ARENA)};
    bool read = look_into(&look, path, plan), empty = look.rows_n <= (plan->cards ? 1 : 0);
    struct guess_column *columns = columns_take(rq->arena, &look, plan);
    arena_free(look.a);
    if (!read)
        return "The file cannot be read.";
    if (empty || !plan->columns_n)
        return "There is no row in this file.";
    guess_columns(rq, t, plan, columns);
    for (size_t c = 0; c < plan->columns_n; c++)
        if (is_number_column(rq, t, plan, columns, c))
            plan->columns[c] = (struct plan_column){
                .name = plan->columns[c].name, .to = S(PLAN_NUMBER), .guessed = true};
    keys_choose(rq->arena, t, plan);
    hints_find(t, plan, columns);
    return NULL;
}

/* ---- as text ---- */

static void column_put(struct json *j, const struct plan_column *c)
{
    json_open(j, '{');
    json_kstr(j, "name", c->name);
    json_kstr(j, "to", c->to);
    json_kbool(j, "guessed", c->guessed);
    json_key(j, "samples");
    json_open(j, '[');
    for (size_t i = 0; i < c->samples_n; i++)
        json_str(j, c->samples[i]);
    json_close(j, ']');
    json_close(j, '}');
}

struct str plan_text(struct arena *a, const struct plan *plan)
{
    struct out o;
    out_init(&o, PLAN_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kbool(&j, "cards", plan->cards);
    json_kint(&j, "encoding", plan->dialect.encoding);
    json_kint(&j, "separator", plan->dialect.separator ? plan->dialect.separator : ',');
    json_kbool(&j, "header", plan->dialect.header);
    json_kint(&j, "before", plan->dialect.before);
    json_kstr(&j, "keys", plan->keys);
    json_kstr(&j, "matched", str_of(plan_matched[plan->matched]));
    json_kint(&j, "order", plan->order);
    json_kint(&j, "decimal", plan->decimal);
    json_kstr(&j, "country", plan->country);
    json_kbool(&j, "make_missing", plan->make_missing);
    json_kbool(&j, "lenient", plan->lenient);
    json_kint(&j, "owner", plan->owner_id);
    json_kint(&j, "space", plan->space_id);
    json_kstr(&j, "tags", plan->tags);
    json_key(&j, "columns");
    json_open(&j, '[');
    for (size_t c = 0; c < plan->columns_n; c++)
        column_put(&j, &plan->columns[c]);
    json_close(&j, ']');
    json_close(&j, '}');
    return out_take(&o, a);
}

static struct str member(struct arena *a, const json_t *object, const char *name)
{
    return str_dup(a, str_of(json_string_value(json_object_get(object, name))));
}

static int64_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void columns_load(struct arena *a, const json_t *list, struct plan *plan)
{
    plan->columns_n = json_array_size(list);
    plan->columns = arena_array(a, struct plan_column, plan->columns_n + 1);
    for (size_t i = 0; i < plan->columns_n; i++) {
        const json_t *one = json_array_get(list, i), *samples = json_object_get(one, "samples");
        struct plan_column *c = &plan->columns[i];
        c->name = member(a, one, "name");
        c->to = member(a, one, "to");
        c->guessed = json_is_true(json_object_get(one, "guessed"));
        for (; c->samples_n < json_array_size(samples) && c->samples_n < PLAN_SAMPLES;
             c->samples_n++)
            c->samples[c->samples_n] =
                str_dup(a, str_of(json_string_value(json_array_get(samples, c->samples_n))));
    }
}

void plan_load(struct arena *a, struct str text, struct plan *plan)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    struct str matched = member(a, root, "matched");
    *plan = (struct plan){
        .cards = json_is_true(json_object_get(root, "cards")),
        .dialect = {.encoding = (enum csv_encoding)number(root, "encoding"),
                    .separator = (char)number(root, "separator"),
                    .header = json_is_true(json_object_get(root, "header")),
                    .before = (int)number(root, "before")},
        .keys = member(a, root, "keys"),
        .order = (enum date_order)number(root, "order"),
        .decimal = (char)number(root, "decimal"),
        .country = member(a, root, "country"),
        .make_missing = json_is_true(json_object_get(root, "make_missing")),
        .lenient = json_is_true(json_object_get(root, "lenient")),
        .owner_id = number(root, "owner"),
        .space_id = number(root, "space"),
        .tags = member(a, root, "tags"),
    };
    int matching = plan_choice(plan_matched, matched);
    if (matching >= 0)
        plan->matched = (enum exchange_matched)matching;
    columns_load(a, json_object_get(root, "columns"), plan);
    json_decref(root);
}

/* ---- for use ---- */

const struct record_field *plan_field(const struct record_type *t, struct str to, struct str *part)
{
    ptrdiff_t at = str_find(to, '@');
    to = at < 0 ? to : str_first(to, (size_t)at);
    ptrdiff_t point = str_find(to, '.');
    *part = point < 0 ? S("") : str_from(to, (size_t)point + 1);
    return to.n ? type_field_str(t, point < 0 ? to : str_first(to, (size_t)point)) : NULL;
}

void plan_exchange(struct req *rq, const struct record_type *t, const struct plan *plan,
                   struct exchange *x)
{
    struct str rest = plan->keys, name;
    *x = (struct exchange){
        .type = t,
        .columns = arena_array(rq->arena, struct exchange_column, plan->columns_n + 1),
        .columns_n = plan->columns_n,
        .keys = arena_array(rq->arena, const struct record_field *, PLAN_KEYS),
        .matched = plan->matched,
        .order = plan->order,
        .decimal = plan->decimal,
        .country = plan->country.n ? str_cstr(rq->arena, plan->country) : NULL,
        .make_missing = plan->make_missing,
        .as_written = plan->cards,
        .lenient = plan->lenient,
        .owner_id = plan->owner_id,
        .tags = plan->tags,
        .space_id = plan->space_id,
        .audience = t->audience,
    };
    for (size_t c = 0; c < plan->columns_n; c++) {
        struct exchange_column *column = &x->columns[c];
        column->number = str_is(plan->columns[c].to, PLAN_NUMBER);
        column->field = plan_field(t, plan->columns[c].to, &column->part);
        ptrdiff_t at = str_find(plan->columns[c].to, '@');
        column->which = at < 0 ? S("") : str_from(plan->columns[c].to, (size_t)at + 1);
        if (column->field && !exchange_takes(column->field, &rq->viewer)) /* RULE 1 */
            column->field = NULL;
    }
    while (str_split(&rest, ',', &name) && x->keys_n < PLAN_KEYS) {
        const struct record_field *f = type_field_str(t, name);
        if (f && exchange_matches(f))
            x->keys[x->keys_n++] = f;
    }
}
