/* formula_test.c: proves the RULES of formula.h: most from formula.cases and rollup.cases, and that
 * docs/guide/formulas.md tells the truth.
 */
#include "text/formula.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/clock.h"
#include "core/zone.h"
#include "text/letters.h"

/* The fields that the cases and the guide speak of. */
enum { FIELDS = 16 };
static const struct formula_name names[FIELDS] = {
    {S("amount"), FORMULA_MONEY},  {S("cost"), FORMULA_MONEY},   {S("fee"), FORMULA_MONEY},
    {S("price"), FORMULA_MONEY},   {S("seats"), FORMULA_NUMBER}, {S("share"), FORMULA_NUMBER},
    {S("score"), FORMULA_NUMBER},  {S("stage"), FORMULA_TEXT},   {S("name"), FORMULA_TEXT},
    {S("notes"), FORMULA_TEXT},    {S("signed"), FORMULA_BOOL},  {S("paid"), FORMULA_BOOL},
    {S("due"), FORMULA_DATE},      {S("closed"), FORMULA_DATE},  {S("created"), FORMULA_TIME},
    {S("contract"), FORMULA_NONE},
};
static const struct formula_value values[FIELDS] = {
    {FORMULA_MONEY, 123450, "EUR"},
    {FORMULA_MONEY, 100000, "EUR"},
    {FORMULA_MONEY, 2000, "USD"},
    {FORMULA_MONEY, 500, "JPY"},
    {FORMULA_NUMBER, 12 * FORMULA_UNIT},
    {FORMULA_NUMBER, 150000},
    {FORMULA_NONE},
    {FORMULA_TEXT, .text = S("won")},
    {FORMULA_TEXT, .text = S("Ana M\xc3\xbcller")},
    {FORMULA_NONE},
    {FORMULA_BOOL, 1},
    {FORMULA_NONE},
    {FORMULA_DATE, 20787}, /* 2026-11-30 */
    {FORMULA_NONE},
    {FORMULA_TIME, 20780 * CLOCK_DAY + 22 * CLOCK_HOUR + 30 * CLOCK_MINUTE}, /* 2026-11-23 22:30 */
    {FORMULA_NONE},
};

static int exponent(const char *currency)
{
    return memcmp(currency, "JPY", 3) == 0 ? 0 : 2;
}

static const struct formula_world world = {
    .now = 20784 * CLOCK_DAY + 12 * CLOCK_HOUR, /* 2026-11-27 12:00 */
    .exponent = exponent,
};

static struct str error_text(struct arena *a, const struct formula_error *e)
{
    return str_fmt(a, "%zu: " STR_FMT, e->column, STR_ARG(e->words));
}

static struct str value_shown(struct arena *a, struct formula_value v)
{
    struct str s = formula_text(a, &world, v);
    if (v.type == FORMULA_TEXT)
        return str_fmt(a, "\"" STR_FMT "\"", STR_ARG(s));
    if (v.type == FORMULA_BOOL)
        return v.n ? S("true") : S("false");
    return v.type == FORMULA_NONE ? S("none") : s;
}

/* What a formula gives, or the error; that it prints to what prints the same is seen on the way. */
static struct str outcome(struct arena *a, struct str source, const struct formula_world *w)
{
    struct formula_error e;
    struct formula_value v;
    struct formula *f = formula_compile(a, source, names, FIELDS, &e), *again;
    if (!f)
        return error_text(a, &e);
    struct str printed = formula_print(a, f);
    again = formula_compile(a, printed, names, FIELDS, &e);
    if (!again)
        fail_msg("printed as " STR_FMT ", which does not compile", STR_ARG(printed));
    if (!str_eq(formula_print(a, again), printed)) /* RULE 7 */
        fail_msg("prints as " STR_FMT " and then otherwise", STR_ARG(printed));
    if (!formula_run(f, w, values, a, &v, &e))
        return error_text(a, &e);
    assert_true(v.type == FORMULA_NONE || v.type == formula_type(f)); /* RULE 3 */
    return value_shown(a, v);
}

static bool same(struct str source, struct str got, struct str want)
{
    if (str_eq(got, want))
        return true;
    print_error(STR_FMT "\n  gives " STR_FMT "\n  want  " STR_FMT "\n", STR_ARG(source),
                STR_ARG(got), STR_ARG(want));
    return false;
}

/* RULE 1, RULE 2, RULE 3, RULE 4, RULE 5, RULE 7: lines of "formula => what it gives" */
static void formulas_give_what_is_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct str rest = cases_read(a, "src/text/formula.cases");
    struct test_case c;
    size_t count = 0, wrong = 0;
    while (cases_next(&rest, &c)) {
        struct str lines = c.part[0], line;
        while (str_split(&lines, '\n', &line)) {
            ptrdiff_t at = str_find_str(line, S(" => "));
            if (!line.n)
                continue;
            if (at < 0)
                fail_msg("no => in: " STR_FMT, STR_ARG(line));
            struct str source = str_first(line, (size_t)at);
            struct str want = str_trim(str_from(line, (size_t)at + 4));
            struct str got = outcome(a, source, &world);
            count++;
            wrong += !same(source, got, want);
        }
    }
    assert_int_equal(wrong, 0);
    assert_in_range(count, 300, 3000);
    arena_free(a);
}

static struct str code(struct str *row) /* what stands in the next cell's backquotes */
{
    ptrdiff_t from = str_find(*row, '`');
    struct str cell = str_from(*row, from < 0 ? row->n : (size_t)from + 1);
    ptrdiff_t to = str_find(cell, '`');
    *row = str_from(cell, to < 0 ? cell.n : (size_t)to + 1);
    return str_first(cell, to < 0 ? 0 : (size_t)to);
}

static void the_guide_tells_the_truth(void **state) /* RULE 1, RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str page = cases_read(a, "docs/guide/formulas.md"), rest = page, row;
    size_t count = 0, wrong = 0;
    while (str_split(&rest, '\n', &row)) {
        struct str formula = code(&row), want = code(&row);
        if (row.p[0] != ' ' || !str_ends(row, S("|")) || !want.n)
            continue;
        struct str got = outcome(a, formula, &world);
        count++;
        wrong += !same(formula, got, want);
    }
    assert_int_equal(wrong, 0);
    assert_in_range(count, 50, 500);
    const char *use, *name;
    for (size_t i = 0; (name = formula_function(i, &use)); i++)
        if (!str_has(page, str_fmt(a, "| `%s(", name)))
            fail_msg("the guide has no example of %s", name);
    arena_free(a);
}

static void days_are_those_of_the_place(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct formula_world berlin = world;
    berlin.zone = zone_open(a, S("Pacific/Auckland")); /* 13 hours ahead in November */
    assert_non_null(berlin.zone);
    assert_true(str_eq(outcome(a, S("date(created)"), &berlin), S("2026-11-24")));
    assert_true(str_eq(outcome(a, S("hour(created)"), &berlin), S("11")));
    assert_true(str_eq(outcome(a, S("today()"), &berlin), S("2026-11-28")));
    assert_true(str_eq(outcome(a, S("\"\" & created"), &berlin), S("\"2026-11-24 11:30\"")));
    arena_free(a);
}

static void what_changes_with_time_says_so(void **state) /* RULE 8 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct formula_error e;
    static const struct {
        struct str source;
        bool changes;
        size_t reads;
    } cases[] = {
        {S("days(due, today())"), true, 1},      {S("if(signed, created, now())"), true, 2},
        {S("due + seats + 1"), false, 2},        {S("\"today()\""), false, 0},
        {S("amount - cost + amount"), false, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t *reads, *scanned;
        size_t n;
        struct formula *f = formula_compile(a, cases[i].source, names, FIELDS, &e);
        assert_non_null(f);
        assert_int_equal(formula_changes(f), cases[i].changes);
        assert_int_equal(formula_reads(f, &reads), cases[i].reads);
        for (size_t k = 1; k < cases[i].reads; k++)
            assert_true(reads[k - 1] < reads[k]);
        assert_true(formula_scan(a, cases[i].source, names, FIELDS, &scanned, &n, &e));
        assert_int_equal(n, cases[i].reads);
        if (n)
            assert_memory_equal(scanned, reads, n * sizeof *reads);
    }
    const size_t *scanned;
    size_t n;
    assert_true(formula_scan(a, S("amount + stage"), names, FIELDS, &scanned, &n, &e));
    assert_false(formula_scan(a, S("amount +"), names, FIELDS, &scanned, &n, &e));
    arena_free(a);
}

/* ---- limits ---- */

static struct str repeated(struct arena *a, struct str part, size_t times, struct str end)
{
    char *p = arena_alloc(a, part.n * times + end.n + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(p + i * part.n, part.p, part.n);
    memcpy(p + part.n * times, end.p, end.n);
    return str_make(p, part.n * times + end.n);
}

static void refused(struct arena *a, struct str source, const char *words)
{
    struct formula_error e = {0};
    if (formula_compile(a, source, names, FIELDS, &e))
        fail_msg("compiles: " STR_FMT, STR_ARG(str_first(source, 60)));
    if (!str_has(e.words, str_of(words)))
        fail_msg("want %s, got " STR_FMT, words, STR_ARG(e.words));
}

static void limits_are_told(void **state) /* RULE 6 */
{
    (void)state;
    struct arena *a = arena_new(256 << 20);
    refused(a, repeated(a, S(" "), 4001, S("1")), "at most 4000");
    refused(a, repeated(a, S("1+"), 600, S("1")), "more than 1000 parts");
    refused(a, repeated(a, S("("), 51, S("1")), "more than 50 deep");
    refused(a, repeated(a, S("-"), 51, S("1")), "more than 50 deep");
    refused(a, repeated(a, S("not "), 51, S("true")), "more than 50 deep");
    refused(a, repeated(a, S("abs("), 51, S("1")), "more than 50 deep");
    refused(a, S("1 + \xff"), "UTF-8");
    refused(a, S("1 + \x01"), "cannot be seen");
    refused(a, S("1 + \0 2"), "cannot be seen");
    struct formula_error e;
    assert_non_null(formula_compile(a, repeated(a, S("1+"), 499, S("1")), names, FIELDS, &e));
    struct str deep = repeated(a, S("("), 50, repeated(a, S(")"), 0, S("1")));
    deep = repeated(a, deep, 1, repeated(a, S(")"), 50, S("")));
    assert_non_null(formula_compile(a, deep, names, FIELDS, &e));
    arena_free(a);
}

static bool runs_on(struct arena *a, struct str source, struct str name, struct formula_error *e)
{
    struct formula_value given[FIELDS], v;
    memcpy(given, values, sizeof values);
    given[8].text = name;
    struct formula *f = formula_compile(a, source, names, FIELDS, e);
    assert_non_null(f);
    return formula_run(f, &world, given, a, &v, e);
}

static void long_texts_are_told(void **state) /* RULE 6 */
{
    (void)state;
    struct arena *a = arena_new(256 << 20);
    struct formula_error e;
    struct str most = repeated(a, S("x"), FORMULA_TEXT_MAX, S(""));
    struct str more = repeated(a, S("x"), FORMULA_TEXT_MAX, S("y"));
    assert_true(runs_on(a, S("name"), most, &e));
    assert_true(runs_on(a, S("ends(name, \"y\")"), more, &e));
    assert_true(runs_on(a, S("left(name, 5) & right(name, 5)"), more, &e));
    assert_false(runs_on(a, S("name"), more, &e));
    assert_true(str_has(e.words, S("longer than 65536")));
    assert_false(runs_on(a, S("name & \"!\""), most, &e));
    assert_int_equal(e.column, 6);
    assert_false(runs_on(a, S("replace(name, \"x\", \"xx\")"), most, &e));
    assert_false(runs_on(a, S("join(\", \", name, name)"), most, &e));
    struct str many = repeated(a, S("len(lower(name)) + "), 30, S("0"));
    assert_false(runs_on(a, many, most, &e)); /* each is short enough, but not all of them */
    arena_free(a);
}

static void values_of_another_kind_are_told(void **state) /* RULE 3, RULE 6 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct formula_value given[FIELDS], v;
    struct formula_error e;
    memcpy(given, values, sizeof values);
    given[0] = given[7];
    struct formula *f = formula_compile(a, S("1 * amount"), names, FIELDS, &e);
    assert_false(formula_run(f, &world, given, a, &v, &e));
    assert_true(str_eq(error_text(a, &e), S("5: \"amount\" holds text instead of money.")));
    assert_int_equal(v.type, FORMULA_NONE);
    arena_free(a);
}

static void extreme_values_do_no_harm(void **state) /* RULE 1, RULE 6 */
{
    (void)state;
    struct arena *a = arena_new(64 << 20);
    static const struct str sources[] = {
        S("-seats"),
        S("abs(seats)"),
        S("seats * seats"),
        S("seats / 0.000001"),
        S("seats % -0.000001"),
        S("round(seats, -12)"),
        S("ceil(seats)"),
        S("floor(seats)"),
        S("due + seats"),
        S("due - seats"),
        S("created - seats"),
        S("due - date(created)"),
        S("created - now()"),
        S("days(due, created)"),
        S("addmonths(due, seats)"),
        S("year(due)"),
        S("weekday(created)"),
        S("\"\" & created & due & seats & amount"),
        S("left(name, seats)"),
        S("right(name, seats)"),
        S("mid(name, seats, seats)"),
        S("money(seats, \"JPY\")"),
        S("number(amount) + number(price)"),
        S("amount * seats"),
        S("amount / cost"),
        S("amount / seats"),
        S("date(seats, seats, seats)"),
        S("amount > seats"),
        S("round(amount, -12)"),
        S("hour(created) + quarter(due)"),
    };
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            struct formula_value given[FIELDS], v;
            struct formula_error e = {0};
            memcpy(given, values, sizeof values);
            for (size_t j = 0; j < FIELDS; j++)
                given[j].n = ends[k];
            struct formula *f = formula_compile(a, sources[i], names, FIELDS, &e);
            if (!f)
                fail_msg(STR_FMT ": " STR_FMT, STR_ARG(sources[i]), STR_ARG(e.words));
            if (!formula_run(f, &world, given, a, &v, &e))
                assert_true(e.words.n && e.column);
        }
    arena_free(a);
}

/* ---- order and roll-ups ---- */

static void fields_stand_behind_what_they_read(void **state) /* RULE 9 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    enum { N = 5 };
    static const struct formula_name fields[N] = {
        {S("margin")}, {S("cost")}, {S("hours")}, {S("rate")}, {S("share")}};
    static const size_t margin[] = {1, 4}, cost[] = {2, 3}, share[] = {1};
    struct formula_needs needs[N] = {{margin, 2}, {cost, 2}, {0}, {0}, {share, 1}};
    size_t order[N], place[N];
    struct str loop;
    assert_true(formula_order(a, fields, needs, N, order, &loop));
    for (size_t i = 0; i < N; i++)
        place[order[i]] = i;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < needs[i].n; k++)
            assert_true(place[needs[i].reads[k]] < place[i]);

    static const size_t back[] = {0}, self[] = {2};
    needs[3] = (struct formula_needs){back, 1}; /* rate reads margin */
    assert_false(formula_order(a, fields, needs, N, order, &loop));
    assert_true(str_eq(loop, S("margin -> cost -> rate -> margin")));
    needs[3] = (struct formula_needs){0};
    needs[2] = (struct formula_needs){self, 1};
    assert_false(formula_order(a, fields, needs, N, order, &loop));
    assert_true(str_eq(loop, S("hours -> hours")));
    assert_true(formula_order(a, fields, needs, 0, order, &loop));
    arena_free(a);
}

static void a_long_chain_is_no_deep_recursion(void **state) /* RULE 9, RULE 6 */
{
    (void)state;
    enum { N = 100000 };
    struct arena *a = arena_new(64 << 20);
    struct formula_needs *needs = arena_array(a, struct formula_needs, N);
    struct formula_name *fields = arena_array(a, struct formula_name, N);
    size_t *reads = arena_array(a, size_t, N), *order = arena_array(a, size_t, N);
    struct str loop;
    for (size_t i = 0; i < N; i++) {
        reads[i] = i + 1;
        needs[i] = (struct formula_needs){&reads[i], i + 1 < N};
    }
    assert_true(formula_order(a, fields, needs, N, order, &loop));
    assert_int_equal(order[0], N - 1);
    assert_int_equal(order[N - 1], 0);
    arena_free(a);
}

static struct str rollup_shown(struct arena *a, struct str source)
{
    struct rollup r, again;
    struct formula_error e;
    if (!rollup_parse(a, source, &r, &e))
        return error_text(a, &e);
    struct str printed = rollup_print(a, &r);
    assert_true(rollup_parse(a, printed, &again, &e)); /* RULE 7 */
    assert_true(str_eq(rollup_print(a, &again), printed));
    return str_fmt(a, "%s | " STR_FMT " | " STR_FMT " | " STR_FMT " | %zu", rollup_name(r.fn),
                   STR_ARG(r.type), STR_ARG(r.field), STR_ARG(r.condition), r.condition_column);
}

static void rollups_are_taken_apart(void **state) /* RULE 10 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str rest = cases_read(a, "src/text/rollup.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct str got = rollup_shown(a, c.part[0]);
        if (!str_eq(got, c.part[1]))
            fail_msg("%s: got " STR_FMT, c.title.p, STR_ARG(got));
    }
    assert_in_range(count, 20, 200);
    arena_free(a);
}

static void rollups_have_a_type(void **state) /* RULE 10 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct formula_error e;
    static const struct {
        enum rollup_fn fn;
        enum formula_type field, gives;
    } cases[] = {
        {ROLLUP_COUNT, FORMULA_NONE, FORMULA_NUMBER},
        {ROLLUP_COUNT, FORMULA_TEXT, FORMULA_NUMBER},
        {ROLLUP_SUM, FORMULA_MONEY, FORMULA_MONEY},
        {ROLLUP_SUM, FORMULA_TEXT, FORMULA_NONE},
        {ROLLUP_MIN, FORMULA_DATE, FORMULA_DATE},
        {ROLLUP_MAX, FORMULA_BOOL, FORMULA_NONE},
        {ROLLUP_AVERAGE, FORMULA_NUMBER, FORMULA_NUMBER},
        {ROLLUP_AVERAGE, FORMULA_DATE, FORMULA_NONE},
        {ROLLUP_FIRST, FORMULA_TEXT, FORMULA_TEXT},
        {ROLLUP_LAST, FORMULA_NONE, FORMULA_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rollup r = {.fn = cases[i].fn, .type = S("deals"), .field = S("f")};
        e.words = S("");
        assert_int_equal(rollup_type(a, &r, cases[i].field, &e), cases[i].gives);
        assert_int_equal(e.words.n > 0, cases[i].gives == FORMULA_NONE);
    }
    struct rollup r = {.fn = ROLLUP_SUM, .type = S("deals"), .field = S("stage")};
    rollup_type(a, &r, FORMULA_TEXT, &e);
    assert_true(str_eq(e.words, S("\"stage\" is text: it has no sum.")));
    arena_free(a);
}

static void words_of_the_language_are_reserved(void **state) /* RULE 7 */
{
    (void)state;
    assert_true(formula_reserved(S("none")));
    assert_true(formula_reserved(S("AND")));
    assert_false(formula_reserved(S("amount")));
    assert_false(formula_reserved(S("round"))); /* a field may be called as a function is */
}

static void letters_have_two_cases(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp < 0x3000; cp++) {
        uint32_t low = letter_lower(cp), up = letter_upper(cp);
        assert_int_equal(letter_lower(low), low);
        assert_int_equal(letter_upper(up), up);
        if (low != cp)
            assert_int_equal(letter_upper(low), cp);
        if (up != cp && cp != 0x3C2)
            assert_int_equal(letter_lower(up), cp);
    }
    assert_int_equal(letter_upper(0xDF), 0xDF);
    assert_int_equal(letter_upper(0xF7), 0xF7); /* a sign, no letter */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_give_what_is_written),
        cmocka_unit_test(the_guide_tells_the_truth),
        cmocka_unit_test(days_are_those_of_the_place),
        cmocka_unit_test(what_changes_with_time_says_so),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(long_texts_are_told),
        cmocka_unit_test(values_of_another_kind_are_told),
        cmocka_unit_test(extreme_values_do_no_harm),
        cmocka_unit_test(fields_stand_behind_what_they_read),
        cmocka_unit_test(a_long_chain_is_no_deep_recursion),
        cmocka_unit_test(rollups_are_taken_apart),
        cmocka_unit_test(rollups_have_a_type),
        cmocka_unit_test(words_of_the_language_are_reserved),
        cmocka_unit_test(letters_have_two_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
