/* outbox.c: the pages of administrators: letters with their state, and each kind with a sample. */
#include "features/mails/outbox.h"

#include "http/app.h"
#include "view/answer.h"
#include "views/mails/index.h"
#include "views/mails/show.h"
#include "views/mails/templates.h"

enum { SHOWN = 50, KINDS = 64 };

/* A letter is foreign to the page: no script, no form, nothing fetched; only its own styles. */
#define POLICY_LETTER                                                                              \
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action "        \
    "'none'; "                                                                                     \
    "frame-ancestors 'self'"
#define POLICY_FRAMES POLICY_PAGE "; frame-src 'self'"

static const char *const states[] = {"queued", "held", "sent", "failed", "bounced", NULL};

const struct form_rule mails_query[] = {
    {"state", .label = "only letters in this state", .choices = states},
    {"before", .label = "`next` of the page before", .whole = true},
    {0},
};

static const struct part shown_parts[] = {PART_TITLE("Letter"), ROW_ALL(mail_shown), {0}};

const struct part mails_answer[] = {
    PART_LIST("data", struct outbox_page, rows, n, shown_parts),
    PART(CURSOR, "next", struct outbox_page, next),
    {0},
};

static const struct part mail_parts[] = {
    PART_TITLE("LetterWithText"),
    ROW_HERE(mail_shown, struct mail_page, mail),
    PART(TEXT, "body", struct mail_page, body),
    {0},
};
const struct part mail_answer[] = {PART_OBJECT("data", mail_parts), {0}};

static const struct part template_parts[] = {
    PART_TITLE("KindOfLetter"),
    PART(TEXT, "name", struct letter_shown, name),
    PART(TEXT, "title", struct letter_shown, title),
    PART(MAYBE, "subject", struct letter_shown, subject),
    PART(MAYBE, "body", struct letter_shown, body),
    {0},
};
const struct part letters_answer[] = {
    PART_LIST("data", struct letters_page, shown, n, template_parts),
    {0},
};

static struct str state_asked(struct req *rq)
{
    struct str state = req_query(rq, "state");
    for (size_t i = 0; states[i]; i++)
        if (str_is(state, states[i]))
            return str_of(states[i]);
    return S("");
}

int mails_index(struct req *rq)
{
    struct outbox_page *v = arena_make(rq->arena, struct outbox_page);
    struct mail_shown *rows = arena_array(rq->arena, struct mail_shown, SHOWN + 1);
    int64_t before = INT64_MAX;
    if (req_has_query(rq, "before") && !str_int(req_query(rq, "before"), &before))
        return refuse(rq, 400, "The parameter \"before\" is the number of a letter.");
    v->state = state_asked(rq);
    v->has_server = rq->app->options.smtp != NULL;
    struct rows q = v->state.n
                        ? db_query(rq->db,
                                   "SELECT " ROW_COLUMNS(MAIL_ROW) MAIL_FROM
                                   " WHERE m.id < ?1 AND m.state = ?3 ORDER BY m.id DESC LIMIT ?2",
                                   I(before), I(SHOWN + 1), T(v->state))
                        : db_query(rq->db,
                                   "SELECT " ROW_COLUMNS(MAIL_ROW) MAIL_FROM
                                   " WHERE m.id < ?1 ORDER BY m.id DESC LIMIT ?2",
                                   I(before), I(SHOWN + 1));
    while (v->n <= SHOWN && db_next(&q))
        mail_shown_decode(&rows[v->n++], &q, 0, rq->arena);
    db_done(&q);
    if (v->n > SHOWN) {
        v->n = SHOWN;
        v->next = str_fmt(rq->arena, "%lld", (long long)rows[SHOWN - 1].id);
    }
    v->rows = rows;
    return answer(
        rq, &(struct answer){
                .title = S("Outbox"), .page = mails_index_view, .section = "/mails", .data = v});
}

/* ---- one letter ---- */

static bool may_see_secret(const struct req *rq, const struct mail_shown *m) /* mails.h RULE 2 */
{
    return !rq->viewer.by_token &&
           (m->person_id == rq->viewer.id || m->role < (int64_t)rq->viewer.role);
}

static bool mail_read(struct req *rq, struct mail_shown *m)
{
    struct rows q = db_query(rq->db, "SELECT " ROW_COLUMNS(MAIL_ROW) MAIL_FROM " WHERE m.id = ?1",
                             I(req_id(rq, "id")));
    bool found = db_next(&q);
    if (found)
        mail_shown_decode(m, &q, 0, rq->arena);
    db_done(&q);
    return found;
}

static struct str revealed(struct req *rq, const struct mail_shown *m, struct str text)
{
    bool shows = m->secret.n && may_see_secret(rq, m);
    return secret_put(rq->arena, text, shows ? m->secret : S("(hidden)"));
}

static struct mail_page *page_of(struct req *rq)
{
    struct mail_page *v = arena_make(rq->arena, struct mail_page);
    if (!mail_read(rq, &v->mail))
        return NULL;
    v->path = str_fmt(rq->arena, "/mails/%lld", (long long)v->mail.id);
    v->body = revealed(rq, &v->mail, v->mail.body);
    v->hides = v->mail.secret.n && !may_see_secret(rq, &v->mail);
    return v;
}

static struct answer answer_of(const struct mail_page *v)
{
    return (struct answer){
        .title = v->mail.subject, .page = mails_show_view, .section = "/mails", .data = v};
}

int mails_show(struct req *rq)
{
    struct mail_page *v = page_of(rq);
    if (!v)
        return not_found(rq);
    struct answer page = answer_of(v);
    res_header(rq, "Content-Security-Policy", S(POLICY_FRAMES));
    return answer(rq, &page);
}

static int letter_answer(struct req *rq, struct str html)
{
    res_header(rq, "Content-Security-Policy", S(POLICY_LETTER));
    rq->content_type = S("text/html; charset=utf-8");
    out_str(&rq->out, html);
    return rq->status = 200;
}

int mail_html_show(struct req *rq)
{
    struct mail_shown m;
    if (!mail_read(rq, &m))
        return not_found(rq);
    return letter_answer(rq, revealed(rq, &m, m.html));
}

int sendings_create(struct req *rq)
{
    struct mail_page *v = page_of(rq);
    if (!v)
        return not_found(rq);
    if (!v->mail.secret.n && str_has(v->mail.body, S(LETTER_SECRET)))
        return refuse(rq, 409,
                      "Its link is forgotten: it has been sent. A new one must be asked for.");
    v->mail.state = rq->app->options.smtp ? S("queued") : S("held");
    db_exec(rq->db, "UPDATE mails SET state = ?2, due_at = ?3, tries = 0 WHERE id = ?1",
            I(v->mail.id), T(v->mail.state), I(rq->now));
    if (rq->app->options.smtp)
        job_put(rq->db, &(struct job_order){.kind = "mail-send", .key = S("send")});
    flash(rq, rq->app->options.smtp ? "It will be sent again."
                                    : "There is no mail server: it stays here.");
    struct answer page = answer_of(v);
    return answer_updated(rq, v->path, &page);
}

/* ---- kinds of letters ---- */

static size_t kinds_of(const struct app *app, const struct letter_kind **list)
{
    size_t n = 0;
    for (const struct feature *const *f = app->features; *f; f++)
        for (const struct letter_kind *const *k = (*f)->letters; k && *k && n < KINDS; k++)
            list[n++] = *k;
    return n;
}

const struct letter_kind *letter_kind_find(const struct app *app, struct str name)
{
    const struct letter_kind *list[KINDS];
    size_t n = kinds_of(app, list);
    for (size_t i = 0; i < n; i++)
        if (str_is(name, list[i]->name))
            return list[i];
    return NULL;
}

static struct letter *sample_of(struct req *rq, const struct letter_kind *kind)
{
    struct letter *l = arena_make(rq->arena, struct letter);
    l->arena = rq->arena;
    l->hub = mail_hub(rq->db, rq->arena);
    l->base = mail_base(rq->app);
    kind->write(l, kind->sample);
    letter_close(rq->app, l);
    return l;
}

static int letters_page(struct req *rq, const struct letter_kind *kind)
{
    struct letters_page *v = arena_make(rq->arena, struct letters_page);
    const struct letter_kind **kinds = arena_array(rq->arena, const struct letter_kind *, KINDS);
    v->n = kinds_of(rq->app, kinds);
    v->kinds = kinds;
    v->kind = kind ? kind : v->n ? kinds[0] : NULL;
    if (v->kind) {
        struct letter *l = sample_of(rq, v->kind);
        v->subject = l->subject;
        v->body = secret_put(rq->arena, letter_plain(l), S("0123456789abcdef"));
    }
    struct letter_shown *shown = arena_array(rq->arena, struct letter_shown, KINDS);
    for (size_t i = 0; i < v->n; i++) {
        shown[i] = (struct letter_shown){str_of(kinds[i]->name), str_of(kinds[i]->title), {0}, {0}};
        if (kinds[i] == v->kind)
            shown[i].subject = v->subject, shown[i].body = v->body;
    }
    v->shown = shown;
    res_header(rq, "Content-Security-Policy", S(POLICY_FRAMES));
    return answer(rq, &(struct answer){.title = S("Letters"),
                                       .page = mails_templates_view,
                                       .section = "/mails",
                                       .data = v});
}

int letters_index(struct req *rq)
{
    return letters_page(rq, NULL);
}

int letters_show(struct req *rq)
{
    const struct letter_kind *kind = letter_kind_find(rq->app, req_param(rq, "name"));
    return kind ? letters_page(rq, kind) : not_found(rq);
}

int letter_html_show(struct req *rq)
{
    const struct letter_kind *kind = letter_kind_find(rq->app, req_param(rq, "name"));
    if (!kind)
        return not_found(rq);
    return letter_answer(
        rq, secret_put(rq->arena, letter_html(sample_of(rq, kind)), S("0123456789abcdef")));
}
