/* markdown.h: Markdown to HTML, to plain text, and to the mentions and tags in it.
 *
 * CommonMark by cmark-gfm, with tables, task lists, strikethrough and bare addresses as links; raw
 * HTML is text. What comes out may stand on a page as it is.
 *
 * RULES
 *   1. Only our own elements and attributes come out, whatever the source holds: all text is
 *      escaped, raw HTML is shown as it was typed.
 *   2. Links and pictures keep to link.h; of a refused one its text stays.
 *   3. Headings are demoted by two (# is h3), h6 at the lowest, so that a page keeps its outline.
 *   4. A mention is `@` and a handle, [A-Za-z0-9_][A-Za-z0-9_.-]{0,38} not ending with '.' or '-';
 *      a tag is `#`, a letter and up to 48 letters, digits and '-', not ending with '-'. Neither
 *      follows a letter, digit, '_', '/' or '@', goes on in one, or stands in code, a link, a
 *      picture's text or behind a backslash.
 *   5. Elements nest at most MARKDOWN_DEPTH deep; deeper ones leave their text.
 *   6. A source longer than MARKDOWN_SOURCE, or more HTML than `html` holds, gives false and marks
 *      `html` as failed.
 */
#ifndef TEXT_MARKDOWN_H
#define TEXT_MARKDOWN_H

#include "core/arena.h"
#include "core/out.h"
#include "text/plain.h"

enum {
    MARKDOWN_SOURCE = 1 << 16, /* bytes */
    MARKDOWN_DEPTH = 64,
    MARKDOWN_HOOKS = 200, /* mentions and tags asked for in one text; later ones stay text */
};

/* Each writes a link for the name (without its '@' or '#') and says so, or leaves it text.
 * `picture` writes further attributes of a picture from this address (judged, not yet escaped). */
struct markdown_hooks {
    void *ctx;
    bool (*mention)(void *ctx, struct str handle, struct out *o);
    bool (*tag)(void *ctx, struct str tag, struct out *o);
    bool (*picture)(void *ctx, struct str url, struct out *o);
};

bool markdown_html(struct arena *a, struct str source, const struct markdown_hooks *hooks,
                   struct out *html);

/* For hooks: <a class="CLASS" href="PREFIX KEY">SIGN TEXT</a>, the key percent-encoded. */
void markdown_link(struct out *o, struct str class, struct str prefix, struct str key,
                   struct str sign, struct str text);

/* One line for search and excerpts, without any marks. */
struct str markdown_text(struct arena *a, struct str source);
/* markdown_html and markdown_text of the same source, which is parsed once; gives the text. */
struct str markdown_both(struct arena *a, struct str source, const struct markdown_hooks *hooks,
                         struct out *html);

/* The first `most` distinct mentions and tags (letters' case aside), as they were first written. */
struct markdown_names {
    struct str *name;
    size_t n, most;
};
void markdown_scan(struct arena *a, struct str source, struct markdown_names *mentions,
                   struct markdown_names *tags); /* either may be NULL */
size_t markdown_mentions(struct arena *a, struct str source, struct str *handles, size_t most);
size_t markdown_tags(struct arena *a, struct str source, struct str *tags, size_t most);

#endif
