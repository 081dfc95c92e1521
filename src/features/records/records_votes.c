/* records_votes.c: cast a vote, take it back, see who voted; live counts follow from the log.
 *
 * RULES
 *   1. Voting twice, or taking back no vote, changes nothing and answers as if it had.
 *   2. Nobody votes for what is their own, nor for what cannot be voted for.
 */
#include "features/records/records.h"
#include "views/records/voted.h"
#include "views/records/voters.h"

enum { VOTERS = 200 };

static void voters_print(struct json *j, const void *data)
{
    const struct voters *v = data;
    json_key(j, "data");
    json_open(j, '{');
    json_kint(j, "id", v->r->id);
    json_kint(j, "score", v->r->score);
    json_kbool(j, "voted", v->voted);
    json_key(j, "people");
    json_open(j, '[');
    for (size_t i = 0; i < v->n; i++) {
        json_open(j, '{');
        json_kint(j, "id", v->people[i].id);
        json_kstr(j, "name", v->people[i].name);
        json_kstr(j, "handle", v->people[i].handle);
        json_ktime(j, "at", v->people[i].at);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

static struct feed *voters_feed(struct req *rq, const struct voters *v)
{
    struct feed *feed =
        feed_new(rq, str_fmt(rq->arena, "Votes for " STR_FMT, STR_ARG(v->r->title)),
                 str_fmt(rq->arena, STR_FMT "/votes", STR_ARG(own_path(rq->arena, v->r))), v->n);
    feed->kind = "vote";
    for (size_t i = 0; i < feed->n; i++) {
        const struct voter *p = &v->people[i];
        feed->entries[i] = (struct feed_entry){
            .id = v->r->id,
            .part = p->id,
            .published = p->at,
            .title = p->name,
            .path = str_fmt(rq->arena, "/people/" STR_FMT, STR_ARG(p->handle)),
            .author = p->name,
            .author_handle = p->handle,
        };
    }
    return feed;
}

int votes_index(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_READ);
    if (!r)
        return not_found(rq);
    struct voters *v = arena_make(rq->arena, struct voters);
    struct voter *people = arena_array(rq->arena, struct voter, VOTERS);
    *v = (struct voters){.r = r, .path = record_path(rq->arena, r), .people = people};
    v->n = vote_people(rq->db, rq->arena, r->id, people, VOTERS);
    v->voted = rq->viewer.id && vote_of(rq->db, r->id, rq->viewer.id) > 0;
    return answer(rq, &(struct answer){.title = str_fmt(rq->arena, "Votes for %s", r->title.p),
                                       .page = records_voters_view,
                                       .width = PAGE_NARROW,
                                       .json = voters_print,
                                       .feed = voters_feed(rq, v),
                                       .data = v});
}

/* The box that was clicked comes back in its own size. */
static enum vote_size size_asked(struct req *rq)
{
    int64_t size = 0;
    return str_int(req_field(rq, "size"), &size) && size > 0 && size <= VOTE_S
               ? (enum vote_size)size
               : VOTE_M;
}

static int vote_change(struct req *rq, int value)
{
    struct record *r = record_here(rq, RIGHT_REPLY);
    if (!r)
        return not_found(rq);
    const struct record_type *type = record_type_find(r->type);
    if (!type->votes)
        return refuse(rq, 405, "This cannot be voted for.");
    if (r->author_id == rq->viewer.id)
        return refuse(rq, 403, "You cannot vote for what is your own.");
    struct act act = act_of(rq);
    vote_set(&act, r, value);
    struct voters *v = arena_make(rq->arena, struct voters);
    *v = (struct voters){
        .r = r, .path = own_path(rq->arena, r), .voted = value > 0, .size = size_asked(rq)};
    return answer_updated(
        rq, record_path(rq->arena, r),
        &(struct answer){.stream = records_voted_view, .json = voters_print, .data = v});
}

int votes_create(struct req *rq)
{
    return vote_change(rq, 1);
}

int votes_destroy(struct req *rq)
{
    return vote_change(rq, 0);
}
