/*
 * assets_test.c: the RULES of assets.h, on the table that this build carries, whatever is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "http/assets.h"

static struct str address(char *buf, size_t size, struct str name)
{
    int n = snprintf(buf, size, "/assets/" STR_FMT, STR_ARG(name));
    return str_make(buf, (size_t)n);
}

static void every_asset_has_two_addresses(void **state) /* RULE 1 */
{
    (void)state;
    char buf[300];
    for (size_t i = 0; i < skep_assets_count; i++) {
        const struct asset *a = &skep_assets[i];
        bool immutable = false;
        assert_ptr_equal(asset_find(a->path, &immutable), a);
        assert_true(immutable);
        assert_ptr_equal(asset_find(address(buf, sizeof buf, a->name), &immutable), a);
        assert_false(immutable);
        assert_string_equal(asset_url(a->name.p), a->path.p);
    }
}

static void another_builds_hash_gives_todays_asset(void **state) /* RULE 2 */
{
    (void)state;
    char buf[300];
    for (size_t i = 0; i < skep_assets_count; i++) {
        const struct asset *a = &skep_assets[i];
        memcpy(buf, a->path.p, a->path.n);
        char *hash = strstr(buf, a->hash.p);
        assert_non_null(hash);
        hash[0] = hash[0] == '0' ? '1' : '0';
        bool immutable = true;
        assert_ptr_equal(asset_find(str_make(buf, a->path.n), &immutable), a);
        assert_false(immutable);
        hash[0] = 'x';
        assert_null(asset_find(str_make(buf, a->path.n), &immutable));
    }
}

static void gzip_holds_the_same_bytes(void **state) /* RULE 3 */
{
    (void)state;
    for (size_t i = 0; i < skep_assets_count; i++) {
        const struct asset *a = &skep_assets[i];
        assert_true(a->gzip.n < a->body.n || !a->body.n);
        assert_true(a->brotli.n < a->body.n || !a->body.n);
        if (!a->gzip.n)
            continue;
        char *plain = malloc(a->body.n);
        z_stream z = {.next_in = (unsigned char *)(uintptr_t)a->gzip.p,
                      .avail_in = (unsigned)a->gzip.n,
                      .next_out = (unsigned char *)plain,
                      .avail_out = (unsigned)a->body.n};
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        inflateEnd(&z);
        assert_int_equal(z.total_out, a->body.n);
        assert_memory_equal(plain, a->body.p, a->body.n);
        free(plain);
    }
}

static void anything_else_is_not_found(void **state) /* RULE 4 */
{
    (void)state;
    static const char *const paths[] = {
        "", "/", "/assets", "/assets/", "/assets/nothing.css", "/assets/-0123456789.css",
        "/assets/0123456789.css", "/assets/../app.css", "/assets//app.css", "app.css",
        "/assets/nothing-0123456789", "/assets/.", "/assets/-", "/asset/app.css",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        bool immutable = true;
        assert_null(asset_find(str_of(paths[i]), &immutable));
        assert_false(immutable);
    }
    assert_string_equal(asset_url("nothing.css"), "/assets/missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_asset_has_two_addresses),
        cmocka_unit_test(another_builds_hash_gives_todays_asset),
        cmocka_unit_test(gzip_holds_the_same_bytes),
        cmocka_unit_test(anything_else_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
