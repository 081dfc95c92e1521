/* search_query.c: see search_query.h. */
#include "record/search_query.h"

#include "core/arena.h"
#include "core/clock.h"
#include "record/search_words.h"

/* Where the reading of a query stands. */
struct reader {
    struct arena *arena;
    struct str text;
    size_t at;
    struct search_terms *terms;
};

static bool read_filter(struct reader *r);
static void read_term(struct reader *r);
static struct str read_quoted(struct reader *r);
static struct str read_word(struct reader *r);
static void add_term(struct reader *r, struct str raw, bool without, bool prefix);

static bool blank(char c)
{
    return (unsigned char)c <= ' ';
}

void search_parse(struct arena *a, struct str text, struct search_terms *terms)
{
    *terms = (struct search_terms){.n = 0};
    if (!utf8_valid(text))
        return;
    if (text.n > SEARCH_TEXT_MAX) {
        text.n = SEARCH_TEXT_MAX;
        while (text.n && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
            text.n--;
    }
    struct reader r = {a, text, 0, terms};
    for (;;) {
        while (r.at < text.n && blank(text.p[r.at]))
            r.at++;
        if (r.at == text.n)
            break;
        if (!read_filter(&r))
            read_term(&r);
    }
    bool filtered = terms->type.n || terms->tag.n || terms->author.n || terms->space.n ||
                    terms->state.n || terms->after || terms->before;
    if (terms->wanted == 0 && !filtered) { /* RULE 2 */
        for (int i = 0; i < terms->n; i++)
            terms->term[i].without = false;
        terms->wanted = terms->n;
    }
}

/* ---- filters ---- */

static bool take_date(struct arena *a, struct str value, int64_t *us)
{
    if (value.n == 10)
        value = str_fmt(a, STR_FMT "T00:00:00Z", STR_ARG(value));
    return clock_parse(value, us) && *us > 0;
}

static bool take_filter(struct reader *r, struct str name, struct str value)
{
    struct search_terms *t = r->terms;
    const struct {
        const char *name;
        struct str *to;
        int64_t *date;
    } filters[] = {
        {"type", &t->type, NULL},     {"tag", &t->tag, NULL},  {"author", &t->author, NULL},
        {"in", &t->space, NULL},      {"is", &t->state, NULL}, {"after", NULL, &t->after},
        {"before", NULL, &t->before},
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (str_is(name, filters[i].name)) {
            if (filters[i].date)
                return take_date(r->arena, value, filters[i].date);
            *filters[i].to = str_lower(r->arena, value);
            return true;
        }
    return false;
}

/* name:value or name:"some value". */
static bool read_filter(struct reader *r)
{
    struct str rest = str_from(r->text, r->at);
    size_t n = 0;
    while (n < rest.n && n < 8 && rest.p[n] >= 'a' && rest.p[n] <= 'z')
        n++;
    if (n == 0 || n + 1 >= rest.n || rest.p[n] != ':' || blank(rest.p[n + 1]))
        return false;
    size_t start = r->at;
    r->at += n + 1;
    struct str value = r->text.p[r->at] == '"' ? read_quoted(r) : read_word(r);
    if (value.n && memchr(value.p, 0, value.n) == NULL && take_filter(r, str_first(rest, n), value))
        return true;
    r->at = start;
    return false;
}

/* ---- terms ---- */

static void read_term(struct reader *r)
{
    bool without = false;
    if (r->text.p[r->at] == '-' && r->at + 1 < r->text.n && !blank(r->text.p[r->at + 1])) {
        without = true;
        r->at++;
    }
    if (r->text.p[r->at] == '"') {
        add_term(r, read_quoted(r), without, false);
        return;
    }
    struct str word = read_word(r);
    bool prefix = word.n > 1 && word.p[word.n - 1] == '*';
    int before = r->terms->n;
    add_term(r, word, without, prefix);
    if (r->terms->n > before && !without && !prefix && r->at == r->text.n &&
        r->terms->term[before].n == 1)
        r->terms->term[before].open = true;
}

/* From its opening quote on; an unfinished one goes to the end. */
static struct str read_quoted(struct reader *r)
{
    struct str rest = str_from(r->text, r->at + 1);
    ptrdiff_t end = str_find(rest, '"');
    if (end < 0) {
        r->at = r->text.n;
        return rest;
    }
    r->at += (size_t)end + 2;
    return str_first(rest, (size_t)end);
}

static struct str read_word(struct reader *r)
{
    size_t from = r->at;
    while (r->at < r->text.n && !blank(r->text.p[r->at]) &&
           (r->at == from || r->text.p[r->at] != '"'))
        r->at++;
    return str_make(r->text.p + from, r->at - from);
}

static bool has_term(const struct search_terms *t, const struct search_term *term)
{
    for (int i = 0; i < t->n; i++)
        if (t->term[i].without == term->without && str_eq(t->term[i].words, term->words) &&
            str_eq(t->term[i].prefix, term->prefix))
            return true;
    return false;
}

static void add_term(struct reader *r, struct str raw, bool without, bool prefix)
{
    enum { WORDS = 16 };
    struct str words[WORDS];
    struct search_term term = {.without = without};
    struct search_scan scan = search_scan(raw);
    while (term.n < WORDS && search_scan_next(&scan)) {
        if (scan.word.p[0] == SEARCH_MARK)
            continue;
        words[term.n++] = str_dup(r->arena, scan.word);
    }
    if (term.n == 0 || r->terms->n == SEARCH_TERMS)
        return;
    term.words = str_join(r->arena, words, (size_t)term.n, S(" "));
    if (term.n == 1) {
        scan = search_scan(raw);
        scan.whole = true;
        if (prefix && search_scan_next(&scan))
            term.prefix = str_dup(r->arena, scan.word);
    }
    if (has_term(r->terms, &term))
        return;
    r->terms->term[r->terms->n++] = term;
    r->terms->wanted += !without;
}
