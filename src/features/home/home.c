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
#include "record/publish.h"
#include "views/home/notices.h"
#include "views/home/show.h"

enum { FRESH = 30, EARLIER = 10, SHOWN = 6, NOTICES = 40, TOPICS = 20 };

static int home_show(struct req *rq);
static int home_update(struct req *rq);
static int notices_index(struct req *rq);
static int notices_update(struct req *rq);
static int live_show(struct req *rq);

static const struct route routes[] = {
    {GET, "/", home_show, ANYONE, .help = "Home: what happened since one last looked"},
    {GET, "/home", home_show, ANYONE, .help = "the same; /home.atom is its feed"},
    {PUT, "/home/seen", home_update, MEMBER, .flags = ROUTE_ASIDE,
     .help = "mark Home as read up to `activity`"},
    {GET, "/notifications", notices_index, MEMBER, .help = "what concerns oneself"},
    {PUT, "/notifications/seen", notices_update, MEMBER, .flags = ROUTE_ASIDE,
     .help = "mark them as read up to `activity`"},
    {GET, "/live", live_show, ANYONE, .flags = ROUTE_STREAM,
     .help = "event stream of the topics given"},
    {0},
};

static int64_t notices_unseen(struct req *rq);

static const struct menu_entry menu[] = {
    {"Home", "/", "#i-house", 10, ANYONE},
    {"Notifications", "/notifications", "#i-bell", 10, MEMBER, MENU_BELL, notices_unseen},
    {0},
};

const struct feature home_feature = {
    .name = "home",
    .routes = routes,
    .menu = menu,
    .start = publish_start,
};

static void home_print(struct json *j, const void *data)
{
    const struct home_page *v = data;
    json_key(j, "data");
    json_open(j, '{');
    json_kint(j, "newest", v->newest);
    json_key(j, "fresh");
    json_open(j, '{');
    timeline_print(j, &v->fresh);
    json_close(j, '}');
    json_key(j, "earlier");
    json_open(j, '{');
    timeline_print(j, &v->earlier);
    json_close(j, '}');
    json_close(j, '}');
}

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
                                       .json = home_print,
                                       .feed = home_feed(rq, v),
                                       .section = "/",
                                       .data = v});
}

static void seen_print(struct json *j, const void *data)
{
    const int64_t *activity = data;
    json_key(j, "data");
    json_open(j, '{');
    json_kint(j, "seen", *activity);
    json_close(j, '}');
}

static int home_update(struct req *rq)
{
    int64_t activity = 0;
    if (!str_int(req_field(rq, "activity"), &activity) || activity < 0)
        return refuse(rq, 422, "The field \"activity\" must be the number of an activity.");
    int64_t newest = db_get_int(rq->db, 0, "SELECT MAX(id) FROM activities");
    if (activity > newest) /* what has not happened yet was not read */
        activity = newest;
    db_exec(rq->db, "UPDATE accounts SET home_seen = ?2 WHERE person_id = ?1 AND home_seen < ?2",
            I(rq->viewer.id), I(activity));
    return answer_updated(rq, S("/"), &(struct answer){.json = seen_print, .data = &activity});
}

/* ---- notifications ---- */

static const struct {
    const char *reason, *phrase;
} phrases[] = {
    {"reply", "replied to you in"},      {"mention", "mentioned you in"},
    {"status", "changed the status of"}, {"answer", "accepted your answer to"},
    {"invite", "lets you into"},         {"follow", "wrote in"},
};

static const char *phrase_of(struct str reason)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (str_is(reason, phrases[i].reason))
            return phrases[i].phrase;
    return "did something in";
}

static void notices_print(struct json *j, const void *data)
{
    const struct notices_page *v = data;
    json_key(j, "data");
    json_open(j, '[');
    for (size_t i = 0; i < v->n; i++) {
        json_open(j, '{');
        notice_json(j, &v->notices[i]);
        json_kstr(j, "path", v->notices[i].path);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key(j, "next");
    v->next.n ? json_str(j, v->next) : json_nil(j);
}

/* RULE 2, as text around the predicate: invitations show the door of a space that is hidden, as
 * long as they stand. */
#define NOTICE_FROM                                                                                \
    " FROM notifications n JOIN records r ON r.id = n.record_id"                                   \
    " JOIN records t ON t.root_id = r.root_id AND t.path = ''"
#define NOTICE_SEEN                                                                                \
    " AND r.deleted_at IS NULL AND t.deleted_at IS NULL AND ((n.reason = 'invite'"                 \
    " AND EXISTS (SELECT 1 FROM memberships i WHERE i.space_id = n.record_id"                      \
    " AND i.person_id = ?1 AND i.role >= 1)) OR "

/* For the badge on every page: counting stops early. */
static int64_t notices_unseen(struct req *rq)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT COUNT(*) FROM (SELECT 1" NOTICE_FROM
                    " WHERE n.person_id = ?1 AND n.seen_at IS NULL" NOTICE_SEEN,
                    ") LIMIT 20) AS u");
    return db_get_int(rq->db, 0, sql[access_class(&rq->viewer)], I(rq->viewer.id));
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

static int notices_index(struct req *rq)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT " ROW_COLUMNS(NOTICE_ROW) NOTICE_FROM
                    " JOIN activities a ON a.id = n.activity_id"
                    " LEFT JOIN people p ON p.id = a.actor_id"
                    " WHERE n.person_id = ?1 AND n.activity_id < ?2" NOTICE_SEEN,
                    ") ORDER BY n.activity_id DESC LIMIT ?3");
    struct notices_page *v = arena_make(rq->arena, struct notices_page);
    struct notice *notices = arena_array(rq->arena, struct notice, NOTICES + 1);
    int64_t before = 0;
    if (!str_int(req_query(rq, "after"), &before) || before <= 0)
        before = INT64_MAX;
    struct rows q = db_query(rq->db, sql[access_class(&rq->viewer)], I(rq->viewer.id), I(before),
                             I(NOTICES + 1));
    while (v->n < NOTICES + 1 && db_next(&q)) {
        struct notice *n = &notices[v->n++];
        notice_decode(n, &q, 0, rq->arena);
        const char *to = str_is(n->reason, "invite") ? "/spaces/%lld" : "/r/%lld"; /* RULE 2 */
        n->path = str_fmt(rq->arena, to, (long long)n->record_id);
        n->phrase = phrase_of(n->reason);
        v->unseen = v->unseen || !n->seen_at;
    }
    db_done(&q);
    v->notices = notices;
    if (v->n > NOTICES) {
        v->n = NOTICES;
        v->next = str_fmt(rq->arena, "%lld", (long long)notices[NOTICES - 1].activity_id);
    }
    return answer(rq, &(struct answer){.title = S("Notifications"),
                                       .page = home_notices_view,
                                       .width = PAGE_NARROW,
                                       .json = notices_print,
                                       .feed = notices_feed(rq, v),
                                       .section = "/notifications",
                                       .data = v});
}

static int notices_update(struct req *rq)
{
    int64_t activity = 0;
    if (!str_int(req_field(rq, "activity"), &activity) || activity < 0)
        return refuse(rq, 422, "The field \"activity\" must be the number of an activity.");
    db_exec(rq->db,
            "UPDATE notifications SET seen_at = ?3 WHERE person_id = ?1 AND activity_id <= ?2"
            " AND seen_at IS NULL",
            I(rq->viewer.id), I(activity), I(rq->now));
    return answer_updated(rq, S("/notifications"),
                          &(struct answer){.json = seen_print, .data = &activity});
}

/* ---- live ---- */

static int live_show(struct req *rq)
{
    int64_t topics[TOPICS];
    size_t n = 0;
    struct str rest = req_query(rq, "topics"), word;
    while (n < TOPICS && str_split(&rest, ',', &word)) {
        int64_t id;
        if (!str_int(word, &id) || !record_access(rq, id, RIGHT_READ))
            return not_found(rq);
        topics[n++] = id;
    }
    return n ? live_open(rq, topics, n) : not_found(rq);
}
