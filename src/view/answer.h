/* answer.h: one handler, many faces: the same data as a page, a Turbo Stream, JSON or a feed. */
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
    struct str title, path; /* path of the page that it mirrors */
    const struct feed_entry *entries;
    size_t n;
};

struct answer {
    int status; /* 0: 200 */
    struct str title; /* of the page, without the hub's name */
    struct str description; /* meta description, plain text; may be empty */
    void (*page)(struct out *o, const void *data);   /* the page's main part; the layout goes around it */
    void (*stream)(struct out *o, const void *data); /* Turbo Stream elements; NULL: redirect or page instead */
    void (*json)(struct json *j, const void *data);  /* the members: "data" and "next" are its own */
    const struct feed *feed;                         /* NULL: no .atom here */
    const void *data;
    const int64_t *topics; /* of the live stream that the page opens */
    size_t topics_n;
    const char *section; /* which menu entry is the current one: "/ideas" */
};

/* Picks the face; 406 where the face asked for does not exist here. Returns the status. */
int answer(struct req *rq, const struct answer *a);

/* After a change: 303 to `path` for a page; for JSON the status (201 or 200), Location, and the data. */
int answer_created(struct req *rq, struct str path, const struct answer *a);
int answer_updated(struct req *rq, struct str path, const struct answer *a);

/* `_csrf` hidden field, for forms in views: {{ csrf_field(o) }} */
struct html csrf_field(struct out *o);
/* Who looks: for views that show or hide things. Never a guard; guards are in handlers. */
const struct viewer *viewer_of(struct out *o);
/* URL of an asset with its hash: {{ asset("app.css") }} */
const char *asset(const char *name);

#endif
