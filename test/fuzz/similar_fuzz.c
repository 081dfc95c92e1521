/* similar_fuzz.c: two sides made of any bytes, a line for each fact.
 *
 * The first letter of a line says which fact of which side it is. Both orders must give one score,
 * a side must find nothing that speaks against itself, keys must be short and valid text, and case,
 * blanks and points at the ends must make no other name.
 */
#include "test/fuzz/fuzz.h"
#include "text/similar.h"

static void take_fact(struct similar_facts *f, char what, struct str value)
{
    struct str *facts[] = {&f->name,      &f->given,     &f->family,    &f->works_for,
                           &f->emails[0], &f->emails[1], &f->phones[0], &f->phones[3],
                           &f->street,    &f->postcode,  &f->city,      &f->website};
    size_t which = (unsigned char)what % 14;
    if (which < sizeof facts / sizeof *facts)
        *facts[which] = value;
    else if (which == 12)
        f->organisation = value.n & 1;
    else
        f->birthday = (struct clock_date){.year = 1900 + (int)value.n, .month = 2, .day = 3};
}

static void check_keys(struct arena *a, const struct similar_side *side)
{
    struct str keys[SIMILAR_KEYS];
    size_t n = similar_keys(a, side, keys);
    must(n <= SIMILAR_KEYS);
    for (size_t i = 0; i < n; i++) {
        must(keys[i].n > 0 && keys[i].n <= SIMILAR_KEY && utf8_valid(keys[i]));
        must(str_find(keys[i], '\0') < 0);
        for (size_t k = 0; k < i; k++)
            must(!str_eq(keys[i], keys[k]));
    }
}

static void check_pair(const struct similar_side *x, const struct similar_side *y)
{
    struct similarity s = similar_score(x, y), t = similar_score(y, x);
    must(s.score >= 0 && s.score <= 100 && s.score == t.score);
    must(s.n == t.n && s.n <= SIMILAR_REASONS);
    for (size_t i = 0; i < s.n; i++) {
        int points = s.reasons[i].points;
        must(similar_against(s.reasons[i].why) == (points < 0) && points);
        must(i == 0 || abs(points) <= abs(s.reasons[i - 1].points));
    }
    s = similar_score(x, x);
    for (size_t i = 0; i < s.n; i++)
        must(!similar_against(s.reasons[i].why));
}

static void check_name(struct arena *a, struct str name)
{
    char *p = arena_bytes(a, name.n + 5);
    memcpy(p, " -", 2);
    for (size_t i = 0; i < name.n; i++)
        p[2 + i] = (char)((unsigned char)(name.p[i] - 'a') < 26 ? name.p[i] - 32 : name.p[i]);
    memcpy(p + 2 + name.n, "! ", 2);
    must(str_eq(name_fold(a, name, false), name_fold(a, str_make(p, name.n + 4), false)));
    must(name_key(a, name, true).n == name_fold(a, name, true).n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = str_make((const char *)data, size), line;
    struct similar_facts facts[2] = {{.organisation = size & 1}, {.organisation = size & 1}};
    while (str_split(&rest, '\n', &line)) {
        if (!line.n)
            continue;
        struct str value = str_from(line, 1);
        take_fact(&facts[line.p[0] / 14 & 1], line.p[0], value);
        check_name(a, value);
    }
    struct similar_side *x = similar_prepare(a, &facts[0]), *y = similar_prepare(a, &facts[1]);
    check_keys(a, x);
    check_keys(a, y);
    check_pair(x, y);
    arena_free(a);
    return 0;
}
