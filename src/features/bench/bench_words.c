/* bench_words.c: a vocabulary with the frequencies of a language, and texts made of it.
 *
 * WHY Zipf: what a search costs depends on how many texts hold a word. In real texts the word of
 * rank n comes about 1/(n + 2.7) times as often as the first (Mandelbrot, 1953); evenly drawn words
 * would make every search look cheap. Words are drawn by Vose's alias method (1991).
 */
#include <math.h>

#include "features/bench/bench.h"

enum { WORDS = 30000, SHIFT_TENTHS = 27 };

struct words {
    struct str word[WORDS];
    double share[WORDS]; /* of this word in its own cell; the rest of the cell is the other's */
    uint32_t other[WORDS];
};

/* The most frequent words: those that hold sentences together, then what people talk about. */
static const char *const first[] = {
    "the",     "to",       "a",        "and",     "of",      "it",       "is",          "in",
    "that",    "for",      "on",       "with",    "this",    "not",      "be",          "you",
    "have",    "are",      "but",      "as",      "if",      "or",       "can",         "when",
    "so",      "my",       "we",       "would",   "an",      "at",       "from",        "there",
    "one",     "do",       "more",     "what",    "they",    "all",      "then",        "which",
    "just",    "some",     "about",    "like",    "by",      "only",     "will",        "than",
    "has",     "no",       "also",     "time",    "how",     "out",      "up",          "was",
    "very",    "other",    "too",      "because", "use",     "should",   "make",        "think",
    "could",   "good",     "even",     "them",    "get",     "need",     "now",         "into",
    "after",   "where",    "most",     "same",    "before",  "much",     "way",         "well",
    "any",     "coffee",   "water",    "machine", "filter",  "grinder",  "button",      "light",
    "tank",    "lid",      "bean",     "morning", "noise",   "clean",    "brew",        "cup",
    "hot",     "cold",     "pressure", "steam",   "milk",    "timer",    "kitchen",     "price",
    "repair",  "spare",    "part",     "handle",  "scale",   "weight",   "temperature", "taste",
    "wheel",   "brake",    "bike",     "chain",   "tyre",    "saddle",   "gear",        "frame",
    "pedal",   "helmet",   "road",     "rain",    "bag",     "lock",     "pump",        "cable",
    "screen",  "setting",  "app",      "update",  "battery", "charge",   "colour",      "size",
    "order",   "delivery", "manual",   "video",   "guide",   "warranty", "service",     "paper",
    "recycle", "travel",   "office",   "guest",   "family",  "beginner", "recipe",      "espresso",
    "pour",    "grind",
};
enum { FIRST = sizeof first / sizeof *first };

/* Three syllables; the multiplication scatters neighbours, and no two words are the same. */
static struct str word_invent(struct arena *a, uint32_t n)
{
    static const char consonant[] = "bdfgklmnprtvz", vowel[] = "aeiou";
    enum { C = sizeof consonant - 1, V = sizeof vowel - 1, ALL = C * V * C * V * C * V };
    uint32_t k = (uint32_t)((uint64_t)n * 104729 % ALL);
    char *p = arena_alloc(a, 8);
    for (int i = 0; i < 6; i++) {
        uint32_t base = i % 2 ? V : C;
        p[i] = i % 2 ? vowel[k % base] : consonant[k % base];
        k /= base;
    }
    return str_make(p, 6);
}

/* Vose: cells of the mean weight, each filled up by a heavier word. */
static void alias_make(struct words *w, struct arena *a)
{
    double sum = 0, *scaled = arena_array(a, double, WORDS);
    uint32_t *small = arena_array(a, uint32_t, WORDS), *large = arena_array(a, uint32_t, WORDS);
    size_t smalls = 0, larges = 0;
    for (int i = 0; i < WORDS; i++)
        sum += scaled[i] = 1 / (i + 1 + SHIFT_TENTHS / 10.0);
    for (uint32_t i = 0; i < WORDS; i++) {
        scaled[i] *= WORDS / sum;
        if (scaled[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls && larges) {
        uint32_t less = small[--smalls], more = large[--larges];
        w->share[less] = scaled[less];
        w->other[less] = more;
        scaled[more] -= 1 - scaled[less];
        if (scaled[more] < 1)
            small[smalls++] = more;
        else
            large[larges++] = more;
    }
    while (larges)
        w->share[large[--larges]] = 1;
    while (smalls)
        w->share[small[--smalls]] = 1;
}

struct words *words_make(struct arena *a)
{
    struct words *w = arena_make(a, struct words);
    for (uint32_t i = 0; i < WORDS; i++)
        w->word[i] = i < FIRST ? str_of(first[i]) : word_invent(a, i);
    alias_make(w, a);
    return w;
}

struct str word_at(const struct words *w, size_t rank)
{
    return w->word[rank < WORDS ? rank : WORDS - 1];
}

struct str word_draw(const struct words *w, struct rand_seq *r)
{
    uint64_t cell = rand_below(r, WORDS);
    return w->word[rand_unit(r) < w->share[cell] ? cell : w->other[cell]];
}

static void put_capital(struct out *o, struct str word)
{
    out_char(o, (char)(word.p[0] & ~32));
    out_str(o, str_from(word, 1));
}

void words_title(const struct words *w, struct rand_seq *r, struct out *o)
{
    uint64_t n = 4 + rand_below(r, 6);
    put_capital(o, word_draw(w, r));
    for (uint64_t i = 1; i < n; i++) {
        out_char(o, ' ');
        out_str(o, word_draw(w, r));
    }
}

/* Now and then a word is strong, code or a link. */
static void put_word(const struct words *w, struct rand_seq *r, struct out *o)
{
    struct str word = word_draw(w, r);
    switch (rand_below(r, 160)) {
    case 0:
        out_fmt(o, "**" STR_FMT "**", STR_ARG(word));
        break;
    case 1:
        out_fmt(o, "`" STR_FMT "`", STR_ARG(word));
        break;
    case 2:
        out_fmt(o, "[" STR_FMT "](https://example.org/" STR_FMT ")", STR_ARG(word), STR_ARG(word));
        break;
    default:
        out_str(o, word);
        break;
    }
}

static void put_sentence(const struct words *w, struct rand_seq *r, struct out *o)
{
    uint64_t n = 6 + rand_below(r, 11);
    put_capital(o, word_draw(w, r));
    for (uint64_t i = 1; i < n; i++) {
        out_char(o, ' ');
        put_word(w, r, o);
        if (i + 1 < n && rand_below(r, 9) == 0)
            out_char(o, ',');
    }
    out_char(o, rand_below(r, 8) ? '.' : '?');
}

void words_text(const struct words *w, struct rand_seq *r, size_t bytes, struct out *o)
{
    size_t from = o->n, paragraph = from;
    while (o->n < from + bytes && !out_failed(o)) {
        if (o->n > paragraph + 280) {
            out_lit(o, "\n\n");
            paragraph = o->n;
        } else if (o->n > from) {
            out_char(o, ' ');
        }
        put_sentence(w, r, o);
    }
}
