/* people.h: persons: customers, partners, staff; with an account or without.
 *
 * Base feature.
 * RULES
 *   1. A handle is unique, lower case, begins with a letter: [a-z][a-z0-9_-]{0,38}, and is none of
 *      the reserved words.
 *   2. Each field is shown to the audience that its owner chose, and to nobody else but
 *      administrators; the address by which one signs in is never shown unless its owner says so.
 *   3. A locked account cannot sign in. What it had ends at once: sessions, tokens, feed keys, open
 *      streams. Its records stay, and it keeps its role. Nobody locks the owner or themselves.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "features/entries/entries.h"
#include "record/form.h"
#include "record/list.h"
#include "record/record.h"
#include "record/timeline.h"

#define PERSON_ROW(F, X)                                                                           \
    F(INT, id, "p.id")                                                                             \
    X(TEXT, handle, "p.handle")                                                                    \
    X(TEXT, name, "p.name")                                                                        \
    X(HIDDEN_TEXT, place, "p.place")                                                               \
    X(HIDDEN_TEXT, organisation, "p.organisation")                                                 \
    X(HIDDEN_TEXT, website, "p.website")                                                           \
    X(HIDDEN_INT, email_for, "p.email_for")                                                        \
    X(HIDDEN_INT, about_for, "p.about_for")                                                        \
    X(HIDDEN_INT, place_for, "p.place_for")                                                        \
    X(HIDDEN_INT, organisation_for, "p.organisation_for")                                          \
    X(HIDDEN_INT, website_for, "p.website_for")                                                    \
    X(HIDDEN_INT, role, "COALESCE(c.role, 0)")                                                     \
    X(HIDDEN_INT, locked, "CASE WHEN c.disabled_at IS NULL THEN 0 ELSE 1 END")                     \
    X(HIDDEN_INT, has_account, "CASE WHEN c.person_id IS NULL THEN 0 ELSE 1 END")                  \
    X(TIME, joined_at, "r.created_at")                                                             \
    X(HIDDEN_TEXT, photo, "COALESCE(p.photo, '')")                                                 \
    X(HIDDEN_TEXT, about, "r.html")
ROW_DEFINE(person, PERSON_ROW)

/* Makes the person's record and row. The handle is `wish`, or made of the name, with a number
 * behind it when it is taken. Gives the id, 0 after a failure. `about` is Markdown. */
int64_t person_create(const struct act *act, struct str name, struct str wish, struct str about);

/* The nearest allowed handle to `wish` that nobody has. */
struct str handle_free(struct db *db, struct arena *a, struct str wish);
bool handle_valid(struct str handle);

/* Two letters for the avatar: of the first and last word of the name. */
struct str person_initials(struct arena *a, struct str name);

/* ---- what the views show ---- */

struct person_page {
    struct person person; /* `about` is empty if the viewer may not see it */
    struct str path;
    bool own, may_set_role;
    int64_t ideas, topics, answers, comments; /* 1000: so many or more */
    struct timeline timeline;
    const struct entry_page *known; /* their fields, as far as the viewer may see them */
    int64_t level;                  /* enum level: what the viewer has chosen for them */
};

struct person_form {
    struct person person;
    struct form form;
};

#endif
