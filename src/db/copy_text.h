/* copy_text.h: arguments as a row of PostgreSQL's COPY in its text form. */
#ifndef DB_COPY_TEXT_H
#define DB_COPY_TEXT_H

#include "core/out.h"
#include "db/db.h"

void copy_text(struct out *o, const struct db_arg *args, size_t n);

#endif
