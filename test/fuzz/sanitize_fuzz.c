/* sanitize_fuzz.c: any bytes as foreign HTML: harmless, stable, within bounds. */
#include "test/fuzz/fuzz.h"
#include "text/harmless.h"
#include "text/sanitize.h"

static void stop(const char *what, const char *why, const struct out *html)
{
    fprintf(stderr, "%s: %s\n%.*s\n", what, why, (int)html->n, html->p);
    abort();
}

/* Headings are demoted each time: h3 back to h1 and so on, that the second time may be compared. */
static struct str promoted(struct arena *a, struct str html)
{
    char *p = str_cstr(a, html);
    for (size_t i = 0; i + 4 < html.n; i++) {
        size_t at = i + 2 + (p[i + 1] == '/');
        if (p[i] == '<' && p[at - 1] == 'h' && p[at] >= '3' && p[at] <= '6')
            p[at] -= 2;
    }
    return str_make(p, html.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str html = str_make((const char *)data, size);
    struct out once, twice;
    char why[256];
    out_init(&once, 1 << 22);
    out_init(&twice, 1 << 22);
    bool parsed = sanitize_html(a, html, &once);
    if (!harmless(out_text(&once), why, sizeof why))
        stop("harmful", why, &once);
    if (!utf8_valid(out_text(&once)))
        stop("not UTF-8", "", &once);
    if (parsed) {
        sanitize_html(a, promoted(a, out_text(&once)), &twice);
        if (!str_eq(out_text(&once), out_text(&twice))) {
            fprintf(stderr, "once:\n%.*s\n", (int)once.n, once.p);
            stop("differs the second time", "", &twice);
        }
    }
    struct str text = sanitize_text(a, html);
    if (!utf8_valid(text) || str_find_str(text, S("  ")) >= 0)
        stop("plain text", "is not", &once);
    text_excerpt(a, text, 20);
    out_free(&once);
    out_free(&twice);
    arena_free(a);
    return 0;
}
