/* setting.h: what the hub keeps by name, one text each, in table settings. */
#ifndef DB_SETTING_H
#define DB_SETTING_H

#include "db/db.h"

/* In a write transaction; what stood there is replaced. */
void setting_put(struct db *db, const char *name, struct str value);

#endif
