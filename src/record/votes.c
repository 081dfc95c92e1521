/* votes.c: see votes.h. */
#include "record/votes.h"

#include <math.h>

#include "core/clock.h"
#include "db/ids.h"

/* log2(2^a + 2^b) without leaving the range of a double. */
static double log2_sum(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return high + log2(1 + exp2(low - high));
}

static double half_lives(int64_t at)
{
    return (double)at / (double)HOT_HALF_LIFE;
}

double hot_first(int64_t at)
{
    return half_lives(at);
}

double hot_add(double hot, int64_t at)
{
    return log2_sum(hot, half_lives(at));
}

double hot_take(double hot, int64_t at, int64_t created_at)
{
    double share = exp2(half_lives(at) - hot), least = hot_first(created_at);
    if (share >= 1)
        return least;
    double left = hot + log2(1 - share);
    return left > least ? left : least;
}

int64_t vote_of(struct db *db, int64_t record_id, int64_t person_id)
{
    return db_get_int(db, 0,
                      "SELECT COALESCE(SUM(delta), 0) FROM votes"
                      " WHERE record_id = ?1 AND person_id = ?2",
                      I(record_id), I(person_id));
}

enum { OWN_AHEAD = 32, OWN_SQL = 64 * 1024 };

/* Of a page's records a person has voted for few, so their votes between its ids are walked through
 * and not each record asked. Gives the id from which on it was not: who has OWN_AHEAD votes there
 * is asked of each. */
static int64_t own_walk(struct db *db, int64_t person_id, const int64_t *ids, size_t n,
                        int64_t *sums)
{
    int64_t least = ids[0], most = ids[0], last = 0;
    for (size_t i = 1; i < n; i++) {
        least = ids[i] < least ? ids[i] : least;
        most = ids[i] > most ? ids[i] : most;
    }
    struct rows q = db_query(db,
                             "SELECT record_id, delta FROM votes WHERE person_id = ?1"
                             " AND person_id > 0 AND record_id BETWEEN ?2 AND ?3"
                             " ORDER BY record_id LIMIT ?4",
                             I(person_id), I(least), I(most), I(OWN_AHEAD));
    size_t walked = 0;
    for (; db_next(&q); walked++) {
        last = db_int(&q, 0);
        int64_t delta = db_int(&q, 1);
        for (size_t i = 0; i < n; i++)
            sums[i] += ids[i] == last ? delta : 0;
    }
    db_done(&q);
    return walked == OWN_AHEAD ? last : most + 1;
}

/* BETWEEN, where it could say =: or SQLite takes the votes of the record, whose pages lie far
 * apart, and not those of the person. */
static void own_ask(struct db *db, struct arena *a, int64_t person_id, const int64_t *ids, size_t n,
                    int64_t *sums)
{
    struct db_arg *args = arena_array(a, struct db_arg, ids_room(n) + 1);
    args[0] = I(person_id);
    struct out sql;
    out_init(&sql, OWN_SQL);
    out_lit(&sql, "SELECT x.column2, v.delta FROM ");
    size_t args_n = 1 + ids_put(db, a, &sql, args, 1, ids, n);
    out_lit(&sql, " CROSS JOIN votes v WHERE v.person_id = ?1 AND v.person_id > 0"
                  " AND v.record_id BETWEEN x.column1 AND x.column1");
    out_char(&sql, '\0');
    struct rows q = db_query_n(db, out_take(&sql, a).p, args, args_n);
    while (db_next(&q))
        sums[db_int(&q, 0)] += db_int(&q, 1);
    db_done(&q);
}

void votes_own(struct db *db, struct arena *a, int64_t person_id, const int64_t *ids, size_t n,
               bool *own)
{
    memset(own, 0, n * sizeof *own);
    if (!person_id || !n)
        return;
    int64_t *sums = arena_array(a, int64_t, n), *asked = arena_array(a, int64_t, n);
    size_t asked_n = 0;
    int64_t behind = own_walk(db, person_id, ids, n, sums);
    for (size_t i = 0; i < n; i++) {
        own[i] = ids[i] < behind && sums[i] > 0;
        if (ids[i] >= behind)
            asked[asked_n++] = ids[i];
    }
    if (!asked_n)
        return;
    memset(sums, 0, n * sizeof *sums);
    own_ask(db, a, person_id, asked, asked_n, sums);
    for (size_t i = 0, at = 0; i < n; i++)
        if (ids[i] >= behind)
            own[i] = sums[at++] > 0;
}

static void vote_write(const struct act *act, struct record *r, int delta)
{
    int64_t activity = act_log(act, VERB_LIKE, r, delta > 0 ? S("1") : S("-1"));
    db_exec(act->db,
            "INSERT INTO votes (record_id, person_id, activity_id, delta, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5)",
            I(r->id), I(act->person_id), I(activity), I(delta), I(act->at));
    db_exec(act->db, "UPDATE records SET score = score + ?2, hot = ?3 WHERE id = ?1", I(r->id),
            I(delta), R(r->hot));
    r->score += delta; /* read in this transaction, and nobody else writes meanwhile */
}

bool vote_set(const struct act *act, struct record *r, int value)
{
    int64_t sum = 0, last = 0;
    struct rows q = db_query(act->db,
                             "SELECT delta, at FROM votes WHERE record_id = ?1 AND person_id = ?2"
                             " ORDER BY activity_id",
                             I(r->id), I(act->person_id));
    while (db_next(&q)) {
        sum += db_int(&q, 0);
        last = db_int(&q, 1);
    }
    if (sum == value)
        return false;
    int delta = (int)(value - sum);
    r->hot = delta > 0 ? hot_add(r->hot, act->at) : hot_take(r->hot, last, r->created_at);
    vote_write(act, r, delta);
    return true;
}

void vote_append(const struct act *act, struct record *r, int delta)
{
    if (delta > 0)
        r->hot = hot_add(r->hot, act->at);
    vote_write(act, r, delta);
}

size_t vote_people(struct db *db, struct arena *a, int64_t record_id, struct voter *out, size_t max)
{
    struct rows q = db_query(db,
                             "SELECT p.id, MAX(v.at), p.name, p.handle FROM votes v"
                             " JOIN people p ON p.id = v.person_id WHERE v.record_id = ?1"
                             " GROUP BY p.id, p.name, p.handle HAVING SUM(v.delta) > 0"
                             " ORDER BY MAX(v.at) DESC, p.id LIMIT ?2",
                             I(record_id), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        out[n++] = (struct voter){db_int(&q, 0), db_int(&q, 1), db_dup(&q, 2, a), db_dup(&q, 3, a)};
    db_done(&q);
    return n;
}

/* ---- what lists are sorted by ---- */

void votes_begin(struct db *db, const char *type)
{
    db_exec(db,
            "UPDATE records SET hot = CAST(created_at AS DOUBLE PRECISION) / ?2,"
            " rank_hot = CAST(created_at AS DOUBLE PRECISION) / ?2"
            " WHERE type = ?1 AND parent_id IS NULL AND hot = 0",
            Z(type), R((double)HOT_HALF_LIFE));
    db_exec(db,
            "UPDATE taggings SET hot = (SELECT r.rank_hot FROM records r"
            " WHERE r.id = taggings.record_id) WHERE type = ?1 AND hot = 0",
            Z(type));
}

void vote_rank(struct db *db, int64_t record_id)
{
    if (db_exec(db,
                "UPDATE records SET rank_score = score, rank_hot = hot"
                " WHERE id = ?1 AND (rank_score <> score OR rank_hot <> hot)",
                I(record_id)))
        db_exec(db,
                "UPDATE taggings SET (score, hot) = (SELECT r.rank_score, r.rank_hot"
                " FROM records r WHERE r.id = ?1) WHERE record_id = ?1",
                I(record_id));
}

size_t votes_rank(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    enum { RECORDS = 256 }; /* each is some twenty pages: the writer is not held up for long */
    int64_t ids[RECORDS];
    size_t taken = 0, m = 0;
    (void)a;
    for (; taken < n; taken++) {
        size_t k = 0;
        while (k < m && ids[k] != list[taken].record_id)
            k++;
        if (k == RECORDS)
            break;
        ids[k] = list[taken].record_id;
        m += k == m;
    }
    for (size_t i = 0; i < m; i++)
        vote_rank(db, ids[i]);
    return taken;
}
