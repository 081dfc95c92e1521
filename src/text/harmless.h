/* harmless.h: judges HTML that came out of us, for tests and fuzzers only.
 *
 * Reads it again as HTML5 and walks the tree with lists of its own: it shares no line with what it
 * judges, so that a mistake there is not repeated here. What is harmless also ends where it ends:
 * it leaves no element open that would take in what follows it on a page.
 */
#ifndef TEXT_HARMLESS_H
#define TEXT_HARMLESS_H

#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"

static inline bool harmless_among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* Of an address as the browser has it: the scheme, if any, is one of three. */
static inline bool harmless_url(const char *url)
{
    static const char *const good[] = {"http", "https", "mailto", NULL};
    char scheme[32];
    size_t n = 0;
    for (; *url; url++) {
        char c = (char)(*url >= 'A' && *url <= 'Z' ? *url | 0x20 : *url);
        if ((unsigned char)c <= ' ')
            continue; /* browsers pass over them */
        if (c == ':') {
            scheme[n] = 0;
            return n == 0 || harmless_among(scheme, good);
        }
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && !(n && ((c >= '0' && c <= '9') || strchr("+-.", c))))
            return true; /* no scheme */
        if (n < sizeof scheme - 1)
            scheme[n++] = c;
    }
    return true;
}

static inline bool harmless_number(const char *s)
{
    return *s && strlen(s) < 12 && strspn(s + (*s == '-'), "0123456789") == strlen(s + (*s == '-'));
}

static inline bool harmless_attribute(const char *tag, const char *name, const char *value)
{
    static const char *const classes[] = {"table-wrap", "align-center", "align-right",
                                          "mention",    "tag",          NULL};
    static const char *const numbers[] = {"img width",  "img height", "td colspan", "td rowspan",
                                          "th colspan", "th rowspan", "ol start",   NULL};
    static const char *const any[] = {"a title", "img title", "img alt", "abbr title", NULL};
    static const struct {
        const char *where, *value;
    } fixed[] = {
        {"a rel", "nofollow ugc"},     {"img loading", "lazy"},      {"div role", "group"},
        {"div aria-label", "Table"},   {"div tabindex", "0"},        {"pre tabindex", "0"},
        {"input type", "checkbox"},    {"input disabled", ""},       {"input checked", ""},
        {"input aria-label", "To do"}, {"input aria-label", "Done"},
    };
    char where[64];
    snprintf(where, sizeof where, "%s %s", tag, name);
    if (strcmp(where, "a href") == 0 || strcmp(where, "img src") == 0)
        return harmless_url(value);
    if (strcmp(where, "code class") == 0)
        return strncmp(value, "language-", 9) == 0;
    if (strcmp(name, "class") == 0)
        return harmless_among(value, classes);
    if (harmless_among(where, numbers))
        return harmless_number(value);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(where, fixed[i].where) == 0 && strcmp(value, fixed[i].value) == 0)
            return true;
    return harmless_among(where, any);
}

static inline bool harmless_element(const GumboElement *e, char *why, size_t n)
{
    static const char *const tags[] = {
        "p",      "br",      "hr",      "h3",      "h4",    "h5",         "h6",   "ul",   "ol",
        "li",     "dl",      "dt",      "dd",      "pre",   "em",         "code", "kbd",  "samp",
        "strong", "i",       "b",       "u",       "s",     "del",        "ins",  "sub",  "sup",
        "a",      "img",     "table",   "tr",      "th",    "td",         "div",  "abbr", "thead",
        "tbody",  "details", "summary", "caption", "input", "blockquote", NULL};
    const char *tag = gumbo_normalized_tagname(e->tag);
    if (e->tag_namespace != GUMBO_NAMESPACE_HTML || !harmless_among(tag, tags)) {
        snprintf(why, n, "element <%s>", tag);
        return false;
    }
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *a = e->attributes.data[i];
        if (!harmless_attribute(tag, a->name, a->value)) {
            snprintf(why, n, "<%s %s=\"%s\">", tag, a->name, a->value);
            return false;
        }
    }
    return true;
}

/* Between "<div>" and "</div><wbr>" all of it must be in that div, and nothing behind it in any of
 * its elements: else it would take in what follows it on a page. */
static inline const GumboNode *harmless_inside(const GumboNode *root)
{
    const GumboVector *around = &root->v.element.children;
    const GumboNode *inside = around->length == 2 ? around->data[0] : NULL;
    const GumboNode *behind = around->length == 2 ? around->data[1] : NULL;
    bool good = inside && inside->type == GUMBO_NODE_ELEMENT &&
                inside->v.element.tag == GUMBO_TAG_DIV && behind->type == GUMBO_NODE_ELEMENT &&
                behind->v.element.tag == GUMBO_TAG_WBR;
    return good ? inside : NULL;
}

/* False and the reason, when something is in it that may not be. */
static inline bool harmless(struct str html, char *why, size_t n)
{
    GumboOptions options = kGumboDefaultOptions;
    options.fragment_context = GUMBO_TAG_DIV;
    size_t size = html.n + sizeof "<div></div><wbr>";
    char *page = malloc(size);
    size_t page_n =
        page ? (size_t)snprintf(page, size, "<div>" STR_FMT "</div><wbr>", STR_ARG(html)) : 0;
    GumboOutput *out = gumbo_parse_with_options(&options, page, page_n);
    const GumboNode *root = harmless_inside(out->root);
    bool good = root && page_n + 1 == size;
    if (!good)
        snprintf(why, n, "what does not end in its own place");
    for (const GumboNode *at = root; at && good;) {
        if (at != root && at->type == GUMBO_NODE_ELEMENT)
            good = harmless_element(&at->v.element, why, n);
        else if (at != root && at->type != GUMBO_NODE_TEXT && at->type != GUMBO_NODE_WHITESPACE) {
            snprintf(why, n, "a node that is no element and no text");
            good = false;
        }
        if (at->type == GUMBO_NODE_ELEMENT && at->v.element.children.length) {
            at = at->v.element.children.data[0];
            continue;
        }
        while (at != root && at->index_within_parent + 1 >= at->parent->v.element.children.length)
            at = at->parent;
        at = at == root ? NULL : at->parent->v.element.children.data[at->index_within_parent + 1];
    }
    gumbo_destroy_output(&options, out);
    free(page);
    return good;
}

#endif
