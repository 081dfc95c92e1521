/* places.h: where in its column a card of a board stands, and records by the columns of a board.
 *
 * A card's place is a number; the greatest stands on top. One that nobody has moved has its id's
 * (PLACE_STEP apart), so new ones come on top and nothing is written for them. One that was moved
 * has a row in `places`, with a number between its neighbours'.
 *
 * RULES
 *   1. A moved card stands right below the card that it was put behind, or right above the one it
 *      was put before, as these stand at the commit: also when others move at the same time.
 *   2. Where there is no number left between two cards, those above are moved up, in their order.
 *   3. A card that gets into another column by an edit stands there by its id.
 *   4. Cards and numbers are those that the viewer may see and the filters let through.
 */
#ifndef RECORD_PLACES_H
#define RECORD_PLACES_H

#include "record/select.h"
#include "record/tallies.h"

#define PLACE_STEP INT64_C(1048576)

enum { COLUMN_CARDS = 20, COLUMN_LOOK = 1000 };

/* Puts the record, whose value is `value`, behind the card `after`, else before the card `before`,
 * else on top. Ids that are 0, or of cards that are not in this column, do not count. */
void place_put(const struct act *act, const struct record_type *t, const struct record_field *by,
               int64_t id, struct str value, int64_t after, int64_t before);
/* Its value has changed. */
void place_leave(const struct act *act, const struct record_type *t, const struct record_field *by,
                 int64_t id);

struct column { /* of a board */
    const struct field_choice *choice;
    struct selection found;
    struct tally tally;
    bool folded; /* its cards were not asked for */
};

/* The columns of all choices of `by`, COLUMN_CARDS cards each; where s asks for one choice of the
 * field that `by` depends on, those that go with it, and others if there are cards in them. Before
 * them, with an empty name, one of the newest records that have no value, if there are any. `sum`
 * may be NULL. The order and the cursor of s do not count. `fold`: those whose choice ends have
 * numbers only. */
struct column *columns_read(struct req *rq, const struct select *s, const struct record_field *by,
                            const struct record_field *sum, bool fold, size_t *n);

/* Of those that s lets through and whose `by` (a choice, a record, a person) has this key: numbers
 * by a look at COLUMN_LOOK of them. */
void column_tally(struct req *rq, const struct select *s, const struct record_field *by,
                  const struct record_field *sum, struct db_arg key, struct tally *out);

#endif
