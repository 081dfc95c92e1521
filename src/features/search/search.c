/* search.c: one search over everything that is written here.
 *
 * Owns    nothing                Uses  record/search.h
 * RULES
 *   1. A hit leads to where it stands: a comment to its place in the discussion.
 *   2. The form keeps what was typed; each filter in it can be taken away by a link.
 *   3. Page, JSON and feed show the same hits.
 *   4. The index is tidied every ten minutes, in steps between which others write.
 *   5. Each type has a tab, also one that the hub made; what is for staff has none for others.
 */
#include "features/search/search.h"

#include <stdlib.h>

#include "core/clock.h"
#include "features/records/records.h"
#include "jobs/jobs.h"
#include "record/search.h"
#include "record/search_query.h"
#include "views/search/show.h"

static int search_show(struct req *rq);
static enum job_result tidy_run(struct job *job);
static void read_tabs(struct req *rq, struct search_page *v);
static void read_chips(struct arena *a, struct search_page *v);
static void read_rows(struct arena *a, struct search_page *v);
static void read_shown(struct arena *a, struct search_page *v);
static struct str search_url(struct arena *a, struct str text, struct str type, struct str after);
static struct feed *search_feed(struct req *rq, const struct search_page *v);

static const struct form_rule search_rules[] = {
    {"q", .label = "what to find, in the search's own language"},
    {"type", .label = "one type of record only, such as idea"},
    PAGE_QUERY,
    {0},
};

static const struct part hit_parts[] = {
    PART_TITLE("Hit"),
    PART(INT, "id", struct hit_shown, hit.id),
    PART(TEXT, "type", struct hit_shown, hit.type),
    PART(INT, "root_id", struct hit_shown, hit.root_id),
    PART(TEXT, "title", struct hit_shown, hit.title),
    PART(TEXT, "title_html", struct hit_shown, hit.title_html),
    PART(TEXT, "path", struct hit_shown, path),
    PART(TEXT, "state", struct hit_shown, hit.state),
    PART(TEXT, "snippet_html", struct hit_shown, hit.snippet_html),
    PART(INT, "score", struct hit_shown, hit.score),
    PART(INT, "comments", struct hit_shown, hit.comments),
    PART(TIME, "created_at", struct hit_shown, hit.created_at),
    PART(TEXT, "author_name", struct hit_shown, hit.author_name),
    PART(TEXT, "author_handle", struct hit_shown, hit.author_handle),
    PART(TEXT, "space", struct hit_shown, hit.space_slug),
    {0},
};

static const struct part search_answer[] = {
    PART_LIST("data", struct search_page, shown, result.n, hit_parts),
    PART(CURSOR, "next", struct search_page, result.next),
    PART(FLAG, "bounded", struct search_page, result.bounded),
    {0},
};

static const struct route routes[] = {
    {GET, "/search", search_show, ANYONE, .query = search_rules, .answers = search_answer,
     .help = "q: words, \"phrases\", prefix*, -without, type: tag: author: in: is: after: before:"},
    {0},
};

static const struct job_kind jobs[] = {{"search-tidy", tidy_run, .every_s = 600}, {0}};

const struct feature search_feature = {.name = "search", .routes = routes, .jobs = jobs};

static int search_show(struct req *rq)
{
    struct arena *a = rq->arena;
    struct search_page *v = arena_make(a, struct search_page);
    v->text = str_trim(req_query(rq, "q"));
    v->type = req_query(rq, "type");
    if (v->type.n && !record_type_find(v->type))
        return refuse(rq, 400, "There is no such kind of thing.");
    search(
        rq,
        &(struct search_query){.text = v->text, .type = v->type, .after = req_query(rq, "after")},
        &v->result);
    if (face_shows(rq->face)) {
        read_tabs(rq, v);
        read_chips(a, v);
        read_rows(a, v);
        if (v->result.next.n)
            v->more = search_url(a, v->text, v->type, v->result.next);
    }
    if (rq->face == FACE_JSON)
        read_shown(a, v);
    const struct feed *feed = search_feed(rq, v);
    struct str title = v->text.n ? str_fmt(a, STR_FMT " - Search", STR_ARG(v->text)) : S("Search");
    return answer(rq, &(struct answer){.title = title,
                                       .page = search_show_view,
                                       .feed = feed,
                                       .section = "/search",
                                       .data = v});
}

/* ---- addresses ---- */

static struct str search_url(struct arena *a, struct str text, struct str type, struct str after)
{
    struct out o;
    out_init(&o, 16384);
    out_lit(&o, "/search?q=");
    out_url(&o, text);
    if (type.n) {
        out_lit(&o, "&type=");
        out_url(&o, type);
    }
    if (after.n) {
        out_lit(&o, "&after=");
        out_url(&o, after);
    }
    return out_take(&o, a);
}

static struct str hit_path(struct arena *a, const struct search_hit *hit)
{
    return record_path_of(a, hit->type, hit->id, hit->title);
}

/* ---- the page ---- */

static struct str capital(struct arena *a, const char *word)
{
    char *p = str_cstr(a, str_of(word));
    if (*p >= 'a' && *p <= 'z')
        *p = (char)(*p - 32);
    return str_of(p);
}

/* Of what is for staff others find what is shared with them, without a tab to say what there is. */
static bool for_all(const struct record_type *t)
{
    return t->audience != AUDIENCE_STAFF || t->faces;
}

static bool tabbed(const struct req *rq, const struct record_type *t, struct str chosen)
{
    bool inside = rq->viewer.role >= ROLE_STAFF || rq->viewer.roles;
    return str_is(chosen, t->name) || (!t->off && (inside || for_all(t)));
}

/* What everybody finds, what staff has in the menu, the rest, what stands below other things. */
static int place(const struct record_type *t)
{
    return t->child ? 3 : for_all(t) ? 0 : t->order ? 1 : 2;
}

static int by_place(const void *a, const void *b)
{
    const struct record_type *x = *(const struct record_type *const *)a,
                             *y = *(const struct record_type *const *)b;
    if (place(x) != place(y))
        return place(x) - place(y);
    return x->order != y->order ? x->order - y->order : strcmp(x->plural, y->plural);
}

static void read_tabs(struct req *rq, struct search_page *v)
{
    struct arena *a = rq->arena;
    const struct catalog *c = catalog_of(rq->db);
    const struct record_type **types = arena_array(a, const struct record_type *, c->n);
    struct link_item *tabs = arena_array(a, struct link_item, c->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (tabbed(rq, c->types[i], v->type))
            types[n++] = c->types[i];
    qsort(types, n, sizeof *types, by_place);
    tabs[0] = (struct link_item){
        .label = "Everything", .path = search_url(a, v->text, S(""), S("")), .current = !v->type.n};
    for (size_t i = 0; i < n; i++)
        tabs[i + 1] = (struct link_item){
            .text = types[i]->label ? str_dup(a, str_of(types[i]->label))
                                    : capital(a, types[i]->plural),
            .path = search_url(a, v->text, str_of(types[i]->name), S("")),
            .current = str_is(v->type, types[i]->name),
        };
    v->tabs = (struct link_bar){"Kinds", tabs, n + 1};
}

static bool blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* The text without its filter `name:...`. */
static struct str text_without(struct arena *a, struct str text, const char *name)
{
    struct str start = str_fmt(a, "%s:", name);
    struct out o;
    out_init(&o, text.n + 16);
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        bool quoted = false;
        while (at < text.n && (quoted || !blank(text.p[at])))
            quoted ^= text.p[at++] == '"';
        struct str word = str_make(text.p + from, at - from);
        if (word.n && !str_starts(word, start)) {
            if (o.n)
                out_char(&o, ' ');
            out_str(&o, word);
        }
        while (at < text.n && blank(text.p[at]))
            at++;
    }
    return out_take(&o, a);
}

/* RULE 2. */
static void read_chips(struct arena *a, struct search_page *v)
{
    struct search_terms t;
    search_parse(a, v->text, &t);
    char after[32], before[32];
    const struct {
        const char *name, *says;
        struct str value;
    } filters[] = {
        {"type", "kind: ", t.type},
        {"tag", "tag: ", t.tag},
        {"author", "by ", t.author},
        {"in", "in ", t.space},
        {"is", "status: ", t.state},
        {"after", "since ", t.after ? clock_date(after, t.after) : S("")},
        {"before", "before ", t.before ? clock_date(before, t.before) : S("")},
    };
    enum { FILTERS = sizeof filters / sizeof *filters };
    struct link_item *chips = arena_array(a, struct link_item, FILTERS);
    for (size_t i = 0; i < FILTERS; i++)
        if (filters[i].value.n)
            chips[v->filters.chips_n++] = (struct link_item){
                .text = str_fmt(a, "%s" STR_FMT, filters[i].says, STR_ARG(filters[i].value)),
                .path = search_url(a, text_without(a, v->text, filters[i].name), v->type, S("")),
            };
    v->filters.chips = chips;
}

static void read_rows(struct arena *a, struct search_page *v)
{
    struct record_row *rows = arena_array(a, struct record_row, v->result.n);
    for (size_t i = 0; i < v->result.n; i++) {
        const struct search_hit *hit = &v->result.hits[i];
        const struct record_type *type = record_type_find(hit->type);
        bool child = type && type->child;
        rows[i] = (struct record_row){
            .id = hit->id,
            .path = hit_path(a, hit),
            .title = hit->title,
            .title_marked = html_trusted(hit->title_html),
            .prefix = child ? str_fmt(a, "%s on ", type->noun).p : NULL,
            .marked = html_trusted(hit->snippet_html),
            .state = hit->state,
            .icon = type ? type->icon : NULL,
            .kind = child  ? str_fmt(a, "%s on " STR_FMT, type->noun, STR_ARG(hit->title)).p
                    : type ? type->noun
                           : NULL,
            .author_id = hit->author_id,
            .author_name = hit->author_name,
            .at = hit->created_at,
            .comments = child ? -1 : hit->comments,
            .answers = -1,
        };
    }
    v->rows = rows;
}

/* ---- JSON and feed ---- */

static void read_shown(struct arena *a, struct search_page *v)
{
    struct hit_shown *shown = arena_array(a, struct hit_shown, v->result.n);
    for (size_t i = 0; i < v->result.n; i++)
        shown[i] = (struct hit_shown){v->result.hits[i], hit_path(a, &v->result.hits[i])};
    v->shown = shown;
}

static struct feed *search_feed(struct req *rq, const struct search_page *v)
{
    struct arena *a = rq->arena;
    struct feed *feed = feed_new(rq, str_fmt(a, "Search: " STR_FMT, STR_ARG(v->text)),
                                 search_url(a, v->text, v->type, S("")), v->result.n);
    for (size_t i = 0; i < feed->n; i++) {
        const struct search_hit *hit = &v->result.hits[i];
        feed->entries[i] = (struct feed_entry){
            .id = hit->id,
            .published = hit->created_at,
            .title = hit->title,
            .path = hit_path(a, hit),
            .author = hit->author_name,
            .author_handle = hit->author_handle,
            .html = html_trusted(hit->snippet_html),
        };
    }
    feed->next = v->result.next;
    return feed;
}

/* ---- the index ---- */

static bool tidy(struct db *db, void *ctx)
{
    bool *more = ctx;
    *more = search_tidy(db);
    return !db_failed(db);
}

/* RULE 4. Not kept on the way: what is left is for the next time. */
static enum job_result tidy_run(struct job *job)
{
    bool more = true;
    for (int64_t step = 1; more; step++)
        if (!job_write_aside(job, tidy, &more) || !job_step(job, step, 0, S("")))
            break;
    return JOB_DONE;
}
