/* diff.h: what changed between two texts, for the page of revisions.
 *
 * Lines are compared first, then the words inside what was replaced. The texts are borrowed.
 *
 * RULES
 *   1. All SAME and DEL in order give the text before, all SAME and INS the text after.
 *   2. No two neighbours are of one kind, no text is empty, and a DEL never follows an INS.
 *   3. The work is bounded: beyond DIFF_EDITS what differs is replaced as a whole.
 *   4. Single words that stay between changed ones are told apart, but blanks alone are not.
 */
#ifndef TEXT_DIFF_H
#define TEXT_DIFF_H

#include "core/arena.h"
#include "core/str.h"

enum { DIFF_EDITS = 1000 }; /* insertions and deletions that a shortest script is sought for */

struct diff_op {
    enum { DIFF_SAME, DIFF_INS, DIFF_DEL } kind;
    struct str text;
};

struct diff {
    struct diff_op *op;
    size_t n;
};

struct diff diff_text(struct arena *a, struct str before, struct str after);

#endif
