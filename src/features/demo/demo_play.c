/* demo_play.c: doing what the plan says; see demo.h. */
#include "core/clock.h"
#include "db/setting.h"
#include "features/accounts/accounts.h"
#include "features/demo/demo.h"
#include "features/people/people.h"
#include "features/spaces/spaces.h"
#include "record/follows.h"
#include "record/votes.h"

enum { SEEN_DAYS = 4, WORK_MAX = 64 << 20, VOTERS = 1000 };

static void seen_set(struct demo *d, struct db *db);

bool demo_play(struct demo *d, struct db *db)
{
    struct arena *work = arena_new(WORK_MAX);
    for (size_t i = 0; i < d->acts_n && !db_failed(db); i++) {
        const struct demo_act *it = &d->acts[i];
        struct act act = {.db = db, .arena = work, .person_id = it->by->id, .at = it->at};
        it->play(d, &act, it);
        arena_reset(work);
    }
    seen_set(d, db);
    arena_free(work);
    return !db_failed(db);
}

/* Everybody has looked in some days ago: what came since is new to them. */
static void seen_set(struct demo *d, struct db *db)
{
    int64_t then = d->now - SEEN_DAYS * CLOCK_DAY;
    db_exec(db,
            "UPDATE accounts SET home_seen ="
            " (SELECT COALESCE(MAX(id), 0) FROM activities WHERE at < ?1)",
            I(then));
    db_exec(db, "INSERT INTO inboxes (person_id, last_id, seen_id, read_id)"
                " SELECT person_id, 0, home_seen, home_seen FROM accounts");
    db_exec(db, "UPDATE identities SET verified_at = ?1", I(then)); /* letters reach them */
    struct demo_person *owner = &d->people[0];
    for (size_t i = 0; i < d->people_n; i++)
        if (d->people[i].role == ROLE_OWNER)
            owner = &d->people[i];
    setting_put(db, "hub_name", demo_str(owner->json, "organisation"));
}

/* ---- people and spaces ---- */

struct str demo_email(struct arena *a, const struct demo_person *p)
{
    return str_fmt(a, STR_FMT "@%s", STR_ARG(p->handle),
                   p->role >= ROLE_STAFF ? "brindlemoor.example" : "example.org");
}

void play_person(struct demo *d, const struct act *act, const struct demo_act *it)
{
    struct demo_person *p = it->by;
    struct act own = *act;
    own.person_id = 0;
    p->id = person_create(&own, demo_str(p->json, "name"), p->handle, demo_str(p->json, "about"));
    db_exec(act->db, "UPDATE people SET place = ?2, organisation = ?3 WHERE id = ?1", I(p->id),
            T(demo_str(p->json, "place")), T(demo_str(p->json, "organisation")));
    struct str hash = S(""); /* fits no password */
    if (json_is_true(json_object_get(p->json, "signin")))
        hash = d->hashes[p->role >= ROLE_ADMINISTRATOR ? 0 : p->role == ROLE_STAFF ? 1 : 2];
    account_create(act, p->id, demo_email(act->arena, p), hash, p->role);
}

void play_space(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    json_t *json = it->space->json;
    int audience = audience_of(demo_str(json, "audience"));
    it->space->id =
        space_create(act, demo_str(json, "name"), it->space->slug, demo_str(json, "purpose"),
                     str_cstr(act->arena, demo_str(json, "openness")),
                     audience < 0 ? AUDIENCE_PUBLIC : (enum audience)audience);
}

void play_join(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *space = record_load(act->db, act->arena, it->space->id);
    bool opened = membership_get(act->db, it->space->id, act->person_id) >= MEMBERSHIP_READER;
    membership_set(act, it->space->id, act->person_id, it->role);
    if (!space || opened)
        return;
    act_log(act, VERB_JOIN, space, S(""));
    follow_begin(act, space->id, act->person_id, LEVEL_HIGHLIGHTS);
}

/* ---- texts ---- */

static struct str words(struct arena *a, json_t *list)
{
    struct str all = S("");
    json_t *one;
    size_t i;
    json_array_foreach(list, i, one) all =
        str_fmt(a, STR_FMT "%s%s", STR_ARG(all), i ? " " : "", json_string_value(one));
    return all;
}

void play_text(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct demo_text *text = it->on;
    bool idea = strcmp(text->type, "idea") == 0, topic = strcmp(text->type, "topic") == 0;
    struct record *parent =
        text->parent ? record_load(act->db, act->arena, text->parent->id) : NULL;
    struct record *space = record_load(act->db, act->arena, text->space->id);
    if ((text->parent && !parent) || !space)
        return db_fail(act->db, DB_INVALID, "a text before what it belongs to");
    text->id =
        record_create(act, &(struct record_draft){
                               .type = text->type,
                               .parent = parent,
                               .space_id = text->space->id,
                               .title = demo_str(text->json, "title"),
                               .source = demo_str(text->json, parent ? "text" : "body"),
                               .tags = words(act->arena, json_object_get(text->json, "tags")),
                               .state = idea ? S("open") : S(""),
                               .audience = (enum audience)space->audience,
                           });
    if (idea)
        db_exec(act->db, "INSERT INTO ideas (id) VALUES (?1)", I(text->id));
    if (topic)
        db_exec(act->db, "INSERT INTO topics (id) VALUES (?1)", I(text->id));
}

void play_vote(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *r = record_load(act->db, act->arena, it->on->id);
    if (r)
        vote_set(act, r, 1);
}

void play_follow(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    follow_add(act, it->on->id, act->person_id);
}

/* ---- the company's word ---- */

void play_state(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *idea = record_load(act->db, act->arena, it->on->id);
    if (idea)
        record_set_state(act, idea, NULL, it->state);
}

/* The answer is a record below the idea; the change of status tells everybody, once. */
static void answer_put(const struct act *act, const struct demo_act *it, struct record *idea)
{
    struct act silent = *act;
    silent.quiet = true;
    json_t *answer = json_object_get(it->on->json, "answer");
    int64_t id = record_create(&silent, &(struct record_draft){.type = "answer",
                                                               .parent = idea,
                                                               .source = demo_str(answer, "text"),
                                                               .state = it->state});
    db_exec(act->db, "UPDATE ideas SET answer_id = ?2 WHERE id = ?1", I(idea->id), I(id));
    follow_add(act, idea->id, act->person_id);
}

void play_official(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *idea = record_load(act->db, act->arena, it->on->id);
    if (!idea)
        return;
    answer_put(act, it, idea);
    record_set_state(act, idea, NULL, it->state);
}

/* Each vote counts once for the target, and the proposer's own with them. */
static void votes_move(const struct act *act, const struct record *from, struct record *to)
{
    struct voter *voters = arena_array(act->arena, struct voter, VOTERS + 1);
    size_t n = vote_people(act->db, act->arena, from->id, voters, VOTERS);
    voters[n++].id = from->author_id;
    for (size_t i = 0; i < n; i++) {
        struct act theirs = *act;
        theirs.person_id = voters[i].id;
        theirs.quiet = true;
        if (!voters[i].id)
            continue;
        if (voters[i].id != to->author_id)
            vote_set(&theirs, to, 1);
        follow_add(&theirs, to->id, voters[i].id);
    }
}

void play_merge(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *idea = record_load(act->db, act->arena, it->on->id);
    struct record *to = record_load(act->db, act->arena, it->to->id);
    if (!idea || !to)
        return db_fail(act->db, DB_INVALID, "merged into an idea that comes later");
    answer_put(act, it, idea);
    votes_move(act, idea, to);
    db_exec(act->db, "UPDATE ideas SET merged_id = ?2 WHERE id = ?1", I(idea->id), I(to->id));
    db_exec(
        act->db,
        "INSERT INTO links (from_id, kind, to_id, author_id, at) VALUES (?1, 'merged', ?2, ?3, ?4)",
        I(idea->id), I(to->id), I(act->person_id), I(act->at));
    record_set_state(act, idea, VERB_MERGE, it->state);
}

void play_accept(struct demo *d, const struct act *act, const struct demo_act *it)
{
    (void)d;
    struct record *answer = record_load(act->db, act->arena, it->on->id);
    if (!answer)
        return;
    db_exec(act->db, "UPDATE topics SET accepted_id = ?2 WHERE id = ?1", I(answer->root_id),
            I(answer->id));
    act_log(act, VERB_ACCEPT, answer, S(""));
}
