/* dump.c: cutting rows out of a file and parsing them; see dump.h. */
#include "features/imports/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <unistd.h>

#include "core/clock.h"

enum { PIECE = 256 * 1024 };

struct dump {
    int fd;
    char *p; /* of the file, what is being looked at: [begin, end) */
    size_t begin, end;
    int64_t line, bytes;
    bool eof, opened, closed, ended;
    bool lost; /* what follows is the rest of a broken row */
    xmlParserCtxt *xml;
    struct arena *arena; /* while a row is parsed */
    struct dump_row *row;
};

static bool piece_more(struct dump *d);
static enum dump_result stray_text(struct dump *d, struct dump_row *row, bool *any);
static enum dump_result the_end(struct dump *d, struct dump_row *row);
static enum dump_result markup(struct dump *d, struct arena *a, struct dump_row *row, bool *skip);

/* ---- the file ---- */

static void dump_close(void *p)
{
    struct dump *d = p;
    close(d->fd);
    xmlFreeParserCtxt(d->xml);
}

static void row_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int namespaces_n, const xmlChar **namespaces, int n, int defaulted,
                      const xmlChar **attributes);
static void row_error(void *ctx, xmlError *error);

struct dump *dump_open(struct arena *a, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct dump *d = arena_make(a, struct dump);
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC, .startElementNs = row_start, .serror = row_error};
    *d = (struct dump){.fd = fd, .p = arena_alloc(a, DUMP_ROW_MAX + PIECE), .line = 1};
    d->xml = xmlCreatePushParserCtxt(&sax, d, NULL, 0, NULL);
    xmlCtxtUseOptions(d->xml, XML_PARSE_NOENT | XML_PARSE_NONET);
    arena_defer(a, dump_close, d);
    if (piece_more(d) && d->end >= 3 && memcmp(d->p, "\xEF\xBB\xBF", 3) == 0)
        d->begin = 3;
    return d;
}

/* False at the end of the file, or when what is looked at fills the buffer. */
static bool piece_more(struct dump *d)
{
    if (d->begin) {
        memmove(d->p, d->p + d->begin, d->end - d->begin);
        d->end -= d->begin;
        d->begin = 0;
    }
    while (!d->eof && d->end < DUMP_ROW_MAX) {
        ssize_t n = read(d->fd, d->p + d->end, PIECE);
        if (n > 0) {
            d->end += (size_t)n;
            d->bytes += n;
            return true;
        }
        if (n < 0 && errno == EINTR)
            continue;
        d->eof = true;
    }
    return false;
}

static struct str rest(const struct dump *d)
{
    return str_make(d->p + d->begin, d->end - d->begin);
}

/* Steps over n bytes, counting lines. */
static void step(struct dump *d, size_t n)
{
    const char *p = d->p + d->begin, *end = p + n;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        d->line++;
        p++;
    }
    d->begin += n;
}

static enum dump_result broken(struct dump_row *row, struct str why)
{
    row->why = why;
    return DUMP_BROKEN;
}

enum dump_result dump_next(struct dump *d, struct arena *a, struct dump_row *row)
{
    for (;;) {
        *row = (struct dump_row){.line = d->line};
        if (d->ended)
            return DUMP_END;
        bool stray = false, skip = false;
        enum dump_result result = stray_text(d, row, &stray);
        if (stray)
            return result;
        if (d->begin == d->end)
            return the_end(d, row);
        row->line = d->line;
        result = markup(d, a, row, &skip);
        if (!skip)
            return result;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Steps to the next '<' or the end; *any: there was more than blanks before it. */
static enum dump_result stray_text(struct dump *d, struct dump_row *row, bool *any)
{
    do {
        struct str s = rest(d);
        size_t n = 0;
        while (n < s.n && s.p[n] != '<') {
            if (!is_blank(s.p[n]) && !*any && !d->lost) {
                step(d, n);
                row->line = d->line;
                s = rest(d);
                n = 0;
                *any = true;
            }
            n++;
        }
        step(d, n);
    } while (d->begin == d->end && piece_more(d));
    return *any ? broken(row, S("text outside of a row")) : DUMP_END;
}

int64_t dump_bytes(const struct dump *d)
{
    return d->bytes;
}

bool dump_whole(const struct dump *d)
{
    return d->closed;
}

static enum dump_result the_end(struct dump *d, struct dump_row *row)
{
    d->ended = true;
    if (d->closed)
        return DUMP_END;
    return broken(row, d->opened ? S("the file ends too early") : S("the file holds no rows"));
}

/* ---- what begins with '<' ---- */

/* Length up to and with `mark`, reading on as needed; 0 when the file ends before it. */
static size_t through(struct dump *d, struct str mark)
{
    do {
        ptrdiff_t at = str_find_str(rest(d), mark);
        if (at >= 0)
            return (size_t)at + mark.n;
    } while (piece_more(d));
    return 0;
}

/* Length of the tag that begins here. *whole is false when it ends at the file's end, at another
 * '<', or grew too long. */
static size_t tag_length(struct dump *d, bool *whole)
{
    size_t i = 1;
    char quote = 0;
    *whole = false;
    for (;;) {
        struct str s = rest(d);
        for (; i < s.n; i++) {
            char c = s.p[i];
            if (c == '<')
                return i;
            if (quote) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                *whole = true;
                return i + 1;
            }
        }
        if (!piece_more(d))
            return i;
    }
}

static enum dump_result row_parse(struct dump *d, struct arena *a, struct dump_row *row,
                                  struct str tag);

static struct str tag_name(struct str tag)
{
    size_t n = 1;
    while (n < tag.n && !is_blank(tag.p[n]) && tag.p[n] != '>' && tag.p[n] != '/')
        n++;
    return str_make(tag.p + 1, n - 1);
}

/* An element: a row, the one around all rows, or something that does not belong here. */
static enum dump_result element(struct dump *d, struct arena *a, struct dump_row *row, bool *skip)
{
    bool whole;
    size_t n = tag_length(d, &whole);
    struct str tag = str_first(rest(d), n), name = tag_name(tag);
    enum dump_result result = DUMP_BROKEN;
    bool is_row = str_eq(name, S("row"));
    if (d->lost && !is_row) { /* a '<' of the broken row's own */
        step(d, 1);
        *skip = true;
        return DUMP_BROKEN;
    }
    if (!whole)
        broken(row, n >= DUMP_ROW_MAX                  ? S("the row is too long")
                    : d->eof && d->begin + n == d->end ? S("the file ends inside of a row")
                                                       : S("the row has no end"));
    else if (is_row)
        result = row_parse(d, a, row, tag);
    else if (!d->opened)
        *skip = d->opened = true;
    else
        broken(row,
               str_fmt(a, "an element <" STR_FMT "> that is no row", STR_ARG(str_first(name, 40))));
    if (*skip && tag.p[n - 2] == '/')
        d->closed = true; /* <posts/> */
    d->lost = !whole;
    if (!whole && d->eof && d->begin + n == d->end)
        d->ended = true;
    step(d, n);
    return result;
}

static enum dump_result markup(struct dump *d, struct arena *a, struct dump_row *row, bool *skip)
{
    enum { LOOK = 4 };
    while (d->end - d->begin < LOOK && piece_more(d))
        ;
    struct str s = rest(d), mark = S(">");
    bool comment = str_starts(s, S("<!--"));
    if (!comment && !str_starts(s, S("<?")) && !str_starts(s, S("<!")) && !str_starts(s, S("</")))
        return element(d, a, row, skip);
    if (comment)
        mark = S("-->");
    else if (s.p[1] == '?')
        mark = S("?>");
    size_t n = through(d, mark);
    s = rest(d);
    *skip = n > 0;
    if (str_starts(s, S("</")) && !str_eq(tag_name(str_from(s, 1)), S("row")))
        d->closed = *skip, d->lost = false;
    if (n)
        step(d, n);
    else
        step(d, s.n);
    if (*skip && s.p[1] == '!' && !comment) {
        *skip = false;
        return broken(row, S("a declaration, which is not read"));
    }
    d->ended |= !*skip && d->eof;
    return broken(row, S("the file ends too early"));
}

/* ---- one row ---- */

static void row_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int namespaces_n, const xmlChar **namespaces, int n, int defaulted,
                      const xmlChar **attributes)
{
    (void)name, (void)prefix, (void)uri, (void)namespaces_n, (void)namespaces, (void)defaulted;
    struct dump *d = ctx;
    d->row->attributes = arena_array(d->arena, struct dump_attribute, (size_t)n);
    for (int i = 0; i < n && d->row->n < DUMP_ATTRIBUTES; i++) {
        const xmlChar **one = attributes + (ptrdiff_t)5 * i; /* name, prefix, URI, value, its end */
        struct str value = str_make((const char *)one[3], (size_t)(one[4] - one[3]));
        d->row->attributes[d->row->n++] = (struct dump_attribute){
            str_dup(d->arena, str_of((const char *)one[0])), str_dup(d->arena, value)};
    }
}

static void row_error(void *ctx, xmlError *error)
{
    struct dump *d = ctx;
    struct str words = str_of(error->message), line = S("");
    if (!d->row->why.n && error->level >= XML_ERR_ERROR && str_split(&words, '\n', &line))
        d->row->why = str_dup(d->arena, str_trim(line));
}

static enum dump_result row_parse(struct dump *d, struct arena *a, struct dump_row *row,
                                  struct str tag)
{
    d->arena = a;
    d->row = row;
    xmlCtxtResetPush(d->xml, NULL, 0, NULL, "UTF-8");
    d->xml->replaceEntities = 1;
    bool empty = tag.p[tag.n - 2] == '/'; /* <row .../>; else the end tag follows */
    int failed = xmlParseChunk(d->xml, tag.p, (int)tag.n - 1 - empty, 0);
    failed |= xmlParseChunk(d->xml, "/>", 2, 1);
    if (!failed && d->xml->wellFormed)
        return DUMP_ROW;
    if (!row->why.n)
        row->why = S("not well-formed");
    return DUMP_BROKEN;
}

/* ---- its attributes ---- */

static const struct dump_attribute *row_find(const struct dump_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++)
        if (str_is(row->attributes[i].name, name))
            return &row->attributes[i];
    return NULL;
}

struct str row_text(const struct dump_row *row, const char *name)
{
    const struct dump_attribute *found = row_find(row, name);
    return found ? found->value : S("");
}

bool row_has(const struct dump_row *row, const char *name)
{
    return row_find(row, name) != NULL;
}

bool row_int(const struct dump_row *row, const char *name, int64_t *out)
{
    return str_int(row_text(row, name), out);
}

bool row_time(const struct dump_row *row, const char *name, int64_t *out)
{
    return clock_parse(row_text(row, name), out);
}
