/* rand_test.c: what rand.h says. */
#include "core/rand.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/arena.h"

static void secrets_differ(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str one = rand_hex(a, 32), two = rand_hex(a, 32);
    assert_int_equal(one.n, 64);
    assert_false(str_eq(one, two));
    for (size_t i = 0; i < one.n; i++)
        assert_true(str_find(S("0123456789abcdef"), one.p[i]) >= 0);
    unsigned char many[1000] = {0}, any = 0;
    rand_bytes(many, sizeof many);
    for (size_t i = 900; i < sizeof many; i++)
        any |= many[i];
    assert_true(any);
    arena_free(a);
}

/* The first numbers of splitmix64 from seed 1234567, as its authors' code gives them. */
static void a_seed_repeats(void **state)
{
    (void)state;
    struct rand_seq r = {1234567};
    assert_true(rand_next(&r) == UINT64_C(6457827717110365317));
    assert_true(rand_next(&r) == UINT64_C(3203168211198807973));
    assert_true(rand_next(&r) == UINT64_C(9817491932198370423));
}

static void ranges_hold(void **state)
{
    (void)state;
    struct rand_seq r = {7};
    unsigned seen[10] = {0};
    for (int i = 0; i < 100000; i++) {
        seen[rand_below(&r, 10)]++;
        double unit = rand_unit(&r);
        assert_true(unit >= 0 && unit < 1);
        assert_true(rand_below(&r, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 9500, 10500);
    assert_int_equal(rand_below(&r, 1), 0);
    assert_int_equal(rand_below(&r, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_differ),
        cmocka_unit_test(a_seed_repeats),
        cmocka_unit_test(ranges_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
