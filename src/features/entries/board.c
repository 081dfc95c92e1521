/* board.c: records of a type as cards in the columns of a choice, and moving them.
 *
 *     /deals?as=board&by=stage&sum=amount&owner=me
 *
 * RULES
 *   1. A move changes field and place in one transaction, or neither: it is checked as any edit.
 *   2. A refused move is told as a problem document, with a sentence for people.
 *   3. Columns and sums are those of fields that the viewer may see.
 *   4. Where the columns depend on another choice (stages on a pipeline), a board is of one of that
 *      one's choices, of the first if none is asked for, and leads to those of the others.
 */
#include "core/clock.h"
#include "features/entries/entries.h"
#include "record/act.h"
#include "record/depends.h"
#include "views/entries/moved.h"

enum { LINES = 2, CHIPS = 2, MONEY_WORDS = 200 };

bool board_by(const struct record_field *f)
{
    return f->result == KIND_CHOICE && f->choices && (f->flags & FIELD_INDEXED);
}

static bool board_sum(const struct record_field *f)
{
    return (kind_info(f->result)->can & KIND_SUMS) && f->sql[0];
}

static bool board_money(const struct record_field *f)
{
    return f->result == KIND_MONEY && tally_sums(f);
}

const struct record_field *look_field(struct req *rq, const struct entry_list *v, const char *param,
                                      bool (*fits)(const struct record_field *f))
{
    struct str name = entries_param(v, param);
    const struct record_type *t = v->type;
    const struct record_field *first = NULL;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!fits(f) || !field_seen(f, &rq->viewer) || (f->flags & FIELD_FIXED) || f->computed)
            continue;
        if (name.n && str_is(name, f->name))
            return f;
        bool shown = f->flags & (FIELD_LISTED | FIELD_CARD);
        bool better = shown && !(first && (first->flags & (FIELD_LISTED | FIELD_CARD)));
        bool depends = first && f->depends && strcmp(f->depends, first->name) == 0;
        if (!name.n && (!first || better || depends))
            first = f;
    }
    return first;
}

/* ---- reading ---- */

static void fields_choose(struct req *rq, struct entry_list *v)
{
    const struct record_type *t = v->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool owner = strcmp(f->sql, "r.owner_id") == 0;
        if ((owner || (f->flags & (FIELD_CARD | FIELD_TITLE)) || f == v->sum || f == v->by) &&
            field_seen(f, &rq->viewer))
            field_set_add(&v->select.fields, f);
    }
}

/* RULE 4: as if the address asked for the first. */
static void within_choose(struct req *rq, struct entry_list *v)
{
    const struct record_field *on = field_depends(v->type, v->by);
    struct select *s = &v->select;
    if (!on || !field_seen(on, &rq->viewer) || s->any || !on->choices)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (s->conditions[i].field == on) {
            v->within = s->conditions[i].compare == COMPARE_IS ? on : NULL;
            v->within_name = s->conditions[i].value.s;
            return;
        }
    if (s->n == CONDITIONS_MAX)
        return;
    struct str first = str_of(on->choices->name);
    struct param *params = arena_array(rq->arena, struct param, v->params_n + 1);
    memcpy(params, v->params, v->params_n * sizeof *params);
    params[v->params_n++] = (struct param){.name = str_of(on->name), .value = first};
    v->params = params;
    s->conditions[s->n++] = (struct condition){.field = on, .text = first, .value = {.s = first}};
    v->within = on;
    v->within_name = first;
}

static void within_make(struct req *rq, struct entry_list *v)
{
    struct link_item *items = arena_array(rq->arena, struct link_item, CHOICES_MAX);
    size_t n = 0;
    for (const struct field_choice *c = v->within ? v->within->choices : NULL;
         c && c->name && n < CHOICES_MAX; c++)
        items[n++] = (struct link_item){
            .text = str_of(c->label),
            .path = entries_url(rq, v, (const char *const[]){v->within->name, c->name, NULL}),
            .current = str_is(v->within_name, c->name)};
    v->withins = (struct link_bar){v->within ? v->within->label : "", items, n};
}

const char *board_read(struct req *rq, struct entry_list *v)
{
    size_t n;
    struct str by = entries_param(v, "by"), sum = entries_param(v, "sum");
    v->by = look_field(rq, v, "by", board_by);
    v->sum = look_field(rq, v, "sum", sum.n ? board_sum : board_money);
    if (!v->by)
        return by.n ? str_fmt(rq->arena, "There is no choice \"" STR_FMT "\" to make columns of.",
                              STR_ARG(str_first(by, 60)))
                          .p
                    : "A board needs a field with choices.";
    if (sum.n && !v->sum)
        return str_fmt(rq->arena, "There is no number \"" STR_FMT "\" to add up.",
                       STR_ARG(str_first(sum, 60)))
            .p;
    within_choose(rq, v);
    fields_choose(rq, v);
    bool fold = entries_param(v, "fold").n != 0;
    v->lanes = columns_read(rq, &v->select, v->by, v->sum, fold, &n);
    v->board.columns_n = n;
    return NULL;
}

/* ---- cards ---- */

static struct str date_words(struct req *rq, const struct record_field *f, const struct value *v)
{
    int64_t days = v->i - rq->now / CLOCK_DAY;
    if (days == 0)
        return S("today");
    if (days == 1)
        return S("tomorrow");
    if (days > 1 && days < 15)
        return str_fmt(rq->arena, "in %lld days", (long long)days);
    return kind_shown(rq->arena, f, v);
}

/* "1,200 EUR": cents that are none are not said. */
struct str amount_words(struct req *rq, const struct record_field *f, const struct value *v)
{
    struct str words = kind_shown(rq->arena, f, v);
    struct str cents = S(".00"), code = S(" EUR");
    size_t end = cents.n + code.n;
    if (f->result != KIND_MONEY || words.n < end ||
        memcmp(words.p + words.n - end, cents.p, cents.n) != 0)
        return words;
    const struct str parts[] = {str_first(words, words.n - end),
                                str_from(words, words.n - code.n)};
    return str_join(rq->arena, parts, 2, S(""));
}

static void card_line(struct board_card *card, struct value_link *lines, const struct value *v)
{
    for (size_t i = 0; i < v->leads_n && card->lines_n < LINES; i++)
        if (v->leads[i].title.n)
            lines[card->lines_n++] =
                (struct value_link){.text = v->leads[i].title, .path = v->leads[i].path};
}

static void card_field(struct req *rq, const struct entry_list *v, const struct column *lane,
                       const struct record_field *f, const struct value *value,
                       struct board_card *card)
{
    struct value_link *lines = (struct value_link *)card->lines;
    struct tone_chip *chips = (struct tone_chip *)card->chips;
    const struct field_choice *choice;
    switch (f->result) {
    case KIND_REF:
    case KIND_REFS:
        card_line(card, lines, value);
        break;
    case KIND_PERSON:
        if (value->leads_n && value->leads[0].title.n && !card->owner.name.n)
            card->owner = (struct avatar){.id = value->i, .name = value->leads[0].title};
        break;
    case KIND_CHOICE:
        choice = field_choice(f, value->s);
        if (f != v->by && choice && card->chips_n < CHIPS)
            chips[card->chips_n++] =
                (struct tone_chip){.text = str_of(choice->label), .tone = tone_of(choice->tone)};
        break;
    case KIND_DATE:
        if (card->due.n)
            break;
        card->due = date_words(rq, f, value);
        if (!lane->choice->ends && value->i < rq->now / CLOCK_DAY)
            card->due_tone = TONE_RED;
        break;
    case KIND_TEXT:
        break;
    default:
        if (f == v->sum || (f->result == KIND_MONEY && !card->amount.n))
            card->amount = amount_words(rq, f, value);
    }
}

static bool card_moves(struct req *rq, const struct entry_list *v, const struct selected *row)
{
    return field_written(v->by, &rq->viewer) && rq->viewer.id &&
           (type_changed(v->type, &rq->viewer) || row->author_id == rq->viewer.id);
}

/* What all cards of a board have in common. */
struct carding {
    struct req *rq;
    const struct entry_list *v;
    struct str back;                     /* the board, as a part of an address */
    const struct record_field **fields; /* that cards show */
    size_t fields_n;
};

static void carding_begin(struct carding *c, struct req *rq, const struct entry_list *v)
{
    *c = (struct carding){rq, v, str_url_encode(rq->arena, v->here)};
    c->fields = arena_bytes(rq->arena, v->type->fields_n * sizeof *c->fields);
    for (size_t i = 0; i < v->type->fields_n; i++)
        if (field_set_has(&v->select.fields, &v->type->fields[i]))
            c->fields[c->fields_n++] = &v->type->fields[i];
}

static struct board_card card_of(const struct carding *c, const struct column *lane,
                                 const struct selected *row)
{
    struct req *rq = c->rq;
    const struct entry_list *v = c->v;
    struct board_card card = {.id = row->id,
                              .title = row->title.n ? row->title : S("(no name)"),
                              .path = row->path,
                              .lines = arena_bytes(rq->arena, LINES * sizeof *card.lines),
                              .chips = arena_bytes(rq->arena, CHIPS * sizeof *card.chips)};
    if (card_moves(rq, v, row)) {
        card.move =
            str_of_id(rq->arena, str_first(row->path, strlen(v->type->plural) + 2), row->id);
        card.revision = str_of_id(rq->arena, S(""), row->revision);
        struct str form[] = {card.move, S("/fields/"), str_of(v->by->name), S("?back="), c->back};
        card.form = str_join(rq->arena, form, sizeof form / sizeof *form, S(""));
    }
    for (size_t i = 0; i < c->fields_n; i++) {
        const struct value *value = &row->values[c->fields[i]->index];
        if (!value->none)
            card_field(rq, v, lane, c->fields[i], value, &card);
    }
    return card;
}

struct str sums_words(struct req *rq, const struct record_field *sum, const struct tally *tally)
{
    struct out o;
    out_init(&o, MONEY_WORDS * TALLY_MONEYS);
    for (size_t i = 0; i < tally->sums_n; i++)
        if (tally->sums[i].amount) {
            out_str(&o, o.n ? S(" · ") : S(""));
            out_str(&o, amount_words(rq, sum,
                                     &(struct value){.i = tally->sums[i].amount,
                                                     .s = tally->sums[i].currency}));
        }
    return out_take(&o, rq->arena);
}

static struct str without_url(struct req *rq, const struct entry_list *v)
{
    const char *empty = str_fmt(rq->arena, "%s.empty", v->by->name).p;
    return entries_url(
        rq, v,
        (const char *const[]){"as", "", "by", "", "sum", "", "fold", "", empty, "yes", NULL});
}

static struct board_column lane_of(const struct carding *all, const struct column *lane)
{
    struct req *rq = all->rq;
    const struct entry_list *v = all->v;
    const struct field_choice *choice = lane->choice;
    struct board_card *cards = arena_bytes(rq->arena, lane->found.n * sizeof *cards);
    struct board_column c = {.value = str_of(choice->name),
                             .title = str_of(choice->label),
                             .tone = tone_of(choice->tone),
                             .n = lane->tally.n,
                             .more_n = lane->tally.more,
                             .total = sums_words(rq, v->sum, &lane->tally),
                             .cards = cards};
    for (size_t i = 0; i < lane->found.n; i++)
        cards[c.cards_n++] = card_of(all, lane, &lane->found.rows[i]);
    if (c.n > (int64_t)c.cards_n || c.more_n)
        c.more = c.value.n ? entries_of(rq, v, v->by, c.value) : without_url(rq, v);
    if (v->new_path.n && field_written(v->by, &rq->viewer))
        c.add =
            str_fmt(rq->arena, STR_FMT "?%s=%s%s%s%s" STR_FMT, STR_ARG(v->new_path), v->by->name,
                    choice->name, v->within ? "&" : "", v->within ? v->within->name : "",
                    v->within ? "=" : "", STR_ARG(v->within_name));
    return c;
}

void board_make(struct req *rq, struct entry_list *v)
{
    struct board_column *columns = arena_array(rq->arena, struct board_column, v->board.columns_n);
    bool ends = false, fold = entries_param(v, "fold").n != 0;
    struct carding all;
    carding_begin(&all, rq, v);
    for (size_t i = 0; i < v->board.columns_n; i++) {
        columns[i] = lane_of(&all, &v->lanes[i]);
        ends = ends || v->lanes[i].choice->ends;
    }
    v->board.id = "board";
    v->board.label = str_fmt(rq->arena, "%s by %s", v->table.label, v->by->label).p;
    v->board.field = v->by->name;
    v->board.columns = columns;
    within_make(rq, v);
    if (!ends)
        return;
    v->folding = (struct link_item){
        .label = fold ? "Show what has ended" : "Fold what has ended",
        .path = entries_url(rq, v, (const char *const[]){"fold", fold ? "" : "ends", NULL})};
}

void board_json(struct json *j, const void *data)
{
    const struct entry_list *v = data;
    struct req *rq = req_of(j->o);
    json_key(j, "data");
    json_open(j, '[');
    for (size_t i = 0; i < v->board.columns_n; i++) {
        const struct column *lane = &v->lanes[i];
        json_open(j, '{');
        json_kstr(j, "value", str_of(lane->choice->name));
        json_kstr(j, "label", str_of(lane->choice->label));
        json_kint(j, "count", lane->tally.n);
        json_kbool(j, "more", lane->tally.more);
        json_key(j, "sums");
        json_open(j, '[');
        for (size_t k = 0; k < lane->tally.sums_n; k++) {
            const struct tally_money *m = &lane->tally.sums[k];
            kind_json(j, rq->arena, v->sum, &(struct value){.i = m->amount, .s = m->currency});
        }
        json_close(j, ']');
        json_key(j, "cards");
        json_open(j, '[');
        for (size_t k = 0; k < lane->found.n; k++)
            entries_json(j, rq, v->type, &lane->found.rows[k], &v->select.fields);
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* ---- moving ---- */

static bool is_move(struct req *rq)
{
    return req_has_field(rq, "before") || req_has_field(rq, "after");
}

/* The choice that the request names: what the board's columns are of. */
static const struct record_field *moved_by(const struct record_values *e)
{
    for (size_t i = 0; i < e->type->fields_n; i++)
        if (e->given[i] && board_by(&e->type->fields[i]))
            return &e->type->fields[i];
    return NULL;
}

static void moved_stream(struct out *o, const void *data)
{
    entries_moved_view(o, data);
}

static void moved_json(struct json *j, const void *data)
{
    const struct entry_page *v = data;
    struct field_set all = field_set_all();
    json_key(j, "data");
    entries_json(
        j, req_of(j->o), v->type,
        &(struct selected){
            .id = v->r->id, .path = v->path, .revision = v->r->revision, .values = v->values},
        &all);
}

static int moved_answer(struct req *rq, const struct record_type *t, struct record *r)
{
    struct entry_page *page = arena_make(rq->arena, struct entry_page);
    page->type = t;
    page->r = r;
    page->path = record_path(rq->arena, r);
    page->values = values_seen(rq, t, r->id);
    if (!page->values)
        return refuse(rq, 500, NULL);
    res_header(rq, "ETag", str_fmt(rq->arena, "\"%lld\"", (long long)r->revision));
    return answer_updated(
        rq, page->path, &(struct answer){.json = moved_json, .stream = moved_stream, .data = page});
}

static int64_t neighbour(struct req *rq, const char *name)
{
    int64_t id = 0;
    return str_int(req_field(rq, name), &id) ? id : 0;
}

static int card_move(struct req *rq, const struct record_type *t, struct record *r, enum face face)
{
    struct entry_form *v = entry_form_new(rq, t, r);
    struct record_values *e = fields_new(rq->arena, t);
    bool ok = entry_read(rq, v, e);
    const struct record_field *by = moved_by(e);
    if (!by && ok) {
        v->whole_error = "A card is moved to a column: name the field and its value.";
        ok = false;
    }
    if (!ok)
        return entry_refuse(rq, v, 422, NULL);
    struct act act = act_of(rq);
    struct str value = e->values[by->index].s;
    e->revision = entry_revision(rq);
    enum record_result result = fields_update(&act, r, e);
    if (result == RECORD_STALE)
        return entry_refuse(rq, v, 412, "Somebody changed this since you read it. Read it again.");
    place_put(&act, t, by, r->id, value, neighbour(rq, "after"), neighbour(rq, "before"));
    if (result == RECORD_SAME) /* it has only changed its place: others look again */
        act_log(&act, VERB_MOVE, r, str_of(by->name));
    rq->face = face;
    return moved_answer(rq, t, r);
}

int entries_patch(struct req *rq)
{
    if (!is_move(rq))
        return entries_update(rq);
    enum face face = rq->face;
    const struct record_type *t = entries_type(rq);
    if (face == FACE_STREAM) /* RULE 2: the board's script reads problem documents */
        rq->face = FACE_JSON;
    struct record *r = entry_here(rq, t, RIGHT_READ);
    if (!r || r->deleted_at)
        return not_found(rq);
    if (!(r->rights & RIGHT_EDIT))
        return refuse(rq, 403, "You may not move this card.");
    return card_move(rq, t, r, face);
}
