/* exchange.h: rows of a foreign table as records of any type with fields.
 *
 * Each cell is read as people write such values, names of records are looked up, and the row makes
 * a record, changes the one that it matches, or is refused with a sentence. What a row would do can
 * be asked without doing it.
 *
 * RULES
 *   1. A row is taken whole or not at all; what is wrong with it is told by the fields' labels.
 *   2. A row changes only what has a cell that is not empty, and only a record that whoever imports
 *      may change; one that matches several records is refused.
 *   3. A dry run changes nothing and tells what the run would do, also with rows that match each
 *      other; of a record that several rows change, each counts.
 *   4. What a list's CSV says of a record is read as what the record has.
 *   5. Of addresses and numbers a record has several: a row adds those that it does not have yet.
 *   6. Nobody is notified, and each change is in the log and, of what there was, in the history.
 */
#ifndef RECORD_EXCHANGE_H
#define RECORD_EXCHANGE_H

#include "db/key_set.h"
#include "record/fields.h"
#include "text/dates.h"

enum exchange_matched { MATCHED_UPDATE, MATCHED_SKIP, MATCHED_CREATE };

enum exchange_did { DID_CREATE, DID_UPDATE, DID_SAME, DID_SKIP, DID_REJECT, DIDS };

struct exchange_column {
    const struct record_field *field; /* NULL: left out */
    struct str part;                  /* "street", "first_name"; empty: all of it */
    struct str which;                 /* of several, which: "home", "2"; what it is for */
    bool number;                      /* the record's own number */
};

struct exchange_memo; /* what names of records led to, in one transaction */

struct exchange {
    const struct record_type *type;
    struct exchange_column *columns;
    size_t columns_n;
    const struct record_field **keys; /* the first one that finds a record counts */
    size_t keys_n;
    enum exchange_matched matched;
    enum date_order order;
    char decimal;        /* '.' or ','; 0: read from each number */
    const char *country; /* of phone numbers without one; NULL: these are refused */
    bool as_written;     /* of cards: what is no e-mail address is kept, too */
    bool lenient;        /* what is required may be missing, but for the title */
    bool make_missing;   /* records that a name leads to and that are not there */
    int64_t owner_id;    /* of new ones; 0: as the row says */
    struct str tags;     /* further ones of new ones */
    int64_t space_id;
    enum audience audience;
    struct str note;      /* of changes in the history */
    struct key_set *seen; /* of a dry run, the keys of rows that it would have made; NULL: none */
    struct exchange_memo *memo; /* NULL: each name is looked up */
};

struct exchange_done {
    enum exchange_did did;
    int64_t id;       /* of the record; 0: none, or only by a dry run */
    int64_t revision; /* that it has then */
    struct str why;   /* of DID_REJECT */
    const struct record_values *values;
    int64_t also[8]; /* records that a name has made */
    size_t also_n;
};

/* Rows that come next: asks together whether any record has their keys (false: none has); then, of
 * at most db_ahead_most rows, which those are, and what they hold. Else each row asks. */
struct exchange_cells {
    const struct str *cells;
    size_t n;
};
bool exchange_expect(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                     size_t n);
void exchange_ahead(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                    size_t n);

void exchange_row(struct req *rq, const struct exchange *x, const struct str *cells, size_t n,
                  struct exchange_done *done);

/* Names that rows share are looked up once in a transaction. */
struct exchange_memo *exchange_memo(struct arena *a);

/* Whether a column may be for the field, and records be matched by it. */
bool exchange_takes(const struct record_field *f, const struct viewer *viewer);
bool exchange_matches(const struct record_field *f);

/* ---- cells ---- */

/* What a cell says as the field's value. NULL, or a sentence's end. `made`: a record of that name
 * would have to be made; its title. */
const char *exchange_cell(struct req *rq, const struct exchange *x, const struct record_field *f,
                          struct str text, struct value *v, struct str *missing);
/* The one record of the type with that title; 0: none, -1: several. */
int64_t exchange_titled(struct req *rq, const struct record_type *t, const char *type,
                        struct str title);
struct db_arg exchange_title_key(struct arena *a, struct str title);

/* Where records are found by a field: its index, or by their titles. */
struct exchange_finder {
    const char *table, *column, *from; /* "ix x WHERE x.v = ?1" */
};
struct exchange_finder exchange_finder(struct arena *a, const struct record_type *t,
                                       const char *type, const struct record_field *f);

/* Those that have the key and that whoever imports may see. The key is asked for alone, which most
 * rows share with none: a planner without statistics might begin a join with all records. */
size_t exchange_keyed(struct req *rq, const struct exchange_finder *by, struct db_arg key,
                      int64_t *out, size_t max);
/* The first ones that have it, whoever sees them. */
enum { EXCHANGE_PIECE = 100 };
size_t exchange_having(struct req *rq, const struct exchange_finder *by, struct db_arg key,
                       int64_t ids[EXCHANGE_PIECE]);
struct str exchange_seen(struct req *rq, int64_t id); /* its title, p NULL: it is not seen */

/* ---- rows ---- */

/* The field's value as the row says it; the number of a record that it says, or 0. */
bool exchange_said(struct req *rq, const struct exchange *x, const struct exchange_cells *row,
                   const struct record_field *f, struct value *v);
int64_t exchange_number(const struct exchange *x, const struct exchange_cells *row);
/* Whether a name has led to it, so that it is there and whoever imports may see it. */
bool exchange_led(const struct exchange *x, const struct record_field *f, int64_t id);

/* ---- undoing ---- */

enum exchange_undone { UNDONE_DELETED, UNDONE_REVERTED, UNDONE_KEPT, UNDONE_GONE };

/* Takes back what an import did to a record: `made` it, with `revision` as it was left, or changed
 * it under that note. What stands there since stays. *part: some of it was kept. */
enum exchange_undone exchange_undo(struct req *rq, const struct record_type *t, int64_t id,
                                   int64_t revision, bool made, struct str note, bool *part);

#endif
