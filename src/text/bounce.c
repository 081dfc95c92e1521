/* bounce.c: see bounce.h.
 *
 * WHY no MIME library: of the whole mail only one part is looked at, whose form is that of headers
 * in ASCII (RFC 3464, 2.1); to find it takes the boundary, and nothing is to be decoded.
 */
#include "text/bounce.h"

#include "text/plain.h"

enum { WHY_MAX = 300, PARTS = 20 };

const char *bounce_name(enum bounce_kind kind)
{
    static const char *const names[] = {"none", "delayed", "soft", "hard"};
    return names[kind];
}

/* ---- headers ---- */

static bool line_next(struct str *rest, struct str *line)
{
    if (!str_split(rest, '\n', line))
        return false;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

/* Takes the lines up to the first empty one off *rest. */
static struct str block_next(struct str *rest)
{
    struct str block = *rest, line;
    while (line_next(rest, &line))
        if (!line.n)
            return str_make(block.p, (size_t)(line.p - block.p));
    return block;
}

/* A header's value with its lines made one; empty: there is none. */
static struct str header_get(struct arena *a, struct str block, const char *name)
{
    struct str line, value = S("");
    size_t n = strlen(name);
    bool found = false;
    while (line_next(&block, &line)) {
        bool more = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
        if (found && !more)
            break;
        if (found)
            value = str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(value), STR_ARG(str_trim(line)));
        else if (!more && line.n > n && line.p[n] == ':' &&
                 str_eq_nocase(str_first(line, n), str_of(name))) {
            value = str_trim(str_from(line, n + 1));
            found = true;
        }
        if (value.n > 1000)
            break;
    }
    return value;
}

static bool has_nocase(struct arena *a, struct str s, const char *part)
{
    return str_has(str_lower(a, s), str_of(part));
}

static struct str boundary_of(struct arena *a, struct str type)
{
    ptrdiff_t at = str_find_str(str_lower(a, type), S("boundary="));
    if (at < 0)
        return S("");
    struct str value = str_from(type, (size_t)at + 9);
    bool quoted = value.n && value.p[0] == '"';
    if (quoted)
        value = str_from(value, 1);
    ptrdiff_t end = str_find(value, quoted ? '"' : ';');
    return str_trim(end < 0 ? value : str_first(value, (size_t)end));
}

/* ---- status codes ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One to three digits at `at`; 0: there is none. */
static size_t digits(struct str s, size_t at)
{
    size_t n = 0;
    while (n < 3 && at + n < s.n && is_digit(s.p[at + n]))
        n++;
    return n;
}

/* "5.1.1" at the beginning of s, RFC 3463; its length, 0: none. */
static size_t status_length(struct str s)
{
    if (s.n < 5 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
        return 0;
    size_t subject = digits(s, 2), detail = digits(s, 3 + subject);
    if (!subject || !detail || s.p[2 + subject] != '.') /* the detail stands within s */
        return 0;
    return 3 + subject + detail;
}

/* The first failing one in a text. */
static struct str status_find(struct str text)
{
    for (size_t i = 0; i + 5 <= text.n; i++) {
        bool begins = i == 0 || !(is_digit(text.p[i - 1]) || text.p[i - 1] == '.');
        if (!begins || (text.p[i] != '5' && text.p[i] != '4'))
            continue;
        size_t n = status_length(str_from(text, i));
        if (n && (i + n == text.n || (text.p[i + n] != '.' && !is_digit(text.p[i + n]))))
            return str_make(text.p + i, n);
    }
    return S("");
}

static struct str words_of(struct arena *a, struct str s)
{
    ptrdiff_t semicolon = str_find(s, ';'); /* "smtp; 550 No such user" */
    if (semicolon >= 0 && semicolon < 10)
        s = str_from(s, (size_t)semicolon + 1);
    return text_excerpt(a, text_clean(a, str_trim(s)), WHY_MAX);
}

/* ---- the report ---- */

static enum bounce_kind kind_of(struct arena *a, struct str action, struct str status)
{
    if (has_nocase(a, action, "delayed"))
        return BOUNCE_DELAYED;
    if (action.n && !has_nocase(a, action, "failed"))
        return BOUNCE_NONE; /* delivered, relayed, expanded */
    if (status.n && status.p[0] == '5')
        return BOUNCE_HARD;
    return status.n && status.p[0] == '2' ? BOUNCE_NONE : BOUNCE_SOFT;
}

/* The worst of the recipients; there is one block of fields for each. */
static void report_read(struct arena *a, struct str part, struct bounce *bounce)
{
    for (int i = 0; part.n && i < PARTS; i++) {
        struct str block = block_next(&part);
        struct str action = header_get(a, block, "Action"), status = header_get(a, block, "Status");
        if (!action.n && !status.n)
            continue;
        status = str_first(status, status_length(status));
        enum bounce_kind kind = kind_of(a, action, status);
        if (kind <= bounce->kind)
            continue;
        struct str why = header_get(a, block, "Diagnostic-Code");
        *bounce = (struct bounce){kind, status, words_of(a, why.n ? why : status)};
    }
}

/* The next part between boundaries; false: there is none. */
static bool part_next(struct str *rest, struct str boundary, struct str *part)
{
    struct str all = *rest, line;
    while (line_next(rest, &line))
        if (line.n >= boundary.n + 2 && str_starts(line, S("--")) &&
            str_starts(str_from(line, 2), boundary)) {
            *part = str_make(all.p, (size_t)(line.p - all.p));
            return true;
        }
    *part = all;
    return all.n > 0;
}

static bool report_find(struct arena *a, struct str type, struct str body, struct bounce *bounce)
{
    struct str boundary = boundary_of(a, type), part;
    bool found = false;
    if (!boundary.n || !has_nocase(a, str_first(type, 20), "multipart/report"))
        return false;
    for (int i = 0; i < PARTS && part_next(&body, boundary, &part); i++) {
        struct str rest = part;
        struct str kind = header_get(a, block_next(&rest), "Content-Type");
        if (!has_nocase(a, kind, "message/delivery-status"))
            continue;
        found = true;
        report_read(a, rest, bounce);
    }
    return found;
}

static bool is_from_a_server(struct arena *a, struct str head)
{
    struct str from = header_get(a, head, "From"), path = header_get(a, head, "Return-Path");
    return has_nocase(a, from, "mailer-daemon") || has_nocase(a, from, "postmaster") ||
           str_is(path, "<>");
}

struct bounce bounce_read(struct arena *a, struct str mail)
{
    struct bounce bounce = {BOUNCE_NONE, S(""), S("")};
    struct str rest = mail, head = block_next(&rest);
    if (report_find(a, header_get(a, head, "Content-Type"), rest, &bounce))
        return bounce;
    if (has_nocase(a, header_get(a, head, "Auto-Submitted"), "auto-replied") ||
        !is_from_a_server(a, head))
        return bounce;
    struct str warning = header_get(a, head, "Auto-Submitted");
    bounce.status = status_find(rest);
    bounce.kind = has_nocase(a, warning, "warning")              ? BOUNCE_DELAYED
                  : bounce.status.n && bounce.status.p[0] == '5' ? BOUNCE_HARD
                                                                 : BOUNCE_SOFT;
    bounce.why = words_of(a, header_get(a, head, "Subject"));
    return bounce;
}
