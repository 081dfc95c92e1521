/* shape_test.c: proves the RULES of shape.h; that what is described is what is printed is proven
 * for every route by test/outside/openapi.mjs. */
#include "core/shape.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct leg {
    int64_t length;
};

struct animal {
    struct str name, place, next;
    int64_t id, mother, born, size;
    double weight;
    bool tame;
    const struct leg *legs;
    size_t legs_n;
    struct leg tail;
    const struct leg *trunk;
};

static struct str size_name(int64_t size)
{
    return size > 1 ? S("large") : S("small");
}

static const struct part leg_parts[] = {
    PART_TITLE("Leg"),
    PART(INT, "length", struct leg, length),
    {0},
};

static const struct part animal_parts[] = {
    PART_TITLE("Animal"),
    PART(INT, "id", struct animal, id),
    PART(REF, "mother", struct animal, mother),
    PART(TEXT, "name", struct animal, name),
    PART(MAYBE, "place", struct animal, place),
    PART(TIME, "born", struct animal, born),
    PART(REAL, "weight", struct animal, weight),
    PART(FLAG, "tame", struct animal, tame),
    PART_NAMED("size", struct animal, size, size_name),
    PART_LIST("legs", struct animal, legs, legs_n, leg_parts),
    PART_INNER("tail", struct animal, tail, leg_parts),
    PART_THERE(struct animal, trunk, leg_parts),
    {.name = "secret", .kind = PART_HIDDEN_TEXT},
    {0},
};

static const struct part animal_answer[] = {
    PART_OBJECT("data", animal_parts),
    PART(CURSOR, "next", struct animal, next),
    {0},
};

static void prints(const struct animal *animal, const char *want)
{
    struct out o;
    out_init(&o, 4096);
    struct json j = json_to(&o);
    json_open(&j, '{');
    parts_print(&j, animal_answer, animal);
    json_close(&j, '}');
    out_char(&o, '\0');
    assert_string_equal(out_text(&o).p, want);
    out_free(&o);
}

static void every_kind_is_printed(void **state) /* RULE 1 */
{
    (void)state;
    static const struct leg legs[] = {{70}, {71}}, trunk = {200};
    prints(&(struct animal){.name = S("Ella"),
                            .place = S("Pune"),
                            .next = S("7"),
                            .id = 3,
                            .mother = 2,
                            .born = INT64_C(1500000000000000),
                            .size = 2,
                            .weight = 2.5,
                            .tame = true,
                            .legs = legs,
                            .legs_n = 2,
                            .tail = {90},
                            .trunk = &trunk},
           "{\"data\":{\"id\":3,\"mother\":2,\"name\":\"Ella\",\"place\":\"Pune\","
           "\"born\":\"2017-07-14T02:40:00Z\",\"weight\":2.5,\"tame\":true,\"size\":\"large\","
           "\"legs\":[{\"length\":70},{\"length\":71}],\"tail\":{\"length\":90},\"length\":200},"
           "\"next\":\"7\"}");
}

static void what_is_not_there_is_null_empty_or_left_out(void **state) /* RULE 1 */
{
    (void)state;
    prints(&(struct animal){.trunk = &(const struct leg){0}},
           "{\"data\":{\"id\":0,\"mother\":null,\"name\":\"\",\"born\":null,\"weight\":0,"
           "\"tame\":false,\"size\":\"small\",\"legs\":[],\"tail\":{\"length\":0},\"length\":0},"
           "\"next\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_printed),
        cmocka_unit_test(what_is_not_there_is_null_empty_or_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
