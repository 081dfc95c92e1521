/* view_fuzz.c: any text in every place where a view prints: views/places.html, compiled like all.
 *
 * The page is read as a browser would, and compared with the same page printed with a plain word:
 * no element or attribute more or less, and wherever the word stood, the text has come back whole
 * (view/html RULE 1 to 3). Text that is no UTF-8, or holds what HTML has no place for (controls and
 * the like), only may not change the elements.
 */
#include <gumbo.h>

#include "test/fuzz/fuzz.h"
#include "text/harmless.h"
#include "view/html.h"

struct places {
    struct str text;
    const char *words; /* the same, up to the first NUL */
};

#include "views/fuzz/places.h"

#define PLAIN_TEXT "zqz"
#define PLAIN_WORDS "zwz"

static const struct places *put; /* what the page under test was printed with */
static bool whole;               /* its text can come back whole */

/* Whether HTML has a place for each of its code points: the parser puts U+FFFD for others. */
static bool can_be_whole(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        bool blank = c == '\t' || c == '\n' || c == '\r';
        if ((c < ' ' && !blank) || (c >= 0x7f && c < 0xa0) || (c >= 0xfdd0 && c <= 0xfdef) ||
            (c & 0xfffe) == 0xfffe)
            return false;
    }
    return utf8_valid(s);
}

/* As a browser reads it: line ends are LF. */
static void add_text(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r')
            out_char(o, s.p[i]);
        else if (i + 1 == s.n || s.p[i + 1] != '\n')
            out_char(o, '\n');
}

static void add_part(struct out *o, struct str s) /* RULE 3 */
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (c && strchr("-._~", c)))
            out_char(o, c);
        else
            out_fmt(o, "%%%02X", (unsigned char)c);
    }
}

/* `plain` with the plain words replaced by what was put there. */
static struct str expected(struct arena *a, const char *plain,
                           void (*add)(struct out *o, struct str s))
{
    struct out o;
    out_init(&o, 1 << 24);
    while (*plain) {
        bool text = strncmp(plain, PLAIN_TEXT, 3) == 0;
        if (text || strncmp(plain, PLAIN_WORDS, 3) == 0) {
            add(&o, text ? put->text : str_of(put->words));
            plain += 3;
        } else {
            out_char(&o, *plain++);
        }
    }
    return out_take(&o, a);
}

/* RULE 2: what stands there is harmless, and a plain path is not lost. */
static void check_url(struct arena *a, const char *plain, const char *got)
{
    struct str wanted = expected(a, plain, add_text), rest = wanted;
    bool slash = got[0] == '/' || got[0] == '\\';
    must(!slash || (got[1] != '/' && got[1] != '\\'));
    must(harmless_url(got));
    must(!whole || str_is(wanted, got) || strcmp(got, "#") == 0);
    if (str_starts(rest, S("https://")))
        rest = str_from(rest, 7);
    for (size_t i = 0; i < rest.n; i++)
        if (!strchr("/abcdefghijklmnopqrstuvwxyz?=-.0123456789", rest.p[i]) || !rest.p[i])
            return;
    if (rest.n && rest.p[0] == '/' && !str_starts(rest, S("//")))
        must(str_is(wanted, got));
}

static void check_attribute(struct arena *a, const GumboAttribute *plain, const GumboAttribute *got)
{
    static const char *const urls[] = {"href", "src", "action", "formaction", NULL};
    must(strcmp(plain->name, got->name) == 0);
    bool url = harmless_among(plain->name, urls);
    if (url && (strcmp(plain->value, PLAIN_TEXT) == 0 || strcmp(plain->value, PLAIN_WORDS) == 0))
        check_url(a, plain->value, got->value);
    else if (url)
        must(str_is(expected(a, plain->value, add_part), got->value));
    else if (whole)
        must(str_is(expected(a, plain->value, add_text), got->value));
}

/* The text that stands directly in it. */
static struct str text_in(struct arena *a, const GumboVector *nodes)
{
    struct out o;
    out_init(&o, 1 << 24);
    for (unsigned i = 0; i < nodes->length; i++) {
        const GumboNode *n = nodes->data[i];
        if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_WHITESPACE)
            out_str(&o, str_of(n->v.text.text));
        else
            must(n->type == GUMBO_NODE_ELEMENT);
    }
    return out_take(&o, a);
}

static const GumboNode *next_element(const GumboVector *nodes, unsigned *at)
{
    while (*at < nodes->length) {
        const GumboNode *n = nodes->data[(*at)++];
        if (n->type == GUMBO_NODE_ELEMENT)
            return n;
    }
    return NULL;
}

static void check_element(struct arena *a, const GumboElement *plain, const GumboElement *got)
{
    must(plain->tag == got->tag && plain->tag_namespace == got->tag_namespace);
    must(plain->attributes.length == got->attributes.length);
    for (unsigned i = 0; i < plain->attributes.length; i++)
        check_attribute(a, plain->attributes.data[i], got->attributes.data[i]);
    struct str text = text_in(a, &got->children);
    if (whole)
        must(str_eq(expected(a, text_in(a, &plain->children).p, add_text), text));
    const GumboNode *inner;
    unsigned plain_at = 0, got_at = 0;
    while ((inner = next_element(&plain->children, &plain_at))) {
        const GumboNode *its = next_element(&got->children, &got_at);
        must(its != NULL);
        check_element(a, &inner->v.element, &its->v.element);
    }
    must(!next_element(&got->children, &got_at));
}

static GumboOutput *printed(const struct places *v, struct out *page)
{
    out_init(page, 1 << 24);
    fuzz_places_html(page, v);
    must(!out_failed(page));
    return gumbo_parse_with_options(&kGumboDefaultOptions, page->p, page->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str text = str_make((const char *)data, size);
    const struct places v = {text, str_cstr(a, text)};
    static struct out plain_page;
    static GumboOutput *wanted;
    struct out page;
    if (!wanted)
        wanted = printed(&(struct places){S(PLAIN_TEXT), PLAIN_WORDS}, &plain_page);
    GumboOutput *got = printed(&v, &page);
    put = &v;
    whole = can_be_whole(text);
    check_element(a, &wanted->root->v.element, &got->root->v.element);
    gumbo_destroy_output(&kGumboDefaultOptions, got);
    out_free(&page);
    arena_free(a);
    return 0;
}
