/* formula_fuzz.c: any bytes as a formula and as a roll-up, run on any values.
 *
 * The first byte chooses the values, and whether the rest is taken as it is or as numbers of words
 * of the language, which gets far beyond what does not read. What compiles must print to what
 * compiles and prints the same, give a value of its type or none within the limits, the same in
 * parentheses as without, and the same as what it prints to.
 */
#include "core/clock.h"
#include "test/fuzz/fuzz.h"
#include "text/formula.h"

enum { FIELDS = 9 };
static const struct formula_name names[FIELDS] = {
    {S("n"), FORMULA_NUMBER},     {S("t"), FORMULA_TEXT},
    {S("b"), FORMULA_BOOL},       {S("d"), FORMULA_DATE},
    {S("at"), FORMULA_TIME},      {S("m"), FORMULA_MONEY},
    {S("u"), FORMULA_MONEY},      {S("file")},
    {S("round"), FORMULA_NUMBER},
};

static const char *const words[] = {
    "n",      "t",          "b",       "d",         "at",     "m",
    "u",      "round",      "1",       "0.5",       "3",      "100",
    "9e",     "\"x\"",      "''",      "true",      "false",  "none",
    "(",      ")",          ",",       "+",         "-",      "*",
    "/",      "%",          "&",       "=",         "<>",     "<",
    ">=",     "and",        "or",      "not",       "if(",    "round(",
    "abs(",   "min(",       "max(",    "coalesce(", "len(",   "left(",
    "right(", "mid(",       "join(",   "upper(",    "days(",  "date(",
    "1,1)",   "addmonths(", "now()",   "today()",   "money(", "\"EUR\")",
    "text(",  "replace(",   "number(", "empty(",    "year(",  "9223372036854.775807",
};

static struct str as_words(struct arena *a, struct str bytes)
{
    struct out o;
    out_init(&o, 1 << 20);
    for (size_t i = 0; i < bytes.n; i++)
        out_fmt(&o, "%s ", words[(unsigned char)bytes.p[i] % (sizeof words / sizeof *words)]);
    return out_take(&o, a);
}

static void choose_values(struct formula_value *v, unsigned choice, struct str text)
{
    static const int64_t numbers[] = {0, 1, -1, 1500000, INT64_MAX, INT64_MIN, 20000, 1 << 30};
    for (size_t i = 0; i < FIELDS; i++) {
        v[i] = (struct formula_value){.type = names[i].type, .n = numbers[(choice + i) % 8]};
        if (v[i].type == FORMULA_TEXT)
            v[i].text = text;
        if (v[i].type == FORMULA_BOOL)
            v[i].n = choice & 1;
        memcpy(v[i].currency, i == 6 ? "USD" : "EUR", 4);
        if ((choice >> 3) % FIELDS == i)
            v[i] = (struct formula_value){0};
    }
}

static bool same_value(struct formula_value a, struct formula_value b)
{
    return a.type == b.type && a.n == b.n && str_eq(a.text, b.text) &&
           memcmp(a.currency, b.currency, 4) == 0;
}

static void check_error(const struct formula_error *e, struct str source)
{
    must(e->words.n > 0 && utf8_valid(e->words));
    must(e->column >= 1 && e->column <= source.n + 1);
}

/* Gives whether there was no error. */
static bool run(struct arena *a, const struct formula *f, const struct formula_value *values,
                struct str source, struct formula_value *v)
{
    static const struct formula_world world = {.now = 20784 * CLOCK_DAY};
    struct formula_error e = {0};
    if (!formula_run(f, &world, values, a, v, &e)) {
        check_error(&e, source);
        must(v->type == FORMULA_NONE);
        return false;
    }
    must(v->type == FORMULA_NONE || v->type == formula_type(f));
    must(v->text.n <= FORMULA_TEXT_MAX);
    must(v->type != FORMULA_BOOL || v->n == 0 || v->n == 1);
    formula_text(a, &world, *v);
    return true;
}

static void check_formula(struct arena *a, struct str source, const struct formula_value *values)
{
    struct formula_error e = {0};
    struct formula_value v, other;
    const size_t *reads;
    struct formula *f = formula_compile(a, source, names, FIELDS, &e);
    if (!f) {
        check_error(&e, source);
        return;
    }
    for (size_t i = formula_reads(f, &reads); i-- > 0;)
        must(reads[i] < FIELDS);
    bool ran = run(a, f, values, source, &v);
    struct str printed = formula_print(a, f);
    if (printed.n > FORMULA_SOURCE)
        return;
    struct formula *again = formula_compile(a, printed, names, FIELDS, &e);
    must(again && str_eq(formula_print(a, again), printed));
    must(formula_type(again) == formula_type(f) && formula_changes(again) == formula_changes(f));
    must(run(a, again, values, printed, &other) == ran && same_value(v, other));
    struct str group = str_fmt(a, "(" STR_FMT ")", STR_ARG(printed));
    if (group.n > FORMULA_SOURCE || !(again = formula_compile(a, group, names, FIELDS, &e)))
        return; /* one parenthesis too deep */
    must(run(a, again, values, group, &other) == ran && same_value(v, other));
}

static void check_rollup(struct arena *a, struct str source)
{
    struct formula_error e = {0};
    struct rollup r, again;
    if (!rollup_parse(a, source, &r, &e)) {
        check_error(&e, source);
        return;
    }
    must(r.type.n && (r.field.n || r.fn == ROLLUP_COUNT));
    struct str printed = rollup_print(a, &r);
    if (printed.n > FORMULA_SOURCE)
        return;
    must(rollup_parse(a, printed, &again, &e));
    must(again.fn == r.fn && str_eq(again.type, r.type) && str_eq(again.field, r.field));
    must(str_eq(again.condition, r.condition));
    if (r.condition.n)
        formula_compile(a, r.condition, names, FIELDS, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = str_make((const char *)data, size);
    unsigned choice = fuzz_byte(&rest);
    struct formula_value values[FIELDS];
    choose_values(values, choice >> 1, rest);
    struct str source = choice & 1 ? as_words(a, rest) : rest;
    check_formula(a, source, values);
    check_rollup(a, source);
    arena_free(a);
    return 0;
}
