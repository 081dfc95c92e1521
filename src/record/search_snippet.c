/* search_snippet.c: see search_snippet.h. */
#include "record/search_snippet.h"

#include "core/arena.h"
#include "core/out.h"
#include "record/search_words.h"

enum { HITS = 64, READ_MAX = 16 * 1024, ROUND = 24 /* bytes of context before the first match */ };

struct hit {
    size_t from, to;
    int term;
};

static size_t find_hits(const struct search_terms *terms, struct str text, struct hit *hits);
static size_t best_start(const struct hit *hits, size_t n);
static size_t step_back(struct str text, size_t from, size_t bytes);
static void put_text(struct out *o, struct str text, size_t from, size_t to);

struct str search_snippet(struct arena *a, const struct search_terms *terms, struct str text)
{
    struct hit hits[HITS];
    struct out o;
    text = str_trim(text);
    if (text.n > READ_MAX)
        text.n = step_back(text, READ_MAX, 0);
    size_t n = find_hits(terms, text, hits), from = 0;
    if (n)
        from = step_back(text, hits[best_start(hits, n)].from, ROUND);
    size_t to = from + utf8_first(str_from(text, from), SEARCH_SNIPPET).n;
    if (to < text.n)
        to = step_back(text, to, 0) > from ? step_back(text, to, 0) : to;

    out_init(&o, 8 * READ_MAX);
    if (from > 0)
        out_lit(&o, "… ");
    size_t at = from;
    for (size_t i = 0; i < n; i++) {
        if (hits[i].from < at || hits[i].to > to)
            continue;
        put_text(&o, text, at, hits[i].from);
        out_lit(&o, "<mark>");
        put_text(&o, text, hits[i].from, hits[i].to);
        out_lit(&o, "</mark>");
        at = hits[i].to;
    }
    put_text(&o, text, at, to);
    if (to < text.n)
        out_lit(&o, " …");
    return out_take(&o, a);
}

/* The term that a word answers to; -1: none. Words of a phrase count one by one. */
static int term_of(const struct search_terms *terms, struct str word, struct str whole)
{
    for (int i = 0; i < terms->n; i++) {
        const struct search_term *t = &terms->term[i];
        struct str rest = t->words, part;
        if (t->without)
            continue;
        while (str_split(&rest, ' ', &part))
            if (str_eq(part, word))
                return i;
        struct str prefix = t->prefix.n ? t->prefix : t->open ? t->words : S("");
        if (prefix.n && str_starts(whole, prefix))
            return i;
    }
    return -1;
}

static size_t find_hits(const struct search_terms *terms, struct str text, struct hit *hits)
{
    size_t n = 0;
    struct search_scan scan = search_scan(text);
    scan.whole = true;
    while (n < HITS && search_scan_next(&scan)) {
        struct str word = scan.word;
        if (word.n >= 4 && word.p[word.n - 1] == 's' && word.p[word.n - 2] != 's')
            word.n--;
        int term = term_of(terms, word, scan.word);
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
        for (size_t k = i; k < n && hits[k].to < hits[i].from + SEARCH_SNIPPET - ROUND; k++)
            seen |= 1u << hits[k].term;
        if (__builtin_popcount(seen) > most) {
            most = __builtin_popcount(seen);
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
