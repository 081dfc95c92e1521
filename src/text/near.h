/* near.h: how far two words are apart, by code points.
 *
 * near_distance is the optimal string alignment distance (Damerau 1964, restricted): the least
 * number of letters put in, left out, replaced, or swapped with their neighbour.
 * near_jaro is the similarity of Jaro and Winkler ("String Comparator Metrics", 1990), in
 * thousandths: it forgives what comes late in a word.
 */
#ifndef TEXT_NEAR_H
#define TEXT_NEAR_H

#include "core/str.h"

enum { NEAR_LONGEST = 48, NEAR_FAR = 1000 }; /* of a longer word we say that it is far away */

size_t near_distance(const uint32_t *a, size_t an, const uint32_t *b, size_t bn);
size_t near_words(struct str a, struct str b); /* the same of two texts */
int near_jaro(const uint32_t *a, size_t an, const uint32_t *b, size_t bn);

#endif
