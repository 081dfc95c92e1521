/*
 * viewc_html.h: follows the HTML of a view, one character at a time, for viewc.c.
 *
 * A tokenizer after the HTML standard's own states (13.2.5), without its repairs: what a browser
 * would mend by guessing is an error here. It knows at each moment which place the cursor is in,
 * and so which writer may print there. It is a header of static functions, because viewc is to be
 * built by one call of the C compiler, before anything else of the program.
 *
 * Owns: struct place and the tables of attributes, schemes and refusals. Its promises are RULES 1
 * to 3 of viewc.c, and the test is the same.
 */
#ifndef VIEWC_HTML_H
#define VIEWC_HTML_H

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    TEXT, TAG_OPEN, TAG_NAME, BEFORE_ATTR, ATTR_NAME, BEFORE_VALUE, VALUE, UNQUOTED, AFTER_VALUE,
    SELF_CLOSE, DOCTYPE, COMMENT, RAW, RCDATA,
};

enum attr_kind { ATTR_PLAIN, ATTR_URL, ATTR_STYLE, ATTR_SRCDOC, ATTR_SRCSET, ATTR_MOTION };

/* How much of a URL stands before the cursor; up to URL_REST its scheme is still open. */
enum url_at { URL_START, URL_LITERAL, URL_PRINTED, URL_REST, URL_FIXED };

/* Where in the HTML the cursor is. Fields that mean nothing in a state are zero in it. */
struct place {
    enum state state;
    char tag[16];        /* lower case, cut short; in tags, RAW and RCDATA */
    bool end_tag;
    char quote;          /* of VALUE */
    enum attr_kind kind; /* of VALUE and UNQUOTED */
    enum url_at url;     /* of ATTR_URL */
};

struct html {
    const char *path;
    const char *p, *end; /* the cursor and the end of the text */
    int line;
    struct place at;
    char attr[64];       /* attribute's name so far */
    char scheme[16];     /* URL's first letters */
    int tag_line;        /* where the tag, value or element that is open was opened */
    int value_line;
    int pre;             /* open <pre> elements */
    bool has_src, has_http_equiv, has_printed_content;
    bool body_start;     /* <pre> or <textarea> has just opened */
};

static void step_text(struct html *h, char c);
static void step_tag_open(struct html *h, char c);
static void step_tag_name(struct html *h, char c);
static void step_before_attr(struct html *h, char c);
static void step_attr_name(struct html *h, char c);
static void step_before_value(struct html *h, char c);
static void step_value(struct html *h, char c);
static void step_unquoted(struct html *h, char c);
static void step_after_value(struct html *h, char c);
static void step_self_close(struct html *h, char c);
static void step_doctype(struct html *h, char c);
static void step_comment(struct html *h, char c);
static void step_raw(struct html *h, char c);
static void step_rcdata(struct html *h, char c);
static void tag_named(struct html *h);
static void tag_end(struct html *h);
static void attr_named(struct html *h);
static enum attr_kind attr_kind(const char *name);
static void url_char(struct html *h, char c);
static void url_scheme(struct html *h);
static bool ahead(const struct html *h, const char *word);
static bool is_word(char c);
static bool is_blank(char c);
static void fail(const struct html *h, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/* Takes the character at the cursor; false: it is part of a comment and not of the page. */
static bool html_step(struct html *h)
{
    static void (*const step[])(struct html *, char) = {
        [TEXT] = step_text,
        [TAG_OPEN] = step_tag_open,
        [TAG_NAME] = step_tag_name,
        [BEFORE_ATTR] = step_before_attr,
        [ATTR_NAME] = step_attr_name,
        [BEFORE_VALUE] = step_before_value,
        [VALUE] = step_value,
        [UNQUOTED] = step_unquoted,
        [AFTER_VALUE] = step_after_value,
        [SELF_CLOSE] = step_self_close,
        [DOCTYPE] = step_doctype,
        [COMMENT] = step_comment,
        [RAW] = step_raw,
        [RCDATA] = step_rcdata,
    };
    bool comment = h->at.state == COMMENT;
    char c = *h->p++;
    h->body_start = false;
    step[h->at.state](h, c);
    return !comment && h->at.state != COMMENT;
}

/* RULES 1 and 2: which writer prints here; marks in `at` that something was printed. */
static const char *html_writer(struct html *h)
{
    static const char *const refuse[] = {
        [TAG_OPEN] = "in a tag's name",
        [TAG_NAME] = "in a tag's name",
        [ATTR_NAME] = "in an attribute's name",
        [BEFORE_VALUE] = "in an unquoted value; put quotes around it",
        [UNQUOTED] = "in an unquoted value; put quotes around it",
        [AFTER_VALUE] = "right behind a value; put a blank before it",
        [SELF_CLOSE] = "after the / of a tag",
        [DOCTYPE] = "in a doctype",
        [COMMENT] = "in an HTML comment; make the line a remark with %#",
        [RAW] = "in an element that holds no text",
        [RCDATA] = NULL,
    };
    static const char *const refuse_attr[] = {
        [ATTR_STYLE] = "in a style attribute; choose a class",
        [ATTR_SRCDOC] = "in srcdoc",
        [ATTR_SRCSET] = "in srcset",
        [ATTR_MOTION] = "in the value of an animation",
    };
    struct place *at = &h->at;
    const char *why = refuse[at->state];
    if (at->state == VALUE && at->kind > ATTR_URL)
        why = refuse_attr[at->kind];
    if (at->state == VALUE && at->kind == ATTR_URL && at->url == URL_FIXED)
        why = "in a data: URL";
    if (at->state == BEFORE_ATTR && at->end_tag)
        why = "in an end tag";
    if (why)
        fail(h, h->line, "{{ }} %s", why);
    if (at->state == BEFORE_ATTR) {
        at->state = AFTER_VALUE;
        return "html_attrs";
    }
    if (at->state == TEXT)
        return "html_put";
    if (at->state == RCDATA)
        return "html_attr";
    if (strcmp(h->attr, "content") == 0)
        h->has_printed_content = true;
    if (at->kind != ATTR_URL)
        return "html_attr";
    enum url_at before = at->url;
    if (before != URL_REST)
        at->url = URL_PRINTED;
    return before == URL_START ? "html_url" : "html_urlpart";
}

/* At the end of the text nothing may be open. */
static void html_end(const struct html *h)
{
    if (h->at.state == VALUE)
        fail(h, h->value_line, "this quoted value is never closed");
    if (h->at.state == RAW || h->at.state == RCDATA)
        fail(h, h->tag_line, "<%s> is never closed", h->at.tag);
    if (h->at.state == COMMENT)
        fail(h, h->tag_line, "this HTML comment is never closed");
    if (h->at.state != TEXT)
        fail(h, h->tag_line, "this tag is never closed");
}

/* Whether blanks mean something here. */
static bool html_verbatim(const struct html *h)
{
    return h->pre || h->at.state == VALUE ||
           (h->at.state == RCDATA && strcmp(h->at.tag, "textarea") == 0);
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->state == b->state && strcmp(a->tag, b->tag) == 0 && a->end_tag == b->end_tag &&
           a->quote == b->quote && a->kind == b->kind && a->url == b->url;
}

/* --- one function per state, called for each character -------------------------------------- */

static void step_text(struct html *h, char c)
{
    if (c != '<')
        return;
    h->tag_line = h->line;
    if (ahead(h, "!--")) {
        h->p += 3;
        h->at.state = COMMENT;
    } else {
        h->at.state = TAG_OPEN;
    }
}

static void step_tag_open(struct html *h, char c)
{
    if (c == '/' && !h->at.end_tag) {
        h->at.end_tag = true;
    } else if (c == '!' && !h->at.end_tag && ahead(h, "doctype")) {
        h->at.state = DOCTYPE;
    } else if (isalpha((unsigned char)c)) {
        h->at.tag[0] = (char)tolower((unsigned char)c);
        h->at.state = TAG_NAME;
    } else {
        fail(h, h->line, "< begins no tag here; as text it is written &lt;");
    }
}

static void step_tag_name(struct html *h, char c)
{
    if (is_word(c) || c == '-' || c == ':') {
        size_t n = strlen(h->at.tag);
        if (n + 1 < sizeof h->at.tag)
            h->at.tag[n] = (char)tolower((unsigned char)c);
        return;
    }
    if (!is_blank(c) && c != '\n' && c != '>' && c != '/')
        fail(h, h->line, "'%c' in a tag's name", c);
    tag_named(h);
    h->at.state = BEFORE_ATTR;
    step_before_attr(h, c);
}

static void tag_named(struct html *h)
{
    static const char *const refused[] = {"style", "xmp", "plaintext", "noembed", "noframes"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(h->at.tag, refused[i]) == 0)
            fail(h, h->line, "<%s> cannot stand in a view", h->at.tag);
    h->has_src = h->has_http_equiv = h->has_printed_content = false;
}

static void step_before_attr(struct html *h, char c)
{
    if (is_blank(c) || c == '\n')
        return;
    if (c == '>') {
        tag_end(h);
    } else if (c == '/') {
        h->at.state = SELF_CLOSE;
    } else if (h->at.end_tag) {
        fail(h, h->line, "an end tag has no attributes");
    } else {
        memset(h->attr, 0, sizeof h->attr);
        h->at.state = ATTR_NAME;
        step_attr_name(h, c);
    }
}

static void step_attr_name(struct html *h, char c)
{
    if (is_word(c) || c == '-' || c == ':' || c == '.' || c == '@') {
        size_t n = strlen(h->attr);
        if (n + 1 == sizeof h->attr)
            fail(h, h->line, "an attribute's name longer than %zu", n);
        h->attr[n] = (char)tolower((unsigned char)c);
        return;
    }
    attr_named(h);
    if (c == '=')
        h->at.state = BEFORE_VALUE;
    else
        step_after_value(h, c);
}

static void attr_named(struct html *h)
{
    const char *name = h->attr;
    if (!*name)
        fail(h, h->line, "this is no attribute's name; write name=\"value\" without blanks");
    if (strncmp(name, "on", 2) == 0 && name[2])
        fail(h, h->line, "%s: event attributes are forbidden; use data-action", name);
    if (strcmp(name, "src") == 0)
        h->has_src = true;
    if (strcmp(name, "http-equiv") == 0)
        h->has_http_equiv = true;
}

static void step_before_value(struct html *h, char c)
{
    h->at.kind = attr_kind(h->attr);
    h->at.url = URL_START;
    memset(h->scheme, 0, sizeof h->scheme);
    h->value_line = h->line;
    if (c == '"' || c == '\'') {
        h->at.quote = c;
        h->at.state = VALUE;
    } else if (is_blank(c) || c == '\n' || c == '>') {
        fail(h, h->line, "no value after %s=", h->attr);
    } else {
        h->at.state = UNQUOTED;
        step_unquoted(h, c);
    }
}

static void step_value(struct html *h, char c)
{
    if (c != h->at.quote) {
        url_char(h, c);
        return;
    }
    h->at.state = AFTER_VALUE;
    h->at.quote = 0;
    h->at.kind = ATTR_PLAIN;
    h->at.url = URL_START;
}

static void step_unquoted(struct html *h, char c)
{
    if (is_blank(c) || c == '\n' || c == '>') {
        h->at.kind = ATTR_PLAIN;
        h->at.url = URL_START;
        step_after_value(h, c);
        return;
    }
    if (strchr("\"'<=`", c))
        fail(h, h->line, "%c in an unquoted value", c);
    url_char(h, c);
}

static void step_after_value(struct html *h, char c)
{
    if (!is_blank(c) && c != '\n' && c != '>' && c != '/')
        fail(h, h->line, "'%c' where a blank or > must stand", c);
    h->at.state = BEFORE_ATTR;
    step_before_attr(h, c);
}

static void step_self_close(struct html *h, char c)
{
    if (c != '>' || h->at.end_tag)
        fail(h, h->line, "a / in a tag must be followed by > and stands in no end tag");
    tag_end(h);
    if (h->at.state != TEXT)
        fail(h, h->line, "<%s> cannot be closed by />", h->at.tag);
}

/* After the > of a tag: what its element may hold. */
static void tag_end(struct html *h)
{
    struct place was = h->at;
    bool script = strcmp(was.tag, "script") == 0;
    bool textarea = strcmp(was.tag, "textarea") == 0;
    bool pre = strcmp(was.tag, "pre") == 0;
    h->at = (struct place){.state = TEXT};
    if (was.end_tag) {
        h->pre -= pre && h->pre;
        return;
    }
    if (script && !h->has_src)
        fail(h, h->line, "<script> without src: inline scripts are forbidden");
    if (h->has_http_equiv && h->has_printed_content)
        fail(h, h->line, "{{ }} in the content of <meta http-equiv>");
    h->pre += pre;
    h->body_start = pre || textarea;
    if (script || strcmp(was.tag, "iframe") == 0)
        h->at.state = RAW;
    else if (textarea || strcmp(was.tag, "title") == 0)
        h->at.state = RCDATA;
    if (h->at.state != TEXT)
        memcpy(h->at.tag, was.tag, sizeof was.tag);
}

static void step_doctype(struct html *h, char c)
{
    if (c == '>')
        h->at = (struct place){.state = TEXT};
}

static void step_comment(struct html *h, char c)
{
    if (c == '-' && ahead(h, "->")) {
        h->p += 2;
        h->at = (struct place){.state = TEXT};
    }
}

static void step_raw(struct html *h, char c)
{
    if (c != '<' && !is_blank(c) && c != '\n')
        fail(h, h->line, "text inside <%s>", h->at.tag);
    step_rcdata(h, c);
}

static void step_rcdata(struct html *h, char c)
{
    if (c == '<') {
        size_t n = strlen(h->at.tag);
        bool end = ahead(h, "/") && (size_t)(h->end - h->p) > n + 1;
        for (size_t i = 0; end && i < n; i++)
            end = tolower((unsigned char)h->p[1 + i]) == h->at.tag[i];
        if (!end || !memchr(" \t\n>", h->p[1 + n], 4))
            fail(h, h->line, "< inside <%s>; only its end tag can stand there", h->at.tag);
        h->tag_line = h->line;
    }
    if (c == '<')
        h->at = (struct place){.state = TAG_OPEN};
}

/* --- attributes and URLs ------------------------------------------------------------------- */

static enum attr_kind attr_kind(const char *name)
{
    static const struct {
        const char *name;
        enum attr_kind kind;
    } known[] = {
        {"action", ATTR_URL}, {"background", ATTR_URL}, {"cite", ATTR_URL},
        {"codebase", ATTR_URL}, {"data", ATTR_URL}, {"data-url", ATTR_URL},
        {"formaction", ATTR_URL}, {"href", ATTR_URL}, {"longdesc", ATTR_URL},
        {"manifest", ATTR_URL}, {"ping", ATTR_URL}, {"poster", ATTR_URL},
        {"src", ATTR_URL}, {"xlink:href", ATTR_URL}, {"style", ATTR_STYLE},
        {"srcdoc", ATTR_SRCDOC}, {"srcset", ATTR_SRCSET}, {"imagesrcset", ATTR_SRCSET},
        {"by", ATTR_MOTION}, {"from", ATTR_MOTION}, {"to", ATTR_MOTION}, {"values", ATTR_MOTION},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].kind;
    static const char *const ends[] = {"-url", "-url-value"}; /* Stimulus: data-list-url-value */
    size_t n = strlen(name);
    for (size_t i = 0; i < 2 && strncmp(name, "data-", 5) == 0; i++) {
        size_t m = strlen(ends[i]);
        if (n > m && strcmp(name + n - m, ends[i]) == 0)
            return ATTR_URL;
    }
    return ATTR_PLAIN;
}

/* RULE 3: follows the literal part of a URL until its scheme is settled. */
static void url_char(struct html *h, char c)
{
    struct place *at = &h->at;
    if (at->kind != ATTR_URL || at->url == URL_REST || at->url == URL_FIXED)
        return;
    if (at->url == URL_START) {
        if (is_blank(c) || c == '\n')
            return;
        at->url = URL_LITERAL;
    }
    if (c == '/' || c == '?' || c == '#') {
        at->url = URL_REST;
    } else if (c == '&') {
        fail(h, h->line, "a character reference in the first part of a URL");
    } else if (c == ':' && at->url == URL_PRINTED) {
        fail(h, h->line, "{{ }} followed by ':' could make any scheme of a URL");
    } else if (c == ':') {
        url_scheme(h);
    } else {
        size_t n = strlen(h->scheme);
        if (n + 1 < sizeof h->scheme)
            h->scheme[n] = (char)tolower((unsigned char)c);
    }
}

static void url_scheme(struct html *h)
{
    static const char *const schemes[] = {"http", "https", "mailto", "tel", "webcal"};
    if (strcmp(h->scheme, "data") == 0) {
        h->at.url = URL_FIXED;
        return;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strcmp(h->scheme, schemes[i]) == 0) {
            h->at.url = URL_REST;
            return;
        }
    }
    fail(h, h->line, "%s: is no scheme for a link in a view", h->scheme);
}

/* --- small things -------------------------------------------------------------------------- */

/* Whether the word, given in lower case, stands at the cursor. */
static bool ahead(const struct html *h, const char *word)
{
    for (size_t i = 0; word[i]; i++)
        if (h->p + i >= h->end || tolower((unsigned char)h->p[i]) != word[i])
            return false;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void fail(const struct html *h, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: error: ", h->path, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

#endif
