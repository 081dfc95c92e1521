/* sqltext.c: see sqltext.h. */
#include "db/sqltext.h"

#include <string.h>

static size_t through(struct str sql, size_t from, struct str end)
{
    ptrdiff_t at = str_find_str(str_from(sql, from), end);
    return at < 0 ? sql.n : from + (size_t)at + end.n;
}

/* A doubled quote needs no care: it ends one quoted text and begins the next. */
size_t sqltext_opaque(struct str sql)
{
    if (sql.n == 0)
        return 0;
    if (sql.p[0] == '\'')
        return through(sql, 1, S("'"));
    if (sql.p[0] == '"')
        return through(sql, 1, S("\""));
    if (str_starts(sql, S("--")))
        return through(sql, 2, S("\n"));
    if (str_starts(sql, S("/*")))
        return through(sql, 2, S("*/"));
    return 0;
}

bool sqltext_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const char *sqltext_written(const char *sql)
{
    static const char *const begin[] = {"INSERT INTO ", "UPDATE ", "DELETE FROM "};
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
        if (strncmp(sql, begin[i], strlen(begin[i])) == 0)
            return sql + strlen(begin[i]);
    return NULL;
}

struct str sqltext_name(const char *text)
{
    size_t n = 0;
    while (sqltext_word(text[n]))
        n++;
    return str_make(text, n);
}
