/* devices.c: see devices.h. */
#include "features/accounts/devices.h"

#include <sodium.h>

#include "core/clock.h"
#include "http/app.h"

enum { MARK_BYTES = 20, MARK_TEXT = 2 * MARK_BYTES };

#define KEPT (365 * CLOCK_DAY)

struct device_letter {
    struct str name, device, peer;
    int64_t at;
};

static void write_device(struct letter *l, const void *data)
{
    const struct device_letter *v = data;
    char at[32];
    letter_subject(l, "Signed in with a new device");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l,
                "somebody, most likely you, has signed in to your account on " STR_FMT
                " with a device that was not used here before.",
                STR_ARG(l->hub));
    letter_text(l, "Device: " STR_FMT "\nTime: " STR_FMT "\nAddress: " STR_FMT, STR_ARG(v->device),
                STR_ARG(clock_http(at, v->at)), STR_ARG(v->peer));
    letter_text(l, "If that was you, there is nothing to do. If not, sign the device out there, and"
                   " choose a new password:");
    letter_button(l, "Where you are signed in", S("/account"));
    letter_fine(l,
                "You get this letter because it is about your account; it cannot be turned off.");
}

static const struct device_letter sample = {
    {"Ana Lindqvist", 13}, {"Firefox on Linux", 16}, {"192.0.2.17", 10}, INT64_C(1767261900000000)};

const struct letter_kind letter_device = {"device", "Signed in with a new device", write_device,
                                          &sample};

struct str device_name(struct arena *a, struct str agent)
{
    static const struct {
        const char *mark, *name;
    } browsers[] = {{"Edg/", "Edge"},      {"OPR/", "Opera"},     {"Firefox/", "Firefox"},
                    {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}},
      systems[] = {{"iPhone", "iPhone"},   {"iPad", "iPad"},     {"Android", "Android"},
                   {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"Linux", "Linux"}};
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; i < sizeof browsers / sizeof *browsers && !browser; i++)
        browser = str_has(agent, str_of(browsers[i].mark)) ? browsers[i].name : NULL;
    for (size_t i = 0; i < sizeof systems / sizeof *systems && !system; i++)
        system = str_has(agent, str_of(systems[i].mark)) ? systems[i].name : NULL;
    if (!browser)
        return agent.n ? utf8_first(agent, 40) : S("A device");
    return system ? str_fmt(a, "%s on %s", browser, system) : str_of(browser);
}

/* ---- the cookie: "TIME.MARK" ---- */

static const char *cookie_name(struct arena *a, int64_t person_id)
{
    return str_fmt(a, "skep_device_%lld", (long long)person_id).p;
}

static struct str mark_of(struct req *rq, int64_t person_id, int64_t at)
{
    unsigned char mark[MARK_BYTES];
    struct str password = db_get_str(
        rq->db, rq->arena, "SELECT password FROM accounts WHERE person_id = ?1", I(person_id));
    struct str text = str_fmt(rq->arena, "device %lld %lld " STR_FMT, (long long)person_id,
                              (long long)at, STR_ARG(password));
    crypto_generichash(mark, sizeof mark, (const unsigned char *)text.p, text.n, rq->app->secret,
                       sizeof rq->app->secret);
    return str_hex(rq->arena, mark, sizeof mark);
}

static bool device_known(struct req *rq, int64_t person_id)
{
    struct str mark = req_cookie(rq, cookie_name(rq->arena, person_id)), time;
    int64_t at = 0;
    return str_split(&mark, '.', &time) && str_int(time, &at) && at > rq->now - KEPT &&
           mark.n == MARK_TEXT &&
           sodium_memcmp(mark.p, mark_of(rq, person_id, at).p, MARK_TEXT) == 0;
}

void device_keep(struct req *rq, int64_t person_id)
{
    struct str mark = mark_of(rq, person_id, rq->now);
    res_cookie(rq, cookie_name(rq->arena, person_id),
               str_fmt(rq->arena, "%lld." STR_FMT, (long long)rq->now, STR_ARG(mark)),
               KEPT / CLOCK_SECOND);
}

/* ---- the letter ---- */

static void device_tell(struct req *rq, int64_t person_id)
{
    struct mail_desk desk = mail_desk(rq);
    struct str agent = req_header(rq, "user-agent");
    struct device_letter letter = {
        .name =
            db_get_str(rq->db, rq->arena, "SELECT name FROM people WHERE id = ?1", I(person_id)),
        .device = device_name(rq->arena, utf8_valid(agent) ? agent : S("")),
        .peer = rq->peer,
        .at = rq->now};
    mail_put(&desk,
             &(struct mail){.kind = &letter_device,
                            .data = &letter,
                            .person_id = person_id,
                            .address = db_get_str(rq->db, rq->arena,
                                                  "SELECT email FROM accounts WHERE person_id = ?1",
                                                  I(person_id))});
}

void device_enters(struct req *rq, int64_t person_id, int64_t session_id)
{
    bool first = db_get_int(rq->db, 0,
                            "SELECT 1 FROM accounts a WHERE a.person_id = ?1 AND a.created_at > ?2"
                            " AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.person_id = ?1"
                            " AND s.id <> ?3)",
                            I(person_id), I(rq->now - CLOCK_DAY), I(session_id)) > 0;
    if (!first && !device_known(rq, person_id))
        device_tell(rq, person_id);
    device_keep(rq, person_id);
}
