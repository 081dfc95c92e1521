/* difflines.h: turns the runs of a difference into lines side by side.
 *
 * RULES
 *   1. The old and unchanged lines in order give the text before, the new and unchanged ones the
 *      text after, but for what was skipped.
 *   2. Two lines around a change are shown; more than that in between are one skip.
 *   3. Old and new lines come in turn, so that they stand beside one another.
 */
#ifndef VIEW_DIFFLINES_H
#define VIEW_DIFFLINES_H

#include "text/diff.h"
#include "view/html.h"

enum diffline_kind { LINE_SAME, LINE_SKIP, LINE_OLD, LINE_NEW };

struct diffline {
    enum diffline_kind kind;
    size_t first, n;  /* its pieces */
    size_t skipped;
};

struct difflines {
    struct diffline *lines;
    size_t n;
    struct diff_op *pieces; /* none holds a line's end */
};

struct difflines difflines_make(struct arena *a, const struct diff_op *op, size_t n);

/* The line's pieces, what came and went in <ins> and <del>. */
struct html diffline_html(struct out *o, const struct difflines *d, const struct diffline *line);

#endif
