/* similar_fold.c: names, addresses and numbers in a form that is made for comparing, not for
 * showing; see similar.h.
 *
 * WHY "ae", "oe", "ue" and "aa" become one letter everywhere: Muller with two dots is written
 * Mueller where there are no dots, and Muller by those who leave them out. Both sides are folded in
 * the same way, so that a Samuel who becomes a "samul" still meets himself.
 */
#include "text/similar_parts.h"

#include "text/letters.h"

enum { LONG = 4 * WORD_LETTERS };

/* A word while it is read: plain as it stands, and flat with one letter for two. */
struct reading {
    uint32_t flat[WORD_LETTERS];
    size_t n;
    char plain[LONG];
    size_t plain_n;
    bool dotted; /* single letters with points between them: "S.A." */
};

/* ---- letters ---- */

static const char *const cyrillic[] = {
    /* from U+0430 on */
    "a", "b", "v", "g", "d", "e",  "zh", "z",  "i",  "y",    "k", "l", "m", "n", "o",  "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "",  "y", "",  "e", "yu", "ya",
    "e", "e", "d", "g", "e", "s",  "i",  "yi", "y",  "l",    "n", "c", "k", "i", "u",  "dz",
};
static const char *const greek[] = {
    /* from U+03AC on */
    "a", "e", "i", "i", "y", "a", "v", "g", "d", "e",  "z",  "i", "th", "i", "k", "l", "m", "n",
    "x", "o", "p", "r", "s", "s", "t", "y", "f", "ch", "ps", "o", "i",  "y", "o", "y", "o",
};

static void push(struct reading *w, uint32_t cp)
{
    char one[4];
    size_t len = utf8_put(one, cp);
    if (w->plain_n + len <= LONG) {
        memcpy(w->plain + w->plain_n, one, len);
        w->plain_n += len;
    }
    uint32_t last = w->n ? w->flat[w->n - 1] : 0;
    bool second =
        (cp == 'e' && (last == 'a' || last == 'o' || last == 'u')) || (cp == 'a' && last == 'a');
    if (!second && w->n < WORD_LETTERS)
        w->flat[w->n++] = cp;
}

static void push_text(struct reading *w, const char *s)
{
    for (; *s; s++)
        push(w, (unsigned char)*s);
}

static bool vanishes(uint32_t cp)
{
    return cp == '\'' || cp == '`' || cp == 0xB4 || cp == 0x2018 || cp == 0x2019 || cp == 0x2BC ||
           cp == 0xAD || (cp >= 0x300 && cp < 0x370) || (cp >= 0x64B && cp < 0x660) ||
           (cp >= 0x200B && cp < 0x2010) || cp == 0xFEFF;
}

/* Scripts that have Latin letters for theirs; false: this is none of them. */
static bool transliterate(struct reading *w, uint32_t cp)
{
    char second, c = str_fold_latin(cp, &second);
    if (c) {
        push(w, (unsigned char)c);
        if (second)
            push(w, (unsigned char)second);
    } else if (cp >= 0x430 && cp < 0x460) {
        push_text(w, cyrillic[cp - 0x430]);
    } else if (cp >= 0x490 && cp < 0x492) {
        push(w, 'g');
    } else if ((cp == 0x3C5 || cp == 0x3CD) && w->n && w->flat[w->n - 1] == 'o') {
        push(w, 'u');
    } else if (cp >= 0x3AC && cp < 0x3CF) {
        push_text(w, greek[cp - 0x3AC]);
    } else {
        return false;
    }
    return true;
}

static bool in_words(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9');
    return cp >= 0x250 && cp <= 0x2FFFF && cp != 0xFFFD && !(cp >= 0x2000 && cp < 0x3040);
}

/* false: no letter or digit, so that the word ends there. */
static bool fold_letter(struct reading *w, uint32_t cp)
{
    if (cp >= 0xFF01 && cp < 0xFF5F) /* full width */
        cp -= 0xFEE0;
    cp = letter_lower(cp);
    if (vanishes(cp) || transliterate(w, cp))
        return true;
    if (in_words(cp))
        push(w, cp);
    return in_words(cp);
}

/* The next word; false at the end. With `dots`, points between single letters vanish. */
static bool next_word(struct str s, size_t *at, bool dots, struct reading *w)
{
    w->n = w->plain_n = 0;
    size_t letters = 0; /* since the word began, or since the last point in it */
    while (*at < s.n) {
        size_t from = *at, before = w->plain_n;
        uint32_t cp = utf8_next(s, at);
        if (dots && cp == '.' && letters == 1) {
            letters = 0;
            continue;
        }
        bool after_point = dots && w->plain_n && letters == 0;
        struct str rest = str_from(s, *at);
        bool single = !rest.n || rest.p[0] == '.' || rest.p[0] == ' ' || rest.p[0] == ',';
        if (after_point && !single && cp != ' ') { /* "J.Smith" is two words */
            *at = from;
            return true;
        }
        if (!fold_letter(w, cp)) {
            if (w->n)
                return true;
            continue;
        }
        letters += w->plain_n > before;
    }
    return w->n > 0;
}

/* ---- names ---- */

static struct str plain(const struct reading *w)
{
    return str_make(w->plain, w->plain_n);
}

static struct str flat(const struct reading *w, char p[LONG])
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        n += utf8_put(p + n, w->flat[i]);
    return str_make(p, n);
}

static void add_word(struct name *out, const struct reading *r, bool family)
{
    char p[LONG];
    struct str text = flat(r, p);
    if (out->n == NAME_WORDS)
        return;
    struct word *w = &out->words[out->n++];
    memset(w, 0, sizeof *w);
    w->n = (uint8_t)r->n;
    memcpy(w->letters, r->flat, r->n * sizeof *r->flat);
    w->hash = str_hash(text);
    for (size_t i = 0; i < r->n; i++) {
        w->mask |= 1u << (r->flat[i] % 32);
        w->number = w->number || (r->flat[i] >= '0' && r->flat[i] <= '9');
    }
    w->family = family;
    if (r->n < 2)
        return;
    struct str as_written = plain(r);
    bool two = !str_eq(as_written, text); /* forms to look for */
    if (!word_groups(as_written, w->groups) && two)
        word_groups(text, w->groups);
    w->given = w->groups[0].n || word_is_given(as_written) || (two && word_is_given(text));
    w->common = word_is_common(as_written) || (two && word_is_common(text));
}

static void read_words(struct name *out, struct str text, bool family)
{
    struct reading w;
    size_t at = 0;
    bool titled = false;
    while (next_word(text, &at, false, &w)) {
        struct str word = plain(&w);
        int generation = out->n ? word_generation(word) : 0;
        bool was = titled;
        titled = word_is_title(word) || (was && word_is_title_part(word));
        if (generation)
            out->generation = generation;
        else if (!titled)
            add_word(out, &w, family);
    }
}

static void drop_particles(struct name *out)
{
    size_t keep = 0, particles = 0;
    bool weak[NAME_WORDS] = {false};
    for (size_t i = 1; i < out->n; i++) {
        char p[LONG];
        size_t n = 0;
        for (size_t k = 0; k < out->words[i].n; k++)
            n += utf8_put(p + n, out->words[i].letters[k]);
        weak[i] = word_is_particle(str_make(p, n));
        particles += weak[i];
    }
    if (out->n - particles < 2)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (!weak[i])
            out->words[keep++] = out->words[i];
    out->n = keep;
}

static void finish(struct name *out)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    out->sorted = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct word *w = &out->words[i];
        out->sorted += w->hash * UINT64_C(0x9E3779B97F4A7C15);
        for (size_t k = 0; k < w->n; k++)
            h = (h ^ w->letters[k]) * UINT64_C(0x100000001B3);
    }
    out->joined = out->n ? h : 0;
}

static void read_organisation(struct name *out, struct str text)
{
    struct reading w, kept = {.n = 0};
    size_t at = 0, words = 0;
    while (next_word(text, &at, true, &w)) {
        struct str legal = words ? word_legal(plain(&w)) : S("");
        words++;
        if (legal.n)
            out->legal = out->legal * 31 + str_hash(legal);
        else if (!word_is_filler(plain(&w)))
            add_word(out, &w, false);
        else if (!kept.n)
            kept = w;
    }
    if (!out->n && kept.n) /* nothing but fillers */
        add_word(out, &kept, false);
}

void name_read(struct arena *a, struct name *out, struct str text, bool organisation)
{
    memset(out, 0, sizeof *out);
    ptrdiff_t comma = str_find(text, ',');
    (void)a;
    if (organisation) {
        read_organisation(out, text);
    } else if (comma > 0 && str_trim(str_from(text, (size_t)comma + 1)).n) {
        struct name family = {.n = 0};
        read_words(&family, str_first(text, (size_t)comma), true);
        read_words(out, str_from(text, (size_t)comma + 1), false);
        out->family_known = out->n > 0; /* else it was "Ana Muller, PhD" */
        for (size_t i = 0; i < family.n && out->n < NAME_WORDS; i++) {
            out->words[out->n] = family.words[i];
            out->words[out->n++].family = out->family_known;
        }
        out->generation = out->generation ? out->generation : family.generation;
        drop_particles(out);
    } else {
        read_words(out, text, false);
        drop_particles(out);
    }
    finish(out);
}

void name_read_parts(struct arena *a, struct name *out, struct str given, struct str family)
{
    (void)a;
    memset(out, 0, sizeof *out);
    read_words(out, given, false);
    out->family_known = out->n > 0;
    read_words(out, family, true);
    drop_particles(out);
    finish(out);
}

struct str word_text(struct arena *a, const struct word *w)
{
    char *p = arena_bytes(a, LONG);
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        n += utf8_put(p + n, w->letters[i]);
    return str_make(p, n);
}

static struct str words_text(struct arena *a, const struct name *name, bool sorted)
{
    struct str words[NAME_WORDS];
    for (size_t i = 0; i < name->n; i++) {
        size_t at = i;
        struct str word = word_text(a, &name->words[i]);
        for (; sorted && at > 0 && str_cmp(words[at - 1], word) > 0; at--)
            words[at] = words[at - 1];
        words[at] = word;
    }
    return str_join(a, words, name->n, S(" "));
}

struct str name_fold(struct arena *a, struct str name, bool organisation)
{
    struct name n;
    name_read(a, &n, name, organisation);
    return words_text(a, &n, false);
}

struct str name_key(struct arena *a, struct str name, bool organisation)
{
    struct name n;
    name_read(a, &n, name, organisation);
    return words_text(a, &n, true);
}

/* The words as they are, of what is no name. */
struct str words_fold(struct arena *a, struct str text)
{
    struct reading w;
    struct str words[NAME_WORDS];
    size_t n = 0, at = 0;
    while (n < NAME_WORDS && next_word(text, &at, false, &w))
        words[n++] = flat(&w, arena_bytes(a, LONG));
    return str_join(a, words, n, S(" "));
}

/* ---- addresses of all sorts ---- */

static struct str without(struct arena *a, struct str s, char c)
{
    char *p = arena_bytes(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != c)
            p[n++] = s.p[i];
    return str_make(p, n);
}

struct email_parts email_fold(struct arena *a, struct str email)
{
    struct email_parts e = {S(""), S(""), S(""), false, false};
    email = str_lower(a, str_trim(email));
    if (str_starts(email, S("mailto:")))
        email = str_from(email, 7);
    ptrdiff_t at = str_find(email, '@');
    if (at <= 0 || str_find(str_from(email, (size_t)at + 1), '@') >= 0 || email.n > 254)
        return e;
    struct str local = str_first(email, (size_t)at), host = str_from(email, (size_t)at + 1);
    while (str_ends(host, S(".")))
        host.n--;
    if (!host.n)
        return e;
    e.shared = mailbox_is_shared(local);
    e.free = host_is_free(host);
    e.host = host;
    e.address = e.mailbox = str_first(email, local.n + 1 + host.n);
    ptrdiff_t plus = str_find(local, '+');
    if (plus > 0)
        local = str_first(local, (size_t)plus);
    if (str_is(host, "googlemail.com"))
        host = S("gmail.com");
    if (str_is(host, "gmail.com"))
        local = without(a, local, '.');
    if (local.n + 1 + host.n != e.address.n)
        e.mailbox = str_fmt(a, STR_FMT "@" STR_FMT, STR_ARG(local), STR_ARG(host));
    return e;
}

struct str phone_fold(struct arena *a, struct str phone)
{
    enum { DIGITS = 20 };
    char *p = arena_bytes(a, DIGITS + 2);
    size_t n = 0;
    bool plus = false;
    for (size_t i = 0; i < phone.n && n < DIGITS; i++) {
        char c = phone.p[i];
        if (str_starts(str_from(phone, i), S("(0)"))) /* +49 (0)30: dialled at home only */
            i += 2;
        else if (c == '+' && !n)
            plus = true;
        else if (c >= '0' && c <= '9')
            p[1 + n++] = c;
        else if ((c | 0x20) == 'x' || (c | 0x20) == 'e' || c == ';' || c == '#')
            break; /* an extension */
    }
    if (!plus && n > 4 && p[1] == '0' && p[2] == '0') {
        p[2] = '+';
        return str_make(p + 2, n - 1);
    }
    p[0] = '+';
    return plus && n ? str_make(p, n + 1) : str_make(p + 1, n);
}

struct str host_fold(struct arena *a, struct str website)
{
    struct str s = str_lower(a, str_trim(website));
    ptrdiff_t at = str_find_str(s, S("://"));
    if (at >= 0)
        s = str_from(s, (size_t)at + 3);
    for (size_t i = 0; i < s.n; i++)
        if (memchr("/?#:", s.p[i], 4))
            s = str_first(s, i);
    if (str_starts(s, S("www.")))
        s = str_from(s, 4);
    while (str_ends(s, S(".")))
        s.n--;
    return s;
}

static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            return true;
    return false;
}

/* "Hauptstrasse" ends in a word that is also written by itself. */
static struct str end_shortened(struct str word)
{
    static const char *const ends[] = {"strasse", "straat", "str"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(word, str_of(ends[i])))
            return str_first(word, word.n - strlen(ends[i]));
    return word;
}

struct street {
    char street[64], house[64];
    size_t n, house_n;
    bool after_house; /* the word before belonged to it */
};

static void put(char *room, size_t *n, struct str s)
{
    if (*n + s.n > sizeof((struct street *)0)->street)
        return;
    memcpy(room + *n, s.p, s.n);
    *n += s.n;
}

static bool put_house(struct street *s, struct str word)
{
    bool digits = has_digit(word) && word.p[0] <= '9';
    bool goes_on = s->after_house && (digits || word.n == 1);
    if (!(digits && !s->house_n) && !goes_on)
        return false;
    if (goes_on && digits)
        put(s->house, &s->house_n, S("-")); /* "5-7" */
    put(s->house, &s->house_n, word);
    return true;
}

struct street_parts street_fold(struct arena *a, struct str street)
{
    struct street s = {.n = 0};
    struct reading w;
    char room[LONG];
    size_t at = 0;
    while (next_word(street, &at, false, &w)) {
        struct str word = flat(&w, room), shorter = street_word(plain(&w));
        s.after_house = put_house(&s, word);
        if (s.after_house)
            continue;
        if (shorter.n != w.plain_n) {
            put(s.street, &s.n, shorter);
            continue;
        }
        struct str stem = end_shortened(word);
        put(s.street, &s.n, stem);
        if (stem.n < word.n)
            put(s.street, &s.n, S("str"));
    }
    return (struct street_parts){str_dup(a, str_make(s.street, s.n)),
                                 str_dup(a, str_make(s.house, s.house_n))};
}
