/* commonmark.h: CommonMark parsing by cmark-gfm, within limits.
 *
 * RULES
 *   1. A source beyond MARKDOWN_SOURCE is refused (NULL).
 *   2. Tables that would cost out of all proportion to their source (many columns times many
 *      lines, or hundreds of tables in one text) are left as text; all else stays as it is.
 *   3. Several threads may parse at once.
 *   4. Behind an escaped '@' or '#' stands COMMONMARK_ESCAPED, for the walker to see; literals come
 *      without it and clean (plain.h RULE 1).
 *
 * WHY a lock: the extensions of cmark-gfm set and clear their special characters in one table of
 * the process while they parse. Texts are parsed when they are written, so nobody waits long.
 */
#ifndef TEXT_COMMONMARK_H
#define TEXT_COMMONMARK_H

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include "core/arena.h"
#include "core/str.h"

enum {
    COMMONMARK_TABLES = 100,   /* in one text */
    COMMONMARK_CELLS = 100000, /* columns times lines */
};

/* Our names of the nodes: cmark-gfm's own of its extensions are no constants. */
enum piece {
    P_DOCUMENT,
    P_QUOTE,
    P_BULLETS,
    P_NUMBERS,
    P_ITEM,
    P_CODE_BLOCK,
    P_HTML_BLOCK,
    P_PARAGRAPH,
    P_HEADING,
    P_RULE,
    P_TABLE,
    P_ROW,
    P_CELL, /* the last of the blocks */
    P_TEXT,
    P_SOFT_BREAK,
    P_BREAK,
    P_CODE,
    P_HTML,
    P_EM,
    P_STRONG,
    P_DEL,
    P_LINK,
    P_PICTURE,
    P_OTHER,
};

/* A code point that no cleaned text has. */
#define COMMONMARK_ESCAPED S("\xef\xb7\x90") /* U+FDD0 */

/* The tree is freed with cmark_node_free. */
cmark_node *commonmark_parse(struct arena *a, struct str source);

/* A node's literal, address, title or info, or a part of one, as it is meant to be read. */
struct str commonmark_literal(struct arena *a, struct str literal);

enum piece commonmark_piece(cmark_node *n);

/* A paragraph that is written without its tags: in a list whose items are not set apart. */
bool commonmark_tight(cmark_node *paragraph);

#endif
