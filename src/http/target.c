/* target.c: decodes addresses piece by piece; see target.h.
 *
 * WHY segments are cut before they are decoded: whoever decodes first lets "%2F" make new
 * segments and "%2e%2e" climb.
 */
#include "http/target.h"

#include "core/arena.h"

static bool segment_add(struct target *t, struct arena *a, struct str raw);
static bool escapes_whole(struct str s);
static bool plain_text(struct str s);
static bool has_nul(struct str s);

bool target_parse(struct target *t, struct arena *a, struct str target)
{
    *t = (struct target){.path = target, .query = S("")};
    ptrdiff_t mark = str_find(target, '?');
    if (mark >= 0) {
        t->path = str_first(target, (size_t)mark);
        t->query = str_from(target, (size_t)mark + 1);
    }
    if (t->path.n == 0 || t->path.p[0] != '/' || !escapes_whole(t->path))
        return false;
    t->decoded = t->whole = str_url_decode(a, t->path, false);
    if (!plain_text(t->decoded))
        return false;
    struct str rest = str_from(t->path, 1);
    t->slash_behind = rest.n && rest.p[rest.n - 1] == '/';
    if (t->slash_behind)
        rest.n--;
    if (rest.n == 0)
        return !t->slash_behind;
    for (size_t at = 0; at <= rest.n;) {
        ptrdiff_t slash = str_find(str_from(rest, at), '/');
        size_t end = slash < 0 ? rest.n : at + (size_t)slash;
        if (!segment_add(t, a, str_make(rest.p + at, end - at)))
            return false;
        at = end + 1;
    }
    return true;
}

static bool segment_add(struct target *t, struct arena *a, struct str raw)
{
    struct str s = str_url_decode(a, raw, false);
    if (s.n == 0 || str_eq(s, S(".")) || str_eq(s, S("..")))
        return false;
    if (t->n == TARGET_SEGMENTS)
        t->deep = true;
    else
        t->segments[t->n++] = s;
    return true;
}

bool target_take_suffix(struct target *t, enum face *face)
{
    static const struct {
        struct str suffix;
        enum face face;
    } suffixes[] = {
        {{".feed.json", 10}, FACE_JSON_FEED},
        {{".json", 5}, FACE_JSON},
        {{".atom", 5}, FACE_ATOM},
        {{".rss", 4}, FACE_RSS},
        {{".opml", 5}, FACE_OPML},
        {{".csv", 4}, FACE_CSV},
        {{".vcf", 4}, FACE_CARDS},
        {{".ics", 4}, FACE_CALENDAR},
    };
    if (t->n == 0)
        return false;
    struct str *last = &t->segments[t->n - 1];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct str suffix = suffixes[i].suffix;
        if (last->n > suffix.n && str_ends(*last, suffix)) {
            last->n -= suffix.n;
            t->decoded.n -= suffix.n;
            *face = suffixes[i].face;
            return true;
        }
    }
    return false;
}

bool target_fields(struct arena *a, struct str text, struct param **fields, size_t *n)
{
    *n = 0;
    *fields = NULL;
    if (text.n == 0)
        return true;
    size_t most = 1;
    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == '&';
    if (most > TARGET_FIELDS || !escapes_whole(text))
        return false;
    *fields = arena_array(a, struct param, most);
    struct str field;
    while (str_split(&text, '&', &field)) {
        if (field.n == 0)
            continue;
        ptrdiff_t equals = str_find(field, '=');
        struct str name = equals < 0 ? field : str_first(field, (size_t)equals);
        struct str value = equals < 0 ? S("") : str_from(field, (size_t)equals + 1);
        name = str_url_decode(a, name, true);
        value = str_url_decode(a, value, true);
        if (!utf8_valid(name) || !utf8_valid(value) || has_nul(name) || has_nul(value))
            return false;
        (*fields)[(*n)++] = (struct param){name, value};
    }
    return true;
}

static bool hex(char c)
{
    char lower = c | 0x20;
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
}

static bool escapes_whole(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '%' && (s.n - i < 3 || !hex(s.p[i + 1]) || !hex(s.p[i + 2])))
            return false;
    return true;
}

static bool plain_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return utf8_valid(s);
}

static bool has_nul(struct str s)
{
    return s.n && memchr(s.p, 0, s.n) != NULL;
}
