/* emails.c: mail from and to customers, kept where it belongs; one that says so is sent.
 *
 * RULES
 *   1. A mail with `send` leaves by the hub's outgoing mail, once, if its transaction is kept; what
 *      became of it stands in its status.
 *   2. One without an address is not sent, and says so.
 *   3. Whoever answers it writes to the sender, and not to the hub.
 */
#include "features/mails/mails.h"

#include "core/clock.h"
#include "http/app.h"
#include "jobs/consumers.h"
#include "jobs/jobs.h"
#include "record/act.h"
#include "record/types.h"

static const struct field_choice directions[] = {
    {"out", "Outgoing", "blue"}, {"in", "Incoming", "teal"}, {0}};

static const struct field_choice states[] = {
    {"logged", "Logged", "grey"},        {"queued", "On its way", "honey"},
    {"sent", "Sent", "green"},           {"held", "Held in the outbox", "honey"},
    {"unsent", "Has no address", "red"}, {0}};

static const struct record_field fields[] = {
    {"title", "Subject", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"direction", "Direction", KIND_CHOICE,
     FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED, .choices = directions},
    {"address", "Their address", KIND_EMAIL, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"send", "Send it", KIND_BOOL, 0, .help = "Yes: it leaves by mail. No: it is only kept here."},
    {"status", "Status", KIND_CHOICE, FIELD_FIXED | FIELD_INDEXED, .choices = states},
    {"happened_at", "When", KIND_TIME, FIELD_LISTED | FIELD_INDEXED},
    {"people", "With whom", KIND_REFS, FIELD_LISTED, .target = "person"},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_INDEXED,
     .target = "organisation"},
    {"deal", "Deal", KIND_REF, FIELD_INDEXED, .target = "deal"},
    {"body", "Text", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type email_type = {
    .name = "email",
    .noun = "Mail",
    .plural = "emails",
    .label = "Mail",
    .lead = "What was written from and to customers.",
    .icon = "#i-mail",
    .fields = fields,
    .timeline = "mail",
    .composed = "direction address title send body",
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&email_type, NULL};

/* ---- the letter ---- */

struct written {
    struct str subject, text, sender, answer;
};

static void letter_write(struct letter *l, const void *data)
{
    const struct written *w = data;
    struct str rest = w->text, part = S("");
    letter_subject(l, STR_FMT, STR_ARG(w->subject));
    while (str_split(&rest, '\n', &part))
        if (str_trim(part).n)
            letter_text(l, STR_FMT, STR_ARG(str_trim(part)));
    letter_fine(l, STR_FMT " writes to you from this hub.%s" STR_FMT, STR_ARG(w->sender),
                w->answer.n ? " Please answer to " : "", STR_ARG(w->answer));
}

static const struct written sample = {
    .subject = {"Your offer", 10},
    .text = {"Hello, here it is.", 18},
    .sender = {"Maren", 5},
    .answer = {"maren@example.org", 17},
};
static const struct letter_kind correspondence = {"correspondence", "Mail to a customer",
                                                  letter_write, .sample = &sample};
static const struct letter_kind *const letters[] = {&correspondence, NULL};

/* ---- leaving: RULE 1 ---- */

/* What the program writes itself is no edit: the row and its index. */
static void status_set(struct db *db, struct arena *a, int64_t id, const char *status)
{
    struct str was =
        db_get_str(db, a, "SELECT COALESCE(status, '') FROM emails WHERE id = ?1", I(id));
    db_exec(db, "UPDATE emails SET status = ?2 WHERE id = ?1", I(id), Z(status));
    db_exec(db, "DELETE FROM ix_emails_status WHERE v = ?1 AND id = ?2", T(was), I(id));
    db_exec(db, "INSERT INTO ix_emails_status (v, id) VALUES (?1, ?2)", Z(status), I(id));
}

struct leaving {
    struct job *job;
    int64_t id;
};

#define LEAVING                                                                                    \
    "SELECT r.title, x.source, p.name, e.address, c.email FROM emails e"                           \
    " JOIN records r ON r.id = e.id LEFT JOIN texts x ON x.record_id = e.id"                       \
    " LEFT JOIN people p ON p.id = r.author_id LEFT JOIN accounts c ON c.person_id = r.author_id"  \
    " WHERE e.id = ?1 AND e.status = 'queued' AND r.deleted_at IS NULL"

static bool leave(struct db *db, void *ctx)
{
    const struct leaving *l = ctx;
    struct arena *a = job_arena(l->job);
    struct written w = {0};
    struct str address = S("");
    struct rows q = db_query(db, LEAVING, I(l->id));
    if (db_next(&q)) {
        w = (struct written){db_dup(&q, 0, a), db_dup(&q, 1, a), db_dup(&q, 2, a),
                             db_dup(&q, 4, a)};
        address = db_dup(&q, 3, a);
    }
    db_done(&q);
    if (!address.n)
        return true;
    const struct mail_desk desk = {job_app(l->job), db, a, clock_now()};
    int64_t letter = mail_put(
        &desk, &(struct mail){
                   .kind = &correspondence, .data = &w, .address = address, .thread_id = l->id});
    bool leaves = desk.app->options.smtp != NULL;
    status_set(db, a, l->id, !letter ? "unsent" : leaves ? "sent" : "held");
    return !db_failed(db);
}

static enum job_result email_leave(struct job *job)
{
    struct leaving l = {.job = job};
    if (!str_int(job_data(job), &l.id))
        return JOB_FAILED;
    return job_write(job, leave, &l) ? JOB_DONE : JOB_LATER;
}

static const struct job_kind jobs[] = {{"email-leave", email_leave, .at_once = 1}, {0}};

/* RULE 2. Imported ones are never sent. */
static size_t emails_take(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct activity *act = &list[i];
        bool send =
            !act->quiet && db_get_int(db, 0, "SELECT COALESCE(send, 0) FROM emails WHERE id = ?1",
                                      I(act->record_id)) != 0;
        bool there = db_get_int(db, 0, "SELECT 1 FROM emails WHERE id = ?1 AND address IS NOT NULL",
                                I(act->record_id)) != 0;
        status_set(db, a, act->record_id, !send ? "logged" : there ? "queued" : "unsent");
        if (send && there)
            job_put(db, &(struct job_order){.kind = "email-leave",
                                            .data = str_of_id(a, S(""), act->record_id),
                                            .person_id = act->actor_id});
    }
    return n;
}

static const struct consumer consumers[] = {{"emails", emails_take, .verbs = "'Create'",
                                             .types = "'email'", .from_end = true, .once = true},
                                            {0}};

static const struct menu_entry menu[] = {{"Mail", "/emails", "#i-mail", 93, STAFF}, {0}};

const struct feature emails_feature = {
    .name = "emails",
    .types = types,
    .menu = menu,
    .jobs = jobs,
    .letters = letters,
    .consumers = consumers,
};
