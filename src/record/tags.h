/* tags.h: free words on records; a tag's counts are exact at every commit.
 *
 * RULES
 *   1. A name is [a-z0-9] and '-', '.', '+' and '#' inside, at most 40 bytes; others are folded or
 *      left out.
 *   2. A tag that stands only on what the viewer may not see is not among the popular ones.
 *   3. tags.uses equals the number of taggings, and falls to 0 with the last; tag_counts.uses those
 *      on records of the type that every guest (reach 0), or everybody signed in (1), may see.
 *   4. The number beside a popular tag is that count. Tags that only some of the signed in may see
 *      come last, and without a number.
 */
#ifndef RECORD_TAGS_H
#define RECORD_TAGS_H

#include "record/record.h"

#define TAG_ROW(F, X) F(INT, id, "t.id") X(TEXT, name, "t.name") X(INT, uses, "t.uses")
ROW_DEFINE(tag, TAG_ROW)

/* Names in `words` (blanks, commas), folded, without doubles, at most `max`, joined by blanks. */
struct str tags_clean(struct arena *a, struct str words, int max);
/* Makes the record's taggings equal to `tags` (clean). */
void tags_set(const struct act *act, const struct record *r, struct str tags);
int64_t tag_find(struct db *db, struct str name); /* 0: no such tag */
int64_t tag_make(struct db *db, struct str name); /* a clean name; it may be there already */
/* Takes all records of a space out of the counts (by -1) before their audience changes, and back in
 * afterwards (1). */
void tags_count_space(struct db *db, int64_t space_id, int by);
/* In a query on records r: once for each reach that it is counted in. */
#define TAG_REACHES "(SELECT 0 AS reach UNION ALL SELECT 1) x ON r.audience <= x.reach"
/* The most used ones among those that stand on a record of `type` that the viewer may see, looked
 * for among a hidden tag's newest records only: a page costs the same on every hub. */
size_t tags_popular(struct req *rq, const char *type, struct tag *out, size_t max);

#endif
