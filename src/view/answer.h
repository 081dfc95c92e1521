/* answer.h: one handler, many faces: the same data as a page, a Turbo Stream, JSON or a feed.
 *
 * RULES
 *   1. A face that an answer does not have is 406; a stream that it does not have is its page.
 *   2. After a change a browser is sent on (303) and an API client gets the data (201 or 200).
 *   3. A feed is the same in each of its forms, Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1: the
 *      same entries and ids, absolute addresses, newest time, the address of the next page.
 *   4. A refusal has a page of its own that needs no database.
 */
#ifndef VIEW_ANSWER_H
#define VIEW_ANSWER_H

#include "http/request.h"
#include "view/html.h"

#define HUB_LANGUAGE "en"

struct feed_entry {
    int64_t id, part; /* what makes its id, with the feed's kind; part: if one is too few */
    int64_t published, updated; /* updated 0: as published */
    struct str title, path;
    struct str author, author_handle;
    struct str tags;  /* names joined by a blank */
    struct html html; /* with addresses of this site as they stand on its pages */
    struct str text;  /* instead of it: plain */
};

struct feed {                   /* for every list, whatever the form */
    struct str title, path;     /* path of the page that it mirrors, with its query */
    struct feed_entry *entries; /* room for n, to be filled in */
    size_t n;                   /* 0 when no feed was asked for */
    const char *kind;           /* of what the ids count: "record", "activity" */
    struct str next;            /* value of `after` for the next page; empty: this is the last */
};

struct outline_item {
    struct str title, path; /* of the page whose feed it is */
};

struct outline { /* OPML: feeds to take into a reader at once */
    struct str title;
    const struct outline_item *items;
    size_t n;
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
    const struct feed *feed; /* NULL: no feed here */
    const struct outline *outline; /* NULL: no OPML here */
    const void *data;
    const int64_t *topics; /* of the live stream that the page opens */
    size_t topics_n;
    const char *section; /* which menu entry is the current one: "/ideas"; NULL: by the path */
    enum page_width width;
};

/* Picks the face. Returns the status. */
int answer(struct req *rq, const struct answer *a);

/* A feed for answer.feed, with room for n entries when one was asked for. */
struct feed *feed_new(struct req *rq, struct str title, struct str path, size_t n);
/* "/ideas?tag=x" becomes "/ideas.rss?tag=x". */
struct str feed_path(struct arena *a, struct str path, enum face face);

/* After a change: 303 to the form's field `back` or to `path` for a page; the stream if there is
 * one; for JSON 201 with Location, or 200, and the data. */
int answer_created(struct req *rq, struct str path, const struct answer *a);
int answer_updated(struct req *rq, struct str path, const struct answer *a);

/* The page of refuse(): give it to refuse_with() once at start. */
void answer_refusal(struct req *rq, int status, const char *why);

/* "https://hub.example", without a slash behind: for feeds and mails. */
struct str site_url(struct req *rq);
/* As the administrator named the hub; "Skep" before that. A new name shows within ten seconds; in
 * feeds, which readers keep, at once. */
struct str hub_name(struct req *rq);

/* ---- for views ---- */

static inline struct req *req_of(struct out *o)
{
    return o->ctx;
}

/* Who looks: for views that show or hide things. Never a guard; guards are in handlers. */
/* The largest file that an editor takes. */
int64_t upload_max_mb(struct out *o);

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
