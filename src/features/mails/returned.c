/* returned.c: the job that looks into the mailbox to which letters come back; see mails.h, RULE 11.
 *
 * It remembers up to which number it has looked, in the setting "returned": validity and number.
 */
#include <inttypes.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/setting.h"
#include "features/mails/imap.h"
#include "features/mails/outbox.h"
#include "http/app.h"

#define LOOK_BACK (30 * CLOCK_DAY)

enum { ARENA = 16 << 20 };

struct look {
    struct job *job;
    int64_t validity, next; /* as it is remembered */
    struct imap_list list;
    bool stopped;
};

static bool go_on(void *ctx)
{
    struct look *look = ctx;
    look->stopped = look->stopped || !job_step(look->job, 0, 0, S("Looking for returned letters"));
    return !look->stopped;
}

static bool place_read(struct db *db, void *ctx)
{
    struct look *look = ctx;
    struct str text = db_get_str(db, job_arena(look->job),
                                 "SELECT value FROM settings WHERE name = 'returned'"),
               word;
    if (!str_split(&text, ' ', &word) || !str_int(word, &look->validity) ||
        !str_int(text, &look->next))
        look->validity = 0;
    look->next = look->next > 0 ? look->next : 1;
    return !db_failed(db);
}

static bool place_keep(struct db *db, void *ctx)
{
    const struct look *look = ctx;
    setting_put(db, "returned",
                str_fmt(job_arena(look->job), "%" PRId64 " %" PRId64, look->validity, look->next));
    return !db_failed(db);
}

/* What says that a letter of ours did not arrive is taken away when that is on disk; the rest is
 * for people. */
static bool letter_take(struct look *look, struct imap *m, struct arena *a, int64_t uid)
{
    struct str letter;
    struct bounce bounce;
    int64_t id = 0;
    if (!imap_fetch(m, a, uid, &letter))
        return false;
    if (!bounce_take(job_app(look->job), a, letter, S(""), &bounce, &id)) {
        job_why(look->job, "The database refused.");
        return false;
    }
    return id && bounce.kind > BOUNCE_NONE ? imap_delete(m, uid) : imap_leave(m, uid);
}

static bool letters_take(struct look *look, struct imap *m)
{
    if (!imap_list(m, look->next, clock_now() - LOOK_BACK, &look->list))
        return false;
    if (look->list.validity != look->validity) { /* another mailbox: its numbers are others */
        look->validity = look->list.validity;
        look->next = 1;
        if (!imap_list(m, look->next, clock_now() - LOOK_BACK, &look->list))
            return false;
    }
    struct arena *a = arena_new(ARENA);
    bool well = true;
    for (size_t i = 0; well && i < look->list.n && go_on(look); i++) {
        arena_reset(a);
        well = letter_take(look, m, a, look->list.uids[i]);
        if (well)
            look->next = look->list.uids[i] + 1;
    }
    arena_free(a);
    return well;
}

enum job_result mails_returned(struct job *job)
{
    struct look look = {.job = job};
    struct app *app = job_app(job);
    struct str wrong = S("");
    struct imap_options options = {str_of(app->options.imap), go_on, &look};
    if (!app->options.imap)
        return JOB_DONE;
    struct imap *m = imap_open(job_arena(job), &options, &wrong);
    if (!m) {
        job_why(job, "--imap " STR_FMT, STR_ARG(wrong));
        log_error("mail: --imap " STR_FMT, STR_ARG(wrong));
        return JOB_LATER;
    }
    if (!job_read(job, place_read, &look))
        return JOB_LATER;
    int64_t validity = look.validity, next = look.next;
    bool well = letters_take(&look, m);
    if (look.validity != validity || look.next != next)
        job_write_aside(job, place_keep, &look);
    if (!well && !look.stopped) {
        job_why(job, "--imap: %s", imap_error(m));
        log_warn("mail: --imap: %s", imap_error(m));
    }
    return well && !look.stopped ? JOB_DONE : JOB_LATER;
}
