/* sheets.h: a list as one file, however long it is: as CSV, cards or a calendar.
 *
 * RULES
 *   1. All that the filters let through, in the list's order, each once.
 *   2. Memory does not grow with the list: a page is read, written to a file of its own, forgotten.
 *   3. What leads to records has their names, as far as the viewer may see them; a field that the
 *      viewer may not see is in no file.
 */
#ifndef ENTRIES_SHEETS_H
#define ENTRIES_SHEETS_H

#include "features/entries/entries.h"

struct sheet {
    struct req *rq;
    const struct entry_list *v;
    const struct record_field **fields; /* that are read */
    size_t n;
    const void *ctx; /* the face's own */
};

struct sheet_face {
    const char *ending;              /* "csv" */
    struct str type;                 /* "text/csv" */
    bool shown;                      /* not to be saved: programs read it again and again */
    void (*choose)(struct sheet *s); /* which fields */
    void (*head)(struct sheet *s, struct out *o);
    /* `a` is emptied behind it. */
    void (*row)(struct sheet *s, struct arena *a, struct out *o, const struct selected *row);
    void (*tail)(struct sheet *s, struct out *o); /* NULL: nothing */
};

int sheet_answer(struct req *rq, const struct entry_list *v, const struct sheet_face *face,
                 const void *ctx);
extern const struct sheet_face sheet_csv, sheet_vcf;
int ics_list(struct req *rq, const struct entry_list *v); /* 404: its type has no day */

/* One record as a card or a calendar; 404: its type has none. */
int vcf_answer(struct req *rq, const struct record_type *t, const struct record *r,
               const struct value *values);
int ics_answer(struct req *rq, const struct record_type *t, const struct record *r,
               const struct value *values);
bool vcf_of(const struct record_type *t, const struct viewer *viewer);
bool ics_of(const struct record_type *t, const struct viewer *viewer);

#endif
