/* key_set_test.c: proves key_set.h. */
#include "db/key_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Every other one of them, some of which have the same low or high half. */
static uint64_t hash_at(uint64_t i)
{
    return i % 3 ? i * UINT64_C(0x9E3779B97F4A7C15) : i << 32;
}

static void who_was_put_is_there_and_nobody_else(void **state)
{
    enum { ALL = 20000 };
    (void)state;
    struct key_set set = {0};
    assert_false(key_set_has(&set, 5));
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < ALL; i += 2) {
            key_set_put(&set, hash_at(i));
            key_set_put(&set, hash_at(i));
        }
        assert_int_equal(set.n, ALL / 2);
        for (uint64_t i = 0; i < ALL; i++)
            assert_int_equal(key_set_has(&set, hash_at(i)), i % 2 == 0);
        key_set_clear(&set);
        assert_false(key_set_has(&set, hash_at(0)));
    }
    key_set_free(&set);
    assert_false(key_set_has(&set, hash_at(2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_put_is_there_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
