/* multipart.c: the states of a multipart body; see multipart.h.
 *
 * WHY so little is looked back at: CR stands in a delimiter only at its beginning, so where a match
 * breaks, what had matched is data, and the next one can begin at the very byte that broke it.
 */
#include "http/multipart.h"

static size_t data_take(struct multipart *m, const char *p, size_t n);
static void delimiter_found(struct multipart *m);
static void line_byte(struct multipart *m, char c);
static void head_byte(struct multipart *m, char c);
static void head_read(struct multipart *m);

void multipart_refuse(struct multipart *m, int status, const char *why)
{
    if (m->state == MULTIPART_REFUSED)
        return;
    m->state = MULTIPART_REFUSED;
    m->refusal = status;
    m->why = why;
}

static bool boundary_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
        if (!letter && (!c || !strchr("'()+_,-./:=? ", c)))
            return false;
    }
    return s.n >= 1 && s.n <= MULTIPART_BOUNDARY && s.p[s.n - 1] != ' ';
}

void multipart_begin(struct multipart *m, struct str type, const struct multipart_events *events)
{
    char text[512];
    struct str boundary = {0};
    *m = (struct multipart){.events = *events, .delimiter = "\r\n--", .matched = 2};
    if (type.n < sizeof text)
        boundary = multipart_parameter(type, "boundary", text);
    if (!boundary.p || !boundary_plain(boundary)) {
        multipart_refuse(m, 400, "The boundary between the parts is not one.");
        return;
    }
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_n = 4 + boundary.n;
}

void multipart_feed(struct multipart *m, const char *p, size_t n)
{
    size_t used = 0;
    while (used < n && m->state < MULTIPART_OVER) {
        if (m->state == MULTIPART_PREAMBLE || m->state == MULTIPART_DATA)
            used += data_take(m, p + used, n - used);
        else if (m->state == MULTIPART_LINE)
            line_byte(m, p[used++]);
        else
            head_byte(m, p[used++]);
    }
}

void multipart_end(struct multipart *m)
{
    if (m->state < MULTIPART_OVER)
        multipart_refuse(m, 400, "The last part is cut short.");
}

/* ---- data ---- */

static void data_out(struct multipart *m, const char *p, size_t n)
{
    if (n && m->state == MULTIPART_DATA)
        m->events.data(m->events.ctx, p, n);
}

/* Up to the next byte that could begin a delimiter, or one byte of a delimiter. */
static size_t data_take(struct multipart *m, const char *p, size_t n)
{
    if (m->matched == 0) {
        const char *cr = memchr(p, '\r', n);
        size_t plain = cr ? (size_t)(cr - p) : n;
        data_out(m, p, plain);
        if (!cr)
            return n;
        m->matched = 1;
        return plain + 1;
    }
    if (*p == m->delimiter[m->matched]) {
        if (++m->matched == m->delimiter_n)
            delimiter_found(m);
        return 1;
    }
    size_t was = m->matched;
    m->matched = 0;
    data_out(m, m->delimiter, was);
    return 0;
}

static void delimiter_found(struct multipart *m)
{
    m->matched = m->line_n = m->head_n = 0;
    m->state = MULTIPART_LINE;
}

/* Behind a delimiter stands CR LF, or "--" at the end of all. */
static void line_byte(struct multipart *m, char c)
{
    m->line[m->line_n++] = c;
    if (m->line_n < 2)
        return;
    if (memcmp(m->line, "--", 2) == 0)
        m->state = MULTIPART_OVER;
    else if (memcmp(m->line, "\r\n", 2) != 0)
        multipart_refuse(m, 400, "Something stands behind a delimiter.");
    else if (++m->parts > MULTIPART_PARTS)
        multipart_refuse(m, 413, "Too many parts.");
    else
        m->state = MULTIPART_PART;
}

/* ---- a part's head ---- */

static void head_byte(struct multipart *m, char c)
{
    if (m->head_n == MULTIPART_HEAD) {
        multipart_refuse(m, 413, "The head of a part is too long.");
        return;
    }
    m->head[m->head_n++] = c;
    size_t n = m->head_n;
    bool line = n >= 2 && m->head[n - 2] == '\r';
    if (c == '\n' && !line)
        multipart_refuse(m, 400, "A line must end with CR and LF, which stand nowhere else.");
    else if (c == '\n' && (n == 2 || (n >= 4 && memcmp(m->head + n - 4, "\r\n\r\n", 4) == 0)))
        head_read(m);
}

static bool name_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return utf8_valid(s);
}

static void head_read(struct multipart *m)
{
    char name_text[MULTIPART_HEAD], filename_text[MULTIPART_HEAD];
    struct multipart_part part = {0};
    struct str rest = str_make(m->head, m->head_n), line;
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_find(line, ':');
        if (colon < 0 || !str_eq_nocase(str_first(line, (size_t)colon), S("content-disposition")))
            continue;
        struct str value = str_trim(str_from(line, (size_t)colon + 1)), kind = S("");
        struct str words = value;
        str_split(&words, ';', &kind);
        if (!str_eq_nocase(str_trim(kind), S("form-data")))
            continue;
        part.name = multipart_parameter(value, "name", name_text);
        part.filename = multipart_parameter(value, "filename", filename_text);
    }
    if (!part.name.p || !part.name.n || !name_clean(part.name) || !name_clean(part.filename)) {
        multipart_refuse(m, 400, "A part has no name, or one that cannot be read.");
        return;
    }
    m->state = MULTIPART_DATA;
    m->events.part(m->events.ctx, &part);
}

/* ---- parameters ---- */

/* One value behind '=' at *at: quoted, where a backslash guards '"' and itself, or plain. */
static struct str value_read(struct str s, size_t *at, char *to)
{
    size_t n = 0, i = *at;
    bool quoted = i < s.n && s.p[i] == '"';
    if (quoted)
        i++;
    for (; i < s.n && s.p[i] != (quoted ? '"' : ';'); i++) {
        bool guard = quoted && s.p[i] == '\\' && i + 1 < s.n;
        if (guard && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
            i++;
        if (str_starts(str_from(s, i), S("%22"))) { /* how browsers write a quote */
            to[n++] = '"';
            i += 2;
        } else {
            to[n++] = s.p[i];
        }
    }
    *at = i + (quoted && i < s.n);
    return quoted ? str_make(to, n) : str_trim(str_make(to, n));
}

struct str multipart_parameter(struct str s, const char *name, char *to)
{
    size_t at = 0;
    while (at < s.n) {
        while (at < s.n && s.p[at] != ';')
            at++;
        size_t from = ++at;
        while (at < s.n && s.p[at] != '=' && s.p[at] != ';')
            at++;
        if (at >= s.n || s.p[at] != '=')
            continue;
        struct str found = str_trim(str_make(s.p + from, at - from));
        at++;
        struct str value = value_read(s, &at, to);
        if (str_eq_nocase(found, str_of(name)))
            return value;
    }
    return (struct str){0};
}
