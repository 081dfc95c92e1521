/* answer.h: one handler, many faces: the same data as a page, a Turbo Stream, JSON or a feed.
 *
 * RULES
 *   1. A face that an answer does not have is 406; a stream that it does not have is its page.
 *   2. After a change a browser is sent on (303) and an API client gets the data (201 or 200).
 *   3. A feed is valid Atom (RFC 4287): absolute addresses, ids that never change, newest time.
 *   4. A refusal has a page of its own that needs no database.
 */
#ifndef VIEW_ANSWER_H
#define VIEW_ANSWER_H

#include "http/request.h"
#include "view/html.h"

struct feed_entry {
    int64_t id, published, updated;
    struct str title, path, author;
    struct html html;
};

struct feed { /* an Atom feed, for every list */
    struct str title, path; /* path of the page that it mirrors, with its query */
    const struct feed_entry *entries; /* only looked at when rq->face is FACE_ATOM */
    size_t n;
    const char *kind;       /* of what the ids count; NULL: "record" */
};

enum page_width { PAGE_WIDE, PAGE_NARROW /* forms, long texts */, PAGE_TINY /* signing in */ };

struct answer {
    int status; /* 0: 200 */
    struct str title; /* of the page, without the hub's name */
    struct str description; /* meta description, plain text; may be empty */
    /* The page's main part; the layout goes around it. */
    void (*page)(struct out *o, const void *data);
    /* Turbo Stream elements; NULL: redirect or page instead. */
    void (*stream)(struct out *o, const void *data);
    /* The members, where the route's table (`.answers`) cannot say them; `data` is then of its own
     * struct. With neither there is no JSON here. */
    void (*json)(struct json *j, const void *data);
    const struct feed *feed; /* NULL: no .atom here */
    const void *data;
    const int64_t *topics; /* of the live stream that the page opens */
    size_t topics_n;
    const char *section; /* which menu entry is the current one: "/ideas"; NULL: by the path */
    enum page_width width;
};

/* Picks the face. Returns the status. */
int answer(struct req *rq, const struct answer *a);

/* After a change: 303 to the form's field `back` or to `path` for a page; the stream if there is
 * one; for JSON 201 with Location, or 200, and the data. */
int answer_created(struct req *rq, struct str path, const struct answer *a);
int answer_updated(struct req *rq, struct str path, const struct answer *a);

/* The page of refuse(): give it to refuse_with() once at start. */
void answer_refusal(struct req *rq, int status, const char *why);

/* "https://hub.example", without a slash behind: for feeds and mails. */
struct str site_url(struct req *rq);
/* As the administrator named the hub; "Skep" before that. A new name shows within ten seconds. */
struct str hub_name(struct req *rq);

/* ---- for views ---- */

static inline struct req *req_of(struct out *o)
{
    return o->ctx;
}

/* Who looks: for views that show or hide things. Never a guard; guards are in handlers. */
static inline const struct viewer *viewer_of(struct out *o)
{
    return &req_of(o)->viewer;
}

/* Where a view makes its own texts (addresses, say). */
static inline struct arena *view_arena(struct out *o)
{
    return req_of(o)->arena;
}

/* `_csrf` hidden field, for forms in views: {{ csrf_field(o) }} */
struct html csrf_field(struct out *o);
/* URL of an asset with its hash: {{ asset("app.css") }} */
const char *asset(const char *name);

#endif
