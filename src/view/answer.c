/* answer.c: from a handler's data to the face that was asked for; see answer.h.
 *
 * WHY a feed has an ETag (http/fresh.h) and a page has none: readers ask for feeds again and again,
 * while a page holds tokens that differ each time.
 */
#include "view/answer.h"

#include "http/app.h"
#include "http/assets.h"
#include "http/fresh.h"
#include "http/response.h"
#include "view/components.h"
#include "view/feed.h"
#include "view/page.h"
#include "views/layouts/page.h"

static int face_page(struct req *rq, const struct answer *a);
static int face_stream(struct req *rq, const struct answer *a);
static int face_json(struct req *rq, const struct answer *a);
static int face_feed(struct req *rq, const struct answer *a);
static int face_opml(struct req *rq, const struct answer *a);
static int face_missing(struct req *rq, const struct answer *a);
static int changed(struct req *rq, int status, struct str path, const struct answer *a);

int answer(struct req *rq, const struct answer *a)
{
    static int (*const faces[])(struct req * rq, const struct answer *a) = {
        [FACE_PAGE] = face_page,        [FACE_STREAM] = face_stream, [FACE_JSON] = face_json,
        [FACE_ATOM] = face_feed,        [FACE_RSS] = face_feed,      [FACE_JSON_FEED] = face_feed,
        [FACE_OPML] = face_opml,        [FACE_CSV] = face_missing,   [FACE_CARDS] = face_missing,
        [FACE_CALENDAR] = face_missing,
    };
    out_clear(&rq->out);
    rq->status = a->status ? a->status : 200;
    return faces[rq->face](rq, a);
}

static int face_page(struct req *rq, const struct answer *a)
{
    if (!a->page)
        return face_missing(rq, a);
    rq->content_type = S("text/html; charset=utf-8");
    layout_page_html(&rq->out, page_make(rq, a));
    return rq->status;
}

/* What has no stream of its own changes the main part of the page that is open. */
static int face_stream(struct req *rq, const struct answer *a)
{
    if (!a->stream && !a->page)
        return face_missing(rq, a);
    rq->content_type = S("text/vnd.turbo-stream.html; charset=utf-8");
    if (a->stream) {
        a->stream(&rq->out, a->data);
        return rq->status;
    }
    out_lit(&rq->out, "<turbo-stream action=\"update\" target=\"main\"><template>");
    a->page(&rq->out, a->data);
    out_lit(&rq->out, "</template></turbo-stream>\n");
    return rq->status;
}

static bool has_json(const struct req *rq, const struct answer *a)
{
    return a->json || (a->data && rq->route && rq->route->answers);
}

static int face_json(struct req *rq, const struct answer *a)
{
    if (!has_json(rq, a))
        return face_missing(rq, a);
    struct json j = json_to(&rq->out);
    rq->content_type = S("application/json");
    json_open(&j, '{');
    if (a->json)
        a->json(&j, a->data);
    else
        parts_print(&j, rq->route->answers, a->data);
    json_close(&j, '}');
    return rq->status;
}

static int face_feed(struct req *rq, const struct answer *a)
{
    if (!a->feed)
        return face_missing(rq, a);
    feed_write(rq, a->feed);
    return fresh_tell(rq);
}

static int face_opml(struct req *rq, const struct answer *a)
{
    if (!a->outline)
        return face_missing(rq, a);
    opml_write(rq, a->outline);
    return fresh_tell(rq);
}

static int face_missing(struct req *rq, const struct answer *a)
{
    (void)a;
    rq->face = rq->face == FACE_JSON ? FACE_JSON : FACE_PAGE;
    return refuse(rq, 406, "This address has nothing in the form that was asked for.");
}

/* ---- after a change ---- */

int answer_created(struct req *rq, struct str path, const struct answer *a)
{
    return changed(rq, 201, path, a);
}

int answer_updated(struct req *rq, struct str path, const struct answer *a)
{
    return changed(rq, 200, path, a);
}

static int changed(struct req *rq, int status, struct str path, const struct answer *a)
{
    if (rq->face == FACE_STREAM && a && a->stream)
        return answer(rq, a);
    if (rq->face != FACE_JSON)
        return redirect_back(rq, path);
    if (status == 201)
        res_header(rq, "Location", path);
    out_clear(&rq->out);
    if (!a || !has_json(rq, a))
        return rq->status = status == 201 ? 201 : 204;
    rq->status = status;
    return face_json(rq, a);
}

/* ---- refusals ---- */

static const struct refusal refusals[] = {
    {400, "#i-art-broken", "That request makes no sense to us",
     "The address or the form was damaged on its way."},
    {403, "#i-art-lock", "This is not yours to see or to change",
     "Whoever runs this place can tell you why, and can let you in."},
    {404, "#i-art-lost", "There is nothing at this address",
     "The page may have moved, or it never was. The search finds what you may see."},
    {405, "#i-art-broken", "That cannot be done here", "The address exists, but not for this."},
    {406, "#i-art-lost", "Not in this form", "This address has no answer of the kind asked for."},
    {409, "#i-art-broken", "Somebody else was quicker", "Load the page again and repeat it."},
    {412, "#i-art-broken", "Somebody changed this meanwhile", "Load the page again and repeat it."},
    {413, "#i-art-broken", "That is too much", "What was sent is larger than this place takes."},
    {429, "#i-art-quiet", "Slow down a little", "That was too often. Wait a moment and try again."},
    {503, "#i-art-quiet", "Too busy right now", "Nothing was changed. Try again in a moment."},
    {500, "#i-art-broken", "Something broke", "It is not your fault, and nothing was changed."},
    {0},
};

/* What is not listed looks like the first of its kind: 4xx as 400, 5xx as 500. */
static const struct refusal *refusal_of(int status)
{
    const struct refusal *kind = &refusals[0];
    for (const struct refusal *r = refusals; r->status; r++) {
        if (r->status == status)
            return r;
        if (status >= 500 && r->status == 500)
            kind = r;
    }
    return kind;
}

void answer_refusal(struct req *rq, int status, const char *why)
{
    struct refusal *shown = arena_make(rq->arena, struct refusal);
    *shown = *refusal_of(status);
    shown->status = status;
    if (why)
        shown->why = why;
    face_page(rq, &(struct answer){
                      .title = str_of(shown->title), .page = shared_refusal_view, .data = shown});
}

/* ---- small things ---- */

int64_t upload_max_mb(struct out *o)
{
    const struct req *rq = req_of(o);
    return rq && rq->app ? app_upload_max_mb(rq->app) : 0; /* 0: the server will say */
}

struct str site_url(struct req *rq)
{
    struct str base = str_of(rq->app->options.base_url);
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    if (base.n)
        return base;
    struct str host = req_header(rq, "host");
    return str_fmt(rq->arena, "%s://" STR_FMT, rq->secure ? "https" : "http",
                   STR_ARG(host.n ? host : S("localhost")));
}

const char *asset(const char *name)
{
    return asset_url(name);
}
