/* vcard_fuzz.c: any bytes as a file of cards.
 *
 * Whatever is read is UTF-8 without control characters (vcard RULE 3), within the file's lines, and
 * what is written of it in either version is read as the same contact, once (RULE 5, RULE 6).
 */
#include "test/fuzz/fuzz.h"
#include "text/vcard.h"

static void sound(struct str s)
{
    must(utf8_valid(s));
    for (size_t i = 0; i < s.n; i++)
        must((unsigned char)s.p[i] >= ' ' || s.p[i] == '\n' || s.p[i] == '\t');
}

static bool same_values(const struct contact_value *a, size_t n, const struct contact_value *b,
                        size_t m)
{
    bool same = n == m;
    for (size_t i = 0; same && i < n; i++)
        same = str_eq(a[i].value, b[i].value) && a[i].types == b[i].types &&
               str_eq(a[i].label, b[i].label);
    return same;
}

static bool same_addresses(const struct contact *a, const struct contact *b)
{
    bool same = a->addresses == b->addresses;
    for (size_t i = 0; same && i < a->addresses; i++) {
        const struct contact_address *x = &a->address[i], *y = &b->address[i];
        same = str_eq(x->street, y->street) && str_eq(x->city, y->city) &&
               str_eq(x->postcode, y->postcode) && str_eq(x->country, y->country) &&
               x->types == y->types && str_eq(x->label, y->label);
    }
    return same;
}

static void check_sound(const struct contact *c)
{
    const struct str texts[] = {c->name,   c->family,     c->given,      c->additional,
                                c->prefix, c->suffix,     c->nickname,   c->organisation,
                                c->title,  c->department, c->role,       c->birthday,
                                c->note,   c->uid,        c->photo_type, c->photo_url};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sound(texts[i]);
    for (size_t i = 0; i < c->tags; i++)
        sound(c->tag[i]);
    for (size_t i = 0; i < c->phones; i++)
        sound(c->phone[i].label);
}

static void check_again(struct arena *a, const struct contact *c, enum vcard_version version)
{
    struct str text = vcard_write(a, c, version);
    struct vcard_reader r = vcard_open(text);
    struct vcard card;
    struct contact again;
    must(vcard_next(a, &r, &card) && r.rest.n == 0 && card.problems == 0);
    vcard_contact(a, &card, &again);
    must(str_eq(c->name, again.name) && str_eq(c->family, again.family));
    must(str_eq(c->given, again.given) && str_eq(c->organisation, again.organisation));
    must(str_eq(c->note, again.note) && str_eq(c->birthday, again.birthday));
    must(str_eq(c->photo, again.photo) && c->tags == again.tags);
    must(same_values(c->phone, c->phones, again.phone, again.phones));
    must(same_values(c->email, c->emails, again.email, again.emails));
    must(c->urls == again.urls && same_addresses(c, &again));
}

/* RULE 7, as far as it holds for any bytes: nothing is lost between the pieces. */
static void check_pieces(struct arena *a, struct str all)
{
    struct vcard_feeder f;
    size_t given = 0, size = all.n;
    vcard_feed_open(&f, 64);
    for (bool last = false; !last; all = str_from(all, 3)) {
        last = all.n == 0;
        struct vcard_reader r = vcard_feed(&f, str_first(all, 3), last);
        struct vcard card;
        given += f.given;
        while (vcard_next(a, &r, &card))
            must(r.rest.n <= f.given);
    }
    must(given == size);
    vcard_feed_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str all = str_make((const char *)data, size);
    struct vcard_reader r = vcard_open(all);
    struct vcard card;
    int64_t lines = 2;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    while (vcard_next(a, &r, &card)) {
        struct contact c;
        for (size_t i = 0; i < card.problems; i++)
            must(card.problem[i].line >= 1 && card.problem[i].line <= lines);
        vcard_contact(a, &card, &c);
        check_sound(&c);
        check_again(a, &c, VCARD_30);
        check_again(a, &c, VCARD_40);
        arena_reset(a);
    }
    check_pieces(a, all);
    arena_free(a);
    return 0;
}
