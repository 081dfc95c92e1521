/* bench_fill.c: people, spaces, and ideas with their threads and votes, some hundred ideas in a
 * transaction. See bench.h.
 *
 * WHY rows and not the handlers' functions: a thread whose size is known is written with its final
 * counters in one go; through record_create each comment would change its root's row. What texts,
 * tags, follows, search and log need is done by the functions that the handlers use.
 * WHY skewed: a few ideas draw most votes and comments and a few people write most, as in real
 * communities (weights are Pareto, alpha 1.6); evenly spread data would hide what a busy thread or
 * a diligent author costs.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/json.h"
#include "features/bench/bench.h"
#include "features/people/people.h"
#include "features/spaces/spaces.h"
#include "record/fields.h"
#include "record/follows.h"
#include "record/path.h"
#include "record/search.h"
#include "record/tags.h"
#include "record/votes.h"
#include "text/markdown.h"

enum {
    SPACES = 8, /* the last one is for members only */
    TAGS = 300,
    TEAM = 5,
    THREAD_SHOWN = 30,  /* comments of the idea whose page is measured */
    SAMPLE = 2000,      /* ideas that a load votes for and comments on */
    BATCH_ROWS = 12000, /* in a transaction, about */
    BATCH_IDEAS = 1000,
    MEMORY = 256 << 20,
};

#define YEARS (5 * 365 * CLOCK_DAY)

/* How far it got: what a batch that is run again starts from. */
struct progress {
    struct rand_seq rand;
    int64_t idea, votes, comments;
    double vote_share, comment_share; /* of all ideas' weights, up to here */
    int64_t samples;
};

struct fill {
    struct fill_options o;
    struct arena *arena, *work;
    struct words *words;
    struct progress at, kept;
    int64_t now, people_made;
    int64_t *people, *samples;
    double vote_weights, comment_weights; /* sums over all ideas */
    struct {
        int64_t id;
        enum audience audience;
    } spaces[SPACES];
    struct str tags[TAGS];
    int64_t shown; /* the idea with THREAD_SHOWN comments */
    bool again;
};

/* One idea with all that stands below it, before it is written. */
struct comment_plan {
    struct record r;
    struct str source;
    int64_t parent; /* index; -1: the idea */
    struct idea_plan *thread;
};

struct idea_plan {
    int64_t index;
    struct record r;
    struct str source;
    struct comment_plan *comments;
    int64_t n;
    struct {
        int64_t person, target, at; /* target: index of a comment; -1: the idea */
    } * votes;
    int64_t votes_n;
    bool answered, recent;
    struct record answer;
};

static bool fill_begin(struct db *db, void *ctx);
static bool tidy(struct db *db, void *ctx);
static bool people_batch(struct db *db, void *ctx);
static bool ideas_batch(struct db *db, void *ctx);
static void idea_plan(struct fill *f, struct idea_plan *p);
static void idea_write(struct fill *f, struct db *db, struct idea_plan *p);
static void comments_write(struct fill *f, struct db *db, struct idea_plan *plans, size_t n);
static void rest_write(struct fill *f, struct db *db, struct idea_plan *p);
static void facts_write(struct fill *f, struct out *facts);

/* Where an idea stands between none and most attention: the same whenever it is asked for. */
static double weight(const struct fill *f, int64_t idea, uint64_t what)
{
    enum { MOST = 80 };
    struct rand_seq r = {f->o.seed * 1000003 + (uint64_t)idea};
    double common = pow(1 - rand_unit(&r), -1 / 1.6);
    r.state += what;
    double own = common * (0.5 + rand_unit(&r));
    return own < MOST ? own : MOST;
}

enum { VOTES_OF = 1, COMMENTS_OF = 2 };

bool bench_fill(struct store *store, const struct fill_options *options, struct out *facts,
                struct str *why)
{
    struct fill f = {.o = *options, .arena = arena_new(MEMORY), .work = arena_new(MEMORY)};
    int64_t least = f.o.ideas / 5 > 200 ? f.o.ideas / 5 : 200;
    if (f.o.people < TEAM + 2)
        f.o.people = least;
    f.now = clock_now();
    f.words = words_make(f.arena);
    f.at.rand.state = f.kept.rand.state = f.o.seed;
    f.people = arena_array(f.arena, int64_t, (size_t)f.o.people);
    f.samples = arena_array(f.arena, int64_t, SAMPLE);
    for (int64_t i = 0; i < f.o.ideas; i++) {
        f.vote_weights += weight(&f, i, VOTES_OF);
        f.comment_weights += weight(&f, i, COMMENTS_OF);
    }
    bool done = store_run(store, STORE_WRITE, fill_begin, &f);
    while (done && f.people_made < f.o.people)
        done = store_run(store, STORE_WRITE, people_batch, &f);
    while (done && f.kept.idea < f.o.ideas) {
        done = store_run(store, STORE_WRITE, ideas_batch, &f);
        f.kept = f.at;
    }
    for (bool more = true; done && more;) /* as a hub is at rest */
        done = store_run(store, STORE_WRITE, tidy, &more);
    if (done)
        facts_write(&f, facts);
    else
        *why = f.again ? S("this hub has been filled before") : S("the database refused");
    arena_free(f.work);
    arena_free(f.arena);
    return done;
}

static bool tidy(struct db *db, void *ctx)
{
    *(bool *)ctx = search_tidy(db);
    return !db_failed(db);
}

/* ---- spaces and people ---- */

static bool fill_begin(struct db *db, void *ctx)
{
    static const char *const names[SPACES] = {
        "Workshop", "Brewing", "Grinders", "Spare parts",
        "Recipes",  "Offices", "Travel",   "Beta circle",
    };
    struct fill *f = ctx;
    arena_reset(f->work);
    f->at = f->kept;
    struct act act = {.db = db, .arena = f->work, .at = f->now - YEARS, .quiet = true};
    f->again = db_get_int(db, 0, "SELECT 1 FROM settings WHERE name = 'bench'") == 1;
    if (f->again)
        return false;
    db_exec(db, "INSERT INTO settings (name, value) VALUES ('bench', ?1)",
            T(str_fmt(f->work, "%d", BENCH_GENERATOR)));
    for (int i = 0; i < SPACES; i++) {
        struct out purpose;
        out_init(&purpose, 4096);
        words_text(f->words, &f->at.rand, 150, &purpose);
        f->spaces[i].audience = i == SPACES - 1 ? AUDIENCE_MEMBERS : AUDIENCE_PUBLIC;
        f->spaces[i].id = space_create(&act, str_of(names[i]), S(""), out_take(&purpose, f->work),
                                       "anyone", f->spaces[i].audience);
    }
    enum { FROM = 90 }; /* behind the words that only hold sentences together */
    for (size_t i = 0; i < TAGS; i++)
        f->tags[i] = word_at(f->words, FROM + i);
    f->kept = f->at;
    return !db_failed(db);
}

/* One in ten has an account; they are also those who write most (see person_draw). */
static bool has_account(const struct fill *f, int64_t person)
{
    return person < TEAM || person < f->o.people / 10;
}

static struct str person_name(struct fill *f)
{
    struct out o;
    out_init(&o, 256);
    for (int i = 0; i < 2; i++) {
        struct str word = word_at(f->words, 1000 + rand_below(&f->at.rand, 4000));
        out_fmt(&o, "%s%c" STR_FMT, i ? " " : "", word.p[0] & ~32, STR_ARG(str_from(word, 1)));
    }
    return out_take(&o, f->work);
}

static bool people_batch(struct db *db, void *ctx)
{
    enum { BATCH = 500 };
    struct fill *f = ctx;
    arena_reset(f->work);
    f->at = f->kept;
    int64_t i = f->people_made, end = i + BATCH < f->o.people ? i + BATCH : f->o.people;
    for (; i < end; i++) {
        struct act act = {.db = db, .arena = f->work, .at = f->now - YEARS + i, .quiet = true};
        struct str name = person_name(f), handle = str_fmt(f->work, "someone-%" PRId64, i);
        enum role role = i < TEAM ? ROLE_STAFF : ROLE_MEMBER;
        f->people[i] = has_account(f, i) ? bench_person(&act, name, handle, role)
                                         : person_create(&act, name, handle, S(""));
        int first = (int)rand_below(&f->at.rand, SPACES);
        for (int k = 0; k <= (int)(i % 3); k++)
            membership_set(&act, f->spaces[(first + k) % SPACES].id, f->people[i],
                           MEMBERSHIP_MEMBER);
    }
    if (db_failed(db))
        return false;
    f->people_made = end;
    f->kept = f->at;
    return true;
}

/* The index of a person: the first tenth makes two fifths of all. */
static int64_t person_draw(struct fill *f)
{
    return (int64_t)((double)f->o.people * pow(rand_unit(&f->at.rand), 2.5));
}

/* ---- planning an idea ---- */

static bool ideas_batch(struct db *db, void *ctx)
{
    struct fill *f = ctx;
    f->at = f->kept;
    arena_reset(f->work);
    struct idea_plan *plans = arena_array(f->work, struct idea_plan, BATCH_IDEAS);
    int64_t rows = 0;
    size_t n = 0;
    while (rows < BATCH_ROWS && n < BATCH_IDEAS && f->at.idea < f->o.ideas) {
        struct idea_plan *p = &plans[n++];
        *p = (struct idea_plan){0};
        idea_plan(f, p);
        rows += 1 + p->n + p->votes_n;
        f->at.idea++;
    }
    for (size_t i = 0; i < n && !db_failed(db); i++)
        idea_write(f, db, &plans[i]);
    comments_write(f, db, plans, n);
    for (size_t i = 0; i < n && !db_failed(db); i++)
        rest_write(f, db, &plans[i]);
    return !db_failed(db);
}

/* How many of `all` this idea gets, so that all ideas together get all. */
static int64_t share_of(struct fill *f, uint64_t what, int64_t all, int64_t so_far, double *share,
                        double weights)
{
    *share += weight(f, f->at.idea, what);
    bool last = f->at.idea == f->o.ideas - 1;
    int64_t until = last ? all : (int64_t)((double)all * (*share / weights));
    return until > so_far ? until - so_far : 0;
}

static struct str text_make(struct fill *f, bool title, size_t bytes)
{
    struct out o;
    out_init(&o, 1 << 16);
    if (title)
        words_title(f->words, &f->at.rand, &o);
    else
        words_text(f->words, &f->at.rand, bytes, &o);
    return out_take(&o, f->work);
}

/* Mostly short, sometimes long: about `mean` bytes. */
static size_t length_draw(struct fill *f, double mean)
{
    double length = -log(1 - rand_unit(&f->at.rand)) * mean * 0.6 + mean * 0.4;
    return (size_t)(length < 8 * mean ? length : 8 * mean);
}

static const char *state_draw(struct fill *f)
{
    static const struct {
        const char *state;
        uint64_t until; /* of 100 */
    } states[] = {
        {"review", 12}, {"planned", 20}, {"progress", 25}, {"done", 35}, {"declined", 40}};
    uint64_t at = rand_below(&f->at.rand, 100);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (at < states[i].until)
            return states[i].state;
    return "open";
}

static struct str tags_draw(struct fill *f)
{
    enum { MOST = 3 };
    struct str names[MOST];
    size_t n = 1 + rand_below(&f->at.rand, MOST);
    for (size_t i = 0; i < n; i++)
        names[i] = f->tags[(size_t)(TAGS * pow(rand_unit(&f->at.rand), 2))];
    return tags_clean(f->work, str_join(f->work, names, n, S(" ")), RECORD_TAGS_MAX);
}

static void comments_plan(struct fill *f, struct idea_plan *p)
{
    int64_t at = p->r.created_at;
    p->comments = arena_array(f->work, struct comment_plan, (size_t)p->n);
    for (int64_t i = 0; i < p->n; i++) {
        struct comment_plan *c = &p->comments[i];
        at += (int64_t)(-log(1 - rand_unit(&f->at.rand)) * 6 * (double)CLOCK_HOUR) + 1;
        c->parent =
            i && rand_below(&f->at.rand, 2) ? (int64_t)rand_below(&f->at.rand, (uint64_t)i) : -1;
        c->source = text_make(f, false, length_draw(f, 300));
        c->r = (struct record){.type = S("comment"), .audience = p->r.audience, .tags = S("")};
        c->r.author_id = f->people[person_draw(f)];
        c->r.space_id = p->r.space_id;
        c->r.created_at = at < f->now ? at : f->now;
        c->r.hot = hot_first(c->r.created_at);
        (c->parent < 0 ? &p->r : &p->comments[c->parent].r)->comments++;
    }
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* Each person at most once on all of the thread: a walk over people with a step that meets all of
 * them. One vote in five is for a comment. */
static void votes_plan(struct fill *f, struct idea_plan *p, bool shown)
{
    int64_t people = f->o.people, step = 1, at = p->r.created_at, most = people / 2;
    int64_t person = shown ? 0 : person_draw(f);
    int64_t wanted =
        share_of(f, VOTES_OF, f->o.votes, f->at.votes, &f->at.vote_share, f->vote_weights);
    if (wanted > most && f->at.idea < f->o.ideas - 1)
        wanted = most;
    while (!shown && (step < 2 || common_divisor(people, step) > 1))
        step = 2 + (int64_t)rand_below(&f->at.rand, 97);
    p->votes = arena_calloc(f->work, (size_t)wanted, sizeof *p->votes);
    for (int64_t tries = 0; p->votes_n < wanted && tries < people; tries++, person += step) {
        int64_t id = f->people[person % people], target = -1;
        if (p->n && rand_below(&f->at.rand, 5) == 0)
            target = (int64_t)rand_below(&f->at.rand, (uint64_t)p->n);
        struct record *r = target < 0 ? &p->r : &p->comments[target].r;
        if (r->author_id == id)
            continue;
        at += (int64_t)(-log(1 - rand_unit(&f->at.rand)) * 3 * (double)CLOCK_HOUR);
        int64_t when = at > r->created_at ? at : r->created_at;
        when = when < f->now ? when : f->now;
        r->score++;
        r->hot = hot_add(r->hot, when);
        p->votes[p->votes_n].person = id;
        p->votes[p->votes_n].target = target;
        p->votes[p->votes_n++].at = when;
    }
}

static void idea_plan(struct fill *f, struct idea_plan *p)
{
    int64_t i = f->at.idea, shown = f->o.ideas * 9 / 10;
    int space = (int)rand_below(&f->at.rand, SPACES);
    if (i == shown)
        space = 0;
    p->r = (struct record){.type = S("idea"), .path = S(""), .space_id = f->spaces[space].id};
    p->r.audience = f->spaces[space].audience;
    p->r.author_id = f->people[i == shown ? 1 : person_draw(f)];
    p->r.created_at =
        f->now - YEARS + (int64_t)((double)YEARS * ((double)i + 0.5) / (double)f->o.ideas);
    p->r.hot = hot_first(p->r.created_at);
    p->r.title = text_make(f, true, 0);
    p->r.tags = tags_draw(f);
    p->r.state = str_of(i == shown ? "open" : state_draw(f));
    p->source = text_make(f, false, length_draw(f, 750));
    p->answered = !str_eq(p->r.state, S("open"));
    p->recent = i >= f->o.ideas - f->o.ideas / 50;
    p->n = share_of(f, COMMENTS_OF, f->o.comments, f->at.comments, &f->at.comment_share,
                    f->comment_weights);
    if (i == shown && f->o.comments >= f->o.ideas)
        p->n = THREAD_SHOWN;
    comments_plan(f, p);
    votes_plan(f, p, i == shown);
    p->r.answers = p->answered;
    p->r.thread = p->n + p->answered;
    p->index = i;
    f->at.votes += p->votes_n;
    f->at.comments += p->n;
}

/* ---- writing it ---- */

static struct str html_make(struct fill *f, struct db *db, struct str source)
{
    struct out html;
    out_init(&html, 1 << 20);
    record_markdown(db, f->work, source, &html);
    return out_take(&html, f->work);
}

static void record_put(struct fill *f, struct db *db, struct record *r, struct str source)
{
    enum { EXCERPT = 200 };
    struct str plain = markdown_text(f->work, source);
    db_exec(db,
            "INSERT INTO records (id, type, root_id, path, parent_id, space_id, author_id, title,"
            " state, audience, score, hot, rank_score, rank_hot, comments, answers, thread, tags,"
            " excerpt, created_at, updated_at, active_at, html) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
            " ?8, ?9, ?10, ?11, ?12, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18, ?19, ?20)",
            I(r->id), T(r->type), I(r->root_id), T(r->path), REF(r->parent_id), REF(r->space_id),
            REF(r->author_id), T(r->title), T(r->state), I(r->audience), I(r->score), R(r->hot),
            I(r->comments), I(r->answers), I(r->thread), T(r->tags),
            T(text_excerpt(f->work, plain, EXCERPT)), I(r->created_at), I(r->active_at),
            T(html_make(f, db, source)));
    db_exec(db, "INSERT INTO texts (record_id, format, source) VALUES (?1, 'markdown', ?2)",
            I(r->id), T(source));
    search_add(db, r->id, r->title, r->tags, plain);
}

static struct act act_by(struct fill *f, struct db *db, int64_t person, int64_t at)
{
    return (struct act){.db = db, .arena = f->work, .person_id = person, .at = at};
}

static void answer_write(struct fill *f, struct db *db, struct idea_plan *p, int64_t id)
{
    struct record *a = &p->answer;
    *a = p->r;
    a->id = id;
    a->type = S("answer");
    a->parent_id = p->r.id;
    a->path = path_child(f->work, p->r.path, id);
    a->author_id = f->people[rand_below(&f->at.rand, TEAM)];
    a->created_at = a->active_at = p->r.active_at;
    a->title = a->tags = S("");
    a->score = a->comments = a->answers = a->thread = 0;
    a->hot = hot_first(a->created_at);
    record_put(f, db, a, text_make(f, false, length_draw(f, 250)));
    struct act act = act_by(f, db, a->author_id, a->created_at);
    act_log(&act, VERB_CREATE, a, S(""));
    act_log(&act, VERB_STATUS, &p->r, p->r.state);
    follow_add(&act, p->r.id, a->author_id);
}

static int by_time(const void *a, const void *b)
{
    const struct comment_plan *x = *(struct comment_plan *const *)a;
    const struct comment_plan *y = *(struct comment_plan *const *)b;
    if (x->r.created_at != y->r.created_at)
        return x->r.created_at < y->r.created_at ? -1 : 1;
    return x->thread == y->thread ? (x > y) - (x < y) : x->thread < y->thread ? -1 : 1;
}

static void comment_write(struct fill *f, struct db *db, struct comment_plan *c)
{
    struct idea_plan *p = c->thread;
    const struct record *parent = c->parent < 0 ? &p->r : &p->comments[c->parent].r;
    c->r.root_id = p->r.id;
    c->r.parent_id = parent->id;
    c->r.path = path_child(f->work, parent->path, c->r.id);
    c->r.active_at = c->r.created_at;
    record_put(f, db, &c->r, c->source);
    struct act act = act_by(f, db, c->r.author_id, c->r.created_at);
    follow_add(&act, p->r.id, c->r.author_id);
    act.quiet = !p->recent; /* older ones have been read long ago */
    act_log(&act, VERB_CREATE, &c->r, S(""));
}

/* Those of all threads of a batch as they came in time, so that a thread's lie apart as they do
 * where people talk on many at once. */
static void comments_write(struct fill *f, struct db *db, struct idea_plan *plans, size_t n)
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        all += (size_t)plans[i].n;
    if (!all)
        return;
    struct comment_plan **order = arena_array(f->work, struct comment_plan *, all);
    for (size_t i = 0; i < n; i++)
        for (int64_t j = 0; j < plans[i].n; j++) {
            plans[i].comments[j].thread = &plans[i];
            order[at++] = &plans[i].comments[j];
        }
    qsort(order, all, sizeof *order, by_time);
    int64_t first = db_next_ids(db, "records", (int64_t)all);
    for (size_t i = 0; i < all && !db_failed(db); i++) {
        order[i]->r.id = first + (int64_t)i;
        comment_write(f, db, order[i]);
    }
}

static void votes_write(struct fill *f, struct db *db, struct idea_plan *p)
{
    for (int64_t i = 0; i < p->votes_n; i++) {
        const struct record *r =
            p->votes[i].target < 0 ? &p->r : &p->comments[p->votes[i].target].r;
        struct act act = act_by(f, db, p->votes[i].person, p->votes[i].at);
        int64_t activity = act_log(&act, VERB_LIKE, r, S("1"));
        db_exec(db,
                "INSERT INTO votes (record_id, person_id, activity_id, delta, at)"
                " VALUES (?1, ?2, ?3, 1, ?4)",
                I(r->id), I(act.person_id), I(activity), I(act.at));
    }
}

static void idea_write(struct fill *f, struct db *db, struct idea_plan *p)
{
    struct record *r = &p->r;
    r->id = r->root_id = db_next_id(db, "records");
    r->active_at = p->n ? p->comments[p->n - 1].r.created_at : r->created_at;
    record_put(f, db, r, p->source);
    struct act act = act_by(f, db, r->author_id, r->created_at);
    tags_set(&act, r, r->tags);
    title_begin(&act, r);
    follow_add(&act, r->id, r->author_id);
    act_log(&act, VERB_CREATE, r, S(""));
}

/* What needs the comments' ids, or comes after them. */
static void rest_write(struct fill *f, struct db *db, struct idea_plan *p)
{
    if (p->answered)
        answer_write(f, db, p, db_next_id(db, "records"));
    db_exec(db, "INSERT INTO ideas (id, answer_id) VALUES (?1, ?2)", I(p->r.id), REF(p->answer.id));
    votes_write(f, db, p);
    if (p->index == f->o.ideas * 9 / 10)
        f->shown = p->r.id;
    if (p->index % (f->o.ideas / SAMPLE + 1) == 0 && f->at.samples < SAMPLE)
        f->samples[f->at.samples++] = p->r.id;
}

/* ---- what a measurement needs to know ---- */

static void words_print(struct fill *f, struct json *j, const char *name, size_t rank)
{
    enum { SHOWN = 8 };
    json_key(j, name);
    json_open(j, '[');
    for (size_t i = 0; i < SHOWN; i++)
        json_str(j, word_at(f->words, rank + 7 * i));
    json_close(j, ']');
}

static void facts_write(struct fill *f, struct out *facts)
{
    struct json j = json_to(facts);
    json_open(&j, '{');
    json_kint(&j, "generator", BENCH_GENERATOR);
    json_kint(&j, "ideas", f->kept.idea);
    json_kint(&j, "votes", f->kept.votes);
    json_kint(&j, "comments", f->kept.comments);
    json_kint(&j, "people", f->o.people);
    json_kint(&j, "idea", f->shown);
    json_kint(&j, "idea_comments", THREAD_SHOWN);
    json_kstr(&j, "author", S("someone-0"));
    json_kstr(&j, "space", S("workshop"));
    json_kstr(&j, "tag", f->tags[4]);
    json_kstr(&j, "rare_tag", f->tags[TAGS - 20]);
    json_kstr(&j, "status", S("planned"));
    words_print(f, &j, "function_words", 5);
    words_print(f, &j, "common_words", 100);
    words_print(f, &j, "rare_words", 20000);
    json_key(&j, "samples");
    json_open(&j, '[');
    for (int64_t i = 0; i < f->kept.samples; i++)
        json_int(&j, f->samples[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}
