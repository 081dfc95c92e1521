/* kit.h: tests that speak HTTP, in-process, as named people.
 *
 *     static void a_vote_counts_once(void **state) // ideas RULE 1
 *     {
 *         struct kit *kit = *state;
 *         as(kit, kit_person(kit, "alice", ROLE_MEMBER));
 *         assert_status(post(kit, "/ideas", "title=Lids&source=Better+lids"), 303);
 *         as(kit, NULL);
 *         assert_has(get(kit, "/ideas"), "Lids");
 *         assert_int_equal(sql_int(kit, "SELECT score FROM records WHERE id = 1"), 1);
 *     }
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {kit_test(a_vote_counts_once)};
 *         return kit_run(tests);
 *     }
 *
 * Hubs are SQLite folders; with SKEP_TEST_DATABASE (see test/pg.sh) they are PostgreSQL databases.
 * A test that needs other features than the program's has a `features[]` of its own.
 *
 * RULES
 *   1. Every test has an empty hub of its own, and the clock stands at KIT_NOW.
 *   2. People keep their cookies apart, as browsers do, and send the CSRF token with each change.
 *   3. kit_fail_sweep fails each statement of a request in turn: each time the answer is a plain
 *      5xx, the database is as before, and at last the request succeeds.
 *   4. Nothing stays behind: folders and databases go with their test.
 *   5. At its end every hub is sound (record/check.h), unless its test says that it broke it.
 */
#ifndef TEST_KIT_H
#define TEST_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "http/app.h"

#define KIT_NOW INT64_C(1798761600000000) /* 2027-01-01 00:00 UTC */
#define KIT_HOST "hub.test"

struct cookie {
    struct str name, value;
    struct cookie *next;
};

struct person_kit { /* somebody with a browser */
    int64_t id;     /* 0: a guest */
    enum role role;
    struct str handle, email, password; /* alice, alice@example.org, "password of alice" */
    struct cookie *cookies;
    struct person_kit *next;
};

struct kit {
    struct app *app;
    struct arena *arena; /* everything that a test is handed lives until its end */
    struct person_kit *people, *viewer, guest;
    int64_t now;             /* where the clock stands */
    bool unsound;            /* the test has broken the hub itself: RULE 5 is not asked */
    bool quiet;              /* what follows a change may wait: kit_settle is for the test */
    struct str more_headers; /* of the next request */
    struct str read_of;      /* a body, and what was read from it as JSON */
    struct json_t *read;
    char folder[64];     /* the test's own, for anything */
    char files[80];      /* in it: what is uploaded */
    char data[64];       /* SQLite: the folder, which is the hub's */
    char database[1024]; /* PostgreSQL: its URL */
};

struct res {
    int status;
    struct str raw, head, body;
    struct kit *kit;
};

/* ---- a hub for each test ---- */

int kit_setup(void **state);
int kit_teardown(void **state);
#define kit_test(fn) cmocka_unit_test_setup_teardown(fn, kit_setup, kit_teardown)

/* Instead of cmocka_run_group_tests: makes the hub that the tests' are copies of. */
#define kit_run(tests) kit_run_n(#tests, tests, sizeof(tests) / sizeof *(tests))
int kit_run_n(const char *name, const struct CMUnitTest *tests, size_t n);

/* Closes the hub and opens it again, as a restart would. */
void kit_reopen(struct kit *kit);
/* Moves the clock forward. */
void kit_pass(struct kit *kit, int64_t us);

/* ---- people ---- */

/* The person of that handle, who is made and signed in when first named. */
struct person_kit *kit_person(struct kit *kit, const char *handle, enum role role);
/* Who speaks from now on; NULL: a guest. */
void as(struct kit *kit, struct person_kit *person);
/* What a form of that person's pages holds as _csrf. */
struct str kit_csrf(struct kit *kit, struct person_kit *person);
/* A bearer token with these scopes ("read", "read write"), for kit_header. */
struct str kit_token(struct kit *kit, const struct person_kit *person, const char *scopes);

/* ---- requests ---- */

#define KIT_FORM "application/x-www-form-urlencoded"
#define KIT_JSON "application/json"
#define KIT_STREAM "text/vnd.turbo-stream.html"
#define KIT_PAGE "text/html"

/* Adds a header to the next request: kit_header(kit, "If-Match: \"%d\"", 1). */
void kit_header(struct kit *kit, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `type` and `body` may be NULL. */
struct res kit_request(struct kit *kit, const char *method, const char *path, const char *accept,
                       const char *type, const char *body);
/* The same with a body that may hold any byte. */
struct res kit_send(struct kit *kit, const char *method, const char *path, const char *accept,
                    const char *type, struct str body);
/* A file by POST /files, as who speaks now; the answer is JSON. */
struct res kit_upload(struct kit *kit, const char *name, struct str bytes);
/* Bytes as they are, without cookies or anything else. */
struct res kit_raw(struct kit *kit, struct str raw);
/* Consumers of the log that follow a change later have taken it, and all jobs that are due have
 * run; after each change by kit_request this is so. */
void kit_settle(struct kit *kit);
/* What requests have left behind for the writer (http/touch.h) is written. */
void kit_written(struct kit *kit);
/* GET what the answer's Location says. */
struct res kit_follow(struct res r);

struct str res_head(struct res r, const char *name); /* a header's value; empty: none */

static inline struct res get(struct kit *kit, const char *path)
{
    return kit_request(kit, "GET", path, KIT_PAGE, NULL, NULL);
}

static inline struct res get_json(struct kit *kit, const char *path)
{
    return kit_request(kit, "GET", path, KIT_JSON, NULL, NULL);
}

static inline struct res post(struct kit *kit, const char *path, const char *form)
{
    return kit_request(kit, "POST", path, KIT_PAGE, KIT_FORM, form);
}

static inline struct res post_stream(struct kit *kit, const char *path, const char *form)
{
    return kit_request(kit, "POST", path, KIT_STREAM, KIT_FORM, form);
}

static inline struct res post_json(struct kit *kit, const char *path, const char *json)
{
    return kit_request(kit, "POST", path, KIT_JSON, KIT_JSON, json);
}

static inline struct res patch(struct kit *kit, const char *path, const char *form)
{
    return kit_request(kit, "PATCH", path, KIT_PAGE, KIT_FORM, form);
}

static inline struct res patch_json(struct kit *kit, const char *path, const char *json)
{
    return kit_request(kit, "PATCH", path, KIT_JSON, KIT_JSON, json);
}

static inline struct res put_json(struct kit *kit, const char *path, const char *json)
{
    return kit_request(kit, "PUT", path, KIT_JSON, KIT_JSON, json);
}

static inline struct res del(struct kit *kit, const char *path)
{
    return kit_request(kit, "DELETE", path, KIT_PAGE, NULL, NULL);
}

/* ---- what came back; a path is "data.0.title", an empty one the whole ---- */

#define assert_status(r, want) kit_assert_status((r), (want), __FILE__, __LINE__)
#define assert_has(r, text) kit_assert_has((r), (text), true, __FILE__, __LINE__)
#define assert_has_not(r, text) kit_assert_has((r), (text), false, __FILE__, __LINE__)
#define assert_header(r, name, want) kit_assert_header((r), (name), (want), __FILE__, __LINE__)
#define assert_json_int(r, path, want) kit_assert_json_int((r), (path), (want), __FILE__, __LINE__)
#define assert_json_str(r, path, want) kit_assert_json_str((r), (path), (want), __FILE__, __LINE__)
#define assert_json_none(r, path) kit_assert_json_none((r), (path), __FILE__, __LINE__)
#define assert_json_count(r, path, want)                                                           \
    kit_assert_json_count((r), (path), (want), __FILE__, __LINE__)

/* Ends the test: prints the words and the answer. */
void kit_wrong(struct res r, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void kit_assert_status(struct res r, int want, const char *file, int line);
void kit_assert_has(struct res r, const char *text, bool has, const char *file, int line);
void kit_assert_header(struct res r, const char *name, const char *want, const char *file,
                       int line); /* want NULL: the header is not there */
void kit_assert_json_int(struct res r, const char *path, int64_t want, const char *file, int line);
void kit_assert_json_str(struct res r, const char *path, const char *want, const char *file,
                         int line);
void kit_assert_json_none(struct res r, const char *path, const char *file, int line); /* or null */
void kit_assert_json_count(struct res r, const char *path, size_t want, const char *file, int line);

/* A text or whole number as text; empty: it is not there. */
struct str kit_json(struct res r, const char *path);

/* ---- what is stored; a statement that fails ends the test ---- */

int64_t sql_int(struct kit *kit, const char *sql); /* first column of the first row; -1: no row */
struct str sql_str(struct kit *kit, const char *sql);
void sql_run(struct kit *kit, const char *sql);
/* A number that changes with any row of any table; sequences, marks and times of sessions do not
 * count. */
uint64_t kit_fingerprint(struct kit *kit);
/* The same without some tables and columns: "activities", "records.revision"; ends with NULL. */
uint64_t kit_fingerprint_but(struct kit *kit, const char *const *without);

/* ---- failures ---- */

/* RULE 3. Gives the answer of the last, successful request; the request is sent as `post` or `get`
 * would, by who speaks now, and has its headers from `more`, or NULL. */
struct res kit_fail_sweep(struct kit *kit, const char *method, const char *path, const char *form,
                          const char *more);

#endif
