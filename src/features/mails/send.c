/* send.c: takes what is due from table mails to the mail server; see mails.h, RULES 4 to 6.
 *
 * A letter that is being sent is due again a while later: that is all that has to be known when the
 * program ends in the midst of it. Its result and the taking of the next are one transaction.
 */
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "features/mails/outbox.h"
#include "features/mails/smtp.h"
#include "http/app.h"
#include "text/mime.h"
#include "text/plain.h"

enum {
    TRIES = 20,
    AWAY_MAX = 3,
    ARENA = 32 << 20,
    HEADERS = 12,
    ANSWER_MAX = 300,
    ANSWER_BYTES = 4 * ANSWER_MAX + 4
};
#define LEASE (15 * CLOCK_MINUTE)
#define PAUSE_MAX (6 * CLOCK_HOUR)

struct turn { /* one transaction: what became of one letter, and the next one */
    struct app *app;
    struct arena *arena;
    int64_t id, tries; /* of the letter that was sent; 0: none yet */
    enum smtp_result result;
    char answer[ANSWER_BYTES];
    bool more;              /* take the next one */
    struct mail_shown next; /* id 0: nothing is due */
    struct str hub;
};

static bool turn_run(struct db *db, void *ctx);
static void result_keep(struct db *db, const struct turn *t, int64_t now);
static enum smtp_result letter_send(struct turn *t, struct smtp *smtp);

struct way { /* of one job */
    struct job *job;
    int64_t sent;
    bool stopped;
};

static bool go_on(void *ctx)
{
    struct way *way = ctx;
    way->stopped = way->stopped || !job_step(way->job, way->sent, 0, S("Sending letters"));
    return !way->stopped;
}

static struct smtp *server_open(struct job *job, struct way *way)
{
    const struct app *app = job_app(job);
    struct str wrong = S(""), hello = mail_host(app);
    struct smtp_options options = {str_of(app->options.smtp), hello, go_on, way};
    struct smtp *smtp = smtp_open(job_arena(job), &options, &wrong);
    if (!smtp) {
        job_why(job, "--smtp " STR_FMT, STR_ARG(wrong));
        log_error("mail: --smtp " STR_FMT, STR_ARG(wrong));
    }
    return smtp;
}

enum job_result mails_send(struct job *job)
{
    struct way way = {.job = job};
    struct app *app = job_app(job);
    if (!app->options.smtp)
        return JOB_DONE;
    struct smtp *smtp = server_open(job, &way);
    if (!smtp)
        return JOB_DONE;
    struct turn t = {.app = app, .arena = arena_new(ARENA), .more = true};
    int away = 0;
    while (t.more && job_write_aside(job, turn_run, &t) && t.next.id) {
        t.result = letter_send(&t, smtp);
        away = t.result == SMTP_AWAY ? away + 1 : 0;
        way.sent += t.result == SMTP_SENT;
        t.id = t.next.id;
        t.tries = t.next.tries;
        t.more = go_on(&way) && away < AWAY_MAX;
        arena_reset(t.arena);
        if (!t.more)
            job_write_aside(job, turn_run, &t);
    }
    if (away)
        job_why(job, "%s", t.answer);
    arena_free(t.arena);
    return way.stopped ? JOB_LATER : JOB_DONE;
}

static bool turn_run(struct db *db, void *ctx)
{
    struct turn *t = ctx;
    int64_t now = clock_now();
    bool any = t->id != 0;
    if (t->id)
        result_keep(db, t, now);
    t->next.id = 0;
    if (!t->more)
        return !db_failed(db);
    struct rows q =
        db_query(db,
                 "SELECT " ROW_COLUMNS(MAIL_ROW) MAIL_FROM
                 " WHERE m.state = 'queued' AND m.due_at <= ?1 ORDER BY m.due_at, m.id LIMIT 1",
                 I(now));
    if (db_next(&q))
        mail_shown_decode(&t->next, &q, 0, t->arena);
    db_done(&q);
    if (t->next.id) {
        any = true;
        t->next.tries++;
        t->hub = mail_hub(db, t->arena);
        db_exec(db, "UPDATE mails SET due_at = ?2, tries = tries + 1 WHERE id = ?1", I(t->next.id),
                I(now + LEASE));
    }
    return any && !db_failed(db);
}

/* A minute, two, four ... six hours; twenty times are three days. */
static int64_t pause_after(int64_t tries)
{
    int64_t pause = CLOCK_MINUTE;
    for (int64_t i = 1; i < tries && pause < PAUSE_MAX; i++)
        pause *= 2;
    return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

static void result_keep(struct db *db, const struct turn *t, int64_t now)
{
    bool again = (t->result == SMTP_LATER || t->result == SMTP_AWAY) && t->tries < TRIES;
    if (t->result == SMTP_SENT)
        db_exec(db,
                "UPDATE mails SET state = 'sent', sent_at = ?2, answer = ?3, secret = ''"
                " WHERE id = ?1 AND state = 'queued'",
                I(t->id), I(now), Z(t->answer));
    else if (again)
        db_exec(db, "UPDATE mails SET due_at = ?2, answer = ?3 WHERE id = ?1", I(t->id),
                I(now + pause_after(t->tries)), Z(t->answer));
    else
        db_exec(db,
                "UPDATE mails SET state = 'failed', answer = ?2, secret = ''"
                " WHERE id = ?1 AND state = 'queued'",
                I(t->id), Z(t->answer));
    if (t->result == SMTP_NO_ADDRESS)
        mail_came_back(
            db, now, t->id,
            &(struct bounce){.kind = BOUNCE_HARD, .status = S(""), .why = str_of(t->answer)});
}

/* ---- one letter ---- */

/* "Name <address>" or an address alone. */
static struct str address_of(struct str from, struct str *name)
{
    ptrdiff_t open = str_find(from, '<'), close = str_find(from, '>');
    *name = S("");
    if (open < 0 || close < open)
        return str_trim(from);
    *name = str_trim(str_first(from, (size_t)open));
    return str_make(from.p + open + 1, (size_t)(close - open - 1));
}

static size_t headers_read(struct str lines, struct mime_header *list)
{
    size_t n = 0;
    struct str line, name;
    while (n < HEADERS && str_split(&lines, '\n', &line))
        if (str_split(&line, ':', &name) && name.n)
            list[n++] = (struct mime_header){name, str_trim(line)};
    return n;
}

/* VERP: bounces@hub.example becomes bounces+s12.0a1b...@hub.example. */
static struct str return_path(const struct turn *t, struct str from, struct str mark)
{
    struct str to = str_of(t->app->options.mail_bounces);
    ptrdiff_t at = str_find(to, '@');
    if (at < 0)
        return from;
    return str_fmt(t->arena, STR_FMT "+" STR_FMT STR_FMT, STR_ARG(str_first(to, (size_t)at)),
                   STR_ARG(mark), STR_ARG(str_from(to, (size_t)at)));
}

static size_t headers_make(const struct turn *t, struct mime_header *list)
{
    struct str name, reply = address_of(str_of(t->app->options.mail_reply), &name);
    size_t n = headers_read(t->next.headers, list);
    if (reply.n)
        list[n++] = (struct mime_header){S("Reply-To"), reply};
    return n;
}

static enum smtp_result letter_send(struct turn *t, struct smtp *smtp)
{
    struct arena *a = t->arena;
    const struct mail_shown *m = &t->next;
    struct mime_header headers[HEADERS + 1];
    struct str name, from = address_of(str_of(t->app->options.mail_from), &name);
    struct str mark = mail_mark(t->app, a, m->id);
    ptrdiff_t at = str_find(from, '@');
    struct mime_letter letter = {
        .message_id = str_fmt(a, STR_FMT STR_FMT, STR_ARG(mark),
                              STR_ARG(str_from(from, at < 0 ? 0 : (size_t)at))),
        .from_name = name.n ? name : t->hub,
        .from_address = from,
        .to_address = m->address,
        .subject = m->subject,
        .date = m->created_at,
        .headers = headers,
        .headers_n = headers_make(t, headers),
        .text = secret_put(a, m->body, m->secret),
        .html = secret_put(a, m->html, m->secret),
    };
    struct str message = mime_write(a, &letter), said;
    enum smtp_result result = smtp_send(smtp, str_cstr(a, return_path(t, from, mark)),
                                        str_cstr(a, m->address), message, &said);
    said = text_excerpt(a, text_clean(a, said), ANSWER_MAX);
    snprintf(t->answer, sizeof t->answer, STR_FMT, STR_ARG(said));
    return result;
}
