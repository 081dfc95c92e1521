/* bench.h: hubs of any size, made of generated data, for measuring; see docs/benchmarks.md.
 *
 * RULES
 *   1. A filled hub keeps every promise of a grown one: counters equal rows, scores equal votes,
 *      each change has its activity, each text is found by the search.
 *   2. Ideas, votes and comments are exactly as many as were asked for.
 *   3. The same seed gives the same texts, threads and votes; only the clock differs.
 *   4. Nobody can sign in with a generated account: it has no password. Sessions are made for one
 *      measurement, from the system's randomness, and end after a day.
 *   5. A hub is filled once.
 *   6. People, organisations and deals are made by what makes them in the program, with as many
 *      fields of the hub's own: each index, total and key is as `skep doctor` counts it.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "core/arena.h"
#include "core/out.h"
#include "core/rand.h"
#include "db/store.h"
#include "http/feature.h"
#include "record/record.h"

/* Raised when the same seed gives other data: kept hubs are then made anew. */
#define BENCH_GENERATOR 2

/* ---- words: what generated people write ---- */

struct words;

struct words *words_make(struct arena *a);
struct str word_at(const struct words *w, size_t rank); /* 0 is the most frequent */
/* Any word, as often as its rank says (Zipf). */
struct str word_draw(const struct words *w, struct rand_seq *r);
/* A title of 4 to 9 words; Markdown of about so many bytes, in paragraphs. */
void words_title(const struct words *w, struct rand_seq *r, struct out *o);
void words_text(const struct words *w, struct rand_seq *r, size_t bytes, struct out *o);

/* ---- filling ---- */

struct fill_options {
    int64_t ideas, votes, comments;
    int64_t people; /* 0: one for five ideas, at least 200 */
    uint64_t seed;
};

/* What a measurement needs to know of the hub; written as one JSON object into `facts`. */
bool bench_fill(struct store *store, const struct fill_options *options, struct out *facts,
                struct str *why);

struct crm_options {
    int64_t people, organisations, deals;
    uint64_t seed;
};

enum { CRM_FIELDS = 100 }; /* of the hub's own, for people and for deals each */

bool bench_crm(struct store *store, const struct crm_options *options, struct out *facts,
               struct str *why);

/* ---- names ---- */

struct str name_person(struct arena *a, struct rand_seq *r);
struct str name_company(struct arena *a, const struct words *w, struct rand_seq *r);
struct str name_job(struct rand_seq *r);
struct str name_trade(struct rand_seq *r);
struct str name_deal(struct arena *a, const struct words *w, struct rand_seq *r);
struct str name_email(struct arena *a, struct str name, int64_t n, int64_t company);
struct str name_phone(struct arena *a, struct rand_seq *r);
struct str name_address(struct arena *a, struct rand_seq *r);

/* ---- parts shared by the commands ---- */

/* A new member with an account without a password; gives the person's id. */
int64_t bench_person(const struct act *act, struct str name, struct str handle, enum role role);

int command_fill(struct app *app, int argc, char **argv);
int command_crm(struct app *app, int argc, char **argv);
int command_sessions(struct app *app, int argc, char **argv);
int command_count(struct app *app, int argc, char **argv);
int command_listen(struct app *app, int argc, char **argv);
/* Its exit code: see bench_listen.c. */
enum { BENCH_STREAMS_MAX = 100000 };
int bench_listen(int64_t port, int64_t topic, int64_t streams, struct str word);

#endif
