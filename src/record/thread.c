/* thread.c: see thread.h. */
#include "record/thread.h"

#include "record/path.h"
#include "record/votes.h"

const struct part entry_parts[] = {PART_TITLE("Entry"), ROW_ALL(entry), {0}};

#define THREAD_SELECT "SELECT " ROW_COLUMNS(THREAD_ROW) ", r.hot"
#define THREAD_FROM                                                                                \
    " FROM records r LEFT JOIN people p ON p.id = r.author_id"                                     \
    " WHERE r.root_id = ?2 AND r.path > ?3 AND "
#define THREAD_ORDER " ORDER BY r.path LIMIT ?4"
static const char *const thread_sql[ACCESS_CLASSES] =
    ACCESS_EACH(THREAD_SELECT THREAD_FROM, THREAD_ORDER);

/* A deleted entry says nothing of what it was. */
static void entry_blank(struct entry *e)
{
    e->html = html_trusted(S(""));
    e->author_id = 0;
    e->author_name = e->author_handle = S("");
    e->score = 0;
}

/* `next`: the path of the first entry behind the page, or empty. */
static bool has_replies(const struct thread *t, size_t i, struct str next)
{
    struct str below = i + 1 < t->n ? t->entries[i + 1].path : next;
    return below.n && str_starts(below, t->entries[i].path);
}

/* Deleted entries go, unless something stands below them. */
static void thread_prune(struct thread *t, struct str next)
{
    for (size_t i = t->n; i-- > 0;) { /* from the end: what has lost its replies goes too */
        if (!t->entries[i].deleted_at || has_replies(t, i, next))
            continue;
        memmove(&t->entries[i], &t->entries[i + 1], (t->n - i - 1) * sizeof *t->entries);
        t->n--;
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].deleted_at)
            entry_blank(&t->entries[i]);
}

/* What nobody votes for, nor did, is as hot as it was at first: most comments, which need no look
 * at the votes. */
static bool may_have_votes(const struct entry *e, double hot)
{
    return e->score != 0 || hot > hot_first(e->created_at);
}

void thread_read(struct req *rq, const struct record *root, struct str after, int limit,
                 struct thread *t)
{
    size_t asked = 0;
    /* Not zeroed: each is read whole. */
    *t = (struct thread){.entries =
                             arena_bytes(rq->arena, ((size_t)limit + 1) * sizeof *t->entries)};
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, thread_sql),
                             I(rq->viewer.id), I(root->id), T(after), I(limit + 1));
    int64_t *ids = arena_array(rq->arena, int64_t, (size_t)limit + 1);
    bool *own = arena_array(rq->arena, bool, (size_t)limit + 1);
    while (t->n < (size_t)limit + 1 && db_next(&q)) {
        struct entry *e = &t->entries[t->n++];
        entry_decode(e, &q, 0, rq->arena);
        e->depth = path_depth(e->path);
        e->voted = false;
        if (may_have_votes(e, db_real(&q, ROW_WIDTH(THREAD_ROW))))
            ids[asked++] = e->id;
    }
    db_done(&q);
    votes_own(rq->db, rq->arena, rq->viewer.id, ids, asked, own);
    for (size_t i = 0, at = 0; at < asked; i++)
        if (t->entries[i].id == ids[at])
            t->entries[i].voted = own[at++];
    struct str behind = S("");
    if (t->n > (size_t)limit) {
        behind = t->entries[limit].path;
        t->n = (size_t)limit;
        t->next = t->entries[limit - 1].path;
    }
    thread_prune(t, behind);
}
