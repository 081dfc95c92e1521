/* calendar.c: records of a type by a day of theirs, a month at a time; and as a gallery.
 *
 *     /deals?as=calendar&by=close_on&month=2027-03&owner=me
 *
 * RULES
 *   1. Each record whose day lies in the weeks shown stands on that day, and nothing else does.
 *   2. A day shows DAY_SHOWN; the rest is told, and a link leads to all of that day.
 */
#include "core/clock.h"
#include "features/entries/entries.h"
#include "record/photos.h"
#include "view/components.h"

enum { DAYS = 42, DAY_SHOWN = 4, MONTH_MOST = 1000, CARD_LINES = 3 };

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

bool calendar_by(const struct record_field *f)
{
    return (f->result == KIND_DATE || f->result == KIND_TIME) && (f->flags & FIELD_INDEXED);
}

/* ---- reading ---- */

static const char *month_take(struct req *rq, const struct entry_list *v, int *year, int *month)
{
    struct str text = entries_param(v, "month");
    struct clock_date today = clock_date_of(rq->now / CLOCK_DAY);
    int64_t y, m;
    *year = today.year;
    *month = today.month;
    if (!text.n)
        return NULL;
    if (text.n != 7 || text.p[4] != '-' || !str_int(str_first(text, 4), &y) ||
        !str_int(str_from(text, 5), &m) || y < 1 || m < 1 || m > 12)
        return "A month is written like 2027-03.";
    *year = (int)y;
    *month = (int)m;
    return NULL;
}

static bool among(const int64_t *ids, ptrdiff_t n, int64_t id)
{
    bool found = n < 0;
    for (ptrdiff_t i = 0; i < n && !found; i++)
        found = ids[i] == id;
    return found;
}

/* The tone of a record's first choice. */
static const struct record_field *tone_field(struct req *rq, const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].result == KIND_CHOICE && (t->fields[i].flags & FIELD_CARD) &&
            field_seen(&t->fields[i], &rq->viewer))
            return &t->fields[i];
    return NULL;
}

const char *calendar_read(struct req *rq, struct entry_list *v)
{
    int64_t first;
    const char *why = month_take(rq, v, &v->year, &v->month);
    v->by = look_field(rq, v, "by", calendar_by);
    if (!why && !v->by)
        why = "A calendar needs a field with a day.";
    if (why)
        return why;
    clock_days(v->year, v->month, 1, &first);
    v->day = first - (first + 3) % 7; /* 1970-01-01 was a Thursday: Monday before it */
    v->days_n = (size_t)((first - v->day + clock_month_days(v->year, v->month) + 6) / 7 * 7);
    int64_t unit = v->by->result == KIND_TIME ? CLOCK_DAY : 1;
    const struct db_arg args[] = {I(v->day * unit), I((v->day + (int64_t)v->days_n) * unit)};
    const struct select_way way = {
        .from = str_fmt(rq->arena,
                        " FROM %s x CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id"
                        " AND r.id = x.id AND x.v >= ?2 AND x.v < ?3",
                        field_index(rq->arena, v->type, v->by), v->type->table)
                    .p,
        .order = " ORDER BY x.v, x.id",
        .args = args,
        .args_n = 2,
    };
    int64_t *ids = arena_array(rq->arena, int64_t, SELECT_FEW);
    ptrdiff_t few = v->select.q.n ? select_few(rq, &v->select, ids) : -1;
    const struct record_field *tone = tone_field(rq, v->type);
    field_set_add(&v->select.fields, v->by);
    field_set_add(&v->select.fields, type_title(v->type));
    if (tone)
        field_set_add(&v->select.fields, tone);
    struct selected *rows = arena_array(rq->arena, struct selected, MONTH_MOST);
    size_t n = select_walk(rq, &v->select, &way, rows, NULL, MONTH_MOST);
    v->found = (struct selection){.rows = rows};
    for (size_t i = 0; i < n; i++)
        if (among(ids, few, rows[i].id))
            rows[v->found.n++] = rows[i];
    select_names(rq, &v->select, &v->found);
    return NULL;
}

/* ---- showing ---- */

static int64_t day_of(const struct entry_list *v, const struct selected *row)
{
    int64_t at = row->values[v->by->index].i;
    return v->by->result == KIND_TIME ? at / CLOCK_DAY : at;
}

static struct calendar_entry entry_of(struct req *rq, const struct entry_list *v,
                                      const struct selected *row)
{
    const struct record_field *tone = tone_field(rq, v->type);
    const struct field_choice *choice = tone && !row->values[tone->index].none
                                            ? field_choice(tone, row->values[tone->index].s)
                                            : NULL;
    struct calendar_entry e = {.title = row->title.n ? row->title : S("(no name)"),
                               .path = row->path,
                               .tone = tone_of(choice ? choice->tone : NULL)};
    int64_t at = row->values[v->by->index].i;
    if (v->by->result == KIND_TIME)
        e.time = str_fmt(rq->arena, "%02d:%02d", (int)(at / CLOCK_HOUR % 24),
                         (int)(at / CLOCK_MINUTE % 60));
    return e;
}

static void day_make(struct req *rq, const struct entry_list *v, int64_t at, size_t *row,
                     struct calendar_day *day)
{
    struct clock_date date = clock_date_of(at);
    struct calendar_entry *list = arena_array(rq->arena, struct calendar_entry, DAY_SHOWN);
    *day = (struct calendar_day){
        .day = date.day,
        .date = date_text(rq->arena, at),
        .name = str_fmt(rq->arena, "%s %d %s", weekdays[(at + 3) % 7], date.day,
                        months[date.month - 1]),
        .other = date.month != v->month,
        .today = at == rq->now / CLOCK_DAY,
        .list = list,
    };
    for (; *row < v->found.n && day_of(v, &v->found.rows[*row]) == at; (*row)++) {
        if (day->n < DAY_SHOWN)
            list[day->n++] = entry_of(rq, v, &v->found.rows[*row]);
        else
            day->more++;
    }
    if (day->more) /* RULE 2 */
        day->path = entries_of(rq, v, v->by, day->date);
}

static struct str month_url(struct req *rq, const struct entry_list *v, int step)
{
    int at = v->year * 12 + v->month - 1 + step;
    const char *month = str_fmt(rq->arena, "%04d-%02d", at / 12, at % 12 + 1).p;
    return entries_url(rq, v, (const char *const[]){"month", month, NULL});
}

void calendar_make(struct req *rq, struct entry_list *v)
{
    struct calendar_day *days = arena_array(rq->arena, struct calendar_day, DAYS);
    struct calendar *c = &v->calendar;
    size_t row = 0;
    for (size_t i = 0; i < v->days_n && i < DAYS; i++)
        day_make(rq, v, v->day + (int64_t)i, &row, &days[i]);
    *c = (struct calendar){
        .id = "calendar",
        .label = str_fmt(rq->arena, "%s by %s", v->table.label, v->by->label).p,
        .title = str_fmt(rq->arena, "%s %d", months[v->month - 1], v->year),
        .prev = month_url(rq, v, -1),
        .next = month_url(rq, v, 1),
        .today = entries_url(rq, v, (const char *const[]){"month", "", NULL}),
        .days = days,
        .days_n = v->days_n,
    };
    for (int i = 0; i < 7; i++) {
        c->weekday_names[i] = weekdays[i];
        c->weekdays[i] = str_fmt(rq->arena, "%.3s", weekdays[i]).p;
    }
}

/* ---- gallery ---- */

static struct str picture_of(struct req *rq, int64_t upload)
{
    int64_t there = db_get_int(rq->db, 0,
                               "SELECT u.id FROM uploads u JOIN files f ON f.id = u.file_id"
                               " WHERE u.id = ?1 AND f.width > 0",
                               I(upload));
    return there ? str_fmt(rq->arena, "/files/%lld?w=360", (long long)there) : S("");
}

static bool card_field(const struct record_field *f)
{
    return (f->flags & FIELD_CARD) || f->result == KIND_FILE || f->result == KIND_PHOTO;
}

void gallery_choose(struct req *rq, struct entry_list *v)
{
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        bool wanted = card_field(f) || (f->flags & FIELD_TITLE) || v->type->offers;
        if (wanted && field_seen(f, &rq->viewer))
            field_set_add(&v->select.fields, f);
    }
}

static struct avatar face_of(const struct record_type *t, const struct selected *row)
{
    return (struct avatar){.id = row->id,
                           .name = row->title.n ? row->title : S("?"),
                           .size = AVATAR_L,
                           .square = strcmp(t->name, "person") != 0};
}

/* A choice, or what is so: as a chip. */
static bool chip_of(const struct record_field *f, const struct value *v, struct tone_chip *chip)
{
    if (f->result == KIND_BOOL)
        *chip = (struct tone_chip){.text = v->i ? str_of(f->label) : S(""), .tone = TONE_HONEY};
    if (f->result == KIND_CHOICE) {
        const struct field_choice *c = field_choice(f, v->s);
        *chip = (struct tone_chip){.text = c ? str_of(c->label) : v->s,
                                   .tone = tone_of(c ? c->tone : NULL)};
    }
    return f->result == KIND_BOOL || f->result == KIND_CHOICE;
}

/* "12 members", "Joined 3 May 2026", "@ada" */
static struct str line_words(struct req *rq, const struct record_field *f, const struct value *v)
{
    struct str words = amount_words(rq, f, v);
    if (f->result == KIND_INTEGER)
        return str_fmt(rq->arena, STR_FMT " %s", STR_ARG(words),
                       str_lower(rq->arena, str_of(f->label)).p);
    if (f->result == KIND_TIME || f->result == KIND_DATE)
        return str_fmt(rq->arena, "%s " STR_FMT, f->label, STR_ARG(words));
    bool handle = f->as && strcmp(f->as, "handle") == 0;
    return handle ? str_fmt(rq->arena, "@" STR_FMT, STR_ARG(words)) : words;
}

static struct gallery_card gallery_card(struct req *rq, const struct entry_list *v,
                                        const struct selected *row)
{
    struct value_link *lines = arena_array(rq->arena, struct value_link, CARD_LINES);
    struct tone_chip *chips = arena_array(rq->arena, struct tone_chip, CARD_LINES), chip = {0};
    struct gallery_card card = {.id = row->id,
                                .title = row->title.n ? row->title : S("(no name)"),
                                .path = row->path,
                                .card = str_of_id(rq->arena, S("/cards/"), row->id),
                                .face = face_of(v->type, row),
                                .lines = lines,
                                .chips = chips};
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        const struct value *value = &row->values[i];
        if (value->none || (f->flags & FIELD_TITLE) || !card_field(f) ||
            !field_set_has(&v->select.fields, f))
            continue;
        if (f->result == KIND_FILE) {
            if (!card.picture.n)
                card.picture = picture_of(rq, value->i);
        } else if (f->result == KIND_PHOTO) {
            card.picture = photo_path(rq->arena, v->type->plural, row->id, value->s);
        } else if (chip_of(f, value, &chip)) {
            if (chip.text.n && card.chips_n < CARD_LINES)
                chips[card.chips_n++] = chip;
        } else if (card.lines_n < CARD_LINES) {
            bool leads = value->leads_n > 0;
            struct str words = line_words(rq, f, value);
            if (words.n)
                lines[card.lines_n++] = (struct value_link){
                    .text = words, .path = leads ? value->leads[0].path : S("")};
        }
    }
    card.face.src = card.picture;
    struct page_act *act = arena_make(rq->arena, struct page_act);
    if (v->type->offers && v->type->offers(rq, v->type, row, act))
        card.act = act;
    return card;
}

/* Of a page; the order is kept among those that are the viewer's, and among the others. */
static size_t yours_take(const struct entry_list *v, bool yours, const struct selected **out)
{
    const struct record_field *f = v->type->yours ? type_field(v->type, v->type->yours) : NULL;
    size_t n = 0;
    for (size_t i = 0; i < v->found.n; i++) {
        const struct selected *row = &v->found.rows[i];
        if ((f && !row->values[f->index].none) == yours)
            out[n++] = row;
    }
    return n;
}

void gallery_make(struct req *rq, struct entry_list *v)
{
    struct gallery_card *cards = arena_array(rq->arena, struct gallery_card, v->found.n);
    const struct selected **rows = arena_array(rq->arena, const struct selected *, v->found.n);
    size_t first = yours_take(v, true, rows);
    yours_take(v, false, rows + first);
    for (size_t i = 0; i < v->found.n; i++)
        cards[i] = gallery_card(rq, v, rows[i]);
    v->gallery = (struct gallery){
        .label = v->table.label, .cards = cards, .n = v->found.n, .faces = v->type->faces};
    if (v->found.next.n)
        v->pager.older = entries_url(
            rq, v, (const char *const[]){"after", str_cstr(rq->arena, v->found.next), NULL});
}
