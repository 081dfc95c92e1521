/* files_test.c: files in texts: stored once, seen with what names them, swept when nobody does; see
 * files.h. The features are the program's own. */
#include "test/rooms.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "record/files.h"
#include "test/fixture.h"

/* What an answer of POST /files says of its first file. */
struct given {
    int64_t id;
    const char *path, *markdown;
};

static struct given give(struct kit *kit, const char *name, struct str bytes)
{
    struct res r = kit_upload(kit, name, bytes);
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    json_t *first = json_array_get(json_object_get(root, "data"), 0);
    struct given g = {
        json_integer_value(json_object_get(first, "id")),
        str_cstr(kit->arena, str_of(json_string_value(json_object_get(first, "path")))),
        str_cstr(kit->arena, str_of(json_string_value(json_object_get(first, "markdown")))),
    };
    json_decref(root);
    return g;
}

static struct given picture_give(struct kit *kit)
{
    return give(kit, "photo.jpg", fixture(kit->arena, "photo.jpg"));
}

/* Files below ab/, without tmp. */
static int stored(struct kit *kit)
{
    int n = 0;
    for (int i = 0; i < 256; i++) {
        DIR *d = opendir(kit_path(kit, "%s/%02x", kit->app->files, i));
        for (struct dirent *e; d && (e = readdir(d));)
            n += e->d_name[0] != '.';
        if (d)
            closedir(d);
    }
    return n;
}

static int64_t idea_with(struct kit *kit, struct person_kit *author, int64_t space,
                         const char *text)
{
    as(kit, author);
    struct str coded = str_url_encode(kit->arena, str_of(text));
    struct res r = post(kit, "/ideas",
                        kit_path(kit, "space=%lld&title=With+a+file&body=" STR_FMT,
                                 (long long)space, STR_ARG(coded)));
    assert_status(r, 303);
    return sql_int(kit, "SELECT MAX(id) FROM records");
}

static int seen_by(struct kit *kit, struct person_kit *p, struct given g)
{
    as(kit, p);
    return get(kit, g.path).status;
}

static void the_same_bytes_are_stored_once(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given a = give(kit, "a.txt", S("the same"));
    as(kit, rooms.ben);
    struct given b = give(kit, "b.txt", S("the same"));
    assert_int_not_equal(a.id, b.id);
    assert_int_equal(stored(kit), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM files"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM uploads"), 2);
    picture_give(kit);
    int both = stored(kit); /* and its preview */
    assert_int_equal(both, 3);
    picture_give(kit);
    assert_int_equal(stored(kit), both);
    give(kit, "c.txt", S("another"));
    assert_int_equal(stored(kit), both + 1);
}

static void a_draft_is_its_senders(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given g = give(kit, "a.txt", S("draft"));
    assert_int_equal(seen_by(kit, rooms.ana, g), 200);
    assert_int_equal(seen_by(kit, rooms.ben, g), 404);
    assert_int_equal(seen_by(kit, rooms.staff, g), 404);
    assert_int_equal(seen_by(kit, kit_person(kit, "olga", ROLE_OWNER), g), 404);
    assert_int_equal(seen_by(kit, NULL, g), 404);
    idea_with(kit, rooms.ben, rooms.space, g.markdown); /* naming it gives no right to it */
    assert_int_equal(seen_by(kit, NULL, g), 404);
    assert_int_equal(seen_by(kit, rooms.ben, g), 404);
}

static void a_file_is_seen_with_its_record(void **state) /* RULE 2, RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t inner = space_make(kit, &rooms, "Inner", "request", "space");
    as(kit, rooms.ana);
    struct given g = give(kit, "a.txt", S("text"));
    int64_t idea = idea_with(kit, rooms.ana, rooms.space, g.markdown);
    assert_int_equal(seen_by(kit, NULL, g), 200);
    as(kit, rooms.staff);
    struct given secret = give(kit, "s.txt", S("secret"));
    int64_t hidden = idea_with(kit, rooms.staff, inner, secret.markdown);
    (void)hidden;
    assert_int_equal(seen_by(kit, NULL, secret), 404);
    assert_int_equal(seen_by(kit, rooms.ben, secret), 404);
    assert_int_equal(seen_by(kit, kit_person(kit, "olga", ROLE_OWNER), secret), 200);
    idea_with(kit, rooms.ben, rooms.space, secret.markdown); /* who may not see it cannot show it */
    assert_int_equal(seen_by(kit, NULL, secret), 404);
    as(kit, rooms.ana); /* taken out of the text, it is a draft again */
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    assert_status(patch_json(kit, path, "{\"body\":\"no file\",\"revision\":1}"), 200);
    assert_int_equal(seen_by(kit, NULL, g), 404);
    assert_int_equal(seen_by(kit, rooms.ana, g), 200);
    assert_status(
        patch_json(kit, path, kit_path(kit, "{\"body\":\"%s\",\"revision\":2}", g.markdown)), 200);
    as(kit, rooms.staff); /* who edits another's text leaves its files in it */
    assert_status(
        patch_json(kit, path, kit_path(kit, "{\"body\":\"mended %s\",\"revision\":3}", g.markdown)),
        200);
    assert_int_equal(seen_by(kit, NULL, g), 200);
    as(kit, rooms.ana);
    assert_status(kit_request(kit, "DELETE", path, KIT_JSON, NULL, NULL), 200);
    assert_int_equal(seen_by(kit, NULL, g), 404);
    assert_int_equal(seen_by(kit, rooms.ben, g), 404);
}

static void a_comment_holds_files_too(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    struct given g = picture_give(kit);
    comment_make(kit, rooms.ben, idea, g.markdown);
    assert_int_equal(seen_by(kit, NULL, g), 200);
    as(kit, rooms.ana); /* the thread goes, and with it what stands in it */
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    assert_status(kit_request(kit, "DELETE", path, KIT_JSON, NULL, NULL), 200);
    assert_int_equal(seen_by(kit, NULL, g), 404);
}

static void pictures_lose_what_they_tell(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given g = picture_give(kit);
    struct res r = get(kit, g.path);
    assert_header(r, "Content-Type", "image/jpeg");
    assert_has_not(r, "SECRETPLACE");
    struct res small = get(kit, kit_path(kit, "%s?w=400", g.path));
    assert_status(small, 200);
    assert_true(small.body.n < r.body.n);
    struct str cut = str_first(fixture(kit->arena, "photo.jpg"), 300);
    g = give(kit, "cut.jpg", cut); /* it cannot be made anew: a file like any other */
    r = get(kit, g.path);
    assert_true(str_eq(r.body, cut));
    assert_true(str_starts(res_head(r, "Content-Disposition"), S("attachment;")));
    assert_true(g.markdown[0] == '[');
    g = give(kit, "bomb.png", fixture_bomb(kit->arena, 60000, 60000));
    assert_true(g.markdown[0] == '[');
}

static void pictures_in_texts_know_their_size(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given g = picture_give(kit);
    int64_t idea = idea_with(kit, rooms.ana, rooms.space, g.markdown);
    struct res page = kit_follow(get(kit, kit_path(kit, "/ideas/%lld", (long long)idea)));
    assert_has(page,
               kit_path(kit,
                        "<img src=\"%s\" width=\"600\" height=\"900\" srcset=\"%s?w=427 427w, "
                        "%s 600w\"",
                        g.path, g.path, g.path));
    assert_has(page, "alt=\"photo.jpg\" loading=\"lazy\">");
}

static void assert_name(struct arena *a, const char *name, const char *want)
{
    struct str got = file_name_clean(a, str_of(name), S("text/plain"));
    if (!str_is(got, want))
        fail_msg("'%s' became '" STR_FMT "', not '%s'", name, STR_ARG(got), want);
}

static void names_come_out_harmless(void **state) /* RULE 6 */
{
    struct kit *kit = *state;
    struct arena *a = kit->arena;
    assert_name(a, "Plan \303\274ber Tee.pdf", "Plan \303\274ber Tee.pdf");
    assert_name(a, "../../etc/passwd", "passwd");
    assert_name(a, "C:\\Users\\ana\\a.txt", "a.txt");
    assert_name(a, ".htaccess", "htaccess");
    assert_name(a, "...", "file");
    assert_name(a, "", "file");
    assert_name(a, "a\"b<c>|d?.txt", "a-b-c--d-.txt");
    assert_name(a, "a](javascript:x)![.png", "a--javascript-x---.png");
    assert_name(a, "photo\342\200\256gnp.exe", "photognp.exe"); /* turned around */
    assert_name(a, "a\342\200\213b.txt", "ab.txt");
    assert_name(a, "/", "file");
    char longer[400];
    memset(longer, 'x', sizeof longer);
    memcpy(longer + 390, ".jpeg", 6);
    struct str got = file_name_clean(a, str_of(longer), S("image/jpeg"));
    assert_int_equal(got.n, FILES_NAME_MAX);
    assert_true(str_ends(got, S(".jpeg")));
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given g = give(kit, "_a_*b*<i>~`@c#d.txt", S("x"));
    int64_t idea = idea_with(kit, rooms.ana, rooms.space, g.markdown);
    assert_has(kit_follow(get(kit, kit_path(kit, "/ideas/%lld", (long long)idea))),
               kit_path(kit, "<a href=\"%s\">_a_-b--i-~-@c#d.txt</a>", g.path));
}

static void touch(const char *path, int64_t ago)
{
    struct utimbuf t = {time(NULL) - ago, time(NULL) - ago};
    assert_int_equal(utime(path, &t), 0);
}

static void age_all(struct kit *kit)
{
    for (int i = 0; i < 256; i++) {
        const char *folder = kit_path(kit, "%s/%02x", kit->app->files, i);
        DIR *d = opendir(folder);
        for (struct dirent *e; d && (e = readdir(d));)
            if (e->d_name[0] != '.')
                touch(kit_path(kit, "%s/%s", folder, e->d_name), 100000);
        if (d)
            closedir(d);
    }
}

static void what_nobody_names_is_swept(void **state) /* RULE 7 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct given kept = give(kit, "kept.txt", S("kept"));
    struct given draft = give(kit, "draft.txt", S("draft"));
    struct given shared = give(kit, "shared.txt", S("kept")); /* the bytes are named elsewhere */
    idea_with(kit, rooms.ana, rooms.space, kept.markdown);
    const char *orphan = kit_path(kit, "%s/ab/%062d", kit->app->files, 0);
    mkdir(kit_path(kit, "%s/ab", kit->app->files), 0700);
    fclose(fopen(orphan, "w"));
    files_sweep(kit->app, kit->now); /* nothing is old */
    assert_int_equal(stored(kit), 3);
    age_all(kit);
    files_sweep(kit->app, kit->now); /* rows are young: only what has none */
    assert_int_equal(access(orphan, F_OK), -1);
    assert_int_equal(stored(kit), 2);
    kit_pass(kit, FILES_DRAFT + CLOCK_HOUR);
    files_sweep(kit->app, kit->now);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM uploads"), 1);
    assert_int_equal(stored(kit), 1);
    assert_int_equal(seen_by(kit, NULL, kept), 200);
    assert_int_equal(seen_by(kit, rooms.ana, draft), 404);
    assert_int_equal(seen_by(kit, rooms.ana, shared), 404);
}

static void finding_say(void *ctx, const struct files_finding *f)
{
    struct str *said = ctx;
    *said = str_of(f->what);
}

struct check_ask {
    struct kit *kit;
    struct str said;
    int64_t found;
    bool deep;
};

static bool check(struct db *db, void *ctx)
{
    struct check_ask *ask = ctx;
    ask->said = S("");
    ask->found = files_check(ask->kit->app, db, ask->deep, finding_say, &ask->said);
    return true;
}

static void assert_found(struct kit *kit, bool deep, int64_t n, const char *what)
{
    struct check_ask ask = {.kit = kit, .deep = deep};
    store_run(kit->app->store, STORE_READ, check, &ask);
    assert_int_equal(ask.found, n);
    if (!str_starts(ask.said, str_of(what)))
        fail_msg("it said " STR_FMT, STR_ARG(ask.said));
}

static void the_check_finds_what_is_wrong(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    give(kit, "a.txt", S("whole"));
    assert_found(kit, true, 0, "");
    struct str hash = sql_str(kit, kit->database[0] ? "SELECT encode(hash, 'hex') FROM files"
                                                    : "SELECT lower(hex(hash)) FROM files");
    const char *path = kit_path(kit, "%s/%.2s/%.62s", kit->app->files, hash.p, hash.p + 2);
    FILE *f = fopen(path, "w");
    fputs("wrong", f);
    fclose(f);
    assert_found(kit, false, 0, "");
    assert_found(kit, true, 1, "a file holds other bytes");
    f = fopen(path, "w");
    fputs("shorter or longer", f);
    fclose(f);
    assert_found(kit, false, 1, "a file has another size");
    unlink(path);
    assert_found(kit, false, 1, "a file is missing");
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    kit_upload(kit, "again.txt", S("whole"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_same_bytes_are_stored_once), kit_test(a_draft_is_its_senders),
        kit_test(a_file_is_seen_with_its_record), kit_test(a_comment_holds_files_too),
        kit_test(pictures_lose_what_they_tell),   kit_test(pictures_in_texts_know_their_size),
        kit_test(names_come_out_harmless),        kit_test(what_nobody_names_is_swept),
        kit_test(the_check_finds_what_is_wrong),
    };
    return kit_run(tests);
}
