/* pack_test.c: proves the RULES of pack.h: every byte of a file is turned, and every end cut. */
#include "features/backups/pack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/rand.h"

static struct arena *a;
static char folder[] = "/tmp/pack_test.XXXXXX";

static struct str place(const char *name)
{
    return str_fmt(a, "%s/%s", folder, name);
}

static struct str slurp(struct str path)
{
    char *p = arena_alloc(a, 2 << 20);
    int fd = open(path.p, O_RDONLY);
    ssize_t n = read(fd, p, 2 << 20);
    assert_true(n >= 0);
    close(fd);
    return str_make(p, (size_t)n);
}

static void spill(struct str path, struct str bytes)
{
    int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    close(fd);
}

static const struct str small[] = {S("{}"), S(""), S("the same, the same, the same, the same"),
                                   S("\0\1\2")};
enum { SMALL = sizeof small / sizeof *small };

static void small_write(struct str path)
{
    struct pack p;
    pack_create(&p, a, path);
    for (size_t i = 0; i < SMALL; i++)
        pack_put(&p, (char)('A' + i), small[i], i != 3);
    pack_sync(&p);
    assert_true(pack_keep(&p));
    pack_close(&p);
}

/* How many blocks came before the end or the first fault; *why is empty at a clean end. */
static size_t small_read(struct str path, struct str *why)
{
    struct pack p;
    char type;
    struct str bytes;
    size_t n = 0;
    pack_open(&p, a, path);
    while (pack_next(&p, &type, &bytes)) {
        assert_true(n < SMALL && type == (char)('A' + n) && str_eq(bytes, small[n]));
        n++;
    }
    *why = p.why;
    pack_close(&p);
    return n;
}

static void what_was_written_is_read(void **state) /* RULE 1 */
{
    (void)state;
    struct str why, path = place("one");
    small_write(path);
    assert_int_equal(small_read(path, &why), SMALL);
    assert_int_equal(why.n, 0);
    struct pack p;
    char type, *big = arena_alloc(a, 1 << 20);
    struct str bytes;
    rand_bytes(big, 1 << 19); /* half of it can be packed */
    pack_create(&p, a, place("big"));
    pack_put(&p, 'B', str_make(big, 1 << 20), true);
    assert_true(p.at < (3 << 18));
    pack_sync(&p);
    assert_true(pack_keep(&p));
    pack_close(&p);
    pack_open(&p, a, place("big"));
    assert_true(pack_next(&p, &type, &bytes));
    assert_true(bytes.n == 1 << 20 && memcmp(bytes.p, big, bytes.n) == 0);
    assert_false(pack_next(&p, &type, &bytes));
    assert_int_equal(p.why.n, 0);
    pack_close(&p);
}

static void a_turned_bit_is_found(void **state) /* RULE 2 */
{
    (void)state;
    struct str why, path = place("turned");
    small_write(path);
    struct str whole = slurp(path);
    for (size_t i = 0; i < whole.n; i++) {
        char *turned = str_cstr(a, whole);
        turned[i] ^= (char)(1 << (i % 8));
        spill(path, str_make(turned, whole.n));
        assert_true(small_read(path, &why) < SMALL);
        if (!str_has(why, i < 8 ? S("is no backup of Skep") : S("damaged")) &&
            !str_has(why, S("cut off")))
            fail_msg("byte %zu: " STR_FMT, i, STR_ARG(why));
    }
}

static void a_missing_end_is_found(void **state) /* RULE 2 */
{
    (void)state;
    struct str why, path = place("cut");
    small_write(path);
    struct str whole = slurp(path);
    size_t clean = 0;
    for (size_t n = 0; n < whole.n; n++) {
        spill(path, str_first(whole, n));
        assert_true(small_read(path, &why) < SMALL);
        clean += why.n == 0;
    }
    assert_int_equal(clean, SMALL); /* where a block ends: the caller's end is missing */
    char *doubled = arena_alloc(a, 2 * whole.n);
    memcpy(doubled, whole.p, whole.n);
    memcpy(doubled + whole.n, whole.p + 8, whole.n - 8);
    spill(path, str_make(doubled, 2 * whole.n - 8));
    assert_int_equal(small_read(path, &why), SMALL);
    assert_true(str_has(why, S("damaged")));
}

static void a_name_is_given_at_the_end(void **state) /* RULE 3 */
{
    (void)state;
    struct pack p, second;
    struct str path = place("named");
    spill(path, S("what was there"));
    pack_create(&p, a, path);
    pack_put(&p, 'A', S("half"), true);
    pack_create(&second, a, path);
    assert_true(str_has(second.why, S("is being written by another process")));
    pack_drop(&second);
    assert_int_equal(access(str_fmt(a, STR_FMT ".part", STR_ARG(path)).p, F_OK), 0);
    pack_fail(&p, S("something is wrong"));
    assert_false(pack_keep(&p));
    pack_drop(&p);
    assert_true(str_is(slurp(path), "what was there"));
    assert_int_not_equal(access(str_fmt(a, STR_FMT ".part", STR_ARG(path)).p, F_OK), 0);

    pack_create(&p, a, place("nowhere/at/all"));
    assert_true(str_has(p.why, S("No such file or directory")));
    pack_put(&p, 'A', S("x"), true);
    assert_false(pack_keep(&p));
    pack_drop(&p);
}

int main(void)
{
    a = arena_new(256 << 20);
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_turned_bit_is_found),
        cmocka_unit_test(a_missing_end_is_found),
        cmocka_unit_test(a_name_is_given_at_the_end),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const names[] = {"one", "big", "turned", "cut", "named"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(place(names[i]).p);
    rmdir(folder);
    arena_free(a);
    return failed;
}
