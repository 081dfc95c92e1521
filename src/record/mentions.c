/* mentions.c: see mentions.h. */
#include "record/mentions.h"

struct address {
    struct str plural;
    int64_t id;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || c == '-';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "/deals/12" at the beginning of s. */
static bool address_at(struct str s, struct address *a)
{
    size_t n = 1, from;
    while (n < s.n && is_word(s.p[n]))
        n++;
    a->plural = str_make(s.p + 1, n - 1);
    if (n == 1 || n == s.n || s.p[n] != '/')
        return false;
    from = ++n;
    while (n < s.n && is_digit(s.p[n]) && n - from < 18)
        n++;
    return str_int(str_make(s.p + from, n - from), &a->id) && a->id > 0;
}

/* Each once. What stands behind a letter or a digit is a part of something else. */
static size_t addresses(struct str text, struct address list[MENTIONED])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < MENTIONED; i++) {
        bool begins =
            text.p[i] == '/' &&
            (!i || (!is_word(text.p[i - 1]) && text.p[i - 1] != '/' && !is_digit(text.p[i - 1])));
        size_t same = 0;
        if (!begins || !address_at(str_from(text, i), &list[n]))
            continue;
        while (same < n && list[same].id != list[n].id)
            same++;
        n += same == n;
    }
    return n;
}

static bool address_holds(struct db *db, struct arena *arena, const struct address *a)
{
    struct str type = db_get_str(db, arena, "SELECT type FROM records WHERE id = ?1", I(a->id));
    const struct record_type *t = type.n ? record_type_find(type) : NULL;
    return t && !t->child && (str_is(a->plural, t->plural) || str_is(a->plural, "r"));
}

void mentions_put(const struct act *act, int64_t id, struct str was, struct str is)
{
    struct address list[MENTIONED];
    if (addresses(was, list))
        db_exec(act->db, "DELETE FROM links WHERE from_id = ?1 AND kind = 'mention'", I(id));
    size_t n = addresses(is, list);
    for (size_t i = 0; i < n; i++)
        if (list[i].id != id && address_holds(act->db, act->arena, &list[i]))
            db_exec(act->db,
                    "INSERT INTO links (from_id, kind, to_id, author_id, at)"
                    " VALUES (?1, 'mention', ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                    I(id), I(list[i].id), REF(act->person_id), I(act->at));
}

size_t mentions_read(struct req *rq, int64_t id, struct mention out[MENTIONED])
{
    /* r is the root, whose title is told; a comment that fewer may read than its thread is not. */
    static const char *const sql[] = ACCESS_EACH(
        "SELECT r.id, c.created_at, r.type, r.title FROM links l CROSS JOIN records c"
        " CROSS JOIN records r WHERE l.to_id = ?2 AND l.kind = 'mention' AND c.id = l.from_id"
        " AND r.id = c.root_id AND r.id <> ?2 AND c.audience = r.audience"
        " AND c.deleted_at IS NULL AND r.deleted_at IS NULL AND ",
        " ORDER BY l.from_id DESC LIMIT ?3");
    size_t n = 0;
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(id), I(2 * MENTIONED));
    while (n < MENTIONED && db_next(&q)) {
        size_t same = 0;
        while (same < n && out[same].id != db_int(&q, 0))
            same++;
        if (same < n)
            continue;
        out[n] = (struct mention){.id = db_int(&q, 0),
                                  .at = db_int(&q, 1),
                                  .type = db_dup(&q, 2, rq->arena),
                                  .title = db_dup(&q, 3, rq->arena)};
        out[n].path = record_path_of(rq->arena, out[n].type, out[n].id, out[n].title);
        n++;
    }
    db_done(&q);
    return n;
}
