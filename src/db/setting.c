/* setting.c: see setting.h. */
#include "db/setting.h"

void setting_put(struct db *db, const char *name, struct str value)
{
    db_exec(db,
            "INSERT INTO settings (name, value) VALUES (?1, ?2)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            Z(name), T(value));
}
