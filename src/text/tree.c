/* tree.c: gumbo in an arena; see tree.h. */
#include "text/tree.h"

#include <setjmp.h>

struct guard {
    struct arena *arena;
    size_t limit;
    jmp_buf enough;
};

static void *guard_alloc(void *p, size_t n)
{
    struct guard *g = p;
    if (arena_used(g->arena) + n > g->limit)
        longjmp(g->enough, 1);
    return arena_alloc(g->arena, n);
}

static void guard_free(void *p, void *memory)
{
    (void)p;
    (void)memory; /* goes with the arena */
}

/* Elements that have no end tag or do without: the parser closes them before they can nest. */
static bool closes_itself(GumboTag tag)
{
    static const bool self[GUMBO_TAG_LAST + 1] = {
        [GUMBO_TAG_AREA] = true,  [GUMBO_TAG_BASE] = true,   [GUMBO_TAG_BR] = true,
        [GUMBO_TAG_COL] = true,   [GUMBO_TAG_EMBED] = true,  [GUMBO_TAG_HR] = true,
        [GUMBO_TAG_IMG] = true,   [GUMBO_TAG_INPUT] = true,  [GUMBO_TAG_LINK] = true,
        [GUMBO_TAG_META] = true,  [GUMBO_TAG_PARAM] = true,  [GUMBO_TAG_SOURCE] = true,
        [GUMBO_TAG_TRACK] = true, [GUMBO_TAG_WBR] = true,    [GUMBO_TAG_P] = true,
        [GUMBO_TAG_LI] = true,    [GUMBO_TAG_DT] = true,     [GUMBO_TAG_DD] = true,
        [GUMBO_TAG_TR] = true,    [GUMBO_TAG_TD] = true,     [GUMBO_TAG_TH] = true,
        [GUMBO_TAG_THEAD] = true, [GUMBO_TAG_TBODY] = true,  [GUMBO_TAG_TFOOT] = true,
        [GUMBO_TAG_HTML] = true,  [GUMBO_TAG_HEAD] = true,   [GUMBO_TAG_BODY] = true,
        [GUMBO_TAG_IMAGE] = true, [GUMBO_TAG_OPTION] = true, [GUMBO_TAG_COLGROUP] = true,
    };
    return self[tag];
}

/* How many elements may come to be open at once: start tags less their own end tags. */
static bool too_deep(struct str html)
{
    unsigned open[GUMBO_TAG_LAST + 1] = {0}, depth = 0;
    for (size_t at = 0; at + 1 < html.n; at++) {
        ptrdiff_t next = str_find(str_from(html, at), '<');
        if (next < 0)
            return false;
        at += (size_t)next;
        bool end = at + 1 < html.n && html.p[at + 1] == '/';
        size_t from = at + 1 + (size_t)end, to = from;
        if (from >= html.n || (unsigned char)((html.p[from] | 0x20) - 'a') >= 26)
            continue; /* "a < b" */
        while (to < html.n && to - from < 16 && html.p[to] > ' ' && html.p[to] != '>' &&
               html.p[to] != '/')
            to++;
        GumboTag tag = gumbo_tagn_enum(html.p + from, (unsigned)(to - from));
        if (closes_itself(tag))
            continue;
        if (!end) {
            open[tag]++;
            depth++;
        } else if (open[tag]) {
            open[tag]--;
            depth--;
        }
        if (depth > TREE_OPEN)
            return true;
    }
    return false;
}

const GumboNode *tree_parse(struct arena *a, struct str html)
{
    if (html.n > TREE_SOURCE || too_deep(html))
        return NULL;
    struct guard g = {.arena = a, .limit = arena_used(a) + TREE_MEMORY};
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = guard_alloc;
    options.deallocator = guard_free;
    options.userdata = &g;
    options.max_errors = 0;
    options.fragment_context = GUMBO_TAG_BODY;
    if (setjmp(g.enough))
        return NULL;
    return gumbo_parse_with_options(&options, html.n ? html.p : "", html.n)->root;
}

struct str tree_attribute(const GumboNode *element, const char *name)
{
    const GumboAttribute *at = gumbo_get_attribute(&element->v.element.attributes, name);
    return str_of(at ? at->value : "");
}
