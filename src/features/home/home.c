/* home.c: what happened in my spaces since I last looked; and the door of the live stream.
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
#include "record/publish.h"
#include "views/home/show.h"

enum { FRESH = 30, EARLIER = 10, SHOWN = 6, TOPICS = 20 };

static int home_show(struct req *rq);
static int home_update(struct req *rq);
static int live_show(struct req *rq);

const struct form_rule seen_rules[] = {
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

static const struct part seen_parts[] = {PART(INT, "seen", struct seen, activity), {0}};
const struct part seen_answer[] = {PART_OBJECT("data", seen_parts), {0}};

static const struct route routes[] = {
    {GET, "/", home_show, ANYONE, .query = page_query, .answers = home_answer,
     .help = "Home: what happened since one last looked"},
    {GET, "/home", home_show, ANYONE, .query = page_query, .answers = home_answer,
     .help = "the same; /home.atom is its feed"},
    {PUT, "/home/seen", home_update, MEMBER, .flags = ROUTE_ASIDE, .form = seen_rules,
     .answers = seen_answer, .help = "mark Home as read up to `activity`"},
    {GET, "/notifications", notices_index, MEMBER, .query = notices_query,
     .answers = notices_answer, .help = "what concerns oneself; show=mentions: calls by name"},
    {PUT, "/notifications/seen", notices_update, MEMBER, .flags = ROUTE_ASIDE, .form = seen_rules,
     .answers = seen_answer, .help = "they have been seen up to `activity`: the bell is quiet"},
    {PUT, "/notifications/read", reads_update, MEMBER, .flags = ROUTE_ASIDE, .form = read_rules,
     .answers = read_answer, .help = "mark some of them as read, or all up to one"},
    {GET, "/notifications/bell", bells_show, MEMBER, .flags = ROUTE_UNFED, .answers = read_answer,
     .help = "how many are new"},
    {GET, "/live", live_show, ANYONE, .flags = ROUTE_STREAM, .query = live_query,
     .help = "event stream of the topics given"},
    {0},
};

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

bool seen_read(struct req *rq, struct form *form)
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

/* ---- live ---- */

/* Whether the bell may show another number than the page does that asks. */
static bool bell_differs(struct req *rq)
{
    int64_t shown;
    return req_header(rq, "last-event-id").n || !str_int(req_query(rq, "bell"), &shown) ||
           shown != notices_unseen(rq);
}

static bool topic_seen(struct req *rq, int64_t topic)
{
    if (live_is_type(topic))
        return rq->viewer.role >= ROLE_STAFF;
    return topic == LIVE_LISTS || record_access(rq, topic, RIGHT_READ);
}

static int live_show(struct req *rq)
{
    int64_t topics[TOPICS + 1];
    size_t n = 0;
    struct str rest = req_query(rq, "topics"), word;
    while (rest.n && n < TOPICS && str_split(&rest, ',', &word)) {
        int64_t id;
        if (!str_int(word, &id) || !topic_seen(rq, id))
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
