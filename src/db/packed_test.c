/* packed_test.c: proves packed.h. */
#include "db/packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"

static void same(const struct db_arg *a, const struct db_arg *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->i == b->i);
    assert_memory_equal(&a->d, &b->d, sizeof a->d);
    assert_int_equal(a->s.n, b->s.n);
    if (a->s.n)
        assert_memory_equal(a->s.p, b->s.p, a->s.n);
}

static void what_is_packed_is_read(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    char text[70000];
    memset(text, 'x', sizeof text);
    const struct db_arg rows[][5] = {
        {I(0), I(1), I(255), I(256), I(-1)},
        {I(INT64_MAX), I(INT64_MIN), I(65536), I(INT64_C(1) << 56), I(7)},
        {R(0), R(-0.5), R(1e300), NIL(), NIL_OF(DB_TEXT)},
        {T(S("")), T(S("ash")), T(str_make(text, 255)), T(str_make(text, 256)), I(3)},
        {T(str_make(text, sizeof text)), B(str_make("\0\1\2", 3)), B(S("")), REF(0), REF(9)},
    };
    unsigned char *packed[5];
    for (size_t i = 0; i < 5; i++)
        packed[i] = packed_make(a, rows[i], 5, 0);
    for (size_t i = 0; i < 5; i++) {
        struct db_arg read[PACKED_MOST];
        assert_int_equal(packed_read(packed[i], read), 5);
        for (size_t k = 0; k < 5; k++)
            same(&read[k], &rows[i][k]);
    }
    arena_free(a);
}

static void sums_are_added_in_place(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const struct db_arg first[] = {T(S("ash")), I(5), I(1), I(-3)};
    const struct db_arg more[] = {I(INT64_C(1) << 40), I(-300)};
    struct db_arg read[PACKED_MOST];
    unsigned char *packed = packed_make(a, first, 4, 2);
    unsigned char *next = packed_make(a, first, 4, 2);
    packed_add(packed, more, 2);
    packed_add(packed, more, 2);
    assert_int_equal(packed_read(packed, read), 4);
    same(&read[0], &first[0]);
    same(&read[1], &first[1]);
    assert_true(read[2].i == (INT64_C(1) << 41) + 1);
    assert_true(read[3].i == -603);
    packed_read(next, read);
    for (size_t i = 0; i < 4; i++)
        same(&read[i], &first[i]);
    arena_free(a);
}

static void a_row_of_keys_is_small(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (int i = 0; i < 100; i++)
        packed_make(a, (struct db_arg[]){I(INT64_C(0x123456789ABC)), I(500000 + i), I(77)}, 3, 0);
    assert_true(arena_used(a) <= 100 * 14);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_read),
        cmocka_unit_test(sums_are_added_in_place),
        cmocka_unit_test(a_row_of_keys_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
