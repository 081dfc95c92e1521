/* fields.c: reading the values of fields; see fields.h. Writing them is in fields_write.c. */
#include "record/fields.h"

#include "db/gather.h"
#include "db/ids.h"
#include "record/files.h"

#include <stdlib.h>

enum { SQL_MAX = 256 * 1024, NAMES_MAX = 2000, LINKS_READ = 5000, LINKS_ROOM = 64 };

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
                              const struct field_set *set, int64_t id, const struct viewer *viewer)
{
    const struct record_field *body = type_body(t);
    bool text = body && field_set_has(set, body);
    struct out sql;
    struct value *values = arena_array(a, struct value, t->fields_n);
    out_init(&sql, SQL_MAX);
    out_fmt(&sql, "SELECT %s", text ? "x.source" : "''");
    values_select(&sql, t, set, viewer);
    out_fmt(&sql, " FROM records r JOIN %s t ON t.id = r.id%s WHERE ?1 >= 0 AND r.id = ?2",
            t->table, text ? " LEFT JOIN texts x ON x.record_id = r.id" : "");
    db_gather_by(db, "texts", I(id));
    struct rows q = db_query(db, str_cstr(a, out_take(&sql, a)), I(viewer ? viewer->id : 0), I(id));
    if (!db_next(&q))
        return NULL;
    int col = 1;
    values_decode(t, set, &q, &col, a, values);
    if (text && db_str(&q, 0).n)
        values[body->index] = (struct value){.s = db_dup(&q, 0, a)};
    db_done(&q);
    values_link(db, a, t, set, &id, &values, 1);
    return values;
}

struct value *values_read(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    struct field_set all = field_set_all();
    return row_read(db, a, t, &all, id, NULL);
}

struct value *values_seen(struct req *rq, const struct record_type *t, int64_t id)
{
    struct field_set all = field_set_all();
    return values_seen_of(rq, t, &all, id);
}

struct value *values_seen_of(struct req *rq, const struct record_type *t,
                             const struct field_set *set, int64_t id)
{
    return row_read(rq->db, rq->arena, t, set, id, &rq->viewer);
}

/* ---- links ---- */

/* A field that several links stand in, of those asked for; *many: there is another one. */
static const struct record_field *leads_to_many(const struct record_type *t,
                                                const struct field_set *set, bool *many)
{
    const struct record_field *one = NULL;
    *many = false;
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].result == KIND_REFS && field_set_has(set, &t->fields[i])) {
            *many = one != NULL;
            one = &t->fields[i];
            if (*many)
                break;
        }
    return one;
}

struct link { /* as it was read: those of one value become one run of leads */
    size_t row;
    const struct record_field *field;
    int64_t at;
    struct lead lead;
};

static int link_cmp(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->field != y->field)
        return x->field < y->field ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->lead.id < y->lead.id ? -1 : x->lead.id > y->lead.id;
}

static const struct record_field *field_of_link(const struct record_type *t, struct str kind)
{
    struct str name = str_from(kind, strlen(t->name) + 1);
    bool own = str_starts(kind, str_of(t->name)) && kind.p[strlen(t->name)] == '.';
    return own ? type_field_str(t, name) : NULL;
}

static size_t links_read(struct db *db, struct arena *a, const struct record_type *t,
                         const struct field_set *set, const int64_t *ids, size_t n,
                         struct link **found)
{
    bool many;
    const struct record_field *one = leads_to_many(t, set, &many);
    if (!n || !one)
        return 0;
    struct out sql;
    struct db_arg *args = arena_bytes(a, (ids_room(n) + 2) * sizeof *args);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.column2, l.kind, l.to_id, l.role, l.at FROM ");
    size_t used = ids_put(db, a, &sql, args, 0, ids, n), got = 0, room = 0;
    out_fmt(&sql, " CROSS JOIN links l WHERE l.from_id = x.column1 AND l.kind %s ?%zu",
            many ? ">=" : "=", used + 1);
    args[used++] = T(str_fmt(a, "%s.%s", t->name, many ? "" : one->name));
    if (many) {
        out_fmt(&sql, " AND l.kind < ?%zu", used + 1);
        args[used++] = T(str_fmt(a, "%s/", t->name)); /* the character behind '.' */
    }
    struct rows q = db_query_n(db, str_cstr(a, out_take(&sql, a)), args, used);
    while (got < LINKS_READ && db_next(&q)) {
        const struct record_field *f = many ? field_of_link(t, db_str(&q, 1)) : one;
        if (!f || f->result != KIND_REFS)
            continue;
        if (got == room) {
            struct link *more = arena_bytes(a, (room * 2 + LINKS_ROOM) * sizeof *more);
            if (got)
                memcpy(more, *found, got * sizeof *more);
            *found = more;
            room = room * 2 + LINKS_ROOM;
        }
        (*found)[got++] = (struct link){(size_t)db_int(&q, 0),
                                        f,
                                        db_int(&q, 4),
                                        {.id = db_int(&q, 2), .role = db_dup(&q, 3, a)}};
    }
    db_done(&q);
    return got;
}

void values_link(struct db *db, struct arena *a, const struct record_type *t,
                 const struct field_set *set, const int64_t *ids, struct value *const *rows,
                 size_t n)
{
    struct link *links = NULL;
    size_t links_n = links_read(db, a, t, set, ids, n, &links);
    if (!links_n)
        return;
    struct lead *leads = arena_bytes(a, links_n * sizeof *leads);
    qsort(links, links_n, sizeof *links, link_cmp);
    for (size_t i = 0; i < links_n; i++) {
        struct value *v = &rows[links[i].row][links[i].field->index];
        leads[i] = links[i].lead;
        if (!i || links[i].row != links[i - 1].row || links[i].field != links[i - 1].field) {
            v->none = false;
            v->leads = &leads[i];
            v->leads_n = 0;
        }
        v->leads_n++;
    }
}

/* ---- names of what is led to ---- */

struct named {              /* of the id at the same position */
    struct str title, path; /* title empty: not for the viewer */
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

struct rows titles_query(struct req *rq, const int64_t *ids, size_t n)
{
    struct out sql;
    struct db_arg *args = arena_bytes(rq->arena, (ids_room(n) + 1) * sizeof *args);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.column2, r.type, r.title FROM ");
    args[0] = I(rq->viewer.id);
    size_t used = ids_put(rq->db, rq->arena, &sql, args, 1, ids, n);
    out_fmt(&sql, " CROSS JOIN records r WHERE r.id = x.column1 AND r.deleted_at IS NULL AND %s",
            access_sql(rq->db, &rq->viewer));
    return db_query_n(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), args, used + 1);
}

static void names_read(struct req *rq, const int64_t *ids, size_t n, struct named *names)
{
    struct rows q = titles_query(rq, ids, n);
    while (db_next(&q)) {
        size_t at = (size_t)db_int(&q, 0);
        struct named *name = &names[at];
        name->title = db_dup(&q, 2, rq->arena);
        name->path = record_path_of(rq->arena, db_str(&q, 1), ids[at], name->title);
        if (!name->title.n)
            name->title = str_of_id(rq->arena, S(""), ids[at]);
    }
    db_done(&q);
}

static void link_name(struct lead *link, const int64_t *ids, const struct named *names, size_t n)
{
    const int64_t *found = bsearch(&link->id, ids, n, sizeof *ids, by_id);
    const struct named *name = found ? &names[found - ids] : NULL;
    link->title = name ? name->title : S("");
    link->path = name ? name->path : S("");
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
    names_read(rq, ids, ids_n, names);
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
                link_name(&links[l], ids, names, ids_n);
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
