/* values.c: values of fields as cells show them and as controls hold them; see entries.h. */
#include "features/entries/entries.h"

#include "core/clock.h"
#include "record/depends.h"
#include "record/files.h"
#include "record/reach.h"

enum { CHIPS = 100, FILES_OFFERED = 20 };

struct str field_edit_path(struct req *rq, const struct record_type *t, int64_t id,
                           const struct record_field *f)
{
    if (!field_written(f, &rq->viewer) || !rq->viewer.id)
        return S("");
    /* Each cell has one: put together without a format. */
    struct str parts[] = {S("/"), str_of(t->plural), str_of_id(rq->arena, S("/"), id),
                          S("/fields/"), str_of(f->name)};
    return str_join(rq->arena, parts, sizeof parts / sizeof *parts, S(""));
}

static void cell_chips(struct req *rq, const struct record_field *f, const struct value *v,
                       struct cell *cell)
{
    struct str rest = v->s, one;
    char between = f->result == KIND_TAGS ? ' ' : ',';
    size_t n = 1;
    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == between;
    struct tone_chip *chips = arena_array(rq->arena, struct tone_chip, n);
    while (cell->chips_n < n && str_split(&rest, between, &one)) {
        const struct field_choice *c = field_choice(f, one);
        chips[cell->chips_n++] = (struct tone_chip){.text = c ? str_of(c->label) : one,
                                                    .tone = tone_of(c ? c->tone : NULL)};
    }
    cell->chips = chips;
}

static void cell_links(struct req *rq, const struct value *v, struct cell *cell)
{
    struct value_link *links = arena_array(rq->arena, struct value_link, v->leads_n);
    for (size_t i = 0; i < v->leads_n; i++) {
        const struct lead *lead = &v->leads[i];
        if (!lead->title.n) /* not for the viewer */
            continue;
        links[cell->links_n++] = (struct value_link){
            .text = lead->role.n ? str_fmt(rq->arena, STR_FMT " (" STR_FMT ")",
                                           STR_ARG(lead->title), STR_ARG(lead->role))
                                 : lead->title,
            .path = lead->path};
    }
    cell->links = links;
}

/* Each of several, with what it is for; an address on a map is for another program. */
static void cell_reaches(struct req *rq, const struct record_field *f, const struct value *v,
                         struct cell *cell)
{
    struct value_link *links = arena_array(rq->arena, struct value_link, REACH_MANY);
    struct str rest = v->s;
    struct reach one;
    while (cell->links_n < REACH_MANY && reach_next(&rest, &one)) {
        struct value_link *l = &links[cell->links_n++];
        l->text = reach_shown_one(rq->arena, f->result, &one);
        l->hint = one.label;
        l->path = f->result == KIND_EMAILS
                      ? str_fmt(rq->arena, "mailto:" STR_FMT, STR_ARG(one.value))
                  : f->result == KIND_PHONES ? phone_uri(rq->arena, one.value)
                                             : S("");
    }
    cell->links = links;
    cell->lines = true;
}

/* Name and size; a picture shows itself. */
static void cell_file(struct req *rq, const struct record_field *f, const struct value *v,
                      struct cell *cell)
{
    cell->text = kind_shown(rq->arena, f, v);
    if (!v->leads_n)
        return;
    cell->text = str_fmt(rq->arena, STR_FMT " (" STR_FMT ")", STR_ARG(v->leads->title),
                         STR_ARG(v->leads->role));
    cell->path = v->leads->path;
    cell->picture = v->leads->picture;
}

struct cell field_cell(struct req *rq, const struct record_field *f, const struct value *v,
                       struct str edit, struct str id)
{
    struct cell cell = {.edit = edit, .id = id, .label = f->label};
    if (v->none)
        return cell;
    switch (f->result) {
    case KIND_CHOICE:
    case KIND_CHOICES:
    case KIND_TAGS:
        cell_chips(rq, f, v, &cell);
        break;
    case KIND_REF:
    case KIND_REFS:
    case KIND_PERSON:
        cell_links(rq, v, &cell);
        break;
    case KIND_EMAILS:
    case KIND_PHONES:
    case KIND_ADDRESSES:
        cell_reaches(rq, f, v, &cell);
        break;
    case KIND_PHOTO:
        cell.text = S("Photo");
        break;
    case KIND_TIME:
        cell.at = v->i;
        break;
    case KIND_URL:
        cell.text = v->s;
        cell.path = v->s;
        break;
    case KIND_EMAIL:
        cell.text = v->s;
        cell.path = str_fmt(rq->arena, "mailto:" STR_FMT, STR_ARG(v->s));
        break;
    case KIND_FILE:
        cell_file(rq, f, v, &cell);
        break;
    default:
        cell.text = kind_shown(rq->arena, f, v);
    }
    if (edit.n && f->result != KIND_FILE) /* a link in a link is none */
        cell.path = S("");
    return cell;
}

/* ---- controls ---- */

static struct str lead_typed(struct arena *a, const struct lead *lead)
{
    if (!lead->title.n)
        return str_fmt(a, "#%lld", (long long)lead->id);
    return str_fmt(a, STR_FMT " (#%lld)%s" STR_FMT, STR_ARG(lead->title), (long long)lead->id,
                   lead->role.n ? ": " : "", STR_ARG(lead->role));
}

struct str field_typed(struct arena *a, const struct record_field *f, const struct value *v)
{
    char buf[32];
    if (v->none)
        return S("");
    if (f->result == KIND_TIME) /* as a browser's control has it */
        return str_dup(a, str_first(clock_rfc3339(buf, v->i), 16));
    if (!(kind_info(f->result)->can & KIND_LEADS))
        return kind_text(a, f, v);
    struct str *lines = arena_array(a, struct str, v->leads_n);
    for (size_t i = 0; i < v->leads_n; i++)
        lines[i] = lead_typed(a, &v->leads[i]);
    return str_join(a, lines, v->leads_n, S("\n"));
}

static const char *input_type(const struct record_field *f)
{
    switch (f->result) {
    case KIND_DATE:
        return "date";
    case KIND_TIME:
        return "datetime-local";
    case KIND_EMAIL:
        return "email";
    case KIND_PHONE:
        return "tel";
    case KIND_URL:
        return "url";
    default:
        return NULL;
    }
}

static void choices_options(struct req *rq, const struct record_field *f, struct field *field)
{
    struct option *options = arena_array(rq->arena, struct option, CHOICES_MAX + 1);
    size_t n = 0;
    if (f->result == KIND_CHOICE)
        options[n++] = (struct option){S(""), S("–"), NULL};
    for (const struct field_choice *c = f->choices; c && c->name && n < CHOICES_MAX; c++)
        if (!c->off || field_chosen(field, str_of(c->name)))
            options[n++] = (struct option){str_of(c->name), str_of(c->label), NULL};
    field->options = options;
    field->options_n = n;
}

/* The file that is there, whoever sent it, and one's latest uploads. */
static void files_options(struct req *rq, struct field *field)
{
    struct stored *files = arena_array(rq->arena, struct stored, FILES_OFFERED + 1);
    struct option *options = arena_array(rq->arena, struct option, FILES_OFFERED + 2);
    int64_t id = 0;
    struct stored *there = str_int(field->value, &id) ? file_access(rq, id) : NULL;
    size_t n = 0, made = 0;
    if (there)
        files[n++] = *there;
    n += files_latest(rq, files + n, FILES_OFFERED);
    options[made++] = (struct option){S(""), S("–"), NULL};
    for (size_t i = 0; i < n; i++) {
        if (i && there && files[i].id == there->id)
            continue;
        struct str picture = file_picture(rq->arena, &files[i]);
        options[made++] =
            (struct option){str_of_id(rq->arena, S(""), files[i].id),
                            str_fmt(rq->arena, STR_FMT " (" STR_FMT ")", STR_ARG(files[i].name),
                                    STR_ARG(file_size_words(rq->arena, files[i].bytes))),
                            picture.n ? picture.p : NULL};
    }
    field->options = options;
    field->options_n = made;
}

static struct combobox *combo_make(struct req *rq, const struct record_field *f,
                                   const struct field *field)
{
    struct combobox *combo = arena_make(rq->arena, struct combobox);
    const char *target = f->result == KIND_PERSON ? "person" : f->target;
    struct str rest = field->value, line;
    struct option *chosen = arena_array(rq->arena, struct option, CHIPS);
    *combo = (struct combobox){
        .name = f->name,
        .label = f->label,
        .hint = f->help,
        .error = field->error,
        .url = str_fmt(rq->arena, "/names?type=%s", target ? target : ""),
        .many = f->result == KIND_REFS,
        .required = field->required,
        .chosen = chosen,
    };
    /* "Ada Lovelace (#12)": what was chosen; anything else was typed. */
    while (str_split(&rest, '\n', &line) && combo->chosen_n < CHIPS) {
        ptrdiff_t open = str_find_str(line, S(" (#"));
        ptrdiff_t close = open < 0 ? -1 : str_find(str_from(line, (size_t)open), ')');
        if (close < 0) {
            combo->typed = line;
            continue;
        }
        struct str id = str_make(line.p + open + 3, (size_t)close - 3);
        struct str role = str_from(line, (size_t)(open + close) + 1);
        chosen[combo->chosen_n++] =
            (struct option){str_fmt(rq->arena, STR_FMT STR_FMT, STR_ARG(id), STR_ARG(role)),
                            str_first(line, (size_t)open), NULL};
    }
    return combo;
}

static struct field *field_plain(struct req *rq, const struct record_field *f, struct str text,
                                 const char *error)
{
    struct field *field = arena_make(rq->arena, struct field);
    *field = (struct field){
        .name = f->name,
        .label = f->label,
        .hint = f->help,
        .value = text,
        .type = input_type(f),
        .mode = f->result == KIND_INTEGER   ? "numeric"
                : f->result == KIND_DECIMAL ? "decimal"
                                            : NULL,
        .required = f->flags & FIELD_REQUIRED,
        .big = f->flags & FIELD_TITLE,
        .max = f->result == KIND_DATE || f->result == KIND_TIME ? 0 : TEXT_MAX,
        .error = error ? str_fmt(rq->arena, "%s %s.", f->label, error).p : NULL,
    };
    return field;
}

static struct control control_make(struct req *rq, const struct record_field *f, struct str text,
                                   const char *error)
{
    static const struct option yes_no[] = {
        {S(""), S("–"), NULL}, {S("yes"), S("Yes"), NULL}, {S("no"), S("No"), NULL}};
    static const struct option stars[] = {{S(""), S("–"), NULL},       {S("1"), S("1 of 5"), NULL},
                                          {S("2"), S("2 of 5"), NULL}, {S("3"), S("3 of 5"), NULL},
                                          {S("4"), S("4 of 5"), NULL}, {S("5"), S("5 of 5"), NULL}};
    struct field *field = field_plain(rq, f, text, error);
    struct control control = {.kind = CONTROL_INPUT, .field = field};
    switch (f->result) {
    case KIND_BOOL:
        control.kind = CONTROL_SELECT;
        field->options = yes_no;
        field->options_n = 3;
        break;
    case KIND_RATING:
        control.kind = CONTROL_SELECT;
        field->options = stars;
        field->options_n = 6;
        break;
    case KIND_CHOICE:
        control.kind = CONTROL_SELECT;
        choices_options(rq, f, field);
        break;
    case KIND_LONGTEXT:
        control.kind = CONTROL_TEXTAREA;
        field->max = LINES_MAX;
        break;
    case KIND_ADDRESS:
        control.kind = CONTROL_TEXTAREA;
        field->rows = 5;
        field->hint = f->help ? f->help : "A line each: street, postcode, city, region, country";
        break;
    case KIND_EMAILS:
    case KIND_PHONES:
    case KIND_ADDRESSES:
        control.kind = CONTROL_TEXTAREA;
        field->rows = 3;
        field->max = LINES_MAX;
        field->hint = f->help ? f->help : kind_info(f->result)->hint;
        break;
    case KIND_MONEY:
        field->placeholder = str_fmt(rq->arena, "1200.00 %s", field_currency(f)).p;
        break;
    case KIND_CHOICES:
        control.kind = CONTROL_CHECKS;
        choices_options(rq, f, field);
        break;
    case KIND_FILE:
        control.kind = CONTROL_FILE;
        files_options(rq, field);
        break;
    case KIND_REF:
    case KIND_REFS:
    case KIND_PERSON:
        control = (struct control){.kind = CONTROL_COMBO, .combo = combo_make(rq, f, field)};
        break;
    default:
        break;
    }
    return control;
}

/* What must be chosen, and is, is not left empty again. */
static void none_drop(const struct record_field *f, struct control *control)
{
    struct field *field = (struct field *)control->field;
    if (f->result != KIND_CHOICE || !field->required || !field->value.n)
        return;
    field->options++;
    field->options_n--;
}

struct control field_control(struct req *rq, const struct record_field *f, struct str text,
                             const char *error)
{
    struct control control = control_make(rq, f, text, error);
    none_drop(f, &control);
    return control;
}

/* ---- choices that depend on another field ---- */

static size_t fitting_put(const struct record_field *f, struct str other, struct option *options)
{
    size_t n = 0;
    for (const struct field_choice *c = f->choices; c && c->name && n < CHOICES_MAX; c++)
        if (!c->off && choice_fits(c, other))
            options[n++] = (struct option){str_of(c->name), str_of(c->label), NULL};
    return n;
}

static bool option_has(const struct option *options, size_t n, struct str value)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(options[i].value, value))
            return true;
    return false;
}

static void groups_make(struct req *rq, const struct record_field *f, const struct record_field *on,
                        struct str other, struct field *field)
{
    struct choice_group *groups = arena_array(rq->arena, struct choice_group, CHOICES_MAX);
    size_t n = 0;
    for (const struct field_choice *c = on->choices; c && c->name && n < CHOICES_MAX; c++) {
        struct option *options = arena_array(rq->arena, struct option, CHOICES_MAX);
        struct choice_group *g = &groups[n++];
        *g = (struct choice_group){.name = str_of(c->name),
                                   .label = str_of(c->label),
                                   .options = options,
                                   .n = fitting_put(f, str_of(c->name), options)};
        bool has = option_has(options, g->n, field->value);
        if (has && (!field->group.n || str_eq(g->name, other)))
            field->group = g->name;
    }
    field->groups = groups;
    field->groups_n = n;
    field->options_n = 1; /* none */
    field->of = on->name;
}

/* The field's options are those that go with what the other one has. */
static void options_fit(struct req *rq, const struct record_type *t, const struct record_field *f,
                        const struct str *texts, bool narrow, struct field *field)
{
    const struct record_field *on = field_depends(t, f);
    if (!on)
        return;
    struct option *options = arena_array(rq->arena, struct option, CHOICES_MAX + 2);
    struct str other = texts[on->index], value = field->value;
    size_t n = fitting_put(f, other, options + 1) + 1;
    options[0] = field->options[0];
    if (!narrow || !other.n || n == 1) {
        groups_make(rq, f, on, other, field);
        return;
    }
    const struct field_choice *now = field_choice(f, value);
    if (now && !option_has(options, n, value)) /* it may stay */
        options[n++] = (struct option){value, str_of(now->label), NULL};
    field->options = options;
    field->options_n = n;
}

struct control field_control_among(struct req *rq, const struct record_type *t,
                                   const struct record_field *f, const struct str *texts,
                                   const char *error, bool narrow)
{
    struct control control = control_make(rq, f, texts[f->index], error);
    if (f->result == KIND_CHOICE)
        options_fit(rq, t, f, texts, narrow, (struct field *)control.field);
    none_drop(f, &control);
    return control;
}
