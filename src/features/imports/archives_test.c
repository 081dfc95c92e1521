/* archives_test.c: proves the RULES of archives.h. Its archives are made by bsdtar. */
#include "features/imports/archives.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cage.h"
#include "http/app.h"
#include "test/rooms.h"

#define FORM "multipart/form-data; boundary=x"

static void begin(struct kit *kit)
{
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
}

static struct str file_read(struct kit *kit, const char *path)
{
    char *p = arena_alloc(kit->arena, 1 << 20);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, p, 1 << 20);
    close(fd);
    assert_true(n >= 0);
    return str_make(p, (size_t)n);
}

static struct str fixture(struct kit *kit, const char *name)
{
    const char *root = getenv("SKEP_SRC");
    return file_read(
        kit, kit_path(kit, "%s/src/features/imports/fixtures/tea/%s.xml", root ? root : ".", name));
}

/* Of the fixture's files, or of what `folder` names. */
static struct str packed(struct kit *kit, const char *format, const char *folder)
{
    const char *path = kit_path(kit, "%s/packed", kit->folder), *root = getenv("SKEP_SRC");
    const char *command =
        kit_path(kit, "cd '%s/src/features/imports' && bsdtar --format %s -cf '%s' %s",
                 root ? root : ".", format, path, folder);
    assert_int_equal(system(command), 0);
    return file_read(kit, path);
}

static struct res send_one(struct kit *kit, const char *name, struct str bytes)
{
    return kit_send(kit, "POST", kit_path(kit, "/imports/archives?name=%s&space=Tea+room", name),
                    KIT_JSON, "application/octet-stream", bytes);
}

static void put(struct kit *kit, struct out *o, const char *field, const char *file,
                struct str value)
{
    out_fmt(o, "--x\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n", field,
            file ? kit_path(kit, "; filename=\"%s\"", file) : "");
    out_str(o, value);
    out_lit(o, "\r\n");
}

/* Folders of uploads that are there. */
static int kept(struct kit *kit)
{
    int n = 0;
    DIR *dir = opendir(kit_path(kit, "%s/imports", kit->app->files));
    for (struct dirent *e; dir && (e = readdir(dir));)
        n += e->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

static int64_t topics(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'topic'");
}

static void archives_are_brought_in(void **state) /* archives RULE 2, imports_page RULE 3 */
{
    struct kit *kit = *state;
    static const char *const formats[][2] = {
        {"7zip", "tea.example.7z"}, {"zip", "tea.example.ZIP"}, {"ustar", "tea.example.tar"}};
    begin(kit);
    int64_t before = topics(kit);
    for (size_t i = 0; i < 3; i++) {
        assert_status(send_one(kit, formats[i][1], packed(kit, formats[i][0], "fixtures/tea")),
                      201);
        struct res page = get_json(kit, "/imports");
        assert_json_str(page, "data.0.state", "done");
        assert_json_str(page, "data.0.source", "tea.example");
        assert_has(page, "All counts of the source");
        assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM imports"), 1); /* the same site */
        assert_true(topics(kit) > before);
        assert_int_equal(kept(kit), 0);
    }
    assert_status(
        del(kit, kit_path(kit, "/imports/%lld", (long long)sql_int(kit, "SELECT id FROM imports"))),
        303);
    assert_int_equal(topics(kit), before);
}

static void files_are_brought_in(void **state) /* archives RULE 1 */
{
    struct kit *kit = *state;
    struct out o;
    begin(kit);
    assert_has(get(kit, "/imports"), "action=\"/imports/archives\"");
    out_init(&o, 1 << 20);
    put(kit, &o, "space", NULL, S("Tea room"));
    put(kit, &o, "site", NULL, S("Tea.example"));
    put(kit, &o, "file", "Posts.xml", fixture(kit, "Posts"));
    put(kit, &o, "file", "users.XML", fixture(kit, "Users"));
    out_lit(&o, "--x--\r\n");
    struct str body = out_take(&o, kit->arena);
    assert_status(kit_send(kit, "POST", "/imports/archives", KIT_PAGE, FORM, body), 303);
    assert_json_str(get_json(kit, "/imports"), "data.0.source", "tea.example");
    assert_true(topics(kit) > 0);
    assert_int_equal(kept(kit), 0);
    as(kit, kit_person(kit, "stan", ROLE_STAFF));
    assert_status(kit_send(kit, "POST", "/imports/archives", KIT_PAGE, FORM, body), 403);
}

static void what_it_cannot_be_is_said(void **state) /* archives RULE 1 */
{
    struct kit *kit = *state;
    static const struct {
        const char *site, *first, *second, *says;
    } cases[] = {
        {"tea.example", "Users.xml", NULL, "Posts.xml is missing"},
        {"tea.example", "Posts.xml", "posts.xml", "twice"},
        {"tea.example", "Posts.xml", "a.7z", "not both"},
        {"tea.example", "../Posts.xml", NULL, "neither an archive"},
        {"tea.example", "picture.png", NULL, "neither an archive"},
        {"tea.example", ".7z", NULL, "neither an archive"},
        {"", "Posts.xml", NULL, "Say which site"},
        {"../etc", "Posts.xml", NULL, "Say which site"},
        {"", "..\\x.7z", NULL, "Say which site"},
    };
    begin(kit);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct out o;
        out_init(&o, 1 << 16);
        put(kit, &o, "space", NULL, S("Tea"));
        put(kit, &o, "site", NULL, str_of(cases[i].site));
        put(kit, &o, "file", cases[i].first, S("x"));
        if (cases[i].second)
            put(kit, &o, "file", cases[i].second, S("y"));
        out_lit(&o, "--x--\r\n");
        struct res r =
            kit_send(kit, "POST", "/imports/archives", KIT_PAGE, FORM, out_take(&o, kit->arena));
        assert_status(r, 422);
        assert_has(r, cases[i].says);
    }
    assert_status(send_one(kit, "tea.example.7z&space=", S("x")), 422);
    assert_status(kit_send(kit, "POST", "/imports/archives?space=T", KIT_PAGE, FORM, S("--x--")),
                  422);
    assert_int_equal(kept(kit), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE kind LIKE 'import-st%'"), 0);
}

static void what_is_damaged_is_told(void **state) /* archives RULE 3 */
{
    struct kit *kit = *state;
    begin(kit);
    struct str whole = packed(kit, "ustar", "fixtures/tea");
    size_t midst = (size_t)str_find_str(whole, S("<posts>")) + 1000;
    assert_status(send_one(kit, "tea.example.tar", str_first(whole, midst)), 201);
    assert_json_str(get_json(kit, "/imports"), "jobs.0.state", "failed");
    assert_has(get(kit, "/imports"), "The archive is damaged or cannot be read, at Posts.xml");
    whole = packed(kit, "7zip", "fixtures/tea");
    assert_status(send_one(kit, "tea.example.7z", str_first(whole, whole.n / 2)), 201);
    assert_has(get(kit, "/imports"), "There is no Posts.xml in the archive, or it is damaged");
    assert_status(send_one(kit, "tea.example.zip", packed(kit, "zip", "views")), 201);
    assert_status(send_one(kit, "tea.example.tar", S("what is this")), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM imports"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE state = 'failed'"), 4);
    assert_int_equal(kept(kit), 4); /* to be tried again */
}

/* The name of the only file of the only upload. */
static const char *archive_path(struct kit *kit)
{
    const char *path = kit_path(kit, "%s/imports", kit->app->files);
    for (int i = 0; i < 3; i++) {
        DIR *dir = opendir(path);
        assert_non_null(dir);
        for (struct dirent *e; (e = readdir(dir));)
            if (e->d_name[0] != '.') {
                path = kit_path(kit, "%s/%s", path, e->d_name);
                break;
            }
        closedir(dir);
    }
    return path;
}

static void it_goes_on_where_it_stopped(void **state) /* archives RULE 4 */
{
    struct kit *kit = *state;
    begin(kit);
    struct str whole = packed(kit, "ustar", "fixtures/tea");
    size_t midst = (size_t)str_find_str(whole, S("<posts>")) + 1000;
    assert_status(send_one(kit, "tea.example.tar", str_first(whole, midst)), 201);
    const char *path = archive_path(kit);
    assert_true(str_ends(str_of(path), S("/tea.example/" ARCHIVE_NAME)));
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, whole.p, whole.n), whole.n);
    close(fd);
    const char *job = kit_path(kit, "/jobs/%lld/tries",
                               (long long)sql_int(kit, "SELECT id FROM jobs WHERE"
                                                       " state = 'failed'"));
    assert_status(post(kit, job, ""), 303);
    assert_json_str(get_json(kit, "/imports"), "data.0.state", "done");
    assert_has(get(kit, "/imports"), "All counts of the source");
    assert_int_equal(kept(kit), 0);
}

static void what_nobody_names_goes(void **state) /* archives.h: a week after it failed */
{
    struct kit *kit = *state;
    begin(kit);
    assert_status(send_one(kit, "tea.example.tar", S("what is this")), 201);
    assert_int_equal(kept(kit), 1);
    kit_pass(kit, 2 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(kept(kit), 1);
    kit_pass(kit, 9 * CLOCK_DAY);
    kit_settle(kit);
    kit_pass(kit, 2 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(kept(kit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(archives_are_brought_in),     kit_test(files_are_brought_in),
        kit_test(what_it_cannot_be_is_said),   kit_test(what_is_damaged_is_told),
        kit_test(it_goes_on_where_it_stopped), kit_test(what_nobody_names_goes),
    };
    return kit_run(tests);
}
