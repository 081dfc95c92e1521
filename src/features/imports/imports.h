/* imports.h: brings other communities in, so that it can be run again, gone on with and undone.
 *
 * Every row of the source that is taken is noted in import_rows by the transaction that takes it.
 * A second run finds it there and goes past; a run that was killed is gone on with by the next.
 *
 * RULES
 *   1. An import run twice changes nothing the second time.
 *   2. An import killed at any moment and run again gives what an uninterrupted one gives.
 *   3. Each row that cannot be taken is told with file, line and reason; the others are taken.
 *   4. Scores, numbers of answers and comments, and tag counts are computed from imported rows, and
 *      compared with what the source says.
 *   5. Undoing an import takes away all that it made. A thread in which somebody else has written
 *      (or which others were merged into) stays whole, with its authors, and so does a person who
 *      has an account or wrote elsewhere, and a space that holds anything else.
 */
#ifndef IMPORTS_IMPORTS_H
#define IMPORTS_IMPORTS_H

#include "core/out.h"
#include "db/store.h"
#include "jobs/jobs.h"

enum taken { /* what rows became */
             TAKEN_PEOPLE,
             TAKEN_MISSING, /* people of whom the source has a number only */
             TAKEN_IDEAS,
             TAKEN_TOPICS,
             TAKEN_TAG_TEXTS,
             TAKEN_ANSWERS,
             TAKEN_ACCEPTED,
             TAKEN_COMMENTS,
             TAKEN_TAGGINGS,
             TAKEN_VOTES,
             TAKEN_FOLLOWS,
             TAKEN_LINKS,
             TAKEN_KINDS,
};
extern const char *const taken_names[TAKEN_KINDS];

enum checked { /* what the source counts too */
               CHECKED_SCORES,
               CHECKED_ANSWERS,
               CHECKED_COMMENTS,
               CHECKED_ACCEPTED,
               CHECKED_TAGS,
               CHECKED_KINDS,
};
extern const char *const checked_names[CHECKED_KINDS];

enum { VOTE_TYPES = 40 };

struct import_options {
    const char *folder;
    struct str space; /* name */
    struct str site;  /* host; empty: from the folder's name */
    size_t batch;     /* rows in a transaction; 0: 1000 */
    void *ctx;
    /* Each row that cannot be taken; `wrong`: it is the count that differs. May be NULL. */
    void (*problem)(void *ctx, const char *file, int64_t line, struct str why, bool wrong);
    /* After each commit; bytes of all files, read and in all. False: to end now. May be NULL. */
    bool (*progress)(void *ctx, const char *file, int64_t rows, int64_t done, int64_t of);
    struct job *job; /* whose run this is; NULL: nobody's */
};

struct import_result {
    int64_t id, space_id;
    char site[256];
    int64_t taken[TAKEN_KINDS];
    int64_t before;                 /* rows that an earlier run has taken */
    int64_t vote_types[VOTE_TYPES]; /* of rows that have no place here */
    int64_t badges;
    int64_t problems;
    int64_t checked[CHECKED_KINDS], wrong[CHECKED_KINDS];
    bool tags_edited; /* imported records were edited here: their tags are not compared */
    bool truncated;   /* a file was cut off */
};

/* Must not run on a thread of the store. False and words when it could not go on; what was
 * committed stays, and the next run goes on from there. */
bool import_stackexchange(struct store *store, const struct import_options *options,
                          struct import_result *result, struct arena *a, struct str *message);
const char *vote_type_name(int type); /* "spam", ...; NULL: not known */

struct undo_result {
    int64_t records, people, votes, activities; /* taken away */
    int64_t kept_records, kept_people;
    bool kept_space;
};
/* job NULL: nobody's. */
bool import_undo(struct store *store, struct job *job, int64_t id, struct undo_result *result,
                 struct arena *a, struct str *message);

/* ---- as jobs (import_jobs.c) ---- */

/* What a command adds to the job that it runs itself: set on its thread, before jobs_run_one. */
struct import_console {
    void *ctx;
    void (*problem)(void *ctx, const char *file, int64_t line, struct str why, bool wrong);
    void (*progress)(void *ctx, const char *file, int64_t rows);
    bool (*stopped)(void); /* by hand */
    struct import_result result;
    struct undo_result undone;
    bool ran, done;
    char message[500];
};
extern _Thread_local struct import_console *import_console;

extern const struct job_kind import_jobs[];

struct import_order {
    struct str folder, space, site; /* folder: an absolute path; site may be empty */
    int64_t person_id;
    int64_t due; /* 0: now */
};
int64_t import_put(struct db *db, struct arena *a, const struct import_order *order);
int64_t import_undo_put(struct db *db, struct arena *a, int64_t import_id, int64_t person_id,
                        int64_t due);

/* For people, a line each. */
void import_report(struct out *o, const struct import_result *r, struct str space, int64_t us);
void undo_report(struct out *o, const struct undo_result *r);

#endif
