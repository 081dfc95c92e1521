/* tags.c: see tags.h. */
#include "record/tags.h"

#include <stdlib.h>

enum { TAG_MAX = 40 };

static bool tag_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+' ||
           c == '#';
}

/* One word as a tag: as it is when it has the characters of one, else its slug. */
static struct str tag_fold(struct arena *a, struct str word)
{
    word = str_lower(a, str_trim(word));
    while (word.n && (word.p[0] == '#' || word.p[0] == '-' || word.p[0] == '.'))
        word = str_from(word, 1);
    while (word.n && (word.p[word.n - 1] == '-' || word.p[word.n - 1] == '.'))
        word.n--;
    for (size_t i = 0; i < word.n; i++)
        if (!tag_char(word.p[i]))
            return str_slug(a, word, TAG_MAX);
    return str_first(word, TAG_MAX);
}

static bool among(const struct str *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

struct str tags_clean(struct arena *a, struct str words, int max)
{
    struct str *names = arena_array(a, struct str, (size_t)max);
    size_t n = 0;
    char *spaced = str_cstr(a, words);
    for (size_t i = 0; i < words.n; i++)
        if (spaced[i] == ',' || spaced[i] == '\t' || spaced[i] == '\n' || spaced[i] == '\r')
            spaced[i] = ' ';
    struct str rest = str_make(spaced, words.n), word;
    while (n < (size_t)max && str_split(&rest, ' ', &word)) {
        word = tag_fold(a, word);
        if (word.n && !among(names, n, word))
            names[n++] = word;
    }
    return str_join(a, names, n, S(" "));
}

int64_t tag_find(struct db *db, struct str name)
{
    return db_get_int(db, 0, "SELECT id FROM tags WHERE name = ?1", T(name));
}

int64_t tag_make(struct db *db, struct str name)
{
    db_exec(db, "INSERT INTO tags (name, uses) VALUES (?1, 0) ON CONFLICT DO NOTHING", T(name));
    return tag_find(db, name);
}

static void tagging_add(const struct act *act, const struct record *r, struct str name)
{
    int64_t tag = db_get_int(act->db, 0,
                             "INSERT INTO tags (name, uses) VALUES (?1, 1)"
                             " ON CONFLICT (name) DO UPDATE SET uses = tags.uses + 1 RETURNING id",
                             T(name));
    db_exec(act->db,
            "INSERT INTO taggings (tag_id, record_id, type, created_at, score, hot)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            I(tag), I(r->id), T(r->type), I(r->created_at), I(r->score), R(r->hot));
}

static void tagging_remove(const struct act *act, const struct record *r, int64_t tag_id)
{
    db_exec(act->db, "DELETE FROM taggings WHERE record_id = ?1 AND tag_id = ?2", I(r->id),
            I(tag_id));
    db_exec(act->db, "UPDATE tags SET uses = uses - 1 WHERE id = ?1", I(tag_id));
}

void tags_set(const struct act *act, const struct record *r, struct str tags)
{
    enum { MOST = 64 };
    struct str wanted[MOST], had[MOST], rest = tags, name;
    int64_t had_ids[MOST];
    size_t nw = 0, nh = 0;
    while (nw < MOST && str_split(&rest, ' ', &name))
        if (name.n)
            wanted[nw++] = name;
    struct rows q = db_query(act->db,
                             "SELECT t.id, t.name FROM taggings g JOIN tags t ON t.id = g.tag_id"
                             " WHERE g.record_id = ?1",
                             I(r->id));
    while (nh < MOST && db_next(&q)) {
        had_ids[nh] = db_int(&q, 0);
        had[nh++] = db_dup(&q, 1, act->arena);
    }
    db_done(&q);
    for (size_t i = 0; i < nh; i++)
        if (!among(wanted, nw, had[i]))
            tagging_remove(act, r, had_ids[i]);
    for (size_t i = 0; i < nw; i++)
        if (!among(had, nh, wanted[i]))
            tagging_add(act, r, wanted[i]);
}

/* The rows come as the inner list is sorted, so that reading stops with the last one wanted; an
 * ORDER BY outside would look at all of them. Names go down too: that is one index read backwards,
 * and no sorting. CROSS JOIN: the tag's index is read first. */
#define POPULAR                                                                                    \
    "SELECT " ROW_COLUMNS(TAG_ROW) " FROM (SELECT id, name, uses FROM tags WHERE uses > 0"         \
                                   " ORDER BY uses DESC, name DESC LIMIT 60) t"                    \
                                   " WHERE EXISTS (SELECT 1 FROM (SELECT CASE WHEN "

#define POPULAR_END                                                                                \
    " THEN 1 ELSE 0 END AS seen FROM taggings g CROSS JOIN records r"                              \
    " WHERE g.tag_id = t.id AND g.type = ?2 AND r.id = g.record_id AND r.deleted_at IS NULL"       \
    " ORDER BY g.created_at DESC, g.record_id DESC LIMIT 20) n WHERE n.seen = 1) LIMIT ?3"

static int by_uses(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;
    if (x->uses != y->uses)
        return x->uses > y->uses ? -1 : 1;
    return str_cmp(x->name, y->name);
}

size_t tags_popular(struct req *rq, const char *type, struct tag *out, size_t max)
{
    static const char *const sql[] = ACCESS_EACH(POPULAR, POPULAR_END);
    struct rows q = db_query(rq->db, sql[access_class(&rq->viewer)], I(rq->viewer.id), Z(type),
                             I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        tag_decode(&out[n++], &q, 0, rq->arena);
    db_done(&q);
    qsort(out, n, sizeof *out, by_uses); /* neither engine promises the inner order */
    return n;
}
