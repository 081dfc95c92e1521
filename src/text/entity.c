/* entity.c: the common references by a table, the other two thousand by gumbo; see entity.h. */
#include "text/entity.h"

#include "text/plain.h"
#include "text/tree.h"

static const struct {
    struct str entity, text;
} common[] = {
    {S("&amp;"), S("&")},           {S("&lt;"), S("<")},
    {S("&gt;"), S(">")},            {S("&quot;"), S("\"")},
    {S("&apos;"), S("'")},          {S("&nbsp;"), S("\xc2\xa0")},
    {S("&copy;"), S("\xc2\xa9")},   {S("&ndash;"), S("\xe2\x80\x93")},
    {S("&mdash;"), S("\xe2\x80\x94")}, {S("&hellip;"), S("\xe2\x80\xa6")},
    {S("&rarr;"), S("\xe2\x86\x92")},  {S("&larr;"), S("\xe2\x86\x90")},
};

/* &#123; and &#x7B;, of the code points that HTML5 takes as they are; 0 for any other. */
static uint32_t numeric(struct str entity)
{
    bool hex = entity.n > 3 && (entity.p[2] | 0x20) == 'x';
    uint32_t cp = 0;
    for (size_t i = 2 + (size_t)hex; i + 1 < entity.n; i++) {
        unsigned char c = (unsigned char)entity.p[i];
        unsigned digit = c <= '9' ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10;
        if (digit >= (hex ? 16u : 10u) || cp > 0x10FFFF)
            return 0;
        cp = cp * (hex ? 16 : 10) + digit;
    }
    bool plain = (cp >= 0x20 && cp < 0x7F) || (cp >= 0xA0 && cp < 0xD800) ||
                 (cp >= 0xE000 && cp <= 0x10FFFF);
    return plain ? cp : 0;
}

static struct str by_gumbo(struct arena *a, struct str entity)
{
    struct arena *scratch = arena_new(TREE_MEMORY);
    const GumboNode *root = tree_parse(scratch, entity);
    const GumboNode *text = root && tree_count(root) == 1 ? tree_child(root, 0) : NULL;
    struct str out = entity;
    if (text && (text->type == GUMBO_NODE_TEXT || text->type == GUMBO_NODE_WHITESPACE))
        out = text_clean(a, str_dup(a, str_of(text->v.text.text)));
    arena_free(scratch);
    return out;
}

struct str entity_text(struct arena *a, struct str entity)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (str_eq(entity, common[i].entity))
            return common[i].text;
    uint32_t cp = entity.n > 3 && entity.p[1] == '#' ? numeric(entity) : 0;
    if (!cp)
        return by_gumbo(a, entity);
    char utf8[4];
    size_t n = utf8_put(utf8, cp);
    return text_clean(a, str_dup(a, str_make(utf8, n)));
}
