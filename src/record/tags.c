/* tags.c: see tags.h. */
#include "record/tags.h"

#include <stdlib.h>

enum { TAG_MAX = 40, REACH_MAX = AUDIENCE_MEMBERS };

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

static void count_by(struct db *db, int64_t tag_id, struct str type, int64_t audience, int by)
{
    for (int64_t reach = audience; reach <= REACH_MAX; reach++)
        db_exec(db,
                "INSERT INTO tag_counts (tag_id, type, reach, uses) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (tag_id, type, reach) DO UPDATE"
                " SET uses = tag_counts.uses + excluded.uses",
                I(tag_id), T(type), I(reach), I(by));
}

void tags_count_space(struct db *db, int64_t space_id, int by)
{
    db_exec(db,
            "INSERT INTO tag_counts (tag_id, type, reach, uses)"
            " SELECT g.tag_id, g.type, x.reach, ?2 * COUNT(*) FROM records r"
            " JOIN taggings g ON g.record_id = r.id JOIN " TAG_REACHES
            " WHERE r.space_id = ?1 AND r.parent_id IS NULL AND r.deleted_at IS NULL"
            " GROUP BY g.tag_id, g.type, x.reach ON CONFLICT (tag_id, type, reach) DO UPDATE"
            " SET uses = tag_counts.uses + excluded.uses",
            I(space_id), I(by));
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
    count_by(act->db, tag, r->type, r->audience, 1);
}

/* A tag that a record has, as the database says: r may be known by its id only. */
struct tagging {
    int64_t tag_id, audience;
    struct str name, type;
};

static void tagging_remove(const struct act *act, const struct record *r, const struct tagging *g)
{
    db_exec(act->db, "DELETE FROM taggings WHERE record_id = ?1 AND tag_id = ?2", I(r->id),
            I(g->tag_id));
    db_exec(act->db, "UPDATE tags SET uses = uses - 1 WHERE id = ?1", I(g->tag_id));
    count_by(act->db, g->tag_id, g->type, g->audience, -1);
}

void tags_set(const struct act *act, const struct record *r, struct str tags)
{
    enum { MOST = 64 };
    struct str wanted[MOST], names[MOST], rest = tags, name;
    struct tagging had[MOST];
    size_t nw = 0, nh = 0;
    while (nw < MOST && str_split(&rest, ' ', &name))
        if (name.n)
            wanted[nw++] = name;
    struct rows q = db_query(act->db,
                             "SELECT t.id, r.audience, t.name, g.type FROM taggings g"
                             " JOIN tags t ON t.id = g.tag_id JOIN records r ON r.id = g.record_id"
                             " WHERE g.record_id = ?1",
                             I(r->id));
    while (nh < MOST && db_next(&q)) {
        names[nh] = db_dup(&q, 2, act->arena);
        had[nh] =
            (struct tagging){db_int(&q, 0), db_int(&q, 1), names[nh], db_dup(&q, 3, act->arena)};
        nh++;
    }
    db_done(&q);
    for (size_t i = 0; i < nh; i++)
        if (!among(wanted, nw, had[i].name))
            tagging_remove(act, r, &had[i]);
    for (size_t i = 0; i < nw; i++)
        if (!among(names, nh, wanted[i]))
            tagging_add(act, r, wanted[i]);
}

/* CROSS JOIN: the counts are read first, in the order of their index. */
#define POPULAR                                                                                    \
    "SELECT t.id, t.name, c.uses FROM tag_counts c CROSS JOIN tags t"                              \
    " WHERE c.type = ?1 AND c.reach = ?2 AND c.uses > 0 AND t.id = c.tag_id"                       \
    " ORDER BY c.uses DESC, c.tag_id DESC LIMIT ?3"

/* Tags that only some of the signed in may see, by the predicate. Rows come as the inner list is
 * sorted, so that reading stops with the last one wanted; an ORDER BY outside would look at all. */
#define HIDDEN                                                                                     \
    "SELECT t.id, t.name, 0 FROM (SELECT id, name FROM tags WHERE uses > 0"                        \
    " ORDER BY uses DESC, name DESC LIMIT 60) t"                                                   \
    " WHERE NOT EXISTS (SELECT 1 FROM tag_counts c WHERE c.tag_id = t.id AND c.type = ?2"          \
    " AND c.reach = 1 AND c.uses > 0)"                                                             \
    " AND EXISTS (SELECT 1 FROM (SELECT CASE WHEN "

#define HIDDEN_END                                                                                 \
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

static size_t tags_take(struct req *rq, struct rows q, struct tag *out, size_t max)
{
    size_t n = 0;
    while (n < max && db_next(&q))
        tag_decode(&out[n++], &q, 0, rq->arena);
    db_done(&q);
    return n;
}

size_t tags_popular(struct req *rq, const char *type, struct tag *out, size_t max)
{
    static const char *const hidden[] = ACCESS_EACH(HIDDEN, HIDDEN_END);
    int class = access_class(&rq->viewer);
    struct rows q = db_query(rq->db, POPULAR, Z(type), I(class > 0), I((int64_t)max));
    size_t n = tags_take(rq, q, out, max);
    if (class && n < max) {
        size_t more = max - n;
        q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, hidden), I(rq->viewer.id),
                     Z(type), I((int64_t)more));
        n += tags_take(rq, q, out + n, more);
    }
    qsort(out, n, sizeof *out, by_uses); /* neither engine promises the order of the hidden ones */
    return n;
}
