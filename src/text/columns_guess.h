/* columns_guess.h: which field each column of a foreign table is for.
 *
 * Knows the headers of Google's, Outlook's and LinkedIn's exports and the usual ones in English,
 * German, French, Spanish and Dutch. What it proposes a person sees and can change.
 *
 * RULES
 *   1. A header that is a field's name or label, in any case, with or without accents, is that
 *      field, whatever its cells hold.
 *   2. A field has one column, the best one, unless it takes many.
 *   3. Numbers and places in a header are told apart from it: "E-mail 2 - Value" is the second
 *      email, "Business Phone" a phone at work; "E-mail 2 - Type" says of which type it is.
 *   4. Where there is no field for a part (a first name, a street) but one for the whole, the parts
 *      go there together, unless a column that holds something has the whole. Several columns of
 *      one part ("Street", "Street 2") are its lines.
 *   5. Cells decide between columns that are named alike, and find a column of addresses that is
 *      named otherwise; a column that holds what the field does not take is not proposed for it.
 */
#ifndef TEXT_COLUMNS_GUESS_H
#define TEXT_COLUMNS_GUESS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"
#include "text/looks.h"

struct guess_column {
    struct str header;
    const struct str *cells; /* some of them */
    size_t n;
};

struct guess_field {
    struct str name, label;
    enum looks kind;     /* what it takes; LOOKS_EMPTY: anything */
    struct str synonyms; /* further headers: "client|account" */
    bool many;
};

struct guess {
    int field;        /* -1: none */
    int score;        /* 1 to 100 */
    int group;        /* 2 of "Phone 2 - Value"; 0: no number */
    struct str place; /* "home", "work", "other", "mobile", "fax"; empty: it does not say */
    const char *part; /* "first_name", "street" ...: of the field's value; NULL: all of it */
    int type_of;      /* the column whose type this one says; -1: it does not */
};

/* A guess for each column, in the arena. Parts of a name are prefix, first_name, middle_name,
 * last_name and suffix; of an address street, extended, pobox, city, region, postcode and
 * country. */
struct guess *columns_guess(struct arena *a, const struct guess_column *columns, size_t columns_n,
                            const struct guess_field *fields, size_t fields_n);

#endif
