/* home_notices.c: the page of notifications, its marks, and the number on the bell.
 *
 * Seen is what the bell counts: it is quiet once somebody has looked. Read is what a notice itself
 * is: it stays marked until it was opened, or marked by hand.
 *
 * RULES
 *   1. What happened on one day to one thing is one line, unread and read apart.
 *   2. Looking at the page changes nothing by itself, as on Home: a script tells what was seen.
 *
 * WHY no ORDER BY: SQLite walks the chain in its order, and would sort the texts along with it; a
 * sort of what has come costs nothing there, and puts right what PostgreSQL has joined otherwise.
 */
#include "features/home/home.h"

#include <stdlib.h>

#include "core/clock.h"
#include "record/act.h"
#include "record/notices.h"
#include "view/components.h"
#include "views/home/bell.h"
#include "views/home/notices.h"

enum { NOTICES = 30, LOOKED_AT = NOTICES + 4 /* some may be hidden */, NAMES = 2 };

static const char *const shows[] = {"mentions", NULL};

const struct form_rule notices_query[] = {
    {"show", .label = "only those: mentions", .choices = shows},
    PAGE_QUERY,
    {0},
};

const struct form_rule read_rules[] = {
    {"activities", .label = "Numbers of activities, separated by commas", .max = 2000},
    {"up_to", .label = "All up to this activity", .whole = true},
    {0},
};

static const struct part notice_parts[] = {
    PART_TITLE("Notification"),
    ROW_ALL(notice),
    PART(FLAG, "seen", struct notice, seen),
    PART(FLAG, "read", struct notice, read),
    PART(TEXT, "path", struct notice, path),
    {0},
};

const struct part notices_answer[] = {
    PART_LIST("data", struct notices_page, notices, n, notice_parts),
    PART(CURSOR, "next", struct notices_page, next),
    {0},
};

static const struct part read_parts[] = {PART(INT, "unseen", struct bell, n), {0}};
const struct part read_answer[] = {PART_OBJECT("data", read_parts), {0}};

/* ---- words ---- */

static const struct {
    const char *reason, *what, *phrase; /* what: verb or type; "": any other */
} phrases[] = {
    {"reply", "", "replied to you in"},
    {"mention", "Add", "shared with you"},
    {"mention", "", "mentioned you in"},
    {"status", "Accept", "accepted an answer to"},
    {"status", "Merge", "merged"},
    {"status", "", "changed the status of"},
    {"answer", "", "accepted your answer to"},
    {"invite", "", "lets you into"},
    {"follow", "idea", "proposed"},
    {"follow", "topic", "began"},
    {"follow", "answer", "answered"},
    {"follow", "comment", "commented on"},
    {"follow", "", "wrote in"},
};

static const char *phrase_of(const struct notice *n)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (str_is(n->reason, phrases[i].reason) &&
            (!phrases[i].what[0] || str_is(n->verb, phrases[i].what) ||
             str_is(n->type, phrases[i].what)))
            return phrases[i].phrase;
    return "did something in";
}

/* "Ana", "Ana and Ben", "Ana, Ben and 3 others" */
static struct str names_join(struct arena *a, const struct str *names, size_t n)
{
    if (n <= 1)
        return n ? names[0] : S("Somebody");
    if (n == 2)
        return str_fmt(a, STR_FMT " and " STR_FMT, STR_ARG(names[0]), STR_ARG(names[1]));
    return str_fmt(a, STR_FMT ", " STR_FMT " and %zu other%s", STR_ARG(names[0]), STR_ARG(names[1]),
                   n - NAMES, n - NAMES == 1 ? "" : "s");
}

/* ---- reading ---- */

/* home RULE 2, as text around the predicate: invitations show the door of a space that is hidden,
 * as long as they stand. */
#define NOTICE_FROM                                                                                \
    " FROM n CROSS JOIN activities a JOIN records r ON r.id = a.record_id"                         \
    " JOIN records t ON t.id = r.root_id"
#define NOTICE_SEEN                                                                                \
    " WHERE a.id = n.activity_id AND n.reason <> '' AND r.deleted_at IS NULL AND t.deleted_at IS " \
    "NULL"                                                                                         \
    " AND ((n.reason = 'invite'"                                                                   \
    " AND EXISTS (SELECT 1 FROM memberships i WHERE i.space_id = r.id"                             \
    " AND i.person_id = ?1 AND i.role >= 1)) OR "

/* The inbox counts. When there are few it is asked whether they are still to be seen, so that the
 * badge does not call to an empty page. */
int64_t notices_unseen(struct req *rq)
{
    enum { FEW = 3 };
    static const char *const sql[] =
        ACCESS_EACH(NOTICES_CHAIN "SELECT COUNT(*)" NOTICE_FROM NOTICE_SEEN, ")");
    struct inbox inbox = inbox_of(rq->db, rq->viewer.id);
    if (inbox.unseen == 0 || inbox.unseen > FEW)
        return inbox.unseen;
    return db_get_int(rq->db, 0, access_text(rq->db, rq->arena, &rq->viewer, sql), I(rq->viewer.id),
                      I(inbox.last_id), I(FEW), I(inbox.seen_id));
}

#define NOTICE_SELECT(from)                                                                        \
    ACCESS_EACH(from "SELECT " ROW_COLUMNS(NOTICE_ROW) NOTICE_FROM                                 \
                " LEFT JOIN people p ON p.id = a.actor_id" NOTICE_SEEN,                            \
                ")")

static int newest_first(const void *a, const void *b)
{
    const struct notice *x = a, *y = b;
    return (x->activity_id < y->activity_id) - (x->activity_id > y->activity_id);
}

static void notices_read(struct req *rq, struct notices_page *v, int64_t first,
                         const struct inbox *inbox)
{
    static const char *const all[] = NOTICE_SELECT(NOTICES_CHAIN), *const mentions[] =
                                                                       NOTICE_SELECT(
                                                                           NOTICES_MENTIONS);
    struct notice *notices = arena_array(rq->arena, struct notice, LOOKED_AT);
    const char *sql = access_text(rq->db, rq->arena, &rq->viewer, (v->mentions ? mentions : all));
    struct rows q = db_query(rq->db, sql, I(rq->viewer.id), I(first), I(LOOKED_AT), I(0));
    while (v->n < LOOKED_AT && db_next(&q)) {
        struct notice *n = &notices[v->n++];
        notice_decode(n, &q, 0, rq->arena);
        const char *to = str_is(n->reason, "invite") ? "/spaces/%lld" : "/r/%lld"; /* home RULE 2 */
        n->path = str_fmt(rq->arena, to, (long long)n->record_id);
        n->phrase = phrase_of(n);
        n->seen = n->activity_id <= inbox->seen_id;
        n->read = n->marked || n->activity_id <= inbox->read_id;
    }
    db_done(&q);
    qsort(notices, v->n, sizeof *notices, newest_first);
    v->notices = notices;
}

/* Where the next page begins when so many notices in a row are hidden that this one is not full. */
static int64_t notices_behind(struct req *rq, const struct notices_page *v, int64_t first)
{
    return db_get_int(rq->db, 0,
                      v->mentions ? NOTICES_MENTIONS "SELECT CASE WHEN COUNT(*) = ?3 THEN"
                                                     " MIN(activity_id) - 1 ELSE 0 END FROM n"
                                  : NOTICES_CHAIN "SELECT before_id FROM n WHERE steps = ?3",
                      I(rq->viewer.id), I(first), I(LOOKED_AT), I(0));
}

static struct feed *notices_feed(struct req *rq, const struct notices_page *v)
{
    struct feed *feed =
        feed_new(rq, v->mentions ? S("Mentions") : S("Notifications"),
                 v->mentions ? S("/notifications?show=mentions") : S("/notifications"), v->n);
    feed->kind = "notice";
    feed->next = v->next;
    for (size_t i = 0; i < feed->n; i++) {
        const struct notice *n = &v->notices[i];
        feed->entries[i] = (struct feed_entry){
            .id = n->activity_id,
            .published = n->at,
            .title = str_fmt(rq->arena, STR_FMT " %s " STR_FMT, STR_ARG(n->actor_name), n->phrase,
                             STR_ARG(n->title)),
            .path = n->path,
            .author = n->actor_name,
            .author_handle = n->actor_handle,
            .text = n->excerpt,
        };
    }
    return feed;
}

/* ---- grouping ---- */

static int64_t day_of(int64_t at)
{
    return at / CLOCK_DAY;
}

static struct str day_name(struct req *rq, int64_t day)
{
    char buf[32];
    int64_t ago = day_of(rq->now) - day;
    return ago <= 0   ? S("Today")
           : ago == 1 ? S("Yesterday")
                      : str_dup(rq->arena, clock_date(buf, day * CLOCK_DAY));
}

static bool together(const struct notice *a, const struct notice *b)
{
    return a->root_id == b->root_id && a->phrase == b->phrase && a->read == b->read &&
           day_of(a->at) == day_of(b->at);
}

static void group_fill(struct req *rq, struct notice_group *g, const struct notice *const *list)
{
    struct str names[NOTICES], ids[NOTICES];
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        ids[i] = str_fmt(rq->arena, "%lld", (long long)list[i]->activity_id);
        size_t k = 0;
        while (k < n && !str_eq(names[k], list[i]->actor_name))
            k++;
        if (k == n)
            names[n++] = list[i]->actor_name;
    }
    g->newest = list[0];
    g->path = list[g->n - 1]->path; /* one reads on from the first of them */
    g->names = names_join(rq->arena, names, n);
    g->ids = str_join(rq->arena, ids, g->n, S(","));
}

/* RULE 1. A group stands where its newest notice does. */
static void notices_group(struct req *rq, struct notices_page *v)
{
    const struct notice **list = arena_array(rq->arena, const struct notice *, v->n + 1);
    bool *taken = arena_array(rq->arena, bool, v->n + 1);
    struct notice_group *groups = arena_array(rq->arena, struct notice_group, v->n + 1);
    int64_t day = -1;
    for (size_t i = 0; i < v->n; i++) {
        struct notice_group *g = &groups[v->groups_n];
        if (taken[i])
            continue;
        for (size_t k = i; k < v->n; k++)
            if (!taken[k] && together(&v->notices[i], &v->notices[k])) {
                taken[k] = true;
                list[g->n++] = &v->notices[k];
            }
        group_fill(rq, g, list);
        if (day_of(g->newest->at) != day)
            g->day = day_name(rq, day = day_of(g->newest->at));
        v->unread = v->unread || !g->newest->read;
        v->groups_n++;
    }
    v->groups = groups;
}

/* ---- handlers ---- */

int notices_index(struct req *rq)
{
    struct notices_page *v = arena_make(rq->arena, struct notices_page);
    struct inbox inbox = inbox_of(rq->db, rq->viewer.id);
    int64_t first = 0, next = 0;
    v->mentions = str_is(req_query(rq, "show"), "mentions");
    if (!str_int(req_query(rq, "after"), &first) || first <= 0)
        first = inbox.last_id;
    notices_read(rq, v, first, &inbox);
    if (v->n > NOTICES) {
        next = v->notices[NOTICES].activity_id;
        v->n = NOTICES;
    } else {
        next = notices_behind(rq, v, first);
    }
    if (next)
        v->next = str_fmt(rq->arena, "%lld", (long long)next);
    v->newest = inbox.last_id;
    v->fresh = inbox.unseen > 0;
    if (face_shows(rq->face))
        notices_group(rq, v);
    return answer(rq, &(struct answer){.title = S("Notifications"),
                                       .page = home_notices_view,
                                       .width = PAGE_NARROW,
                                       .feed = notices_feed(rq, v),
                                       .section = "/notifications",
                                       .data = v});
}

int notices_update(struct req *rq)
{
    struct form form;
    if (!seen_read(rq, &form))
        return form_refuse(rq, &form);
    inbox_seen(rq->db, rq->viewer.id, form_int(&form, "activity"));
    return answer_updated(rq, S("/notifications"),
                          &(struct answer){.data = &(struct seen){form_int(&form, "activity")}});
}

/* "12,15" */
static size_t numbers_read(struct form *form, int64_t *ids, size_t max)
{
    struct str rest = form_get(form, "activities"), word;
    size_t n = 0;
    while (rest.n && n < max && str_split(&rest, ',', &word))
        if (!str_int(str_trim(word), &ids[n++]) || ids[n - 1] < 0)
            form_fail(form, "activities", "They must be numbers of activities.");
    return n;
}

int reads_update(struct req *rq)
{
    int64_t ids[100];
    struct form form;
    form_read(rq, read_rules, &form);
    size_t n = numbers_read(&form, ids, sizeof ids / sizeof *ids);
    if (form.ok && form_int(&form, "up_to") < 0)
        form_fail(&form, "up_to", "It must be the number of an activity.");
    if (!form.ok)
        return form_refuse(rq, &form);
    for (size_t i = 0; i < n; i++)
        notice_read(rq->db, rq->viewer.id, ids[i]);
    inbox_read(rq->db, rq->viewer.id, form_int(&form, "up_to"));
    struct bell *left = arena_make(rq->arena, struct bell);
    left->n = notices_unseen(rq);
    return answer_updated(rq, S("/notifications"), &(struct answer){.data = left});
}

int bells_show(struct req *rq)
{
    struct bell *v = arena_make(rq->arena, struct bell);
    v->n = notices_unseen(rq);
    return answer(rq, &(struct answer){.stream = home_bell_view, .data = v});
}
