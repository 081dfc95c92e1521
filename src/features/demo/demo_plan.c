/* demo_plan.c: from the files to a list of acts with times; see demo.h.
 *
 * Votes, follows and acceptances carry no time in the files: a vote comes soon after the idea, most
 * within weeks, some when the voter joined later. A generator with a fixed seed draws them.
 */
#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/rand.h"
#include "features/demo/demo.h"

enum { ACTS_PER_TEXT = 90 };

static const double VOTE_DELAY = 16; /* days, on average */

struct planner {
    struct demo *d;
    struct rand_seq rand;
};

static bool files_read(struct demo *d, const char *folder);
static void people_plan(struct planner *p);
static void spaces_plan(struct planner *p);
static void idea_plan(struct planner *p, json_t *json);
static void topic_plan(struct planner *p, json_t *json);
static void merges_plan(struct planner *p);
static void customers_plan(struct planner *p);
static int by_time(const void *a, const void *b);

bool demo_plan(struct demo *d, const char *folder)
{
    struct planner p = {d, {0x5ce9}};
    json_t *one;
    size_t i;
    if (!files_read(d, folder))
        return false;
    people_plan(&p);
    spaces_plan(&p);
    json_array_foreach(d->ideas_json, i, one) idea_plan(&p, one);
    json_array_foreach(d->topics_json, i, one) topic_plan(&p, one);
    merges_plan(&p);
    customers_plan(&p);
    qsort(d->acts, d->acts_n, sizeof *d->acts, by_time);
    return !d->why.n;
}

void demo_free(struct demo *d)
{
    json_decref(d->people_json);
    json_decref(d->spaces_json);
    json_decref(d->ideas_json);
    json_decref(d->topics_json);
    json_decref(d->customers_json);
}

static int by_time(const void *a, const void *b)
{
    const struct demo_act *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order - y->order;
}

/* ---- the files ---- */

static void fault(struct demo *d, const char *what, struct str name)
{
    if (!d->why.n)
        d->why = str_fmt(d->arena, "%s: " STR_FMT, what, STR_ARG(name));
}

static size_t texts_count(json_t *list)
{
    size_t n = 0, i;
    json_t *one;
    json_array_foreach(list, i, one) n += 1 + texts_count(json_object_get(one, "comments")) +
                                          texts_count(json_object_get(one, "replies")) +
                                          texts_count(json_object_get(one, "answers"));
    return n;
}

static json_t *file_read(struct demo *d, const char *folder, const char *name)
{
    json_error_t error;
    json_t *json =
        json_load_file(str_fmt(d->arena, "%s/%s", folder, name).p, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(json))
        fault(d, name, str_dup(d->arena, str_of(json ? "not a list" : error.text)));
    return json;
}

static json_t *object_read(struct demo *d, const char *folder, const char *name)
{
    json_error_t error;
    json_t *json =
        json_load_file(str_fmt(d->arena, "%s/%s", folder, name).p, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(json))
        fault(d, name, str_dup(d->arena, str_of(json ? "not an object" : error.text)));
    return json;
}

/* In this order: each leads to those before it. */
static const struct {
    const char *list, *type;
    double days_ago; /* where the file does not say it */
} entry_lists[] = {{"organisations", "organisation", 200},
                   {"deals", "deal", 0},
                   {"tasks", "task", 0},
                   {"notes", "note", 0},
                   {"calls", "call", 0},
                   {"emails", "email", 0},
                   {"documents", "document", 0}};

static size_t entries_count(const struct demo *d)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof entry_lists / sizeof *entry_lists; i++)
        n += json_array_size(json_object_get(d->customers_json, entry_lists[i].list));
    return n;
}

static bool files_read(struct demo *d, const char *folder)
{
    d->people_json = file_read(d, folder, "people.json");
    d->spaces_json = file_read(d, folder, "spaces.json");
    d->ideas_json = file_read(d, folder, "ideas.json");
    d->topics_json = file_read(d, folder, "topics.json");
    d->customers_json = object_read(d, folder, "customers.json");
    size_t people = json_array_size(d->people_json), spaces = json_array_size(d->spaces_json);
    d->texts_max = texts_count(d->ideas_json) + texts_count(d->topics_json);
    d->acts_max = people * (spaces + 1) + spaces + d->texts_max * ACTS_PER_TEXT + entries_count(d);
    d->people = arena_array(d->arena, struct demo_person, people);
    d->spaces = arena_array(d->arena, struct demo_space, spaces);
    d->texts = arena_array(d->arena, struct demo_text, d->texts_max);
    d->acts = arena_array(d->arena, struct demo_act, d->acts_max);
    return !d->why.n;
}

struct str demo_str(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : S("");
}

static int64_t time_of(struct demo *d, json_t *json)
{
    return d->now -
           (int64_t)(json_number_value(json_object_get(json, "days_ago")) * (double)CLOCK_DAY);
}

static struct demo_person *person_named(struct demo *d, struct str handle)
{
    for (size_t i = 0; i < d->people_n; i++)
        if (str_eq(d->people[i].handle, handle))
            return &d->people[i];
    fault(d, "no such person", handle);
    return &d->people[0];
}

static struct demo_space *space_named(struct demo *d, struct str slug)
{
    for (size_t i = 0; i < d->spaces_n; i++)
        if (str_eq(d->spaces[i].slug, slug))
            return &d->spaces[i];
    fault(d, "no such space", slug);
    return &d->spaces[0];
}

static void act_add(struct planner *p, struct demo_act act)
{
    struct demo *d = p->d;
    if (d->acts_n == d->acts_max)
        return fault(d, "too many acts", S("the files"));
    act.order = (int)d->acts_n;
    d->acts[d->acts_n++] = act;
}

/* ---- people and spaces ---- */

static enum role role_of(struct str name)
{
    static const char *const names[] = {
        [ROLE_MEMBER] = "member",
        [ROLE_STAFF] = "staff",
        [ROLE_ADMINISTRATOR] = "administrator",
        [ROLE_OWNER] = "owner",
    };
    for (enum role role = ROLE_MEMBER; role <= ROLE_OWNER; role++)
        if (str_is(name, names[role]))
            return role;
    return ROLE_GUEST;
}

static void people_plan(struct planner *p)
{
    struct demo *d = p->d;
    json_t *json;
    size_t i;
    json_array_foreach(d->people_json, i, json)
    {
        struct demo_person *person = &d->people[d->people_n++];
        *person = (struct demo_person){.handle = demo_str(json, "handle"),
                                       .json = json,
                                       .at = time_of(d, json),
                                       .role = role_of(demo_str(json, "role"))};
        if (!person->role)
            fault(d, "no such role", person->handle);
        act_add(p, (struct demo_act){.at = person->at, .play = play_person, .by = person});
    }
    if (!d->people_n)
        fault(d, "nobody", S("people.json"));
}

static struct demo_person *owner_of(struct demo *d)
{
    for (size_t i = 0; i < d->people_n; i++)
        if (d->people[i].role == ROLE_OWNER)
            return &d->people[i];
    fault(d, "no owner", S("people.json"));
    return &d->people[0];
}

/* The owner opens all spaces at once; the others come in when they join. */
static void spaces_plan(struct planner *p)
{
    struct demo *d = p->d;
    json_t *json, *member;
    size_t i, k;
    if (!d->people_n)
        return;
    struct demo_person *owner = owner_of(d);
    json_array_foreach(d->spaces_json, i, json)
    {
        struct demo_space *space = &d->spaces[d->spaces_n++];
        *space = (struct demo_space){demo_str(json, "slug"), json, owner->at + CLOCK_MINUTE, 0};
        act_add(
            p, (struct demo_act){.at = space->at, .play = play_space, .by = owner, .space = space});
        json_array_foreach(json_object_get(json, "members"), k, member)
        {
            struct demo_person *who = person_named(d, demo_str(member, "handle"));
            int64_t at = who->at > space->at ? who->at : space->at;
            act_add(p, (struct demo_act){.at = at + CLOCK_SECOND,
                                         .play = play_join,
                                         .by = who,
                                         .space = space,
                                         .role = membership_of(demo_str(member, "role"))});
        }
    }
    if (!d->spaces_n)
        fault(d, "no space", S("spaces.json"));
}

/* ---- customers ---- */

static void customers_plan(struct planner *p)
{
    struct demo *d = p->d;
    json_t *json;
    size_t k;
    for (size_t i = 0; i < sizeof entry_lists / sizeof *entry_lists; i++)
        json_array_foreach(json_object_get(d->customers_json, entry_lists[i].list), k, json)
        {
            json_t *ago = json_object_get(json, "days_ago"),
                   *owner = json_object_get(json, "owner");
            double days = ago ? json_number_value(ago) : entry_lists[i].days_ago - (double)k;
            struct str by = owner ? str_of(json_string_value(owner)) : S("odile");
            act_add(p, (struct demo_act){.at = d->now - (int64_t)(days * (double)CLOCK_DAY),
                                         .play = play_entry,
                                         .by = person_named(d, by),
                                         .type = entry_lists[i].type,
                                         .entry = json});
        }
}

/* ---- texts ---- */

/* Some time after `from`, most often soon, always before `until`. */
static int64_t draw(struct planner *p, int64_t from, int64_t until)
{
    double delay = -log(1 - rand_unit(&p->rand)) * VOTE_DELAY * (double)CLOCK_DAY;
    if (until <= from)
        return from + 1;
    if (delay >= (double)(until - from))
        delay = rand_unit(&p->rand) * (double)(until - from);
    return from + 1 + (int64_t)delay;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void each_plan(struct planner *p, json_t *handles, struct demo_text *on, int64_t until,
                      void (*play)(struct demo *d, const struct act *act,
                                   const struct demo_act *it))
{
    json_t *handle;
    size_t i;
    json_array_foreach(handles, i, handle)
    {
        struct demo_person *who = person_named(p->d, str_of(json_string_value(handle)));
        int64_t at = draw(p, later(on->at, who->at + CLOCK_MINUTE), until);
        act_add(p, (struct demo_act){.at = at, .play = play, .by = who, .on = on});
    }
}

static struct demo_text *text_plan(struct planner *p, const char *type, json_t *json,
                                   struct demo_text *parent)
{
    struct demo *d = p->d;
    struct demo_text *text = &d->texts[d->texts_n++];
    *text = (struct demo_text){
        .type = type,
        .key = demo_str(json, "key"),
        .json = json,
        .parent = parent,
        .space = parent ? parent->space : space_named(d, demo_str(json, "space")),
        .author = person_named(d, demo_str(json, "author")),
        .at = time_of(d, json),
    };
    act_add(p,
            (struct demo_act){.at = text->at, .play = play_text, .by = text->author, .on = text});
    return text;
}

static void comments_plan(struct planner *p, json_t *list, struct demo_text *parent)
{
    json_t *json;
    size_t i;
    json_array_foreach(list, i, json)
    {
        struct demo_text *comment = text_plan(p, "comment", json, parent);
        each_plan(p, json_object_get(json, "votes"), comment, p->d->now, play_vote);
        comments_plan(p, json_object_get(json, "replies"), comment);
    }
}

/* Under review without a word yet: somebody of the staff has looked at it within days. */
static void review_plan(struct planner *p, struct demo_text *idea)
{
    struct demo *d = p->d;
    struct demo_person *by = owner_of(d);
    for (size_t i = 0; i < d->people_n; i++)
        if (d->people[i].role == ROLE_STAFF && d->people[i].at < idea->at &&
            (by->role == ROLE_OWNER || rand_below(&p->rand, 2)))
            by = &d->people[i];
    int64_t days = 2 + (int64_t)rand_below(&p->rand, 6), half = (d->now - idea->at) / 2;
    act_add(p, (struct demo_act){
                   .at = idea->at + (days * CLOCK_DAY < half ? days * CLOCK_DAY : half),
                   .play = play_state,
                   .by = by,
                   .on = idea,
                   .state = S("review"),
               });
}

static void idea_plan(struct planner *p, json_t *json)
{
    struct demo *d = p->d;
    struct demo_text *idea = text_plan(p, "idea", json, NULL);
    json_t *answer = json_object_get(json, "answer");
    bool merged = json_is_string(json_object_get(json, "merged_into"));
    int64_t until = merged ? time_of(d, answer) : d->now;
    each_plan(p, json_object_get(json, "voters"), idea, until, play_vote);
    each_plan(p, json_object_get(json, "followers"), idea, until, play_follow);
    comments_plan(p, json_object_get(json, "comments"), idea);
    if (str_eq(demo_str(json, "status"), S("review")))
        review_plan(p, idea);
    if (json_is_object(answer) && !merged)
        act_add(p, (struct demo_act){.at = time_of(d, answer),
                                     .play = play_official,
                                     .by = person_named(d, demo_str(answer, "author")),
                                     .on = idea,
                                     .state = demo_str(answer, "status")});
}

static void merges_plan(struct planner *p)
{
    struct demo *d = p->d;
    for (size_t i = 0, n = d->texts_n; i < n; i++) {
        struct demo_text *idea = &d->texts[i], *to = NULL;
        struct str key = demo_str(idea->json, "merged_into");
        json_t *answer = json_object_get(idea->json, "answer");
        for (size_t k = 0; k < n && key.n; k++)
            if (str_eq(d->texts[k].key, key))
                to = &d->texts[k];
        if (key.n && !to)
            fault(d, "no such idea", key);
        if (to)
            act_add(p, (struct demo_act){.at = time_of(d, answer),
                                         .play = play_merge,
                                         .by = person_named(d, demo_str(answer, "author")),
                                         .on = idea,
                                         .to = to,
                                         .state = S("merged")});
    }
}

static void topic_plan(struct planner *p, json_t *json)
{
    struct demo *d = p->d;
    json_t *one;
    size_t i;
    struct demo_text *topic = text_plan(p, "topic", json, NULL);
    each_plan(p, json_object_get(json, "voters"), topic, d->now, play_vote);
    each_plan(p, json_object_get(json, "followers"), topic, d->now, play_follow);
    comments_plan(p, json_object_get(json, "comments"), topic);
    json_array_foreach(json_object_get(json, "answers"), i, one)
    {
        struct demo_text *answer = text_plan(p, "answer", one, topic);
        each_plan(p, json_object_get(one, "voters"), answer, d->now, play_vote);
        comments_plan(p, json_object_get(one, "comments"), answer);
        int64_t day = answer->at + CLOCK_DAY;
        if (json_is_true(json_object_get(one, "accepted")))
            act_add(p, (struct demo_act){.at = draw(p, answer->at, day < d->now ? day : d->now),
                                         .play = play_accept,
                                         .by = topic->author,
                                         .on = answer});
    }
}
