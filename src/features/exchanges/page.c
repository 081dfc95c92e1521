/* page.c: what the pages of imports show, and their JSON; see page.h. */
#include "features/exchanges/page.h"

#include <jansson.h>

#include "features/records/records.h"
#include "http/app.h"
#include "views/exchanges/index.h"
#include "views/exchanges/rejects.h"
#include "views/exchanges/show.h"

enum { SHOWN = 100, SPACES = 50, GROUPS = 5, ADDRESS_PARTS = 7, NAME_PARTS = 5 };

static const struct part file_parts[] = {PART_TITLE("RecordImport"), ROW_ALL(exchange_file), {0}};
const struct part imports_answer[] = {PART_LIST("data", struct imports_list, files, n, file_parts),
                                      {0}};

static const struct part page_parts[] = {
    PART_HERE(struct import_page, file, file_parts),
    PART(RAW, "plan", struct import_page, plan_json),
    PART(RAW, "report", struct import_page, report_json),
    {0},
};
const struct part import_answer[] = {PART_OBJECT("data", page_parts), {0}};

static const struct part reject_parts[] = {
    PART_TITLE("RejectedRow"),
    PART(INT, "row", struct reject, row),
    PART(TEXT, "why", struct reject, why),
    PART(RAW, "cells", struct reject, cells),
    {0},
};
const struct part rejects_answer[] = {PART_LIST("data", struct rejects_list, rows, n, reject_parts),
                                      {0}};

/* ---- the list ---- */

int imports_answer_list(struct req *rq, const struct record_type *t, const char *wrong)
{
    struct imports_list *v = arena_make(rq->arena, struct imports_list);
    struct exchange_file *files = arena_array(rq->arena, struct exchange_file, SHOWN);
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(EXCHANGE_ROW) " FROM exchanges e"
                                                     " WHERE e.type = ?1 AND"
                                                     " (e.person_id = ?2 OR ?3 <> 0)"
                                                     " ORDER BY e.id DESC LIMIT ?4",
                 Z(t->name), I(rq->viewer.id), I(rq->viewer.role >= ROLE_ADMINISTRATOR), I(SHOWN));
    while (v->n < SHOWN && db_next(&q))
        exchange_file_decode(&files[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->type = t;
    v->files = files;
    v->wrong = wrong;
    v->upload_max_mb = app_upload_max_mb(rq->app);
    struct str what = type_word(rq->arena, t, t->label ? t->label : t->noun);
    v->title = str_fmt(rq->arena, "Import " STR_FMT, STR_ARG(what));
    return answer(rq, &(struct answer){.status = wrong ? 422 : 0,
                                       .title = v->title,
                                       .page = exchanges_index_view,
                                       .section = str_fmt(rq->arena, "/%s", t->plural).p,
                                       .width = PAGE_NARROW,
                                       .data = v});
}

/* ---- the columns ---- */

static size_t parts_put(struct arena *a, const struct record_field *f, struct option *out)
{
    static const char *const address[][2] = {{"street", "street"},  {"extended", "second line"},
                                             {"pobox", "PO box"},   {"postcode", "postcode"},
                                             {"city", "city"},      {"region", "region"},
                                             {"country", "country"}};
    static const char *const names[][2] = {{"first_name", "first name"},
                                           {"middle_name", "middle name"},
                                           {"last_name", "last name"},
                                           {"prefix", "prefix"},
                                           {"suffix", "suffix"}};
    bool is_address = f->result == KIND_ADDRESS || f->result == KIND_ADDRESSES;
    bool is_name = f->flags & FIELD_TITLE;
    size_t n = is_address ? ADDRESS_PARTS : is_name ? NAME_PARTS : 0;
    for (size_t i = 0; i < n; i++) {
        const char *const *part = is_address ? address[i] : names[i];
        out[i] = (struct option){str_fmt(a, "%s.%s", f->name, part[0]),
                                 str_fmt(a, "%s: %s", f->label, part[1]), NULL};
    }
    return n;
}

/* What columns were found to be for besides: one of several ("Phone: home", "Phone: label, 2"). */
static size_t guessed_put(struct arena *a, const struct import_page *v, struct option *options,
                          size_t n)
{
    size_t more = 0;
    for (size_t c = 0; c < v->plan.columns_n; c++) {
        struct str to = v->plan.columns[c].to, part;
        const struct record_field *f = plan_field(v->type, to, &part);
        ptrdiff_t at = str_find(to, '@');
        bool there = !f || at < 0;
        for (size_t i = 0; i < n + more && !there; i++)
            there = str_eq(options[i].value, to);
        if (!there)
            options[n + more++] =
                (struct option){to,
                                str_fmt(a, "%s: " STR_FMT "%s" STR_FMT, f->label, STR_ARG(part),
                                        part.n ? ", " : "", STR_ARG(str_from(to, (size_t)at + 1))),
                                NULL};
    }
    return more;
}

static void map_make(struct req *rq, struct import_page *v)
{
    struct arena *a = rq->arena;
    const struct record_type *t = v->type;
    struct option *options = arena_array(
        a, struct option, t->fields_n * (ADDRESS_PARTS + 1) + NAME_PARTS + v->plan.columns_n + 2);
    struct map_row *rows = arena_array(a, struct map_row, v->plan.columns_n + 1);
    struct filter_group *groups = arena_array(a, struct filter_group, 2);
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!exchange_takes(f, &rq->viewer))
            continue;
        options[n++] = (struct option){str_of(f->name), str_of(f->label), NULL};
        n += parts_put(a, f, &options[n]);
    }
    n += guessed_put(a, v, options, n);
    options[n] = (struct option){S(PLAN_NUMBER), S("Number of the record here"), NULL};
    groups[0] = (struct filter_group){str_of(t->noun), options, n};
    groups[1] = (struct filter_group){S("To find it by"), &options[n], 1};
    for (size_t c = 0; c < v->plan.columns_n; c++) {
        const struct plan_column *p = &v->plan.columns[c];
        rows[c] = (struct map_row){.column = p->name,
                                   .samples = p->samples,
                                   .samples_n = p->samples_n,
                                   .name = str_fmt(a, "map.%zu", c).p,
                                   .field = p->to,
                                   .guessed = p->guessed && p->to.n};
    }
    v->map = (struct map_table){.label = str_fmt(a, "Columns of " STR_FMT, STR_ARG(v->file.name)).p,
                                .rows = rows,
                                .rows_n = v->plan.columns_n,
                                .fields = groups,
                                .fields_n = 2};
}

static void keys_make(struct req *rq, struct import_page *v)
{
    struct option *keys = arena_array(rq->arena, struct option, v->type->fields_n + 1);
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        struct str rest = v->plan.keys, name;
        bool chosen = false;
        if (!exchange_takes(f, &rq->viewer) || !exchange_matches(f))
            continue;
        while (str_split(&rest, ',', &name))
            chosen = chosen || str_is(name, f->name);
        keys[v->keys_n++] =
            (struct option){str_of(f->name), str_of(f->label), chosen ? "chosen" : NULL};
    }
    v->keys = keys;
}

static void defaults_make(struct req *rq, struct import_page *v)
{
    if (v->plan.owner_id)
        v->owner = db_get_str(rq->db, rq->arena, "SELECT '@' || handle FROM people WHERE id = ?1",
                              I(v->plan.owner_id));
    if (!v->owner.p)
        v->owner = S("");
    if (!v->type->spaced)
        return;
    struct space_choice *spaces = arena_array(rq->arena, struct space_choice, SPACES);
    struct option *options = arena_array(rq->arena, struct option, SPACES);
    v->spaces_n = spaces_to_write(rq, spaces, SPACES);
    for (size_t i = 0; i < v->spaces_n; i++)
        options[i] =
            (struct option){str_of_id(rq->arena, S(""), spaces[i].id), spaces[i].name, NULL};
    v->spaces = options;
}

/* ---- what was tried, and what was done ---- */

static void group_load(struct arena *a, const json_t *one, struct try_group *g)
{
    const json_t *first = json_object_get(one, "first");
    size_t n = json_array_size(first);
    struct try_row *rows = arena_array(a, struct try_row, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(first, i);
        rows[i] =
            (struct try_row){json_integer_value(json_object_get(row, "row")),
                             str_dup(a, str_of(json_string_value(json_object_get(row, "title")))),
                             str_dup(a, str_of(json_string_value(json_object_get(row, "why"))))};
    }
    g->n = json_integer_value(json_object_get(one, "n"));
    g->rows = rows;
    g->rows_n = n;
}

static const struct {
    const char *name, *label, *icon;
    enum tone tone;
} groups[GROUPS] = {
    {"created", "created", "#i-plus", TONE_GREEN},
    {"updated", "updated", "#i-pencil", TONE_BLUE},
    {"same", "matched, nothing new", "#i-check", TONE_GREY},
    {"skipped", "skipped", "#i-skip-forward", TONE_GREY},
    {"rejected", "rejected", "#i-x", TONE_RED},
};

const struct try_group *import_groups(struct arena *a, struct str report, size_t *n)
{
    json_t *root = json_loadb(report.p, report.n, 0, NULL);
    struct try_group *g = arena_array(a, struct try_group, GROUPS);
    for (size_t i = 0; root && i < GROUPS; i++) {
        g[i].label = groups[i].label;
        group_load(a, json_object_get(root, groups[i].name), &g[i]);
    }
    *n = root ? GROUPS : 0;
    json_decref(root);
    return g;
}

bool import_undoes(const struct exchange_file *e)
{
    return str_is(e->state, "done") || (str_is(e->state, "failed") && e->rows);
}

static void progress_read(struct req *rq, struct import_page *v)
{
    struct rows q = db_query(rq->db,
                             "SELECT words, progress, total FROM jobs WHERE data = ?1 AND kind IN"
                             " ('" EXCHANGE_TRY "', '" EXCHANGE_RUN "', '" EXCHANGE_UNDO "')"
                             " AND state IN ('waiting', 'running') ORDER BY id DESC LIMIT 1",
                             T(str_of_id(rq->arena, S(""), v->file.id)));
    v->dry.label = "Waiting";
    if (db_next(&q)) {
        v->dry.label = db_str(&q, 0).n ? str_cstr(rq->arena, db_str(&q, 0)) : "Waiting";
        v->dry.done = db_int(&q, 1);
        v->dry.of = db_int(&q, 2);
    }
    db_done(&q);
}

static void counts_make(struct req *rq, struct import_page *v)
{
    struct dry_count *counts = arena_array(rq->arena, struct dry_count, GROUPS + 3);
    const struct exchange_file *e = &v->file;
    const int64_t done[GROUPS] = {e->created, e->updated, e->same, e->skipped, e->rejected};
    bool tried = !e->rows && v->groups_n;
    size_t n = 0;
    for (size_t i = 0; i < GROUPS && (tried || e->rows); i++) {
        int64_t count = tried ? v->groups[i].n : done[i];
        if (!count && i > 1)
            continue;
        counts[n++] =
            (struct dry_count){groups[i].label, groups[i].icon, groups[i].tone, count, S("")};
        if (!tried && i == GROUPS - 1)
            counts[n - 1].path = str_fmt(rq->arena, STR_FMT "/rejects", STR_ARG(v->path));
    }
    if (str_is(e->state, "undoing") || str_is(e->state, "undone")) {
        counts[n++] =
            (struct dry_count){"deleted again", "#i-trash-2", TONE_GREY, e->deleted, S("")};
        counts[n++] =
            (struct dry_count){"as they were", "#i-history", TONE_GREY, e->reverted, S("")};
        if (e->kept)
            counts[n++] = (struct dry_count){"kept: something newer stands there",
                                             "#i-circle-alert", TONE_HONEY, e->kept, S("")};
    }
    v->dry.counts = counts;
    v->dry.n = n;
}

static bool did_something(struct req *rq, const struct exchange_file *e)
{
    return db_get_int(rq->db, 0,
                      "SELECT record_id FROM exchange_records WHERE exchange_id = ?1 LIMIT 1",
                      I(e->id));
}

struct answer import_answer_page(struct req *rq, struct import_page *v)
{
    const struct exchange_file *e = &v->file;
    v->path = str_fmt(rq->arena, "/%s/imports/%lld", v->type->plural, (long long)e->id);
    v->live =
        str_is(e->state, "trying") || str_is(e->state, "running") || str_is(e->state, "undoing");
    v->open = str_is(e->state, "new") || str_is(e->state, "tried") ||
              (str_is(e->state, "failed") && !e->rows);
    v->runs = str_is(e->state, "tried");
    v->undoes = import_undoes(e);
    v->plan_json = e->plan;
    v->report_json = e->report;
    if (face_shows(rq->face)) {
        if (v->open) {
            map_make(rq, v);
            keys_make(rq, v);
            defaults_make(rq, v);
        }
        v->undoes = v->undoes && did_something(rq, e);
        v->groups = import_groups(rq->arena, e->report, &v->groups_n);
        v->leads_nowhere = v->groups_n && v->groups[v->groups_n - 1].n && !v->plan.make_missing;
        if (v->live)
            progress_read(rq, v);
        counts_make(rq, v);
    }
    return (struct answer){.title = str_fmt(rq->arena, "Import " STR_FMT, STR_ARG(e->name)),
                           .page = exchanges_show_view,
                           .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                           .width = PAGE_NARROW,
                           .data = v};
}

int import_answer_wrong(struct req *rq, struct import_page *v)
{
    if (rq->face == FACE_JSON)
        return refuse(rq, 422, v->wrong);
    struct answer page = import_answer_page(rq, v);
    page.status = 422;
    rq->face = FACE_PAGE;
    return answer(rq, &page);
}

/* ---- rejected rows ---- */

const struct reject *rejects_read(struct req *rq, int64_t id, int64_t after, size_t *n)
{
    bool all = rq->face == FACE_CSV;
    size_t most = all ? REJECTS_MAX : SHOWN;
    struct reject *list = arena_array(rq->arena, struct reject, most);
    struct rows q = db_query(rq->db,
                             "SELECT number, why, cells FROM exchange_rejects"
                             " WHERE exchange_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
                             I(id), I(after), I((int64_t)most));
    size_t bytes = 0;
    *n = 0;
    while (*n < most && bytes < REJECTS_BYTES && db_next(&q)) {
        list[*n] =
            (struct reject){db_int(&q, 0), db_dup(&q, 1, rq->arena), db_dup(&q, 2, rq->arena)};
        bytes += list[(*n)++].cells.n;
    }
    db_done(&q);
    return list;
}

static size_t cells_load(struct arena *a, struct str text, struct str *cells, size_t max)
{
    json_t *list = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
    size_t n = json_array_size(list) < max ? json_array_size(list) : max;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        cells[i] = str_dup(a, str_make(json_string_value(one), json_string_length(one)));
    }
    json_decref(list);
    return n;
}

void rejects_write(struct out *o, struct arena *a, const struct plan *plan,
                   const struct reject *rejects, size_t n, bool head)
{
    const struct csv_writer w = {.o = o, .guard = true};
    struct str *cells = arena_array(a, struct str, SOURCE_COLUMNS + 2);
    size_t columns = plan->columns_n;
    for (size_t c = 0; c < columns; c++)
        cells[c] = plan->columns[c].name;
    cells[columns] = S("Row");
    cells[columns + 1] = S("Why");
    if (head)
        csv_write_row(&w, cells, columns + 2);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < columns; c++)
            cells[c] = S("");
        cells_load(a, rejects[i].cells, cells, columns);
        cells[columns] = str_of_id(a, S(""), rejects[i].row);
        cells[columns + 1] = rejects[i].why;
        csv_write_row(&w, cells, columns + 2);
    }
}

int rejects_answer_list(struct req *rq, const struct import_page *v, const struct reject *rows,
                        size_t n)
{
    struct rejects_list *list = arena_make(rq->arena, struct rejects_list);
    *list = (struct rejects_list){.page = v, .rows = rows, .n = n};
    return answer(rq, &(struct answer){.title = S("Rejected rows"),
                                       .page = exchanges_rejects_view,
                                       .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                                       .width = PAGE_NARROW,
                                       .data = list});
}
