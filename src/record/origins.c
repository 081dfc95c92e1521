/* origins.c: see origins.h. */
#include "record/origins.h"

#define ORIGIN_SELECT "SELECT " ROW_COLUMNS(ORIGIN_ROW) " FROM origins o WHERE "

bool origin_read(struct db *db, struct arena *a, int64_t record_id, struct origin *origin)
{
    struct rows q = db_query(db,
                             ORIGIN_SELECT "o.root_id = (SELECT root_id FROM records WHERE id = ?1)"
                                           " AND o.record_id = ?1",
                             I(record_id));
    bool found = db_next(&q);
    if (found)
        origin_decode(origin, &q, 0, a);
    db_done(&q);
    return found;
}

void origin_put(struct db *db, int64_t root_id, const struct origin *o)
{
    db_exec(db,
            "INSERT INTO origins (root_id, record_id, url, author, author_url, licence)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (root_id, record_id) DO UPDATE"
            " SET url = ?3, author = ?4, author_url = ?5, licence = ?6",
            I(root_id), I(o->record_id), T(o->url), T(o->author), T(o->author_url), T(o->licence));
}

void origins_read(struct db *db, struct arena *a, int64_t root_id, struct origins *origins)
{
    enum { FIRST = 32 };
    *origins = (struct origins){0};
    size_t room = 0;
    struct rows q = db_query(db, ORIGIN_SELECT "o.root_id = ?1 ORDER BY o.record_id", I(root_id));
    while (db_next(&q)) {
        if (origins->n == room) {
            struct origin *all = arena_array(a, struct origin, room = room ? 2 * room : FIRST);
            if (origins->n)
                memcpy(all, origins->all, origins->n * sizeof *all);
            origins->all = all;
        }
        origin_decode(&origins->all[origins->n++], &q, 0, a);
    }
}

const struct origin *origins_find(const struct origins *origins, int64_t record_id)
{
    size_t low = 0, high = origins->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (origins->all[middle].record_id < record_id)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < origins->n && origins->all[low].record_id == record_id;
    return found ? &origins->all[low] : NULL;
}

/* A version is digits with a dot in between; nothing else gets into the address. */
static bool is_version(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return s.n > 0 && s.n <= 5;
}

struct str licence_url(struct arena *a, struct str licence)
{
    struct str rest = licence, word, terms;
    if (!str_split(&rest, ' ', &word) || !str_eq(word, S("CC")) || !str_split(&rest, ' ', &terms) ||
        !is_version(rest))
        return S("");
    terms = str_lower(a, terms);
    for (size_t i = 0; i < terms.n; i++)
        if (terms.p[i] != '-' && (terms.p[i] < 'a' || terms.p[i] > 'z'))
            return S("");
    return str_fmt(a, "https://creativecommons.org/licenses/" STR_FMT "/" STR_FMT "/",
                   STR_ARG(terms), STR_ARG(rest));
}
