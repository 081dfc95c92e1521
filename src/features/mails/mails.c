/* mails.c: the table of letters: how one is put there, and what an address has to do with it. */
#include "features/mails/mails.h"

#include <sodium.h>

#include "features/mails/news.h"
#include "http/app.h"
#include "record/notices.h"

enum { MARK_BYTES = 10, MARK_TEXT = 2 * MARK_BYTES, HARD_MAX = 3 };

static struct str headers_of(const struct mail_desk *desk, const struct mail *mail);

static const struct route routes[] = {
    {GET, "/mails", mails_index, ADMINISTRATOR, .flags = ROUTE_UNFED, .query = mails_query,
     .answers = mails_answer, .help = "the outbox: letters with their state"},
    {GET, "/mails/:id", mails_show, ADMINISTRATOR, .answers = mail_answer, .help = "one letter"},
    {GET, "/mails/:id/html", mail_html_show, ADMINISTRATOR, .help = "its HTML part alone"},
    {POST, "/mails/:id/sendings", sendings_create, ADMINISTRATOR, .rate = PER_MINUTE(60),
     .flags = ROUTE_ASIDE, .answers = mail_answer, .help = "send it again"},
    {GET, "/mail-templates", letters_index, ADMINISTRATOR, .flags = ROUTE_UNFED,
     .answers = letters_answer, .help = "the kinds of letters"},
    {GET, "/mail-templates/:name", letters_show, ADMINISTRATOR, .flags = ROUTE_UNFED,
     .answers = letters_answer, .help = "one of them, with invented things"},
    {GET, "/mail-templates/:name/html", letter_html_show, ADMINISTRATOR,
     .help = "its HTML part alone"},
    {GET, "/account/letters", choices_show, MEMBER, .answers = choices_answer,
     .help = "what one wants letters about"},
    {PUT, "/account/letters", choices_update, MEMBER, .rate = PER_MINUTE(30), .flags = ROUTE_ASIDE,
     .form = choices_rules, .answers = choices_answer, .help = "choose that"},
    {GET, "/letters/:token", stops_new, ANYONE, .answers = stop_answer,
     .help = "form that stops letters"},
    {POST, "/letters/:token", stops_create, ANYONE, .body_max = 8192,
     .flags = ROUTE_BARE | ROUTE_ASIDE, .answers = stop_answer,
     .help = "stop letters, by their link (RFC 8058)"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Outbox", "/mails", "#i-mail", 60, ADMINISTRATOR, MENU_USER},
    {0},
};

static const struct job_kind jobs[] = {
    {"mail-send", mails_send, .every_s = 60}, /* those that are due again */
    {"mail-news", news_write, .every_s = 60}, /* those whose hour has come */
    {"mail-returned", mails_returned, .every_s = 120},
    {"mail-clean", mails_clean, .every_s = 86400},
    {0},
};

static const struct command commands[] = {
    {"bounce", "[--to ADDRESS] < MAIL",
     "take in a letter that came back, from a mail server's pipe", command_bounce},
    {0},
};

static const struct consumer consumers[] = {
    {"mail", news_take, .verbs = NOTICES_VERBS, .loud = true, .every_ms = 1000, .at_once = 2000,
     .from_end = true, .once = true},
    {0},
};

static const struct letter_kind *const letters[] = {&letter_notice, &letter_digest, NULL};

const struct feature mails_feature = {
    .name = "mails",
    .routes = routes,
    .menu = menu,
    .commands = commands,
    .jobs = jobs,
    .consumers = consumers,
    .letters = letters,
    .failures = mails_failures,
};

/* ---- names ---- */

struct str mail_base(const struct app *app)
{
    struct str base = str_of(app->options.base_url);
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    return base.n ? base : S("http://localhost");
}

struct str mail_hub(struct db *db, struct arena *a)
{
    struct str name = db_get_str(db, a, "SELECT value FROM settings WHERE name = 'hub_name'");
    return name.n ? name : S("Skep");
}

static struct str mark_mac(const struct app *app, struct arena *a, int64_t id)
{
    unsigned char mac[crypto_generichash_BYTES_MIN];
    struct str text = str_fmt(a, "mail %lld", (long long)id);
    crypto_generichash(mac, sizeof mac, (const unsigned char *)text.p, text.n, app->secret,
                       sizeof app->secret);
    return str_hex(a, mac, MARK_BYTES);
}

struct str mail_mark(const struct app *app, struct arena *a, int64_t id)
{
    return str_fmt(a, "s%lld." STR_FMT, (long long)id, STR_ARG(mark_mac(app, a, id)));
}

int64_t mail_marked(const struct app *app, struct arena *a, struct str text)
{
    for (size_t i = 0; i + MARK_TEXT + 3 < text.n; i++) {
        size_t end = i + 1;
        while (end < text.n && end < i + 20 && text.p[end] >= '0' && text.p[end] <= '9')
            end++;
        if ((text.p[i] | 0x20) != 's' || end == i + 1 || end >= text.n || text.p[end] != '.')
            continue;
        int64_t id = 0;
        struct str mac = str_first(str_from(text, end + 1), MARK_TEXT);
        if (mac.n == MARK_TEXT && str_int(str_make(text.p + i + 1, end - i - 1), &id) &&
            str_eq_nocase(mac, mark_mac(app, a, id)))
            return id;
    }
    return 0;
}

struct str secret_put(struct arena *a, struct str text, struct str secret)
{
    struct str mark = S(LETTER_SECRET), done = S("");
    ptrdiff_t at;
    while ((at = str_find_str(text, mark)) >= 0) {
        done = str_fmt(a, STR_FMT STR_FMT STR_FMT, STR_ARG(done),
                       STR_ARG(str_first(text, (size_t)at)), STR_ARG(secret));
        text = str_from(text, (size_t)at + mark.n);
    }
    return done.n ? str_fmt(a, STR_FMT STR_FMT, STR_ARG(done), STR_ARG(text)) : text;
}

/* ---- putting ---- */

int64_t mail_put(const struct mail_desk *desk, const struct mail *mail)
{
    struct letter *l = arena_make(desk->arena, struct letter);
    struct mail_address address = mail_address(desk->db, desk->arena, mail->address);
    if (address.stopped_at && !mail->kind->always) /* RULE 6 */
        return 0;
    l->arena = desk->arena;
    l->hub = mail_hub(desk->db, desk->arena);
    l->base = mail_base(desk->app);
    mail->kind->write(l, mail->data);
    letter_close(desk->app, l);
    bool leaves = desk->app->options.smtp != NULL; /* RULE 3 */
    if (leaves)
        job_put(desk->db, &(struct job_order){.kind = "mail-send", .key = S("send")});
    return db_insert(desk->db,
                     "INSERT INTO mails (person_id, kind, address, subject, body, html, headers,"
                     " secret, state, due_at, created_at)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
                     REF(mail->person_id), Z(mail->kind->name), T(mail->address), T(l->subject),
                     T(letter_plain(l)), T(letter_html(l)), T(headers_of(desk, mail)),
                     T(mail->secret.p ? mail->secret : S("")), Z(leaves ? "queued" : "held"),
                     I(desk->now));
}

void letter_close(const struct app *app, struct letter *l) /* RULE 12 */
{
    if (app->options.mail_reply)
        letter_fine(l, "An answer to this letter is read by the people who run " STR_FMT ".",
                    STR_ARG(l->hub));
    else
        letter_fine(l, "Nobody reads answers to this letter: it was sent by a program.");
}

struct str mail_host(const struct app *app)
{
    struct str base = mail_base(app);
    ptrdiff_t at = str_find_str(base, S("://"));
    struct str host = str_from(base, at < 0 ? 0 : (size_t)at + 3);
    size_t n = 0;
    while (n < host.n && !strchr(":/", host.p[n]))
        n++;
    return str_first(host, n);
}

/* Letters about one record refer to an id that no letter has: readers gather them by it. */
static struct str headers_of(const struct mail_desk *desk, const struct mail *mail)
{
    struct arena *a = desk->arena;
    struct str host = mail_host(desk->app), lines = S("Auto-Submitted: auto-generated\n");
    if (mail->thread_id) {
        struct str thread =
            str_fmt(a, "<record-%lld@" STR_FMT ">", (long long)mail->thread_id, STR_ARG(host));
        lines = str_fmt(a, STR_FMT "In-Reply-To: " STR_FMT "\nReferences: " STR_FMT "\n",
                        STR_ARG(lines), STR_ARG(thread), STR_ARG(thread));
    }
    if (mail->list.n) /* the name is a phrase of the list's own: letters, digits and blanks only */
        lines = str_fmt(a, STR_FMT "Precedence: list\nList-Id: <" STR_FMT "." STR_FMT ">\n",
                        STR_ARG(lines), STR_ARG(mail->list), STR_ARG(host));
    if (mail->stop.n) /* RFC 8058 */
        lines = str_fmt(a,
                        STR_FMT "List-Unsubscribe: <" STR_FMT STR_FMT ">\n"
                                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
                        STR_ARG(lines), STR_ARG(mail_base(desk->app)), STR_ARG(mail->stop));
    return lines;
}

/* ---- addresses ---- */

struct mail_address mail_address(struct db *db, struct arena *a, struct str address)
{
    struct mail_address found = {0};
    struct rows q = db_query(
        db, "SELECT hard, bounced_at, stopped_at, why FROM mail_addresses WHERE address = ?1",
        T(address));
    if (db_next(&q))
        found =
            (struct mail_address){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2), db_dup(&q, 3, a)};
    db_done(&q);
    return found;
}

void mail_address_works(struct db *db, struct str address)
{
    db_exec(db, "DELETE FROM mail_addresses WHERE address = ?1", T(address));
}

void mail_came_back(struct db *db, int64_t now, int64_t id, const struct bounce *bounce)
{
    if (bounce->kind < BOUNCE_SOFT)
        return;
    int64_t changed = db_exec(db,
                              "UPDATE mails SET state = 'bounced', answer = ?2, secret = ''"
                              " WHERE id = ?1 AND state <> 'bounced'",
                              I(id), T(bounce->why));
    if (!changed || bounce->kind != BOUNCE_HARD) /* a letter counts once */
        return;
    db_exec(db,
            "INSERT INTO mail_addresses (address, hard, bounced_at, why)"
            " SELECT address, 1, ?2, ?3 FROM mails WHERE id = ?1"
            " ON CONFLICT (address) DO UPDATE SET hard = mail_addresses.hard + 1,"
            " bounced_at = excluded.bounced_at, why = excluded.why",
            I(id), I(now), T(bounce->why));
    db_exec(db,
            "UPDATE mail_addresses SET stopped_at = ?2 WHERE stopped_at IS NULL AND hard >= ?3"
            " AND address = (SELECT address FROM mails WHERE id = ?1)",
            I(id), I(now), I(HARD_MAX));
}
