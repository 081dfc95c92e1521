/* types_tables.h: the statements that make tables, columns and indexes: shared by the files of
 * types.h, in write transactions only. */
#ifndef RECORD_TYPES_TABLES_H
#define RECORD_TYPES_TABLES_H

#include "record/types.h"

/* "own_depth"; NULL: it has none of its own in the type's table. */
const char *column_of(const struct record_field *f);
/* Fills in where the values of a field of the hub's own stand. */
void field_place(struct arena *a, struct record_field *f, int slot);
/* What `fields.config` has of the draft. NULL, or words. */
const char *field_config(struct db *db, struct arena *a, const struct record_type *t,
                         const struct field_draft *d, struct str *config);
/* The flags of a field that becomes of this kind. */
unsigned field_flags_for(enum kind kind, unsigned flags);
/* With the columns of all its fields. */
void type_table_make(struct db *db, struct arena *a, const struct record_type *t);
void field_columns_make(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f);
/* The table that finds records by it, if it has one; empty. */
void field_index_make(struct db *db, struct arena *a, const struct record_type *t,
                      const struct record_field *f);
/* Says to every process that the catalog has changed. */
void catalog_step(struct db *db);
/* The connection reads it again, still in this transaction. */
void catalog_changed(struct db *db);

#endif
