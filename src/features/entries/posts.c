/* posts.c: a list as what people write to each other: votes, title, first words, who and when.
 *
 *     /ideas?status=planned&sort=votes&tag=kettle
 *
 * RULES
 *   1. The page is read in one query, in an order that the record core keeps.
 *   2. What narrows the list stays when the order changes, and the other way round.
 *
 * WHY a look like boards and galleries: who reads a community wants voices, not columns; the table
 * of the same records is one click away.
 */
#include "features/entries/entries.h"

#include "features/entries/views.h"
#include "http/feature.h"

enum { TAGS = 14, SORTS = 5 };

void posts_read(struct req *rq, struct entry_list *v)
{
    v->select.fields = (struct field_set){0};
    list_read(rq,
              &(struct list_query){.type = v->type->name,
                                   .sort = v->select.rank,
                                   .select = &v->select,
                                   .after = v->select.after,
                                   .texts = face_feeds(rq->face)},
              &v->posts);
}

/* ---- what narrows it ---- */

static struct link_item order_link(struct req *rq, const struct entry_list *v, enum list_sort sort,
                                   const char *label)
{
    const char *name = list_sorts[sort];
    bool first = v->type->begins && strcmp(name, v->type->begins) == 0;
    return (struct link_item){
        .label = label,
        .path =
            entries_url(rq, v, (const char *const[]){"show", "", "sort", first ? "" : name, NULL}),
        .current = v->select.rank == sort && !entries_param(v, "show").n};
}

static struct link_item show_link(struct req *rq, const struct entry_list *v, const char *show,
                                  const char *label)
{
    return (struct link_item){
        .label = label,
        .path = entries_url(
            rq, v, (const char *const[]){"sort", list_sorts[SORT_NEWEST], "show", show, NULL}),
        .current = str_is(entries_param(v, "show"), show)};
}

/* The status, if the type has one: what the program sets of a record. */
static const struct record_field *status_of(const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].choices && strcmp(t->fields[i].sql, "r.state") == 0)
            return &t->fields[i];
    return NULL;
}

static const struct field *status_select(struct req *rq, const struct entry_list *v,
                                         const struct record_field *f)
{
    size_t choices = 0, n = 0;
    while (f->choices[choices].name && choices < CHOICES_MAX)
        choices++;
    struct option *options = arena_array(rq->arena, struct option, choices + 1);
    struct field *field = arena_make(rq->arena, struct field);
    struct str label = str_lower(rq->arena, str_of(f->label));
    struct str any = str_fmt(rq->arena, "Any " STR_FMT, STR_ARG(label));
    options[n++] = (struct option){S(""), any, NULL};
    for (const struct field_choice *c = f->choices; n <= choices; c++)
        options[n++] = (struct option){str_of(c->name), str_of(c->label), NULL};
    *field = (struct field){.name = f->name,
                            .label = f->label,
                            .value = entries_param(v, f->name),
                            .options = options,
                            .options_n = n};
    return field;
}

static void narrow_make(struct req *rq, struct entry_list *v)
{
    const struct record_field *status = status_of(v->type);
    struct link_item *sorts = arena_array(rq->arena, struct link_item, SORTS);
    struct filters *f = &v->narrow;
    size_t n = 0;
    sorts[n++] = order_link(rq, v, SORT_TRENDING, "Trending");
    sorts[n++] = order_link(rq, v, SORT_VOTES, "Most voted");
    sorts[n++] = order_link(rq, v, SORT_NEWEST, "Newest");
    sorts[n++] = show_link(rq, v, "unanswered", "Unanswered");
    if (rq->viewer.id)
        sorts[n++] = show_link(rq, v, "mine", "Mine");
    f->sorts = (struct link_bar){.label = "Sort", .items = sorts, .n = n};
    if (status) {
        f->path = v->path;
        f->selects = status_select(rq, v, status);
        f->selects_n = 1;
        f->kept_n = entries_kept(rq, v, (const char *const[]){status->name, NULL}, &f->kept);
    }
    entries_chips(rq, v, status, &f->chips, &f->chips_n);
}

void posts_make(struct req *rq, struct entry_list *v)
{
    struct tag *tags = arena_array(rq->arena, struct tag, TAGS);
    v->tag = entries_param(v, "tag");
    if (v->tag.n && rq->viewer.id)
        v->tag_level = tag_follow_level(rq->db, v->select.core.tag_id, rq->viewer.id);
    v->tags = tags;
    v->tags_n = tags_popular(rq, v->type->name, tags, TAGS);
    narrow_make(rq, v);
    if (v->posts.next.n)
        v->pager.older = entries_url(
            rq, v, (const char *const[]){"after", str_cstr(rq->arena, v->posts.next), NULL});
    if (v->view || (rq->viewer.id && select_narrowed(&v->select)))
        views_make(rq, v);
}

struct feed *posts_feed(struct req *rq, const struct entry_list *v)
{
    struct feed *feed = feed_new(rq, v->title, v->here, v->posts.n);
    for (size_t i = 0; i < feed->n; i++)
        feed->entries[i] = list_entry(rq, &v->posts.rows[i]);
    feed->next = v->posts.next;
    return feed;
}
