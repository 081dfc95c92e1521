/* ics.c: a record with a day, or a list of them, as a calendar (iCalendar, RFC 5545).
 *
 *     /deals/12.ics, /tasks.ics?owner=12, /deals.ics?by=close_on&key=...
 *
 * A list is a calendar that other programs subscribe to: with a feed key it needs no signing in.
 *
 * RULES
 *   1. A type has a calendar if its records have a day or a time that the viewer may see: the one
 *      that `by` names, else the one that its calendar stands by.
 *   2. What is due (`as` in its declaration) is a task, with its state and priority; any other is
 *      an event, of a day or a moment.
 *   3. A UID is the same for good. A record without the day is in no calendar.
 */
#include "text/ics.h"
#include "core/clock.h"
#include "features/entries/sheets.h"
#include "view/answer.h"

enum { CALENDAR_MAX = 1 << 20 };

static bool is_as(const struct record_field *f, const char *as)
{
    return f->as && strcmp(f->as, as) == 0;
}

static const struct record_field *day_field(struct req *rq, const struct record_type *t)
{
    struct str by = req_query(rq, "by");
    const struct record_field *best = NULL;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool shown = f->flags & (FIELD_LISTED | FIELD_CARD);
        if (!calendar_by(f) || !field_seen(f, &rq->viewer) || (f->flags & FIELD_FIXED))
            continue;
        if (by.n ? str_is(by, f->name)
                 : !best || (shown && !(best->flags & (FIELD_LISTED | FIELD_CARD))))
            best = f;
    }
    return best;
}

bool ics_of(const struct record_type *t, const struct viewer *viewer)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (calendar_by(&t->fields[i]) && field_seen(&t->fields[i], viewer) &&
            !(t->fields[i].flags & FIELD_FIXED))
            return true;
    return false;
}

static void field_take(struct arena *a, const struct record_field *f, const struct value *v,
                       struct ics_item *item)
{
    if (is_as(f, "status")) {
        const struct field_choice *c = field_choice(f, v->s);
        item->state = c && c->ends ? ICS_DONE : ICS_OPEN;
    } else if (is_as(f, "priority")) {
        item->priority = str_is(v->s, "high") ? 1 : str_is(v->s, "low") ? 9 : 5;
    } else if (f->flags & FIELD_BODY) {
        item->description = v->s;
    } else if (f->result == KIND_ADDRESS && !item->location.n) {
        item->location = kind_shown(a, f, v);
    }
}

struct dated {
    int64_t id, stamp, revision;
    struct str title, path;
    const struct value *values;
};

static void item_put(struct req *rq, struct arena *a, struct out *o, const struct record_type *t,
                     const struct record_field *by, const struct dated *r)
{
    const struct value *day = &r->values[by->index];
    struct ics_item item = {.task = is_as(by, "due"),
                            .all_day = by->result == KIND_DATE,
                            .stamp = r->stamp,
                            .sequence = r->revision - 1,
                            .summary = r->title};
    if (day->none) /* RULE 3 */
        return;
    int64_t at = item.all_day ? day->i * CLOCK_DAY : day->i;
    *(item.task ? &item.due : &item.start) = at;
    item.end = item.task ? 0 : at;
    for (size_t i = 0; i < t->fields_n; i++)
        if (!r->values[i].none && field_seen(&t->fields[i], &rq->viewer))
            field_take(a, &t->fields[i], &r->values[i], &item);
    struct str site = site_url(rq);
    item.url = str_fmt(a, STR_FMT STR_FMT, STR_ARG(site), STR_ARG(r->path));
    ptrdiff_t slashes = str_find_str(site, S("://"));
    item.uid = str_fmt(a, "%s-%lld-%s@" STR_FMT, t->name, (long long)r->id, by->name,
                       STR_ARG(str_from(site, slashes < 0 ? 0 : (size_t)slashes + 3)));
    ics_add(o, &item);
}

int ics_answer(struct req *rq, const struct record_type *t, const struct record *r,
               const struct value *values)
{
    const struct record_field *by = day_field(rq, t);
    if (!by)
        return not_found(rq);
    struct out o;
    out_init(&o, CALENDAR_MAX);
    ics_begin(&o, r->title);
    item_put(rq, rq->arena, &o, t, by,
             &(struct dated){r->id, r->updated_at, r->revision, r->title, record_path(rq->arena, r),
                             values});
    ics_end(&o);
    rq->status = 200;
    rq->content_type = S("text/calendar; charset=utf-8");
    res_header(
        rq, "Content-Disposition",
        str_fmt(rq->arena, "attachment; filename=\"%s-%lld.ics\"", t->name, (long long)r->id));
    out_clear(&rq->out);
    out_str(&rq->out, out_take(&o, rq->arena));
    return rq->status;
}

/* ---- lists ---- */

static void fields_choose(struct sheet *s)
{
    const struct record_type *t = s->v->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool wanted =
            f == s->ctx || is_as(f, "status") || is_as(f, "priority") || f->result == KIND_ADDRESS;
        if (wanted && f->sql[0] && field_seen(f, &s->rq->viewer))
            s->fields[s->n++] = f;
    }
}

static void head_put(struct sheet *s, struct out *o)
{
    struct str hub = hub_name(s->rq);
    ics_begin(o, str_fmt(s->rq->arena, STR_FMT " · " STR_FMT, STR_ARG(s->v->title), STR_ARG(hub)));
}

static void row_put(struct sheet *s, struct arena *a, struct out *o, const struct selected *row)
{
    item_put(s->rq, a, o, s->v->type, s->ctx,
             &(struct dated){row->id, row->updated_at, row->revision, row->title, row->path,
                             row->values});
}

static void tail_put(struct sheet *s, struct out *o)
{
    (void)s;
    ics_end(o);
}

static const struct sheet_face sheet_ics = {
    .ending = "ics",
    .type = S("text/calendar; charset=utf-8"),
    .shown = true,
    .choose = fields_choose,
    .head = head_put,
    .row = row_put,
    .tail = tail_put,
};

int ics_list(struct req *rq, const struct entry_list *v)
{
    const struct record_field *by = day_field(rq, v->type);
    return by ? sheet_answer(rq, v, &sheet_ics, by) : not_found(rq);
}
