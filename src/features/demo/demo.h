/* demo.h: a hub with a past: the files of demo/ played again in the order in which it happened.
 *
 * The plan reads the files and gives every act a time; the play goes through the acts from the
 * first to the last and does each one as its person would, through the same record API as the
 * pages. So activities, counters, rankings and notifications are as if it had happened.
 *
 * RULES
 *   1. Only an empty hub takes demo data; it is taken whole or not at all.
 *   2. Acts come in the order of their times, and nobody acts before joining.
 *   3. The same files give the same hub at the same time of loading.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <jansson.h>

#include "record/record.h"

struct demo_person {
    struct str handle;
    json_t *json;
    int64_t at, id;
    enum role role;
};

struct demo_space {
    struct str slug;
    json_t *json;
    int64_t at, id;
};

/* Anything that is written: idea, topic, answer, comment. */
struct demo_text {
    const char *type;
    struct str key; /* of an idea or topic */
    json_t *json;
    struct demo_text *parent; /* NULL: a root */
    struct demo_space *space;
    struct demo_person *author;
    int64_t at, id;
};

struct demo;

/* One act; `on`, `to`, `space` and `state` as it needs them. */
struct demo_act {
    int64_t at;
    int order; /* of acts at the same time */
    void (*play)(struct demo *d, const struct act *act, const struct demo_act *it);
    struct demo_person *by;
    struct demo_text *on, *to;
    struct demo_space *space;
    struct str state;
    int64_t role;
    const char *type; /* of an entry of customers.json */
    json_t *entry;
};

struct demo {
    struct app *app;
    struct arena *arena;
    int64_t now;
    json_t *people_json, *spaces_json, *ideas_json, *topics_json, *customers_json;
    struct demo_person *people;
    struct demo_space *spaces;
    struct demo_text *texts;
    struct demo_act *acts;
    size_t people_n, spaces_n, texts_n, acts_n, texts_max, acts_max;
    struct str hashes[3]; /* passwords of those who may sign in */
    struct str why;       /* the first fault of the files */
};

/* Reads the files of a folder and plans all acts, in order. False: d->why says what is wrong. */
bool demo_plan(struct demo *d, const char *folder);
void demo_free(struct demo *d);

struct str demo_str(json_t *object, const char *name);

/* ---- the acts (demo_play.c) ---- */

void play_person(struct demo *d, const struct act *act, const struct demo_act *it);
void play_space(struct demo *d, const struct act *act, const struct demo_act *it);
void play_join(struct demo *d, const struct act *act, const struct demo_act *it);
void play_text(struct demo *d, const struct act *act, const struct demo_act *it);
void play_vote(struct demo *d, const struct act *act, const struct demo_act *it);
void play_follow(struct demo *d, const struct act *act, const struct demo_act *it);
void play_state(struct demo *d, const struct act *act, const struct demo_act *it);
void play_official(struct demo *d, const struct act *act, const struct demo_act *it);
void play_merge(struct demo *d, const struct act *act, const struct demo_act *it);
void play_entry(struct demo *d, const struct act *act, const struct demo_act *it);
void play_accept(struct demo *d, const struct act *act, const struct demo_act *it);

/* Plays everything in the transaction that `db` is in. */
bool demo_play(struct demo *d, struct db *db);

/* "maren@brindlemoor.example"; customers are at example.org. */
struct str demo_email(struct arena *a, const struct demo_person *p);

#endif
