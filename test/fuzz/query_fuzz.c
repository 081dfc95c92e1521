/* query_fuzz.c: any bytes behind the "?" of an address, and the table that says what a route reads.
 *
 * The fields must be those that a reading by the letter finds, which shares no line with target.c;
 * and what is wrong with them, by the table, is what is wrong by its words.
 */
#include "record/form.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/letter.h"
#include "test/fuzz/request.h"

static const char *const sorts[] = {"newest", "votes", NULL};
static const char *const shows[] = {"mine", "unanswered", "a b", NULL};
static const struct form_rule rules[] = {
    {"q"},
    {"sort", .choices = sorts},
    {"show", .choices = shows, .many = true},
    {"n", .whole = true},
    {"after"},
    {0},
};
static const struct route route = {GET, "/x", .query = rules};

static bool among(const char *const *words, struct str s)
{
    for (; *words; words++)
        if (str_is(s, *words))
            return true;
    return false;
}

static bool whole(struct str s)
{
    struct str digits = s.n && s.p[0] == '-' ? str_from(s, 1) : s;
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
    return digits.n > 0;
}

static void check_table(struct req *rq)
{
    struct str sort = req_query(rq, "sort"), shown = req_query(rq, "show"), one;
    bool good = (!sort.n || among(sorts, sort)), n_good = whole(req_query(rq, "n"));
    while (str_split(&shown, ',', &one))
        good = good && among(shows, one);
    const char *why = query_wrong(rq);
    if (!good || (req_query(rq, "n").n && !n_good))
        must(why != NULL);
    if (good && (!req_query(rq, "n").n || (n_good && req_query(rq, "n").n < 18)))
        must(why == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str query = str_make((const char *)data, size);
    struct http_request *hr = fuzz_request(a, &route, S(""), S(""));
    struct param *fields;
    size_t n;
    bool taken = target_parse(&hr->target, a, str_fmt(a, "/x?" STR_FMT, STR_ARG(query))) &&
                 target_fields(a, query, &hr->queries, &hr->queries_n);
    must(taken == letter_fields(a, query, &fields, &n));
    if (taken) {
        size_t got_n;
        const struct param *got = req_queries(&hr->rq, &got_n);
        letter_same(got, got_n, fields, n);
        for (size_t i = n; i-- > 0;)
            must(req_has_query(&hr->rq, str_cstr(a, fields[i].name)));
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k <= i; k++)
                if (str_eq(fields[k].name, fields[i].name)) { /* the first of a name counts */
                    must(str_eq(req_query(&hr->rq, str_cstr(a, fields[i].name)), fields[k].value));
                    break;
                }
        check_table(&hr->rq);
    }
    arena_free(a);
    return 0;
}
