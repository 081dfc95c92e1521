/* take_posts.c: Posts.xml and Comments.xml.
 *
 * A question tagged feature-request is an idea, with the state that its status tag says; any other
 * is a topic. Answers and comments stand below. The texts that describe tags become topics of
 * state "wiki"; a closed question is a topic of state "closed".
 */
#include <stdlib.h>

#include "features/imports/take.h"
#include "record/origins.h"
#include "record/tags.h"
#include "record/votes.h"
#include "text/exchange.h"

enum { QUESTION = 1, ANSWER = 2, TAG_EXCERPT = 4, TAG_WIKI = 5 };

/* Of several status tags the first of this list counts. "deferred" is a maybe: so it is still
 * looked at; "bydesign" and "norepro" say no, and why. */
static const struct {
    struct str tag, state;
} states[] = {
    {S("status-completed"), S("done")},    {S("status-declined"), S("declined")},
    {S("status-bydesign"), S("declined")}, {S("status-norepro"), S("declined")},
    {S("status-planned"), S("planned")},   {S("status-review"), S("review")},
    {S("status-reproduced"), S("review")}, {S("status-deferred"), S("review")},
};

static bool has_tag(struct str tags, struct str tag)
{
    struct str one;
    while (str_split(&tags, ' ', &one))
        if (str_eq(one, tag))
            return true;
    return false;
}

static struct str state_of(struct str tags)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (has_tag(tags, states[i].tag))
            return states[i].state;
    return S("open");
}

/* What every post and comment has. */
struct common {
    struct str key;
    int64_t at;
};

static bool common_read(struct take *t, const struct dump_row *row, const char *kind,
                        struct common *c)
{
    int64_t id;
    c->key = row_text(row, "Id");
    if (!row_int(row, "Id", &id)) {
        refuse_row(t, row, "Id is missing or no number");
        return false;
    }
    if (note_find(t, kind, c->key)) {
        t->before++;
        return false;
    }
    if (!row_time(row, "CreationDate", &c->at)) {
        refuse_row(t, row, "CreationDate is missing or no time");
        return false;
    }
    return true;
}

static void edited_set(struct take *t, const struct dump_row *row, int64_t id)
{
    int64_t edited;
    if (row_time(row, "LastEditDate", &edited))
        db_exec(t->db, "UPDATE records SET updated_at = ?2 WHERE id = ?1 AND updated_at < ?2",
                I(id), I(edited));
}

/* A dump without votes has their sums only; the note lets a later run put the votes in instead. */
static void post_score(struct take *t, const struct dump_row *row, const struct common *c,
                       int64_t id)
{
    if (!t->im->votes_known && score_put(t, id, row, c->at))
        note_put(t, "score", c->key, id);
}

/* ---- questions ---- */

static int count_words(struct str s)
{
    int n = 0;
    struct str word;
    while (str_split(&s, ' ', &word))
        n += word.n > 0;
    return n;
}

/* The accepted answer comes later in the file: a note waits for it. */
static void accepted_note(struct take *t, const struct dump_row *row, int64_t root_id)
{
    struct str answer = row_text(row, "AcceptedAnswerId");
    if (answer.n && !note_find(t, "accepted", answer))
        note_put(t, "accepted", answer, root_id);
}

static void take_question(struct take *t, const struct dump_row *row, const struct common *c)
{
    struct str wanted = post_tags(t->arena, row_text(row, "Tags"));
    struct str tags = tags_clean(t->arena, wanted, RECORD_TAGS_MAX);
    bool idea = has_tag(wanted, S("feature-request"));
    struct str title = str_trim(row_text(row, "Title"));
    int kept = count_words(tags), lost = count_words(wanted) - kept;
    if (lost)
        refuse_row(t, row,
                   "post " STR_FMT
                   " was taken without %d of its tags, which cannot be written here",
                   STR_ARG(c->key), lost);
    struct act act = act_at(t, person_of(t, row_text(row, "OwnerUserId"), c->at), c->at);
    struct record_draft draft = {
        .type = idea ? "idea" : "topic",
        .space_id = t->im->space_id,
        .title = title.n ? utf8_first(title, RECORD_TITLE_MAX) : S("Untitled"),
        .format = S("html"),
        .source = post_html(t->arena, row_text(row, "Body"), t->im->site),
        .tags = tags,
        .state = idea                         ? state_of(wanted)
                 : row_has(row, "ClosedDate") ? S("closed")
                                              : S(""),
    };
    int64_t id = record_create(&act, &draft);
    db_exec(t->db,
            idea ? "INSERT INTO ideas (id) VALUES (?1)" : "INSERT INTO topics (id) VALUES (?1)",
            I(id));
    note_put(t, "post", c->key, id);
    origin_note(t, row, id, id, origin_url(t, "q", c->key), "OwnerUserId", "OwnerDisplayName",
                c->at);
    edited_set(t, row, id);
    accepted_note(t, row, id);
    t->taken[idea ? TAKEN_IDEAS : TAKEN_TOPICS]++;
    t->taken[TAKEN_TAGGINGS] += kept;
    post_score(t, row, c, id);
}

/* ---- answers ---- */

/* Of a topic the topic says which one; of an idea the answer itself, beside the official one. */
static bool accepted_take(struct take *t, struct str key, int64_t root_id)
{
    bool accepted = note_find(t, "accepted", key) == root_id;
    if (accepted) {
        note_remove(t, "accepted", key);
        t->taken[TAKEN_ACCEPTED]++;
    }
    return accepted;
}

static void take_answer(struct take *t, const struct dump_row *row, const struct common *c)
{
    struct str parent_key = row_text(row, "ParentId");
    struct record *parent = record_place(t, note_find(t, "post", parent_key));
    if (!parent)
        return refuse_orphan(t, row, "post " STR_FMT " answers post " STR_FMT ", which is not here",
                             STR_ARG(c->key), STR_ARG(parent_key));
    bool accepted = accepted_take(t, c->key, parent->id), idea = str_eq(parent->type, S("idea"));
    struct act act = act_at(t, person_of(t, row_text(row, "OwnerUserId"), c->at), c->at);
    struct record_draft draft = {
        .type = "answer",
        .parent = parent,
        .format = S("html"),
        .source = post_html(t->arena, row_text(row, "Body"), t->im->site),
        .state = accepted && idea ? S("accepted") : S(""),
    };
    int64_t id = record_create(&act, &draft);
    if (accepted && !idea)
        db_exec(t->db, "UPDATE topics SET accepted_id = ?2 WHERE id = ?1", I(parent->id), I(id));
    note_put(t, "post", c->key, id);
    origin_note(t, row, parent->root_id, id, origin_url(t, "a", c->key), "OwnerUserId",
                "OwnerDisplayName", c->at);
    edited_set(t, row, id);
    t->taken[TAKEN_ANSWERS]++;
    post_score(t, row, c, id);
}

/* ---- texts about tags ---- */

static int by_post(const void *a, const void *b)
{
    const struct tag_text *x = a, *y = b;
    return x->post < y->post ? -1 : x->post > y->post;
}

static struct str tag_text_title(struct take *t, struct str key, bool excerpt, struct str *name)
{
    struct tag_text want = {0};
    str_int(key, &want.post);
    const struct tag_text *found =
        t->im->tag_texts_n
            ? bsearch(&want, t->im->tag_texts, t->im->tag_texts_n, sizeof want, by_post)
            : NULL;
    *name = found ? found->name : S("");
    if (!found)
        return str_fmt(t->arena, "About a tag%s", excerpt ? ", in short" : "");
    return str_fmt(t->arena, "About the tag “" STR_FMT "”%s", STR_ARG(found->name),
                   excerpt ? ", in short" : "");
}

/* They carry no tag themselves: the source's counts are of questions. */
static void take_tag_text(struct take *t, const struct dump_row *row, const struct common *c,
                          bool excerpt)
{
    struct act act = act_at(t, person_of(t, row_text(row, "OwnerUserId"), c->at), c->at);
    struct str name, title = tag_text_title(t, c->key, excerpt, &name);
    int64_t id =
        record_create(&act, &(struct record_draft){
                                .type = "topic",
                                .space_id = t->im->space_id,
                                .title = title,
                                .format = S("html"),
                                .source = post_html(t->arena, row_text(row, "Body"), t->im->site),
                                .state = S("wiki"),
                            });
    db_exec(t->db, "INSERT INTO topics (id) VALUES (?1)", I(id));
    note_put(t, "post", c->key, id);
    struct str url = name.n ? str_fmt(t->arena, "https://" STR_FMT "/tags/" STR_FMT "/info",
                                      STR_ARG(t->im->site), STR_ARG(str_url_encode(t->arena, name)))
                            : origin_url(t, "posts", c->key);
    origin_note(t, row, id, id, url, "OwnerUserId", "OwnerDisplayName", c->at);
    edited_set(t, row, id);
    t->taken[TAKEN_TAG_TEXTS]++;
    post_score(t, row, c, id);
}

void take_post(struct take *t, const struct dump_row *row)
{
    struct common c;
    int64_t type;
    if (!common_read(t, row, "post", &c))
        return;
    if (!row_int(row, "PostTypeId", &type))
        refuse_row(t, row, "PostTypeId is missing or no number");
    else if (row_has(row, "DeletionDate"))
        refuse_row(t, row, "post " STR_FMT " was deleted there", STR_ARG(c.key));
    else if (type == QUESTION)
        take_question(t, row, &c);
    else if (type == ANSWER || row_has(row, "ParentId"))
        take_answer(t, row, &c);
    else
        take_tag_text(t, row, &c, type == TAG_EXCERPT);
}

/* ---- comments ---- */

void take_comment(struct take *t, const struct dump_row *row)
{
    struct common c;
    if (!common_read(t, row, "comment", &c))
        return;
    struct str post = row_text(row, "PostId");
    struct record *parent = record_place(t, note_find(t, "post", post));
    if (!parent)
        return refuse_row(t, row, "comment " STR_FMT " is on post " STR_FMT ", which is not here",
                          STR_ARG(c.key), STR_ARG(post));
    struct act act = act_at(t, person_of(t, row_text(row, "UserId"), c.at), c.at);
    int64_t id = record_create(
        &act, &(struct record_draft){
                  .type = "comment",
                  .parent = parent,
                  .format = S("html"),
                  .source = comment_html(t->arena, row_text(row, "Text"), t->im->site),
              });
    note_put(t, "comment", c.key, id);
    origin_note(t, row, parent->root_id, id, origin_url(t, "posts/comments", c.key), "UserId",
                "UserDisplayName", c.at);
    t->taken[TAKEN_COMMENTS]++;
    score_put(t, id, row, c.at); /* votes for comments are never in a dump */
}
