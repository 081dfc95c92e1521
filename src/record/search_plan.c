/* search_plan.c: see search_plan.h.
 *
 * WHY weights in coarse steps: they hang on how often words occur in all records, hidden ones
 * included. A step of a quarter hides any single record, and keeps the order of results the same
 * from page to page while others write.
 */
#include "record/search_plan.h"

#include <math.h>

#include "core/arena.h"
#include "core/out.h"
#include "record/search_words.h"

enum {
    COMMON = 8192,    /* records that have a word which is never worth a walk */
    NATIVE = 500,     /* records up to which the index itself gathers a prefix */
    ALTERNATIVES = 4, /* words that stand for a prefix that more records have */
    VOCABULARY = 400, /* words looked at for them */
    IN_TITLE = 8,     /* of so many roots that have a word, one has it in its title or tags */
    MATCH_MAX = 64 * 1024,
};

#define PAIR 0.15 /* of the weights of two words side by side, on the scale of ts_rank */

struct count {
    int64_t roots, replies;
};

/* A term with what is known about it. */
struct wanted {
    struct str alternative[ALTERNATIVES]; /* each a word or a phrase */
    int n;
    struct str prefix; /* asked of the index as such; empty: none */
    struct count count;
    double weight;
    bool left_out; /* common beside a rare one: not required */
    bool extra;    /* ... but adds to the rank */
};

struct planner {
    struct db *db;
    struct arena *arena;
    const struct search_terms *terms;
    enum search_style style;
    bool sqlite;
    struct count all;
    struct wanted wanted[SEARCH_TERMS];
    int n;
    double weights[SEARCH_TERMS * (ALTERNATIVES + 2) * 2]; /* of the expression being written */
    size_t weighed;
    struct out parts, numbers;
};

static void weigh(struct planner *p, const struct search_term *term, struct wanted *w);
static void expand(struct planner *p, const struct search_term *term, struct wanted *w);
static void leave_out(struct planner *p);
static double share(const struct planner *p, enum search_source source);
static void write_ask(struct planner *p, enum search_source source, struct search_ask *ask);
static void write_terms(struct planner *p, struct out *o, enum search_source source, bool extra,
                        bool again);
static void write_term(struct planner *p, struct out *o, enum search_source source,
                       const struct wanted *w, double weight);
static void write_pairs(struct planner *p);
static struct out *part_next(struct planner *p);
static void write_phrase(struct planner *p, struct out *o, bool marked, struct str words,
                         bool prefix);

static int64_t total(struct count c)
{
    return c.roots + c.replies;
}

static struct count count_of(struct planner *p, struct str word)
{
    struct rows q =
        db_query(p->db, "SELECT roots, replies FROM search_words WHERE word = ?1", T(word));
    struct count c = {0, 0};
    if (db_next(&q))
        c = (struct count){db_int(&q, 0), db_int(&q, 1)};
    db_done(&q);
    return c;
}

void search_plan(struct db *db, struct arena *a, const struct search_terms *terms,
                 enum search_style style, struct search_plan *plan)
{
    struct planner p = {.db = db, .arena = a, .terms = terms, .style = style};
    p.sqlite = db_engine(db) == DB_SQLITE;
    p.all = count_of(&p, S(""));
    *plan = (struct search_plan){.newest = db_get_int(db, 0, "SELECT MAX(id) FROM records")};
    for (int i = 0; i < terms->n; i++)
        if (!terms->term[i].without)
            weigh(&p, &terms->term[i], &p.wanted[p.n++]);
    if (p.n == 0)
        return;
    leave_out(&p);

    struct count rarest = {INT64_MAX, INT64_MAX};
    for (int i = 0; i < p.n; i++)
        if (!p.wanted[i].left_out) {
            struct count c = p.wanted[i].count;
            rarest.roots = c.roots < rarest.roots ? c.roots : rarest.roots;
            rarest.replies = c.replies < rarest.replies ? c.replies : rarest.replies;
        }
    const int64_t matches[SEARCH_SOURCES] = {rarest.roots / IN_TITLE, rarest.roots, rarest.replies};
    plan->roots = p.all.roots;
    plan->replies = p.all.replies;
    for (int s = 0; s < SEARCH_SOURCES; s++) {
        write_ask(&p, (enum search_source)s, &plan->ask[s]);
        plan->ask[s].matches = matches[s];
        plan->ask[s].share = share(&p, (enum search_source)s);
    }
}

static double share(const struct planner *p, enum search_source source)
{
    bool replies = source == SEARCH_REPLIES;
    double all = replies ? (double)p->all.replies : (double)p->all.roots;
    double have_all = 1, have_any = 0;
    for (int i = 0; i < p->n; i++) {
        const struct wanted *w = &p->wanted[i];
        if (w->left_out)
            continue;
        double n = replies ? (double)w->count.replies : (double)w->count.roots;
        double part = fmin(n / fmax(all, 1), 1) / (source == SEARCH_HEADS ? IN_TITLE : 1);
        have_all *= part;
        have_any += part;
    }
    return p->style == SEARCH_ANY ? fmin(have_any, 1) : have_all;
}

bool search_walks(const struct search_plan *plan, enum search_source source, int64_t limit)
{
    const struct search_ask *ask = &plan->ask[source];
    double all = (double)(source == SEARCH_REPLIES ? plan->replies : plan->roots);
    return ask->share > 0 && (double)limit / ask->share < all * ask->share;
}

int64_t search_floor(const struct search_plan *plan, enum search_source source, int64_t scan)
{
    int64_t matches = plan->ask[source].matches;
    if (matches <= scan)
        return 0;
    return plan->newest - (int64_t)((double)plan->newest * (double)scan / (double)matches);
}

/* ---- weights ---- */

static void weigh(struct planner *p, const struct search_term *term, struct wanted *w)
{
    if (term->prefix.n) {
        expand(p, term, w);
    } else {
        w->alternative[w->n++] = term->words;
        struct str rest = term->words, word;
        for (int i = 0; str_split(&rest, ' ', &word); i++) {
            struct count c = count_of(p, word);
            if (i == 0 || total(c) < total(w->count))
                w->count = c;
        }
        if (term->open && total(w->count) == 0)
            expand(p, term, w);
    }
    double n = (double)total(p->all), df = (double)total(w->count);
    double idf = log(1 + (fmax(n - df, 0) + 0.5) / (df + 0.5));
    w->weight = fmax(round(idf * 4) / 4, 0.05);
}

/* The words that begin like it. The index would gather all their records before it gives the
 * first, so where they are many the most frequent words are asked for one by one. */
static void expand(struct planner *p, const struct search_term *term, struct wanted *w)
{
    struct str prefix = term->prefix.n ? term->prefix : term->words;
    struct count best[ALTERNATIVES];
    struct str end = str_fmt(p->arena, STR_FMT "\xf4\x8f\xbf\xbf", STR_ARG(prefix));
    struct rows q = db_query(p->db,
                             "SELECT word, roots, replies FROM search_words"
                             " WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?3",
                             T(prefix), T(end), I(VOCABULARY));
    w->n = 0;
    w->count = (struct count){0, 0};
    while (db_next(&q)) {
        struct count c = {db_int(&q, 1), db_int(&q, 2)};
        w->count.roots += c.roots;
        w->count.replies += c.replies;
        int at = w->n;
        while (at > 0 && total(best[at - 1]) < total(c))
            at--;
        if (at == ALTERNATIVES)
            continue;
        int last = w->n < ALTERNATIVES ? w->n++ : ALTERNATIVES - 1;
        for (int i = last; i > at; i--) {
            best[i] = best[i - 1];
            w->alternative[i] = w->alternative[i - 1];
        }
        best[at] = c;
        w->alternative[at] = db_dup(&q, 0, p->arena);
    }
    db_done(&q);
    if (total(w->count) > NATIVE)
        return;
    w->prefix = prefix;
    w->alternative[0] = term->words; /* "lids*" is also the word "lid" */
    w->n = !str_eq(prefix, term->words);
}

/* A word that is common beside a rare one is not required: it would hide records that have the
 * rare one, and finding where both occur costs more than either. */
static void leave_out(struct planner *p)
{
    int64_t rarest = INT64_MAX, n = total(p->all);
    for (int i = 0; i < p->n; i++)
        if (total(p->wanted[i].count) < rarest)
            rarest = total(p->wanted[i].count);
    for (int i = 0; i < p->n && p->style == SEARCH_ALL; i++) {
        struct wanted *w = &p->wanted[i];
        int64_t df = total(w->count);
        w->left_out = df > 10 && df > 20 * rarest && (df > n / 4 || (df > n / 25 && df > COMMON));
        w->extra = w->left_out && (rarest < 64 || df < COMMON);
    }
    /* Of a title's words those that nearly all titles have would find nearly all titles. */
    for (int i = 0; i < p->n && p->style == SEARCH_ANY; i++) {
        struct wanted *w = &p->wanted[i];
        w->left_out =
            w->count.roots > 50 && w->count.roots > p->all.roots / 10 && total(w->count) > rarest;
    }
}

/* ---- expressions ---- */

static void write_ask(struct planner *p, enum search_source source, struct search_ask *ask)
{
    struct out o;
    bool extra = false, without = false;
    out_init(&o, MATCH_MAX);
    out_init(&p->parts, MATCH_MAX);
    out_init(&p->numbers, MATCH_MAX);
    p->weighed = 0;
    for (int i = 0; i < p->n; i++)
        extra = extra || p->wanted[i].extra;
    for (int i = 0; i < p->terms->n; i++)
        without = without || p->terms->term[i].without;

    out_lit(&o, "(");
    write_terms(p, &o, source, false, false);
    if (extra && p->sqlite) { /* FTS5 tells only of phrases that the expression holds */
        out_lit(&o, " OR (");
        write_terms(p, &o, source, false, true);
        out_lit(&o, " AND ");
    }
    if (extra) {
        struct out scrap;
        out_init(&scrap, MATCH_MAX);
        write_terms(p, p->sqlite ? &o : &scrap, source, true, false);
        out_free(&scrap);
        out_str(&o, p->sqlite ? S(")") : S(""));
    }
    out_lit(&o, ")");
    if (!p->sqlite)
        write_pairs(p);
    const char *join = p->sqlite ? " NOT (" : " & !(";
    for (int i = 0; i < p->terms->n && without; i++)
        if (p->terms->term[i].without) {
            const struct search_term *t = &p->terms->term[i];
            out_str(&o, str_of(join));
            write_phrase(p, &o, false, t->prefix.n ? t->prefix : t->words, t->prefix.n > 0);
            join = p->sqlite ? " OR " : " | ";
        }
    if (without)
        out_lit(&o, ")");
    ask->match = out_take(&o, p->arena);
    ask->parts = out_take(&p->parts, p->arena);
    ask->weights = out_take(&p->numbers, p->arena);
    if (p->sqlite)
        ask->weights =
            str_dup(p->arena, str_make((const char *)p->weights, p->weighed * sizeof *p->weights));
}

/* The required terms, or the extra ones; `again`: they stood before and count no second time. */
static void write_terms(struct planner *p, struct out *o, enum search_source source, bool extra,
                        bool again)
{
    const char *join = "(";
    for (int i = 0; i < p->n; i++) {
        const struct wanted *w = &p->wanted[i];
        if (extra ? !w->extra : w->left_out)
            continue;
        out_str(o, str_of(join));
        write_term(p, o, source, w, again ? 0 : w->weight);
        if (p->style == SEARCH_ANY || extra)
            join = p->sqlite ? " OR " : " | ";
        else
            join = p->sqlite ? " AND " : " & ";
    }
    out_lit(o, ")");
}

static void weight_add(struct planner *p, double weight)
{
    if (p->sqlite) {
        if (p->weighed < sizeof p->weights / sizeof *p->weights)
            p->weights[p->weighed++] = weight;
    } else {
        out_fmt(&p->numbers, p->numbers.n ? ",%.2f" : "%.2f", weight);
    }
}

static void write_term(struct planner *p, struct out *o, enum search_source source,
                       const struct wanted *w, double weight)
{
    bool marked = source == SEARCH_HEADS;
    int n = w->n + (w->prefix.n > 0);
    out_lit(o, "(");
    for (int i = 0; i < n; i++) {
        bool prefix = i == w->n;
        struct str words = prefix ? w->prefix : w->alternative[i];
        if (i)
            out_str(o, p->sqlite ? S(" OR ") : S(" | "));
        write_phrase(p, o, marked, words, prefix);
        weight_add(p, weight);
        if (!p->sqlite)
            write_phrase(p, part_next(p), false, words, prefix);
    }
    out_lit(o, ")");
}

/* PostgreSQL: what search_rank() adds on SQLite for words that follow each other in a title. */
static void write_pairs(struct planner *p)
{
    for (int i = 0; i + 1 < p->n; i++) {
        const struct wanted *w = &p->wanted[i], *next = w + 1;
        if (w->n == 0 || next->n == 0)
            continue;
        write_phrase(p, part_next(p), true,
                     str_fmt(p->arena, STR_FMT " " STR_FMT, STR_ARG(w->alternative[0]),
                             STR_ARG(next->alternative[0])),
                     false);
        weight_add(p, PAIR * (w->weight + next->weight));
    }
}

/* Where the next of PostgreSQL's parts goes. */
static struct out *part_next(struct planner *p)
{
    if (p->parts.n)
        out_char(&p->parts, SEARCH_MARK + 1);
    return &p->parts;
}

/* Folded words hold letters and digits only, so nothing in them needs quoting. */
static void write_phrase(struct planner *p, struct out *o, bool marked, struct str words,
                         bool prefix)
{
    struct str rest = words, word;
    out_str(o, p->sqlite ? S("\"") : S("("));
    for (int i = 0; str_split(&rest, ' ', &word); i++) {
        if (i)
            out_str(o, p->sqlite ? S(" ") : S(" <-> "));
        if (!p->sqlite)
            out_lit(o, "'");
        if (marked)
            out_char(o, SEARCH_MARK);
        out_str(o, word);
        if (!p->sqlite)
            out_lit(o, "'");
    }
    if (prefix)
        out_str(o, p->sqlite ? S("\" *") : S(":*"));
    else if (p->sqlite)
        out_lit(o, "\"");
    if (!p->sqlite)
        out_lit(o, ")");
}
