/* files_test.c: proves the RULES of files.c: uploading, and what comes back. */
#include <stdio.h>

#include "test/rooms.h"

#include "http/feature.h"
#include "test/fixture.h"

extern const struct feature files_feature;

#define TYPE "multipart/form-data; boundary=x"
#define SENT(name, bytes)                                                                          \
    "--x\r\nContent-Disposition: form-data; name=file; filename=" name "\r\n\r\n" bytes "\r\n"

static struct rooms begin(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    return rooms;
}

static const char *path_of(struct kit *kit, struct res r)
{
    assert_status(r, 201);
    ptrdiff_t at = str_find_str(r.body, S("\"path\":\""));
    assert_true(at >= 0);
    struct str rest = str_from(r.body, (size_t)at + 8), path = S("");
    str_split(&rest, '"', &path);
    return str_cstr(kit->arena, path);
}

static void members_upload(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    begin(kit);
    struct res r = kit_upload(kit, "a b.txt", S("one"));
    assert_status(r, 201);
    assert_json_count(r, "data", 1);
    assert_json_str(r, "data.0.name", "a b.txt");
    assert_json_str(r, "data.0.type", "text/plain; charset=utf-8");
    assert_json_int(r, "data.0.bytes", 3);
    assert_json_str(r, "data.0.path", "/files/1/a%20b.txt");
    assert_json_str(r, "data.0.markdown", "[a b.txt](/files/1/a%20b.txt)");
    r = kit_send(kit, "POST", "/files", KIT_JSON, TYPE, S(SENT("c", "3") SENT("d", "4") "--x--"));
    assert_json_count(r, "data", 2);
    assert_json_str(r, "data.0.name", "c");
    assert_json_str(r, "data.1.name", "d");
    struct str writes = kit_token(kit, kit->viewer, "read write");
    struct str reads = kit_token(kit, kit->viewer, "read");
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(writes));
    assert_status(kit_upload(kit, "by a program", S("x")), 201);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(reads));
    assert_status(kit_upload(kit, "by a reader", S("x")), 403);
    as(kit, NULL);
    assert_status(kit_upload(kit, "a", S("x")), 401);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM uploads"), 4);
}

static void limits_are_said_in_words(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    kit->app->options.upload_max_mb = 1;
    kit->app->options.upload_day_mb = 2;
    struct str mb = str_make(arena_alloc(kit->arena, 1 << 20), 1 << 20);
    assert_status(kit_upload(kit, "empty", S("")), 422);
    assert_status(kit_send(kit, "POST", "/files", KIT_JSON, TYPE, S("--x--")), 422);
    assert_status(kit_send(kit, "POST", "/files", KIT_JSON, TYPE, S(SENT("\"\"", "") "--x--")),
                  422);
    struct res r = kit_upload(kit, "large", str_make(arena_alloc(kit->arena, 2 << 20), 2 << 20));
    assert_status(r, 413);
    assert_status(kit_upload(kit, "1", mb), 201);
    assert_status(kit_upload(kit, "2", mb), 201); /* the same bytes count again */
    r = kit_upload(kit, "3", mb);
    assert_status(r, 429);
    assert_has(r, "in a day");
    assert_header(r, "Connection", "close"); /* its body was not read */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM uploads"), 2);
    as(kit, rooms.ben);
    assert_status(kit_upload(kit, "his", mb), 201);
    as(kit, rooms.ana);
    kit_pass(kit, CLOCK_DAY + CLOCK_SECOND);
    assert_status(kit_upload(kit, "3", mb), 201);
}

/* Whoever says little of the length is looked at when it is known. */
static void chunks_count_too(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    begin(kit);
    kit->app->options.upload_day_mb = 1;
    struct out o;
    out_init(&o, 8 << 20);
    for (int i = 0; i < 2; i++) {
        out_fmt(&o, "%x\r\n", 1 << 20);
        for (int k = 0; k < 1 << 16; k++)
            out_lit(&o, "0123456789abcdef");
        out_lit(&o, "\r\n");
    }
    out_lit(&o, "0\r\n\r\n");
    struct str token = kit_csrf(kit, kit->viewer);
    struct res r = kit_raw(
        kit, str_fmt(kit->arena,
                     "POST /files HTTP/1.1\r\nHost: " KIT_HOST "\r\nX-CSRF-Token: " STR_FMT
                     "\r\nAccept: application/json\r\nCookie: skep_session=" STR_FMT
                     "\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n" STR_FMT,
                     STR_ARG(token), STR_ARG(kit->viewer->cookies->value), STR_ARG(out_text(&o))));
    out_free(&o);
    assert_status(r, 429);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM files"), 0);
}

static void only_our_own_pictures_are_shown(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    begin(kit);
    static const struct {
        const char *name, *bytes, *type;
    } files[] = {
        {"a.html", "<script>alert(1)</script>", "text/plain; charset=utf-8"},
        {"a.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
         "text/plain; charset=utf-8"},
        {"a.png", "<html>no picture</html>", "text/plain; charset=utf-8"},
        {"a.pdf", "%PDF-1.7 app.alert(1)", "application/pdf"},
        {"a.gif", "GIF89a/*\x10\x10\x10*/=alert(1)//", "image/gif"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct res r =
            get(kit, path_of(kit, kit_upload(kit, files[i].name, str_of(files[i].bytes))));
        assert_status(r, 200);
        assert_true(str_is(r.body, files[i].bytes));
        assert_header(r, "Content-Type", files[i].type);
        assert_header(r, "Content-Disposition",
                      kit_path(kit, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
                               files[i].name, files[i].name));
        assert_header(r, "X-Content-Type-Options", "nosniff");
        assert_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
    }
    struct str photo = fixture(kit->arena, "photo.jpg");
    struct res r = get(kit, path_of(kit, kit_upload(kit, "pl\303\244n \"x\".jpg", photo)));
    assert_header(r, "Content-Type", "image/jpeg");
    assert_header(r, "Content-Disposition",
                  "inline; filename=\"pl__n -x-.jpg\"; filename*=UTF-8''pl%C3%A4n%20-x-.jpg");
    assert_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
    assert_header(r, "Cross-Origin-Resource-Policy", "same-origin");
}

static void what_may_not_be_seen_is_not_there(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    const char *path = path_of(kit, kit_upload(kit, "a.txt", S("mine")));
    as(kit, rooms.ben);
    struct res his = get(kit, path), none = get(kit, "/files/99/a.txt");
    assert_status(his, 404);
    assert_status(none, 404);
    assert_status(get(kit, "/files/0/a"), 404);
    assert_status(get(kit, "/files/x/a"), 404);
    kit_header(kit, "Range: bytes=0-1");
    assert_status(get(kit, path), 404);
    as(kit, rooms.ana);
    assert_status(get(kit, path), 200);
}

static void browsers_keep_files_and_ask_for_parts(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    begin(kit);
    const char *path = path_of(kit, kit_upload(kit, "a.txt", S("0123456789")));
    struct res r = get(kit, path);
    struct str etag = res_head(r, "ETag");
    assert_int_equal(etag.n, 66);
    assert_header(r, "Cache-Control", "private, max-age=31536000, immutable");
    kit_header(kit, "If-None-Match: " STR_FMT, STR_ARG(etag));
    assert_status(get(kit, path), 304);
    kit_header(kit, "Range: bytes=-3");
    r = get(kit, path);
    assert_status(r, 206);
    assert_true(str_is(r.body, "789"));
    kit_header(kit, "Range: bytes=50-");
    assert_status(get(kit, path), 416);
    r = kit_request(kit, "HEAD", path, KIT_PAGE, NULL, NULL);
    assert_header(r, "Content-Length", "10");
    assert_int_equal(r.body.n, 0);
}

static void a_page_does_without_a_script(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    assert_has(get(kit, "/files/new"), "type=\"file\"");
    struct res r = kit_send(kit, "POST", "/files", KIT_PAGE, TYPE, S(SENT("a.txt", "x") "--x--"));
    assert_status(r, 303);
    assert_header(r, "Location", "/files/new");
    assert_has(kit_follow(r), "value=\"[a.txt](/files/1/a.txt)\"");
    as(kit, rooms.ben);
    assert_has_not(get(kit, "/files/new"), "a.txt");
}

static void any_statement_may_fail(void **state)
{
    struct kit *kit = *state;
    begin(kit);
    kit_upload(kit, "a.txt", S("x"));
    for (int nth = 1; nth < 20; nth++) {
        uint64_t before = kit_fingerprint(kit);
        kit_header(kit, "X-Skep-Fail-Nth: %d", nth);
        struct res r = kit_upload(kit, "b.txt", S("y"));
        if (r.status == 201) {
            assert_true(nth > 3);
            return;
        }
        assert_status(r, 500);
        assert_true(before == kit_fingerprint(kit));
    }
    fail_msg("it never succeeded");
}

struct heard {
    struct kit *kit;
    int64_t n, id;
    char what[400];
};

static void hear(void *ctx, const char *what, int64_t id)
{
    struct heard *h = ctx;
    h->n++;
    h->id = id;
    snprintf(h->what, sizeof h->what, "%s", what);
}

static bool examine(struct db *db, void *ctx)
{
    struct heard *h = ctx;
    files_feature.examine(h->kit->app, db, hear, h);
    return true;
}

static void the_doctor_is_told(void **state) /* RULE 6 */
{
    struct kit *kit = *state;
    struct heard h = {.kit = kit};
    begin(kit);
    assert_status(kit_upload(kit, "a.txt", S("one")), 201);
    store_run(kit->app->store, STORE_READ, examine, &h);
    assert_int_equal(h.n, 0);
    snprintf(kit->app->files, sizeof kit->app->files, "/nowhere");
    store_run(kit->app->store, STORE_READ, examine, &h);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.id, sql_int(kit, "SELECT id FROM files"));
    assert_true(str_starts(str_of(h.what), S("a file is missing (/nowhere/")));
    kit->unsound = true;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(members_upload),
        kit_test(limits_are_said_in_words),
        kit_test(chunks_count_too),
        kit_test(only_our_own_pictures_are_shown),
        kit_test(what_may_not_be_seen_is_not_there),
        kit_test(browsers_keep_files_and_ask_for_parts),
        kit_test(a_page_does_without_a_script),
        kit_test(the_doctor_is_told),
        kit_test(any_statement_may_fail),
    };
    return kit_run(tests);
}
