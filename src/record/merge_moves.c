/* merge_moves.c: which rows follow a record into another, and how each is moved; see merge.h.
 *
 * WHY rows one by one: each has its line in the journal, and one that something newer has changed
 * is found out alone. A merge moves some hundreds; one of very many goes in steps, as a job.
 * WHY revisions, activities about the record and its origin stay: they tell its own history, which
 * is there again when the merge is taken back. What a person did is shown with the person: there
 * the actor changes.
 */
#include "record/merge_moves.h"

#include "record/duplicates.h"
#include "record/field_change.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/votes.h"

enum { SQL_MAX = 4096, ROW_ARENA = 64 << 20 };

/* Votes before what they were for becomes one's own. */
static const struct move fixed[] = {
    {.name = "votes+other", .label = "Votes given twice", .kind = MOVE_UNVOTE, .people = true},
    {.name = "votes+own",
     .label = "Votes for what becomes their own",
     .kind = MOVE_UNOWN,
     .people = true},
    {.name = "records.parent_id",
     .label = "Comments",
     .table = "records",
     .column = "parent_id",
     .key1 = "id",
     .kind = MOVE_CHILD,
     .guard = "x.root_id = ?1 AND ?2 > 0"},
    {.name = "votes.record_id",
     .label = "Votes",
     .table = "votes",
     .column = "record_id",
     .key1 = "person_id",
     .key2 = "activity_id",
     .kind = MOVE_VOTE,
     .guard = "(x.person_id = 0 OR NOT EXISTS (SELECT 1 FROM votes y WHERE y.record_id = ?2"
              " AND y.person_id = x.person_id)) AND NOT EXISTS (SELECT 1 FROM records y"
              " WHERE y.id = ?2 AND y.author_id = x.person_id)"},
    {.name = "links.to_id",
     .label = "Links to it",
     .table = "links",
     .column = "to_id",
     .key1 = "from_id",
     .name_key = "kind",
     .guard = "x.from_id <> ?2 AND NOT EXISTS (SELECT 1 FROM links y WHERE y.from_id = x.from_id"
              " AND y.kind = x.kind AND y.to_id = ?2)"},
    /* Those of its own fields are chosen, not followed: merge.c. */
    {.name = "links.from_id",
     .label = "Links from it",
     .table = "links",
     .column = "from_id",
     .key1 = "to_id",
     .name_key = "kind",
     .guard = "x.to_id <> ?2 AND x.kind NOT LIKE '%.%' AND NOT EXISTS (SELECT 1 FROM links y"
              " WHERE y.from_id = ?2 AND y.kind = x.kind AND y.to_id = x.to_id)"},
    {.name = "abouts.about_id",
     .label = "In its timeline",
     .table = "abouts",
     .column = "about_id",
     .key1 = "record_id",
     .guard = "x.record_id <> ?2 AND NOT EXISTS (SELECT 1 FROM abouts y"
              " WHERE y.record_id = x.record_id AND y.about_id = ?2)"},
    {.name = "follows.record_id",
     .label = "Followers",
     .table = "follows",
     .column = "record_id",
     .key1 = "person_id",
     .guard = "x.person_id <> ?2 AND NOT EXISTS (SELECT 1 FROM follows y"
              " WHERE y.person_id = x.person_id AND y.record_id = ?2)"},
    {.name = "participants.record_id",
     .label = "Participants",
     .table = "participants",
     .column = "record_id",
     .key1 = "person_id",
     .guard = "x.role <> '" LETS_NAMED "' AND NOT EXISTS (SELECT 1 FROM participants y"
              " WHERE y.record_id = ?2 AND y.person_id = x.person_id)"},
    {.name = "attachments.record_id",
     .label = "Files in its text",
     .table = "attachments",
     .column = "record_id",
     .key1 = "upload_id",
     .guard = "NOT EXISTS (SELECT 1 FROM attachments y WHERE y.record_id = ?2"
              " AND y.upload_id = x.upload_id)"},
    {.name = "votes.person_id",
     .label = "Votes given",
     .table = "votes",
     .column = "person_id",
     .key1 = "record_id",
     .key2 = "activity_id",
     .people = true},
    {.name = "records.author_id",
     .label = "Records made",
     .table = "records",
     .column = "author_id",
     .key1 = "id",
     .people = true,
     .guard = "x.id <> ?1 AND ?2 > 0"},
    {.name = "records.owner_id",
     .label = "Records looked after",
     .table = "records",
     .column = "owner_id",
     .key1 = "id",
     .people = true},
    {.name = "activities.actor_id",
     .label = "Things done",
     .table = "activities",
     .column = "actor_id",
     .key1 = "id",
     .people = true,
     .guard = "x.verb <> 'Like' AND NOT EXISTS (SELECT 1 FROM notifications y"
              " WHERE y.activity_id = x.id AND y.person_id = ?2)"},
    {.name = "identities.person_id",
     .label = "Addresses",
     .table = "identities",
     .column = "person_id",
     .key1 = "id",
     .people = true},
    {.name = "follows.person_id",
     .label = "Things followed",
     .table = "follows",
     .column = "person_id",
     .key1 = "record_id",
     .people = true,
     .guard = "x.record_id <> ?2 AND NOT EXISTS (SELECT 1 FROM follows y WHERE y.person_id = ?2"
              " AND y.record_id = x.record_id)"},
    {.name = "tag_follows.person_id",
     .label = "Tags followed",
     .table = "tag_follows",
     .column = "person_id",
     .key1 = "tag_id",
     .people = true,
     .guard = "NOT EXISTS (SELECT 1 FROM tag_follows y WHERE y.person_id = ?2"
              " AND y.tag_id = x.tag_id)"},
    {.name = "participants.person_id",
     .label = "Conversations",
     .table = "participants",
     .column = "person_id",
     .key1 = "record_id",
     .people = true,
     .guard = "x.role <> '" LETS_NAMED "' AND NOT EXISTS (SELECT 1 FROM participants y"
              " WHERE y.person_id = ?2 AND y.record_id = x.record_id)"},
    {.name = "team_members.person_id",
     .label = "Teams",
     .table = "team_members",
     .column = "person_id",
     .key1 = "team_id",
     .people = true,
     .guard = "NOT EXISTS (SELECT 1 FROM team_members y WHERE y.person_id = ?2"
              " AND y.team_id = x.team_id)"},
    {.name = "memberships.person_id",
     .label = "Memberships",
     .table = "memberships",
     .column = "person_id",
     .key1 = "space_id",
     .people = true,
     .guard = "NOT EXISTS (SELECT 1 FROM memberships y WHERE y.person_id = ?2"
              " AND y.space_id = x.space_id)"},
    {.name = "uploads.person_id",
     .label = "Files given",
     .table = "uploads",
     .column = "person_id",
     .key1 = "id",
     .people = true},
};

static bool leads_to(const struct record_field *f, const struct record_type *t)
{
    if (f->result == KIND_PERSON)
        return strcmp(t->name, "person") == 0;
    return f->result == KIND_REF && f->target && strcmp(f->target, t->name) == 0;
}

struct move *moves_of(struct db *db, struct arena *a, const struct record_type *t)
{
    const struct catalog *c = catalog_of(db);
    struct move *list = arena_array(a, struct move, MOVES_MAX + 1);
    bool person = strcmp(t->name, "person") == 0;
    size_t n = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (person || !fixed[i].people)
            list[n++] = fixed[i];
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n && n < MOVES_MAX; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            if (strncmp(f->sql, "t.", 2) != 0 || f->computed || !leads_to(f, t))
                continue;
            list[n++] = (struct move){
                .name = str_fmt(a, "%s.%s", c->types[i]->table, f->sql + 2).p,
                .label =
                    str_fmt(a, "%s: %s",
                            c->types[i]->label ? c->types[i]->label : c->types[i]->noun, f->label)
                        .p,
                .table = c->types[i]->table,
                .column = f->sql + 2,
                .key1 = "id",
                .guard = "x.id <> ?2", /* itself: a field of the kept one, which is chosen */
                .index = field_index(a, c->types[i], f),
                .own = true,
                .type = c->types[i],
                .field = f};
        }
    return list;
}

/* ---- finding ---- */

static const char *rows_sql(struct arena *a, const struct move *move, const char *what)
{
    const char *from = move->index ? move->index : move->table;
    const char *column = move->index ? "v" : move->column;
    return str_fmt(a, "SELECT %s FROM %s x WHERE x.%s = ?1 AND %s", what, from, column,
                   move->guard ? move->guard : "?2 > 0")
        .p;
}

/* Rows are (record, sum of the votes that are taken back). */
static const char *unvote_sql(enum move_kind kind)
{
    if (kind == MOVE_UNVOTE)
        return "SELECT x.record_id, SUM(x.delta) FROM votes x WHERE x.person_id = ?1"
               " AND x.person_id > 0 AND (EXISTS (SELECT 1 FROM records r"
               " WHERE r.id = x.record_id AND r.author_id = ?2)"
               " OR (SELECT COALESCE(SUM(y.delta), 0) FROM votes y WHERE y.record_id = x.record_id"
               " AND y.person_id = ?2) <> 0) GROUP BY x.record_id HAVING SUM(x.delta) <> 0"
               " ORDER BY x.record_id LIMIT ?3";
    return "SELECT x.record_id, SUM(x.delta) FROM votes x JOIN records r ON r.id = x.record_id"
           " AND r.author_id = ?1 WHERE x.person_id = ?2 AND x.person_id > 0"
           " GROUP BY x.record_id HAVING SUM(x.delta) <> 0 ORDER BY x.record_id LIMIT ?3";
}

static bool unvotes(const struct move *move)
{
    return move->kind == MOVE_UNVOTE || move->kind == MOVE_UNOWN;
}

int64_t moves_count(struct db *db, struct arena *a, const struct move *move, int64_t from,
                    int64_t into)
{
    const char *inner = unvotes(move) ? unvote_sql(move->kind)
                                      : str_fmt(a, "%s LIMIT ?3", rows_sql(a, move, "1 AS one")).p;
    return db_get_int(db, 0, str_fmt(a, "SELECT COUNT(*) FROM (%s) AS few", inner).p, I(from),
                      I(into), I(MERGE_COUNTED));
}

/* ---- the journal ---- */

void journal_put(struct merging *g, const struct journal_row *row)
{
    db_exec(g->act->db,
            "INSERT INTO merge_rows (merge_id, n, move, key1, key2, name, was, became, text_was,"
            " text_is, real_was, real_is)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            I(g->m->id), I(g->n++), T(row->move), I(row->key1), I(row->key2), T(row->name),
            I(row->was), I(row->became), T(row->text_was), T(row->text_is), R(row->real_was),
            R(row->real_is));
}

/* ---- moving ---- */

/* What is computed of a record whose reference changes: its formulas, and roll-ups that count it.
 * Nothing for a type of which nothing is computed. */
struct counted {
    const struct record_type *t;
    int64_t id;
    struct value *was;
};

static struct counted counted_begin(const struct act *act, int64_t id)
{
    struct str type =
        id ? db_get_str(act->db, act->arena, "SELECT type FROM records WHERE id = ?1", I(id))
           : S("");
    const struct record_type *t = type.n ? catalog_type(act->db, type) : NULL;
    if (!t || !t->fields || !t->computed)
        return (struct counted){0};
    return (struct counted){t, id, computed_read(act->db, act->arena, t, id)};
}

static void counted_end(const struct act *act, const struct counted *c)
{
    struct value *is = c->was ? computed_read(act->db, act->arena, c->t, c->id) : NULL;
    if (!is)
        return;
    formulas_compute(act->arena, c->t, act->at, is, NULL);
    if (!fields_recomputed(act->db, act->arena, c->t, c->id, c->was, is))
        rollups_follow(act->db, act->arena, c->t, c->id, c->was, is);
}

/* Whether it is what a field leads to. */
static bool counts(const struct move *move, const struct journal_row *row)
{
    if (move->own || strcmp(move->name, "records.owner_id") == 0 ||
        strcmp(move->name, "records.author_id") == 0)
        return true;
    return strcmp(move->table, "links") == 0 && str_find(row->name, '.') >= 0;
}

static bool row_set(const struct act *act, const struct move *move, const struct journal_row *row,
                    int64_t was, int64_t becomes)
{
    struct db_arg args[5];
    struct out sql;
    size_t n = 0;
    out_init(&sql, SQL_MAX);
    args[n++] = I(becomes);
    args[n++] = I(was);
    args[n++] = I(row->key1);
    out_fmt(&sql, "UPDATE %s SET %s = ?1 WHERE %s = ?2 AND %s = ?3", move->table, move->column,
            move->column, move->key1);
    if (move->key2) {
        args[n++] = I(row->key2);
        out_fmt(&sql, " AND %s = ?%zu", move->key2, n);
    }
    if (move->name_key) {
        args[n++] = T(row->name);
        out_fmt(&sql, " AND %s = ?%zu", move->name_key, n);
    }
    if (db_exec_n(act->db, str_cstr(act->arena, out_take(&sql, act->arena)), args, n) != 1)
        return false;
    if (move->index)
        db_exec(act->db,
                str_fmt(act->arena, "UPDATE %s SET v = ?1 WHERE v = ?2 AND id = ?3", move->index).p,
                I(becomes), I(was), I(row->key1));
    return true;
}

bool move_row(const struct act *act, const struct move *move, const struct journal_row *row,
              int64_t was, int64_t becomes)
{
    bool addresses = strcmp(move->table, "identities") == 0;
    if (!counts(move, row) && !addresses)
        return row_set(act, move, row, was, becomes);
    struct act own = *act; /* whole records are read: each has its own memory */
    own.arena = arena_new(ROW_ARENA);
    if (addresses) {
        struct alike_keys one = alike_keys_begin(act->db, own.arena, was);
        struct alike_keys other = alike_keys_begin(act->db, own.arena, becomes);
        bool moved = row_set(&own, move, row, was, becomes);
        alike_keys_end(act->db, own.arena, &one);
        alike_keys_end(act->db, own.arena, &other);
        arena_free(own.arena);
        return moved;
    }
    bool from = strcmp(move->name, "links.from_id") == 0;
    struct counted first = counted_begin(&own, from ? was : row->key1);
    struct counted second = counted_begin(&own, from ? becomes : 0);
    bool done = row_set(&own, move, row, was, becomes);
    if (done) {
        if (move->field && move->field->other) /* it becomes of another kind: has two columns */
            field_follow(&own, move->type, move->field, row->key1, &(struct value){.i = becomes});
        counted_end(&own, &first);
        counted_end(&own, &second);
        lets_follow(act->db, own.arena, from ? becomes : row->key1);
        lets_follow(act->db, own.arena, from ? was : 0);
    }
    if (arena_over(own.arena))
        db_fail(act->db, DB_INVALID, "a record was too large to be merged");
    arena_free(own.arena);
    return done;
}

/* All that stands below it, too: its path says which. */
static void subtree_move(const struct act *act, int64_t id, int64_t was, int64_t becomes)
{
    struct str path =
        db_get_str(act->db, act->arena, "SELECT path FROM records WHERE id = ?1", I(id));
    struct str end = str_fmt(act->arena, STR_FMT "z", STR_ARG(path)); /* behind any further step */
    db_exec(act->db,
            "UPDATE origins SET root_id = ?1 WHERE root_id = ?2 AND record_id IN (SELECT r.id"
            " FROM records r WHERE r.root_id = ?2 AND r.path >= ?3 AND r.path < ?4)",
            I(becomes), I(was), T(path), T(end));
    db_exec(act->db,
            "UPDATE records SET root_id = ?1 WHERE root_id = ?2 AND path >= ?3 AND path < ?4",
            I(becomes), I(was), T(path), T(end));
}

/* hot as if the vote had come, or gone; its old value stays in the journal. */
static void hot_move(struct merging *g, int64_t record, int64_t delta, int64_t at)
{
    double hot = 0;
    int64_t created = 0;
    struct rows q =
        db_query(g->act->db, "SELECT hot, created_at FROM records WHERE id = ?1", I(record));
    if (db_next(&q)) {
        hot = db_real(&q, 0);
        created = db_int(&q, 1);
    }
    db_done(&q);
    db_exec(g->act->db, "UPDATE records SET score = score + ?2, hot = ?3 WHERE id = ?1", I(record),
            I(delta), R(delta > 0 ? hot_add(hot, at) : hot_take(hot, at, created)));
}

static double hot_of(struct db *db, int64_t record)
{
    struct rows q = db_query(db, "SELECT hot FROM records WHERE id = ?1", I(record));
    double hot = db_next(&q) ? db_real(&q, 0) : 0;
    db_done(&q);
    return hot;
}

static int64_t vote_at(struct db *db, int64_t record, int64_t person)
{
    return db_get_int(db, 0, "SELECT MAX(at) FROM votes WHERE record_id = ?1 AND person_id = ?2",
                      I(record), I(person));
}

static int unvotes_run(struct merging *g, const struct move *move, int rows)
{
    const struct merge *m = g->m;
    int64_t person = move->kind == MOVE_UNVOTE ? m->from_id : m->into_id;
    struct journal_row *list = arena_array(g->act->arena, struct journal_row, (size_t)rows);
    int n = 0;
    struct rows q =
        db_query(g->act->db, unvote_sql(move->kind), I(m->from_id), I(m->into_id), I(rows));
    while (n < rows && db_next(&q))
        list[n++] = (struct journal_row){.move = str_of(move->name),
                                         .key1 = db_int(&q, 0),
                                         .key2 = person,
                                         .was = -db_int(&q, 1)};
    db_done(&q);
    for (int i = 0; i < n; i++) {
        list[i].real_was = hot_of(g->act->db, list[i].key1);
        int64_t at = vote_at(g->act->db, list[i].key1, person);
        db_exec(g->act->db,
                "INSERT INTO votes (record_id, person_id, activity_id, delta, at)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
                I(list[i].key1), I(person), I(m->activity_id), I(list[i].was), I(g->act->at));
        hot_move(g, list[i].key1, list[i].was, at);
        list[i].real_is = hot_of(g->act->db, list[i].key1);
        vote_rank(g->act->db, list[i].key1);
        journal_put(g, &list[i]);
    }
    return n;
}

static void vote_moved(struct merging *g, const struct journal_row *row)
{
    int64_t delta = 0, at = 0;
    struct rows q = db_query(g->act->db,
                             "SELECT delta, at FROM votes WHERE record_id = ?1 AND person_id = ?2"
                             " AND activity_id = ?3",
                             I(g->m->into_id), I(row->key1), I(row->key2));
    if (db_next(&q)) {
        delta = db_int(&q, 0);
        at = db_int(&q, 1);
    }
    db_done(&q);
    hot_move(g, g->m->into_id, delta, at);
    db_exec(g->act->db, "UPDATE records SET score = score - ?2 WHERE id = ?1", I(g->m->from_id),
            I(delta));
}

int moves_run(struct merging *g, const struct move *move, int rows)
{
    const struct act *act = g->act;
    if (unvotes(move))
        return unvotes_run(g, move, rows);
    const char *keys = str_fmt(act->arena, "x.%s, %s%s, %s%s", move->key1, move->key2 ? "x." : "",
                               move->key2 ? move->key2 : "0", move->name_key ? "x." : "",
                               move->name_key ? move->name_key : "''")
                           .p;
    const char *sql =
        str_fmt(act->arena, "%s ORDER BY 1, 2, 3 LIMIT ?3", rows_sql(act->arena, move, keys)).p;
    struct journal_row *list = arena_array(act->arena, struct journal_row, (size_t)rows);
    int n = 0;
    struct rows q = db_query(act->db, sql, I(g->m->from_id), I(g->m->into_id), I(rows));
    while (n < rows && db_next(&q))
        list[n++] = (struct journal_row){.move = str_of(move->name),
                                         .key1 = db_int(&q, 0),
                                         .key2 = db_int(&q, 1),
                                         .name = db_dup(&q, 2, act->arena),
                                         .was = g->m->from_id,
                                         .became = g->m->into_id};
    db_done(&q);
    for (int i = 0; i < n; i++) {
        move_row(act, move, &list[i], list[i].was, list[i].became);
        if (move->kind == MOVE_CHILD)
            subtree_move(act, list[i].key1, list[i].was, list[i].became);
        else if (move->kind == MOVE_VOTE)
            vote_moved(g, &list[i]);
        journal_put(g, &list[i]);
    }
    return n;
}

/* ---- back ---- */

/* Somebody who has voted again since, or taken it back, meant the record that was kept. */
static bool voted_since(struct db *db, int64_t record, int64_t person, int64_t activity)
{
    return db_get_int(db, 0,
                      "SELECT 1 FROM votes WHERE record_id = ?1 AND person_id = ?2"
                      " AND activity_id > ?3 LIMIT 1",
                      I(record), I(person), I(activity)) != 0;
}

static bool unvote_back(struct merging *g, const struct journal_row *row)
{
    struct db *db = g->act->db;
    if (!db_exec(db,
                 "DELETE FROM votes WHERE record_id = ?1 AND person_id = ?2"
                 " AND activity_id = ?3",
                 I(row->key1), I(row->key2), I(g->m->activity_id)))
        return false;
    bool same = hot_of(db, row->key1) == row->real_is;
    hot_move(g, row->key1, -row->was, vote_at(db, row->key1, row->key2));
    if (same)
        db_exec(db, "UPDATE records SET hot = ?2 WHERE id = ?1", I(row->key1), R(row->real_was));
    vote_rank(db, row->key1);
    return true;
}

bool move_back(struct merging *g, const struct move *move, const struct journal_row *row)
{
    struct db *db = g->act->db;
    if (unvotes(move))
        return unvote_back(g, row);
    bool vote = strcmp(move->table, "votes") == 0;
    bool of_record = move->kind == MOVE_VOTE;
    if (vote && voted_since(db, of_record ? row->became : row->key1,
                            of_record ? row->key1 : row->became, g->m->activity_id))
        return false;
    if (!move_row(g->act, move, row, row->became, row->was))
        return false;
    if (move->kind == MOVE_CHILD)
        subtree_move(g->act, row->key1, row->became, row->was);
    if (of_record) {
        int64_t delta = db_get_int(db, 0,
                                   "SELECT delta FROM votes WHERE record_id = ?1"
                                   " AND person_id = ?2 AND activity_id = ?3",
                                   I(row->was), I(row->key1), I(row->key2));
        db_exec(db,
                "UPDATE records SET score = score + CASE WHEN id = ?1 THEN ?3 ELSE -?3 END"
                " WHERE id IN (?1, ?2)",
                I(row->was), I(row->became), I(delta));
    }
    return true;
}

#define BELOW(more)                                                                                \
    "(SELECT COUNT(*) FROM records c WHERE c.root_id = records.id AND c.deleted_at IS NULL" more ")"

void moves_settle(struct merging *g, const struct move *move)
{
    struct db *db = g->act->db;
    const int64_t both[] = {g->m->from_id, g->m->into_id};
    for (size_t i = 0; i < 2; i++) {
        if (move->kind == MOVE_CHILD)
            db_exec(db,
                    "UPDATE records SET thread = " BELOW(" AND c.path <> ''") ", comments = " BELOW(
                        " AND c.parent_id = records.id AND c.type <> 'answer'") ", answers "
                                                                                "= " BELOW(" AND "
                                                                                           "c."
                                                                                           "parent_"
                                                                                           "id = "
                                                                                           "records"
                                                                                           ".id "
                                                                                           "AND "
                                                                                           "c.type "
                                                                                           "= "
                                                                                           "'answer"
                                                                                           "'") " W"
                                                                                                "HE"
                                                                                                "RE"
                                                                                                " i"
                                                                                                "d "
                                                                                                "= "
                                                                                                "?"
                                                                                                "1",
                    I(both[i]));
        if (move->kind == MOVE_VOTE)
            vote_rank(db, both[i]);
    }
}
