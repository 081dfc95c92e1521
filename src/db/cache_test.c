/* cache_test.c: proves the rules of cache.h, with statements that are only counted. */
#include "db/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int dropped;

static void drop(struct cache *c, struct statement *st)
{
    (void)c;
    (void)st;
    dropped++;
}

static struct statement *add(struct cache *c, const char *sql)
{
    struct statement *st = calloc(1, sizeof *st);
    cache_add(c, st, sql);
    return st;
}

/* RULE 1 */
static void found_by_text(void **state)
{
    (void)state;
    static struct cache c;
    cache_init(&c, 8, drop);
    char here[] = "SELECT 1", there[] = "SELECT 1";
    struct statement *st = add(&c, here);
    assert_ptr_equal(cache_find(&c, here, NULL, NULL), st);
    assert_ptr_equal(cache_find(&c, there, NULL, NULL), st);
    here[7] = '2';
    assert_null(cache_find(&c, here, NULL, NULL));
    st->busy = true;
    assert_null(cache_find(&c, there, NULL, NULL));
    struct statement *second = add(&c, there);
    assert_ptr_equal(cache_find(&c, there, NULL, NULL), second);
    cache_clear(&c);
}

/* RULE 2 */
static void oldest_goes(void **state)
{
    (void)state;
    static struct cache c;
    cache_init(&c, 3, drop);
    dropped = 0;
    struct statement *x = add(&c, "a");
    add(&c, "b");
    add(&c, "c");
    cache_find(&c, "b", NULL, NULL);
    x->busy = true;
    add(&c, "d"); /* a is in use, c was not looked for since */
    assert_int_equal(dropped, 1);
    assert_null(cache_find(&c, "c", NULL, NULL));
    assert_non_null(cache_find(&c, "b", NULL, NULL));
    for (char name[] = "e"; name[0] < 'z'; name[0]++)
        add(&c, name);
    assert_int_equal(c.count, 3);
    x->busy = false;
    assert_ptr_equal(cache_find(&c, "a", NULL, NULL), x);
    cache_clear(&c);
    assert_int_equal(c.count, 0);
    assert_int_equal(dropped, 4 + 'z' - 'e');
}

static bool never(const struct statement *st, const void *want)
{
    (void)st;
    return want != NULL;
}

static void asks_whether_it_fits(void **state)
{
    (void)state;
    static struct cache c;
    cache_init(&c, 8, drop);
    add(&c, "a");
    assert_null(cache_find(&c, "a", never, NULL));
    assert_non_null(cache_find(&c, "a", never, "x"));
    cache_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_text),
        cmocka_unit_test(oldest_goes),
        cmocka_unit_test(asks_whether_it_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
