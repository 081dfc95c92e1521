/* difflines.c: see difflines.h. Two lines are built at once, one of each text; where both end in
 * unchanged text, what has gathered is given out. */
#include "view/difflines.h"

#include "http/request.h"

enum { AROUND = 2 };

struct line { /* of one of the texts, while it is built */
    struct diff_op *pieces;
    size_t n, start;      /* pieces so far; where the open line begins */
    struct diffline *ended; /* lines not given out yet */
    size_t ended_n;
    bool changed;         /* the open line */
};

struct sides {
    struct line old, new;
    struct difflines *d;
    size_t pieces_n;
};

static size_t room_needed(const struct diff_op *op, size_t n);
static struct line line_new(struct arena *a, size_t room);
static void piece_add(struct line *line, const struct diff_op *op, struct str text);
static void line_end(struct line *line, struct line *other);
static void both_end(struct sides *s, bool last);
static void give_out(struct sides *s, enum diffline_kind kind, const struct line *from,
                     const struct diffline *line);
static void skip_unchanged(struct difflines *d);

struct difflines difflines_make(struct arena *a, const struct diff_op *op, size_t n)
{
    size_t room = room_needed(op, n);
    struct difflines d = {arena_array(a, struct diffline, 2 * room), 0,
                          arena_array(a, struct diff_op, 2 * room)};
    struct sides s = {.d = &d};
    s.old = line_new(a, room);
    s.new = line_new(a, room);
    for (size_t i = 0; i < n; i++) {
        struct str rest = op[i].text;
        while (rest.n) {
            ptrdiff_t end = str_find(rest, '\n');
            struct str text = end < 0 ? rest : str_first(rest, (size_t)end);
            if (op[i].kind != DIFF_INS)
                piece_add(&s.old, &op[i], text);
            if (op[i].kind != DIFF_DEL)
                piece_add(&s.new, &op[i], text);
            rest = str_from(rest, text.n + 1);
            if (end >= 0 && op[i].kind == DIFF_SAME)
                both_end(&s, false);
            else if (end >= 0 && op[i].kind == DIFF_DEL)
                line_end(&s.old, &s.new);
            else if (end >= 0)
                line_end(&s.new, &s.old);
        }
    }
    both_end(&s, true);
    skip_unchanged(&d);
    return d;
}

/* A piece for each run and for each line's end in it, and one line more than there are ends. */
static size_t room_needed(const struct diff_op *op, size_t n)
{
    size_t room = n + 2;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < op[i].text.n; k++)
            room += op[i].text.p[k] == '\n';
    return room;
}

static struct line line_new(struct arena *a, size_t room)
{
    return (struct line){.pieces = arena_array(a, struct diff_op, room),
                         .ended = arena_array(a, struct diffline, room)};
}

/* An end of line that came or went changes the line, even if no text stands before it. */
static void piece_add(struct line *line, const struct diff_op *op, struct str text)
{
    line->changed = line->changed || op->kind != DIFF_SAME;
    if (text.n)
        line->pieces[line->n++] = (struct diff_op){op->kind, text};
}

/* An end in one text only, in the middle of a line, changes that line of the other too. */
static void line_end(struct line *line, struct line *other)
{
    other->changed = other->changed || other->n > other->start;
    line->ended[line->ended_n++] = (struct diffline){.first = line->start,
                                                     .n = line->n - line->start};
    line->start = line->n;
    line->changed = false;
}

/* The last line has no end, so that one without text is none. */
static void both_end(struct sides *s, bool last)
{
    bool changed = s->old.changed || s->new.changed;
    struct diffline same = {.first = s->new.start, .n = s->new.n - s->new.start};
    size_t old_n = s->old.n - s->old.start;
    if (changed && (old_n || !last))
        line_end(&s->old, &s->new);
    if (changed && (same.n || !last))
        line_end(&s->new, &s->old);
    for (size_t i = 0; i < s->old.ended_n || i < s->new.ended_n; i++) {
        if (i < s->old.ended_n)
            give_out(s, LINE_OLD, &s->old, &s->old.ended[i]);
        if (i < s->new.ended_n)
            give_out(s, LINE_NEW, &s->new, &s->new.ended[i]);
    }
    if (!changed && (same.n || !last))
        give_out(s, LINE_SAME, &s->new, &same);
    s->old = (struct line){.pieces = s->old.pieces, .ended = s->old.ended};
    s->new = (struct line){.pieces = s->new.pieces, .ended = s->new.ended};
}

static void give_out(struct sides *s, enum diffline_kind kind, const struct line *from,
                     const struct diffline *line)
{
    struct difflines *d = s->d;
    d->lines[d->n++] = (struct diffline){kind, s->pieces_n, line->n, 0};
    for (size_t i = 0; i < line->n; i++)
        d->pieces[s->pieces_n++] = from->pieces[line->first + i];
}

static bool near_change(const struct difflines *d, size_t at)
{
    size_t from = at > AROUND ? at - AROUND : 0, to = at + AROUND;
    for (size_t i = from; i <= to && i < d->n; i++)
        if (d->lines[i].kind == LINE_OLD || d->lines[i].kind == LINE_NEW)
            return true;
    return false;
}

/* A skip of a single line would be no shorter than the line. */
static void skip_unchanged(struct difflines *d)
{
    size_t kept = 0;
    bool any = false;
    for (size_t i = 0; i < d->n; i++)
        any = any || d->lines[i].kind != LINE_SAME;
    if (!any) {
        d->n = 0;
        return;
    }
    for (size_t i = 0, next; i < d->n; i = next) {
        for (next = i; next < d->n && !near_change(d, next); next++)
            ;
        if (next - i > 1) {
            d->lines[kept++] = (struct diffline){.kind = LINE_SKIP, .skipped = next - i};
            continue;
        }
        d->lines[kept++] = d->lines[i];
        next = i + 1;
    }
    d->n = kept;
}

struct html diffline_html(struct out *o, const struct difflines *d, const struct diffline *line)
{
    struct req *rq = o->ctx;
    struct out text;
    out_init(&text, o->max);
    for (size_t i = 0; i < line->n; i++) {
        const struct diff_op *piece = &d->pieces[line->first + i];
        out_str(&text, piece->kind == DIFF_DEL   ? S("<del>")
                       : piece->kind == DIFF_INS ? S("<ins>")
                                                 : S(""));
        out_html(&text, piece->text);
        out_str(&text, piece->kind == DIFF_DEL   ? S("</del>")
                       : piece->kind == DIFF_INS ? S("</ins>")
                                                 : S(""));
    }
    return html_trusted(out_take(&text, rq->arena));
}
