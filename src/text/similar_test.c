/* similar_test.c: proves the RULES of similar.h: pairs from similar.cases, parts from fold.cases.
 *
 * SKEP_SIMILAR_BENCH=N compares N pairs and says how long it took.
 */
#include "text/similar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/rand.h"
#include "text/near.h"

/* ---- reading the cases ---- */

static void read_date(struct str s, struct clock_date *d)
{
    struct str part;
    int64_t n[3] = {0};
    for (size_t i = 0; i < 3 && str_split(&s, '-', &part); i++)
        assert_true(str_int(part, &n[i]));
    *d = (struct clock_date){.year = (int)n[0], .month = (int)n[1], .day = (int)n[2]};
}

/* "name=Ana Silva; email=ana@example.org; city=Porto"; "org" makes it an organisation. */
static struct similar_facts facts_read(struct str line)
{
    struct similar_facts f = {.organisation = false};
    struct str part;
    size_t emails = 0, phones = 0;
    while (str_split(&line, ';', &part)) {
        struct str value = str_trim(part), key = value;
        str_split(&value, '=', &key);
        if (str_is(key, "org"))
            f.organisation = true;
        else if (str_is(key, "name"))
            f.name = value;
        else if (str_is(key, "given"))
            f.given = value;
        else if (str_is(key, "family"))
            f.family = value;
        else if (str_is(key, "works"))
            f.works_for = value;
        else if (str_is(key, "email"))
            f.emails[emails++] = value;
        else if (str_is(key, "phone"))
            f.phones[phones++] = value;
        else if (str_is(key, "street"))
            f.street = value;
        else if (str_is(key, "postcode"))
            f.postcode = value;
        else if (str_is(key, "city"))
            f.city = value;
        else if (str_is(key, "website"))
            f.website = value;
        else if (str_is(key, "birthday"))
            read_date(value, &f.birthday);
        else if (key.n)
            fail_msg("no such fact: " STR_FMT, STR_ARG(key));
    }
    return f;
}

struct pair {
    struct similar_side *a, *b;
};

static struct pair pair_read(struct arena *a, struct str lines)
{
    struct str first = S(""), second = S("");
    str_split(&lines, '\n', &first);
    str_split(&lines, '\n', &second);
    struct similar_facts left = facts_read(first), right = facts_read(second);
    return (struct pair){similar_prepare(a, &left), similar_prepare(a, &right)};
}

static struct str verdict(int score)
{
    return score >= SIMILAR_LIKELY     ? S("likely")
           : score >= SIMILAR_POSSIBLE ? S("possible")
                                       : S("apart");
}

static struct str shown(struct arena *a, const struct similarity *s)
{
    struct str out = str_fmt(a, STR_FMT " %d", STR_ARG(verdict(s->score)), s->score);
    for (size_t i = 0; i < s->n; i++)
        out = str_fmt(a, STR_FMT "\n%+d %s", STR_ARG(out), s->reasons[i].points,
                      similar_words(s->reasons[i].why));
    return out;
}

static bool share_key(struct arena *a, const struct pair *p)
{
    struct str left[SIMILAR_KEYS], right[SIMILAR_KEYS];
    size_t n = similar_keys(a, p->a, left), m = similar_keys(a, p->b, right), shared = 0;
    bool tells = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            if (str_eq(left[i], right[k])) {
                shared++;
                tells = tells || similar_tells(left[i]);
            }
    return shared && similar_worth(shared, tells, similar_letters(p->a), similar_letters(p->b));
}

static void pairs_are_judged_as_people_did(void **state) /* RULES 2, 3, 4, 5 and 7 */
{
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct str rest = cases_read(a, "src/text/similar.cases");
    struct test_case c;
    size_t count = 0, wrong = 0;
    for (; cases_next(&rest, &c); count++) {
        struct pair p = pair_read(a, c.part[0]);
        struct similarity s = similar_score(p.a, p.b), back = similar_score(p.b, p.a);
        struct str got = shown(a, &s), want = c.part[1], title = c.title;
        assert_int_equal(s.score, back.score);
        assert_int_equal(s.n, back.n);
        if (!str_eq(got, want)) {
            print_error("@@ " STR_FMT "\n" STR_FMT "\n=>\n" STR_FMT "\n\nwant " STR_FMT "\n\n",
                        STR_ARG(title), STR_ARG(c.part[0]), STR_ARG(got), STR_ARG(want));
            wrong++;
        }
        if (s.score >= SIMILAR_POSSIBLE && !share_key(a, &p)) {
            print_error(STR_FMT ": no key is shared\n", STR_ARG(title));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_in_range(count, 80, 1000);
    arena_free(a);
}

/* ---- the parts ---- */

static struct str email_shown(struct arena *a, struct str s)
{
    struct email_parts e = email_fold(a, s);
    return str_fmt(a, STR_FMT " " STR_FMT " " STR_FMT "%s%s", STR_ARG(e.address),
                   STR_ARG(e.mailbox), STR_ARG(e.host), e.shared ? " shared" : "",
                   e.free ? " free" : "");
}

static struct str near_shown(struct arena *a, struct str s)
{
    uint32_t letters[2][NEAR_LONGEST];
    size_t n[2] = {0, 0};
    struct str word, rest = s;
    for (size_t i = 0; i < 2 && str_split(&rest, ' ', &word); i++)
        for (size_t at = 0; at < word.n;)
            letters[i][n[i]++] = utf8_next(word, &at);
    size_t far = near_distance(letters[0], n[0], letters[1], n[1]);
    assert_int_equal(far, near_distance(letters[1], n[1], letters[0], n[0]));
    return str_fmt(a, "%zu %d", far, near_jaro(letters[0], n[0], letters[1], n[1]));
}

static struct str keys_shown(struct arena *a, const struct similar_facts *facts)
{
    struct str keys[SIMILAR_KEYS];
    size_t n = similar_keys(a, similar_prepare(a, facts), keys);
    return str_join(a, keys, n, S(", "));
}

static struct str part_shown(struct arena *a, struct str what, struct str s)
{
    if (str_is(what, "person") || str_is(what, "organisation"))
        return name_fold(a, s, str_is(what, "organisation"));
    if (str_is(what, "key"))
        return name_key(a, s, false);
    if (str_is(what, "keys"))
        return keys_shown(a, &(struct similar_facts){.name = s});
    if (str_is(what, "works"))
        return keys_shown(a, &(struct similar_facts){.name = s, .organisation = true});
    if (str_is(what, "email"))
        return email_shown(a, s);
    if (str_is(what, "phone"))
        return phone_fold(a, s);
    if (str_is(what, "host"))
        return host_fold(a, s);
    if (str_is(what, "near"))
        return near_shown(a, s);
    assert_true(str_is(what, "street"));
    struct street_parts p = street_fold(a, s);
    return str_fmt(a, STR_FMT " | " STR_FMT, STR_ARG(p.street), STR_ARG(p.house));
}

static void parts_are_folded(void **state) /* RULE 1 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str rest = cases_read(a, "src/text/fold.cases");
    struct test_case c;
    size_t count = 0, wrong = 0;
    for (; cases_next(&rest, &c); count++) {
        struct str title = c.title, what = title;
        str_split(&title, ' ', &what);
        struct str got = str_trim(part_shown(a, what, c.part[0]));
        if (!str_eq(got, str_trim(c.part[1]))) {
            print_error("@@ " STR_FMT "\n" STR_FMT "\n=>\n" STR_FMT "\n\n", STR_ARG(c.title),
                        STR_ARG(c.part[0]), STR_ARG(got));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_in_range(count, 60, 1000);
    arena_free(a);
}

/* ---- any bytes, and all that a typist does ---- */

static struct str spoiled(struct rand_seq *r, struct str s, char *room)
{
    size_t n = rand_below(r, 8) == 0 ? rand_below(r, s.n + 1) : s.n;
    memcpy(room, s.p, n);
    for (uint64_t i = rand_below(r, 6); n && i > 0; i--)
        room[rand_below(r, n)] =
            rand_below(r, 2) ? (char)rand_next(r) : "\0;=, .@+\n"[rand_below(r, 9)];
    return str_make(room, n);
}

static struct similar_facts any_facts(struct rand_seq *r, struct str bytes)
{
    struct similar_facts f = {.organisation = rand_below(r, 2)};
    struct str *all[] = {&f.name,      &f.works_for, &f.emails[0], &f.emails[1],
                         &f.phones[0], &f.street,    &f.postcode,  &f.city,
                         &f.website,   &f.given,     &f.family};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = rand_below(r, 3) ? str_from(bytes, rand_below(r, bytes.n + 1)) : S("");
    f.birthday.year = (int)rand_below(r, 3);
    return f;
}

static void any_bytes_do_no_harm(void **state) /* RULE 2, RULE 6 */
{
    (void)state;
    struct arena *cases = arena_new(1 << 20), *a = arena_new(64 << 20);
    struct str whole = cases_read(cases, "src/text/similar.cases"), rest = whole, line;
    struct rand_seq r = {1};
    struct similar_side *before = similar_prepare(cases, &(struct similar_facts){.name = S("x")});
    size_t count = 0;
    while (str_split(&rest, '\n', &line)) {
        for (size_t i = 0; i < 6; i++) {
            char *room = malloc(line.n + 1); /* so that the sanitizer sees a byte too many */
            struct similar_facts f = any_facts(&r, spoiled(&r, line, room));
            struct similar_side *side = similar_prepare(a, &f);
            struct str keys[SIMILAR_KEYS];
            for (size_t k = similar_keys(a, side, keys); k-- > 0; count++) {
                assert_in_range(keys[k].n, 1, SIMILAR_KEY);
                assert_true(utf8_valid(keys[k]) && str_find(keys[k], '\0') < 0);
            }
            struct similarity s = similar_score(side, before), t = similar_score(before, side);
            assert_in_range(s.score, 0, 100);
            assert_int_equal(s.score, t.score);
            assert_in_range(s.n, 0, SIMILAR_REASONS);
            struct similarity self = similar_score(side, side);
            for (size_t k = 0; k < self.n; k++)
                assert_false(similar_against(self.reasons[k].why));
            free(room);
        }
        arena_reset(a);
    }
    assert_true(count > 10000);
    arena_free(a);
    arena_free(cases);
}

static const char *const given_names[] = {
    "Nkechi",    "Wilhelmina", "Robert",    "Elizabeth",  "Jideofor", "Ottoline",
    "Katarzyna", "Michael",    "Gesine",    "Ignacio",    "Yaroslav", "Siobhan",
    "Torben",    "Fenella",    "Francisco", "Jacqueline",
};
static const char *const family_names[] = {
    "Adeyemi",  "Hofstadter",  "Okonkwo",  "Fairweather", "Wierzbicki", "Quartermaine",
    "Marchand", "Vestergaard", "Papadaki", "Oyelaran",    "Tannenfels", "Shaughnessy",
};

/* One slip of a finger: a letter left out, doubled, replaced, or swapped with the next. */
static struct str mistyped(struct arena *a, struct rand_seq *r, struct str s)
{
    char *p = arena_alloc(a, s.n + 2);
    size_t at = 1 + rand_below(r, s.n - 2), n = s.n;
    memcpy(p, s.p, s.n);
    switch (rand_below(r, 4)) {
    case 0:
        memmove(p + at, p + at + 1, --n - at);
        break;
    case 1:
        memmove(p + at + 1, p + at, n++ - at);
        break;
    case 2:
        p[at] = (char)('a' + rand_below(r, 26));
        break;
    default:
        p[at] = s.p[at + 1];
        p[at + 1] = s.p[at];
    }
    return str_make(p, n);
}

static void a_slip_in_one_word_is_found_and_seen(void **state) /* RULES 3, 4 and 7 */
{
    (void)state;
    enum {
        GIVEN = sizeof given_names / sizeof *given_names,
        FAMILY = sizeof family_names / sizeof *family_names,
        TIMES = 10
    };
    struct arena *a = arena_new(64 << 20);
    struct rand_seq r = {7};
    size_t seen = 0;
    for (size_t g = 0; g < GIVEN; g++)
        for (size_t k = 0; k < FAMILY; k++)
            for (size_t i = 0; i < TIMES; i++) {
                struct str given = str_of(given_names[g]), family = str_of(family_names[k]);
                struct similar_facts right = {.given = given, .family = family}, slip = right;
                if (rand_below(&r, 2))
                    slip.given = mistyped(a, &r, given);
                else
                    slip.family = mistyped(a, &r, family);
                struct pair p = {similar_prepare(a, &right), similar_prepare(a, &slip)};
                if (!share_key(a, &p)) /* not one is lost */
                    fail_msg("no key: " STR_FMT " " STR_FMT, STR_ARG(slip.given),
                             STR_ARG(slip.family));
                seen += similar_score(p.a, p.b).score >= SIMILAR_POSSIBLE;
            }
    assert_true(seen * 100 >= (size_t)GIVEN * FAMILY * TIMES * 97);
    arena_free(a);
}

static void other_people_seldom_share_a_key(void **state) /* RULE 4 */
{
    (void)state;
    enum {
        GIVEN = sizeof given_names / sizeof *given_names,
        FAMILY = sizeof family_names / sizeof *family_names,
        ALL = GIVEN * FAMILY
    };
    struct arena *a = arena_new(64 << 20);
    struct similar_side *sides[ALL];
    size_t shared = 0, pairs = 0;
    for (size_t i = 0; i < ALL; i++)
        sides[i] =
            similar_prepare(a, &(struct similar_facts){.given = str_of(given_names[i % GIVEN]),
                                                       .family = str_of(family_names[i / GIVEN])});
    for (size_t i = 0; i < ALL; i++)
        for (size_t k = 0; k < i; k++, pairs++) {
            struct pair p = {sides[i], sides[k]};
            shared += share_key(a, &p);
            assert_true(similar_score(p.a, p.b).score < SIMILAR_POSSIBLE);
        }
    assert_true(shared * 100 < pairs * 2); /* names that share so much are rarer among a million */
    arena_free(a);
}

static void reasons_have_both_values(void **state) /* RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct similar_facts x = {
        .name = S("Dr. Liz Okafor"), .emails = {S("LIZ@Okafor.example")}, .birthday = {1980, 2, 3}};
    struct similar_facts y = {.name = S("Elizabeth Okafor"),
                              .emails = {S("liz@okafor.example")},
                              .birthday = {1999, 12, 31}};
    struct similarity s = similar_score(similar_prepare(a, &x), similar_prepare(a, &y));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.reasons[0].why, SIMILAR_SAME_EMAIL);
    assert_true(str_eq(s.reasons[0].a, S("liz@okafor.example")));
    assert_int_equal(s.reasons[1].why, SIMILAR_NICKNAME);
    assert_true(str_eq(s.reasons[1].a, S("Dr. Liz Okafor")));
    assert_true(str_eq(s.reasons[1].b, S("Elizabeth Okafor")));
    assert_int_equal(s.reasons[2].why, SIMILAR_OTHER_BIRTHDAY);
    assert_true(str_eq(s.reasons[2].a, S("1980-02-03")) && str_eq(s.reasons[2].b, S("1999-12-31")));
    assert_true(similar_against(s.reasons[2].why) && s.reasons[2].points < 0);
    assert_true(s.score < SIMILAR_LIKELY);
    for (int why = 0; why < SIMILAR_WHYS; why++)
        assert_true(strlen(similar_words((enum similar_why)why)) > 0);
    arena_free(a);
}

static void a_million_pairs(void **state)
{
    (void)state;
    const char *times = getenv("SKEP_SIMILAR_BENCH");
    int64_t n;
    if (!times || !str_int(str_of(times), &n))
        skip();
    enum { SIDES = 1000 };
    struct arena *a = arena_new(SIZE_MAX);
    struct similar_side *sides[SIDES];
    struct rand_seq r = {3};
    int64_t start = (int64_t)clock(), total = 0;
    for (size_t i = 0; i < SIDES; i++) {
        struct str given = str_of(given_names[rand_below(&r, 16)]);
        struct str family = str_of(family_names[rand_below(&r, 12)]);
        if (rand_below(&r, 3) == 0)
            family = mistyped(a, &r, family);
        struct similar_facts f = {
            .given = given,
            .family = family,
            .works_for = S("Stadtwerke Ulm GmbH"),
            .emails = {str_fmt(a, STR_FMT "%zu@example.org", STR_ARG(given), i % 300)},
            .phones = {str_fmt(a, "+4930123%zu", i % 400)},
            .street = S("Hauptstr. 5"),
            .city = i % 2 ? S("Ulm") : S("Bonn"),
        };
        sides[i] = similar_prepare(a, &f);
    }
    int64_t prepared = (int64_t)clock();
    for (int64_t i = 0; i < n; i++)
        total += similar_score(sides[rand_below(&r, SIDES)], sides[rand_below(&r, SIDES)]).score;
    int64_t scored = (int64_t)clock();
    struct str keys[SIMILAR_KEYS];
    for (size_t i = 0; i < SIDES; i++)
        total += (int64_t)similar_keys(a, sides[i], keys);
    int64_t keyed = (int64_t)clock();
    print_message("a side: %.1f us, its keys: %.1f us; %lld pairs: %.3f s of CPU (%lld)\n",
                  (double)(prepared - start) / SIDES, (double)(keyed - scored) / SIDES,
                  (long long)n, (double)(scored - prepared) / 1e6, (long long)total);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_judged_as_people_did),
        cmocka_unit_test(parts_are_folded),
        cmocka_unit_test(reasons_have_both_values),
        cmocka_unit_test(a_slip_in_one_word_is_found_and_seen),
        cmocka_unit_test(other_people_seldom_share_a_key),
        cmocka_unit_test(any_bytes_do_no_harm),
        cmocka_unit_test(a_million_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
