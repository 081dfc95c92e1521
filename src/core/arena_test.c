/* arena_test.c: proves the RULES of arena.h. */
#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* arena.h RULE 1 */
static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (int round = 0; round < 2; round++) { /* the second round gets used memory */
        for (size_t n = 0; n < 40000; n = n * 3 + 1) {
            unsigned char *p = arena_alloc(a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, n);
        }
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
    int64_t *row = arena_array(a, int64_t, 3);
    assert_int_equal(row[0] | row[1] | row[2], 0);
    arena_free(a);
    arena_free(NULL);
}

/* arena.h RULE 1 */
static void tight_memory_is_not_rounded(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    char *one = arena_tight(a, 3), *two = arena_tight(a, 5);
    assert_ptr_equal(two, one + 3);
    assert_int_equal(arena_used(a), 8);
    memset(one, 'x', 8);
    char *aligned = arena_make(a, char);
    assert_int_equal((uintptr_t)aligned % 16, 0);
    assert_true(aligned >= two + 5);
    for (size_t n = 1; n < 40000; n = n * 3 + 1) { /* over the ends of chunks */
        memset(arena_tight(a, n), 'y', n);
        assert_int_equal((uintptr_t)arena_bytes(a, n) % 16, 0);
    }
    arena_free(a);
}

/* arena.h RULE 2 */
static void the_ceiling_marks_until_reset(void **state)
{
    (void)state;
    struct arena *a = arena_new(1000);
    arena_alloc(a, 900);
    assert_false(arena_over(a));
    assert_non_null(arena_alloc(a, 200));
    assert_true(arena_over(a));
    assert_non_null(arena_alloc(a, 1));
    assert_true(arena_over(a));
    arena_reset(a);
    assert_false(arena_over(a));
    arena_free(a);
}

static char order[8];

static void note(void *p)
{
    strncat(order, p, 1);
}

static void defer_note(struct arena *a, char letter)
{
    char *p = arena_make(a, char);
    *p = letter;
    arena_defer(a, note, p);
}

/* arena.h RULE 3 */
static void deferred_calls_run_last_first(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    order[0] = 0;
    defer_note(a, 'a');
    defer_note(a, 'b');
    defer_note(a, 'c');
    assert_string_equal(order, "");
    arena_reset(a);
    assert_string_equal(order, "cba");
    arena_reset(a);
    assert_string_equal(order, "cba");
    defer_note(a, 'd');
    arena_free(a);
    assert_string_equal(order, "cbad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(tight_memory_is_not_rounded),
        cmocka_unit_test(the_ceiling_marks_until_reset),
        cmocka_unit_test(deferred_calls_run_last_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
