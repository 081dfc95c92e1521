/* take.c: what the takers share: notes of what was taken, places of records, origins. */
#include "features/imports/take.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "record/origins.h"
#include "record/votes.h"

static void problem_add(struct take *t, const struct dump_row *row, const char *fmt, va_list args)
{
    char words[400];
    vsnprintf(words, sizeof words, fmt, args);
    struct problem *p = arena_make(t->arena, struct problem);
    p->line = row->line;
    p->why = str_dup(t->arena, str_of(words));
    *t->last = p;
    t->last = &p->next;
}

/* A second pass is for orphans: all else was told by the first. */
void refuse_row(struct take *t, const struct dump_row *row, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!t->im->second_pass)
        problem_add(t, row, fmt, args);
    va_end(args);
}

void refuse_orphan(struct take *t, const struct dump_row *row, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    t->orphans++;
    if (t->im->second_pass)
        problem_add(t, row, fmt, args);
    va_end(args);
}

/* ---- the notes ---- */

int64_t note_find(struct take *t, const char *kind, struct str key)
{
    return db_get_int(t->db, 0,
                      "SELECT record_id FROM import_rows"
                      " WHERE import_id = ?1 AND kind = ?2 AND key = ?3",
                      I(t->im->id), Z(kind), T(key));
}

void note_put(struct take *t, const char *kind, struct str key, int64_t record_id)
{
    db_exec(t->db,
            "INSERT INTO import_rows (import_id, kind, key, record_id) VALUES (?1, ?2, ?3, ?4)",
            I(t->im->id), Z(kind), T(key), I(record_id));
}

void note_remove(struct take *t, const char *kind, struct str key)
{
    db_exec(t->db, "DELETE FROM import_rows WHERE import_id = ?1 AND kind = ?2 AND key = ?3",
            I(t->im->id), Z(kind), T(key));
}

/* ---- records ---- */

struct act act_at(struct take *t, int64_t person_id, int64_t at)
{
    return (struct act){
        .db = t->db, .arena = t->arena, .person_id = person_id, .at = at, .quiet = true};
}

struct record *record_place(struct take *t, int64_t id)
{
    struct rows q =
        db_query(t->db,
                 "SELECT type, root_id, path, COALESCE(space_id, 0), audience, score, hot,"
                 " tags, created_at FROM records WHERE id = ?1",
                 I(id));
    if (!db_next(&q))
        return NULL;
    struct record *r = arena_make(t->arena, struct record);
    r->id = id;
    r->type = db_dup(&q, 0, t->arena);
    r->root_id = db_int(&q, 1);
    r->path = db_dup(&q, 2, t->arena);
    r->space_id = db_int(&q, 3);
    r->audience = db_int(&q, 4);
    r->score = db_int(&q, 5);
    r->hot = db_real(&q, 6);
    r->tags = db_dup(&q, 7, t->arena);
    r->created_at = db_int(&q, 8);
    db_done(&q);
    return r;
}

struct str origin_url(struct take *t, const char *what, struct str key)
{
    return str_fmt(t->arena, "https://" STR_FMT "/%s/" STR_FMT, STR_ARG(t->im->site), what,
                   STR_ARG(key));
}

/* Stack Exchange's rule for texts that do not say it themselves. */
static struct str licence_of(const struct dump_row *row, int64_t at)
{
    static const struct {
        const char *until;
        struct str licence;
    } terms[] = {
        {"2011-04-08", S("CC BY-SA 2.5")},
        {"2018-05-02", S("CC BY-SA 3.0")},
    };
    struct str own = row_text(row, "ContentLicense");
    char day[32];
    for (size_t i = 0; !own.n && i < sizeof terms / sizeof *terms; i++)
        if (strncmp(clock_rfc3339(day, at).p, terms[i].until, strlen(terms[i].until)) < 0)
            own = terms[i].licence;
    return own.n ? own : S("CC BY-SA 4.0");
}

/* `user` and `name` are the attributes that tell the author's number and, without one, the name. */
void origin_note(struct take *t, const struct dump_row *row, int64_t root_id, int64_t id,
                 struct str url, const char *user, const char *name, int64_t at)
{
    struct str number = row_text(row, user), author = row_text(row, name);
    if (number.n)
        author = db_get_str(
            t->db, t->arena,
            "SELECT p.name FROM identities i JOIN people p ON p.id = i.person_id"
            " WHERE i.kind = 'stackexchange' AND i.address = ?1",
            T(str_fmt(t->arena, STR_FMT "/" STR_FMT, STR_ARG(t->im->site), STR_ARG(number))));
    origin_put(t->db, root_id,
               &(struct origin){.record_id = id,
                                .url = url,
                                .author = author,
                                .author_url = number.n ? origin_url(t, "users", number) : S(""),
                                .licence = licence_of(row, at)});
}

bool score_put(struct take *t, int64_t record_id, const struct dump_row *row, int64_t at)
{
    int64_t score;
    if (!row_int(row, "Score", &score) || !score || score > INT32_MAX || score < -INT32_MAX)
        return false;
    struct act act = act_at(t, 0, at);
    struct record *r = record_place(t, record_id);
    if (!r)
        return false;
    vote_append(&act, r, (int)score);
    return true;
}
