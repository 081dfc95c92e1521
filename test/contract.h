/* contract.h: a field of each kind, and what every surface must make of it; see contract.c. */
#ifndef TEST_CONTRACT_H
#define TEST_CONTRACT_H

#include <jansson.h>

#include "record/kinds.h"
#include "record/types.h"
#include "test/rooms.h"

enum { GOOD = 2 };

/* In all of its texts $a and $b are the numbers of two bins, $p and $q those of two people, $f and
 * $g those of two uploads, which are there in each contract. */
struct good {
    const char *typed; /* in a form */
    const char *json;  /* sent as JSON */
    const char *given; /* answered as JSON */
    const char *shown; /* on pages and cards */
    const char *held;  /* in the form's control */
};

struct sample {
    enum kind kind;
    const char *made;    /* further members of the request that makes the field */
    const char *control; /* what its control has that those of other kinds have not */
    struct good good[GOOD];
    const char *said[GOOD]; /* in plain words, on cards and in merges; NULL: as shown */
    const char *wrong;      /* typed; NULL: the kind takes any text, or nothing is typed at all */
    const char *why;        /* the error behind the field's label */
    const char *kept;       /* what the form shows of it again; NULL: itself */
    const char *found;  /* a word by which the search finds the first; NULL: it is not searched */
    const char *filter; /* the first as a filter's value; NULL: compared with nothing */
    bool rises;         /* the first stands before the second */
    const char *less;   /* a value below the first one; NULL: there is no order */
    const char *schema; /* the property in OpenAPI */
    const char *wrong_csv; /* NULL: as `wrong` */
    bool made_by_hub; /* computed: no form, no JSON, no CSV takes it; nobody merges or sets it */
    bool core;        /* every type has it: "tags" */
};

extern const struct sample samples[];
extern const size_t samples_n;

struct contract {
    struct kit *kit;
    struct person_kit *admin, *staff, *customer;
    int64_t bins[GOOD], people[GOOD], files[GOOD];
};

/* Makes the type "part" with a field of each kind; `flags` as JSON. */
struct contract contract_begin(struct kit *kit, const char *flags);
const char *filled(const struct contract *c, const char *text);
const char *field_name(const struct contract *c, const struct sample *s);
const char *field_label(const struct sample *s);

/* One record with the first values, or the second ones, of each kind; who speaks makes it. */
int64_t part_make(const struct contract *c, const char *title, int which);
const char *part_path(const struct contract *c, int64_t id);

json_t *json_root(struct res r);                 /* whoever asks lets go of it */
json_t *json_at(json_t *root, const char *path); /* "data|0|title"; NULL: nothing is there */
/* What is there is that JSON, whatever the order of its members. */
void assert_given(const struct contract *c, struct res r, const char *path, const char *want);

#endif
