/* multipart_test.c: bodies of parts, however cut; see multipart.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"
#include "http/multipart.h"

enum { ARENA = 64 * 1024 * 1024 };

struct heard {
    struct out text;
    bool open;
};

static void part_close(struct heard *h)
{
    if (h->open)
        out_lit(&h->text, "]\n");
    h->open = false;
}

static void on_part(void *ctx, const struct multipart_part *part)
{
    struct heard *h = ctx;
    part_close(h);
    out_str(&h->text, part->name);
    if (part->filename.p) {
        out_lit(&h->text, " file ");
        out_str(&h->text, part->filename);
    }
    out_lit(&h->text, " [");
    h->open = true;
}

static void on_data(void *ctx, const char *p, size_t n)
{
    struct heard *h = ctx;
    for (size_t i = 0; i < n; i++)
        if (p[i] == '\r')
            out_lit(&h->text, "\\r");
        else if (p[i] == '\n')
            out_lit(&h->text, "\\n");
        else
            out_char(&h->text, p[i]);
}

/* Fed cut after `cut` bytes, or byte by byte when that is 0. */
static struct str parts_of(struct arena *a, struct str type, struct str body, size_t cut)
{
    struct heard h = {.open = false};
    struct multipart m;
    out_init(&h.text, 1 << 20);
    multipart_begin(&m, type, &(struct multipart_events){&h, on_part, on_data});
    for (size_t used = 0; used < body.n;) {
        size_t end = cut == 0 ? used + 1 : used < cut ? cut : body.n;
        end = end < body.n ? end : body.n;
        multipart_feed(&m, body.p + used, end - used);
        used = end;
    }
    multipart_end(&m);
    part_close(&h);
    struct str heard = out_take(&h.text, a);
    if (str_ends(heard, S("\n")))
        heard.n--;
    return m.state == MULTIPART_REFUSED ? str_fmt(a, "%d", m.refusal) : heard;
}

static void parts_come_out_as_written_however_cut(void **state) /* RULE 1, RULE 2, RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(ARENA), *scratch = arena_new(ARENA);
    struct str rest = cases_read(a, "src/http/multipart.cases");
    struct test_case c;
    int n = 0;
    for (; cases_next(&rest, &c); n++) {
        struct str type = S(""), lines = c.part[0];
        str_split(&lines, '\n', &type);
        struct str body = cases_joined(a, lines);
        for (size_t cut = 0; cut <= body.n; cut++) {
            struct str got = parts_of(scratch, type, body, cut);
            if (!str_eq(got, c.part[1]))
                fail_msg("'" STR_FMT "' cut at %zu: " STR_FMT ", not " STR_FMT, STR_ARG(c.title),
                         cut, STR_ARG(got), STR_ARG(c.part[1]));
            arena_reset(scratch);
        }
    }
    assert_true(n > 20);
    arena_free(scratch);
    arena_free(a);
}

static void too_many_parts_are_refused(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    static const char part[] = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < MULTIPART_PARTS; i++)
        out_raw(&o, part, sizeof part - 1);
    size_t n = o.n;
    out_lit(&o, "--x--");
    assert_true(parts_of(a, S("a;boundary=x"), out_text(&o), o.n).n > 3);
    o.n = n;
    out_raw(&o, part, sizeof part - 1);
    out_lit(&o, "--x--");
    assert_true(str_is(parts_of(a, S("a;boundary=x"), out_text(&o), o.n), "413"));
    out_free(&o);
    arena_free(a);
}

static void a_long_head_is_refused(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    struct out o;
    out_init(&o, 1 << 20);
    out_lit(&o, "--x\r\nContent-Disposition: form-data; name=a\r\nX: ");
    while (o.n < MULTIPART_HEAD + 100)
        out_char(&o, 'x');
    out_lit(&o, "\r\n\r\n1\r\n--x--");
    assert_true(str_is(parts_of(a, S("a;boundary=x"), out_text(&o), 0), "413"));
    out_free(&o);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_out_as_written_however_cut),
        cmocka_unit_test(too_many_parts_are_refused),
        cmocka_unit_test(a_long_head_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
