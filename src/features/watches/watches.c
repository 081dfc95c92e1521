/* watches.c: how much one wants to hear of a thread, a space, a person, a tag; the list of these.
 *
 * Owns    nothing: tables follows and tag_follows by src/record/follows.h
 * RULES
 *   1. One watches only what one may see, and nobody sees what others watch or mute.
 *   2. What one may not see any more is not in the list.
 *   3. To choose what is so already changes nothing.
 *
 * WHY any name can be watched as a tag, also one that nothing has: whether hidden things have it
 * must not be told.
 */
#include "features/watches/watches.h"

#include "record/follows.h"
#include "views/watches/index.h"
#include "views/watches/watched.h"

enum { SHOWN = 30, TAGS = 200 };

static int watches_index(struct req *rq);
static int watches_update(struct req *rq);
static int watches_destroy(struct req *rq);
static int tag_watches_update(struct req *rq);
static int tag_watches_destroy(struct req *rq);

static const char *const levels[] = {"everything", "highlights", "normal", "muted", NULL};

static const struct form_rule rules[] = {
    {"level", .label = "How much", .required = true, .choices = levels},
    {0},
};

static const struct form_rule list_query[] = {
    {"level", .label = "only those of this level", .choices = levels},
    PAGE_QUERY,
    {0},
};

static const struct part watched_parts[] = {
    PART_TITLE("Watched"),
    PART(TEXT, "type", struct watched, type),
    PART(INT, "id", struct watched, watch.id),
    PART(TEXT, "title", struct watched, title),
    PART(TEXT, "path", struct watched, path),
    PART_NAMED("level", struct watched, level, level_name),
    {0},
};

static const struct part watches_answer[] = {
    PART_LIST("data", struct watches_page, list, n, watched_parts),
    PART(CURSOR, "next", struct watches_page, next),
    {0},
};
static const struct part watched_answer[] = {PART_OBJECT("data", watched_parts), {0}};

static const struct route routes[] = {
    {GET, "/watches", watches_index, MEMBER, .flags = ROUTE_UNFED, .query = list_query,
     .answers = watches_answer, .help = "what one watches and mutes"},
    {PUT, "/watches/:id", watches_update, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_ASIDE,
     .form = rules, .answers = watched_answer,
     .help = "how much one hears of a record, a space or a person, by its number"},
    {DELETE, "/watches/:id", watches_destroy, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_ASIDE,
     .answers = watched_answer, .help = "no level of its own any more"},
    {PUT, "/watches/tags/:tag", tag_watches_update, MEMBER, .rate = PER_MINUTE(60),
     .flags = ROUTE_ASIDE, .form = rules, .answers = watched_answer,
     .help = "how much one hears of what has a tag"},
    {DELETE, "/watches/tags/:tag", tag_watches_destroy, MEMBER, .rate = PER_MINUTE(120),
     .flags = ROUTE_ASIDE, .answers = watched_answer, .help = "no level of its own any more"},
    {0},
};

static const struct menu_entry menu[] = {
    {"What you watch", "/watches", "#i-bell-ring", 25, MEMBER, MENU_USER},
    {0},
};

const struct feature watches_feature = {.name = "watches", .routes = routes, .menu = menu};

/* ---- one of them ---- */

static void look(struct req *rq, struct watched *w, struct str type, int64_t id, struct str title)
{
    const struct record_type *t = record_type_find(type);
    bool space = str_is(type, "space"), person = str_is(type, "person");
    w->type = type;
    w->title = title;
    w->icon = t ? t->icon : "#i-message-square";
    w->noun = t ? t->noun : "";
    w->path = space || person ? str_fmt(rq->arena, "/%s/%lld", t->plural, (long long)id)
                              : record_path_of(rq->arena, type, id, title);
    w->watch = (struct watch){.what = space    ? WATCHED_SPACE
                                      : person ? WATCHED_PERSON
                                               : WATCHED_THREAD,
                              .id = id,
                              .title = title,
                              .back = rq->target};
}

static void look_at_tag(struct req *rq, struct watched *w, int64_t id, struct str name)
{
    w->type = S("tag");
    w->title = name;
    w->icon = "#i-tag";
    w->noun = "Tag";
    w->path = str_fmt(rq->arena, "/ideas?tag=" STR_FMT, STR_ARG(str_url_encode(rq->arena, name)));
    w->watch = (struct watch){
        .what = WATCHED_TAG, .id = id, .tag = name, .title = name, .back = rq->target};
}

static void level_show(struct watched *w, enum level level)
{
    w->level = w->watch.level = level;
}

/* The menu in its new state; what has none any more goes from the list, which is a page anew. */
static int changed(struct req *rq, struct watched *w, enum level level)
{
    level_show(w, level);
    w->watch.focus = true;
    w->watch.back = w->path;
    return answer_updated(
        rq, w->path,
        &(struct answer){.stream = level == LEVEL_NONE ? NULL : watches_watched_view, .data = w});
}

/* RULE 1; of a comment, its thread. NULL: nothing that one could watch. */
static struct record *watchable(struct req *rq, struct watched *w)
{
    struct record *r = record_access(rq, req_id(rq, "id"), RIGHT_READ);
    if (r && r->parent_id)
        r = record_access(rq, r->root_id, RIGHT_READ);
    if (r)
        look(rq, w, r->type, r->id, r->title);
    return r;
}

/* Normal is what holds anyway, but for a thread of what one watches: there it is a choice. Only
 * following a thread is told in its timeline: what one mutes is nobody's business. */
static int watches_update(struct req *rq)
{
    struct watched *w = arena_make(rq->arena, struct watched);
    struct record *r = watchable(rq, w);
    struct form form;
    if (!r)
        return not_found(rq);
    if (!form_read(rq, rules, &form))
        return form_refuse(rq, &form);
    if (r->id == rq->viewer.id)
        return refuse(rq, 409, "What you do yourself is never told to you.");
    struct act act = act_of(rq);
    enum level level = level_of(form_get(&form, "level"));
    enum level before = follow_level(rq->db, r->id, act.person_id);
    bool thread = w->watch.what == WATCHED_THREAD;
    if (level == LEVEL_NORMAL && !thread)
        follow_remove(&act, r->id, act.person_id);
    else
        follow_set(&act, r->id, act.person_id, level);
    if (thread && level >= LEVEL_HIGHLIGHTS && before < LEVEL_HIGHLIGHTS)
        act_log(&act, VERB_FOLLOW, r, S(""));
    return changed(rq, w, level);
}

static int watches_destroy(struct req *rq)
{
    struct watched *w = arena_make(rq->arena, struct watched);
    struct record *r = watchable(rq, w);
    if (!r)
        return not_found(rq);
    struct act act = act_of(rq);
    follow_remove(&act, r->id, act.person_id);
    return changed(rq, w, LEVEL_NONE);
}

static int tag_watch_set(struct req *rq, enum level level)
{
    struct watched *w = arena_make(rq->arena, struct watched);
    struct str name = tags_clean(rq->arena, req_param(rq, "tag"), 1);
    if (!name.n)
        return not_found(rq);
    struct act act = act_of(rq);
    bool keeps = level != LEVEL_NONE && level != LEVEL_NORMAL;
    int64_t id = keeps ? tag_make(rq->db, name) : tag_find(rq->db, name);
    if (keeps)
        tag_follow_set(&act, id, act.person_id, level);
    else
        tag_follow_remove(&act, id, act.person_id);
    look_at_tag(rq, w, id, name);
    return changed(rq, w, level);
}

static int tag_watches_update(struct req *rq)
{
    struct form form;
    if (!form_read(rq, rules, &form))
        return form_refuse(rq, &form);
    return tag_watch_set(rq, level_of(form_get(&form, "level")));
}

static int tag_watches_destroy(struct req *rq)
{
    return tag_watch_set(rq, LEVEL_NONE);
}

/* ---- all of them ---- */

/* `level` LEVEL_NONE: any. */
static size_t tags_read(struct req *rq, enum level level, struct watched *list)
{
    struct rows q = db_query(rq->db,
                             "SELECT t.id, t.name, f.level, f.at FROM tag_follows f"
                             " JOIN tags t ON t.id = f.tag_id"
                             " WHERE f.person_id = ?1 AND ?2 IN (-1, f.level)"
                             " ORDER BY t.name LIMIT ?3",
                             I(rq->viewer.id), I(level), I(TAGS));
    size_t n = 0;
    while (n < TAGS && db_next(&q)) {
        look_at_tag(rq, &list[n], db_int(&q, 0), db_dup(&q, 1, rq->arena));
        level_show(&list[n], (enum level)db_int(&q, 2));
        list[n++].at = db_int(&q, 3);
    }
    db_done(&q);
    return n;
}

/* RULE 2: the predicate is in the query. The newest things first. */
static size_t records_read(struct req *rq, enum level level, int64_t after, struct watched *list)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT r.id, r.type, r.title, f.level, f.at FROM follows f"
                    " JOIN records r ON r.id = f.record_id WHERE f.person_id = ?1"
                    " AND f.record_id < ?3 AND ?2 IN (-1, f.level) AND r.deleted_at IS NULL AND ",
                    " ORDER BY f.record_id DESC LIMIT ?4");
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(level), I(after), I(SHOWN + 1));
    size_t n = 0;
    while (n <= SHOWN && db_next(&q)) {
        struct str type = db_dup(&q, 1, rq->arena), title = db_dup(&q, 2, rq->arena);
        look(rq, &list[n], type, db_int(&q, 0), title);
        level_show(&list[n], (enum level)db_int(&q, 3));
        list[n++].at = db_int(&q, 4);
    }
    db_done(&q);
    return n;
}

/* Tags stand before the first page's records. */
static int watches_index(struct req *rq)
{
    struct watches_page *v = arena_make(rq->arena, struct watches_page);
    struct watched *list = arena_array(rq->arena, struct watched, TAGS + SHOWN + 1);
    int64_t after = 0;
    enum level level = level_of(req_query(rq, "level"));
    v->level = level_name(level);
    if (!str_int(req_query(rq, "after"), &after) || after <= 0)
        after = INT64_MAX;
    size_t tags = after == INT64_MAX ? tags_read(rq, level, list) : 0;
    size_t records = records_read(rq, level, after, &list[tags]);
    if (records > SHOWN) {
        records = SHOWN;
        v->next = str_fmt(rq->arena, "%lld", (long long)list[tags + SHOWN - 1].watch.id);
    }
    v->list = list;
    v->n = tags + records;
    return answer(rq, &(struct answer){.title = S("What you watch"),
                                       .page = watches_index_view,
                                       .width = PAGE_NARROW,
                                       .section = "/account",
                                       .data = v});
}
