/* choices.c: what one wants letters about and when, and the links that stop them; see news.h. */
#include <sodium.h>

#include "core/zone.h"
#include "features/mails/news.h"
#include "http/app.h"
#include "view/answer.h"
#include "views/mails/choices.h"
#include "views/mails/stop.h"

enum { MAC_BYTES = 10 };

/* ---- choices ---- */

const struct form_rule choices_rules[] = {
    {"reply", .label = "Replies", .choices = mail_hows},
    {"mention", .label = "Mentions", .choices = mail_hows},
    {"answer", .label = "Accepted answers", .choices = mail_hows},
    {"status", .label = "States", .choices = mail_hows},
    {"invite", .label = "Invitations", .choices = mail_hows},
    {"follow", .label = "What you watch", .choices = mail_hows},
    {"zone", .label = "Time zone", .max = 60},
    {"digest_hour", .label = "Hour", .whole = true, .max = 2},
    {"digest_day", .label = "Day", .whole = true, .max = 1},
    {"quiet_from", .label = "Quiet from", .whole = true, .max = 2},
    {"quiet_to", .label = "Quiet to", .whole = true, .max = 2},
    {0},
};

static const struct {
    const char *name;
    int64_t below;
} numbers[] = {{"digest_hour", 24}, {"digest_day", 7}, {"quiet_from", 24}, {"quiet_to", 24}};

static const struct part choices_parts[] = {
    /* in the order of the rules */
    PART_TITLE("Letters"),
    PART(TEXT, "reply", struct choices_page, words[0]),
    PART(TEXT, "mention", struct choices_page, words[1]),
    PART(TEXT, "answer", struct choices_page, words[2]),
    PART(TEXT, "status", struct choices_page, words[3]),
    PART(TEXT, "invite", struct choices_page, words[4]),
    PART(TEXT, "follow", struct choices_page, words[5]),
    PART(TEXT, "zone", struct choices_page, words[REASONS]),
    PART(INT, "digest_hour", struct choices_page, hours[0]),
    PART(INT, "digest_day", struct choices_page, hours[1]),
    PART(INT, "quiet_from", struct choices_page, hours[2]),
    PART(INT, "quiet_to", struct choices_page, hours[3]),
    {0},
};
const struct part choices_answer[] = {PART_OBJECT("data", choices_parts), {0}};

static const struct part stop_parts[] = {
    PART_TITLE("LettersStopped"), PART(FLAG, "stopped", struct stop_page, done), {0}};
const struct part stop_answer[] = {PART_OBJECT("data", stop_parts), {0}};

static void choices_read(struct req *rq, struct choices_page *v)
{
    struct arena *a = rq->arena;
    form_init(choices_rules, &v->form);
    for (const struct mail_reason *r = mail_reasons; r->reason; r++)
        form_set(&v->form, r->reason, str_of(r->how));
    struct rows q = db_query(rq->db, "SELECT reason, how FROM mail_choices WHERE person_id = ?1",
                             I(rq->viewer.id));
    while (db_next(&q))
        for (const struct mail_reason *r = mail_reasons; r->reason; r++)
            if (str_is(db_str(&q, 0), r->reason))
                form_set(&v->form, r->reason, db_dup(&q, 1, a));
    struct mail_hours h = mail_hours(rq->db, a, rq->viewer.id);
    const int64_t values[] = {h.digest_hour, h.digest_day, h.quiet_from, h.quiet_to};
    form_set(&v->form, "zone", h.zone);
    for (size_t i = 0; i < 4; i++)
        form_set(&v->form, numbers[i].name, str_fmt(a, "%lld", (long long)values[i]));
    q = db_query(rq->db,
                 "SELECT c.email, i.verified_at FROM accounts c LEFT JOIN identities i"
                 " ON i.kind = 'email' AND i.address = c.email AND i.person_id = c.person_id"
                 " WHERE c.person_id = ?1",
                 I(rq->viewer.id));
    if (db_next(&q)) {
        v->email = db_dup(&q, 0, a);
        v->verified = db_int(&q, 1) != 0;
    }
    db_done(&q);
}

static struct answer choices_page_answer(struct choices_page *v)
{
    for (size_t i = 0; i <= REASONS; i++)
        v->words[i] = form_get(&v->form, choices_rules[i].name);
    for (size_t i = 0; i < 4; i++)
        v->hours[i] = form_int(&v->form, numbers[i].name);
    return (struct answer){.title = S("Letters to you"),
                           .page = mails_choices_view,
                           .width = PAGE_NARROW,
                           .section = "/account",
                           .data = v};
}

int choices_show(struct req *rq)
{
    struct choices_page *v = arena_make(rq->arena, struct choices_page);
    choices_read(rq, v);
    struct answer page = choices_page_answer(v);
    return answer(rq, &page);
}

static void choice_set(struct db *db, int64_t person_id, const char *reason, struct str how)
{
    db_exec(db,
            "INSERT INTO mail_choices (person_id, reason, how) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (person_id, reason) DO UPDATE SET how = excluded.how",
            I(person_id), Z(reason), T(how));
}

static void choices_keep(struct req *rq, const struct form *form)
{
    for (const struct mail_reason *r = mail_reasons; r->reason; r++)
        choice_set(rq->db, rq->viewer.id, r->reason, form_get(form, r->reason));
    db_exec(rq->db,
            "INSERT INTO mail_hours (person_id, zone, digest_hour, digest_day, quiet_from,"
            " quiet_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (person_id) DO UPDATE SET"
            " zone = excluded.zone, digest_hour = excluded.digest_hour,"
            " digest_day = excluded.digest_day, quiet_from = excluded.quiet_from,"
            " quiet_to = excluded.quiet_to",
            I(rq->viewer.id), T(form_get(form, "zone")), I(form_int(form, "digest_hour")),
            I(form_int(form, "digest_day")), I(form_int(form, "quiet_from")),
            I(form_int(form, "quiet_to")));
}

/* What was not sent stays as it was. */
int choices_update(struct req *rq)
{
    struct choices_page *v = arena_make(rq->arena, struct choices_page);
    struct form form;
    choices_read(rq, v);
    form_read(rq, choices_rules, &form);
    for (const struct form_rule *r = choices_rules; r->name; r++)
        if (!form_given(&form, r->name))
            form_set(&form, r->name, form_get(&v->form, r->name));
    struct str zone = form_get(&form, "zone");
    if (zone.n && !zone_open(rq->arena, zone))
        form_fail(&form, "zone", "There is no such place. Write it as in \"Europe/Berlin\".");
    for (size_t i = 0; i < 4; i++)
        if (form_int(&form, numbers[i].name) < 0 ||
            form_int(&form, numbers[i].name) >= numbers[i].below)
            form_fail(&form, numbers[i].name, "There is no such hour or day.");
    v->form = form;
    struct answer page = choices_page_answer(v);
    if (!form.ok)
        return form_answer(rq, &v->form, &page);
    choices_keep(rq, &form);
    flash(rq, "Kept. Letters follow it from now on.");
    return answer_updated(rq, S("/account/letters"), &page);
}

/* ---- links that stop letters ---- */

static struct str stop_mac(const struct app *app, struct arena *a, struct str what)
{
    unsigned char mac[crypto_generichash_BYTES_MIN];
    struct str text = str_fmt(a, "stop " STR_FMT, STR_ARG(what));
    crypto_generichash(mac, sizeof mac, (const unsigned char *)text.p, text.n, app->secret,
                       sizeof app->secret);
    return str_hex(a, mac, MAC_BYTES);
}

struct str stop_path(const struct app *app, struct arena *a, int64_t person_id, struct str reason)
{
    struct str what = str_fmt(a, "%lld." STR_FMT, (long long)person_id, STR_ARG(reason));
    return str_fmt(a, "/letters/" STR_FMT "." STR_FMT, STR_ARG(what),
                   STR_ARG(stop_mac(app, a, what)));
}

/* Whose letters of which reason a link stops; 0: nobody made this link. */
static int64_t stop_find(struct req *rq, struct str *reason)
{
    struct str token = req_param(rq, "token"), rest = token, id, mac = S("");
    int64_t person_id = 0;
    *reason = S("");
    if (!str_split(&rest, '.', &id) || !str_split(&rest, '.', reason) ||
        !str_split(&rest, '.', &mac) || !str_int(id, &person_id) || rest.n)
        return 0;
    struct str want = stop_mac(rq->app, rq->arena, str_first(token, id.n + 1 + reason->n));
    bool same = mac.n == want.n && sodium_memcmp(mac.p, want.p, want.n) == 0;
    return same ? person_id : 0;
}

static int stop_page_answer(struct req *rq, struct str reason, bool done)
{
    struct stop_page *v = arena_make(rq->arena, struct stop_page);
    v->token = req_param(rq, "token");
    v->done = done;
    for (const struct mail_reason *r = mail_reasons; r->reason; r++)
        if (str_is(reason, r->reason))
            v->what = str_of(r->label);
    return answer(rq, &(struct answer){.title = S("No more letters"),
                                       .page = mails_stop_view,
                                       .width = PAGE_TINY,
                                       .data = v});
}

int stops_new(struct req *rq)
{
    struct str reason;
    if (!stop_find(rq, &reason))
        return not_found(rq);
    return stop_page_answer(rq, reason, false);
}

/* Mail programs send "List-Unsubscribe=One-Click": that it comes is what counts. */
int stops_create(struct req *rq)
{
    struct str reason;
    int64_t person_id = stop_find(rq, &reason);
    if (!person_id)
        return not_found(rq);
    bool all = str_is(reason, "all");
    for (const struct mail_reason *r = mail_reasons; r->reason; r++)
        if (all || str_is(reason, r->reason))
            choice_set(rq->db, person_id, r->reason, S("never"));
    db_exec(rq->db, "DELETE FROM mail_waiting WHERE person_id = ?1 AND (reason = ?2 OR ?3 = 1)",
            I(person_id), T(reason), I(all));
    return stop_page_answer(rq, reason, true);
}
