/* ids.c: see ids.h. */
#include "db/ids.h"

#include "db/arrays.h"
#include "db/engine.h"

/* 1, 2, 3, 4, 6, 8, 12, 16, ... */
size_t ids_room(size_t n)
{
    size_t room = 1;
    while (room < n && room + room / 2 < n)
        room *= 2;
    return room >= n ? room : room + room / 2;
}

static size_t values_put(struct out *sql, struct db_arg *args, size_t from, const int64_t *ids,
                         size_t n)
{
    size_t room = ids_room(n);
    out_lit(sql, "(VALUES ");
    for (size_t i = 0; i < room; i++) {
        out_str(sql, i ? S(", (?") : S("(?"));
        out_int(sql, (int64_t)(from + i + 1));
        out_lit(sql, ", ");
        out_int(sql, (int64_t)i);
        out_char(sql, ')');
        args[from + i] = I(i < n ? ids[i] : 0);
    }
    out_lit(sql, ") x");
    return room;
}

size_t ids_put(struct db *db, struct arena *a, struct out *sql, struct db_arg *args, size_t from,
               const int64_t *ids, size_t n)
{
    if (!db->engine->arrays)
        return values_put(sql, args, from, ids, n);
    if (n == 1) { /* may be asked ahead: ahead.h */
        args[from] = I(ids[0]);
        out_fmt(sql, "(SELECT CAST(?%zu AS BIGINT) AS column1, 0 AS column2) x", from + 1);
        return 1;
    }
    struct array all = {0};
    for (size_t i = 0; i < n || i == 0; i++) {
        struct db_arg id = I(i < n ? ids[i] : 0);
        array_put(&all, &id);
    }
    args[from] = array_arg(&all);
    args[from].s = str_dup(a, args[from].s);
    array_free(&all);
    out_fmt(sql,
            "(SELECT y.id AS column1, y.place - 1 AS column2"
            " FROM unnest(?%zu) WITH ORDINALITY AS y (id, place)) x",
            from + 1);
    return 1;
}
