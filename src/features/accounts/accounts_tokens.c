/* accounts_tokens.c: the page of one's access tokens; see accounts_tokens.h. */
#include "features/accounts/accounts_tokens.h"

#include "core/clock.h"
#include "http/session.h"
#include "views/accounts/tokens.h"

static const char *const scopes[] = {"read", "write", "admin", NULL};
static const char *const spans[] = {"7", "30", "90", "365", "never", NULL};

const struct form_rule token_rules[] = {
    {"name", .label = "What it is for", .required = true, .max = TOKEN_NAME_MAX},
    {"scopes", .label = "What it may do", .required = true, .choices = scopes, .many = true},
    {"days", .label = "How long it is good", .choices = spans},
    {0},
};

static const struct part token_parts[] = {PART_TITLE("Token"), ROW_ALL(token), {0}};

const struct part tokens_answer[] = {
    PART_LIST("data", struct tokens_page, tokens, n, token_parts),
    {0},
};

static const struct part made_parts[] = {
    PART_TITLE("NewToken"),
    ROW_HERE(token, struct tokens_page, fresh),
    PART(TEXT, "token", struct tokens_page, made),
    {0},
};

const struct part token_made_answer[] = {PART_OBJECT("data", made_parts), {0}};

struct str token_scopes(struct arena *a, struct str words)
{
    struct str word;
    int most = -1;
    while (str_split(&words, ',', &word)) {
        int is = 0;
        while (scopes[is] && !str_is(str_trim(word), scopes[is]))
            is++;
        if (!scopes[is])
            return S("");
        most = is > most ? is : most;
    }
    struct str all[] = {str_of(scopes[0]), str_of(scopes[1]), str_of(scopes[2])};
    return most < 0 ? S("") : str_join(a, all, (size_t)most + 1, S(" "));
}

static struct tokens_page *tokens_read(struct req *rq)
{
    struct tokens_page *v = arena_make(rq->arena, struct tokens_page);
    struct token *tokens = arena_array(rq->arena, struct token, TOKENS_MAX);
    struct rows q = db_query(rq->db,
                             "SELECT " ROW_COLUMNS(TOKEN_ROW) " FROM tokens t"
                                                              " WHERE t.person_id = ?1"
                                                              " ORDER BY t.id DESC LIMIT ?2",
                             I(rq->viewer.id), I(TOKENS_MAX));
    while (v->n < TOKENS_MAX && db_next(&q))
        token_decode(&tokens[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->tokens = tokens;
    v->now = rq->now;
    v->may_admin = rq->viewer.role >= ROLE_ADMINISTRATOR;
    form_init(token_rules, &v->form);
    form_set(&v->form, "scopes", S("read"));
    form_set(&v->form, "days", S("90"));
    return v;
}

static struct answer tokens_answer_of(const struct tokens_page *v)
{
    return (struct answer){.title = S("Access tokens"),
                           .page = accounts_tokens_view,
                           .width = PAGE_NARROW,
                           .section = "/account",
                           .data = v};
}

int tokens_index(struct req *rq)
{
    struct answer page = tokens_answer_of(tokens_read(rq));
    return answer(rq, &page);
}

static int64_t expiry(const struct form *form, int64_t now)
{
    struct str days = form_get(form, "days");
    if (str_is(days, "never"))
        return 0;
    return now + (days.n ? form_int(form, "days") : TOKEN_DAYS) * CLOCK_DAY;
}

/* No redirect: the text stands in this answer and nowhere else. */
int tokens_create(struct req *rq)
{
    struct tokens_page *v = tokens_read(rq);
    struct answer page = tokens_answer_of(v);
    form_read(rq, token_rules, &v->form);
    struct str may = token_scopes(rq->arena, form_get(&v->form, "scopes"));
    if (v->form.ok && str_ends(may, S("admin")) && !v->may_admin)
        form_fail(&v->form, "scopes", "Only an administrator's token can have this scope.");
    if (v->n == TOKENS_MAX)
        form_fail(&v->form, NULL, "You have 50 tokens. Revoke one that is not used any more.");
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct token_draft draft = {.person_id = rq->viewer.id,
                                .expires_at = expiry(&v->form, rq->now),
                                .name = form_get(&v->form, "name"),
                                .scopes = may};
    struct str made = token_create(rq->db, rq->arena, &draft, rq->now);
    v = tokens_read(rq);
    if (!made.n || !v->n)
        return refuse(rq, 500, NULL);
    v->made = made;
    v->fresh = v->tokens[0];
    page = tokens_answer_of(v);
    page.status = 201;
    res_header(rq, "Location", S("/account/tokens"));
    res_header(rq, "Cache-Control", S("no-store"));
    return answer(rq, &page);
}

int tokens_destroy(struct req *rq)
{
    if (!token_revoke(rq->db, req_id(rq, "id"), rq->viewer.id))
        return not_found(rq);
    flash(rq, "The token is revoked.");
    struct answer page = tokens_answer_of(tokens_read(rq));
    return answer_updated(rq, S("/account/tokens"), &page);
}

int tokens_destroy_all(struct req *rq)
{
    tokens_revoke_all(rq->db, rq->viewer.id);
    flash(rq, "All your tokens are revoked.");
    struct answer page = tokens_answer_of(tokens_read(rq));
    return answer_updated(rq, S("/account/tokens"), &page);
}
