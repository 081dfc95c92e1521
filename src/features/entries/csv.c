/* csv.c: a list as CSV, however long it is.
 *
 *     /deals.csv?stage=won&columns=organisation,amount
 *
 * RULES
 *   1. All that the filters let through, in the list's order, each once; without ?columns= all
 *      fields that the viewer sees.
 *   2. Memory does not grow with the list: a page is read, written to a file of its own, forgotten.
 *   3. What leads to records has their names, as far as the viewer may see them.
 *   4. A cell that a spreadsheet would take for a formula is guarded (text/csv.h RULE 9).
 */
#include "features/entries/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rand.h"
#include "http/app.h"
#include "text/csv.h"

enum { PAGE_ARENA = 64 << 20, PAGE_TEXT = 32 << 20, NAME_BYTES = 12, COLUMNS = FIELDS_MAX + 1 };

struct sheet {
    struct req *rq;
    const struct entry_list *v;
    const struct record_field **fields;
    size_t n;
    int fd;
    int64_t bytes;
};

static bool in_columns(const struct record_field *f)
{
    return f->sql[0] || f->result == KIND_REFS;
}

static void fields_choose(struct sheet *s)
{
    const struct entry_list *v = s->v;
    bool chosen = entries_param(v, "columns").n != 0;
    s->fields = arena_array(s->rq->arena, const struct record_field *, COLUMNS);
    for (size_t i = 0; chosen && i < v->columns_n; i++)
        s->fields[s->n++] = v->columns[i];
    for (size_t i = 0; !chosen && i < v->type->fields_n; i++)
        if (in_columns(&v->type->fields[i]) && field_seen(&v->type->fields[i], &s->rq->viewer))
            s->fields[s->n++] = &v->type->fields[i];
}

static bool bytes_put(struct sheet *s, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        ssize_t n = write(s->fd, text.p + at, text.n - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    s->bytes += (int64_t)text.n;
    return true;
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

static bool rows_put(struct sheet *s, struct arena *a, const struct selection *found)
{
    struct out o;
    struct str *cells = arena_array(a, struct str, s->n + 1);
    out_init(&o, PAGE_TEXT);
    const struct csv_writer w = {.o = &o, .guard = true};
    for (size_t i = 0; i < found->n; i++) {
        cells[0] = str_of_id(a, S(""), found->rows[i].id);
        for (size_t c = 0; c < s->n; c++)
            cells[c + 1] = cell_text(a, s->fields[c], &found->rows[i].values[s->fields[c]->index]);
        csv_write_row(&w, cells, s->n + 1);
    }
    bool ok = !out_failed(&o) && bytes_put(s, out_text(&o));
    out_free(&o);
    return ok;
}

static bool head_put(struct sheet *s)
{
    struct out o;
    struct str *cells = arena_array(s->rq->arena, struct str, s->n + 1);
    out_init(&o, PAGE_TEXT);
    const struct csv_writer w = {.o = &o, .guard = true};
    cells[0] = S("ID");
    for (size_t c = 0; c < s->n; c++)
        cells[c + 1] = str_of(s->fields[c]->label);
    csv_write_row(&w, cells, s->n + 1);
    bool ok = bytes_put(s, out_text(&o));
    out_free(&o);
    return ok;
}

/* RULE 2: each page in an arena that is emptied behind it; only the cursor is carried on. */
static bool pages_put(struct sheet *s)
{
    struct arena *own = arena_new(PAGE_ARENA);
    struct req page = *s->rq;
    struct select select = s->v->select;
    char after[1024];
    bool ok = true;
    page.arena = own;
    select.limit = SELECT_MOST;
    select.after = S("");
    select.fields = (struct field_set){0};
    for (size_t c = 0; c < s->n; c++)
        field_set_add(&select.fields, s->fields[c]);
    do {
        struct selection found;
        select_run(&page, &select, &found);
        ok = rows_put(s, own, &found) && !db_failed(page.db) && found.next.n < sizeof after;
        if (ok && found.next.n)
            memcpy(after, found.next.p, found.next.n);
        select.after = str_make(after, ok ? found.next.n : 0);
        arena_reset(own);
    } while (ok && select.after.n);
    arena_free(own);
    return ok;
}

int csv_answer(struct req *rq, const struct entry_list *v)
{
    struct sheet s = {.rq = rq, .v = v};
    struct str name = rand_hex(rq->arena, NAME_BYTES);
    const char *folder = str_fmt(rq->arena, "%s/tmp", rq->app->files).p;
    const char *path = str_fmt(rq->arena, "%s/csv-" STR_FMT, folder, STR_ARG(name)).p;
    if (mkdir(folder, 0700) != 0 && errno == ENOENT && mkdir(rq->app->files, 0700) == 0)
        (void)mkdir(folder, 0700);
    s.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s.fd < 0)
        return refuse(rq, 500, "There is no room to write the list.");
    fields_choose(&s);
    bool ok = head_put(&s) && pages_put(&s);
    close(s.fd);
    const struct file_answer f = {
        .path = path,
        .bytes = s.bytes,
        .type = S("text/csv; charset=utf-8; header=present"),
        .etag = name,
        .disposition = str_fmt(rq->arena, "attachment; filename=\"%s.csv\"", v->type->plural),
        .cache = S("private, no-store"),
        .policy = S("default-src 'none'; sandbox"),
    };
    ok = ok && answer_file(rq, &f); /* it stays open, */
    unlink(path);                   /* and nobody else finds it */
    return ok ? rq->status : refuse(rq, 500, "The list cannot be written.");
}
