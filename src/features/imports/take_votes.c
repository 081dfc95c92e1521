/* take_votes.c: Votes.xml and PostLinks.xml.
 *
 * Dumps tell for which post and on which day, not who: a vote of nobody's is one of person 0. Votes
 * up and down count; a favourite with its person is a follow, the asker's acceptance an activity;
 * the other kinds (closing, deleting, bounties ...) are counted as not taken.
 */
#include "features/imports/take.h"
#include "record/follows.h"
#include "record/votes.h"

enum { ACCEPTED = 1, UP = 2, DOWN = 3, FAVOURITE = 5 };

const char *vote_type_name(int type)
{
    static const char *const names[VOTE_TYPES] = {
        [1] = "accepted by the asker",
        [4] = "offensive",
        [5] = "favourite",
        [6] = "close",
        [7] = "reopen",
        [8] = "bounty start",
        [9] = "bounty end",
        [10] = "deletion",
        [11] = "undeletion",
        [12] = "spam",
        [13] = "to moderators",
        [15] = "moderator review",
        [16] = "edit approved",
    };
    return type > 0 && type < VOTE_TYPES ? names[type] : NULL;
}

/* Posts.xml says which answer; this says when. */
static void acceptance_log(struct take *t, struct record *answer, int64_t at)
{
    int64_t asker = db_get_int(t->db, 0, "SELECT COALESCE(author_id, 0) FROM records WHERE id = ?1",
                               I(answer->root_id));
    struct act act = act_at(t, asker, at);
    act_log(&act, VERB_ACCEPT, answer, S(""));
}

void take_vote(struct take *t, const struct dump_row *row)
{
    int64_t id, type, at;
    struct str key = row_text(row, "Id"), post = row_text(row, "PostId"),
               user = row_text(row, "UserId");
    if (!row_int(row, "Id", &id) || !row_int(row, "VoteTypeId", &type))
        return refuse_row(t, row, "Id or VoteTypeId is missing or no number");
    bool counts = type == UP || type == DOWN || type == ACCEPTED || (type == FAVOURITE && user.n);
    if (!counts) {
        t->vote_types[type > 0 && type < VOTE_TYPES ? type : 0]++;
        return;
    }
    if (note_find(t, "vote", key)) {
        t->before++;
        return;
    }
    if (!row_time(row, "CreationDate", &at))
        return refuse_row(t, row, "CreationDate is missing or no time");
    struct record *r = record_place(t, note_find(t, "post", post));
    if (!r)
        return refuse_row(t, row, "vote " STR_FMT " is for post " STR_FMT ", which is not here",
                          STR_ARG(key), STR_ARG(post));
    struct act act = act_at(t, person_of(t, user, at), at);
    if (type == ACCEPTED) {
        acceptance_log(t, r, at);
    } else if (type == FAVOURITE) {
        t->taken[TAKEN_FOLLOWS] += follow_add(&act, r->root_id, act.person_id);
    } else {
        vote_append(&act, r, type == UP ? 1 : -1);
        t->taken[TAKEN_VOTES]++;
    }
    note_put(t, "vote", key, r->id);
}

void take_link(struct take *t, const struct dump_row *row)
{
    enum { RELATED = 1, DUPLICATE = 3 };
    int64_t type, at;
    struct str from_key = row_text(row, "PostId"), to_key = row_text(row, "RelatedPostId");
    if (!row_int(row, "LinkTypeId", &type) || (type != RELATED && type != DUPLICATE))
        return refuse_row(t, row, "LinkTypeId is neither 1 nor 3");
    if (!row_time(row, "CreationDate", &at))
        return refuse_row(t, row, "CreationDate is missing or no time");
    int64_t from = note_find(t, "post", from_key), to = note_find(t, "post", to_key);
    if (!from || !to)
        return refuse_row(
            t, row, "a link from post " STR_FMT " to post " STR_FMT ", of which one is not here",
            STR_ARG(from_key), STR_ARG(to_key));
    bool made =
        db_exec(t->db,
                "INSERT INTO links (from_id, kind, to_id, at) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT DO NOTHING",
                I(from), T(type == DUPLICATE ? S("duplicate") : S("related")), I(to), I(at)) == 1;
    t->taken[TAKEN_LINKS] += made;
    t->before += !made;
}
