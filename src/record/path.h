/* path.h: a record's place in its thread, as text that sorts in reading order.
 *
 * A root's path is ''. A child's path is its parent's followed by one step: the child's id in hex
 * with its number of digits before it ('a' for one digit, 'b' for two, ...), so that ids of any
 * size compare as numbers when the text compares as bytes.
 *
 * RULES
 *   1. Byte order of paths is reading order: parent before child, older before newer sibling.
 *   2. Depth is bounded: a reply to a record at the deepest level becomes its sibling.
 */
#ifndef RECORD_PATH_H
#define RECORD_PATH_H

#include "core/arena.h"
#include "core/str.h"

#define PATH_DEPTH_MAX 8

int path_depth(struct str path); /* 0 for a root */
/* The path of child `id` under the record at `parent`. */
struct str path_child(struct arena *a, struct str parent, int64_t id);
/* The path without its last step. */
struct str path_parent(struct str path);
/* The id of the record that the path's last step names; 0 for a root. */
int64_t path_last(struct str path);

#endif
