/* feature.h: how a feature declares itself.
 *
 * A folder src/features/<name>/ with a `const struct feature <name>_feature` is a feature: the
 * build finds the folder and writes the list. Nothing else names it.
 */
#ifndef HTTP_FEATURE_H
#define HTTP_FEATURE_H

#include "http/request.h"
#include "jobs/consumers.h"
#include "jobs/jobs.h"

struct letter_kind;
struct record_type;

enum menu_place {
    MENU_BAR,  /* in the bar on top, below on phones */
    MENU_ACT,  /* the bar's button: the act that the hub is for */
    MENU_BELL, /* an icon beside it */
    MENU_USER, /* in the menu behind the viewer's face; ":me" in its path is the viewer's id */
    MENU_FOOT,
    MENU_PLACES
};

struct menu_entry {
    const char *label, *path, *icon; /* icon: a symbol of icons.svg, "#i-lightbulb" */
    int order;                       /* smaller stands first */
    enum who who;
    enum menu_place place;
    int64_t (*count)(struct req *rq); /* what waits there, shown as a badge; NULL: nothing does */
    const char *bell; /* of a MENU_BELL: address of the badge, fetched again when LIVE_BELL rings */
};

/* What a command wants of the hub that --data or --database names. */
enum command_hub {
    HUB_THERE, /* it must be there: "there is no hub in DIR" otherwise */
    HUB_MAKE,  /* it is made where none is */
    HUB_NONE,  /* none is opened: app->store is NULL */
};

struct command { /* `skep import stackexchange DIR ...` is found as "import stackexchange" */
    const char *name, *usage, *help;                    /* help NULL: not shown by `skep help` */
    int (*run)(struct app *app, int argc, char **argv); /* exit code */
    enum command_hub hub;
};

struct failure {
    const char *what; /* "jobs", "letters refused" */
    struct str kind;
    int64_t count, last_at; /* how many of the kind, and when the last one was */
    struct str why;         /* the last one's error */
    const char *advice;     /* a sentence: what to do about it */
};

struct feature {
    const char *name;
    const struct route *routes;               /* ends with method 0 */
    const struct record_type *const *types;   /* ends with NULL */
    const struct menu_entry *menu;            /* ends with label NULL */
    /* Entries that depend on the hub: calls add() for each. rq->db is NULL where there is none. */
    void (*menu_more)(struct req *rq, void (*add)(void *ctx, const struct menu_entry *entry),
                      void *ctx);
    const struct command *commands;           /* ends with name NULL */
    const struct consumer *consumers;         /* ends with name NULL */
    const struct letter_kind *const *letters; /* by e-mail; ends with NULL */
    const struct job_kind *jobs;              /* ends with name NULL */
    /* Brings tables that are made of declarations to what this program declares: in a write
     * transaction behind the migrations, whenever a hub is opened. False and words for the
     * operator. */
    bool (*schema)(struct db *db, struct arena *a, struct str *message);
    /* Called once when the program serves, before the first request; may start nothing slow. */
    void (*start)(struct app *app);
    /* What `skep doctor` looks at beside the tables that the record core knows (files on disk,
     * say): calls say() once for each fault, with a sentence's beginning and the id that it is
     * about. In a read transaction; changes nothing. */
    void (*examine)(struct app *app, struct db *db,
                    void (*say)(void *ctx, const char *what, int64_t id), void *ctx);
    /* What it tells of besides: work that has failed for good and waits for somebody to look. In a
     * read transaction. */
    void (*failures)(struct db *db, struct arena *a,
                     void (*tell)(void *ctx, const struct failure *f), void *ctx);
};

extern const struct feature *const features[]; /* generated from src/features/, ends with NULL */

#endif
