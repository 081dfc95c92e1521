/* similar.h: whether two records speak of the same person or organisation.
 *
 * A side is prepared once from its facts (folded, looked up, hashed); then it is compared with as
 * many others as one likes. Whom to compare is found by keys: short strings, kept in an index,
 * of which two sides that are near each other share at least one.
 *
 * RULES
 *   1. Case, accents, punctuation, titles, transliterations (ue for a u with dots, Cyrillic, Greek)
 *      and legal forms make no other name.
 *   2. A score is from 0 to 100, the same both ways, and each of its reasons has the two values.
 *   3. LIKELY and POSSIBLE meet what was judged by hand of the pairs in similar.cases.
 *   4. Pairs that are LIKELY or POSSIBLE share a key.
 *   5. A common name alone is not enough, and people with other given names stay apart, as do those
 *      with other birthdays, however much else they share.
 *   6. Any bytes are taken, in bounded time and memory.
 *   7. Pairs that are LIKELY or POSSIBLE are worth a look (similar_worth), and hardly any other is.
 *
 * WHY points that are added, and caps: whoever decides on a merge must see what spoke for it and
 * what against it. The points follow the order of what records show (Fellegi and Sunter, "A Theory
 * for Record Linkage", 1969: what is rare among strangers weighs most): an e-mail address weighs
 * more than a name, a rare name more than a common one.
 */
#ifndef TEXT_SIMILAR_H
#define TEXT_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/str.h"

struct arena;

/* What a score means: from LIKELY on offer to merge, from POSSIBLE on show it to whoever decides.
 *
 *     100  Liz Okafor, liz@okafor.example / Elizabeth Okafor, LIZ@okafor.example
 *      90  Nkechi Adeyemi, Hive & Co. / Nkechi Adeyemi, Hive and Co
 *      70  Nkechi Adeyemi / Nkechi Adeyemi
 *      65  John Smith, Acme Ltd / John Smith, ACME Limited
 *      45  John Smith / John Smith
 */
enum { SIMILAR_LIKELY = 80, SIMILAR_POSSIBLE = 55 };

enum {
    SIMILAR_MANY = 4,    /* e-mails and phones of a side: the first ones */
    SIMILAR_KEYS = 24,   /* most keys of a side */
    SIMILAR_KEY = 40,    /* most bytes of one */
    SIMILAR_REASONS = 5, /* the weightiest */
};

struct similar_facts {
    bool organisation;        /* the side is one; else a person */
    struct str name;          /* whole: "Dr. Ana Muller", "Muller, Ana", "Acme Ltd." */
    struct str given, family; /* where they are known apart */
    struct str works_for;     /* a person's organisation */
    struct str emails[SIMILAR_MANY], phones[SIMILAR_MANY];
    struct str street, postcode, city; /* street with its house number */
    struct clock_date birthday;        /* year 0: not known */
    struct str website;
};

enum similar_why {
    SIMILAR_SAME_EMAIL,
    SIMILAR_SAME_MAILBOX, /* but for a +tag or Gmail's dots */
    SIMILAR_SHARED_EMAIL, /* info@, sales@ */
    SIMILAR_SAME_PHONE,
    SIMILAR_SAME_NAME,
    SIMILAR_SWAPPED_NAME,
    SIMILAR_NICKNAME,
    SIMILAR_ONE_LETTER,
    SIMILAR_MORE_NAMES,
    SIMILAR_CLOSE_NAME,
    SIMILAR_INITIAL,
    SIMILAR_ACRONYM,
    SIMILAR_SAME_WORKPLACE,
    SIMILAR_SAME_ADDRESS,
    SIMILAR_SAME_PLACE,
    SIMILAR_SAME_BIRTHDAY,
    SIMILAR_CLOSE_BIRTHDAY,
    SIMILAR_SAME_HOST,
    /* from here on what speaks against it */
    SIMILAR_OTHER_BIRTHDAY,
    SIMILAR_OTHER_GIVEN,
    SIMILAR_OTHER_FAMILY,
    SIMILAR_OTHER_NAME,
    SIMILAR_OTHER_GENERATION, /* junior and senior */
    SIMILAR_OTHER_NUMBER,     /* "Store 12", "Store 14" */
    SIMILAR_OTHER_LEGAL_FORM,
    SIMILAR_OTHER_WORKPLACE,
    SIMILAR_OTHER_PLACE,
    SIMILAR_OTHER_EMAIL,
    SIMILAR_OTHER_PHONE,
    SIMILAR_WHYS,
};

struct similar_reason {
    enum similar_why why;
    int points;
    struct str a, b; /* as they stood in the facts */
};

struct similarity {
    int score;
    size_t n;
    struct similar_reason reasons[SIMILAR_REASONS]; /* the weightiest first */
};

struct similar_side;

/* Lives in the arena, and keeps the facts' texts. */
struct similar_side *similar_prepare(struct arena *a, const struct similar_facts *facts);
struct similarity similar_score(const struct similar_side *a, const struct similar_side *b);
const char *similar_words(enum similar_why why); /* "same e-mail" */
bool similar_against(enum similar_why why);

/* Keys are compared byte by byte; keys[] has room for SIMILAR_KEYS. Gives how many. The first tell
 * most: whoever looks for candidates goes through them in this order, and sets an end to how many
 * of one key are looked at ("f:", the first word of an organisation, brings all hotels). */
size_t similar_keys(struct arena *a, const struct similar_side *side, struct str *keys);

/* Whether the key tells enough alone. */
bool similar_tells(struct str key);
/* Of the name; 0: it has none. */
uint32_t similar_letters(const struct similar_side *side);
/* Whether a pair that shares so many keys may be near, before anything else of the other is known.
 * Strangers share one key by hundreds; who shares one only, which is no address, phone or host, has
 * another name by a slip or an initial, and so nearly the same letters. */
bool similar_worth(size_t keys, bool tells, uint32_t a, uint32_t b);

/* ---- the parts, for those who need one of them ---- */

/* "dr. ana-maria MULLER" (with dots): "ana maria muller"; "Acme GmbH & Co. KG": "acme". */
struct str name_fold(struct arena *a, struct str name, bool organisation);
struct str name_key(struct arena *a, struct str name, bool organisation); /* its words sorted */

struct email_parts {
    struct str address; /* lower case; empty: it is none */
    struct str mailbox; /* without +tag, and of Gmail without dots: weaker evidence */
    struct str host;
    bool shared; /* info@, sales@ */
    bool free;   /* of a host that gives addresses to anybody */
};
struct email_parts email_fold(struct arena *a, struct str email);

struct str phone_fold(struct arena *a, struct str phone); /* "+49301234567", or digits */
struct str host_fold(struct arena *a, struct str website);

struct street_parts {
    struct str street, house; /* "hauptstr", "5a" */
};
struct street_parts street_fold(struct arena *a, struct str street);

#endif
