/* record.h: everything is a record; this is how one is read, made, changed and taken away.
 *
 * A handler reaches a record only through record_access, which joins the access predicate. A
 * record type says here what is common about it; its own facts are in a table of its own, whose
 * row has the same id.
 *
 * RULES
 *   1. record_access gives nothing that the viewer may not see, and nothing without the right
 *      that was asked for.
 *   2. An edit made from an old revision changes nothing (the caller answers 412).
 *   3. Counters (comments, answers, thread) equal the rows they count, in every committed state.
 *   4. What is deleted can be restored as it was; its text is then neither found nor shown.
 *   5. A child's audience is never wider than its parent's.
 *   6. What stands below a merged record is read-only too; what stands below a deleted one is not
 *      reached at all.
 *   7. A text that has always been empty has no row; what is written then gets one.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/access.h"
#include "record/act.h"
#include "record/columns.h"
#include "record/rights.h"
#include "record/types.h"

#define RECORD_ROW(F, X)                                                                           \
    F(INT, id, "r.id")                                                                             \
    X(TEXT, type, "r.type")                                                                        \
    X(INT, root_id, "r.root_id")                                                                   \
    X(HIDDEN_TEXT, path, "r.path")                                                                 \
    X(REF, parent_id, "r.parent_id")                                                               \
    X(REF, space_id, "r.space_id")                                                                 \
    X(REF, author_id, "r.author_id")                                                               \
    X(REF, owner_id, "r.owner_id")                                                                 \
    X(TEXT, title, "r.title")                                                                      \
    X(TEXT, state, "r.state")                                                                      \
    X(HIDDEN_INT, audience, "r.audience")                                                          \
    X(INT, score, "r.score")                                                                       \
    X(INT, comments, "r.comments")                                                                 \
    X(INT, answers, "r.answers")                                                                   \
    X(INT, thread, "r.thread")                                                                     \
    X(INT, revision, "r.revision")                                                                 \
    X(TEXT, tags, "r.tags")                                                                        \
    X(TIME, created_at, "r.created_at")                                                            \
    X(TIME, updated_at, "r.updated_at")                                                            \
    X(TIME, active_at, "r.active_at")

/* The row, and what only a single record's page needs. */
struct record {
    ROW_MEMBERS(RECORD_ROW)
    struct html html;
    double hot;
    int64_t deleted_at;
    struct str root_state; /* of a child: what its thread's first record says */
    int64_t root_deleted_at;
    unsigned rights;    /* of the viewer: enum right, or'ed */
    bool ruled;         /* roles of the viewer speak of its root's type; */
    unsigned grants;    /* and let do so much: enum grant, or'ed */
    bool only_sees;     /* it was shared with the viewer for reading */
    int64_t membership; /* of the viewer in its space: enum membership */
    struct str author_name, author_handle, space_title, space_slug, space_openness;
};
ROW_FUNCTIONS(record, RECORD_ROW)

/* The record if the viewer may see it and has `right`; else NULL. Deleted ones only their author
 * and moderators get. */
struct record *record_access(struct req *rq, int64_t id, enum right right);
/* The same without html and the author's names, for changes that show neither. */
struct record *record_access_bare(struct req *rq, int64_t id, enum right right);
/* The same, and it must be of that type. */
struct record *record_access_type(struct req *rq, int64_t id, const char *type, enum right right);

/* One that the viewer may not read, but sees the door of, by its type; without rights. */
struct record *record_door(struct req *rq, const struct record_type *t, int64_t id);

/* What the viewer may do with a record that the predicate let through: enum right, or'ed. */
unsigned record_rights(const struct viewer *viewer, const struct record *r);

/* Without a viewer: for imports, and for following references of a record that was let through. */
struct record *record_load(struct db *db, struct arena *a, int64_t id);

enum { RECORD_TITLE_MAX = 200, RECORD_TEXT_MAX = 60000, RECORD_TAGS_MAX = 8 };

struct record_draft {
    const char *type;
    struct record *parent; /* NULL: a root; its counters are brought up to date */
    int64_t space_id;      /* of a root */
    bool itself;           /* it is its own author */
    bool own_space;        /* a space stands in itself, so that its members see it as they see
                               what it holds */
    struct str title;
    struct str format; /* "markdown" or "html"; empty: markdown */
    struct str source;
    struct str tags; /* names, separated by blanks or commas; #tags of the text join them */
    struct str state;
    enum audience audience; /* narrowed to the parent's */
    int64_t owner_id;       /* 0: nobody looks after it */
    struct str plain;       /* of its fields: found by a search like its text */
};

/* Makes the record with text, first revision, tags, index, follow by its author and activity. Gives
 * its id, 0 after a failure. */
int64_t record_create(const struct act *act, const struct record_draft *draft);
/* The same; gives the row as it was written, without names of author and space. NULL: failed. */
struct record *record_make(const struct act *act, const struct record_draft *draft);

struct record_edit {
    struct str title, source, tags; /* .p NULL: as it is */
    struct str note;
    int64_t revision;   /* the one the editor saw; 0: do not check */
    struct str changes; /* of its fields, as revisions keep them (fields.h); empty: none */
    struct str plain;   /* of its fields, as they are then */
    bool same_plain;    /* ... and as they were */
    bool by_fields;     /* fields_update sees to what is computed of the title */
    const char *verb;   /* of the activity; NULL: VERB_UPDATE */
    struct str detail;  /* of it; .p NULL: the note */
};

enum record_result { RECORD_DONE, RECORD_STALE, RECORD_SAME };
enum record_result record_update(const struct act *act, struct record *r,
                                 const struct record_edit *edit);

/* Why it cannot be taken away, as a sentence; NULL: it can. */
const char *record_stays(struct db *db, const struct record *r);
void record_delete(const struct act *act, struct record *r);
void record_restore(const struct act *act, struct record *r);
/* Whether its text may be found and quoted; a profile that is not for everybody may not. To be said
 * again after each edit. */
void record_set_quotable(const struct act *act, const struct record *r, bool quotable);
/* Sets the state and logs VERB_STATUS (or `verb`) with it. */
void record_set_state(const struct act *act, struct record *r, const char *verb, struct str state);

/* What people edit; .format says what it is. */
struct record_text {
    struct str format, source;
};
struct record_text record_text(struct db *db, struct arena *a, int64_t id);

/* The record's own path: "/ideas/12-better-lids", or for a child "/r/34", which leads to its place
 * on its root's page. */
struct str record_path(struct arena *a, const struct record *r);
struct str record_path_of(struct arena *a, struct str type, int64_t id, struct str title);

/* Markdown as this hub shows it: mentions and tags become links. */
void record_markdown(struct db *db, struct arena *a, struct str source, struct out *html);

#define REVISION_ROW(F, X)                                                                         \
    F(INT, number, "v.number")                                                                     \
    X(TIME, at, "v.at")                                                                            \
    X(REF, editor_id, "v.editor_id")                                                               \
    X(TEXT, title, "v.title")                                                                      \
    X(TEXT, tags, "v.tags")                                                                        \
    X(TEXT, format, "v.format")                                                                    \
    X(TEXT, source, "v.source")                                                                    \
    X(TEXT, note, "v.note")                                                                        \
    X(HIDDEN_TEXT, changes, "v.changes")                                                           \
    X(TEXT, editor_name, "COALESCE(p.name, '')")                                                   \
    X(TEXT, editor_handle, "COALESCE(p.handle, '')")
ROW_DEFINE(revision, REVISION_ROW)

/* Newest first; at most `max` of them below number `before` (0: from the newest). */
size_t record_revisions(struct db *db, struct arena *a, int64_t id, int64_t before,
                        struct revision *out, size_t max);

#endif
