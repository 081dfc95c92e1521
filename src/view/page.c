/* page.c: gathers what stands around every page: menus, theme, message, token, live stream.
 *
 * RULES
 *   1. A menu shows what the viewer may call, in the order that the features declare; some entries
 *      come of what the hub has (feature.menu_more).
 *   2. A refusal's page comes without database: names then are the last ones known.
 *
 * WHY the hub's name is kept for ten seconds: it is on every page and changes once a year, yet
 * other processes may change it, so that nothing in this one could tell.
 */
#include "view/page.h"

#include "core/clock.h"
#include "http/app.h"
#include "http/response.h"

enum { LINKS = 64, HUB_NAME_MAX = 100 };
#define HUB_NAME_KEPT (10 * CLOCK_SECOND)

static void menus_make(struct req *rq, const struct answer *a, struct page *p);
static void menu_fill(struct req *rq, const struct answer *a, struct page_links *menu);
static struct str path_of(struct req *rq, const char *path);
static bool is_current(const struct req *rq, const struct answer *a, const char *path);
static struct str back_of(const struct req *rq);
static const char *theme_of(struct req *rq);
static struct str topics_of(struct req *rq, const struct answer *a);

struct page *page_make(struct req *rq, const struct answer *a)
{
    static const char *const roles[] = {
        [ROLE_GUEST] = "Guest", [ROLE_MEMBER] = "Member",
        [ROLE_STAFF] = "Staff", [ROLE_ADMINISTRATOR] = "Administrator",
        [ROLE_OWNER] = "Owner",
    };
    struct page *p = arena_make(rq->arena, struct page);
    p->a = a;
    p->hub = hub_name(rq);
    p->title = a->title;
    p->flash = flash_take(rq);
    ptrdiff_t line = str_find(p->flash, '\n');
    if (line >= 0) { /* what takes it back */
        p->undo = str_from(p->flash, (size_t)line + 1);
        p->flash = str_first(p->flash, (size_t)line);
    }
    p->theme = theme_of(rq);
    p->role = roles[rq->viewer.role];
    if (rq->viewer.id)
        p->csrf = page_csrf(rq);
    p->back = back_of(rq);
    p->topics = topics_of(rq, a);
    menus_make(rq, a, p);
    for (size_t i = 0; i < p->menu[MENU_BELL].n && rq->db; i++)
        if (p->menu[MENU_BELL].links[i].entry->bell)
            p->bell = str_fmt(rq->arena, "%lld", (long long)p->menu[MENU_BELL].links[i].count);
    if ((p->topics.n || p->bell.n) && rq->db)
        p->live_last = db_get_int(rq->db, 0, "SELECT MAX(id) FROM activities");
    return p;
}

/* ---- menus ---- */

struct menus {
    struct req *rq;
    struct page *page;
};

static void menu_add(void *ctx, const struct menu_entry *entry)
{
    struct menus *m = ctx;
    struct page_links *menu = &m->page->menu[entry->place];
    if ((int)m->rq->viewer.role + 1 < (int)entry->who || menu->n == LINKS)
        return;
    size_t at = menu->n++;
    for (; at > 0 && menu->links[at - 1].entry->order > entry->order; at--)
        menu->links[at] = menu->links[at - 1];
    menu->links[at] = (struct page_link){.entry = entry};
}

static void menus_make(struct req *rq, const struct answer *a, struct page *p)
{
    struct menus m = {rq, p};
    for (enum menu_place place = 0; place < MENU_PLACES; place++)
        p->menu[place].links = arena_bytes(rq->arena, LINKS * sizeof(struct page_link));
    for (const struct feature *const *f = rq->app->features; *f; f++) {
        for (const struct menu_entry *e = (*f)->menu; e && e->label; e++)
            menu_add(&m, e);
        if ((*f)->menu_more)
            (*f)->menu_more(rq, menu_add, &m);
    }
    for (enum menu_place place = 0; place < MENU_PLACES; place++)
        menu_fill(rq, a, &p->menu[place]);
}

static void menu_fill(struct req *rq, const struct answer *a, struct page_links *menu)
{
    uint32_t used = 0; /* letters that already lead somewhere */
    for (size_t i = 0; i < menu->n; i++) {
        struct page_link *link = &menu->links[i];
        link->path = path_of(rq, link->entry->path);
        link->current = is_current(rq, a, link->entry->path);
        if (link->entry->count && rq->db)
            link->count = link->entry->count(rq);
        unsigned letter = (unsigned)((link->entry->label[0] | 0x20) - 'a');
        if (link->entry->place != MENU_BAR || letter > 25 || used & 1u << letter)
            continue;
        used |= 1u << letter;
        memcpy(link->key, (char[]){'g', ' ', (char)('a' + letter)}, 3);
    }
}

static struct str path_of(struct req *rq, const char *path)
{
    struct str s = str_of(path), me = S(":me");
    ptrdiff_t at = str_find_str(s, me);
    if (at < 0)
        return s;
    return str_fmt(rq->arena, STR_FMT "%lld" STR_FMT, STR_ARG(str_first(s, (size_t)at)),
                   (long long)rq->viewer.id, STR_ARG(str_from(s, (size_t)at + me.n)));
}

/* "/ideas" is current on itself and on all below it; "/" only on itself. */
static bool is_current(const struct req *rq, const struct answer *a, const char *path)
{
    struct str s = str_of(path);
    if (a->section)
        return str_is(s, a->section);
    if (!str_starts(rq->path, s))
        return false;
    return rq->path.n == s.n || (s.n > 1 && rq->path.p[s.n] == '/');
}

/* ---- the rest ---- */

/* Signing in from the pages about it would lead back to them. */
static struct str back_of(const struct req *rq)
{
    bool about = str_starts(rq->path, S("/session")) || str_starts(rq->path, S("/accounts"));
    if (rq->viewer.id || rq->method != GET || about || str_eq(rq->target, S("/")))
        return S("");
    return rq->target;
}

static const char *theme_of(struct req *rq)
{
    struct str theme = req_cookie(rq, "theme");
    return str_eq(theme, S("dark")) ? "dark" : str_eq(theme, S("light")) ? "light" : NULL;
}

static struct str topics_of(struct req *rq, const struct answer *a)
{
    if (a->topics_n == 0)
        return S("");
    struct str *ids = arena_array(rq->arena, struct str, a->topics_n);
    for (size_t i = 0; i < a->topics_n; i++)
        ids[i] = str_fmt(rq->arena, "%lld", (long long)a->topics[i]);
    return str_join(rq->arena, ids, a->topics_n, S(","));
}

struct str hub_name(struct req *rq)
{
    static _Thread_local struct {
        int64_t serial, read_at; /* of which app, and when */
        size_t n;
        char text[HUB_NAME_MAX];
    } known;
    bool same = known.serial == rq->app->serial;
    int64_t age = rq->now - known.read_at;
    if (rq->db && (!same || face_feeds(rq->face) || age < 0 || age > HUB_NAME_KEPT)) {
        struct str name =
            db_get_str(rq->db, rq->arena, "SELECT value FROM settings WHERE name = 'hub_name'");
        name = utf8_first(name, HUB_NAME_MAX / 4);
        known.serial = rq->app->serial;
        known.read_at = rq->now;
        known.n = name.n;
        if (name.n)
            memcpy(known.text, name.p, name.n);
        same = true;
    }
    return same && known.n ? str_dup(rq->arena, str_make(known.text, known.n)) : S("Skep");
}

/* ---- the token ---- */

struct kept { /* of one request: what is costly to make twice */
    struct str csrf;
    struct html field;
};

static struct kept *kept_of(struct req *rq)
{
    if (!rq->view) {
        struct kept *kept = arena_make(rq->arena, struct kept);
        kept->csrf = req_csrf(rq);
        kept->field = html_trusted(
            str_fmt(rq->arena, "<input type=\"hidden\" name=\"_csrf\" value=\"" STR_FMT "\">",
                    STR_ARG(kept->csrf)));
        rq->view = kept;
    }
    return rq->view;
}

struct str page_csrf(struct req *rq)
{
    return kept_of(rq)->csrf;
}

struct html csrf_field(struct out *o)
{
    return kept_of(req_of(o))->field;
}
