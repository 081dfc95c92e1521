/* checking.h: a look over a hub under way: shared by the files of check.h. */
#ifndef RECORD_CHECKING_H
#define RECORD_CHECKING_H

#include "record/check.h"

struct checking {
    struct db *db;
    struct arena *arena;
    void (*say)(void *ctx, const struct check_finding *finding);
    void *ctx;
    int64_t found;
};

void check_found(struct checking *c, const struct check_finding *finding);
/* Each of its rows (id, kept, counted) is a finding. */
void check_ask(struct checking *c, const char *what, const char *sql,
               const struct check_mend *mend);
/* What types with fields keep besides their rows: check_types.c. */
void check_types(struct checking *c);

#endif
