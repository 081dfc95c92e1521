/* types.h: record types and their fields, as the program declares them and as a hub changes them.
 *
 *     static const struct record_field fields[] = {
 *         {"title", "Deal", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED},
 *         {"amount", "Amount", KIND_MONEY, FIELD_LISTED | FIELD_CARD, .currency = "EUR"},
 *         {"stage", "Stage", KIND_CHOICE, FIELD_LISTED | FIELD_CARD, .choices = stages},
 *         {"organisation", "Organisation", KIND_REF, FIELD_LISTED, .target = "organisation"},
 *         {0}};
 *     static const struct record_type deal_type = {
 *         .name = "deal", .noun = "Deal", .plural = "deals", .label = "Deals",
 *         .fields = fields, .audience = AUDIENCE_STAFF, .maker = STAFF};
 *
 * That is a whole type: list, form, page, search, history, JSON, feeds and access come of it. Its
 * table and columns are made when the program starts. An administrator adds fields to it, and makes
 * types, in the browser; both are the same struct here.
 *
 * A connection keeps the catalog it read last and asks in each transaction whether it is still the
 * hub's: so a change holds in all processes with its commit, and in each transaction it is one.
 *
 * RULES
 *   1. A type or field that is added works at once, in every process, and so does one switched off.
 *   2. Internal names never change and are never used again; labels are free.
 *   3. Metadata and tables change in one transaction, or not at all.
 *   4. A type cannot take the name or address of another one, nor of a part of the program.
 *   5. What is switched off is hidden everywhere, and as it was when it is switched on again.
 */
#ifndef RECORD_TYPES_H
#define RECORD_TYPES_H

#include "http/request.h"
#include "record/access.h"
#include "record/kinds.h"

enum field_flag {
    FIELD_REQUIRED = 1,
    FIELD_TITLE = 2,  /* the record's title: one of each type */
    FIELD_BODY = 4,   /* the record's text: at most one, a long text */
    FIELD_LISTED = 8, /* a column of the list as it begins */
    FIELD_CARD = 16,  /* on cards */
    FIELD_SEARCHED = 32,
    FIELD_STAFF = 64,     /* for staff only */
    FIELD_FIXED = 128,    /* set by the program, never by a form */
    FIELD_INDEXED = 256,  /* lists may stand in its order, and find by it quickly */
    FIELD_UNIQUE = 512,   /* no two records with the same; with an index */
    FIELD_BROUGHT = 4096, /* fixed, but an import may bring it along */
    FIELD_LETS = 8192,    /* whoever stands there may see the record: lets.h */
};

enum { TYPE_MADE = 4, FIELDS_NAMED = 1024 };
enum { FIELDS_MAX = 400, FIELD_NAME_MAX = 28, TYPE_NAME_MAX = 20, CHOICES_MAX = 100 };

struct field_choice {
    const char *name, *label;
    const char *tone;   /* "good", "bad", "warn", "calm"; NULL: plain */
    bool ends;          /* a board's last columns: won, done */
    bool lost;          /* of those that end: not as one wished */
    bool off;           /* no longer offered: records that have it keep it */
    const char *within; /* choices of the field that it depends on, with commas; NULL: any */
    const char *sets;   /* "probability=20": what other fields get with it; NULL: nothing */
};

struct record_field {
    const char *name, *label;
    enum kind kind;
    unsigned flags; /* enum field_flag, or'ed */
    const char *help;
    const char *section;                /* of the page and the form; NULL: the first */
    const struct field_choice *choices; /* ends with name NULL */
    const char *target;                 /* of KIND_REF, KIND_REFS: name of a type; of a roll-up the
                                           field of those it counts; NULL: the only one */
    const char *currency;               /* of money where none is said; NULL: EUR */
    const char *country;                /* of phone numbers where none is said, "NO"; NULL: such
                                           numbers are refused */
    const char *roles;                  /* of KIND_REFS: "decision maker, user" */
    const char *formula;                /* of KIND_FORMULA and KIND_ROLLUP */
    const char *depends;                /* a choice that it goes with: depends.h */
    int scale;                          /* of decimals: digits behind the point */
    const char *as;                     /* what it is on a card or in a calendar: "names", "org",
                                           "job", "birthday", "due" */
    const char *column;                 /* NULL: as its name, in the type's table; "r.owner_id"; an
                                           expression on r and t, "(t.handle)", of what the program
                                           alone writes */
    const char *const *told;            /* whoever it is about says who sees it: such an expression
                                           for each class of access_base, with ?1 as who asks; the
                                           first is what everybody sees */
    /* Filled in by the catalog. */
    enum kind result; /* what it is stored as: of a formula, what that gives; else its kind */
    size_t index;     /* its place among the type's fields */
    int64_t position; /* fields stand by it */
    int64_t id;       /* of its row in `fields`; 0: it has none */
    bool own, off;    /* made in the hub; switched off */
    int slot;         /* which of its columns: it may have changed its kind */
    /* While it changes its kind: its other column, which is written along (field_change.h). */
    const struct record_field *other;
    int64_t change;                    /* of its row in `field_changes` */
    bool copying;                      /* the other one is not yet complete */
    bool inner;                        /* for staff only by what it is computed from: formulas.h */
    const struct computed *computed;   /* of KIND_FORMULA and KIND_ROLLUP: formulas.h */
    const struct field_rights *rights; /* rights.h; NULL: no role speaks of it */
    const char *sql;                   /* "t.amount"; "": in no column (texts, links) */
    const char *hub_currency, *hub_country; /* where the field says none: settings of the hub */
    const char *index_table;                /* as field_index says; NULL: it has to be asked */
    const char *index_into;                 /* for db_put */
};

struct act;
struct page_act;
struct record;
struct record_type;
struct selected;
enum alike_by {
    ALIKE_NEVER,
    ALIKE_BY_FIELDS, /* as organisations, if it has an e-mail address or a phone */
    ALIKE_PERSONS,
    ALIKE_ORGANISATIONS,
};

struct record_type {
    const char *name;   /* "idea"; also in the database */
    const char *noun;   /* "Idea" */
    const char *plural; /* "ideas": the URL is /ideas/12-title, for a root */
    const char *icon;
    bool votes;                        /* people may vote for it */
    bool child;                        /* has no page of its own: shown on its root's */
    const struct record_field *fields; /* ends with name NULL; NULL: lists and forms of its own */
    const char *label, *lead;          /* "Deals", and a sentence below it */
    const char *table;                 /* NULL: as its plural */
    enum audience audience;            /* of a new one */
    enum who maker;                    /* who may make one */
    bool spaced;                       /* stands in a space, whose members may make one */
    int order;                         /* in the menu; 0: not there */
    /* What the row in the type's table needs besides its fields: columns with commas, and their
     * values, at most TYPE_MADE of them. NULL: nothing. */
    const char *made;
    size_t (*make)(const struct act *act, const struct record *r, struct db_arg *args);
    /* Many are about to be made: what `make` will ask may be asked together (db_expect). NULL. */
    void (*expect)(struct db *db, struct arena *a, const struct str *titles, size_t n);
    bool itself; /* a record of it is its own author */
    /* Another title: what else holds it. NULL: nothing does. */
    void (*renamed)(const struct act *act, const struct record *r);
    bool unmerged;       /* merge.h leaves it alone: it means more than its fields */
    enum alike_by alike; /* compared to find those that are there twice */
    /* The order that lists begin in: a field's, or of what people write to each other one of
     * list.h, and then as posts. NULL: the newest first. */
    const char *begins;
    const char *call; /* what making one is called: "Share an idea"; NULL: "New idea" */
    const char *none; /* what an empty list says */
    bool asks;        /* answers are counted apart from comments */
    /* The page of one, which the viewer may read, and what it tells besides the fields; NULL: the
     * engine's. */
    int (*show)(struct req *rq, struct record *r);
    const struct part *more;
    bool faces; /* lists begin as cards with a face each; some of them everybody sees */
    bool inner; /* fields that the hub adds to it are for staff */
    bool holds; /* others stand in one of it, which stands in itself: a space */
    /* SQL on r, with ?1 as who asks: lists show these to who may not read them yet, too, and their
     * page its door. NULL: there are none. */
    const char *doors;
    /* After its fields have changed. NULL: nothing follows. */
    void (*changed)(const struct act *act, struct record *r, const struct value *was,
                    const struct value *is);
    /* The record that a short name in an address stands for; 0: none. NULL: they have none. */
    int64_t (*named)(struct db *db, struct arena *a, struct str name);
    const char
        *usual; /* what the form of a new one begins with: "openness=anyone&audience=public" */
    const char *yours; /* a field of what the viewer is to it: in galleries those stand first */
    /* What the viewer may do from such a card, with all its fields. False: nothing. */
    bool (*offers)(struct req *rq, const struct record_type *t, const struct selected *row,
                   struct page_act *act);
    const char *timeline; /* what it is in another record's: note, mail, call, file, task */
    const char *composed; /* fields of the short form there, with blanks between them */
    /* Filled in by the catalog. */
    size_t fields_n;
    struct type_rows *rows;               /* fields_write.c: how its rows are written */
    const struct type_computed *computed; /* formulas.h */
    const struct type_rights *rights;     /* rights.h; NULL: no role speaks of it */
    int64_t id;                           /* of its row in `types`; 0: the program's own */
    bool off;
};

/* The columns that the rows of a type had a value in so far, since the connection read the catalog:
 * each row is one statement with these, and a hundred fields that nobody fills in cost nothing. */
struct type_rows {
    uint64_t bits[(FIELDS_MAX + 63) / 64]; /* by the fields' index */
    const char *insert;                    /* NULL: to be made */
    uint16_t named[FIELDS_NAMED];          /* fields by a hash of their names, from 1; 0: none */
    struct arena *arena;
};

struct catalog {
    int64_t version;
    const struct record_type *const *types; /* ends with NULL; those with fields have all of them */
    size_t n;
    struct rights *rights; /* rights.h */
    struct arena *arena;   /* its own */
};

/* Of this transaction. It stays until the transaction after the next ends. */
const struct catalog *catalog_of(struct db *db);
const struct record_type *catalog_type(struct db *db, struct str name);     /* NULL: none */
const struct record_type *catalog_plural(struct db *db, struct str plural); /* on, with fields */
const struct record_field *type_field(const struct record_type *t, const char *name);
const struct record_field *type_field_str(const struct record_type *t, struct str name);
const struct record_field *type_title(const struct record_type *t);
const struct record_field *type_body(const struct record_type *t); /* NULL: it has no text */
/* Whether the viewer may see the field, and may write it. */
bool field_seen(const struct record_field *f, const struct viewer *viewer);
bool field_written(const struct record_field *f, const struct viewer *viewer);
/* As SQL, as the viewer may see it; NULL: everybody. Of what is told by class ?1 is who asks. */
const char *field_sql(const struct record_field *f, const struct viewer *viewer);
const struct field_choice *field_choice(const struct record_field *f, struct str name);
/* A name of the type within a sentence: the program's with small letters, one of the hub's own as
 * it was given, for it may be German. */
struct str type_word(struct arena *a, const struct record_type *t, const char *name);
/* Of money, and of phone numbers, where none is said: the field's, or the hub's. */
const char *field_currency(const struct record_field *f);
const char *field_country(const struct record_field *f); /* NULL: there is none */
/* The table that finds records by the field: "ix_deal_amount"; NULL: there is none. */
const char *field_index(struct arena *a, const struct record_type *t, const struct record_field *f);

/* Without a database: name, noun, plural and flags of any type that this process has met. */
const struct record_type *record_type_find(struct str name); /* NULL: none */

/* What fields say that say nothing themselves; empty: nothing. */
struct hub_usual {
    struct str currency, country; /* "EUR", "DE" */
};
struct hub_usual hub_usual(struct db *db, struct arena *a);
void hub_usual_set(struct db *db, const struct hub_usual *usual); /* in a write transaction */

/* ---- changing; all of it in a write transaction, and NULL or words why not ---- */

struct type_draft {
    struct str name, plural, noun, label, lead, icon;
    enum audience audience;
    enum who maker;
    bool votes;
};

const char *type_make(struct db *db, struct arena *a, const struct type_draft *d, int64_t at);
const char *type_change(struct db *db, struct arena *a, const struct record_type *t,
                        const struct type_draft *d);
void type_switch(struct db *db, const struct record_type *t, bool on, int64_t at);

struct field_draft {
    struct str name, label, help, section;
    enum kind kind;
    unsigned flags;
    int64_t position;   /* 0: behind the others */
    struct str choices; /* a line each: "won = Won (green, won, in sales, probability 100)" */
    struct str target, currency, country, roles, formula, depends;
    int scale;
    enum kind result; /* found by field_make */
};

/* An internal name for a label: "Ports of call" gives "ports_of_call"; empty: it has no letter. */
struct str name_of_label(struct arena *a, struct str label, size_t max);

/* A new field; or of one that is there label, help, section, flags, choices,
 * currency and roles. What a choice is taken from must not be any record's. */
const char *field_make(struct db *db, struct arena *a, const struct record_type *t,
                       const struct field_draft *d, int64_t at);
void field_switch(struct db *db, const struct record_type *t, const struct record_field *f, bool on,
                  int64_t at);
/* One place up or down among the fields of its section. */
void field_move(struct db *db, const struct record_type *t, const struct record_field *f, bool up,
                int64_t at);
extern const char *const choice_tones[]; /* colours of choices, by name */
/* "won = Won (green, ends)", a line each: what a draft has. */
struct str choices_text(struct arena *a, const struct record_field *f);
/* Whether a record has it. */
bool choice_used(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, const char *name);

/* Names of the tables that types and indexes of fields have, or will have. */
size_t types_tables(struct db *db, struct arena *a, struct str **names);

/* Makes the tables and columns that the program's declarations ask for. False and words. */
bool types_sync(struct db *db, struct arena *a, struct str *message);
bool types_synced(struct db *db); /* whether it has done so, for this program's declarations */

#endif
