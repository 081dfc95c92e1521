/* exchange_cells.c: a cell of a foreign table as a field's value; see exchange.h. */
#include "core/clock.h"
#include "db/gather.h"
#include "record/exchange.h"
#include "record/photos.h"
#include "record/reach.h"
#include "record/search_words.h"
#include "record/tags.h"
#include "text/content.h"
#include "text/money.h"
#include "text/numbers.h"
#include "text/phone.h"
#include "text/sanitize.h"

enum { TITLE_KEY = 80 };

/* ---- names that led somewhere ---- */

struct led {
    struct str type, title;
    int64_t id;
};

enum { LED = 1024 };

struct exchange_memo {
    struct arena *arena;
    struct led by_title[LED]; /* the last one of each hash */
    struct led by_id[LED];    /* without a title */
};

struct exchange_memo *exchange_memo(struct arena *a)
{
    struct exchange_memo *m = arena_make(a, struct exchange_memo);
    m->arena = a;
    return m;
}

/* Records of the imported type may get another title with each row. */
static bool remembers(const struct exchange *x, const char *type)
{
    return x->memo && strcmp(x->type->name, type) != 0;
}

static struct led *led_place(const struct exchange *x, const char *type, struct str title)
{
    return &x->memo->by_title[(str_hash(title) ^ (unsigned char)type[0]) % LED];
}

static int64_t led_find(const struct exchange *x, const char *type, struct str title)
{
    const struct led *led = remembers(x, type) ? led_place(x, type, title) : NULL;
    return led && led->id && str_is(led->type, type) && str_eq(led->title, title) ? led->id : 0;
}

static void led_keep(const struct exchange *x, const char *type, struct str title, int64_t id)
{
    enum { LONG = 200, MOST = 4 << 20 };
    if (!remembers(x, type) || title.n > LONG || arena_used(x->memo->arena) > MOST)
        return;
    struct led led = {str_of(type), str_dup(x->memo->arena, title), id};
    *led_place(x, type, title) = led;
    x->memo->by_id[(uint64_t)id % LED] = led;
}

bool exchange_led(const struct exchange *x, const struct record_field *f, int64_t id)
{
    const char *type = f->result == KIND_PERSON ? "person" : f->target;
    const struct led *led = type && remembers(x, type) ? &x->memo->by_id[(uint64_t)id % LED] : NULL;
    return led && led->id == id && str_is(led->type, type);
}

/* ---- names of records ---- */

struct str exchange_seen(struct req *rq, int64_t id)
{
    return db_get_str(rq->db, rq->arena,
                      str_fmt(rq->arena,
                              "SELECT r.title FROM records r WHERE r.id = ?2"
                              " AND r.deleted_at IS NULL AND %s",
                              access_sql(rq->db, &rq->viewer))
                          .p,
                      I(rq->viewer.id), I(id));
}

static size_t keyed_piece(struct req *rq, const char *from, struct db_arg key, int64_t last,
                          int64_t ids[EXCHANGE_PIECE])
{
    size_t n = 0;
    struct rows q = db_query(
        rq->db,
        str_fmt(rq->arena, "SELECT x.id FROM %s AND x.id > ?2 ORDER BY x.id LIMIT ?3", from).p, key,
        I(last), I(EXCHANGE_PIECE));
    while (n < EXCHANGE_PIECE && db_next(&q))
        ids[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}

/* Those of `from` ("ix x WHERE x.v = ?1") that whoever imports may see, and whose folded title is
 * `whole`, unless that is empty. */
static size_t keyed_seen(struct req *rq, const char *from, struct db_arg key, struct str whole,
                         int64_t *out, size_t max)
{
    int64_t ids[EXCHANGE_PIECE], last = 0;
    size_t n = EXCHANGE_PIECE, found = 0;
    while (n == EXCHANGE_PIECE && found < max) {
        n = keyed_piece(rq, from, key, last, ids);
        for (size_t i = 0; i < n && found < max; i++) {
            struct str title = exchange_seen(rq, last = ids[i]);
            if (title.p && (!whole.n || str_eq(words_folded(rq->arena, title, TEXT_MAX), whole)))
                out[found++] = ids[i];
        }
    }
    return found;
}

struct exchange_finder exchange_finder(struct arena *a, const struct record_type *t,
                                       const char *type, const struct record_field *f)
{
    const char *index = f ? field_index(a, t, f) : NULL;
    if (index)
        return (struct exchange_finder){index, "v", str_fmt(a, "%s x WHERE x.v = ?1", index).p};
    return (struct exchange_finder){
        "titles", "key",
        str_fmt(a, "(SELECT record_id AS id, key FROM titles WHERE type = '%s') x WHERE x.key = ?1",
                type)
            .p};
}

size_t exchange_having(struct req *rq, const struct exchange_finder *by, struct db_arg key,
                       int64_t ids[EXCHANGE_PIECE])
{
    return keyed_piece(rq, by->from, key, 0, ids);
}

size_t exchange_keyed(struct req *rq, const struct exchange_finder *by, struct db_arg key,
                      int64_t *out, size_t max)
{
    if (db_lacks(rq->db, by->table, by->column, key))
        return 0;
    db_gather_by(rq->db, by->table, key);
    return keyed_seen(rq, by->from, key, S(""), out, max);
}

struct db_arg exchange_title_key(struct arena *a, struct str title)
{
    return T(words_folded(a, title, TITLE_KEY));
}

int64_t exchange_titled(struct req *rq, const struct record_type *t, const char *type,
                        struct str title)
{
    const struct record_field *f = t && t->fields ? type_title(t) : NULL;
    const struct exchange_finder by = exchange_finder(rq->arena, t, type, f);
    struct db_arg key = exchange_title_key(rq->arena, title);
    int64_t ids[2];
    if (!key.s.n || db_lacks(rq->db, by.table, by.column, key))
        return 0;
    db_gather_by(rq->db, by.table, key);
    size_t n = keyed_seen(rq, by.from, key, words_folded(rq->arena, title, TEXT_MAX), ids, 2);
    return n > 1 ? -1 : n ? ids[0] : 0;
}

/* "#12", "Ada Lovelace (#12)"; 0: it is a name. */
static int64_t numbered(struct str text)
{
    int64_t id = 0;
    ptrdiff_t open = str_find_str(text, S("(#"));
    if (open >= 0 && str_ends(text, S(")")))
        text = str_make(text.p + open + 2, text.n - (size_t)open - 3);
    else if (str_starts(text, S("#")))
        text = str_from(text, 1);
    else
        return 0;
    return str_int(text, &id) && id > 0 ? id : 0;
}

/* By a field of e-mail addresses, if only one record has it. */
static int64_t addressed(struct req *rq, const struct record_type *t, struct str address)
{
    int64_t id = 0, ids[2];
    for (size_t i = 0; t && i < t->fields_n && !id; i++) {
        const struct record_field *f = &t->fields[i];
        bool may = (f->result == KIND_EMAIL || f->result == KIND_EMAILS) && !f->off;
        if (!may || !field_index(rq->arena, t, f) || !field_seen(f, &rq->viewer))
            continue;
        const struct exchange_finder by = exchange_finder(rq->arena, t, t->name, f);
        size_t n = exchange_keyed(rq, &by, T(address), ids, 2);
        id = n > 1 ? -1 : n ? ids[0] : 0;
    }
    return id;
}

static int64_t person_addressed(struct req *rq, struct str text)
{
    struct str lower = str_lower(rq->arena, text);
    if (str_starts(text, S("@")))
        return db_get_int(rq->db, 0, "SELECT id FROM people WHERE handle = ?1",
                          T(str_from(lower, 1)));
    if (str_find(text, '@') > 0)
        return db_get_int(rq->db, 0, "SELECT person_id FROM accounts WHERE email = ?1", T(lower));
    return 0;
}

static const char *lead_read(struct req *rq, const struct exchange *x, const struct record_field *f,
                             struct str text, int64_t *id, struct str *missing)
{
    const char *type = f->result == KIND_PERSON ? "person" : f->target;
    const struct record_type *t = catalog_type(rq->db, str_of(type));
    *id = numbered(text);
    if (!*id && strcmp(type, "person") == 0)
        *id = person_addressed(rq, text);
    if (!*id && str_find(text, '@') > 0)
        *id = addressed(rq, t, str_lower(rq->arena, text));
    if (!*id)
        *id = led_find(x, type, text);
    if (!*id) {
        *id = exchange_titled(rq, t, type, text);
        if (*id > 0)
            led_keep(x, type, text, *id);
    }
    if (!*id)
        (void)(str_int(text, id) && *id > 0);
    if (*id > 0)
        return NULL;
    if (*id < 0)
        return str_fmt(rq->arena, "has several named “" STR_FMT "”", STR_ARG(utf8_first(text, 60)))
            .p;
    if (x->make_missing && t && t->fields && !t->off && f->result == KIND_REF) {
        *missing = text;
        return NULL;
    }
    return str_fmt(rq->arena, "has none named “" STR_FMT "”", STR_ARG(utf8_first(text, 60))).p;
}

/* The whole cell is one name, or several are parted by lines, semicolons or commas. */
static const char *leads_read(struct req *rq, const struct exchange *x,
                              const struct record_field *f, struct str text, struct value *v)
{
    enum { MOST = 200 };
    struct lead *leads = arena_array(rq->arena, struct lead, MOST);
    struct str none = S(""), one;
    char by = str_find(text, '\n') >= 0 ? '\n' : str_find(text, ';') >= 0 ? ';' : ',';
    *v = (struct value){.leads = leads};
    int64_t whole = exchange_titled(rq, catalog_type(rq->db, str_of(f->target)), f->target, text);
    if (whole > 0) {
        leads[v->leads_n++] = (struct lead){.id = whole, .role = S("")};
        return NULL;
    }
    while (str_split(&text, by, &one)) {
        struct lead lead = {.role = S("")};
        one = str_trim(one);
        ptrdiff_t colon = str_find(one, ':');
        if (colon >= 0 && f->roles) {
            lead.role = utf8_first(str_trim(str_from(one, (size_t)colon + 1)), 40);
            one = str_trim(str_first(one, (size_t)colon));
        }
        if (!one.n)
            continue;
        const char *why = lead_read(rq, x, f, one, &lead.id, &none);
        if (why)
            return why;
        if (v->leads_n == MOST)
            return "may have at most 200 links";
        leads[v->leads_n++] = lead;
    }
    v->none = !v->leads_n;
    return NULL;
}

/* ---- plain values ---- */

/* A choice's internal name by that or its label, whatever their case and accents. */
static struct str choice_named(struct arena *a, const struct record_field *f, struct str text)
{
    struct str key = words_folded(a, text, TEXT_MAX);
    for (const struct field_choice *c = f->choices; c && c->name; c++)
        if (str_is(text, c->name) || str_eq(key, words_folded(a, str_of(c->name), TEXT_MAX)) ||
            str_eq(key, words_folded(a, str_of(c->label), TEXT_MAX)))
            return str_of(c->name);
    return S("");
}

static const char *choices_read(struct arena *a, const struct record_field *f, struct str *text)
{
    struct str names[CHOICES_MAX], one, rest = *text;
    size_t n = 0;
    bool many = f->result == KIND_CHOICES;
    char by = str_find(rest, '\n') >= 0 ? '\n' : str_find(rest, ';') >= 0 ? ';' : ',';
    struct str whole = choice_named(a, f, rest);
    if (whole.n || !many) {
        *text = whole;
        return whole.n ? NULL : "has no such choice";
    }
    while (str_split(&rest, by, &one)) {
        one = str_trim(one);
        if (!one.n)
            continue;
        struct str name = choice_named(a, f, one);
        if (!name.n || n == CHOICES_MAX)
            return str_fmt(a, "has no choice “" STR_FMT "”", STR_ARG(utf8_first(one, 60))).p;
        names[n++] = name;
    }
    *text = str_join(a, names, n, S(","));
    return NULL;
}

static struct str bool_words(struct str text)
{
    static const char *const words[][2] = {
        {"yes", "y|x|ja|j|oui|o|si|sí|s|wahr|vrai|verdadero|waar|✓|✔"},
        {"no", "n|nein|nee|non|falsch|faux|falso|onwaar|-"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct str rest = str_of(words[i][1]), one;
        while (str_split(&rest, '|', &one))
            if (str_eq_nocase(one, text))
                return str_of(words[i][0]);
    }
    return text;
}

/* "Ada <ada@example.org>", "mailto:ada@example.org" */
static struct str email_bare(struct arena *a, struct str text)
{
    ptrdiff_t open = str_find(text, '<');
    if (open >= 0 && str_ends(text, S(">")))
        text = str_make(text.p + open + 1, text.n - (size_t)open - 2);
    if (str_starts(text, S("mailto:")))
        text = str_from(text, 7);
    return str_lower(a, str_trim(text));
}

static const char *money_take(struct arena *a, const struct exchange *x,
                              const struct record_field *f, struct str *text)
{
    struct money money;
    const char *why =
        money_read(*text, currency_find(str_of(field_currency(f))), x->decimal, &money);
    if (!why)
        *text = str_fmt(a, STR_FMT " %s", STR_ARG(money_plain(a, money)), money.currency->code);
    return why;
}

static const char *number_take(struct arena *a, const struct exchange *x,
                               const struct record_field *f, struct str *text)
{
    int64_t n;
    int scale = f->result == KIND_DECIMAL ? f->scale : 0;
    const char *why =
        scale ? number_read(*text, scale, x->decimal, &n) : whole_read(*text, x->decimal, &n);
    if (!why)
        *text = number_plain(a, n, scale);
    return why;
}

static const char *day_take(struct arena *a, const struct exchange *x, const struct record_field *f,
                            struct str *text)
{
    int64_t at;
    char buf[32];
    if (f->result == KIND_DATE) {
        const char *why = date_read(*text, x->order, &at);
        if (!why)
            *text = date_text(a, at);
        return why;
    }
    const char *why = time_read(*text, x->order, NULL, &at);
    if (!why)
        *text = str_dup(a, clock_rfc3339(buf, at));
    return why;
}

static const char *phone_take(struct arena *a, const struct exchange *x,
                              const struct record_field *f, struct str *text)
{
    struct phone phone;
    const char *why = phone_read(*text, x->country ? x->country : field_country(f), &phone);
    if (!why)
        *text = phone.extension[0] ? str_fmt(a, "%s ext. %s", phone.e164, phone.extension)
                                   : str_dup(a, str_of(phone.e164));
    /* What is no number of its country may have been taken by a form: kind_parse says. */
    return why && str_starts(*text, S("+")) ? NULL : why;
}

/* A line each, numbers by the country that they are of. */
static const char *reaches_take(struct arena *a, const struct exchange *x,
                                const struct record_field *f, struct str *text)
{
    struct str lines[REACH_MANY], rest = *text;
    struct reach one;
    size_t n = 0;
    while (n < REACH_MANY && reach_next(&rest, &one)) {
        if (!one.value.n)
            continue;
        if (f->result == KIND_EMAILS)
            one.value = x->as_written && email_wrong(email_bare(a, one.value))
                            ? one.value
                            : email_bare(a, one.value);
        else if (f->result == KIND_PHONES)
            (void)phone_take(a, x, f, &one.value);
        lines[n++] = reach_line(a, one.label, one.value);
    }
    *text = str_join(a, lines, n, S("\n"));
    return NULL;
}

/* The first of several, for a field of one. */
static struct str first_of(struct arena *a, const struct record_field *f, struct str text)
{
    struct str value;
    struct reach one;
    enum kind several = f->result == KIND_EMAIL ? KIND_EMAILS : KIND_PHONES;
    if (str_find(text, '\n') < 0 && str_find_str(text, S(": ")) < 0)
        return text;
    return reach_parse(a, several, NULL, text, &value) || !reach_next(&value, &one) ? text
                                                                                    : one.value;
}

/* Of a card: "data:image/jpeg;base64,..." */
static const char *photo_take(struct req *rq, const struct exchange *x, struct str text,
                              struct value *v)
{
    struct str bytes, hash;
    ptrdiff_t comma = str_find(text, ',');
    if (comma < 0 || !base64_decode(rq->arena, str_from(text, (size_t)comma + 1), &bytes))
        return "is no whole picture";
    const char *why = photo_keep(rq->db, rq->arena, bytes, rq->now, x->seen != NULL, &hash);
    if (!why)
        *v = (struct value){.s = hash};
    return why;
}

/* As kind_parse wants it. */
static const char *plain_take(struct arena *a, const struct exchange *x,
                              const struct record_field *f, struct str *text)
{
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_DECIMAL:
    case KIND_RATING:
        return number_take(a, x, f, text);
    case KIND_MONEY:
        return money_take(a, x, f, text);
    case KIND_DATE:
    case KIND_TIME:
        return day_take(a, x, f, text);
    case KIND_PHONE:
        return phone_take(a, x, f, text);
    case KIND_CHOICE:
    case KIND_CHOICES:
        return choices_read(a, f, text);
    case KIND_EMAIL:
        *text = email_bare(a, *text);
        return NULL;
    case KIND_EMAILS:
    case KIND_PHONES:
        return reaches_take(a, x, f, text);
    case KIND_BOOL:
        *text = bool_words(*text);
        return NULL;
    default:
        return NULL;
    }
}

/* Without control characters; on one line where the field has one. */
static struct str clean(struct arena *a, struct str text, bool lines)
{
    size_t bad = 0;
    for (size_t i = 0; i < text.n; i++)
        bad += (unsigned char)text.p[i] < ' ';
    if (!bad)
        return text;
    char *p = arena_bytes(a, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
            continue;
        if (c == '\n' || c == '\r' || c == '\t')
            p[n++] = lines && c != '\t' ? '\n' : ' ';
        else if (c >= ' ')
            p[n++] = (char)c;
    }
    return str_make(p, n); /* an address begins with an empty line where it has no street */
}

const char *exchange_cell(struct req *rq, const struct exchange *x, const struct record_field *f,
                          struct str text, struct value *v, struct str *missing)
{
    struct arena *a = rq->arena;
    unsigned can = kind_info(f->result)->can;
    text = f->result == KIND_ADDRESS ? text : str_trim(text);
    bool one = f->result == KIND_EMAIL || f->result == KIND_PHONE;
    text = clean(a, text, one || can & (KIND_LINES | KIND_MANY));
    *v = (struct value){.none = true};
    *missing = S("");
    if (!str_trim(text).n)
        return NULL;
    if (f->result == KIND_TAGS) {
        *v = (struct value){.s = tags_clean(a, text, RECORD_TAGS_MAX)};
        v->none = !v->s.n;
        return NULL;
    }
    if (f->result == KIND_PHOTO && str_starts(text, S("data:")))
        return photo_take(rq, x, text, v);
    if (f->result == KIND_REFS)
        return leads_read(rq, x, f, text, v);
    if (can & KIND_LEADS) {
        int64_t id = 0;
        const char *why = lead_read(rq, x, f, text, &id, missing);
        if (!why && id > 0)
            *v = (struct value){.i = id};
        return why;
    }
    if (f->result == KIND_EMAIL || f->result == KIND_PHONE)
        text = first_of(a, f, text);
    if (f->result == KIND_LONGTEXT && text.p[0] == '<') /* HTML, of which its words are taken */
        text = str_trim(sanitize_text(a, text));
    const char *why = plain_take(a, x, f, &text);
    if (why)
        return why;
    return x->as_written ? kind_parse(a, f, text, v) : kind_typed(a, f, text, v);
}
