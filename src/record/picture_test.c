/* picture_test.c: pictures that are made anew, and those that cannot be; see picture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/out.h"
#include "record/picture.h"
#include "test/fixture.h"

static int scratch(struct str bytes)
{
    char path[] = "/tmp/skep-picture.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    return fd;
}

struct result {
    bool done;
    struct picture made;
    struct str bytes;
};

static struct result make(struct arena *a, struct str bytes, int edge)
{
    int in = scratch(bytes), out = scratch(S(""));
    struct result r = {.done = false};
    enum picture_kind kind = sniff_bytes(str_first(bytes, SNIFF_HEAD)).picture;
    r.done = picture_make(kind, in, out, edge, &r.made);
    off_t n = lseek(out, 0, SEEK_END);
    char *p = arena_alloc(a, (size_t)n + 1);
    assert_int_equal(pread(out, p, (size_t)n, 0), n);
    r.bytes = str_make(p, (size_t)n);
    close(in);
    close(out);
    return r;
}

static void assert_made(struct result r, const char *type, int width, int height)
{
    assert_true(r.done);
    assert_string_equal(r.made.type.p, type);
    assert_int_equal(r.made.size.width, width);
    assert_int_equal(r.made.size.height, height);
    assert_true(str_eq(sniff_bytes(str_first(r.bytes, SNIFF_HEAD)).type, r.made.type));
}

static void pictures_are_made_anew(void **state) /* RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    struct str photo = fixture(a, "photo.jpg");
    assert_true(str_has(photo, S("SECRETPLACE")));
    struct result r = make(a, photo, PICTURE_LARGE);
    assert_made(r, "image/jpeg", 600, 900); /* stands upright, and is no larger */
    assert_false(str_has(r.bytes, S("SECRETPLACE")));
    assert_false(str_has(r.bytes, S("Exif")));
    assert_made(make(a, photo, 300), "image/jpeg", 200, 300);
    assert_made(make(a, fixture(a, "photo.webp"), 300), "image/webp", 300, 200);
    assert_made(make(a, fixture(a, "alpha.png"), 2048), "image/png", 90, 60);
    r = make(a, fixture(a, "anim.gif"), 2048);
    assert_made(r, "image/gif", 90, 60);
    assert_true(str_has(r.bytes, S("NETSCAPE2.0"))); /* it still moves */
    assert_made(make(a, fixture(a, "photo.avif"), 300), "image/jpeg", 300, 200);
    assert_made(make(a, fixture(a, "photo.heic"), 300), "image/jpeg", 300, 200);
    arena_free(a);
}

static void what_hides_behind_a_picture_is_gone(void **state) /* RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    static const char *const names[] = {"photo.jpg", "alpha.png", "anim.gif", "photo.webp"};
    for (size_t i = 0; i < 4; i++) {
        struct str f = fixture(a, names[i]);
        struct out o;
        out_init(&o, 1 << 20);
        out_str(&o, f);
        out_lit(&o, "<script>alert(1)</script>");
        struct result r = make(a, out_text(&o), 100);
        assert_true(r.done);
        assert_false(str_has(r.bytes, S("<script>")));
        out_free(&o);
    }
    arena_free(a);
}

static void bombs_are_not_touched(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    assert_false(make(a, fixture_bomb(a, 20000, 20000), 100).done);
    assert_false(make(a, fixture_bomb(a, 0xffffffff, 0xffffffff), 100).done);
    assert_false(make(a, fixture_bomb(a, 0, 10), 100).done);
    arena_free(a);
}

static void what_is_broken_is_not_made(void **state) /* RULE 1 */
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    time_t began = time(NULL);
    struct str photo = fixture(a, "photo.jpg");
    assert_false(make(a, str_first(photo, 200), 100).done);
    assert_false(make(a, fixture_bomb(a, 7000, 7000), 100).done);
    assert_false(make(a, S("GIF89a\x10\0\x10\0/*<script>alert(1)</script>"), 100).done);
    assert_false(make(a, S("no picture"), 100).done);
    assert_true(time(NULL) - began < 2 * PICTURE_SECONDS);
    arena_free(a);
}

/* The cage has tests of its own; here it is that it is used: a reader of files is none. */
static void the_child_is_caged(void **state) /* RULE 2, RULE 5 */
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    assert_true(picture_possible());
    struct str svg =
        S("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"><image "
          "href=\"file:///etc/passwd\"/></svg>");
    assert_false(make(a, svg, 100).done);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_made_anew),
        cmocka_unit_test(what_hides_behind_a_picture_is_gone),
        cmocka_unit_test(bombs_are_not_touched),
        cmocka_unit_test(what_is_broken_is_not_made),
        cmocka_unit_test(the_child_is_caged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
