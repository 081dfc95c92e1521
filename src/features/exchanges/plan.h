/* plan.h: how an uploaded file is read, and what its columns are for: guessed first, then as
 * somebody has changed it.
 *
 * RULES
 *   1. A column goes to a field that whoever imports may write, or is left out; what the plan says
 *      of a field that is not there any more is left out, too.
 *   2. Separator, encoding, header, order of day and month, and decimal sign are found in the file
 *      and can be changed.
 */
#ifndef EXCHANGES_PLAN_H
#define EXCHANGES_PLAN_H

#include "features/exchanges/source.h"
#include "record/exchange.h"

enum { PLAN_SAMPLES = 3, PLAN_LOOK = 200, PLAN_KEYS = 8 };

struct plan_column {
    struct str name;
    struct str samples[PLAN_SAMPLES];
    size_t samples_n;
    struct str to; /* "address.city"; PLAN_NUMBER; empty: left out */
    bool guessed;
};

#define PLAN_NUMBER "#" /* of the record itself */

struct plan {
    bool cards;
    struct csv_dialect dialect;
    struct plan_column *columns;
    size_t columns_n;
    struct str keys; /* names joined by commas */
    enum exchange_matched matched;
    enum date_order order;
    char decimal;
    struct str country;
    bool make_missing, lenient;
    int64_t owner_id, space_id;
    struct str tags;
};

/* What may be chosen, as forms, plans and the command name it; each ends with NULL. Those of
 * `matched` and `order` are by their enum; a separator's or decimal sign's name is itself, but for
 * "tab", and "" is none. */
extern const char *const plan_matched[], *const plan_orders[], *const plan_separators[],
                                                                   *const plan_decimals[];
int plan_choice(const char *const names[], struct str name); /* -1: there is none such */
char plan_sign(const char *name);
const char *plan_sign_name(const char *const names[], char sign);

/* Of a file that was just sent, or whose dialect was changed: names, samples, guesses. NULL, or a
 * sentence. */
const char *plan_read(struct req *rq, const struct record_type *t, const char *path,
                      struct plan *plan);
struct str plan_text(struct arena *a, const struct plan *plan);
void plan_load(struct arena *a, struct str text, struct plan *plan);
/* For exchange_row, in the transaction that uses it. */
void plan_exchange(struct req *rq, const struct record_type *t, const struct plan *plan,
                   struct exchange *x);
/* The field that a column goes to, and the part of it. NULL: none. */
const struct record_field *plan_field(const struct record_type *t, struct str to, struct str *part);

#endif
