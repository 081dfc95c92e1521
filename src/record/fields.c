/* fields.c: reading the values of fields; see fields.h. Writing them is in fields_write.c. */
#include "record/fields.h"

#include "db/gather.h"
#include "record/files.h"

#include <stdlib.h>

enum { SQL_MAX = 256 * 1024, NAMES_MAX = 2000, LINKS_READ = 5000 };

void values_select(struct out *sql, const struct record_type *t, const struct field_set *set,
                   const struct viewer *viewer)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const struct kind_info *k = kind_info(f->result);
        if (!f->sql[0] || !field_set_has(set, f))
            continue;
        for (int c = 0; k->columns[c].suffix; c++) {
            out_lit(sql, ", ");
            out_str(sql, str_of(field_sql(f, viewer)));
            out_str(sql, str_of(k->columns[c].suffix));
        }
    }
}

/* A list shows some of very many fields: the others cost a copy, and no look at each. */
void values_decode(const struct record_type *t, const struct field_set *set, const struct rows *q,
                   int *col, struct arena *a, struct value *values)
{
    static const struct value nothing[FIELDS_MAX] = {[0 ... FIELDS_MAX - 1] = {.none = true}};
    memcpy(values, nothing, t->fields_n * sizeof *values);
    for (size_t word = 0; word * 64 < t->fields_n; word++)
        for (uint64_t bits = set->bits[word]; bits; bits &= bits - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(bits);
            if (i >= t->fields_n)
                return;
            if (t->fields[i].sql[0])
                kind_decode(&t->fields[i], q, col, a, &values[i]);
        }
}

static struct value *row_read(struct db *db, struct arena *a, const struct record_type *t,
                              int64_t id, const struct viewer *viewer)
{
    struct field_set all = {0};
    struct out sql;
    struct value *values = arena_array(a, struct value, t->fields_n);
    for (size_t i = 0; i < t->fields_n; i++)
        field_set_add(&all, &t->fields[i]);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.source");
    values_select(&sql, t, &all, viewer);
    out_fmt(&sql,
            " FROM records r JOIN %s t ON t.id = r.id LEFT JOIN texts x ON x.record_id = r.id"
            " WHERE ?1 >= 0 AND r.id = ?2",
            t->table);
    db_gather_by(db, "texts", I(id));
    struct rows q = db_query(db, str_cstr(a, out_take(&sql, a)), I(viewer ? viewer->id : 0), I(id));
    if (!db_next(&q))
        return NULL;
    int col = 1;
    values_decode(t, &all, &q, &col, a, values);
    const struct record_field *body = type_body(t);
    if (body && db_str(&q, 0).n)
        values[body->index] = (struct value){.s = db_dup(&q, 0, a)};
    db_done(&q);
    values_link(db, a, t, &all, &id, &values, 1);
    return values;
}

struct value *values_read(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    return row_read(db, a, t, id, NULL);
}

struct value *values_seen(struct req *rq, const struct record_type *t, int64_t id)
{
    return row_read(rq->db, rq->arena, t, id, &rq->viewer);
}

/* ---- links ---- */

/* "?2, ?3, ..." for so many ids that few different statements come about. */
static size_t marks_put(struct out *sql, struct db_arg *args, size_t from, const int64_t *ids,
                        size_t n)
{
    size_t room = 1;
    while (room < n)
        room *= 2;
    for (size_t i = 0; i < room; i++) {
        out_str(sql, i ? S(", ?") : S("?"));
        out_int(sql, (int64_t)(from + i + 1));
        args[from + i] = I(i < n ? ids[i] : 0);
    }
    return room;
}

static bool leads_to_many(const struct record_type *t, const struct field_set *set)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].result == KIND_REFS && field_set_has(set, &t->fields[i]))
            return true;
    return false;
}

/* Links come by record and by field: those of one value are one run. */
struct link_sink {
    const struct record_type *type;
    struct arena *arena;
    const int64_t *ids;
    struct value *const *rows;
    size_t n;
    const struct record_field *field; /* of the run */
    int64_t from;
    struct lead *run; /* behind each other */
    size_t run_n, room;
};

static const struct record_field *field_of_link(const struct record_type *t, struct str kind)
{
    struct str name = str_from(kind, strlen(t->name) + 1);
    bool own = str_starts(kind, str_of(t->name)) && kind.p[strlen(t->name)] == '.';
    return own ? type_field_str(t, name) : NULL;
}

static void run_end(struct link_sink *s)
{
    for (size_t i = 0; s->run_n && i < s->n; i++)
        if (s->ids[i] == s->from) {
            struct value *v = &s->rows[i][s->field->index];
            v->none = false;
            v->leads = s->run;
            v->leads_n = s->run_n;
        }
    s->run += s->run_n;
    s->room -= s->run_n;
    s->run_n = 0;
}

static void link_take(struct link_sink *s, const struct rows *q)
{
    enum { ROOM = 64 };
    const struct record_field *f = field_of_link(s->type, db_str(q, 1));
    int64_t from = db_int(q, 0);
    if (!f || f->result != KIND_REFS)
        return;
    if (f != s->field || from != s->from)
        run_end(s);
    s->field = f;
    s->from = from;
    if (s->run_n == s->room) {
        size_t room = s->run_n * 2 + ROOM;
        struct lead *more = arena_array(s->arena, struct lead, room);
        if (s->run_n)
            memcpy(more, s->run, s->run_n * sizeof *more);
        s->run = more;
        s->room = room;
    }
    s->run[s->run_n++] = (struct lead){.id = db_int(q, 2), .role = db_dup(q, 3, s->arena)};
}

void values_link(struct db *db, struct arena *a, const struct record_type *t,
                 const struct field_set *set, const int64_t *ids, struct value *const *rows,
                 size_t n)
{
    if (!n || !leads_to_many(t, set))
        return;
    struct out sql;
    struct db_arg *args = arena_array(a, struct db_arg, n * 4 + 8);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT l.from_id, l.kind, l.to_id, l.role FROM links l WHERE l.kind >= ?1"
                  " AND l.kind < ?2 AND l.from_id IN (");
    args[0] = T(str_fmt(a, "%s.", t->name));
    args[1] = T(str_fmt(a, "%s/", t->name)); /* the character behind '.' */
    size_t used = marks_put(&sql, args, 2, ids, n);
    out_lit(&sql, ") ORDER BY l.from_id, l.kind, l.at, l.to_id");
    struct rows q = db_query_n(db, str_cstr(a, out_take(&sql, a)), args, used + 2);
    struct link_sink sink = {.type = t, .arena = a, .ids = ids, .rows = rows, .n = n};
    for (size_t read = 0; read < LINKS_READ && db_next(&q); read++)
        link_take(&sink, &q);
    run_end(&sink);
    db_done(&q);
}

/* ---- names of what is led to ---- */

struct named {
    int64_t id;
    struct str title, path;
};

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t ids_gather(struct arena *a, const struct record_type *t, const struct field_set *set,
                         struct value *const *rows, size_t n, int64_t **gathered)
{
    size_t found = 0;
    int64_t *ids = *gathered = arena_bytes(a, NAMES_MAX * sizeof *ids);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!(kind_info(f->result)->can & KIND_LEADS) || !field_set_has(set, f))
            continue;
        for (size_t k = 0; k < n; k++) {
            const struct value *v = &rows[k][i];
            if (f->result != KIND_REFS && !v->none && found < NAMES_MAX)
                ids[found++] = v->i;
            for (size_t l = 0; l < v->leads_n && found < NAMES_MAX; l++)
                ids[found++] = v->leads[l].id;
        }
    }
    qsort(ids, found, sizeof *ids, by_id);
    size_t kept = 0;
    for (size_t i = 0; i < found; i++)
        if (!kept || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    return kept;
}

static size_t names_read(struct req *rq, const int64_t *ids, size_t n, struct named *names)
{
    struct out sql;
    struct db_arg *args = arena_array(rq->arena, struct db_arg, n * 4 + 8);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT r.id, r.type, r.title FROM records r WHERE r.id IN (");
    args[0] = I(rq->viewer.id);
    size_t used = marks_put(&sql, args, 1, ids, n);
    out_fmt(&sql, ") AND r.deleted_at IS NULL AND %s ORDER BY r.id",
            access_sql(rq->db, &rq->viewer));
    struct rows q =
        db_query_n(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), args, used + 1);
    size_t found = 0;
    while (found < n && db_next(&q)) {
        struct named *name = &names[found++];
        name->id = db_int(&q, 0);
        name->title = db_dup(&q, 2, rq->arena);
        name->path = record_path_of(rq->arena, db_str(&q, 1), name->id, name->title);
        if (!name->title.n)
            name->title = str_fmt(rq->arena, "%lld", (long long)name->id);
    }
    db_done(&q);
    return found;
}

static void link_name(struct lead *link, const struct named *names, size_t n)
{
    const struct named *found = bsearch(&link->id, names, n, sizeof *names, by_id);
    link->title = found ? found->title : S("");
    link->path = found ? found->path : S("");
}

/* Name, size and picture of files: of all rows in one query. */
static void files_name(struct req *rq, const struct record_type *t, const struct field_set *set,
                       struct value *const *rows, size_t n)
{
    struct value **held = NULL;
    int64_t *ids = NULL;
    size_t found = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        if (t->fields[i].result != KIND_FILE || !field_set_has(set, &t->fields[i]))
            continue;
        held = held ? held : arena_array(rq->arena, struct value *, NAMES_MAX);
        ids = ids ? ids : arena_array(rq->arena, int64_t, NAMES_MAX);
        for (size_t k = 0; k < n; k++)
            if (!rows[k][i].none && found < NAMES_MAX) {
                ids[found] = rows[k][i].i;
                held[found++] = &rows[k][i];
            }
    }
    struct stored *files = arena_array(rq->arena, struct stored, found);
    size_t files_n = found ? files_read(rq, ids, found, files) : 0;
    for (size_t i = 0; i < files_n; i++) {
        struct lead *one = arena_make(rq->arena, struct lead);
        *one = (struct lead){.id = files[i].id,
                             .role = file_size_words(rq->arena, files[i].bytes),
                             .title = files[i].name,
                             .path = file_url(rq->arena, &files[i]),
                             .picture = file_picture(rq->arena, &files[i])};
        for (size_t k = 0; k < found; k++)
            if (ids[k] == one->id) {
                held[k]->leads = one;
                held[k]->leads_n = 1;
            }
    }
}

void values_name(struct req *rq, const struct record_type *t, const struct field_set *set,
                 struct value *const *rows, size_t n)
{
    files_name(rq, t, set, rows, n);
    int64_t *ids;
    size_t ids_n = ids_gather(rq->arena, t, set, rows, n, &ids);
    if (!ids_n)
        return;
    struct named *names = arena_array(rq->arena, struct named, ids_n);
    size_t names_n = names_read(rq, ids, ids_n, names);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!(kind_info(f->result)->can & KIND_LEADS) || !field_set_has(set, f))
            continue;
        for (size_t k = 0; k < n; k++) {
            struct value *v = &rows[k][i];
            if (v->none)
                continue;
            if (f->result != KIND_REFS) { /* one link, like those of many */
                struct lead *one = arena_make(rq->arena, struct lead);
                *one = (struct lead){.id = v->i, .role = S("")};
                v->leads = one;
                v->leads_n = 1;
            }
            struct lead *links = (struct lead *)v->leads;
            for (size_t l = 0; l < v->leads_n; l++)
                link_name(&links[l], names, names_n);
        }
    }
}

void value_name(struct req *rq, const struct record_field *f, struct value *v)
{
    struct record_field alone = *f;
    struct record_type only = {.fields = &alone, .fields_n = 1};
    struct field_set one = {0};
    alone.index = 0;
    field_set_add(&one, &alone);
    values_name(rq, &only, &one, &v, 1);
}

struct str values_plain(struct arena *a, const struct record_type *t, const struct value *values)
{
    struct out o;
    out_init(&o, SQL_MAX * 4);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool own = f->flags & (FIELD_TITLE | FIELD_BODY);
        if (own || !(f->flags & FIELD_SEARCHED) || f->off || values[i].none ||
            (f->flags & FIELD_STAFF))
            continue;
        out_char(&o, '\n');
        /* A phone's digits are one word. */
        out_str(&o, f->result == KIND_PHONE ? kind_text(a, f, &values[i])
                                            : kind_shown(a, f, &values[i]));
    }
    return out_take(&o, a);
}
