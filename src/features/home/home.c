/* home.c: what happened in my spaces since I last looked; and what concerns me.
 *
 * RULES
 *   1. Looking at Home changes nothing by itself: the page tells the server afterwards up to where
 *      it was read, so that a prefetch or a feed reader marks nothing as seen.
 *   2. A notification about something that is no longer to be seen is not shown.
 */
#include "features/home/home.h"

#include "http/feature.h"
#include "http/live.h"
#include "record/form.h"
#include "record/notices.h"
#include "record/publish.h"
#include "view/components.h"
#include "views/home/bell.h"
#include "views/home/notices.h"
#include "views/home/show.h"

enum { FRESH = 30, EARLIER = 10, SHOWN = 6, NOTICES = 40, NOTICES_LOOKED_AT = 60, TOPICS = 20 };

static int home_show(struct req *rq);
static int home_update(struct req *rq);
static int notices_index(struct req *rq);
static int notices_update(struct req *rq);
static int bells_show(struct req *rq);
static int live_show(struct req *rq);

static const struct form_rule seen_rules[] = {
    {"activity", .label = "Number of the newest activity that was read", .required = true,
     .whole = true},
    {0},
};

static const struct form_rule live_query[] = {
    {"topics", .label = "numbers of records, separated by commas"},
    {"bell", .label = "one's own notifications, too: the number that the page shows of them"},
    {0},
};

static const struct part home_parts[] = {
    PART_TITLE("Home"),
    PART(INT, "newest", struct home_page, newest),
    PART_INNER("fresh", struct home_page, fresh, timeline_parts),
    PART_INNER("earlier", struct home_page, earlier, timeline_parts),
    {0},
};

static const struct part home_answer[] = {PART_OBJECT("data", home_parts), {0}};

static const struct part notice_parts[] = {
    PART_TITLE("Notification"),
    ROW_ALL(notice),
    PART(FLAG, "seen", struct notice, seen),
    PART(TEXT, "path", struct notice, path),
    {0},
};

static const struct part notices_answer[] = {
    PART_LIST("data", struct notices_page, notices, n, notice_parts),
    PART(CURSOR, "next", struct notices_page, next),
    {0},
};

struct seen {
    int64_t activity;
};

static const struct part seen_parts[] = {PART(INT, "seen", struct seen, activity), {0}};
static const struct part seen_answer[] = {PART_OBJECT("data", seen_parts), {0}};

static const struct part bell_parts[] = {PART(INT, "unseen", struct bell, n), {0}};
static const struct part bell_answer[] = {PART_OBJECT("data", bell_parts), {0}};

static const struct route routes[] = {
    {GET, "/", home_show, ANYONE, .query = page_query, .answers = home_answer,
     .help = "Home: what happened since one last looked"},
    {GET, "/home", home_show, ANYONE, .query = page_query, .answers = home_answer,
     .help = "the same; /home.atom is its feed"},
    {PUT, "/home/seen", home_update, MEMBER, .flags = ROUTE_ASIDE, .form = seen_rules,
     .answers = seen_answer, .help = "mark Home as read up to `activity`"},
    {GET, "/notifications", notices_index, MEMBER, .query = page_query, .answers = notices_answer,
     .help = "what concerns oneself"},
    {PUT, "/notifications/seen", notices_update, MEMBER, .flags = ROUTE_ASIDE, .form = seen_rules,
     .answers = seen_answer, .help = "mark them as read up to `activity`"},
    {GET, "/notifications/bell", bells_show, MEMBER, .flags = ROUTE_UNFED, .answers = bell_answer,
     .help = "how many are new"},
    {GET, "/live", live_show, ANYONE, .flags = ROUTE_STREAM, .query = live_query,
     .help = "event stream of the topics given"},
    {0},
};

static int64_t notices_unseen(struct req *rq);

static const struct menu_entry menu[] = {
    {"Home", "/", "#i-house", 10, ANYONE},
    {"Notifications", "/notifications", "#i-bell", 10, MEMBER, MENU_BELL, notices_unseen,
     "/notifications/bell"},
    {0},
};

const struct feature home_feature = {
    .name = "home",
    .routes = routes,
    .menu = menu,
    .start = publish_start,
};

/* What happened, however much of it was read; of guests, what their Home shows. */
static struct feed *home_feed(struct req *rq, struct home_page *v)
{
    if (face_feeds(rq->face) && !v->guest) {
        const struct timeline_query all = {
            .mine = true, .after = req_query(rq, "after"), .limit = FRESH};
        timeline_read(rq, &all, &v->fresh);
    }
    if (!v->guest)
        return timeline_feed(rq, &v->fresh, S("Home"), S("/"));
    struct feed *feed = feed_new(rq, S("Home"), S("/"), v->ideas.n + v->topics.n);
    for (size_t i = 0; i < feed->n; i++)
        feed->entries[i] =
            list_entry(rq, i < v->ideas.n ? &v->ideas.rows[i] : &v->topics.rows[i - v->ideas.n]);
    return feed;
}

static int home_show(struct req *rq)
{
    struct home_page *v = arena_make(rq->arena, struct home_page);
    int64_t me = rq->viewer.id;
    struct str after = req_query(rq, "after");
    v->guest = !me;
    bool feeds = face_feeds(rq->face);
    if (!me || !feeds) {
        list_read(rq,
                  &(struct list_query){
                      .type = "idea", .sort = SORT_TRENDING, .limit = SHOWN, .texts = feeds},
                  &v->ideas);
        list_read(rq, &(struct list_query){.type = "topic", .limit = SHOWN, .texts = feeds},
                  &v->topics);
    }
    if (me && !feeds) {
        int64_t seen =
            db_get_int(rq->db, 0, "SELECT home_seen FROM accounts WHERE person_id = ?1", I(me));
        v->no_spaces = !db_get_int(
            rq->db, 0, "SELECT 1 FROM memberships WHERE person_id = ?1 AND role >= 2 LIMIT 1",
            I(me));
        timeline_read(
            rq,
            &(struct timeline_query){.mine = true, .since = seen, .after = after, .limit = FRESH},
            &v->fresh);
        if (!v->fresh.next.n) {
            struct str before =
                after.n && !v->fresh.n ? after : str_fmt(rq->arena, "%lld", (long long)seen + 1);
            timeline_read(rq,
                          &(struct timeline_query){.mine = true, .after = before, .limit = EARLIER},
                          &v->earlier);
        }
        v->newest = v->fresh.n && !after.n ? v->fresh.rows[0].id : 0;
    }
    return answer(rq, &(struct answer){.title = S("Home"),
                                       .page = home_show_view,
                                       .feed = home_feed(rq, v),
                                       .section = "/",
                                       .data = v});
}

static bool seen_read(struct req *rq, struct form *form)
{
    form_read(rq, seen_rules, form);
    if (form->ok && form_int(form, "activity") < 0)
        form_fail(form, "activity", "It must be the number of an activity.");
    return form->ok;
}

static int home_update(struct req *rq)
{
    struct form form;
    if (!seen_read(rq, &form))
        return form_refuse(rq, &form);
    int64_t activity = form_int(&form, "activity"),
            newest = db_get_int(rq->db, 0, "SELECT MAX(id) FROM activities");
    if (activity > newest) /* what has not happened yet was not read */
        activity = newest;
    db_exec(rq->db, "UPDATE accounts SET home_seen = ?2 WHERE person_id = ?1 AND home_seen < ?2",
            I(rq->viewer.id), I(activity));
    return answer_updated(rq, S("/"), &(struct answer){.data = &(struct seen){activity}});
}

/* ---- notifications ---- */

static const struct {
    const char *reason, *phrase;
} phrases[] = {
    {"reply", "replied to you in"},      {"mention", "mentioned you in"},
    {"status", "changed the status of"}, {"answer", "accepted your answer to"},
    {"invite", "lets you into"},         {"follow", "wrote in"},
};

static const char *phrase_of(struct str reason, struct str verb)
{
    if (str_is(reason, "status") && str_is(verb, VERB_ACCEPT))
        return "accepted an answer to";
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (str_is(reason, phrases[i].reason))
            return phrases[i].phrase;
    return "did something in";
}

/* RULE 2, as text around the predicate: invitations show the door of a space that is hidden, as
 * long as they stand. */
#define NOTICE_FROM                                                                                \
    " FROM n JOIN activities a ON a.id = n.activity_id JOIN records r ON r.id = a.record_id"       \
    " JOIN records t ON t.root_id = r.root_id AND t.path = ''"
#define NOTICE_SEEN                                                                                \
    " WHERE n.reason <> '' AND r.deleted_at IS NULL AND t.deleted_at IS NULL"                      \
    " AND ((n.reason = 'invite'"                                                                   \
    " AND EXISTS (SELECT 1 FROM memberships i WHERE i.space_id = r.id"                             \
    " AND i.person_id = ?1 AND i.role >= 1)) OR "

/* For the badge on every page: the inbox counts. When there are few it is asked whether they are
 * still to be seen, so that the badge does not call to an empty page. */
static int64_t notices_unseen(struct req *rq)
{
    enum { FEW = 3 };
    static const char *const sql[] =
        ACCESS_EACH(NOTICES_CHAIN "SELECT COUNT(*)" NOTICE_FROM NOTICE_SEEN, ")");
    struct inbox inbox = inbox_of(rq->db, rq->viewer.id);
    if (inbox.unseen == 0 || inbox.unseen > FEW)
        return inbox.unseen;
    return db_get_int(rq->db, 0, sql[access_class(&rq->viewer)], I(rq->viewer.id), I(inbox.last_id),
                      I(FEW), I(inbox.seen_id));
}

static struct feed *notices_feed(struct req *rq, const struct notices_page *v)
{
    struct feed *feed = feed_new(rq, S("Notifications"), S("/notifications"), v->n);
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

/* Where the next page begins when so many notices in a row are hidden that this one is not full. */
static int64_t notices_behind(struct req *rq, int64_t first)
{
    return db_get_int(rq->db, 0, NOTICES_CHAIN "SELECT before_id FROM n WHERE steps = ?3",
                      I(rq->viewer.id), I(first), I(NOTICES_LOOKED_AT), I(0));
}

static void notices_read(struct req *rq, struct notices_page *v, int64_t first, int64_t seen_id)
{
    static const char *const sql[] =
        ACCESS_EACH(NOTICES_CHAIN "SELECT " ROW_COLUMNS(NOTICE_ROW) NOTICE_FROM
                    " LEFT JOIN people p ON p.id = a.actor_id" NOTICE_SEEN,
                    ") ORDER BY n.steps LIMIT ?5");
    struct notice *notices = arena_array(rq->arena, struct notice, NOTICES + 1);
    struct rows q = db_query(rq->db, sql[access_class(&rq->viewer)], I(rq->viewer.id), I(first),
                             I(NOTICES_LOOKED_AT), I(0), I(NOTICES + 1));
    while (v->n < NOTICES + 1 && db_next(&q)) {
        struct notice *n = &notices[v->n++];
        notice_decode(n, &q, 0, rq->arena);
        const char *to = str_is(n->reason, "invite") ? "/spaces/%lld" : "/r/%lld"; /* RULE 2 */
        n->path = str_fmt(rq->arena, to, (long long)n->record_id);
        n->phrase = phrase_of(n->reason, n->verb);
        n->seen = n->activity_id <= seen_id;
        v->unseen = v->unseen || !n->seen;
    }
    db_done(&q);
    v->notices = notices;
}

static int notices_index(struct req *rq)
{
    struct notices_page *v = arena_make(rq->arena, struct notices_page);
    struct inbox inbox = inbox_of(rq->db, rq->viewer.id);
    int64_t first = 0, next = 0;
    if (!str_int(req_query(rq, "after"), &first) || first <= 0)
        first = inbox.last_id;
    notices_read(rq, v, first, inbox.seen_id);
    if (v->n > NOTICES) {
        next = v->notices[NOTICES].activity_id;
        v->n = NOTICES;
    } else {
        next = notices_behind(rq, first);
    }
    if (next)
        v->next = str_fmt(rq->arena, "%lld", (long long)next);
    return answer(rq, &(struct answer){.title = S("Notifications"),
                                       .page = home_notices_view,
                                       .width = PAGE_NARROW,
                                       .feed = notices_feed(rq, v),
                                       .section = "/notifications",
                                       .data = v});
}

static int notices_update(struct req *rq)
{
    struct form form;
    if (!seen_read(rq, &form))
        return form_refuse(rq, &form);
    inbox_seen(rq->db, rq->viewer.id, form_int(&form, "activity"));
    return answer_updated(rq, S("/notifications"),
                          &(struct answer){.data = &(struct seen){form_int(&form, "activity")}});
}

/* ---- live ---- */

static int bells_show(struct req *rq)
{
    struct bell *v = arena_make(rq->arena, struct bell);
    v->n = notices_unseen(rq);
    return answer(rq, &(struct answer){.stream = home_bell_view, .data = v});
}

/* Whether the bell may show another number than the page does that asks. */
static bool bell_differs(struct req *rq)
{
    int64_t shown;
    return req_header(rq, "last-event-id").n || !str_int(req_query(rq, "bell"), &shown) ||
           shown != notices_unseen(rq);
}

static int live_show(struct req *rq)
{
    int64_t topics[TOPICS + 1];
    size_t n = 0;
    struct str rest = req_query(rq, "topics"), word;
    while (rest.n && n < TOPICS && str_split(&rest, ',', &word)) {
        int64_t id;
        if (!str_int(word, &id) || (id != LIVE_LISTS && !record_access(rq, id, RIGHT_READ)))
            return not_found(rq);
        topics[n++] = id;
    }
    int64_t newest = db_get_int(rq->db, 0, "SELECT MAX(id) FROM activities");
    struct str missed = publish_missed(rq, topics, n, newest);
    if (rq->viewer.id && req_query(rq, "bell").n) { /* nobody's but one's own */
        topics[n++] = LIVE_BELL(rq->viewer.id);
        if (bell_differs(rq))
            missed = str_fmt(rq->arena, STR_FMT "data: " LIVE_RING "\n\n", STR_ARG(missed));
    }
    return n ? live_open(rq, topics, n, newest, newest, missed) : not_found(rq);
}
