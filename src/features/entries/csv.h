/* csv.h: a list as CSV; see csv.c. */
#ifndef ENTRIES_CSV_H
#define ENTRIES_CSV_H

#include "features/entries/entries.h"

/* What v->select lets through; of v->columns if the address names columns. */
int csv_answer(struct req *rq, const struct entry_list *v);

#endif
