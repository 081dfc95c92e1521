/* sqltext.h: just enough of SQL's grammar to change words without touching quotes and comments. */
#ifndef DB_SQLTEXT_H
#define DB_SQLTEXT_H

#include <stdbool.h>

#include "core/str.h"

/* Length of the quoted text, quoted name or comment that begins the text; 0 when none does. */
size_t sqltext_opaque(struct str sql);
bool sqltext_word(char c);                 /* may stand inside a name */
struct str sqltext_name(const char *text); /* that the text begins with; empty: none */
/* From the name of the table on into which the statement puts, changes or takes rows; NULL: it is
 * another one, or may touch more. */
const char *sqltext_written(const char *sql);

#endif
