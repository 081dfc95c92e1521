/* exchange_undo.c: takes back what an import did to one record; see exchange.h. */
#include <jansson.h>

#include "record/exchange.h"

enum { REVISIONS = 200 };

struct back {
    struct req *rq;
    const struct record_type *type;
    struct record_values *e; /* beginning as the record is */
    struct field_set touched;
    bool part;
};

/* A field goes back to what it was, if what the import set still stands. */
static void text_back(struct back *b, const struct record_field *f, struct str was, struct str is)
{
    struct arena *a = b->rq->arena;
    struct value *v = &b->e->values[f->index], old;
    if (!str_eq(kind_text(a, f, v), is) || kind_parse(a, f, str_dup(a, was), &old)) {
        b->part = true;
        return;
    }
    if (f->result == KIND_REFS && !old.none && !old.leads_n)
        old.none = true;
    *v = old;
    b->e->given[f->index] = true;
    field_set_add(&b->touched, f);
}

static void changes_back(struct back *b, struct str text)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL), *pair;
    const char *name;
    json_object_foreach(root, name, pair)
    {
        const struct record_field *f = type_field(b->type, name);
        if (f)
            text_back(b, f, str_of(json_string_value(json_array_get(pair, 0))),
                      str_of(json_string_value(json_array_get(pair, 1))));
    }
    json_decref(root);
}

/* Title, text and tags stand in the revision itself, as they were before it. */
static void whole_back(struct back *b, const struct record_field *f, struct str was, struct str is)
{
    if (!f || str_eq(was, is))
        return;
    struct value *v = &b->e->values[f->index];
    if (!str_eq(v->none ? S("") : v->s, is)) {
        b->part = true;
        return;
    }
    *v = (struct value){.none = !was.n, .s = was};
    b->e->given[f->index] = true;
    field_set_add(&b->touched, f);
}

/* The newest first; what follows each tells what it had made of title, text and tags. */
static void revisions_back(struct back *b, const struct record *r, struct str note)
{
    struct arena *a = b->rq->arena;
    struct revision *list = arena_array(a, struct revision, REVISIONS);
    size_t n = record_revisions(b->rq->db, a, r->id, 0, list, REVISIONS);
    struct str title = r->title, tags = r->tags;
    struct str source = record_text(b->rq->db, a, r->id).source;
    for (size_t i = 0; i < n; i++) {
        const struct revision *v = &list[i];
        if (str_eq(v->note, note)) {
            changes_back(b, v->changes);
            whole_back(b, type_title(b->type), v->title, title);
            whole_back(b, type_body(b->type), v->source, source);
            whole_back(b, type_field(b->type, "tags"), v->tags, tags);
        }
        title = v->title;
        tags = v->tags;
        source = v->source;
    }
}

static bool same_as_left(struct db *db, const struct record *r, int64_t revision)
{
    return r->revision == revision && !r->thread &&
           !db_get_int(db, 0,
                       "SELECT 1 FROM links l JOIN records o ON o.id = l.from_id"
                       " WHERE l.to_id = ?1 AND l.kind = 'merged' AND o.deleted_at IS NULL LIMIT 1",
                       I(r->id));
}

enum exchange_undone exchange_undo(struct req *rq, const struct record_type *t, int64_t id,
                                   int64_t revision, bool made, struct str note, bool *part)
{
    struct record *r = record_access_bare(rq, id, RIGHT_EDIT);
    struct act act = {rq->db, rq->arena, rq->viewer.id, rq->now, true, S("")};
    *part = false;
    if (!r || r->deleted_at)
        return UNDONE_GONE;
    if (made) {
        if (!same_as_left(rq->db, r, revision))
            return UNDONE_KEPT;
        record_delete(&act, r);
        return UNDONE_DELETED;
    }
    struct back b = {.rq = rq, .type = t, .e = fields_new(rq->arena, t)};
    struct value *now = values_read(rq->db, rq->arena, t, id);
    if (!now)
        return UNDONE_GONE;
    memcpy(b.e->values, now, t->fields_n * sizeof *now);
    revisions_back(&b, r, note);
    *part = b.part;
    b.e->note = str_fmt(rq->arena, STR_FMT ", undone", STR_ARG(note));
    return fields_update(&act, r, b.e) == RECORD_DONE ? UNDONE_REVERTED : UNDONE_KEPT;
}
