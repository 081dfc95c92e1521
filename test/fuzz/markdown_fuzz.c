/* markdown_fuzz.c: any bytes as Markdown: harmless HTML, clean text, within bounds. */
#include "test/fuzz/fuzz.h"
#include "text/harmless.h"
#include "text/markdown.h"

static bool hook_mention(void *ctx, struct str handle, struct out *o)
{
    (void)ctx;
    markdown_link(o, S("mention"), S("/people/"), handle, S("@"), handle);
    return handle.n % 2;
}

static bool hook_tag(void *ctx, struct str tag, struct out *o)
{
    (void)ctx;
    if (tag.n > 3)
        return false;
    markdown_link(o, S("tag"), S("/tags/"), tag, S("#"), tag);
    return true;
}

static void stop(const char *what, const char *why, const struct out *html)
{
    fprintf(stderr, "%s: %s\n%.*s\n", what, why, (int)html->n, html->p);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str source = str_make((const char *)data, size), handles[8];
    struct markdown_hooks hooks = {NULL, hook_mention, hook_tag};
    struct out html;
    char why[256];
    out_init(&html, 1 << 22);
    markdown_html(a, source, &hooks, &html);
    if (!out_failed(&html) && !harmless(out_text(&html), why, sizeof why))
        stop("harmful", why, &html);
    if (!out_failed(&html) && !utf8_valid(out_text(&html)))
        stop("not UTF-8", "", &html);
    struct str text = markdown_text(a, source);
    if (!utf8_valid(text) || str_find_str(text, S("  ")) >= 0)
        stop("plain text", "is not", &html);
    text_excerpt(a, text, 20);
    markdown_mentions(a, source, handles, 8);
    markdown_tags(a, source, handles, 8);
    out_free(&html);
    arena_free(a);
    return 0;
}
