/* formula_parts.h: what the files of the formula language share, and nobody else includes.
 *
 * formula_parse.c makes a tree of nodes of the source, formula_check.c gives each its type,
 * formula_run.c computes it; formula_calls.c holds the table of functions, formula_values.c the
 * arithmetic.
 */
#ifndef TEXT_FORMULA_PARTS_H
#define TEXT_FORMULA_PARTS_H

#include "core/arena.h"
#include "core/out.h"
#include "core/str.h"
#include "core/zone.h"
#include "text/formula.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_TEXT,
    TOKEN_SIGN, /* one or two characters: its op says which */
};

/* Signs and the words that are operators; from OP_OR to OP_REST they take two sides. */
enum op {
    OP_NO,
    OP_OR,
    OP_AND,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_JOIN,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_REST,
    OP_NOT,
    OP_MINUS,
    OP_OPEN,
    OP_CLOSE,
    OP_COMMA,
    OP_DOT,
};

struct token {
    enum token_kind kind;
    enum op op;
    size_t at;       /* byte of the source */
    struct str text; /* as written; of a TEXT what it says, of a WORD in lower case */
};

struct lexer {
    struct arena *arena;
    struct str source;
    size_t at;
    struct token token; /* the one ahead */
    bool failed;
    struct formula_error *error;
};

void lexer_open(struct lexer *lx, struct arena *a, struct str source, struct formula_error *error);
void lexer_next(struct lexer *lx);
void lexer_fail(struct lexer *lx, size_t at, struct str words); /* the first one counts */
struct str token_shown(struct arena *a, const struct token *t); /* for the words of an error */

enum node_kind { NODE_VALUE, NODE_FIELD, NODE_ONE, NODE_TWO, NODE_CALL };

struct node {
    enum node_kind kind;
    enum formula_type type;
    enum op op; /* ONE, TWO */
    size_t column;
    const struct formula_call *call;
    struct formula_value value;
    size_t field;
    struct node **args;
    size_t n;
};

struct formula {
    const struct formula_name *names;
    struct node *root;
    size_t *reads;
    size_t reads_n;
    bool changes;
};

struct formula *formula_tree(struct arena *a, struct str source, const struct formula_name *names,
                             size_t n, struct formula_error *error);
bool formula_check(struct arena *a, struct formula *f, struct formula_error *error);
int formula_rank(const struct node *x); /* how tightly it binds */
extern const char *const formula_signs[];
void formula_print_node(struct arena *a, const struct formula *f, const struct node *x,
                        struct str *out);

/* ---- running ---- */

struct run {
    const struct formula *f;
    const struct formula_world *world;
    const struct formula_value *values;
    struct arena *arena;
    struct formula_error *error;
    size_t made; /* bytes of texts */
    bool failed;
};

/* Says what is wrong at a node, once; gives none. */
struct formula_value run_fail(struct run *r, const struct node *x, struct str words);
struct formula_value run_node(struct run *r, const struct node *x);
/* Room for a text of n bytes; NULL: it is too long, and that was said. */
char *run_text(struct run *r, const struct node *x, size_t n);

typedef struct formula_value formula_fn(struct run *r, const struct node *x,
                                        const struct formula_value *args);

/* Types as sets. */
#define TYPE(t) (1u << FORMULA_##t)
enum {
    ANY_TYPE = TYPE(NUMBER) | TYPE(TEXT) | TYPE(BOOL) | TYPE(DATE) | TYPE(TIME) | TYPE(MONEY),
    A_DAY = TYPE(DATE) | TYPE(TIME),
    AN_AMOUNT = TYPE(NUMBER) | TYPE(MONEY),
    ORDERED = TYPE(NUMBER) | TYPE(TEXT) | TYPE(DATE) | TYPE(TIME) | TYPE(MONEY),
};

struct formula_call {
    const char *name;
    const char *use; /* "round(number) or round(number, digits)" */
    unsigned least, most;
    unsigned takes[3];       /* sets of types; the last one goes on */
    enum formula_type gives; /* NONE: that of its first argument that has one */
    bool alike;              /* all arguments are of one type */
    bool with_none;          /* is run when an argument is none, too */
    bool changes;
    formula_fn *run; /* NULL: run_node does it itself: if, coalesce */
};

const struct formula_call *formula_call_find(struct str name);
struct str formula_call_near(struct str name); /* the nearest name of a function, or empty */
bool formula_near(struct str a, struct str b); /* one of the two may be the other misspelt */

/* ---- values ---- */

struct formula_value value_number(int64_t millionths);
struct formula_value value_bool(bool b);
struct formula_value value_text(struct str s);
struct formula_value value_day(int64_t days);
struct zone_time world_time(const struct formula_world *w, int64_t us); /* what the clock says */
int world_exponent(const struct formula_world *w, const char *currency);
int64_t power_of_ten(int n);                               /* 0..18 */
bool rounded(__int128 top, __int128 bottom, int64_t *out); /* half away from zero */
bool value_amount(const struct formula_world *w, struct formula_value v, int64_t *millionths);

/* Both sides are there and fit together by formula_check. */
struct formula_value value_two(struct run *r, const struct node *x, struct formula_value a,
                               struct formula_value b);
int value_order(const struct formula_world *w, struct formula_value a, struct formula_value b);

#endif
