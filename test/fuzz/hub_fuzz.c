/* hub_fuzz.c: any address and any body, at a whole hub, by a guest, a member, one of the staff or
 * the owner: no statement fails, whatever was asked for.
 *
 *     1st byte   who asks, what the body is said to be, and which face is wanted
 *     1st line   "GET /ideas?tag=lid"
 *     the rest   the body
 *
 * The answer is never one of 500 and above (501 and 505 aside, of methods and versions). What says
 * that it is JSON is JSON, what says that it is a page is UTF-8. After a change that was made the
 * hub is sound (record/check.h), and then it is put back to what it was, so that each input stands
 * for itself. It lives in $TMPDIR.
 */
#include "test/kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "record/check.h"
#include "test/fuzz/fuzz.h"
#include "test/rooms.h"

enum { CALLERS = 4, TIMES = 20000, ANSWER_ARENA = 256 << 20 };

static struct {
    struct arena *arena;
    struct kit kit;
    char folder[64], kept[80], data[80];
    struct str callers[CALLERS]; /* their headers */
    int64_t asked;
} hub;

/* ---- the hub ---- */

static void hub_open(void)
{
    struct app_options options = {
        .store = {.db = {.data = hub.data}, .pool = 1, .slow = 1},
        .loops = 1,
        .files = hub.kit.files,
    };
    struct str message = S("");
    hub.kit.app = app_open(&options, features, hub.arena, &message);
    if (!hub.kit.app)
        die("the hub does not open: " STR_FMT, STR_ARG(message));
}

static void hub_copy(const char *from_folder, const char *to_folder)
{
    char path[128], bytes[65536];
    snprintf(path, sizeof path, "%s/hub.db", from_folder);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "%s/hub.db", to_folder);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = -1;
    while (from >= 0 && to >= 0 && (n = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)n) != n)
            die("cannot write %s", path);
    if (n != 0)
        die("cannot copy %s", path);
    close(from);
    close(to);
}

static void hub_remove(void)
{
    char command[128];
    app_close(hub.kit.app);
    arena_free(hub.arena);
    snprintf(command, sizeof command, "rm -rf %s", hub.folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays behind\n", hub.folder);
}

static struct str caller_headers(struct person_kit *person)
{
    struct str s =
        str_fmt(hub.arena, "Origin: http://" KIT_HOST "\r\nX-CSRF-Token: " STR_FMT "\r\n",
                STR_ARG(kit_csrf(&hub.kit, person)));
    for (struct cookie *c = person->cookies; c; c = c->next)
        s = str_fmt(hub.arena, STR_FMT "Cookie: " STR_FMT "=" STR_FMT "\r\n", STR_ARG(s),
                    STR_ARG(c->name), STR_ARG(c->value));
    return s;
}

static void hub_fill(void)
{
    struct rooms rooms = rooms_make(&hub.kit);
    int64_t idea = idea_make(&hub.kit, &rooms, rooms.ana, "A lid that is a tray");
    idea_make(&hub.kit, &rooms, rooms.ben, "A tray that is a lid");
    topic_make(&hub.kit, &rooms, rooms.ben, "Which lid?");
    int64_t closed = space_make(&hub.kit, &rooms, "Board", "invitation", "space");
    idea_in(&hub.kit, closed, rooms.staff, "Fewer meetings");
    comment_make(&hub.kit, rooms.ben, idea, "Yes, @ana: #lid");
    struct person_kit *owner = kit_person(&hub.kit, "olga", ROLE_OWNER);
    hub.callers[0] = caller_headers(&hub.kit.guest);
    hub.callers[1] = caller_headers(rooms.ana);
    hub.callers[2] = caller_headers(rooms.staff);
    hub.callers[3] = caller_headers(owner);
}

static void hub_make(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(hub.folder, sizeof hub.folder, "%s/skep-fuzz.XXXXXX",
             base && strlen(base) < 40 ? base : "/tmp");
    if (!mkdtemp(hub.folder))
        die("no temporary folder in %s", base);
    snprintf(hub.data, sizeof hub.data, "%s/data", hub.folder);
    snprintf(hub.kept, sizeof hub.kept, "%s/kept", hub.folder);
    snprintf(hub.kit.files, sizeof hub.kit.files, "%s/files", hub.folder);
    mkdir(hub.data, 0700);
    mkdir(hub.kept, 0700);
    setenv("SKEP_TEST", "1", 1);
    log_set_level(LOG_ERROR);
    clock_freeze(KIT_NOW);
    hub.arena = arena_new(SIZE_MAX);
    hub.kit.arena = hub.arena;
    hub.kit.now = KIT_NOW;
    hub_open();
    as(&hub.kit, NULL);
    hub_fill();
    app_close(hub.kit.app);
    hub_copy(hub.data, hub.kept);
    hub_open();
    atexit(hub_remove);
}

static void hub_put_back(void)
{
    app_close(hub.kit.app);
    hub_copy(hub.kept, hub.data);
    hub_open();
}

/* ---- a request ---- */

static void say(void *ctx, const struct check_finding *f)
{
    (void)ctx;
    fprintf(stderr, "%lld: %s: %lld, counted %lld\n", (long long)f->id, f->what, (long long)f->kept,
            (long long)f->counted);
}

static bool check_sound(struct db *db, void *ctx)
{
    must(check_hub(db, ctx, say, NULL) == 0 && !db_failed(db));
    return true;
}

static struct str request_write(struct arena *a, unsigned choice, struct str method,
                                struct str path, struct str body)
{
    static const char *const types[] = {"application/x-www-form-urlencoded", "application/json",
                                        "multipart/form-data; boundary=x", "text/plain"};
    static const char *const faces[] = {"text/html", "application/json",
                                        "text/vnd.turbo-stream.html", "*/*"};
    struct out o;
    out_init(&o, 1 << 22);
    out_str(&o, method);
    out_char(&o, ' ');
    out_str(&o, path);
    out_fmt(&o, " HTTP/1.1\r\nHost: " KIT_HOST "\r\nAccept: %s\r\n", faces[choice >> 4 & 3]);
    out_str(&o, hub.callers[choice & 3]);
    if (body.n)
        out_fmt(&o, "Content-Type: %s\r\nContent-Length: %zu\r\n", types[choice >> 2 & 3], body.n);
    out_lit(&o, "\r\n");
    out_str(&o, body);
    return out_take(&o, a);
}

static void check_answer(struct kit *kit, struct str raw, int status)
{
    ptrdiff_t end = str_find_str(raw, S("\r\n\r\n"));
    must(end > 0 && status >= 100 && (status < 500 || status == 501 || status == 505));
    struct res r = {.kit = kit, .head = str_first(raw, (size_t)end)};
    struct str type = res_head(r, "Content-Type"), body = str_from(raw, (size_t)end + 4);
    bool json = str_starts(type, S("application/json")) ||
                str_starts(type, S("application/problem+json")) ||
                str_starts(type, S("application/feed+json"));
    if (json && body.n) {
        json_t *read = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
        must(read != NULL);
        json_decref(read);
    }
    if (str_starts(type, S("text/html")))
        must(utf8_valid(body));
}

/* What takes its time by design, and what a fuzzer should not be let at. */
static bool left_out(struct str path)
{
    static const char *const out[] = {"/live",  "/session",          "/accounts", "/resets",
                                      "/owner", "/account/password", "/imports"};
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (str_has(path, str_of(out[i])))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_make((const char *)data, size);
    unsigned choice = fuzz_byte(&rest);
    struct str path = fuzz_line(&rest), method = S("GET");
    if (!hub.kit.app)
        hub_make();
    if (!str_split(&path, ' ', &method) || left_out(path))
        return 0;
    struct arena *a = arena_new(ANSWER_ARENA);
    struct kit kit = {.app = hub.kit.app, .arena = a};
    clock_freeze(KIT_NOW + hub.asked++ % TIMES * CLOCK_MINUTE);
    struct str raw = app_request(kit.app, a, request_write(a, choice, method, path, rest));
    int status = raw.n > 12 ? atoi(raw.p + 9) : 0;
    if (status == 500 || status == 503)
        fprintf(stderr, STR_FMT "\n", STR_ARG(str_first(raw, 3000)));
    check_answer(&kit, raw, status);
    bool changed = status < 400 && !str_is(method, "GET") && !str_is(method, "HEAD") &&
                   !str_is(method, "OPTIONS");
    kit_written(&kit); /* the memory of what it left behind is not taken for lost */
    if (changed) {
        consumers_catch_up(kit.app->consumers);
        store_run(kit.app->store, STORE_READ, check_sound, a);
    }
    arena_free(a);
    if (changed || hub.asked % TIMES == 0)
        hub_put_back();
    return 0;
}
