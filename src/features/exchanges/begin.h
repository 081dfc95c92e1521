/* begin.h: how an import begins, from the browser and from the command line. */
#ifndef EXCHANGES_BEGIN_H
#define EXCHANGES_BEGIN_H

#include "features/exchanges/exchanges.h"

/* Whether they may bring in records of the type. */
bool exchange_may(const struct record_type *t, const struct viewer *viewer);
/* A name and place of its own for a file, in a folder that is there. NULL: the disk refused, with
 * errno. */
const char *exchange_place(struct app *app, struct arena *a, struct str *file);
/* What the file is, and what its columns may be for. NULL, or a sentence. */
const char *exchange_look(struct req *rq, const struct record_type *t, const char *path,
                          struct plan *plan);
/* Of name, file and bytes: a new import, whose number it gives. */
int64_t exchange_put(struct req *rq, const struct record_type *t, const struct exchange_file *file,
                     const struct plan *plan);

#endif
