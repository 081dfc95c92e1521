/* similar_parts.h: what the files of similar.h share, and nobody else includes.
 *
 * similar_words.c holds the tables, similar_fold.c takes names, addresses and numbers apart,
 * similar_keys.c makes keys, similar_names.c compares names, similar.c adds up.
 */
#ifndef TEXT_SIMILAR_PARTS_H
#define TEXT_SIMILAR_PARTS_H

#include "core/arena.h"
#include "text/similar.h"

enum { WORD_LETTERS = 24, NAME_WORDS = 8, WORD_GROUPS = 3 };

struct word {
    uint64_t hash;
    uint32_t mask; /* which letters occur, by their number modulo 32 */
    uint8_t n;
    bool common, number, family;
    bool given;                     /* known to be a given name */
    struct str groups[WORD_GROUPS]; /* what it is short for; empty: no more */
    uint32_t letters[WORD_LETTERS];
};

struct name {
    struct word words[NAME_WORDS];
    size_t n;
    uint64_t joined, sorted; /* hashes of all letters in order, and of the words in any order */
    uint64_t legal;          /* of an organisation's legal form; 0: none is named */
    int generation;          /* of a person: 1 senior, 2 junior or the second, 3, 4; 0: not said */
    bool family_known;
};

struct similar_side {
    struct similar_facts facts;
    struct name name, workplace;
    struct email_parts emails[SIMILAR_MANY];
    struct str phones[SIMILAR_MANY];
    size_t emails_n, phones_n;
    struct street_parts street;
    struct str postcode, city, birthday, website;
    uint64_t email_hash[SIMILAR_MANY], mailbox_hash[SIMILAR_MANY];
};

/* The tables. A word is in lower case and without accents. */
bool word_is_title(struct str word);
bool word_is_title_part(struct str word);
bool word_is_particle(struct str word);
bool word_is_common(struct str word);
bool word_is_given(struct str word);
int word_generation(struct str word);
/* Empty: the word is no part of a legal form; else the form, "ltd" of "limited". */
struct str word_legal(struct str word);
bool word_is_filler(struct str word); /* "the", "and" in the name of an organisation */
size_t word_groups(struct str word, struct str groups[WORD_GROUPS]);
bool mailbox_is_shared(struct str local);
bool host_is_free(struct str host);
struct str street_word(struct str word); /* "st" for "street", else the word */

void name_read(struct arena *a, struct name *out, struct str text, bool organisation);
/* Given and family name apart. */
void name_read_parts(struct arena *a, struct name *out, struct str given, struct str family);
struct str words_fold(struct arena *a, struct str text); /* of a town, a postcode */
struct str word_text(struct arena *a, const struct word *w);

struct finding {
    enum similar_why why;  /* SIMILAR_WHYS: nothing to say */
    int less;              /* points less, such as when all of it is common */
    enum similar_why also; /* SIMILAR_WHYS: nothing more */
};
struct finding names_of_people(const struct name *a, const struct name *b);
struct finding names_of_organisations(const struct name *a, const struct name *b);

#endif
