/* search_words.c: see search_words.h.
 *
 * WHY a folding of our own: SQLite's unicode61 and PostgreSQL's parser disagree about what a word
 * is, and PostgreSQL folds accents only with an extension that may not be installed. Scripts that
 * are not listed here are words as they stand.
 */
#include "record/search_words.h"

enum kind { GAP, NOTHING, LETTERS, ALONE };

struct folded {
    enum kind kind;
    size_t n;
    char bytes[4];
};

static bool take(struct search_scan *scan, size_t *n);
static struct folded fold(uint32_t cp);
static bool is_gap(uint32_t cp);
static bool is_alone(uint32_t cp);
static uint32_t fold_greek_cyrillic(uint32_t cp);
static bool possessive(struct str text, size_t at);

/* What ASCII folds to; 0: a gap. Most text is ASCII, and every comment written passes here. */
static const char ascii[128] = {
    ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ['A'] = 'a', 'b', 'c',
    'd',         'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n',         'o', 'p',
    'q',         'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', ['a'] = 'a', 'b', 'c',
    'd',         'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n',         'o', 'p',
    'q',         'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

static bool is_ascii_word(char c)
{
    return (unsigned char)c < 0x80 && ascii[(unsigned char)c];
}

/* A word that ends with a blank or a point, as most do: nothing of it goes on behind its ASCII. */
static bool ends_plainly(struct str text, size_t at)
{
    return at == text.n ||
           ((unsigned char)text.p[at] < 0x80 && !is_ascii_word(text.p[at]) && text.p[at] != '\'');
}

/* Where the next word begins; those that begin with another letter than is sought are passed. */
static size_t find_start(const struct search_scan *scan)
{
    const char *p = scan->text.p;
    size_t at = scan->at, end = scan->text.n;
    for (;;) {
        while (at < end && (unsigned char)p[at] < 0x80 && !ascii[(unsigned char)p[at]] &&
               p[at] != SEARCH_MARK)
            at++;
        if (!scan->begins || at == end || !is_ascii_word(p[at]) ||
            scan->begins[(unsigned char)ascii[(unsigned char)p[at]]])
            return at;
        size_t start = at;
        while (at < end && is_ascii_word(p[at]))
            at++;
        if (!ends_plainly(scan->text, at))
            return start;
    }
}

/* Takes ASCII letters and digits as far as they go. */
static size_t scan_ascii(struct search_scan *scan)
{
    const char *p = scan->text.p;
    size_t at = find_start(scan), end = scan->text.n, n = 0;
    scan->from = at;
    while (n < SEARCH_WORD_MAX && at < end && is_ascii_word(p[at]))
        scan->buffer[n++] = ascii[(unsigned char)p[at++]];
    if (n)
        scan->to = at;
    scan->at = at;
    return n;
}

bool search_scan_next(struct search_scan *scan)
{
    size_t n = scan_ascii(scan);
    scan->full = false;
    if (n == 0 || !ends_plainly(scan->text, scan->at))
        while (scan->at < scan->text.n && take(scan, &n))
            ;
    size_t mark = n > 0 && scan->buffer[0] == SEARCH_MARK;
    if (n == mark)
        n = 0;
    if (n >= 4 + mark && !scan->whole && scan->buffer[n - 1] == 's' && scan->buffer[n - 2] != 's')
        n--;
    scan->word = str_make(scan->buffer, n);
    return n > 0;
}

/* Takes the character at scan->at if it belongs to the word; false: the word ends before or with
 * it. */
static bool take(struct search_scan *scan, size_t *n)
{
    size_t start = scan->at, next = start;
    uint32_t cp = utf8_next(scan->text, &next);
    struct folded f = fold(cp);
    bool marked = *n == 1 && scan->buffer[0] == SEARCH_MARK;
    if (f.kind == GAP && marked)
        *n = 0; /* a mark without a word */
    if (*n > 0 && (f.kind == GAP || (f.kind == ALONE && !marked))) {
        if ((cp == '\'' || cp == 0x2019) && possessive(scan->text, next))
            scan->at = next + 1;
        return false;
    }
    scan->at = next;
    if (f.kind == NOTHING || (f.kind == GAP && cp != SEARCH_MARK))
        return true;
    if (*n == 0)
        scan->from = start;
    scan->to = next;
    if (f.kind == GAP)
        f = (struct folded){LETTERS, 1, {SEARCH_MARK}};
    if (*n + f.n > SEARCH_WORD_MAX)
        scan->full = true;
    if (!scan->full) {
        memcpy(scan->buffer + *n, f.bytes, f.n);
        *n += f.n;
    }
    return f.kind != ALONE;
}

/* After an apostrophe: an s that ends the word? */
static bool possessive(struct str text, size_t at)
{
    if (at >= text.n || (text.p[at] != 's' && text.p[at] != 'S'))
        return false;
    if (at + 1 >= text.n)
        return true;
    unsigned char after = (unsigned char)text.p[at + 1];
    return after < 0x80 ? !ascii[after] : after < 0xC3;
}

static struct folded fold(uint32_t cp)
{
    struct folded f = {.kind = LETTERS, .n = 1};
    if (cp < 0x80) {
        f.bytes[0] = ascii[cp];
        f.kind = ascii[cp] ? LETTERS : GAP;
        return f;
    }
    if ((cp >= 0x300 && cp < 0x370) || cp == 0xAD || cp == 0x200D || (cp >= 0xFE00 && cp < 0xFE10))
        return (struct folded){.kind = NOTHING}; /* combining accents, soft hyphen, joiners */
    if (is_gap(cp))
        return (struct folded){.kind = GAP};
    f.bytes[0] = str_fold_latin(cp, &f.bytes[1]);
    if (f.bytes[0]) {
        f.n = f.bytes[1] ? 2 : 1;
        return f;
    }
    if (cp >= 0xFF01 && cp <= 0xFF5E)
        return fold(cp - 0xFF01 + '!'); /* full width forms of ASCII */
    f.kind = is_alone(cp) ? ALONE : LETTERS;
    f.n = utf8_put(f.bytes, fold_greek_cyrillic(cp));
    return f;
}

static bool is_gap(uint32_t cp)
{
    static const uint32_t gaps[][2] = {
        {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
        {0xF7, 0xF7},     {0x37E, 0x37E},   {0x387, 0x387},   {0x55A, 0x55F},   {0x589, 0x58A},
        {0x5BE, 0x5BE},   {0x60C, 0x60D},   {0x61B, 0x61F},   {0x66A, 0x66D},   {0x6D4, 0x6D4},
        {0x964, 0x965},   {0xE4F, 0xE4F},   {0x2000, 0x200C}, {0x200E, 0x2BFF}, {0x3000, 0x3004},
        {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x303D}, {0x30FB, 0x30FB}, {0xE000, 0xF8FF},
        {0xFE10, 0xFE6F}, {0xFEFF, 0xFEFF}, {0xFF5F, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
    };
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps && cp >= gaps[i][0]; i++)
        if (cp <= gaps[i][1])
            return true;
    return false;
}

static bool is_alone(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x20000 && cp <= 0x3FFFF);
}

static uint32_t fold_greek_cyrillic(uint32_t cp)
{
    static const struct {
        uint16_t from, to;
    } accented[] = {
        {0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7}, {0x38A, 0x3B9}, {0x38C, 0x3BF},
        {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x390, 0x3B9}, {0x3AA, 0x3B9}, {0x3AB, 0x3C5},
        {0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3B0, 0x3C5},
        {0x3C2, 0x3C3}, {0x3CA, 0x3B9}, {0x3CB, 0x3C5}, {0x3CC, 0x3BF}, {0x3CD, 0x3C5},
        {0x3CE, 0x3C9}, {0x400, 0x435}, {0x401, 0x435}, {0x403, 0x433}, {0x407, 0x456},
        {0x40C, 0x43A}, {0x40D, 0x438}, {0x40E, 0x443}, {0x419, 0x438}, {0x439, 0x438},
        {0x450, 0x435}, {0x451, 0x435}, {0x453, 0x433}, {0x457, 0x456}, {0x45C, 0x43A},
        {0x45D, 0x438}, {0x45E, 0x443},
    };
    if (cp < 0x386 || cp >= 0x530)
        return cp;
    for (size_t i = 0; i < sizeof accented / sizeof *accented; i++)
        if (accented[i].from == cp)
            return accented[i].to;
    if ((cp >= 0x391 && cp <= 0x3A9 && cp != 0x3A2) || (cp >= 0x410 && cp <= 0x42F))
        return cp + 0x20;
    if (cp >= 0x400 && cp <= 0x40F)
        return cp + 0x50;
    if ((cp >= 0x460 && cp <= 0x481) || (cp >= 0x48A && cp <= 0x4BF) || cp >= 0x4D0)
        return cp | 1; /* pairs: upper is even */
    return cp;
}
