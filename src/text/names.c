/* names.c: see names.h.
 *
 * WHY no table of all letters: beyond ASCII, what lies in U+00C0..U+1FFF (Latin, Greek, Cyrillic,
 * Arabic, the Indic scripts...) is taken for letters, what lies above (punctuation, symbols, emoji,
 * and the scripts of East Asia, which set no blanks between words) for the end of a word.
 */
#include "text/names.h"

enum { HANDLE_MAX = 39, TAG_MAX = 49 };

static bool letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool digit(unsigned char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool word(uint32_t cp)
{
    if (cp < 0x80)
        return letter((unsigned char)cp) || digit((unsigned char)cp) || cp == '_';
    return cp >= 0xC0 && cp < 0x2000 && cp != 0xD7 && cp != 0xF7;
}

size_t names_next(struct str s, size_t at)
{
    while (at < s.n && s.p[at] != '@' && s.p[at] != '#')
        at++;
    return at;
}

uint32_t names_last(struct str s)
{
    size_t at = s.n - 1;
    while (at > 0 && s.n - at < 4 && ((unsigned char)s.p[at] & 0xC0) == 0x80)
        at--;
    return utf8_next(s, &at);
}

static bool goes_on(struct str rest)
{
    size_t at = 0;
    return rest.n && word(utf8_next(rest, &at));
}

static size_t handle_length(struct str s)
{
    size_t n = 0;
    while (n < s.n && n < HANDLE_MAX) {
        unsigned char c = (unsigned char)s.p[n];
        bool mark = c == '.' || c == '-';
        if (!letter(c) && !digit(c) && c != '_' && !(mark && n))
            break;
        n++;
    }
    size_t end = n;
    while (end && (s.p[end - 1] == '.' || s.p[end - 1] == '-'))
        end--;
    struct str rest = str_from(s, n);
    bool address = rest.n && rest.p[0] == '@' && goes_on(str_from(rest, 1)); /* @a@host */
    return address || goes_on(rest) ? 0 : end;
}

static size_t tag_length(struct str s)
{
    size_t n = 0;
    while (n < s.n && n < TAG_MAX) {
        unsigned char c = (unsigned char)s.p[n];
        if (!letter(c) && !(n && (digit(c) || c == '-')))
            break;
        n++;
    }
    bool too_long = goes_on(str_from(s, n));
    while (n && s.p[n - 1] == '-')
        n--;
    return too_long ? 0 : n;
}

size_t names_length(struct str s, size_t at, uint32_t before)
{
    if (at)
        before = names_last(str_first(s, at));
    if (word(before) || before == '/' || before == '@')
        return 0;
    struct str rest = str_from(s, at + 1);
    return s.p[at] == '@' ? handle_length(rest) : tag_length(rest);
}
