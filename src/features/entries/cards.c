/* cards.c: the ID card of any record, for whoever may see it; and names to choose from while one
 * types.
 *
 * RULES
 *   1. One handler for all types. What the viewer may not see has no card and no name to choose.
 *   2. A card offers what its viewer may do next: write, join, change it, or say something.
 */
#include "features/entries/entries.h"

#include "record/photos.h"
#include "record/reach.h"

#include "views/entries/card.h"
#include "views/entries/names.h"

enum { FACTS = 4, CHIPS = 3, ACTS = 2, NAMES = 10 };

static int fragment(struct req *rq)
{
    rq->content_type = S("text/html; charset=utf-8");
    res_header(rq, "Cache-Control", S("private, max-age=60"));
    return rq->status = 200;
}

/* ---- cards ---- */

struct card_page {
    struct id_card card;
    const struct record_type *type;
    struct record *r;
    const struct value *values; /* NULL: a type without fields */
};

static void fact_add(struct id_fact *facts, struct id_card *card, const char *label,
                     struct str text)
{
    if (text.n && card->facts_n < FACTS)
        facts[card->facts_n++] = (struct id_fact){str_of(label), text, TONE_NONE};
}

static void chip_add(struct tone_chip *chips, struct id_card *card, struct str text, enum tone tone)
{
    if (text.n && card->chips_n < CHIPS)
        chips[card->chips_n++] = (struct tone_chip){.text = text, .tone = tone};
}

/* `told`: what people say of themselves. */
static void fields_take(struct req *rq, struct card_page *v, bool told, struct id_fact *facts,
                        struct tone_chip *chips)
{
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        const struct value *value = &v->values[i];
        struct str rest = value->s, one;
        if (!(f->flags & FIELD_CARD) || value->none || !field_seen(f, &rq->viewer) ||
            told != (f->told != NULL))
            continue;
        if (f->result != KIND_CHOICE && f->result != KIND_CHOICES) {
            fact_add(facts, &v->card, f->label, kind_shown(rq->arena, f, value));
            continue;
        }
        while (str_split(&rest, ',', &one)) {
            const struct field_choice *c = field_choice(f, one);
            chip_add(chips, &v->card, c ? str_of(c->label) : one, tone_of(c ? c->tone : NULL));
        }
    }
}

/* What every record has, where the type's fields say no more. */
static void common_take(struct req *rq, struct card_page *v, struct id_fact *facts,
                        struct tone_chip *chips)
{
    const struct record *r = v->r;
    chip_add(chips, &v->card, r->state, TONE_GREY);
    if (r->author_id != r->id)
        fact_add(facts, &v->card, "By", r->author_name);
    if (r->space_id != r->id)
        fact_add(facts, &v->card, "In", r->space_title);
    if (v->type->votes)
        fact_add(facts, &v->card, "Votes", str_fmt(rq->arena, "%lld", (long long)r->score));
    if (r->thread)
        fact_add(facts, &v->card, "Replies", str_fmt(rq->arena, "%lld", (long long)r->thread));
    struct str tags = r->tags;
    fact_add(facts, &v->card, "Tags", tags);
}

static bool mails(const struct record_field *f)
{
    return f->result == KIND_EMAIL || f->result == KIND_EMAILS;
}

static bool reaches(const struct record_field *f)
{
    return mails(f) || f->result == KIND_PHONE || f->result == KIND_PHONES;
}

/* Of very many a card shows few. */
static struct field_set card_fields(const struct record_type *t, const struct record_field *photo)
{
    struct field_set set = {0};
    for (size_t i = 0; i < t->fields_n; i++)
        if ((t->fields[i].flags & FIELD_CARD) || reaches(&t->fields[i]) || &t->fields[i] == photo ||
            t->offers)
            field_set_add(&set, &t->fields[i]);
    return set;
}

/* By mail, else by phone. */
static size_t reach_act(struct req *rq, const struct card_page *v, struct page_act *act)
{
    for (size_t i = 0; v->values && i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        bool mail = mails(f);
        struct str rest = v->values[i].s;
        struct reach one = {.value = rest};
        if (!reaches(f) || v->values[i].none || !field_seen(f, &rq->viewer))
            continue;
        if (kind_reaches(f->result))
            (void)reach_next(&rest, &one);
        *act = (struct page_act){
            .label = mail ? "Write" : "Call",
            .icon = mail ? "#i-mail" : "#i-phone",
            .path = mail ? str_fmt(rq->arena, "mailto:" STR_FMT, STR_ARG(one.value))
                         : phone_uri(rq->arena, one.value)};
        return 1;
    }
    return 0;
}

/* What the type offers; else to change it, else to say something. People and spaces, which have
 * short names, are not talked about on their pages. */
static size_t next_act(struct req *rq, const struct card_page *v, struct page_act *act)
{
    const struct record *r = v->r;
    struct selected row = {.id = r->id, .title = r->title, .path = v->card.path};
    row.values = (struct value *)v->values;
    if (v->type->offers && v->values && v->type->offers(rq, v->type, &row, act))
        return 1;
    if (v->values && (r->rights & RIGHT_EDIT))
        *act =
            (struct page_act){.label = "Edit",
                              .icon = "#i-pencil",
                              .path = str_fmt(rq->arena, STR_FMT "/edit", STR_ARG(v->card.path))};
    else if ((r->rights & RIGHT_REPLY) && rq->viewer.id && !v->type->named)
        *act = (struct page_act){
            .label = v->type->asks ? "Answer" : "Comment",
            .icon = "#i-message-square",
            .path = str_fmt(rq->arena, STR_FMT "#comments", STR_ARG(v->card.path))};
    else
        return 0;
    return 1;
}

/* The next useful act: what an open card leads to. */
static void acts_add(struct req *rq, struct card_page *v)
{
    struct page_act *acts = arena_array(rq->arena, struct page_act, ACTS);
    v->card.acts = acts;
    v->card.acts_n = reach_act(rq, v, acts);
    v->card.acts_n += next_act(rq, v, &acts[v->card.acts_n]);
}

static void card_json(struct json *j, const void *data)
{
    const struct card_page *v = data;
    json_key(j, "data");
    json_open(j, '{');
    json_kint(j, "id", v->r->id);
    json_kstr(j, "type", v->r->type);
    json_kstr(j, "title", v->card.title);
    json_kstr(j, "path", v->card.path);
    json_key(j, "facts");
    json_open(j, '{');
    for (size_t i = 0; i < v->card.facts_n; i++)
        json_kstr(j, str_cstr(req_of(j->o)->arena, v->card.facts[i].label), v->card.facts[i].text);
    json_close(j, '}');
    json_close(j, '}');
}

static int card_answer(struct req *rq, int64_t id)
{
    struct card_page *v = arena_make(rq->arena, struct card_page);
    struct id_fact *facts = arena_array(rq->arena, struct id_fact, FACTS);
    struct tone_chip *chips = arena_array(rq->arena, struct tone_chip, CHIPS);
    v->r = record_access(rq, id, RIGHT_READ);
    v->type = v->r ? catalog_type(rq->db, v->r->type) : NULL;
    if (!v->type || v->type->child || v->type->off || v->r->deleted_at)
        return not_found(rq);
    v->card = (struct id_card){.title = v->r->title,
                               .path = record_path(rq->arena, v->r),
                               .kind = str_of(v->type->noun),
                               .avatar = {.id = v->r->id,
                                          .name = v->r->title,
                                          .square = strcmp(v->type->name, "person") != 0},
                               .chips = chips,
                               .facts = facts};
    if (v->type->fields) {
        const struct record_field *photo = photo_field(v->type, &rq->viewer);
        struct field_set set = card_fields(v->type, photo);
        v->values = values_seen_of(rq, v->type, &set, id);
        if (!v->values)
            return not_found(rq);
        values_name(rq, v->type, &set, (struct value *const *)&v->values, 1);
        fields_take(rq, v, false, facts, chips);
        fields_take(rq, v, true, facts, chips); /* staff look for what the house knows */
        if (photo && !v->values[photo->index].none)
            v->card.avatar.src =
                photo_path(rq->arena, v->type->plural, id, v->values[photo->index].s);
    } else {
        common_take(rq, v, facts, chips);
    }
    acts_add(rq, v);
    if (rq->face == FACE_JSON)
        return answer(rq, &(struct answer){.json = card_json, .data = v});
    entries_card_html(&rq->out, &v->card);
    return fragment(rq);
}

int cards_show(struct req *rq)
{
    return card_answer(rq, req_id(rq, "id"));
}

/* By an address with a short name: /people/ada, /spaces/roasters. */
int cards_find(struct req *rq)
{
    struct str name = str_from(req_query(rq, "path"), 1), plural = S("");
    (void)str_split(&name, '/', &plural);
    const struct record_type *t = catalog_plural(rq->db, plural);
    int64_t id = t && t->named ? t->named(rq->db, rq->arena, name) : 0;
    return id ? card_answer(rq, id) : not_found(rq);
}

/* ---- names ---- */

static void names_json(struct json *j, const void *data)
{
    const struct combo_options *v = data;
    json_key(j, "data");
    json_open(j, '[');
    for (size_t i = 0; i < v->n; i++) {
        int64_t id = 0;
        (void)str_int(v->list[i].value, &id);
        json_open(j, '{');
        json_kint(j, "id", id);
        json_kstr(j, "title", v->list[i].label);
        json_close(j, '}');
    }
    json_close(j, ']');
}

int names_index(struct req *rq)
{
    const struct record_type *t = catalog_type(rq->db, req_query(rq, "type"));
    struct str q = str_trim(req_query(rq, "q"));
    struct lead found[NAMES];
    struct combo_option *options = arena_array(rq->arena, struct combo_option, NAMES);
    struct combo_options *v = arena_make(rq->arena, struct combo_options);
    if (!t || t->child || t->off)
        return refuse(rq, 400, "There is no such type.");
    size_t n = q.n ? titles_find(rq, t->name, q, found, NAMES) : 0;
    for (size_t i = 0; i < n; i++)
        options[i] =
            (struct combo_option){.value = str_fmt(rq->arena, "%lld", (long long)found[i].id),
                                  .label = found[i].title,
                                  .hint = str_fmt(rq->arena, "#%lld", (long long)found[i].id),
                                  .avatar = {.id = found[i].id,
                                             .name = found[i].title,
                                             .square = strcmp(t->name, "person") != 0}};
    *v = (struct combo_options){.list = options, .n = n};
    if (rq->face == FACE_JSON)
        return answer(rq, &(struct answer){.json = names_json, .data = v});
    entries_names_html(&rq->out, v);
    return fragment(rq);
}
