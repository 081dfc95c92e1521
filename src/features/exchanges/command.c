/* command.c: import csv, and import csv undo: what the pages of imports do, for whoever operates
 * the hub.
 *
 * RULES
 *   1. It is the same import: guessed, tried, done and taken back by the same code, with the rights
 *      of whom it is for; the pages show it.
 *   2. With --try nothing is imported. Without, what was tried is imported at once.
 *   3. Rows that were rejected can be had as a table, as many as they are.
 *   4. Exit code 0: every row was taken, or would be; 1: it failed, or rows were rejected; 2: wrong
 *      words.
 *
 * WHY it runs its jobs itself: see docs/decisions/0025.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "features/exchanges/begin.h"
#include "features/exchanges/choose.h"
#include "features/exchanges/page.h"
#include "http/app.h"
#include "http/options.h"
#include "record/bulk.h"

enum { EXIT_USAGE = 2, WORDS = 256, MEMORY = 128 << 20, JSON_MAX = 16 << 20, PIECE = 64 << 10 };

static int command_csv(struct app *app, int argc, char **argv);
static int command_undo(struct app *app, int argc, char **argv);

const struct command exchange_commands[] = {
    {"import csv undo", "NUMBER [--json]", "take back what an import of a table did", command_undo},
    {"import csv",
     "FILE --type TYPE [--space NAME] [--map COLUMN=FIELD]... [--try] [--rejects FILE] [--json]",
     "bring in a table or contact cards as records of any type", command_csv},
    {0},
};

/* An option that says something of the plan, as the form does. */
static const char *const of_plan[] = {"keys", "matched",  "order",  "decimal",   "country", "owner",
                                      "tags", "encoding", "header", "separator", NULL};
static const char *const of_plan_yes[] = {"lenient", "missing", NULL};

struct bring {
    struct app *app;
    struct arena *arena;
    /* As the command line says. */
    const char *file, *type, *space, *email, *rejects;
    const char *map[WORDS];
    size_t map_n;
    struct param words[2 * WORDS + 1]; /* map, plan, space */
    size_t words_n;
    bool only_try, json;
    /* What became of it. */
    const char *wrong;
    struct str kept; /* the file's name in the hub's folder */
    const char *path;
    int64_t bytes, id, job, now, person;
    const char *kind, *state;
    struct import_page page;
    FILE *to;
    int64_t after; /* rejects up to this row are written */
    bool more;
};

/* ---- arguments ---- */

static bool plan_option(struct bring *b, int argc, char **argv, int *i)
{
    const char *value;
    for (const char *const *name = of_plan; *name; name++) {
        if (b->words_n == WORDS ||
            !option_value(str_fmt(b->arena, "--%s", *name).p, argc, argv, i, &value))
            continue;
        b->words[b->words_n++] = (struct param){str_of(*name), str_of(value)};
        return true;
    }
    for (const char *const *name = of_plan_yes; *name; name++) {
        if (b->words_n == WORDS || strncmp(argv[*i], "--", 2) || strcmp(argv[*i] + 2, *name))
            continue;
        b->words[b->words_n++] = (struct param){str_of(*name), S("yes")};
        return true;
    }
    return false;
}

static bool arguments_read(struct bring *b, int argc, char **argv)
{
    const char *map;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            b->json = true;
        else if (strcmp(argv[i], "--try") == 0)
            b->only_try = true;
        else if (b->map_n < WORDS && option_value("--map", argc, argv, &i, &map))
            b->map[b->map_n++] = map;
        else if (option_value("--type", argc, argv, &i, &b->type) ||
                 option_value("--space", argc, argv, &i, &b->space) ||
                 option_value("--email", argc, argv, &i, &b->email) ||
                 option_value("--rejects", argc, argv, &i, &b->rejects) ||
                 plan_option(b, argc, argv, &i))
            continue;
        else if ((argv[i][0] == '-' && argv[i][1]) || b->file)
            return false;
        else
            b->file = argv[i];
    }
    return b->file != NULL;
}

static struct bring *bring_begin(struct app *app)
{
    struct arena *a = arena_new(MEMORY);
    struct bring *b = arena_make(a, struct bring);
    b->app = app;
    b->arena = a;
    b->now = clock_now();
    return b;
}

static int bring_end(struct bring *b, int code)
{
    if (b->wrong)
        fprintf(stderr, "skep: %s\n", b->wrong);
    if (b->wrong && code == EXIT_SUCCESS)
        code = EXIT_FAILURE;
    arena_free(b->arena);
    return code;
}

static int usage(struct bring *b, const struct command *c)
{
    fprintf(stderr, "usage: skep %s %s\n", c->name, c->usage);
    return bring_end(b, EXIT_USAGE);
}

/* ---- the file ---- */

static bool bytes_copy(int from, int to, int64_t *bytes)
{
    char piece[PIECE];
    ssize_t n;
    while ((n = read(from, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        for (ssize_t at = 0, put; n > 0 && at < n; at += put) {
            put = write(to, piece + at, (size_t)(n - at));
            if (put < 0)
                return false;
        }
        *bytes += n > 0 ? n : 0;
    }
    return n == 0;
}

/* A copy: the import goes on, and is shown, when the caller's file is gone. */
static void file_take(struct bring *b)
{
    bool here = strcmp(b->file, "-") == 0;
    int from = here ? STDIN_FILENO : open(b->file, O_RDONLY | O_CLOEXEC);
    b->path = from < 0 ? NULL : exchange_place(b->app, b->arena, &b->kept);
    int to = b->path ? open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (to < 0 || !bytes_copy(from, to, &b->bytes))
        b->wrong = str_fmt(b->arena, "%s: %s", b->file, strerror(errno)).p;
    else if (!b->bytes)
        b->wrong = "the file is empty";
    if (from >= 0 && !here)
        close(from);
    if (to >= 0 && close(to) && !b->wrong)
        b->wrong = strerror(errno);
}

/* ---- who, what and how ---- */

static void person_find(struct bring *b, struct db *db, struct req *rq)
{
    *rq = (struct req){.app = b->app};
    if (!b->person)
        b->person = b->email ? db_get_int(db, 0,
                                          "SELECT person_id FROM accounts WHERE email = ?1"
                                          " AND disabled_at IS NULL",
                                          T(str_lower(b->arena, str_of(b->email))))
                             : db_get_int(db, 0,
                                          "SELECT person_id FROM accounts WHERE disabled_at IS NULL"
                                          " ORDER BY role DESC, person_id LIMIT 1");
    bulk_person(rq, db, b->arena, b->person, b->now);
    if (!b->person)
        b->wrong =
            b->email ? "nobody has an account with this address" : "the hub has no owner yet";
}

static const struct record_type *type_find(struct bring *b, struct req *rq)
{
    const struct record_type *t = catalog_plural(rq->db, str_of(b->type));
    if (!t)
        t = catalog_type(rq->db, str_of(b->type));
    if (!t || !t->fields || t->off)
        b->wrong = str_fmt(b->arena, "there is no type of records called %s", b->type).p;
    else if (!exchange_may(t, &rq->viewer))
        b->wrong = "they may not make records of this type";
    return b->wrong ? NULL : t;
}

/* "Column=field" as the form has it, by the column's place. */
static void map_take(struct bring *b)
{
    for (size_t i = 0; i < b->map_n && !b->wrong; i++) {
        const char *sign = strrchr(b->map[i], '=');
        struct str name = sign ? str_make(b->map[i], (size_t)(sign - b->map[i])) : S("");
        const struct plan *plan = &b->page.plan;
        size_t c = 0;
        while (c < plan->columns_n && !str_eq_nocase(plan->columns[c].name, name))
            c++;
        if (!sign || c == plan->columns_n)
            b->wrong = str_fmt(b->arena, "--map %s: the file has no such column", b->map[i]).p;
        else
            b->words[b->words_n++] =
                (struct param){str_fmt(b->arena, "map.%zu", c), str_of(sign + 1)};
    }
}

static void space_take(struct bring *b, struct db *db)
{
    int64_t id = !b->space ? 0
                           : db_get_int(db, 0,
                                        "SELECT s.id FROM spaces s JOIN records r ON r.id = s.id"
                                        " WHERE (s.name = ?1 OR s.slug = ?1)"
                                        " AND r.deleted_at IS NULL ORDER BY s.id LIMIT 1",
                                        Z(b->space));
    if (id)
        b->words[b->words_n++] = (struct param){S("space"), str_of_id(b->arena, S(""), id)};
    else if (b->space)
        b->wrong = str_fmt(b->arena, "there is no space called %s", b->space).p;
}

static bool plan_make(struct db *db, void *ctx)
{
    struct bring *b = ctx;
    struct req rq;
    struct plan *plan = &b->page.plan;
    person_find(b, db, &rq);
    const struct record_type *t = b->wrong ? NULL : type_find(b, &rq);
    if (!t)
        return false;
    b->wrong = exchange_look(&rq, t, b->path, plan);
    struct csv_dialect guessed = plan->dialect;
    plan_choose_dialect(&(struct chosen){b->words, b->words_n}, &plan->dialect);
    if (!b->wrong && !plan->cards && memcmp(&guessed, &plan->dialect, sizeof guessed) != 0)
        b->wrong = plan_read(&rq, t, b->path, plan);
    if (!b->wrong)
        map_take(b);
    if (!b->wrong)
        space_take(b, db);
    if (!b->wrong)
        b->wrong = plan_choose(&rq, t, &(struct chosen){b->words, b->words_n}, true, plan);
    return !b->wrong && !db_failed(db);
}

static bool import_put(struct db *db, void *ctx)
{
    struct bring *b = ctx;
    struct req rq;
    const char *slash = strrchr(b->file, '/');
    person_find(b, db, &rq);
    const struct record_type *t = b->wrong ? NULL : type_find(b, &rq);
    if (!t)
        return false;
    b->id = exchange_put(&rq, t,
                         &(struct exchange_file){.name = str_of(slash ? slash + 1 : b->file),
                                                 .file = b->kept,
                                                 .bytes = b->bytes},
                         &b->page.plan);
    return !db_failed(db);
}

/* ---- its jobs ---- */

/* Ours from the start: a server that looks meanwhile finds that it is not due. */
static bool job_begin(struct db *db, void *ctx)
{
    struct bring *b = ctx;
    db_exec(db, "UPDATE exchanges SET state = ?2, why = '' WHERE id = ?1", I(b->id), Z(b->state));
    b->job = exchange_job_put(db, b->arena, b->kind, b->id, b->person,
                              clock_now() + JOB_LEASE_S * CLOCK_SECOND);
    return !db_failed(db);
}

static bool page_read(struct db *db, void *ctx)
{
    struct bring *b = ctx;
    if (!exchange_file_read(db, b->arena, b->id, &b->page.file))
        b->wrong = "there is no such import";
    b->page.plan_json = b->page.file.plan;
    b->page.report_json = b->page.file.report;
    return !b->wrong && !db_failed(db);
}

/* Whether it came to that state. */
static bool job_do(struct bring *b, const char *kind, const char *state, const char *then)
{
    b->kind = kind;
    b->state = state;
    if (!store_run(b->app->store, STORE_WRITE, job_begin, b) || !jobs_run_one(b->app, b->job) ||
        !store_run(b->app->store, STORE_SLOW, page_read, b)) {
        b->wrong = b->wrong ? b->wrong : "the database refused, or another program does it";
        return false;
    }
    if (str_is(b->page.file.state, then))
        return true;
    b->wrong = b->page.file.why.n ? str_cstr(b->arena, b->page.file.why)
                                  : "it is not done; a server goes on with it";
    return false;
}

/* ---- what is printed ---- */

static void page_json(struct bring *b)
{
    struct out o;
    out_init(&o, JSON_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    parts_print(&j, import_answer, &b->page);
    json_close(&j, '}');
    printf(STR_FMT "\n", STR_ARG(out_text(&o)));
    out_free(&o);
}

static void plan_print(const struct plan *plan)
{
    if (plan->cards)
        puts("Contact cards");
    else
        printf("A table in %s, parted by \"%c\", %s a header\n",
               csv_encodings[plan->dialect.encoding],
               plan->dialect.separator ? plan->dialect.separator : ',',
               plan->dialect.header ? "with" : "without");
    for (size_t c = 0; c < plan->columns_n; c++) {
        const struct plan_column *p = &plan->columns[c];
        if (!plan->cards || p->to.n)
            printf("  %-28.*s %s " STR_FMT "%s\n", STR_ARG(p->name), p->to.n ? "to" : "is left out",
                   STR_ARG(p->to), p->guessed && p->to.n ? ", as guessed" : "");
    }
    if (plan->keys.n)
        printf("  known by " STR_FMT "\n", STR_ARG(plan->keys));
}

static void try_print(struct bring *b)
{
    struct arena *a = b->arena;
    size_t n;
    const struct try_group *groups = import_groups(a, b->page.file.report, &n);
    fputs("Tried:", stdout);
    for (size_t i = 0; i < n; i++)
        printf("%s %lld %s", i ? "," : "", (long long)groups[i].n, groups[i].label);
    puts("");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < groups[i].rows_n; k++)
            if (groups[i].rows[k].why.n)
                printf("  row %lld: " STR_FMT "\n", (long long)groups[i].rows[k].row,
                       STR_ARG(groups[i].rows[k].why));
}

static void run_print(const struct exchange_file *e)
{
    printf("Import %lld: %lld created, %lld updated, %lld matched with nothing new, %lld skipped,"
           " %lld rejected\nskep import csv undo %lld takes it back.\n",
           (long long)e->id, (long long)e->created, (long long)e->updated, (long long)e->same,
           (long long)e->skipped, (long long)e->rejected, (long long)e->id);
}

/* ---- rejected rows (RULE 3) ---- */

static bool rejects_piece(struct db *db, void *ctx)
{
    struct bring *b = ctx;
    struct arena *a = arena_new(MEMORY);
    struct req rq = {.app = b->app, .db = db, .arena = a, .face = FACE_CSV};
    struct out o;
    size_t n;
    const struct reject *rejects = rejects_read(&rq, b->id, b->after, &n);
    out_init(&o, MEMORY);
    rejects_write(&o, a, &b->page.plan, rejects, n, b->after == 0);
    struct str text = out_text(&o);
    if (out_failed(&o) || fwrite(text.p, 1, text.n, b->to) != text.n)
        b->wrong = "the rejected rows could not be written";
    b->more = n > 0 && !b->wrong;
    b->after = n ? rejects[n - 1].row : b->after;
    out_free(&o);
    arena_free(a);
    return !db_failed(db);
}

static void rejects_save(struct bring *b)
{
    b->to = fopen(b->rejects, "w");
    b->more = b->to != NULL;
    if (!b->to)
        b->wrong = str_fmt(b->arena, "%s: %s", b->rejects, strerror(errno)).p;
    while (b->more && store_run(b->app->store, STORE_SLOW, rejects_piece, b))
        continue;
    if (b->to && fclose(b->to) && !b->wrong)
        b->wrong = str_fmt(b->arena, "%s: %s", b->rejects, strerror(errno)).p;
}

/* ---- the commands ---- */

static int64_t rejected_by_try(struct bring *b)
{
    size_t n;
    const struct try_group *groups = import_groups(b->arena, b->page.file.report, &n);
    return n ? groups[n - 1].n : 0;
}

static int command_csv(struct app *app, int argc, char **argv)
{
    struct bring *b = bring_begin(app);
    if (!arguments_read(b, argc, argv) || !b->type)
        return usage(b, &exchange_commands[1]);
    file_take(b);
    bool put = !b->wrong && store_run(app->store, STORE_SLOW, plan_make, b) &&
               store_run(app->store, STORE_WRITE, import_put, b);
    if (!put) {
        b->wrong = b->wrong ? b->wrong : "the database refused";
        if (b->path)
            unlink(b->path);
        return bring_end(b, EXIT_FAILURE);
    }
    if (!job_do(b, EXCHANGE_TRY, "trying", "tried"))
        return bring_end(b, EXIT_FAILURE);
    int64_t rejected = rejected_by_try(b);
    if (!b->json) {
        plan_print(&b->page.plan);
        try_print(b);
    }
    if (!b->only_try) {
        if (!job_do(b, EXCHANGE_RUN, "running", "done"))
            return bring_end(b, EXIT_FAILURE);
        rejected = b->page.file.rejected;
        if (!b->json)
            run_print(&b->page.file);
        if (b->rejects)
            rejects_save(b);
    }
    if (b->json)
        page_json(b);
    return bring_end(b, rejected ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int command_undo(struct app *app, int argc, char **argv)
{
    struct bring *b = bring_begin(app);
    if (!arguments_read(b, argc, argv) || !str_int(str_of(b->file), &b->id))
        return usage(b, &exchange_commands[0]);
    if (!store_run(app->store, STORE_SLOW, page_read, b))
        return bring_end(b, EXIT_FAILURE);
    b->person = b->page.file.person_id;
    if (!import_undoes(&b->page.file))
        b->wrong = "there is nothing to take back, or it is being taken back";
    else if (job_do(b, EXCHANGE_UNDO, "undoing", "undone") && !b->json)
        printf("Taken back: %lld deleted again, %lld as they were, %lld kept since something newer"
               " stands there.\n",
               (long long)b->page.file.deleted, (long long)b->page.file.reverted,
               (long long)b->page.file.kept);
    if (!b->wrong && b->json)
        page_json(b);
    return bring_end(b, EXIT_SUCCESS);
}
