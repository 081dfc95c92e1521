/* similar_keys.c: the keys by which an index finds whom to compare with whom; see similar.h.
 *
 * WHY pairs of words: a key of one word brings together all Smiths, ten thousand in a million. A
 * key is the sound of one word and the first letter of another, and every pair of words gives two,
 * one each way. So a name that is misspelt in one word, or has only an initial for one, still has
 * the key of the other word; the order of the words does not matter; and a nickname counts as each
 * of the names that it may stand for.
 *
 * WHY sounds are so coarse (after Postel's "Kolner Phonetik", 1969, which keeps consonants in a few
 * classes): a key may bring together what is not the same, the score tells that; what it keeps
 * apart nobody will ever compare.
 */
#include "text/similar_parts.h"

struct keys {
    struct arena *arena;
    struct str *list;
    size_t n;
};

/* A key is valid text that both databases take; what is not, or is too long, stands there as a
 * number made of it. */
static void add(struct keys *k, struct str key)
{
    if (key.n > SIMILAR_KEY || !utf8_valid(key) || str_find(key, '\0') >= 0)
        key = str_fmt(k->arena, "%.2s%016llx", key.p, (unsigned long long)str_hash(key));
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->list[i], key))
            return;
    if (k->n < SIMILAR_KEYS)
        k->list[k->n++] = key;
}

/* "n:klr b"; `last` may be empty. */
static void add_parts(struct keys *k, char kind, struct str first, struct str last)
{
    char *p = arena_bytes(k->arena, first.n + last.n + 3), *end = p;
    *end++ = kind;
    *end++ = ':';
    memcpy(end, first.p, first.n);
    end += first.n;
    if (last.n)
        *end++ = ' ';
    memcpy(end, last.p, last.n);
    add(k, str_make(p, (size_t)(end - p) + last.n));
}

static char class_of(uint32_t c, uint32_t before, uint32_t after)
{
    static const char classes[] = "\0pst\0fk\0\0\0klnn\0pkrst\0ffs\0s"; /* from a on */
    if (c < 'a' || c > 'z')
        return 0;
    if (c == 'c' && before != 's' && before != 'z' && after != 'e' && after != 'i' && after != 'y')
        return 'k';
    if (c == 'p' && after == 'h')
        return 'f';
    return classes[c - 'a'];
}

enum { SOUND = 6 };

/* The consonants by class, none twice in a row; a vowel counts where the word begins with it. What
 * is in no Latin letters stands as it is. */
static struct str sound(struct arena *a, const uint32_t *letters, size_t n)
{
    char *p = arena_bytes(a, 4 * SOUND + 4);
    size_t len = 0, count = 0;
    char last = 0;
    for (size_t i = 0; i < n && count < SOUND; i++) {
        uint32_t before = i ? letters[i - 1] : 0, after = i + 1 < n ? letters[i + 1] : 0;
        if (letters[i] > 'z' || letters[i] < 'a') {
            len += utf8_put(p + len, letters[i]);
            count++;
            last = 0;
            continue;
        }
        char c = class_of(letters[i], before, after);
        if (!c && i == 0)
            c = letters[i] == 'h' ? 'h' : 'a';
        if (c && c != last) {
            p[len++] = c;
            count++;
        }
        last = c;
    }
    return str_make(p, len);
}

/* What a word may stand for: itself, or the names that it is short for. */
struct sense {
    struct str sound;
    uint32_t first;
};

static size_t senses(struct arena *a, const struct word *w, struct sense *out)
{
    uint32_t letters[WORD_LETTERS];
    size_t n = 0;
    for (size_t i = 0; i < WORD_GROUPS && w->groups[i].n; i++) {
        struct str name = w->groups[i];
        size_t len = 0;
        for (size_t at = 0; at < name.n && len < WORD_LETTERS;)
            letters[len++] = utf8_next(name, &at);
        out[n++] = (struct sense){sound(a, letters, len), letters[0]};
    }
    out[n++] = (struct sense){sound(a, w->letters, w->n), w->letters[0]};
    return n;
}

/* Vowels at the beginning are easily taken for each other, as are J and Y. */
static uint32_t first_class(uint32_t c)
{
    if (c == 'c' || c == 'q')
        return 'k';
    return c == 'y' || c == 'i' ? 'j' : c == 'w' ? 'v' : c;
}

static void pair_keys(struct keys *k, char kind, const struct word *one, const struct word *other)
{
    struct sense of_one[WORD_GROUPS + 1], of_other[WORD_GROUPS + 1];
    size_t n = senses(k->arena, one, of_one), m = senses(k->arena, other, of_other);
    if (one->n < 2) /* an initial has no sound */
        return;
    /* The last sense is the word itself: with it stand all that the other may mean, and with each
     * of its other senses the other word itself. */
    for (size_t i = 0; i < m; i++) {
        char first[4];
        size_t len = utf8_put(first, first_class(of_other[i].first));
        add_parts(k, kind, of_one[n - 1].sound, str_make(first, len));
    }
    for (size_t i = 0; i + 1 < n; i++) {
        char first[4];
        size_t len = utf8_put(first, first_class(other->letters[0]));
        add_parts(k, kind, of_one[i].sound, str_make(first, len));
    }
}

static struct str joined_sound(struct arena *a, const struct name *name)
{
    uint32_t letters[WORD_LETTERS];
    size_t n = 0;
    for (size_t i = 0; i < name->n; i++)
        for (size_t k = 0; k < name->words[i].n && n < WORD_LETTERS; k++)
            letters[n++] = name->words[i].letters[k];
    return sound(a, letters, n);
}

static void person_keys(struct keys *k, const struct name *name)
{
    size_t n = name->n;
    const struct word *w[3] = {&name->words[0], &name->words[n > 1 ? n - 1 : 0], &name->words[1]};
    if (n == 1)
        add_parts(k, 'n', sound(k->arena, w[0]->letters, w[0]->n), S(""));
    for (size_t i = 0; n > 1 && i < (n > 2 ? 3 : 2); i++)
        for (size_t j = 0; j < (n > 2 ? 3 : 2); j++)
            if (i != j)
                pair_keys(k, 'n', w[i], w[j]);
    add_parts(k, 'j', joined_sound(k->arena, name), S(""));
}

static void organisation_keys(struct keys *k, const struct name *name)
{
    char initials[4 * NAME_WORDS];
    size_t len = 0;
    for (size_t i = 0; i < name->n && i < 3; i++)
        for (size_t j = 0; j < name->n && j < 3; j++)
            if (i != j)
                pair_keys(k, 'o', &name->words[i], &name->words[j]);
    const struct word *first = &name->words[0];
    add_parts(k, 'f', sound(k->arena, first->letters, first->n), S(""));
    add_parts(k, 'j', joined_sound(k->arena, name), S(""));
    for (size_t i = 0; i < name->n; i++)
        len += utf8_put(initials + len, name->words[i].letters[0]);
    if (name->n > 1)
        add_parts(k, 'i', str_make(initials, len), S(""));
    else if (first->n <= 6)
        add_parts(k, 'i', word_text(k->arena, first), S(""));
}

size_t similar_keys(struct arena *a, const struct similar_side *side, struct str *list)
{
    enum { LAST_DIGITS = 7 };
    struct keys k = {.arena = a, .list = list};
    for (size_t i = 0; i < side->emails_n; i++)
        add_parts(&k, 'e', side->emails[i].mailbox, S(""));
    for (size_t i = 0; i < side->phones_n; i++) {
        struct str digits = side->phones[i];
        if (digits.n >= LAST_DIGITS)
            add_parts(&k, 't', str_from(digits, digits.n - LAST_DIGITS), S(""));
    }
    if (side->facts.organisation && side->website.n)
        add_parts(&k, 'w', side->website, S(""));
    for (size_t i = 0; side->facts.organisation && i < side->emails_n; i++)
        if (!side->emails[i].free)
            add_parts(&k, 'w', side->emails[i].host, S(""));
    if (side->birthday.n)
        add_parts(&k, 'b', side->birthday, S(""));
    if (side->name.n && side->facts.organisation)
        organisation_keys(&k, &side->name);
    else if (side->name.n)
        person_keys(&k, &side->name);
    return k.n;
}

/* ---- who is worth a look ---- */

bool similar_tells(struct str key)
{
    return key.n && (key.p[0] == 'e' || key.p[0] == 't' || key.p[0] == 'w' || key.p[0] == 'i');
}

uint32_t similar_letters(const struct similar_side *side)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < side->name.n; i++)
        letters |= side->name.words[i].mask;
    return letters;
}

bool similar_worth(size_t keys, bool tells, uint32_t a, uint32_t b)
{
    enum { OTHER_LETTERS = 3 };
    uint32_t other = a ^ b;
    return tells || keys > 1 || !a || !b || !(other & a) || !(other & b) ||
           __builtin_popcount(other) <= OTHER_LETTERS;
}
