/* boards.h: what the partials of boards, calendars and galleries are called with.
 *
 *     % shared_board(o, &(struct board){.id = "pipeline", .field = "stage", ...});
 *
 * One struct for each partial of src/view/shared/, as in components.h; plain data, no types.
 *
 * A card is moved by a PATCH to card.move with the fields <board.field> (the column's value),
 * before and after (numbers of its neighbours; empty at the ends) and `revision`, which goes as
 * the header If-Match, too. 2xx: it is done; a header ETag is the card's next revision. Anything
 * else (409, 412, 422): it is not, and the card goes back; the answer's problem document says why.
 * `before` names the card below it, which it goes before.
 *
 * RULES
 *   1. A card is moved by the mouse, by a finger, by Alt and an arrow key, and by a menu; without a
 *      script that one is a link to a page that moves it. One that may not be moved offers none.
 *   2. What does not fit into a day of the calendar is told by its number and a link to that day.
 *   3. A picture that is not there is a coloured place with the title's letters.
 *
 * WHY one menu for all cards: a board has some hundred of them, and most of its bytes would be the
 * names of its columns. The script takes the menu out of a template.
 */
#ifndef VIEW_BOARDS_H
#define VIEW_BOARDS_H

#include "view/tables.h"

struct board_card {
    int64_t id;
    struct str title, path, card; /* card: address of its ID card; empty: none */
    struct str move, revision;    /* where a move is sent; empty: it stays where it is */
    struct str form;              /* with move: a page with a form that moves it */
    const struct value_link *lines;
    size_t lines_n;
    const struct tone_chip *chips;
    size_t chips_n;
    struct str amount, due; /* "€ 4,800", "in 3 days" */
    enum tone due_tone;
    struct avatar owner; /* no name: none */
};

struct board_column {
    struct str value, title;
    enum tone tone;
    int64_t n;        /* of all its cards, not of those shown */
    struct str total; /* "€ 120,400"; empty: none */
    const struct board_card *cards;
    size_t cards_n;
    struct str more; /* to the rest of them; empty: all are here */
    struct str add;  /* to a form for a new one; empty: none */
    bool more_n;     /* they are more than n, or may be: "1000+" */
};

struct board {
    const char *id, *label;
    const char *field; /* what a column is a value of: "stage" */
    const struct board_column *columns;
    size_t columns_n;
    int heading; /* 2 (0) or 3: level of the columns' titles */
};

struct kard { /* a card of the board, where it is sent alone */
    const struct board *board;
    const struct board_card *card;
};

/* ---- calendar ---- */

struct calendar_entry {
    struct str title, path, card;
    struct str time; /* "14:30"; empty: the whole day */
    enum tone tone;
};

struct calendar_day {
    int day;         /* of its month */
    struct str date; /* "2027-03-14" */
    struct str name; /* "Sunday 14 March", for those who hear the page, and in the list */
    bool other;      /* of another month */
    bool today;
    const struct calendar_entry *list;
    size_t n;
    int64_t more;    /* besides those shown */
    struct str path; /* to the day; may be empty where more is 0 */
};

struct calendar {
    const char *id, *label;       /* "Activities" */
    struct str title;             /* "March 2027" */
    int heading;                  /* 2 (0) or 3: level of the title */
    struct str prev, next, today; /* addresses */
    const char *weekdays[7];      /* short names, from the first day of the week as it is set */
    const char *weekday_names[7];
    const struct calendar_day *days; /* whole weeks */
    size_t days_n;
};

/* ---- gallery ---- */

struct page_act; /* details.h */

struct gallery_card {
    int64_t id;
    struct str title, path, card;
    struct str picture; /* address; empty: a coloured place */
    struct str alt;
    struct avatar face; /* of a gallery of faces */
    const struct value_link *lines;
    size_t lines_n;
    const struct tone_chip *chips;
    size_t chips_n;
    const struct page_act *act; /* what one may do from here; NULL: nothing. Of faces only */
};

struct gallery {
    const char *label;
    const struct gallery_card *cards;
    size_t n;
    int heading; /* 2 (0) or 3: level of the cards' titles */
    bool faces;  /* small ones beside the names, instead of pictures */
};

#endif
