/* columns_test.c: one list gives the struct, the SELECT, the decoder and the JSON. */
#include "record/columns.h"

#include "core/arena.h"
#include "test/kit.h"

#define SAMPLE_ROW(F, X)                                                                           \
    F(INT, id, "7")                                                                                \
    X(REF, nobody, "NULL")                                                                         \
    X(REAL, share, "CAST(0.5 AS DOUBLE PRECISION)")                                                \
    X(TEXT, name, "'bee'")                                                                         \
    X(HTML, html, "'<b>'")                                                                         \
    X(TIME, at, "1798761600000000")                                                                \
    X(FLAG, yes, "1")                                                                              \
    X(HIDDEN_INT, secret, "42")                                                                    \
    X(HIDDEN_TEXT, word, "'hush'")
ROW_DEFINE(sample, SAMPLE_ROW)

struct reading {
    struct arena *arena;
    struct sample sample;
    int64_t behind;
};

static bool read_it(struct db *db, void *ctx)
{
    struct reading *r = ctx;
    struct rows q = db_query(db, "SELECT " ROW_COLUMNS(SAMPLE_ROW) ", 99");
    if (db_next(&q)) {
        sample_decode(&r->sample, &q, 0, r->arena);
        r->behind = db_int(&q, ROW_WIDTH(SAMPLE_ROW));
    }
    db_done(&q);
    return !db_failed(db);
}

static void all_of_it_agrees(void **state) /* columns RULE 1 */
{
    struct kit *kit = *state;
    struct reading r = {.arena = kit->arena};
    assert_true(store_run(kit->app->store, STORE_READ, read_it, &r));
    assert_int_equal(r.sample.id, 7);
    assert_int_equal(r.sample.nobody, 0);
    assert_true(r.sample.share == 0.5);
    assert_true(r.sample.yes);
    assert_int_equal(r.sample.secret, 42);
    assert_true(str_is(r.sample.word, "hush"));
    assert_int_equal(r.behind, 99);
    struct out o;
    out_init(&o, 4096);
    struct json j = json_to(&o);
    json_open(&j, '{');
    sample_json(&j, &r.sample);
    json_close(&j, '}');
    struct str text = out_take(&o, kit->arena);
    if (!str_is(text,
                "{\"id\":7,\"nobody\":null,\"share\":0.5,\"name\":\"bee\",\"html\":\"\\u003cb>\","
                "\"at\":\"2027-01-01T00:00:00Z\",\"yes\":true}"))
        fail_msg(STR_FMT, STR_ARG(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {kit_test(all_of_it_agrees)};
    return kit_run(tests);
}
