/* similar_names.c: what two names have to do with each other; see similar_parts.h. */
#include "text/near.h"
#include "text/similar_parts.h"

/* How two words belong together, the better the larger. */
enum fit { NO_FIT, INITIAL, CLOSE, ONE_LETTER, NICKNAME, EXACT };

struct matching {
    size_t pairs, crossed; /* crossed: pairs of which the later one stands earlier there */
    enum fit worst;
    size_t exact, rare; /* pairs that are the same, and those whose words are not common */
    bool used_a[NAME_WORDS], used_b[NAME_WORDS];
};

static bool share_group(const struct word *a, const struct word *b)
{
    for (size_t i = 0; i < WORD_GROUPS && a->groups[i].n; i++)
        for (size_t k = 0; k < WORD_GROUPS && b->groups[k].n; k++)
            if (str_eq(a->groups[i], b->groups[k]))
                return true;
    return false;
}

static bool begins(const struct word *longer, const struct word *shorter)
{
    return longer->n > shorter->n &&
           memcmp(longer->letters, shorter->letters, shorter->n * sizeof *shorter->letters) == 0;
}

/* Mario and Maria, Daniel and Daniela: not misspelt, but two names. */
static bool of_two_sexes(const struct word *shorter, const struct word *longer)
{
    size_t stem = longer->n - 1;
    uint32_t end = longer->letters[stem], other = shorter->n > stem ? shorter->letters[stem] : 0;
    return memcmp(shorter->letters, longer->letters, stem * sizeof end) == 0 &&
           ((end == 'a' && (other == 0 || other == 'o')) || (end == 'o' && other == 'a'));
}

static bool two_names(const struct word *shorter, const struct word *longer)
{
    return (shorter->given && longer->given) ||
           (longer->n - shorter->n < 2 && of_two_sexes(shorter, longer));
}

static enum fit fit_letters(const struct word *shorter, const struct word *longer)
{
    size_t far = near_distance(shorter->letters, shorter->n, longer->letters, longer->n);
    if (far == 1 && shorter->n >= 4)
        return ONE_LETTER;
    if (far <= 2 && shorter->n >= 6)
        return CLOSE;
    if (shorter->n < 5)
        return NO_FIT;
    int like = near_jaro(shorter->letters, shorter->n, longer->letters, longer->n);
    return like >= 920 ? CLOSE : NO_FIT;
}

static enum fit fit_words(const struct word *a, const struct word *b)
{
    if (a->hash == b->hash && a->n == b->n)
        return EXACT;
    const struct word *shorter = a->n < b->n ? a : b, *longer = a->n < b->n ? b : a;
    if (a->number || b->number)
        return NO_FIT;
    if (shorter->n == 1)
        return longer->letters[0] == shorter->letters[0] ? INITIAL : NO_FIT;
    if (share_group(a, b))
        return NICKNAME;
    /* One edit changes at most two letters of a word. */
    if (two_names(shorter, longer))
        return NO_FIT;
    if (longer->n - shorter->n > 2 || __builtin_popcount(a->mask ^ b->mask) > 4)
        return shorter->n >= 4 && begins(longer, shorter) ? CLOSE : NO_FIT;
    return fit_letters(shorter, longer);
}

/* Each word with the best that is left of the other name, the best pairs first. */
static struct matching match(const struct name *a, const struct name *b)
{
    struct matching m = {.worst = EXACT};
    unsigned char fits[NAME_WORDS][NAME_WORDS];
    size_t partner[NAME_WORDS];
    for (size_t i = 0; i < a->n; i++) {
        partner[i] = NAME_WORDS;
        for (size_t k = 0; k < b->n; k++)
            fits[i][k] = (unsigned char)fit_words(&a->words[i], &b->words[k]);
    }
    for (int want = EXACT; want > NO_FIT; want--)
        for (size_t i = 0; i < a->n; i++)
            for (size_t k = 0; k < b->n && !m.used_a[i]; k++)
                if (fits[i][k] == want && !m.used_b[k]) {
                    m.used_a[i] = m.used_b[k] = true;
                    partner[i] = k;
                    m.pairs++;
                    m.worst = (enum fit)want;
                    m.exact += want == EXACT;
                    m.rare += !a->words[i].common && !b->words[k].common && a->words[i].n > 1 &&
                              b->words[k].n > 1;
                }
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < i; k++)
            m.crossed +=
                partner[i] < NAME_WORDS && partner[k] < NAME_WORDS && partner[k] > partner[i];
    return m;
}

/* Which of two names is looked at first, so that a pair is the same pair both ways. */
static void in_order(const struct name **a, const struct name **b)
{
    const struct name *x = *a, *y = *b;
    bool swap = x->joined != y->joined ? x->joined > y->joined
                : x->n != y->n         ? x->n > y->n
                                       : x->sorted > y->sorted;
    *a = swap ? y : x;
    *b = swap ? x : y;
}

static const struct finding nothing = {SIMILAR_WHYS, 0, SIMILAR_WHYS};

static enum similar_why why_of(enum fit worst)
{
    static const enum similar_why whys[] = {
        [NO_FIT] = SIMILAR_OTHER_NAME, [INITIAL] = SIMILAR_INITIAL,
        [CLOSE] = SIMILAR_CLOSE_NAME,  [ONE_LETTER] = SIMILAR_ONE_LETTER,
        [NICKNAME] = SIMILAR_NICKNAME, [EXACT] = SIMILAR_SAME_NAME,
    };
    return whys[worst];
}

/* ---- people ---- */

/* The word that is the family name, as far as one can tell. */
static size_t family_at(const struct name *n)
{
    for (size_t i = 0; i < n->n; i++)
        if (n->family_known && n->words[i].family)
            return i;
    return n->n - 1;
}

/* Something fits, and something on both sides does not. */
static enum similar_why half(const struct name *a, const struct name *b, const struct matching *m)
{
    bool family_a = m->used_a[family_at(a)], family_b = m->used_b[family_at(b)];
    bool given_a = m->used_a[0], given_b = m->used_b[0];
    if (m->worst == INITIAL && m->exact == 0 && m->pairs == 1)
        return SIMILAR_OTHER_NAME;
    if (family_a && family_b && !(given_a && given_b))
        return SIMILAR_OTHER_GIVEN;
    if (given_a && given_b && !(family_a && family_b))
        return SIMILAR_OTHER_FAMILY;
    return given_a && given_b ? SIMILAR_CLOSE_NAME : SIMILAR_OTHER_NAME;
}

/* What is common to all says less. An initial has nothing to be rare by but the other words. */
static int less_for_common(const struct matching *m)
{
    if (m->rare == 0)
        return 25;
    return m->rare == 1 && m->pairs > 1 && m->worst != INITIAL ? 8 : 0;
}

struct finding names_of_people(const struct name *a, const struct name *b)
{
    struct finding f = nothing;
    if (!a->n || !b->n)
        return f;
    if (a->generation && b->generation && a->generation != b->generation)
        f.also = SIMILAR_OTHER_GENERATION;
    in_order(&a, &b);
    struct matching m = match(a, b);
    size_t fewer = a->n < b->n ? a->n : b->n, more = a->n + b->n - fewer;
    f.less = less_for_common(&m);
    if (a->joined == b->joined && m.exact < more) { /* "Mc Donald", "McDonald" */
        f.why = SIMILAR_SAME_NAME;
        f.less = 8;
    } else if (m.pairs == 0) {
        f.why = SIMILAR_OTHER_NAME;
    } else if (m.pairs < fewer) {
        f.why = half(a, b, &m);
    } else if (fewer == 1 && more > 1) { /* one word of several */
        f.why = m.worst >= NICKNAME ? SIMILAR_MORE_NAMES : SIMILAR_WHYS;
        f.less = 40;
    } else if (m.worst == EXACT && (m.crossed || fewer < more)) {
        f.why = fewer < more ? SIMILAR_MORE_NAMES : SIMILAR_SWAPPED_NAME;
    } else {
        f.why = why_of(m.worst);
        f.less += m.crossed || fewer < more ? 4 : 0;
    }
    return f;
}

/* ---- organisations ---- */

static bool numbers_differ(const struct name *a, const struct name *b, const struct matching *m)
{
    bool left = false, right = false;
    for (size_t i = 0; i < a->n; i++)
        left = left || (a->words[i].number && !m->used_a[i]);
    for (size_t i = 0; i < b->n; i++)
        right = right || (b->words[i].number && !m->used_b[i]);
    return left && right;
}

static bool is_acronym(const struct name *word, const struct name *words)
{
    const struct word *w = &word->words[0];
    if (word->n != 1 || words->n < 2 || w->n != words->n)
        return false;
    for (size_t i = 0; i < words->n; i++)
        if (w->letters[i] != words->words[i].letters[0])
            return false;
    return true;
}

/* "Face Book", "Facebok": the letters of all words, one after another. */
static size_t joined_distance(const struct name *a, const struct name *b)
{
    uint32_t letters[2][NEAR_LONGEST];
    size_t n[2] = {0, 0};
    const struct name *side[2] = {a, b};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < side[s]->n; i++)
            for (size_t k = 0; k < side[s]->words[i].n && n[s] < NEAR_LONGEST; k++)
                letters[s][n[s]++] = side[s]->words[i].letters[k];
    size_t longer = n[0] > n[1] ? n[0] : n[1], shorter = n[0] + n[1] - longer;
    if (longer - shorter > 2 || shorter < 6)
        return NEAR_FAR;
    return near_distance(letters[0], n[0], letters[1], n[1]);
}

static enum similar_why against_of(const struct name *a, const struct name *b,
                                   const struct matching *m)
{
    if (numbers_differ(a, b, m))
        return SIMILAR_OTHER_NUMBER;
    return a->legal && b->legal && a->legal != b->legal ? SIMILAR_OTHER_LEGAL_FORM : SIMILAR_WHYS;
}

static enum similar_why organisations_why(const struct name *a, const struct name *b,
                                          const struct matching *m, size_t far)
{
    size_t fewer = a->n < b->n ? a->n : b->n, more = a->n + b->n - fewer;
    if (far == 0)
        return SIMILAR_SAME_NAME;
    if (m->pairs == more)
        return m->worst == EXACT ? SIMILAR_SWAPPED_NAME : why_of(m->worst);
    if (far <= 2)
        return far == 1 ? SIMILAR_ONE_LETTER : SIMILAR_CLOSE_NAME;
    if (is_acronym(a, b) || is_acronym(b, a))
        return SIMILAR_ACRONYM;
    if (m->pairs == fewer && m->worst >= ONE_LETTER)
        return SIMILAR_MORE_NAMES;
    return 2 * m->pairs <= fewer ? SIMILAR_OTHER_NAME : SIMILAR_WHYS;
}

struct finding names_of_organisations(const struct name *a, const struct name *b)
{
    enum { SHORT = 6, SHORT_LESS = 25 };
    struct finding f = nothing;
    if (!a->n || !b->n)
        return f;
    in_order(&a, &b);
    struct matching m = match(a, b);
    size_t more = a->n > b->n ? a->n : b->n, far = a->joined == b->joined ? 0 : NEAR_FAR;
    f.also = against_of(a, b, &m);
    if (far && m.pairs < more && f.also != SIMILAR_OTHER_NUMBER)
        far = joined_distance(a, b);
    f.why = organisations_why(a, b, &m, far);
    if (m.pairs == 1 && more == 1 && m.worst < EXACT && a->words[0].n < SHORT)
        f.less = SHORT_LESS; /* "Hive", "Live" */
    return f;
}
