/* csv.c: a list as CSV, however long it is.
 *
 *     /deals.csv?stage=won&columns=organisation,amount
 *
 * RULES
 *   1. Without ?columns= all fields that the viewer sees.
 *   2. A cell that a spreadsheet would take for a formula is guarded (text/csv.h RULE 9).
 */
#include "text/csv.h"
#include "features/entries/sheets.h"

static bool in_columns(const struct record_field *f)
{
    return f->sql[0] || f->result == KIND_REFS;
}

static void fields_choose(struct sheet *s)
{
    const struct entry_list *v = s->v;
    bool chosen = entries_param(v, "columns").n != 0;
    for (size_t i = 0; chosen && i < v->columns_n; i++)
        s->fields[s->n++] = v->columns[i];
    for (size_t i = 0; !chosen && i < v->type->fields_n; i++)
        if (in_columns(&v->type->fields[i]) && field_seen(&v->type->fields[i], &s->rq->viewer))
            s->fields[s->n++] = &v->type->fields[i];
}

/* "Ada: user; Bo": with their roles, as an import reads them. */
static struct str links_text(struct arena *a, const struct value *v)
{
    struct str *parts = arena_array(a, struct str, v->leads_n);
    size_t n = 0;
    for (size_t i = 0; i < v->leads_n; i++) {
        const struct lead *l = &v->leads[i];
        if (l->title.n)
            parts[n++] = l->role.n
                             ? str_fmt(a, STR_FMT ": " STR_FMT, STR_ARG(l->title), STR_ARG(l->role))
                             : l->title;
    }
    return str_join(a, parts, n, S("; "));
}

static struct str cell_text(struct arena *a, const struct record_field *f, const struct value *v)
{
    if (v->none)
        return S("");
    if (f->result == KIND_REFS)
        return links_text(a, v);
    return kind_info(f->result)->can & KIND_LEADS ? kind_shown(a, f, v) : kind_text(a, f, v);
}

static void row_put(struct sheet *s, struct arena *a, struct out *o, const struct selected *row)
{
    struct str *cells = arena_array(a, struct str, s->n + 1);
    const struct csv_writer w = {.o = o, .guard = true};
    cells[0] = str_of_id(a, S(""), row->id);
    for (size_t c = 0; c < s->n; c++)
        cells[c + 1] = cell_text(a, s->fields[c], &row->values[s->fields[c]->index]);
    csv_write_row(&w, cells, s->n + 1);
}

static void head_put(struct sheet *s, struct out *o)
{
    struct str *cells = arena_array(s->rq->arena, struct str, s->n + 1);
    const struct csv_writer w = {.o = o, .guard = true};
    cells[0] = S("ID");
    for (size_t c = 0; c < s->n; c++)
        cells[c + 1] = str_of(s->fields[c]->label);
    csv_write_row(&w, cells, s->n + 1);
}

const struct sheet_face sheet_csv = {
    .ending = "csv",
    .type = S("text/csv; charset=utf-8; header=present"),
    .choose = fields_choose,
    .head = head_put,
    .row = row_put,
};
