/* diff.c: Myers' shortest edit script, on lines and then on words; see diff.h.
 *
 * E. W. Myers, "An O(ND) difference algorithm and its variations" (1986): the furthest point of
 * each diagonal after d edits, kept for every d so that the way can be walked back. That takes
 * d * d / 2 integers, which is what DIFF_EDITS bounds.
 */
#include "text/diff.h"

enum { WORDS_MAX = 20000 }; /* tokens of one replaced part that are still compared as words */

struct tokens {
    struct str *at;
    uint64_t *hash;
    size_t n;
};

/* The changes of one pass: is each token of the one side, each of the other, left as it was? */
struct script {
    bool *kept_a, *kept_b;
};

struct diff_build {
    struct arena *arena;
    struct diff out;
    size_t cap;
    struct str del, ins; /* what is being replaced, until something stays */
};

static struct tokens tokens_of(struct arena *a, struct str s, size_t (*length)(struct str s));
static size_t line_length(struct str s);
static struct script compare(struct arena *a, const struct tokens *x, const struct tokens *y);
static void replace(struct diff_build *b, struct str del, struct str ins);
static void keep(struct diff_build *b, struct str text);
static void flush(struct diff_build *b);

/* From the first token of a run to the last, as one text. */
static struct str span(const struct tokens *t, size_t from, size_t to, struct str all)
{
    if (from == to)
        return str_make(from < t->n ? t->at[from].p : all.p + all.n, 0);
    const char *end = t->at[to - 1].p + t->at[to - 1].n;
    return str_make(t->at[from].p, (size_t)(end - t->at[from].p));
}

struct walk {
    struct str del, ins, same_a, same_b;
};

/* The next change and what stays behind it. */
static bool walk_next(struct walk *w, const struct script *s, const struct tokens *x,
                      const struct tokens *y, struct str before, struct str after, size_t at[2])
{
    if (at[0] == x->n && at[1] == y->n)
        return false;
    size_t i = at[0], j = at[1];
    while (i < x->n && !s->kept_a[i])
        i++;
    while (j < y->n && !s->kept_b[j])
        j++;
    size_t k = i, l = j;
    while (k < x->n && s->kept_a[k] && l < y->n && s->kept_b[l])
        k++, l++;
    w->del = span(x, at[0], i, before);
    w->ins = span(y, at[1], j, after);
    w->same_a = span(x, i, k, before);
    w->same_b = span(y, j, l, after);
    at[0] = k;
    at[1] = l;
    return true;
}

struct diff diff_text(struct arena *a, struct str before, struct str after)
{
    before = before.n ? before : S("");
    after = after.n ? after : S("");
    struct diff_build b = {.arena = a, .del = S(""), .ins = S("")};
    struct tokens x = tokens_of(a, before, line_length), y = tokens_of(a, after, line_length);
    struct script s = compare(a, &x, &y);
    struct walk w;
    for (size_t at[2] = {0, 0}; walk_next(&w, &s, &x, &y, before, after, at);) {
        if (w.del.n || w.ins.n)
            replace(&b, w.del, w.ins);
        if (w.same_a.n)
            keep(&b, w.same_b);
    }
    flush(&b);
    return b.out;
}

/* ---- words inside what was replaced ---- */

static size_t word_length(struct str s);

static bool all_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static void change(struct diff_build *b, struct str del, struct str ins);

/* Word by word when a third of the words stays; otherwise as a whole, which is easier to read. */
static void replace(struct diff_build *b, struct str del, struct str ins)
{
    struct tokens x = tokens_of(b->arena, del, word_length);
    struct tokens y = tokens_of(b->arena, ins, word_length);
    if (!x.n || !y.n || x.n + y.n > WORDS_MAX) {
        change(b, del, ins);
        return;
    }
    struct script s = compare(b->arena, &x, &y);
    size_t stay = 0, words = 0;
    for (size_t i = 0; i < x.n; i++) {
        words += !all_blank(x.at[i]);
        stay += s.kept_a[i] && !all_blank(x.at[i]);
    }
    if (stay * 3 < words) {
        change(b, del, ins);
        return;
    }
    struct walk w;
    for (size_t at[2] = {0, 0}; walk_next(&w, &s, &x, &y, del, ins, at);) {
        if (w.del.n || w.ins.n)
            change(b, w.del, w.ins);
        bool last = at[0] == x.n && at[1] == y.n;
        bool between = (b->del.n || b->ins.n) && !last;
        if (between && all_blank(w.same_a) && str_find(w.same_a, '\n') < 0)
            change(b, w.same_a, w.same_b); /* a blank alone is no island */
        else if (w.same_a.n)
            keep(b, w.same_b);
    }
}

/* ---- the list ---- */

static void push(struct diff_build *b, int kind, struct str text)
{
    if (!text.n)
        return;
    struct diff_op *last = b->out.n ? &b->out.op[b->out.n - 1] : NULL;
    if (last && (int)last->kind == kind) {
        last->text.n += text.n; /* neighbours of one kind are neighbours in their text */
        return;
    }
    if (b->out.n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 16;
        struct diff_op *more = arena_array(b->arena, struct diff_op, cap);
        if (b->out.n)
            memcpy(more, b->out.op, b->out.n * sizeof *more);
        b->out.op = more;
        b->cap = cap;
    }
    b->out.op[b->out.n++] = (struct diff_op){kind, text};
}

/* Pieces of each side follow one another in their text, so that they only need to grow. */
static void change(struct diff_build *b, struct str del, struct str ins)
{
    b->del = b->del.n ? str_make(b->del.p, b->del.n + del.n) : del;
    b->ins = b->ins.n ? str_make(b->ins.p, b->ins.n + ins.n) : ins;
}

static void flush(struct diff_build *b)
{
    push(b, DIFF_DEL, b->del);
    push(b, DIFF_INS, b->ins);
    b->del.n = b->ins.n = 0;
}

static void keep(struct diff_build *b, struct str text)
{
    flush(b);
    push(b, DIFF_SAME, text);
}

/* ---- cutting ---- */

static struct tokens tokens_of(struct arena *a, struct str s, size_t (*length)(struct str s))
{
    size_t n = 0;
    for (struct str rest = s; rest.n; rest = str_from(rest, length(rest)))
        n++;
    struct tokens t = {arena_array(a, struct str, n), arena_array(a, uint64_t, n), n};
    struct str rest = s;
    for (size_t i = 0; i < n; i++) {
        t.at[i] = str_first(rest, length(rest));
        t.hash[i] = str_hash(t.at[i]);
        rest = str_from(rest, t.at[i].n);
    }
    return t;
}

static size_t line_length(struct str s)
{
    ptrdiff_t end = str_find(s, '\n');
    return end < 0 ? s.n : (size_t)end + 1;
}

enum kind_of_char { BLANK, NEWLINE, WORD, ALONE };

static enum kind_of_char kind_at(struct str s, size_t *at)
{
    uint32_t cp = utf8_next(s, at);
    if (cp == '\n')
        return NEWLINE;
    if (cp == ' ' || cp == '\t' || cp == '\r')
        return BLANK;
    if (cp < 0x80)
        return ((cp | 0x20) - 'a' < 26) || (cp - '0' < 10) || cp == '_' ? WORD : ALONE;
    return cp < 0x2000 ? WORD : ALONE; /* East Asian text has no blanks between its words */
}

/* A run of letters and digits, a run of blanks, or one other character. */
static size_t word_length(struct str s)
{
    size_t at = 0;
    enum kind_of_char kind = kind_at(s, &at);
    while ((kind == WORD || kind == BLANK) && at < s.n) {
        size_t next = at;
        if (kind_at(s, &next) != kind)
            break;
        at = next;
    }
    return at;
}

/* ---- comparing ---- */

static bool token_eq(const struct tokens *x, size_t i, const struct tokens *y, size_t j)
{
    return x->hash[i] == y->hash[j] && str_eq(x->at[i], y->at[j]);
}

/* The middle that is left between an equal head and an equal tail. */
struct middle {
    const struct tokens *x, *y;
    size_t head;
    int n, m;    /* tokens of each side in it */
    int32_t **v; /* v[d][k + d]: how far along x diagonal k (= x - y) was come with d edits */
};

static int furthest(const struct middle *mid, int d, int k)
{
    const int32_t *last = d ? mid->v[d - 1] + (d - 1) : NULL; /* indexed by diagonal */
    if (!last)
        return 0;
    bool down = k == -d || (k != d && last[k - 1] < last[k + 1]);
    return down ? last[k + 1] : last[k - 1] + 1;
}

/* The least number of edits, or -1 beyond the bound; fills mid->v. */
static int edits(struct arena *a, struct middle *mid)
{
    int most = mid->n + mid->m < DIFF_EDITS ? mid->n + mid->m : DIFF_EDITS;
    mid->v = arena_array(a, int32_t *, (size_t)most + 1);
    for (int d = 0; d <= most; d++) {
        mid->v[d] = arena_array(a, int32_t, 2 * (size_t)d + 1);
        for (int k = -d; k <= d; k += 2) {
            int i = furthest(mid, d, k), j = i - k;
            while (i < mid->n && j >= 0 && j < mid->m &&
                   token_eq(mid->x, mid->head + (size_t)i, mid->y, mid->head + (size_t)j))
                i++, j++;
            mid->v[d][k + d] = i;
            if (i >= mid->n && j >= mid->m)
                return d;
        }
    }
    return -1;
}

/* Walks back from the end: what was come along a diagonal is kept. */
static void walk_back(const struct middle *mid, int d, struct script *s)
{
    int i = mid->n, j = mid->m;
    for (; d >= 0; d--) {
        int k = i - j, start = furthest(mid, d, k);
        while (i > start) {
            i--, j--;
            s->kept_a[mid->head + (size_t)i] = true;
            s->kept_b[mid->head + (size_t)j] = true;
        }
        if (d == 0)
            return;
        const int32_t *last = mid->v[d - 1] + (d - 1);
        bool down = k == -d || (k != d && last[k - 1] < last[k + 1]);
        i = down ? start : start - 1;
        j = down ? j - 1 : j;
    }
}

static struct script compare(struct arena *a, const struct tokens *x, const struct tokens *y)
{
    struct script s = {arena_array(a, bool, x->n), arena_array(a, bool, y->n)};
    size_t head = 0, tail = 0, least = x->n < y->n ? x->n : y->n;
    while (head < least && token_eq(x, head, y, head))
        head++;
    while (tail < least - head && token_eq(x, x->n - 1 - tail, y, y->n - 1 - tail))
        tail++;
    size_t n = x->n - head - tail, m = y->n - head - tail;
    memset(s.kept_a, true, head);
    memset(s.kept_b, true, head);
    memset(s.kept_a + x->n - tail, true, tail);
    memset(s.kept_b + y->n - tail, true, tail);
    if (n && m && n < INT32_MAX / 4 && m < INT32_MAX / 4) {
        struct arena *scratch = arena_new(SIZE_MAX);
        struct middle mid = {x, y, head, (int)n, (int)m, NULL};
        int d = edits(scratch, &mid);
        if (d >= 0)
            walk_back(&mid, d, &s);
        arena_free(scratch);
    }
    return s;
}
