/* near.c: see near.h. */
#include "text/near.h"

size_t near_distance(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
    unsigned char rows[3][NEAR_LONGEST + 1];
    if (an > NEAR_LONGEST || bn > NEAR_LONGEST)
        return NEAR_FAR;
    for (size_t k = 0; k <= bn; k++)
        rows[0][k] = (unsigned char)k;
    for (size_t i = 1; i <= an; i++) {
        unsigned char *row = rows[i % 3], *up = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
        row[0] = (unsigned char)i;
        for (size_t k = 1; k <= bn; k++) {
            unsigned least = up[k - 1] + (a[i - 1] != b[k - 1]);
            least = up[k] + 1u < least ? up[k] + 1u : least;
            least = row[k - 1] + 1u < least ? row[k - 1] + 1u : least;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                two[k - 2] + 1u < least)
                least = two[k - 2] + 1u;
            row[k] = (unsigned char)least;
        }
    }
    return rows[an % 3][bn];
}

static size_t points(struct str s, uint32_t out[NEAR_LONGEST + 1])
{
    size_t n = 0;
    for (size_t at = 0; at < s.n && n <= NEAR_LONGEST;)
        out[n++] = utf8_next(s, &at);
    return n;
}

size_t near_words(struct str a, struct str b)
{
    uint32_t left[NEAR_LONGEST + 1], right[NEAR_LONGEST + 1];
    size_t n = points(a, left);
    return near_distance(left, n, right, points(b, right));
}

/* Letters of `a` that have a partner in `b` within the window; their order is kept in both. */
static size_t partners(const uint32_t *a, size_t an, const uint32_t *b, size_t bn, uint64_t *in_a,
                       uint64_t *in_b)
{
    size_t longer = an > bn ? an : bn, window = longer / 2 > 1 ? longer / 2 - 1 : 0, count = 0;
    for (size_t i = 0; i < an; i++)
        for (size_t k = i > window ? i - window : 0; k < bn && k <= i + window; k++)
            if (!(*in_b >> k & 1) && a[i] == b[k]) {
                *in_a |= UINT64_C(1) << i;
                *in_b |= UINT64_C(1) << k;
                count++;
                break;
            }
    return count;
}

int near_jaro(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
    uint64_t in_a = 0, in_b = 0;
    if (!an || !bn || an > NEAR_LONGEST || bn > NEAR_LONGEST)
        return an == bn && !an ? 1000 : 0;
    size_t same = partners(a, an, b, bn, &in_a, &in_b), moved = 0, prefix = 0;
    if (!same)
        return 0;
    for (size_t i = 0, k = 0; i < an; i++) {
        if (!(in_a >> i & 1))
            continue;
        while (!(in_b >> k & 1))
            k++;
        moved += a[i] != b[k++];
    }
    while (prefix < 4 && prefix < an && prefix < bn && a[prefix] == b[prefix])
        prefix++;
    double m = (double)same, swaps = (double)(moved / 2);
    double jaro = (m / (double)an + m / (double)bn + (m - swaps) / m) / 3;
    return (int)((jaro + 0.1 * (double)prefix * (1 - jaro)) * 1000 + 0.5);
}
