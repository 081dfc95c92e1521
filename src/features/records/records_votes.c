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

static const struct part voter_parts[] = {
    PART_TITLE("Voter"),
    PART(INT, "id", struct voter, id),
    PART(TEXT, "name", struct voter, name),
    PART(TEXT, "handle", struct voter, handle),
    PART(TIME, "at", struct voter, at),
    {0},
};

static const struct part voted_record[] = {
    PART(INT, "id", struct record, id),
    PART(INT, "score", struct record, score),
    {0},
};

static const struct part voters_parts[] = {
    PART_TITLE("Votes"),
    PART_THERE(struct voters, r, voted_record),
    PART(FLAG, "voted", struct voters, voted),
    PART_LIST("people", struct voters, people, n, voter_parts),
    {0},
};

const struct part voters_answer[] = {PART_OBJECT("data", voters_parts), {0}};

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
                                       .feed = voters_feed(rq, v),
                                       .data = v});
}

/* The box that was clicked comes back in its own size. */
static enum vote_size size_asked(struct req *rq)
{
    int64_t size = 0;
    return str_int(req_query(rq, "size"), &size) && size > 0 && size <= VOTE_S
               ? (enum vote_size)size
               : VOTE_M;
}

static int vote_change(struct req *rq, int value)
{
    struct record *r = record_here_bare(rq, RIGHT_REPLY);
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
    return answer_updated(rq, record_path(rq->arena, r),
                          &(struct answer){.stream = records_voted_view, .data = v});
}

int votes_create(struct req *rq)
{
    return vote_change(rq, 1);
}

int votes_destroy(struct req *rq)
{
    return vote_change(rq, 0);
}
