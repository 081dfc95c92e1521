/* list.c: records of a type as a table: columns, order, filters; see entries.h. */
#include "features/entries/bulk.h"
#include "features/entries/sheets.h"
#include "features/entries/views.h"

#include "http/live.h"
#include "views/entries/columns.h"
#include "views/entries/filters.h"
#include "views/entries/index.h"

enum { COLUMNS_MAX = 30, POSTS = 30, FILTER_FIELDS = 400, URL_MAX = 8192 };

static const char *const others[] = {"columns", "view", "as", "by", "sum",     "fold",    "month",
                                     "group",   "add",  "op", "to", "to_text", "version", NULL};

/* ---- addresses ---- */

static const char *pair_find(const char *const *pairs, struct str name)
{
    for (; pairs && *pairs; pairs += 2)
        if (str_is(name, pairs[0]))
            return pairs[1];
    return NULL;
}

static void param_put(struct out *o, bool *any, struct str name, struct str value)
{
    if (!value.n)
        return;
    out_char(o, *any ? '&' : '?');
    *any = true;
    out_url(o, name);
    out_char(o, '=');
    out_url(o, value);
}

struct str entries_param(const struct entry_list *v, const char *name)
{
    for (size_t i = 0; i < v->params_n; i++)
        if (str_is(v->params[i].name, name))
            return v->params[i].value;
    return S("");
}

struct str entries_url(struct req *rq, const struct entry_list *v, const char *const *pairs)
{
    struct out o;
    bool any = false;
    out_init(&o, URL_MAX);
    out_str(&o, v->path);
    for (size_t i = 0; i < v->params_n; i++)
        if (!pair_find(pairs, v->params[i].name) && !str_eq(v->params[i].name, S("after")))
            param_put(&o, &any, v->params[i].name, v->params[i].value);
    for (; pairs && *pairs; pairs += 2)
        param_put(&o, &any, str_of(pairs[0]), str_of(pairs[1]));
    return out_take(&o, rq->arena);
}

struct str entries_of(struct req *rq, const struct entry_list *v, const struct record_field *f,
                      struct str value)
{
    const char *is = str_cstr(rq->arena, value);
    return entries_url(rq, v,
                       (const char *const[]){"as", "", "by", "", "sum", "", "fold", "", "month", "",
                                             "group", "", f->name, is, NULL});
}

/* ---- columns ---- */

static void column_add(struct entry_list *v, const struct record_field *f)
{
    if (v->columns_n == COLUMNS_MAX)
        return;
    v->columns[v->columns_n++] = f;
    field_set_add(&v->select.fields, f);
}

static void columns_add(struct req *rq, struct entry_list *v, struct str names)
{
    struct str one;
    while (str_split(&names, ',', &one)) {
        const struct record_field *f = type_field_str(v->type, one);
        if (f && field_seen(f, &rq->viewer) && !(f->flags & (FIELD_TITLE | FIELD_BODY)))
            column_add(v, f);
    }
}

/* Those of ?columns=, once or more often, else those that the type lists; the title is always the
 * first. */
static void columns_choose(struct req *rq, struct entry_list *v)
{
    const struct record_type *t = v->type;
    v->columns = arena_array(rq->arena, const struct record_field *, COLUMNS_MAX);
    column_add(v, type_title(t));
    for (size_t i = 0; i < v->params_n; i++)
        if (str_eq(v->params[i].name, S("columns")))
            columns_add(rq, v, v->params[i].value);
    for (size_t i = 0; i < t->fields_n && !entries_param(v, "columns").n; i++)
        if ((t->fields[i].flags & FIELD_LISTED) && field_seen(&t->fields[i], &rq->viewer) &&
            !(t->fields[i].flags & (FIELD_TITLE | FIELD_BODY)))
            column_add(v, &t->fields[i]);
}

static bool at_end(const struct record_field *f)
{
    return kind_info(f->result)->can & KIND_SUMS;
}

static struct table_column column_of(struct req *rq, const struct entry_list *v,
                                     const struct record_field *f)
{
    bool by = v->select.sort == f;
    bool edits = type_changed(v->type, &rq->viewer) && rq->viewer.id;
    bool title = f->flags & FIELD_TITLE;
    struct table_column c = {.label = str_of(f->label),
                             .end = at_end(f),
                             .narrow = title ? NARROW_VALUE : NARROW_LABEL,
                             .field =
                                 edits && !title && field_written(f, &rq->viewer) ? f->name : NULL};
    if (by)
        c.sorted = v->select.falling ? "descending" : "ascending";
    if (field_sorts(f))
        c.sort = entries_url(
            rq, v,
            (const char *const[]){
                "sort", str_fmt(rq->arena, "%s%s", by && !v->select.falling ? "-" : "", f->name).p,
                NULL});
    return c;
}

static void rows_make(struct req *rq, struct entry_list *v)
{
    struct table_row *rows = arena_array(rq->arena, struct table_row, v->found.n);
    struct table_column *columns = arena_array(rq->arena, struct table_column, v->columns_n);
    bool edits = false;
    for (size_t c = 0; c < v->columns_n; c++) {
        columns[c] = column_of(rq, v, v->columns[c]);
        edits = edits || columns[c].field;
    }
    for (size_t i = 0; i < v->found.n; i++) {
        const struct selected *s = &v->found.rows[i];
        struct cell *cells = arena_bytes(rq->arena, v->columns_n * sizeof *cells);
        cells[0] = (struct cell){.text = s->title.n ? s->title : S("(no name)"), .path = s->path};
        for (size_t c = 1; c < v->columns_n; c++) {
            const struct record_field *f = v->columns[c];
            cells[c] = field_cell(rq, f, &s->values[f->index], S(""), S(""));
        }
        rows[i] = (struct table_row){.id = s->id, .label = s->title, .cells = cells};
    }
    for (size_t i = 0; i < v->groups_n; i++)
        rows[v->groups[i].at].group = &v->groups[i].shown;
    v->table = (struct data_table){.id = v->type->plural,
                                   .label = v->type->label ? v->type->label : v->type->noun,
                                   .columns = columns,
                                   .columns_n = v->columns_n,
                                   .rows = rows,
                                   .rows_n = v->found.n,
                                   .empty = &v->empty,
                                   .edits = edits ? v->path : S("")};
    if (v->found.next.n)
        v->table.pager.older = entries_url(
            rq, v, (const char *const[]){"after", str_cstr(rq->arena, v->found.next), NULL});
}

/* ---- filters ---- */

static struct str condition_name(struct arena *a, const struct condition *c)
{
    const char *how = compare_name(c->compare);
    return str_fmt(a, "%s%s%s", c->field->name, *how ? "." : "", how);
}

static struct str condition_words(struct req *rq, const struct condition *c)
{
    struct value v = c->value;
    struct str shown = c->text;
    if (c->compare == COMPARE_EMPTY)
        return str_fmt(rq->arena, "%s is %s", c->field->label, c->value.i ? "empty" : "not empty");
    const struct field_choice *choice = field_choice(c->field, c->text);
    if (choice)
        shown = str_of(choice->label);
    else if (c->team)
        shown = S("my team");
    else if (kind_info(c->field->result)->can & KIND_LEADS && c->compare <= COMPARE_NOT) {
        value_name(rq, c->field, &v);
        struct str name = kind_shown(rq->arena, c->field, &v);
        shown = name.n ? name : shown;
    }
    return str_fmt(rq->arena, "%s %s " STR_FMT, c->field->label,
                   compare_label(c->compare, c->field), STR_ARG(shown));
}

static void chip_add(struct req *rq, const struct entry_list *v, struct link_item *chips, size_t *n,
                     const char *param, struct str words)
{
    chips[(*n)++] = (struct link_item){
        .text = words, .path = entries_url(rq, v, (const char *const[]){param, "", NULL})};
}

void entries_chips(struct req *rq, const struct entry_list *v, const struct record_field *without,
                   const struct link_item **list, size_t *list_n)
{
    enum { CORE = 5 };
    struct arena *a = rq->arena;
    struct link_item *chips = arena_array(a, struct link_item, CONDITIONS_MAX + CORE);
    const struct core_filter *core = &v->select.core;
    struct str author = entries_param(v, "author"), tag = entries_param(v, "tag");
    size_t n = 0;
    if (v->select.q.n)
        chip_add(rq, v, chips, &n, "q", str_fmt(a, "text: " STR_FMT, STR_ARG(v->select.q)));
    if (core->space_id)
        chip_add(rq, v, chips, &n, "space", str_fmt(a, "in " STR_FMT, STR_ARG(core->space)));
    if (core->tag_id)
        chip_add(rq, v, chips, &n, "tag", str_fmt(a, "tag: " STR_FMT, STR_ARG(tag)));
    if (core->author_id && author.n)
        chip_add(rq, v, chips, &n, "author", str_fmt(a, "by " STR_FMT, STR_ARG(author)));
    if (entries_param(v, "show").n && v->look != LOOK_POSTS)
        chip_add(rq, v, chips, &n, "show", core->unanswered ? S("unanswered") : S("mine"));
    for (size_t i = 0; i < v->select.n; i++) {
        const struct condition *c = &v->select.conditions[i];
        bool said = c->field == v->within || /* by the board's tabs, or a select */
                    (c->field == without && c->compare == COMPARE_IS);
        if (!said)
            chip_add(rq, v, chips, &n, condition_name(a, c).p, condition_words(rq, c));
    }
    *list = chips;
    *list_n = n;
}

size_t entries_kept(struct req *rq, const struct entry_list *v, const char *const *without,
                    const struct option **kept)
{
    size_t made = 0;
    const struct param *now = v->params;
    struct option *list = arena_array(rq->arena, struct option, v->params_n);
    for (size_t i = 0; i < v->params_n; i++) {
        bool leave = str_eq(now[i].name, S("after")) || !now[i].value.n;
        for (const char *const *w = without; *w; w++)
            leave = leave || str_is(now[i].name, *w);
        if (!leave)
            list[made++] = (struct option){now[i].name, now[i].value, NULL};
    }
    *kept = list;
    return made;
}

/* A filter's value goes as `to`, so that it is not taken for a filter of its own. */
static struct combobox filter_combo(const struct combobox *combo, bool people)
{
    struct combobox c = *combo;
    c.name = "to";
    c.bare = true;
    c.many = c.required = false;
    if (people)
        c.placeholder = "A name, or: me, my team";
    return c;
}

static struct field filter_field(const struct field *field)
{
    struct field f = *field;
    f.name = "to";
    f.bare = true;
    f.required = f.big = false;
    f.hint = f.of = NULL;
    return f;
}

/* The comparisons that fit, each as a whole parameter's name: "amount.gte". */
static void adding_make(struct req *rq, struct entry_list *v)
{
    const struct record_field *f = type_field_str(v->type, entries_param(v, "add"));
    if (!f || !field_seen(f, &rq->viewer))
        return;
    struct str op = entries_param(v, "op");
    enum compare chosen = COMPARES;
    struct option *ops = arena_array(rq->arena, struct option, COMPARES);
    struct filter_row *row = arena_make(rq->arena, struct filter_row);
    for (enum compare c = 0; c < COMPARES; c++) {
        if (!compare_fits(c, f))
            continue;
        if (chosen == COMPARES || str_is(op, compare_name(c)))
            chosen = c;
        ops[row->ops_n++] =
            (struct option){str_of(compare_name(c)), str_of(compare_label(c, f)), NULL};
    }
    if (chosen == COMPARES)
        return;
    struct control *control = arena_make(rq->arena, struct control);
    *control = field_control_among(
        rq, v->type, f, arena_array(rq->arena, struct str, v->type->fields_n), NULL, false);
    if (control->kind == CONTROL_CHECKS) /* one of them is looked for */
        control->kind = CONTROL_SELECT;
    if (control->combo)
        *(struct combobox *)control->combo = filter_combo(control->combo, leads_to_people(f));
    else
        *(struct field *)control->field = filter_field(control->field);
    row->label = f->label;
    row->op_name = "op";
    row->op_label = "Comparison";
    row->ops = ops;
    row->op = str_of(compare_name(chosen));
    row->controls = control;
    row->controls_n = 1;
    struct option *kept = arena_make(rq->arena, struct option);
    *kept = (struct option){S("add"), str_of(f->name), NULL};
    row->kept = kept;
    row->kept_n = 1;
    v->filters.row = row;
    v->filters.adding = str_of(f->name);
}

/* "/deals/columns?stage=won" */
static struct str under(struct req *rq, const struct entry_list *v, const char *what,
                        struct str query)
{
    return str_join(rq->arena, (struct str[]){v->path, S("/"), str_of(what), query}, 4, S(""));
}

static void filters_make(struct req *rq, struct entry_list *v)
{
    static const char *const own[] = {"add", "op", "to", "to_text", NULL};
    struct option *options = arena_array(rq->arena, struct option, FILTER_FIELDS);
    struct filter_group *group = arena_make(rq->arena, struct filter_group);
    size_t n = 0;
    for (size_t i = 0; i < v->type->fields_n && n < FILTER_FIELDS; i++) {
        const struct record_field *f = &v->type->fields[i];
        bool fits = compare_fits(COMPARE_IS, f) || compare_fits(COMPARE_HAS, f);
        if (fits && field_seen(f, &rq->viewer))
            options[n++] = (struct option){str_of(f->name), str_of(f->label), NULL};
    }
    group->options = options;
    group->n = n;
    v->filters.next = under(rq, v, "filters", S(""));
    v->filters.add_name = "add";
    v->filters.groups = group;
    v->filters.groups_n = 1;
    v->filters.kept_n = entries_kept(rq, v, own, &v->filters.kept);
    v->filters.path = v->path;
    adding_make(rq, v);
}

/* What the list is narrowed to; the form that adds to it has a page of its own. */
static void narrowing_make(struct req *rq, struct entry_list *v)
{
    v->filters.path = v->path;
    v->filters.is_any = v->select.any;
    if (entries_param(v, "add").n)
        filters_make(rq, v);
    else
        v->filters.source = under(rq, v, "filters", v->here_query);
    if (v->select.n > 1) {
        v->filters.all = entries_url(rq, v, (const char *const[]){"match", "", NULL});
        v->filters.any = entries_url(rq, v, (const char *const[]){"match", "any", NULL});
    }
    entries_chips(rq, v, NULL, &v->filters.chips, &v->filters.chips_n);
    if (v->filters.chips_n)
        v->filters.clear = v->path;
}

static void chooser_make(struct req *rq, struct entry_list *v)
{
    static const char *const own[] = {"columns", NULL};
    struct field *columns = arena_array(rq->arena, struct field, v->type->fields_n);
    size_t n = 0;
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        if (!field_seen(f, &rq->viewer) || (f->flags & (FIELD_TITLE | FIELD_BODY)))
            continue;
        columns[n] = (struct field){.value = str_of(f->name), .label = f->label};
        for (size_t c = 0; c < v->columns_n; c++)
            columns[n].checked = columns[n].checked || v->columns[c] == f;
        n++;
    }
    v->chooser =
        (struct column_chooser){.path = v->path, .name = "columns", .columns = columns, .n = n};
    v->chooser.kept_n = entries_kept(rq, v, own, &v->chooser.kept);
    if (entries_param(v, "columns").n)
        v->chooser.reset = entries_url(rq, v, (const char *const[]){"columns", "", NULL});
}

/* ---- faces ---- */

static void list_json(struct json *j, const void *data)
{
    const struct entry_list *v = data;
    json_key(j, "data");
    json_open(j, '[');
    entries_json_list(j, req_of(j->o), v->type, &v->found, &v->select.fields);
    json_close(j, ']');
    json_key(j, "next");
    if (v->found.next.n)
        json_str(j, v->found.next);
    else
        json_nil(j);
}

static struct feed *list_feed(struct req *rq, const struct entry_list *v)
{
    struct feed *feed = feed_new(rq, v->title, v->here, v->found.n);
    for (size_t i = 0; i < feed->n; i++) {
        const struct selected *s = &v->found.rows[i];
        struct out text;
        out_init(&text, URL_MAX);
        for (size_t c = 1; c < v->columns_n; c++) {
            struct str shown =
                kind_shown(rq->arena, v->columns[c], &s->values[v->columns[c]->index]);
            if (shown.n)
                out_fmt(&text, "%s%s: " STR_FMT, text.n ? " · " : "", v->columns[c]->label,
                        STR_ARG(shown));
        }
        feed->entries[i] = (struct feed_entry){.id = s->id,
                                               .published = s->created_at,
                                               .updated = s->updated_at,
                                               .title = s->title,
                                               .path = s->path,
                                               .text = out_take(&text, rq->arena)};
    }
    feed->next = v->found.next;
    return feed;
}

/* What was typed into the combobox of a filter, as the number that the query has. */
static struct str filter_value(struct req *rq, const struct entry_list *v,
                               const struct record_field *f)
{
    struct str value = str_trim(entries_param(v, "to")), typed = entries_param(v, "to_text");
    const char *why = NULL;
    if (!value.n && leads_to_people(f) && str_eq_nocase(str_trim(typed), S("me")))
        return S("me");
    if (!value.n && leads_to_people(f) && str_eq_nocase(str_trim(typed), S("my team")))
        return S("team");
    bool leads = kind_info(f->result)->can & KIND_LEADS;
    int64_t id =
        leads && !value.n && str_trim(typed).n ? lead_find(rq, f, str_trim(typed), &why) : 0;
    return id ? str_of_id(rq->arena, S(""), id) : value;
}

/* "?add=amount&op=gte&to=1000", as the form sends it, is the filter "?amount.gte=1000". */
static bool filter_added(struct req *rq, const struct entry_list *v, struct str *to)
{
    const struct record_field *f = type_field_str(v->type, entries_param(v, "add"));
    struct str op = entries_param(v, "op");
    bool empty = str_is(op, compare_name(COMPARE_EMPTY));
    struct str value = f ? filter_value(rq, v, f) : S("");
    if (!f || (!value.n && !empty))
        return false;
    struct str name = str_fmt(rq->arena, "%s%s" STR_FMT, f->name, op.n ? "." : "", STR_ARG(op));
    *to = entries_url(rq, v,
                      (const char *const[]){"add", "", "op", "", "to", "", "to_text", "",
                                            str_cstr(rq->arena, name),
                                            empty ? "yes" : str_cstr(rq->arena, value), NULL});
    return true;
}

/* "?columns=a&columns=b", as the form sends it, is "?columns=a,b". */
static bool columns_joined(struct req *rq, const struct entry_list *v, struct str *to)
{
    struct str *names = arena_array(rq->arena, struct str, v->params_n);
    size_t n = 0;
    for (size_t i = 0; i < v->params_n; i++)
        if (str_eq(v->params[i].name, S("columns")) && v->params[i].value.n)
            names[n++] = v->params[i].value;
    if (n < 2 || rq->face != FACE_PAGE)
        return false;
    struct str all = str_join(rq->arena, names, n, S(","));
    *to = entries_url(rq, v, (const char *const[]){"columns", str_cstr(rq->arena, all), NULL});
    return true;
}

/* ---- looks ---- */

static const struct {
    const char *name, *label;
} look_names[LOOKS] = {
    [LOOK_POSTS] = {"posts", "Posts"},       [LOOK_TABLE] = {"table", "Table"},
    [LOOK_BOARD] = {"board", "Board"},       [LOOK_CALENDAR] = {"calendar", "Calendar"},
    [LOOK_GALLERY] = {"gallery", "Gallery"},
};

static bool look_fits(struct req *rq, const struct entry_list *v, enum look look)
{
    switch (look) {
    case LOOK_POSTS:
        return v->type->votes;
    case LOOK_BOARD:
        return look_field(rq, v, "", board_by) != NULL;
    case LOOK_CALENDAR:
        return look_field(rq, v, "", calendar_by) != NULL;
    default:
        return true;
    }
}

/* What the bare list is. */
static enum look look_first(const struct record_type *t)
{
    return t->faces ? LOOK_GALLERY : t->begins && t->votes ? LOOK_POSTS : LOOK_TABLE;
}

/* Whether it asks for what only a table shows. */
static bool look_plain(const struct entry_list *v)
{
    return !entries_param(v, "sort").n && !entries_param(v, "columns").n &&
           !entries_param(v, "group").n;
}

/* Posts stand in the core's orders only, and in no groups. */
static bool look_choose(struct req *rq, struct entry_list *v)
{
    struct str as = entries_param(v, "as");
    bool plain = v->select.ranked && !entries_param(v, "group").n;
    v->look = look_first(v->type);
    if ((v->look == LOOK_POSTS && !plain) || (v->look == LOOK_GALLERY && !look_plain(v)))
        v->look = LOOK_TABLE;
    for (enum look look = 0; look < LOOKS; look++)
        if (str_is(as, look_names[look].name)) {
            v->look = look;
            return look_fits(rq, v, look) && (look != LOOK_POSTS || plain);
        }
    return !as.n;
}

static void looks_make(struct req *rq, struct entry_list *v)
{
    struct link_item *items = arena_array(rq->arena, struct link_item, LOOKS);
    size_t n = 0;
    for (enum look look = 0; look < LOOKS; look++) {
        if (!look_fits(rq, v, look))
            continue;
        bool first = look == look_first(v->type) && (look != LOOK_GALLERY || look_plain(v));
        const char *as = first ? "" : look_names[look].name;
        struct str sort = entries_param(v, "sort");
        if (look == LOOK_POSTS && !v->select.ranked)
            sort = str_of(v->type->begins ? "" : list_sorts[SORT_NEWEST]);
        items[n++] = (struct link_item){
            .label = look_names[look].label,
            .path =
                entries_url(rq, v,
                            (const char *const[]){"as", as, "sort", str_cstr(rq->arena, sort), "by",
                                                  "", "sum", "", "fold", "", "month", "", NULL}),
            .current = v->look == look};
    }
    v->looks = (struct link_bar){"Look", items, n > 1 ? n : 0};
}

/* ---- the page ---- */

static void empty_make(struct req *rq, struct entry_list *v)
{
    bool narrowed = select_narrowed(&v->select);
    bool some = rq->viewer.id && !v->new_path.n && !v->type->none; /* they see what is shared */
    struct str what = type_word(rq->arena, v->type, v->table.label);
    v->empty = (struct empty){
        .art = narrowed ? "#i-art-search" : NULL,
        .title = narrowed        ? S("Nothing like that here")
                 : v->type->none ? str_of(v->type->none)
                                 : str_fmt(rq->arena, "No " STR_FMT " here yet", STR_ARG(what)),
        .text = narrowed ? S("Take a filter away, or look elsewhere.")
                : some   ? S("What somebody shares with you will stand here.")
                         : S(""),
        .act = narrowed        ? "Show all"
               : v->new_path.n ? v->call
                               : NULL,
        .path = narrowed ? v->path : v->new_path};
}

static void page_make(struct req *rq, struct entry_list *v)
{
    empty_make(rq, v);
    looks_make(rq, v);
    if (v->look == LOOK_POSTS) {
        posts_make(rq, v);
        return;
    }
    views_make(rq, v);
    narrowing_make(rq, v);
    if (v->look == LOOK_BOARD) {
        board_make(rq, v);
        return;
    }
    if (v->look == LOOK_CALENDAR) {
        calendar_make(rq, v);
        return;
    }
    if (v->look == LOOK_GALLERY && v->found.n) {
        gallery_make(rq, v);
        return;
    }
    v->look = LOOK_TABLE;
    rows_make(rq, v);
    bulk_make(rq, v);
    grouping_make(rq, v);
    v->ungrouped_n = entries_kept(rq, v, (const char *const[]){"group", NULL}, &v->ungrouped);
    v->chooser.source = under(rq, v, "columns", v->here_query);
}

/* What the look shows. NULL, or words. */
static const char *look_read(struct req *rq, struct entry_list *v)
{
    bool looks = face_shows(rq->face) || rq->face == FACE_JSON;
    if (v->look == LOOK_BOARD && looks)
        return board_read(rq, v);
    if (v->look == LOOK_CALENDAR && looks)
        return calendar_read(rq, v);
    if (v->look == LOOK_GALLERY && face_shows(rq->face))
        gallery_choose(rq, v);
    if (v->look == LOOK_POSTS && (face_shows(rq->face) || face_feeds(rq->face))) {
        posts_read(rq, v);
        return NULL;
    }
    v->select.limit = v->look == LOOK_POSTS ? POSTS : 0;
    columns_choose(rq, v);
    for (size_t i = 0; i < v->type->fields_n && rq->face == FACE_JSON; i++)
        field_set_add(&v->select.fields, &v->type->fields[i]);
    if (entries_param(v, "group").n && v->look == LOOK_TABLE && face_shows(rq->face))
        return groups_read(rq, v);
    if (rq->face != FACE_CSV && rq->face != FACE_CARDS && rq->face != FACE_CALENDAR)
        select_run(rq, &v->select, &v->found);
    return NULL;
}

/* What is wrong with the look that was asked for; a view shows its table then, and says so. */
static const char *look_show(struct req *rq, struct entry_list *v)
{
    const char *why =
        look_choose(rq, v) ? look_read(rq, v) : "These records cannot be looked at in this way.";
    if (!why || !v->view)
        return why;
    v->missing =
        str_fmt(rq->arena, STR_FMT "%s%s", STR_ARG(v->missing), v->missing.n ? " " : "", why);
    v->look = LOOK_TABLE;
    return look_read(rq, v);
}

static struct str file_address(struct req *rq, const struct entry_list *v, const char *ending)
{
    return str_fmt(rq->arena, STR_FMT ".%s" STR_FMT, STR_ARG(v->path), ending,
                   STR_ARG(str_from(v->here, v->path.n)));
}

static void names_make(struct req *rq, struct entry_list *v)
{
    struct str url = entries_url(rq, v, NULL);
    v->here = v->view && !v->view_changed ? v->view->path : url;
    v->here_query = str_from(url, v->path.n);
    v->csv = file_address(rq, v, "csv");
    v->vcf = vcf_of(v->type, &rq->viewer) ? file_address(rq, v, "vcf") : S("");
    v->ics = ics_of(v->type, &rq->viewer) ? file_address(rq, v, "ics") : S("");
    v->topic = rq->viewer.role >= ROLE_STAFF ? live_type(str_of(v->type->name)) : LIVE_LISTS;
    v->table.label = v->type->label ? v->type->label : v->type->noun;
    v->title = v->view ? v->view->name : str_of(v->table.label);
    v->call = entries_call(rq->arena, v->type);
    struct str space = v->select.core.space_id > 0 ? entries_param(v, "space") : S("");
    if (entry_maker(v->type, &rq->viewer) ||
        (v->type->begins && v->type->votes)) /* a guest signs in first */
        v->new_path = str_fmt(rq->arena, "/%s/new%s" STR_FMT, v->type->plural,
                              space.n ? "?space=" : "", STR_ARG(space));
}

static struct entry_list *list_new(struct req *rq)
{
    struct entry_list *v = arena_make(rq->arena, struct entry_list);
    v->type = entries_type(rq);
    if (v->type)
        v->path = str_fmt(rq->arena, "/%s", v->type->plural);
    v->params = req_queries(rq, &v->params_n);
    return v;
}

/* ---- what is chosen for a list, each on a page of its own ---- */

static int chosen_answer(struct req *rq, struct entry_list *v, const char *title,
                         void (*make)(struct req *rq, struct entry_list *v),
                         void (*view)(struct out *o, const void *data))
{
    if (!v->type || !view_apply(rq, v, others))
        return not_found(rq);
    const char *why = select_take(rq, v->type, v->params, v->params_n, others, &v->select);
    if (why)
        return refuse(rq, 400, why);
    names_make(rq, v);
    make(rq, v);
    return answer(rq, &(struct answer){.title = str_of(title),
                                       .page = view,
                                       .section = v->path.p,
                                       .width = PAGE_NARROW,
                                       .data = v});
}

int list_filters(struct req *rq)
{
    return chosen_answer(rq, list_new(rq), "Add a filter", filters_make, entries_filters_view);
}

static void columns_make(struct req *rq, struct entry_list *v)
{
    columns_choose(rq, v);
    chooser_make(rq, v);
}

int list_columns(struct req *rq)
{
    return chosen_answer(rq, list_new(rq), "Columns", columns_make, entries_columns_view);
}

/* ---- the list ---- */

int entries_index(struct req *rq)
{
    struct entry_list *v = list_new(rq);
    if (!v->type)
        return not_found(rq);
    if (view_lead(rq, v))
        return rq->status;
    if (!view_apply(rq, v, others))
        return not_found(rq);
    struct str narrowed_to;
    if (filter_added(rq, v, &narrowed_to) || columns_joined(rq, v, &narrowed_to))
        return redirect(rq, STR_FMT, STR_ARG(narrowed_to));
    const char *why = select_take(rq, v->type, v->params, v->params_n, others, &v->select);
    if (why)
        return refuse(rq, 400, why);
    names_make(rq, v);
    why = look_show(rq, v);
    if (!why && v->missing.n && !face_shows(rq->face))
        why = str_cstr(rq->arena, v->missing);
    if (why)
        return refuse(rq, 400, why);
    if (rq->face == FACE_CSV)
        return sheet_answer(rq, v, &sheet_csv, NULL);
    if (rq->face == FACE_CARDS)
        return vcf_of(v->type, &rq->viewer) ? sheet_answer(rq, v, &sheet_vcf, NULL) : not_found(rq);
    if (rq->face == FACE_CALENDAR)
        return ics_list(rq, v);
    if (face_shows(rq->face))
        page_make(rq, v);
    return answer(rq, &(struct answer){.title = v->title,
                                       .page = entries_index_view,
                                       .json = v->lanes ? board_json : list_json,
                                       .feed = v->posts.rows ? posts_feed(rq, v) : list_feed(rq, v),
                                       .section = v->path.p,
                                       .topics = &v->topic,
                                       .topics_n = 1,
                                       .data = v});
}
