/* vcf.c: a record, or a list of them, as contact cards (vCard 4.0, or 3.0 for older programs).
 *
 *     /people/12.vcf, /people/12.vcf?version=3.0, /organisations.vcf?kinds=customer
 *
 * What a field is on a card its kind says, or `as` in its declaration (types.h): no type has a
 * writer of its own.
 *
 * RULES
 *   1. A type has cards if its records have an address or a number that the viewer may see.
 *   2. A field that the viewer may not see is on no card.
 *   3. What an import took of a card, its card has again: names, numbers, addresses with what they
 *      are for, and the bytes of the photo. UID is the same for good.
 */
#include "features/entries/sheets.h"
#include "record/photos.h"
#include "record/reach.h"
#include "text/vcard.h"
#include "view/answer.h"

enum { REACHES = 3 * REACH_MANY };

struct carding {
    struct req *rq;
    struct arena *a;
    const struct record_type *t;
    struct contact c;
};

static bool is_reach(enum kind k)
{
    return kind_reaches(k) || k == KIND_EMAIL || k == KIND_PHONE || k == KIND_ADDRESS;
}

bool vcf_of(const struct record_type *t, const struct viewer *viewer)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (is_reach(t->fields[i].result) && field_seen(&t->fields[i], viewer))
            return true;
    return false;
}

/* ---- what each is for ---- */

/* "work fax" is types; anything else is a label of one's own. */
static unsigned types_of(struct str label, struct str *own)
{
    static const struct {
        const char *word;
        unsigned type;
    } words[] = {{"home", CONTACT_HOME},     {"work", CONTACT_WORK},   {"mobile", CONTACT_CELL},
                 {"fax", CONTACT_FAX},       {"pager", CONTACT_PAGER}, {"other", CONTACT_OTHER},
                 {"business", CONTACT_WORK}, {"private", CONTACT_HOME}};
    struct str rest = label, word;
    unsigned types = 0;
    *own = S("");
    while (label.n && str_split(&rest, ' ', &word)) {
        size_t i = 0;
        while (i < sizeof words / sizeof *words && !str_eq_nocase(word, str_of(words[i].word)))
            i++;
        if (i == sizeof words / sizeof *words) {
            *own = label;
            return 0;
        }
        types |= words[i].type;
    }
    return types;
}

static void value_add(struct contact_value *list, size_t *n, const struct reach *one, bool first)
{
    struct contact_value *v = &list[*n];
    if (*n == REACHES)
        return;
    v->value = one->value;
    v->types = types_of(one->label, &v->label) | (first ? CONTACT_PREFERRED : 0);
    ++*n;
}

static void address_add(struct carding *w, const struct str parts[REACH_PARTS], struct str label,
                        bool first)
{
    struct contact_address *to = &w->c.address[w->c.addresses];
    if (w->c.addresses == REACHES)
        return;
    *to = (struct contact_address){.pobox = parts[REACH_POBOX],
                                   .extended = parts[REACH_EXTENDED],
                                   .street = parts[REACH_STREET],
                                   .city = parts[REACH_CITY],
                                   .region = parts[REACH_REGION],
                                   .postcode = parts[REACH_POSTCODE],
                                   .country = parts[REACH_COUNTRY]};
    to->types = types_of(label, &to->label) | (first ? CONTACT_PREFERRED : 0);
    w->c.addresses++;
}

/* The first of several is the preferred one. */
static void several_take(struct carding *w, const struct record_field *f, struct str list)
{
    bool several = str_find(list, '\n') >= 0;
    struct reach one;
    for (bool first = several; reach_next(&list, &one); first = false) {
        struct str parts[REACH_PARTS];
        if (f->result == KIND_EMAILS)
            value_add(w->c.email, &w->c.emails, &one, first && !w->c.emails);
        else if (f->result == KIND_PHONES)
            value_add(w->c.phone, &w->c.phones, &one, first && !w->c.phones);
        else {
            reach_address(w->a, one.value, parts);
            address_add(w, parts, one.label, first && !w->c.addresses);
        }
    }
}

/* ---- fields ---- */

static void names_take(struct carding *w, struct str names)
{
    struct str parts[REACH_PARTS];
    reach_address(w->a, names, parts);
    w->c.family = parts[0];
    w->c.given = parts[1];
    w->c.additional = parts[2];
    w->c.prefix = parts[3];
    w->c.suffix = parts[4];
}

/* Of a person without parts the last word is the family's. */
static void names_guess(struct carding *w)
{
    struct contact *c = &w->c;
    ptrdiff_t last = -1;
    if (c->family.n || c->given.n)
        return;
    if (w->t->alike == ALIKE_ORGANISATIONS) {
        c->organisation = c->name;
        return;
    }
    for (size_t i = 0; i < c->name.n; i++)
        last = c->name.p[i] == ' ' ? (ptrdiff_t)i : last;
    c->given = last < 0 ? c->name : str_trim(str_first(c->name, (size_t)last));
    c->family = last < 0 ? S("") : str_from(c->name, (size_t)last + 1);
}

/* A birthday of 1604 is one whose year nobody said. */
static struct str without_year(struct arena *a, struct str day)
{
    return str_starts(day, S("1604-")) ? str_fmt(a, "-" STR_FMT, STR_ARG(str_from(day, 4))) : day;
}

static bool named_take(struct carding *w, const struct record_field *f, const struct value *v)
{
    struct str as = f->as ? str_of(f->as) : S("");
    if (str_is(as, "names"))
        names_take(w, v->s);
    else if (str_is(as, "org"))
        w->c.organisation = kind_shown(w->a, f, v);
    else if (str_is(as, "job"))
        w->c.title = kind_shown(w->a, f, v);
    else if (str_is(as, "birthday"))
        w->c.birthday = without_year(w->a, kind_text(w->a, f, v));
    else
        return false;
    return true;
}

static void tags_take(struct carding *w, struct str tags)
{
    struct str one;
    w->c.tag = arena_array(w->a, struct str, tags.n / 2 + 1);
    while (str_split(&tags, ' ', &one))
        if (one.n)
            w->c.tag[w->c.tags++] = one;
}

static void field_take(struct carding *w, const struct record_field *f, const struct value *v)
{
    struct reach one = {.label = S(""), .value = v->s};
    struct str parts[REACH_PARTS] = {S(""), S(""), S(""), S(""), S(""), S(""), S("")};
    struct str lines = v->s;
    struct photo photo;
    if (named_take(w, f, v))
        return;
    if (kind_reaches(f->result))
        several_take(w, f, v->s);
    else if (f->result == KIND_EMAIL)
        value_add(w->c.email, &w->c.emails, &one, false);
    else if (f->result == KIND_PHONE)
        value_add(w->c.phone, &w->c.phones, &one, false);
    else if (f->result == KIND_URL)
        value_add(w->c.url, &w->c.urls, &one, false);
    else if (f->result == KIND_ADDRESS) {
        for (size_t i = 0; i < REACH_EXTENDED && str_split(&lines, '\n', &parts[i]);)
            i++;
        address_add(w, parts, S(""), false);
    } else if (f->result == KIND_PHOTO && !w->c.photo.n &&
               photo_read(w->rq->db, w->a, v->s, &photo)) {
        w->c.photo = photo.bytes;
        w->c.photo_type = photo.type;
    } else if (f->result == KIND_TAGS)
        tags_take(w, v->s);
    else if (f->flags & FIELD_BODY)
        w->c.note = v->s;
}

static enum vcard_version version_of(struct req *rq)
{
    struct str version = req_query(rq, "version");
    return str_is(version, "3.0") || str_is(version, "3") ? VCARD_30 : VCARD_40;
}

struct card_of {
    int64_t id, revised;
    struct str title;
    const struct value *values;
};

static struct str card_text(struct req *rq, struct arena *a, const struct record_type *t,
                            const struct card_of *r)
{
    struct carding w = {.rq = rq, .a = a, .t = t, .c = {.name = r->title, .revised = r->revised}};
    w.c.phone = arena_array(a, struct contact_value, REACHES);
    w.c.email = arena_array(a, struct contact_value, REACHES);
    w.c.url = arena_array(a, struct contact_value, REACHES);
    w.c.address = arena_array(a, struct contact_address, REACHES);
    for (size_t i = 0; i < t->fields_n; i++)
        if (!r->values[i].none && field_seen(&t->fields[i], &rq->viewer)) /* RULE 2 */
            field_take(&w, &t->fields[i], &r->values[i]);
    names_guess(&w);
    w.c.uid = str_fmt(a, STR_FMT "/%s/%lld", STR_ARG(site_url(rq)), t->plural, (long long)r->id);
    return vcard_write(a, &w.c, version_of(rq));
}

int vcf_answer(struct req *rq, const struct record_type *t, const struct record *r,
               const struct value *values)
{
    if (!vcf_of(t, &rq->viewer))
        return not_found(rq);
    struct str text =
        card_text(rq, rq->arena, t, &(struct card_of){r->id, r->updated_at, r->title, values});
    rq->status = 200;
    rq->content_type = S("text/vcard; charset=utf-8");
    res_header(
        rq, "Content-Disposition",
        str_fmt(rq->arena, "attachment; filename=\"%s-%lld.vcf\"", t->name, (long long)r->id));
    out_clear(&rq->out);
    out_str(&rq->out, text);
    return rq->status;
}

/* ---- lists ---- */

static void fields_choose(struct sheet *s)
{
    const struct record_type *t = s->v->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool wanted = is_reach(f->result) || f->as || f->result == KIND_URL ||
                      f->result == KIND_PHOTO || f->result == KIND_TAGS;
        if (wanted && f->sql[0] && field_seen(f, &s->rq->viewer))
            s->fields[s->n++] = f;
    }
}

static void head_put(struct sheet *s, struct out *o)
{
    (void)s, (void)o; /* a file of cards is cards */
}

static void row_put(struct sheet *s, struct arena *a, struct out *o, const struct selected *row)
{
    out_str(o, card_text(s->rq, a, s->v->type,
                         &(struct card_of){row->id, row->updated_at, row->title, row->values}));
}

const struct sheet_face sheet_vcf = {
    .ending = "vcf",
    .type = S("text/vcard; charset=utf-8"),
    .choose = fields_choose,
    .head = head_put,
    .row = row_put,
};
