/* duplicates.h: records that may be the same person or organisation: keys to find them by, the look
 * at one that is being typed, and the pairs that were found.
 *
 * Which facts tell of a record comes from its fields: the title is the name, e-mail addresses and
 * phone numbers, the first postal address, a web address, a date named "birthday", of a person
 * the reference named "works_for", and the addresses under which they are known.
 *
 * RULES
 *   1. The keys of a record (text/similar.h) change with its values and, of a person, with the
 *      addresses under which they are known, in one transaction. A field that is switched off keeps
 *      its keys: what they bring together is scored without it. One that changes its kind has those
 *      of both until the old values go (field_change.h).
 *   2. Who looks is told only of what they may see, by facts that they may see.
 *   3. A pair that somebody has called different is never proposed again.
 *   4. Of a key that very many share only the newest ALIKE_OF_KEY are looked at, and of one record
 *      at most ALIKE_LOOKED: a look costs the same on every hub. Only those that are worth it
 *      (similar_worth) are read and scored.
 *   5. A key is kept as 46 bits of its hash, behind the era of the record: 262,144 numbers are one.
 *      Who looks asks all eras, the newest first.
 *
 * WHY hashes: a million people have some six million, and what two others share by accident is
 * scored, and falls through.
 * WHY eras: a hash comes anywhere. An import would write the pages of all keys that there are with
 * each of its steps; so it writes those of the last era.
 */
#ifndef RECORD_DUPLICATES_H
#define RECORD_DUPLICATES_H

#include "record/fields.h"
#include "text/similar.h"

enum { ALIKE_OF_KEY = 40, ALIKE_LOOKED = 200 };

/* Whether records of the type are compared: it says so, or it is of the hub's own (types.h) and has
 * an e-mail address or a phone. Mails to one address are no duplicates. */
bool alike_type(const struct record_type *t);

/* The same with what is switched off: whether its records have keys. */
bool alike_keyed(const struct record_type *t);

/* The keys that a record of such values has: none for NULL. */
size_t alike_hashes(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *values, int64_t hashes[SIMILAR_KEYS]);
/* The fields that may make keys. */
bool alike_fact(const struct record_field *f);
void alike_facts(const struct record_type *t, struct field_set *set);

struct alike_keys {
    int64_t id, hashes[SIMILAR_KEYS];
    bool tells[SIMILAR_KEYS]; /* similar_tells */
    size_t n;
    uint32_t letters; /* similar_letters */
};

/* RULE 1: those that a record has (values NULL: none), before anything of it is written; and what
 * they become with its new values (NULL: none), when all is. */
struct alike_keys alike_keys_of(struct db *db, struct arena *a, const struct record_type *t,
                                int64_t id, const struct value *values);
void alike_keys_put(struct db *db, struct arena *a, const struct record_type *t,
                    const struct alike_keys *old, const struct value *is);
/* Asks what these ask beside the values, for who asks ahead (db/ahead.h). */
void alike_expect(struct db *db, struct arena *a, const struct record_type *t, int64_t id);
/* Those of one that was just made: it has no identities yet. */
void alike_keys_new(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *is);
/* Around whatever else changes what makes them: addresses, a row that is written beside the fields.
 * No such record: nothing. */
struct alike_keys alike_keys_begin(struct db *db, struct arena *a, int64_t id);
void alike_keys_end(struct db *db, struct arena *a, const struct alike_keys *k);
/* Whatever it had. Reads all keys of its era: for a mend. */
void alike_keys_anew(struct db *db, struct arena *a, int64_t id);
/* Those that it had by the other kind of a field, whose values go. */
void alike_keys_without(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f, const struct record_field *other, int64_t id);
/* Those that a record has not yet: from before there were keys, or by an address of its person. */
void alike_keys_fill(struct db *db, struct arena *a, int64_t id);

struct alike {
    int64_t id;
    struct str title, path;
    struct similarity how;
};

/* Those that are near what was typed, nearest first: at least SIMILAR_POSSIBLE. RULE 2 */
size_t alike_find(struct req *rq, const struct record_type *t, const struct value *values,
                  int64_t id, struct alike *out, size_t max);

/* What speaks most for it: "same e-mail". */
struct str alike_words(const struct alike *one);

/* The same without a viewer, of a record that is there: for the walk. Paths are left out. */
size_t alike_of(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                struct alike *out, size_t max);

/* One reason, as table duplicates keeps them. */
struct alike_reason {
    int64_t points;
    struct str words, a, b; /* a, b: what both have; a person's addresses are left out */
};
/* turned: the sides change places. */
struct str alike_reasons_text(struct arena *a, const struct record_type *t,
                              const struct similarity *how, bool turned);
size_t alike_reasons(struct str text, struct alike_reason out[SIMILAR_REASONS]);

#endif
