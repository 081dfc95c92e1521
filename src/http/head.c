/* head.c: http-parser reads the head, and the rules of intake.h are checked on what it read.
 *
 * WHY both: http-parser 2.9 is a maintained, fuzzed tokenizer, but it takes folded headers, bare
 * LFs and blanks that others read differently. What passes here is read one way only.
 * llhttp has the same callbacks; moving to it changes this file and nothing else.
 */
#include "http/head.h"

#include <http_parser.h>
#include <string.h>

#include "core/arena.h"

static int on_url(http_parser *p, const char *at, size_t n);
static int on_field(http_parser *p, const char *at, size_t n);
static int on_value(http_parser *p, const char *at, size_t n);
static int on_end(http_parser *p);
static void parser_refusal(struct intake *in, const http_parser *p);
static bool line_is_plain(struct intake *in, const http_parser *p);
static bool headers_plain(struct intake *in);
static void framing(struct intake *in);
static void framing_length(struct intake *in, const struct param *length, size_t n);
static void framing_host(struct intake *in, const struct param *host, size_t n);
static void connection_options(struct intake *in, struct str value);
static void target_form(struct intake *in);

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_end,
};

static const enum verb verbs[] = {
    [HTTP_GET] = VERB_GET,         [HTTP_HEAD] = VERB_HEAD,   [HTTP_POST] = VERB_POST,
    [HTTP_PUT] = VERB_PUT,         [HTTP_PATCH] = VERB_PATCH, [HTTP_DELETE] = VERB_DELETE,
    [HTTP_OPTIONS] = VERB_OPTIONS,
};

void head_parse(struct intake *in)
{
    http_parser p;
    http_parser_init(&p, HTTP_REQUEST);
    p.data = in;
    in->headers = arena_alloc(in->arena, in->lines * sizeof *in->headers);
    size_t used = http_parser_execute(&p, &settings, in->head, in->head_n);
    if (HTTP_PARSER_ERRNO(&p) != HPE_OK) {
        parser_refusal(in, &p);
        return;
    }
    if (p.http_major != 1 || p.http_minor > 1) {
        intake_refuse(in, 505, "This server speaks HTTP/1.1.");
        return;
    }
    in->http10 = p.http_minor == 0;
    in->keep_alive = !in->http10;
    if (p.method < sizeof verbs / sizeof *verbs)
        in->verb = verbs[p.method];
    if (in->verb == VERB_NONE)
        intake_refuse(in, 501, "This server does not know the method.");
    else if (used != in->head_n || !line_is_plain(in, &p) || !headers_plain(in))
        intake_refuse(in, 400, "The head of the request can be read in more than one way.");
    else
        framing(in);
}

/* The whole head is given in one piece, so each call brings a whole part. */
static int on_url(http_parser *p, const char *at, size_t n)
{
    struct intake *in = p->data;
    in->target = str_make(at, n);
    return 0;
}

static int on_field(http_parser *p, const char *at, size_t n)
{
    struct intake *in = p->data;
    if (in->headers_n + 1 >= in->lines)
        return 1;
    in->headers[in->headers_n++] = (struct param){str_make(at, n), S("")};
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
    struct intake *in = p->data;
    if (in->headers_n == 0)
        return 1;
    /* Blanks and tabs only: other white space around "chunked" is an attack, and stays in view. */
    while (n && (*at == ' ' || *at == '\t'))
        at++, n--;
    while (n && (at[n - 1] == ' ' || at[n - 1] == '\t'))
        n--;
    in->headers[in->headers_n - 1].value = str_make(at, n);
    return 0;
}

static int on_end(http_parser *p)
{
    (void)p;
    return 1; /* the body is not the parser's */
}

static void parser_refusal(struct intake *in, const http_parser *p)
{
    enum http_errno e = HTTP_PARSER_ERRNO(p);
    if (e == HPE_INVALID_METHOD && head_is_token((unsigned char)in->head[0]))
        intake_refuse(in, 501, "This server does not know the method.");
    else if (e == HPE_INVALID_VERSION)
        intake_refuse(in, 505, "This server speaks HTTP/1.1.");
    else
        intake_refuse(in, 400, "The request cannot be read.");
}

/* One blank on each side of the target, and a target of visible ASCII. */
static bool line_is_plain(struct intake *in, const http_parser *p)
{
    size_t method = strlen(http_method_str((enum http_method)p->method));
    if (in->target.p != in->head + method + 1)
        return false;
    const char *after = in->target.p + in->target.n;
    if (in->head_n < method + 1 + in->target.n + 11 || memcmp(after, " HTTP/1.", 8) != 0 ||
        after[9] != '\r')
        return false;
    if (in->target.n > INTAKE_TARGET_MAX)
        return intake_refuse(in, 414, "The address is too long."), true;
    for (size_t i = 0; i < in->target.n; i++)
        if ((unsigned char)in->target.p[i] <= ' ' || (unsigned char)in->target.p[i] >= 0x7f ||
            in->target.p[i] == '#')
            return false;
    return true;
}

static bool headers_plain(struct intake *in)
{
    size_t bytes = 0;
    if (in->headers_n + 1 != in->lines)
        return false;
    for (size_t i = 0; i < in->headers_n; i++) {
        struct str name = in->headers[i].name, value = in->headers[i].value;
        if (name.n == 0 || name.p[name.n] != ':')
            return false;
        for (size_t k = 0; k < name.n; k++)
            if (!head_is_token((unsigned char)name.p[k]))
                return false;
        for (size_t k = 0; k < value.n; k++)
            if (((unsigned char)value.p[k] < ' ' && value.p[k] != '\t') || value.p[k] == 0x7f)
                return false;
        bytes += name.n + value.n + 4;
    }
    if (bytes > INTAKE_HEADERS_MAX)
        intake_refuse(in, 431, "The headers are too long.");
    return true;
}

/* ---- what the headers say about the message ---- */

enum known { KNOWN_LENGTH, KNOWN_ENCODING, KNOWN_HOST, KNOWN_EXPECT, KNOWN_N };

static const struct str known_names[KNOWN_N] = {
    [KNOWN_LENGTH] = {"content-length", 14},
    [KNOWN_ENCODING] = {"transfer-encoding", 17},
    [KNOWN_HOST] = {"host", 4},
    [KNOWN_EXPECT] = {"expect", 6},
};

static void framing(struct intake *in)
{
    const struct param *found[KNOWN_N] = {0};
    size_t count[KNOWN_N] = {0};
    for (size_t i = 0; i < in->headers_n; i++) {
        const struct param *h = &in->headers[i];
        for (int k = 0; k < KNOWN_N; k++)
            if (h->name.n == known_names[k].n && str_eq_nocase(h->name, known_names[k])) {
                found[k] = h;
                count[k]++;
            }
        if (h->name.n == 10 && str_eq_nocase(h->name, S("connection")))
            connection_options(in, h->value);
    }
    in->chunked = count[KNOWN_ENCODING] > 0;
    if (in->chunked && (count[KNOWN_ENCODING] > 1 || in->http10 || count[KNOWN_LENGTH] ||
                        !str_eq_nocase(found[KNOWN_ENCODING]->value, S("chunked"))))
        intake_refuse(in, 400, "The length of the body is said in more than one way.");
    framing_length(in, found[KNOWN_LENGTH], count[KNOWN_LENGTH]);
    target_form(in);
    framing_host(in, found[KNOWN_HOST], count[KNOWN_HOST]);
    if (count[KNOWN_EXPECT]) {
        in->expects = !in->http10;
        if (!str_eq_nocase(found[KNOWN_EXPECT]->value, S("100-continue")))
            intake_refuse(in, 417, "This server cannot meet that expectation.");
    }
}

static void framing_length(struct intake *in, const struct param *length, size_t n)
{
    bool takes_body = in->verb == VERB_POST || in->verb == VERB_PUT || in->verb == VERB_PATCH;
    if (n == 0 && in->http10 && takes_body)
        intake_refuse(in, 411, "A body of HTTP/1.0 needs its Content-Length.");
    if (n == 0)
        return;
    struct str v = length->value;
    if (n > 1 || v.n == 0 || v.n > 15) {
        intake_refuse(in, 400, "Content-Length must be there once, as a number.");
        return;
    }
    in->length = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') {
            intake_refuse(in, 400, "Content-Length must be a number.");
            return;
        }
        in->length = in->length * 10 + (v.p[i] - '0');
    }
}

static void framing_host(struct intake *in, const struct param *host, size_t n)
{
    if (n > 1 || (n == 0 && !in->http10)) {
        intake_refuse(in, 400, "Host must be there exactly once.");
        return;
    }
    if (n)
        in->host = host->value;
    if (n && !head_host_ok(in->host))
        intake_refuse(in, 400, "Host must name a host.");
    if (in->authority.n == 0)
        return;
    if (n && !str_eq_nocase(in->authority, in->host))
        intake_refuse(in, 400, "The address and Host name different hosts.");
    in->host = in->authority;
}

static void connection_options(struct intake *in, struct str value)
{
    struct str option;
    while (str_split(&value, ',', &option)) {
        option = str_trim(option);
        if (str_eq_nocase(option, S("close"))) {
            in->keep_alive = false;
            return;
        }
        if (in->http10 && str_eq_nocase(option, S("keep-alive")))
            in->keep_alive = true;
    }
}

/* origin-form "/path", asterisk-form of OPTIONS, or absolute-form, whose host is taken off. */
static void target_form(struct intake *in)
{
    struct str t = in->target;
    if ((t.n && t.p[0] == '/') || (in->verb == VERB_OPTIONS && str_eq(t, S("*"))))
        return;
    size_t scheme = t.n > 7 && str_eq_nocase(str_first(t, 7), S("http://"))    ? 7
                    : t.n > 8 && str_eq_nocase(str_first(t, 8), S("https://")) ? 8
                                                                               : 0;
    if (!scheme) {
        intake_refuse(in, 400, "The address must start with a slash.");
        return;
    }
    struct str rest = str_from(t, scheme);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
        end++;
    in->authority = str_first(rest, end);
    in->target = end == rest.n ? S("/") : str_from(rest, end);
    if (!head_host_ok(in->authority) || in->target.p[0] != '/')
        intake_refuse(in, 400, "The address must name a host and a path.");
}

bool head_is_token(unsigned char c)
{
    static const bool others[128] = {
        ['!'] = true,  ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
        ['\''] = true, ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,
        ['^'] = true,  ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
    };
    unsigned char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c < 128 && others[c]);
}

static bool name_char(char c)
{
    char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static bool address_char(char c)
{
    char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

/* Letters, digits, "-._~", "[...]" with colons inside, and a port. Names with % or ; or , are
 * legal in RFC 3986 but in nobody's DNS. */
bool head_host_ok(struct str host)
{
    size_t i = 0;
    if (host.n && host.p[0] == '[') {
        ptrdiff_t end = str_find(host, ']');
        for (i = 1; end > 0 && i < (size_t)end; i++)
            if (!address_char(host.p[i]))
                return false;
        if (end < 3)
            return false;
        i = (size_t)end + 1;
    } else {
        while (i < host.n && name_char(host.p[i]))
            i++;
        if (i == 0)
            return false;
    }
    if (i == host.n)
        return true;
    if (host.p[i] != ':' || host.n - i > 6)
        return false;
    for (i++; i < host.n; i++)
        if (host.p[i] < '0' || host.p[i] > '9')
            return false;
    return true;
}
