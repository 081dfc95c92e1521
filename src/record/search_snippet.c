/* search_snippet.c: see search_snippet.h. */
#include "record/search_snippet.h"

#include "core/arena.h"
#include "core/out.h"
#include "record/search_words.h"

enum {
    HITS = 64,
    WORDS = 64, /* of the query that are marked */
    READ_MAX = 16 * 1024,
    ROUND = 24 /* bytes of context before the first match */
};

struct hit {
    size_t from, to;
    int term;
};

/* A word of the query: what a text's words are compared with. */
struct sought {
    struct str word;
    int term;
    bool prefix;
};

struct search_marks {
    struct sought sought[WORDS];
    size_t n;
    bool begins[256]; /* the first bytes of them: most words of a text are none of these */
};

static size_t find_hits(const struct search_marks *marks, struct str text, struct hit *hits);
static size_t best_start(const struct hit *hits, size_t n);
static size_t step_back(struct str text, size_t from, size_t bytes);
static void put_marked(struct out *o, struct str text, size_t from, size_t to,
                       const struct hit *hits, size_t n);
static void put_text(struct out *o, struct str text, size_t from, size_t to);

static void seek(struct search_marks *marks, struct str word, int term, bool prefix)
{
    if (word.n == 0 || marks->n == WORDS)
        return;
    marks->sought[marks->n++] = (struct sought){word, term, prefix};
    marks->begins[(unsigned char)word.p[0]] = true;
}

const struct search_marks *search_marks(struct arena *a, const struct search_terms *terms)
{
    struct search_marks *marks = arena_make(a, struct search_marks);
    for (int i = 0; i < terms->n; i++) {
        const struct search_term *t = &terms->term[i];
        struct str rest = t->words, part;
        if (t->without)
            continue;
        while (str_split(&rest, ' ', &part)) /* words of a phrase count one by one */
            seek(marks, part, i, false);
        seek(marks, t->prefix.n ? t->prefix : t->open ? t->words : S(""), i, true);
    }
    return marks;
}

struct str search_snippet(struct arena *a, const struct search_marks *marks, struct str text)
{
    struct hit hits[HITS];
    struct out o;
    text = str_trim(text);
    if (text.n > READ_MAX)
        text.n = step_back(text, READ_MAX, 0);
    size_t n = find_hits(marks, text, hits), from = 0;
    if (n)
        from = step_back(text, hits[best_start(hits, n)].from, ROUND);
    size_t to = from + utf8_first(str_from(text, from), SEARCH_SNIPPET).n;
    if (to < text.n)
        to = step_back(text, to, 0) > from ? step_back(text, to, 0) : to;

    out_init(&o, 8 * READ_MAX);
    if (from > 0)
        out_lit(&o, "… ");
    put_marked(&o, text, from, to, hits, n);
    if (to < text.n)
        out_lit(&o, " …");
    return out_take(&o, a);
}

struct str search_marked(struct arena *a, const struct search_marks *marks, struct str text)
{
    struct hit hits[HITS];
    struct out o;
    if (text.n > READ_MAX)
        text.n = step_back(text, READ_MAX, 0);
    out_init(&o, 8 * READ_MAX);
    put_marked(&o, text, 0, text.n, hits, find_hits(marks, text, hits));
    return out_take(&o, a);
}

static void put_marked(struct out *o, struct str text, size_t from, size_t to,
                       const struct hit *hits, size_t n)
{
    size_t at = from;
    for (size_t i = 0; i < n; i++) {
        if (hits[i].from < at || hits[i].to > to)
            continue;
        put_text(o, text, at, hits[i].from);
        out_lit(o, "<mark>");
        put_text(o, text, hits[i].from, hits[i].to);
        out_lit(o, "</mark>");
        at = hits[i].to;
    }
    put_text(o, text, at, to);
}

/* The term that a word answers to; -1: none. */
static int term_of(const struct search_marks *marks, struct str word, struct str whole)
{
    if (!marks->begins[(unsigned char)whole.p[0]])
        return -1;
    for (size_t i = 0; i < marks->n; i++) {
        const struct sought *s = &marks->sought[i];
        if (s->prefix ? str_starts(whole, s->word) : str_eq(s->word, word))
            return s->term;
    }
    return -1;
}

static size_t find_hits(const struct search_marks *marks, struct str text, struct hit *hits)
{
    size_t n = 0;
    struct search_scan scan = search_scan(text);
    scan.whole = true;
    scan.begins = marks->begins;
    while (n < HITS && search_scan_next(&scan)) {
        struct str word = scan.word;
        if (word.n >= 4 && word.p[word.n - 1] == 's' && word.p[word.n - 2] != 's')
            word.n--;
        int term = term_of(marks, word, scan.word);
        if (term >= 0)
            hits[n++] = (struct hit){scan.from, scan.to, term};
    }
    return n;
}

/* The match from which on most different terms stand within a snippet's length. */
static size_t best_start(const struct hit *hits, size_t n)
{
    size_t best = 0;
    int most = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned seen = 0;
        int different = 0;
        for (size_t k = i; k < n && hits[k].to < hits[i].from + SEARCH_SNIPPET - ROUND; k++)
            if (!(seen >> hits[k].term & 1)) {
                seen |= 1u << hits[k].term;
                different++;
            }
        if (different > most) {
            most = different;
            best = i;
        }
    }
    return best;
}

static bool blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* The beginning of a word at least `bytes` before `from`; of a character where words are long. */
static size_t step_back(struct str text, size_t from, size_t bytes)
{
    enum { LONGEST = 40 };
    if (from <= bytes)
        return 0;
    size_t at = from - bytes, least = at > LONGEST ? at - LONGEST : 0;
    for (size_t i = at; i > least; i--)
        if (blank(text.p[i - 1]))
            return i;
    if (least == 0)
        return 0;
    while (at > 0 && at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* Escaped, runs of blanks as one. */
static void put_text(struct out *o, struct str text, size_t from, size_t to)
{
    size_t start = from;
    for (size_t i = from; i < to; i++) {
        if (!blank(text.p[i]) || (text.p[i] == ' ' && (i + 1 == to || !blank(text.p[i + 1]))))
            continue;
        out_html(o, str_make(text.p + start, i - start));
        out_char(o, ' ');
        while (i + 1 < to && blank(text.p[i + 1]))
            i++;
        start = i + 1;
    }
    if (start < to)
        out_html(o, str_make(text.p + start, to - start));
}
