/* router_fuzz.c: any table of routes, and any address: in that table and in the program's own.
 *
 * Lines "METHOD /path/:name" up to an empty one are the table; each line behind it is an address.
 * What comes out is compared with a reading of the same promises (router.h, target.h) that knows
 * no tree: it looks at every route of a method, and takes the one that is literal where another has
 * a name.
 */
#include "http/router.h"
#include "http/target.h"
#include "test/fuzz/fuzz.h"

enum { ROUTES = 32, ADDRESSES = 16 };

/* ---- addresses: target RULE 1, 2 ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* False: what is in it must be refused. */
static bool segment_decode(struct arena *a, struct str raw, struct str *segment)
{
    char *p = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        int high = raw.n - i > 2 ? hex(raw.p[i + 1]) : -1;
        int low = raw.n - i > 2 ? hex(raw.p[i + 2]) : -1;
        if (raw.p[i] != '%') {
            p[n++] = raw.p[i];
        } else {
            if (high < 0 || low < 0)
                return false;
            p[n++] = (char)(high * 16 + low);
            i += 2;
        }
    }
    *segment = str_make(p, n);
    return n > 0 && !str_is(*segment, ".") && !str_is(*segment, "..") && utf8_valid(*segment) &&
           !fuzz_has_controls(*segment);
}

static void check_address(struct arena *a, struct str address, const struct target *t, bool taken)
{
    ptrdiff_t mark = str_find(address, '?');
    struct str path = mark < 0 ? address : str_first(address, (size_t)mark), raw, segment;
    bool good = path.n > 0 && path.p[0] == '/';
    size_t n = 0;
    path = str_from(path, 1);
    while (good && path.n && str_split(&path, '/', &raw)) {
        good = segment_decode(a, raw, &segment);
        if (good && taken && n < TARGET_SEGMENTS)
            must(str_eq(t->segments[n], segment));
        n++;
    }
    must(taken == good);
    if (!taken)
        return;
    must(t->n == (n < TARGET_SEGMENTS ? n : TARGET_SEGMENTS) && t->deep == (n > TARGET_SEGMENTS));
    must(str_eq(t->query, mark < 0 ? S("") : str_from(address, (size_t)mark + 1)));
}

static void check_suffix(const struct target *before)
{
    struct target t = *before;
    enum face face = FACE_PAGE;
    struct str last = t.n ? t.segments[t.n - 1] : S("");
    if (!target_take_suffix(&t, &face)) {
        must(!str_ends(last, S(".json")) || str_is(last, ".json"));
        return;
    }
    must(face != FACE_PAGE && face != FACE_STREAM);
    struct str rest = str_from(last, t.segments[t.n - 1].n);
    must(t.segments[t.n - 1].n > 0 && rest.p[0] == '.' && str_starts(last, t.segments[t.n - 1]));
    must(t.decoded.n + rest.n == before->decoded.n && str_eq(t.whole, before->whole));
}

/* ---- routes: router RULE 2, 3 ---- */

/* How literal the route is where it matches: a digit for each segment; empty: it does not. */
static struct str match(struct arena *a, const struct route *route, const struct target *t)
{
    struct str path = str_from(str_of(route->path), 1), wanted;
    char *how = arena_alloc(a, TARGET_SEGMENTS + 2);
    size_t n = 0;
    how[n++] = '=';
    while (path.n && str_split(&path, '/', &wanted)) {
        if (n > t->n)
            return S("");
        bool named = wanted.p[0] == ':';
        if (!named && !str_eq(wanted, t->segments[n - 1]))
            return S("");
        how[n++] = named ? '0' : '1';
    }
    return n == t->n + 1 ? str_make(how, n) : S("");
}

static void check_names(const struct router_route *rr)
{
    struct str path = str_from(str_of(rr->route->path), 1), wanted;
    size_t names = 0;
    for (size_t i = 0; path.n && str_split(&path, '/', &wanted); i++)
        if (wanted.p[0] == ':') {
            must(str_eq(rr->names[names], str_from(wanted, 1)));
            must(rr->at[names] == i);
            names++;
        }
    must(rr->names_n == names);
}

static void check_found(struct arena *a, const struct router *r, const struct target *t)
{
    struct str best[DELETE + 1] = {0};
    size_t n;
    const struct router_route *routes = router_routes(r, &n);
    struct router_place place;
    bool there = router_find(r, t->segments, t->n, &place), any = false;
    for (size_t i = 0; i < n; i++) {
        struct str how = match(a, routes[i].route, t);
        enum method m = routes[i].route->method;
        if (str_cmp(how, best[m]) > 0)
            best[m] = how;
        any = any || how.n;
    }
    must(there == any);
    struct str allow = there ? router_allow(a, &place) : S("");
    for (size_t i = 0; there && i < n; i++) {
        const struct router_route *rr = &routes[i];
        enum method m = rr->route->method;
        bool here = best[m].n && str_eq(match(a, rr->route, t), best[m]);
        must((place.by_method[m] == rr) == here);
        if (here) {
            must(str_has(allow, str_of(method_name(m))));
            must(place.body_max >= (rr->route->body_max ? rr->route->body_max : ROUTER_BODY_MAX));
            check_names(rr);
        }
        must(router_number(r, rr) == i);
    }
}

/* ---- tables: router RULE 1 ---- */

static int nothing(struct req *rq)
{
    (void)rq;
    return 200;
}

/* The path with its names left out: two routes of one shape are the same place. Empty: the path
 * is none that a route may have. */
static struct str shape_of(struct arena *a, struct str path)
{
    struct str all = S("/"), segment;
    size_t names = 0;
    if (path.n == 0 || path.p[0] != '/')
        return S("");
    path = str_from(path, 1);
    if (path.n && path.p[path.n - 1] == '/')
        return S("");
    while (path.n && str_split(&path, '/', &segment)) {
        bool named = segment.n > 0 && segment.p[0] == ':';
        struct str word = str_from(segment, named);
        if (word.n == 0 || (named && (word.p[0] < 'a' || word.p[0] > 'z')))
            return S("");
        for (size_t i = 0; i < word.n; i++)
            if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", word.p[i]) || !word.p[i])
                return S("");
        names += named;
        all = str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(all), STR_ARG(named ? S(":") : segment));
    }
    return names <= ROUTER_PARAMS ? all : S("");
}

static enum method method_of(struct str word)
{
    for (enum method m = GET; m <= DELETE; m++)
        if (str_is(word, method_name(m)))
            return m;
    return GET;
}

static struct router *table_read(struct arena *a, struct str *rest)
{
    struct route *routes = arena_array(a, struct route, ROUTES + 1);
    struct str shapes[ROUTES], line, word, message = S("");
    bool good = true;
    size_t n = 0;
    while ((line = fuzz_line(rest)).n) {
        if (n == ROUTES || !str_split(&line, ' ', &word))
            continue;
        const char *path = str_cstr(a, line);
        routes[n] = (struct route){method_of(word), path, nothing, ANYONE, .body_max = n % 3};
        shapes[n] = shape_of(a, str_of(path));
        good = good && shapes[n].n;
        for (size_t i = 0; i < n; i++)
            good = good && !(routes[i].method == routes[n].method && str_eq(shapes[i], shapes[n]));
        n++;
    }
    struct feature *feature = arena_make(a, struct feature);
    *feature = (struct feature){.name = "fuzz", .routes = routes};
    const struct feature *const table[] = {feature, NULL};
    struct router *r = router_new(table, a, &message);
    must((r != NULL) == good && (r != NULL) == (message.n == 0));
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *ours;
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = str_make((const char *)data, size), message;
    if (!ours)
        ours = router_new(features, a, &message);
    struct router *r = table_read(a, &rest);
    for (int i = 0; i < ADDRESSES && rest.n; i++) {
        struct str address = fuzz_line(&rest);
        struct target t;
        bool taken = target_parse(&t, a, address);
        check_address(a, address, &t, taken);
        if (!taken)
            continue;
        check_suffix(&t);
        check_found(a, ours, &t);
        if (r)
            check_found(a, r, &t);
        if (target_take_suffix(&t, &(enum face){0}))
            check_found(a, ours, &t);
    }
    router_free(r);
    arena_free(a);
    return 0;
}
