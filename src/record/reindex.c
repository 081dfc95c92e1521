/* reindex.c: see reindex.h. */
#include "record/reindex.h"

#include <stdlib.h>

#include "core/arena.h"
#include "db/ahead.h"
#include "db/gather.h"
#include "record/fields.h"
#include "record/search.h"
#include "text/markdown.h"
#include "text/sanitize.h"

enum { PIECE = 200, MEMORY = 256 << 20 };

struct said { /* of one record */
    const struct record_type *type;
    struct str title, tags, words;
};

struct str record_words(struct arena *a, struct str plain, struct str fields)
{
    return fields.n ? str_fmt(a, STR_FMT STR_FMT, STR_ARG(plain), STR_ARG(fields)) : plain;
}

static struct str plain_of(struct arena *a, struct str format, struct str source)
{
    return str_eq(format, S("html")) ? sanitize_text(a, source) : markdown_text(a, source);
}

/* What may not be quoted has no excerpt; what has none has no words either. False: it is gone. */
static bool said_read(struct db *db, struct arena *a, int64_t id, struct said *said)
{
    struct rows q = db_query(db,
                             "SELECT r.title, r.tags, r.excerpt, t.format, t.source, r.type"
                             " FROM records r"
                             " LEFT JOIN texts t ON t.record_id = r.id"
                             " WHERE r.id = ?1 AND r.deleted_at IS NULL",
                             I(id));
    if (!db_next(&q))
        return false;
    *said = (struct said){.type = catalog_type(db, db_str(&q, 5)),
                          .title = db_dup(&q, 0, a),
                          .tags = db_dup(&q, 1, a)};
    struct str format = db_dup(&q, 3, a), source = db_dup(&q, 4, a);
    bool quotable = db_str(&q, 2).n > 0;
    db_done(&q);
    const struct value *values =
        said->type && said->type->fields ? values_read(db, a, said->type, id) : NULL;
    said->words = record_words(a, quotable ? plain_of(a, format, source) : S(""),
                               values ? values_plain(a, said->type, values) : S(""));
    return true;
}

void record_index(struct db *db, struct arena *a, int64_t id)
{
    struct said said;
    if (said_read(db, a, id, &said))
        search_put(db, id, said.title, said.tags, said.words);
    else
        search_remove(db, id);
}

/* ---- all ---- */

struct one {
    int64_t id;
    const struct record_type *type;
};

static int by_type(const void *a, const void *b)
{
    const struct one *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Records of one type, none of which is in the index. */
static void ones_index(struct db *db, struct arena *a, const struct one *ones, size_t n)
{
    struct db_arg keys[PIECE];
    const struct record_type *t = ones[0].type;
    const char *by = "records.id texts.record_id";
    for (size_t i = 0; i < n; i++)
        keys[i] = I(ones[i].id);
    if (t && t->fields)
        by = str_fmt(a, "%s %s.id links.from_id", by, t->table).p;
    db_ahead_forget(db);
    db_ahead(db, by, keys, n);
    for (size_t i = 0; i < n && !db_failed(db); i++) {
        struct said said;
        if (said_read(db, a, ones[i].id, &said))
            search_add(db, ones[i].id, said.title, said.tags, said.words);
        db_ahead_done(db);
        arena_reset(a);
    }
    db_ahead_forget(db);
}

void record_index_all(struct db *db)
{
    struct arena *a = arena_new(MEMORY);
    struct one ones[PIECE];
    int64_t last = 0;
    search_clear(db);
    db_gather(db, 0);
    for (size_t n = PIECE; n == PIECE && !db_failed(db);) {
        struct rows q = db_query(db,
                                 "SELECT id, type FROM records WHERE id > ?1 AND deleted_at IS NULL"
                                 " ORDER BY id LIMIT ?2",
                                 I(last), I(PIECE));
        for (n = 0; n < PIECE && db_next(&q); n++)
            ones[n] = (struct one){.id = last = db_int(&q, 0), catalog_type(db, db_str(&q, 1))};
        db_done(&q);
        qsort(ones, n, sizeof *ones, by_type);
        for (size_t from = 0, to; from < n; from = to) {
            for (to = from + 1; to < n && ones[to].type == ones[from].type;)
                to++;
            ones_index(db, a, &ones[from], to - from);
        }
    }
    db_gather_end(db);
    arena_free(a);
}
