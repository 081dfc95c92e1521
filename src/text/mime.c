/* mime.c: see mime.h.
 *
 * WHY quoted-printable and not 8bit: it passes every server, is never packed anew on its way (so a
 * signature that the server puts on stays right), and English text stays readable.
 */
#include "text/mime.h"

#include "core/clock.h"
#include "core/out.h"

enum { LINE = 76, FOLD = 78, WORD = 75, LETTER_MAX = 16 << 20 };

/* RULE 2. A line end is one blank. */
static struct str one_line(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool control = (unsigned char)s.p[i] < ' ' || s.p[i] == 127;
        if (!control || (n && p[n - 1] != ' '))
            p[n++] = control ? ' ' : s.p[i];
    }
    return str_trim(str_make(p, n));
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* ---- encoded words ---- */

static bool stands_for_itself(unsigned char c) /* RFC 2047, 5.3: also inside a phrase */
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '!' ||
           c == '*' || c == '+' || c == '-' || c == '/';
}

static void encode_char(struct out *o, struct str c)
{
    for (size_t i = 0; i < c.n; i++) {
        unsigned char byte = (unsigned char)c.p[i];
        if (byte == ' ')
            out_char(o, '_');
        else if (stands_for_itself(byte))
            out_char(o, (char)byte);
        else
            out_fmt(o, "=%02X", byte);
    }
}

static size_t encoded_length(struct str c)
{
    size_t n = 0;
    for (size_t i = 0; i < c.n; i++)
        n += c.p[i] == ' ' || stands_for_itself((unsigned char)c.p[i]) ? 1 : 3;
    return n;
}

/* RULE 3: one character after another, and a new word where the line is full. */
static void encode_words(struct out *o, struct str s, size_t used)
{
    struct str begin = S("=?UTF-8?Q?"), end = S("?=");
    size_t column = used + begin.n;
    out_str(o, begin);
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        utf8_next(s, &at);
        struct str c = str_make(s.p + from, at - from);
        size_t n = encoded_length(c);
        if (column + n + end.n > WORD) {
            out_str(o, end);
            out_lit(o, "\r\n ");
            out_str(o, begin);
            column = 1 + begin.n;
        }
        encode_char(o, c);
        column += n;
    }
    out_str(o, end);
}

/* At blanks, as far as there are any; the blank begins the next line. */
static void fold(struct out *o, struct str s, size_t used)
{
    struct str word;
    bool first = true;
    while (str_split(&s, ' ', &word)) {
        if (!first && used + 1 + word.n > FOLD) {
            out_lit(o, "\r\n");
            used = 0;
        }
        if (!first)
            out_char(o, ' ');
        used += word.n + !first;
        out_str(o, word);
        first = false;
    }
}

struct str mime_words(struct arena *a, struct str text, size_t used)
{
    struct out o;
    struct str s = one_line(a, text);
    bool long_word = false;
    struct str rest = s, word;
    while (str_split(&rest, ' ', &word))
        long_word = long_word || word.n > WORD - 1;
    out_init(&o, LETTER_MAX);
    if (is_ascii(s) && !long_word && !str_has(s, S("=?")) && !str_has(s, S("  ")))
        fold(&o, s, used);
    else
        encode_words(&o, s, used);
    return out_take(&o, a);
}

/* ---- quoted-printable ---- */

static bool is_plain(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    if (c == ' ' || c == '\t') /* not at the end of a line */
        return i + 1 < s.n && s.p[i + 1] != '\n';
    return c > ' ' && c < 127 && c != '=';
}

struct str mime_quoted_printable(struct arena *a, struct str s) /* RULE 4 */
{
    struct out o;
    size_t column = 0;
    out_init(&o, LETTER_MAX);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n') {
            out_lit(&o, "\r\n");
            column = 0;
            continue;
        }
        bool plain = is_plain(s, i);
        bool ends = i + 1 == s.n || s.p[i + 1] == '\n';
        size_t n = plain ? 1 : 3;
        if (column + n > (size_t)(ends ? LINE : LINE - 1)) {
            out_lit(&o, "=\r\n");
            column = 0;
        }
        if (plain)
            out_char(&o, s.p[i]);
        else
            out_fmt(&o, "=%02X", (unsigned char)s.p[i]);
        column += n;
    }
    return out_take(&o, a);
}

/* ---- the letter ---- */

static void header(struct out *o, struct arena *a, const char *name, struct str value)
{
    struct str line = one_line(a, value);
    out_str(o, str_of(name));
    out_lit(o, ": ");
    fold(o, line, strlen(name) + 2);
    out_lit(o, "\r\n");
}

static void header_words(struct out *o, struct arena *a, const char *name, struct str value)
{
    out_str(o, str_of(name));
    out_lit(o, ": ");
    out_str(o, mime_words(a, value, strlen(name) + 2));
    out_lit(o, "\r\n");
}

/* In quotes; a quoted name cannot be folded, so a long one is encoded like what is not ASCII. */
static struct str name_quoted(struct arena *a, struct str name)
{
    struct out o;
    out_init(&o, LETTER_MAX);
    out_char(&o, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            out_char(&o, '\\');
        out_char(&o, name.p[i]);
    }
    out_char(&o, '"');
    return out_take(&o, a);
}

static void header_from(struct out *o, struct arena *a, const struct mime_letter *l)
{
    struct str name = one_line(a, l->from_name), quoted = name_quoted(a, name),
               before = S("From: ");
    out_str(o, before);
    if (!is_ascii(name) || before.n + quoted.n > FOLD)
        encode_words(o, name, before.n);
    else if (name.n)
        out_str(o, quoted);
    if (name.n)
        out_lit(o, "\r\n ");
    out_char(o, '<');
    out_str(o, one_line(a, l->from_address));
    out_lit(o, ">\r\n");
}

static void part(struct out *o, struct arena *a, const char *type, struct str text)
{
    out_fmt(o, "Content-Type: %s; charset=utf-8\r\n", type);
    out_lit(o, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    out_str(o, mime_quoted_printable(a, text));
    out_lit(o, "\r\n");
}

/* "=_" stands in no quoted-printable text, so nothing in the parts looks like it (RFC 2045). */
#define BOUNDARY "=_skep_part_of_this_letter"

struct str mime_write(struct arena *a, const struct mime_letter *l)
{
    struct out o;
    char date[32];
    out_init(&o, LETTER_MAX);
    struct str at = clock_http(date, l->date);
    header(&o, a, "Date",
           str_fmt(a, STR_FMT "+0000", STR_ARG(str_first(at, at.n > 3 ? at.n - 3 : 0))));
    header(&o, a, "Message-ID", str_fmt(a, "<" STR_FMT ">", STR_ARG(l->message_id)));
    header_from(&o, a, l);
    header(&o, a, "To", l->to_address);
    header_words(&o, a, "Subject", l->subject);
    for (size_t i = 0; i < l->headers_n; i++)
        header(&o, a, str_cstr(a, l->headers[i].name), l->headers[i].value);
    out_lit(&o, "MIME-Version: 1.0\r\n");
    if (!l->html.n) {
        part(&o, a, "text/plain", l->text);
        return out_take(&o, a);
    }
    out_lit(&o, "Content-Type: multipart/alternative;\r\n boundary=\"" BOUNDARY "\"\r\n\r\n");
    out_lit(&o, "--" BOUNDARY "\r\n");
    part(&o, a, "text/plain", l->text);
    out_lit(&o, "--" BOUNDARY "\r\n");
    part(&o, a, "text/html", l->html);
    out_lit(&o, "--" BOUNDARY "--\r\n");
    return out_take(&o, a);
}
