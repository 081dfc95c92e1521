/* bounces.c: `skep bounce`, to which the mail server hands what comes back; see mails.h, RULE 8.
 *
 * WHY a pipe and not a mailbox: the server calls it at once, keeps the mail when it fails (exit
 * code 75), and there is no password of a mailbox to keep.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "features/mails/outbox.h"
#include "http/app.h"

enum { MAIL_MAX = 1 << 20, ARENA = 8 << 20, TRY_LATER = 75 /* EX_TEMPFAIL of sysexits.h */ };

struct coming_back {
    struct app *app;
    struct arena *arena;
    struct str mail, to;
    struct bounce bounce;
    int64_t id;
};

static bool keep(struct db *db, void *ctx)
{
    struct coming_back *it = ctx;
    mail_came_back(db, clock_now(), it->id, &it->bounce);
    return !db_failed(db);
}

bool bounce_take(struct app *app, struct arena *a, struct str mail, struct str to,
                 struct bounce *bounce, int64_t *id)
{
    struct coming_back it = {.app = app, .arena = a, .mail = mail, .to = to};
    it.bounce = *bounce = bounce_read(a, mail);
    it.id = to.n ? mail_marked(app, a, to) : 0;
    if (!it.id)
        it.id = mail_marked(app, a, mail);
    *id = it.id;
    if (!it.id || it.bounce.kind < BOUNCE_SOFT)
        return true;
    return store_run_aside(app->store, STORE_WRITE, keep, &it);
}

static struct str input_read(struct arena *a)
{
    char *p = arena_alloc(a, MAIL_MAX);
    size_t n = fread(p, 1, MAIL_MAX, stdin);
    while (n == MAIL_MAX && getc(stdin) != EOF) { /* the rest is of no interest; but is taken */
    }
    return str_make(p, n);
}

int command_bounce(struct app *app, int argc, char **argv)
{
    struct str to = S("");
    if (argc == 2 && strcmp(argv[0], "--to") == 0)
        to = str_of(argv[1]);
    else if (argc) {
        fputs("usage: skep bounce [--to ADDRESS] < MAIL\n", stderr);
        return 2;
    }
    struct arena *arena = arena_new(ARENA);
    struct bounce bounce;
    int64_t id = 0;
    bool well = bounce_take(app, arena, input_read(arena), to, &bounce, &id);
    if (!well)
        log_error("bounce: the database refused; try later");
    else if (!id)
        puts("no letter of this hub");
    else
        printf("letter %lld: %s " STR_FMT "\n", (long long)id, bounce_name(bounce.kind),
               STR_ARG(bounce.status));
    arena_free(arena);
    return well ? 0 : TRY_LATER;
}

/* ---- RULE 10 ---- */

void mails_failures(struct db *db, struct arena *a,
                    void (*tell)(void *ctx, const struct failure *f), void *ctx)
{
    static const char refused[] = "Read the server's words; when the cause is mended, send them"
                                  " again at /mails?state=failed.";
    static const char back[] = "Their addresses take no mail; see /mails?state=bounced. If there"
                               " are many, the mail server may think that this is spam.";
    struct rows q =
        db_query(db,
                 "SELECT m.state, m.kind, f.n, m.created_at, m.answer FROM mails m JOIN"
                 " (SELECT MAX(id) AS id, COUNT(*) AS n FROM mails WHERE created_at > ?1"
                 " AND state IN ('failed', 'bounced') GROUP BY state, kind) f ON f.id = m.id"
                 " ORDER BY m.state DESC, m.kind",
                 I(clock_now() - 7 * CLOCK_DAY));
    while (db_next(&q)) {
        bool failed = str_is(db_str(&q, 0), "failed");
        tell(ctx, &(struct failure){.what = failed ? "letters refused" : "letters came back",
                                    .kind = db_dup(&q, 1, a),
                                    .count = db_int(&q, 2),
                                    .last_at = db_int(&q, 3),
                                    .why = db_dup(&q, 4, a),
                                    .advice = failed ? refused : back});
    }
    db_done(&q);
}

/* ---- what is old ---- */

#define KEPT (90 * CLOCK_DAY)

static bool clean(struct db *db, void *ctx)
{
    (void)ctx;
    return db_exec(db, "DELETE FROM mails WHERE created_at < ?1 AND state <> 'queued'",
                   I(clock_now() - KEPT)) > 0 &&
           !db_failed(db);
}

enum job_result mails_clean(struct job *job)
{
    job_write_aside(job, clean, NULL);
    return JOB_DONE;
}
