/* vcard_contact.c: what a card says of a contact; see vcard.h. */
#include "text/vcard.h"

#include "core/arena.h"
#include "core/clock.h"
#include "text/content.h"
#include "text/dates.h"
#include "text/latin.h"

/* Other words that stand as types and are none of ours are kept as a label. */
static const struct {
    const char *word;
    unsigned types;
} type_words[] = {
    {"HOME", CONTACT_HOME},   {"WORK", CONTACT_WORK},      {"CELL", CONTACT_CELL},
    {"MOBILE", CONTACT_CELL}, {"IPHONE", CONTACT_CELL},    {"FAX", CONTACT_FAX},
    {"PAGER", CONTACT_PAGER}, {"VOICE", CONTACT_VOICE},    {"OTHER", CONTACT_OTHER},
    {"MAIN", CONTACT_OTHER},  {"PREF", CONTACT_PREFERRED},
};
static const char no_labels[] =
    " INTERNET POSTAL PARCEL DOM INTL MSG TEXT VIDEO TEXTPHONE BBS MODEM "
    "CAR ISDN PCS X400 TLX AOL ";

struct reading {
    struct arena *a;
    const struct vcard *card;
    struct contact *c;
};

static struct str text(const struct reading *r, struct str value)
{
    return str_trim(vcard_text(r->a, r->card, value));
}

/* What stands in place `at`, from 0. */
static struct str part_text(const struct reading *r, struct str value, size_t at)
{
    struct str part = S("");
    for (size_t i = 0; i <= at; i++)
        if (!vcard_part(&value, ';', &part))
            return S("");
    return text(r, part);
}

/* ---- types and labels ---- */

/* The property in the same group that says how a person calls this one. */
static struct str group_label(const struct reading *r, const struct vcard_prop *prop)
{
    for (size_t i = 0; prop->group.n && i < r->card->n; i++) {
        const struct vcard_prop *other = &r->card->prop[i];
        if (!str_eq(other->group, prop->group) || !str_is(other->name, "X-ABLABEL"))
            continue;
        struct str s = text(r, other->value), begin = S("_$!<"), end = S(">!$_");
        if (str_starts(s, begin) && str_ends(s, end) && s.n >= begin.n + end.n)
            s = str_make(s.p + begin.n, s.n - begin.n - end.n); /* Apple's own words */
        return s;
    }
    return S("");
}

static void read_types(const struct reading *r, const struct vcard_prop *prop, unsigned *types,
                       struct str *label)
{
    *label = group_label(r, prop);
    *types = 0;
    for (size_t i = 0; i < prop->params; i++) {
        struct str name = prop->param[i].name, value = prop->param[i].value;
        if (str_is(name, "PREF") && str_is(value, "1"))
            *types |= CONTACT_PREFERRED;
        if (!str_is(name, "TYPE"))
            continue;
        bool known = false;
        for (size_t j = 0; j < sizeof type_words / sizeof *type_words; j++)
            if (str_is(value, type_words[j].word)) {
                *types |= type_words[j].types;
                known = true;
            }
        struct str spaced = str_fmt(r->a, " " STR_FMT " ", STR_ARG(value));
        if (!known && !label->n && !str_has(str_of(no_labels), spaced))
            *label = text(r, str_lower(r->a, value));
    }
}

/* ---- one property after another ---- */

static void read_name(const struct reading *r, const struct vcard_prop *prop)
{
    struct contact *c = r->c;
    struct str *const parts[] = {&c->family, &c->given, &c->additional, &c->prefix, &c->suffix};
    for (size_t i = 0; i < 5; i++)
        *parts[i] = part_text(r, prop->value, i);
}

static void read_organisation(const struct reading *r, const struct vcard_prop *prop)
{
    struct str rest = prop->value, part, units = S("");
    if (r->c->organisation.n || !vcard_part(&rest, ';', &part))
        return;
    r->c->organisation = text(r, part);
    while (vcard_part(&rest, ';', &part)) {
        struct str unit = text(r, part);
        if (unit.n)
            units =
                units.n ? str_fmt(r->a, STR_FMT ", " STR_FMT, STR_ARG(units), STR_ARG(unit)) : unit;
    }
    r->c->department = units;
}

static void read_value(const struct reading *r, const struct vcard_prop *prop, const char *scheme,
                       struct contact_value *values, size_t *n)
{
    struct str s = text(r, prop->value), before = str_of(scheme);
    while (before.n && str_eq_nocase(str_first(s, before.n), before))
        s = str_trim(str_from(s, before.n));
    if (!s.n)
        return;
    struct contact_value *v = &values[(*n)++];
    v->value = s;
    read_types(r, prop, &v->types, &v->label);
}

static void read_address(const struct reading *r, const struct vcard_prop *prop)
{
    struct contact_address *to = &r->c->address[r->c->addresses];
    struct str *const parts[] = {&to->pobox,  &to->extended, &to->street, &to->city,
                                 &to->region, &to->postcode, &to->country};
    bool any = false;
    for (size_t i = 0; i < 7; i++) {
        *parts[i] = part_text(r, prop->value, i);
        any = any || parts[i]->n;
    }
    if (!any)
        return;
    read_types(r, prop, &to->types, &to->label);
    r->c->addresses++;
}

/* "1980-03-22", or "--03-22" of --0322 and of Apple's year that is to be left out. */
static struct str read_day(const struct reading *r, const struct vcard_prop *prop)
{
    struct str s = text(r, prop->value), omit = vcard_param(prop, "X-APPLE-OMIT-YEAR");
    char *buf = arena_alloc(r->a, 32);
    int64_t days;
    if (str_starts(s, S("--")) && (s.n == 6 || (s.n == 7 && s.p[4] == '-'))) {
        struct str leap = str_fmt(r->a, "1604-%.2s-%.2s", s.p + 2, s.p + s.n - 2);
        if (leap.n != 10 || date_read(leap, DATE_UNKNOWN, &days))
            return s;
        return str_fmt(r->a, "--" STR_FMT, STR_ARG(str_from(date_plain(buf, days), 5)));
    }
    struct str date = s;
    ptrdiff_t time = str_find(s, 'T');
    if (time == 8 || time == 10)
        date = str_first(s, (size_t)time);
    if (date_read(date, DATE_UNKNOWN, &days))
        return s;
    date = date_plain(buf, days);
    if (omit.n && str_eq(omit, str_first(date, 4)))
        return str_fmt(r->a, "--" STR_FMT, STR_ARG(str_from(date, 5)));
    return date;
}

/* "20120305T131933Z" is "2012-03-05T13:19:33Z". */
static int64_t read_moment(const struct reading *r, struct str value)
{
    struct str s = text(r, value);
    int64_t us = 0;
    if (s.n >= 15 && s.p[8] == 'T')
        s = str_fmt(r->a, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s" STR_FMT, s.p, s.p + 4, s.p + 6, s.p + 9,
                    s.p + 11, s.p + 13, STR_ARG(str_from(s, 15)));
    return time_read(s, DATE_UNKNOWN, NULL, &us) ? 0 : us - us % CLOCK_SECOND;
}

/* "JPEG" is "image/jpeg". */
static struct str media_type(const struct reading *r, struct str type)
{
    type = text(r, type);
    if (!type.n || str_find(type, '/') >= 0)
        return str_lower(r->a, type);
    return str_fmt(r->a, "image/" STR_FMT, STR_ARG(str_lower(r->a, type)));
}

/* Without what is in no address, and is not written in one. */
static struct str address_text(const struct reading *r, struct str value)
{
    struct str s = text(r, value);
    char *kept = arena_bytes(r->a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f)
            kept[n++] = s.p[i];
    return str_make(kept, n);
}

static void read_photo(const struct reading *r, const struct vcard_prop *prop)
{
    struct contact *c = r->c;
    if (c->photo.n)
        return;
    if (prop->bytes) {
        c->photo = prop->value;
        c->photo_type = media_type(r, vcard_param(prop, "TYPE"));
        return;
    }
    struct str s = address_text(r, prop->value);
    ptrdiff_t comma = str_find(s, ','), semicolon = str_find(s, ';');
    if (str_starts(s, S("data:")) && comma > 0) {
        struct str head = str_make(s.p + 5, (size_t)comma - 5);
        bool packed = str_ends(head, S(";base64"));
        if (semicolon > 0 && semicolon < comma)
            head = str_make(s.p + 5, (size_t)semicolon - 5);
        if (packed && base64_decode(r->a, str_from(s, (size_t)comma + 1), &c->photo))
            c->photo_type = media_type(r, head);
        return;
    }
    if (s.n && !c->photo_url.n)
        c->photo_url = s;
}

static void read_tags(const struct reading *r, const struct vcard_prop *prop)
{
    struct str rest = prop->value, part;
    while (vcard_part(&rest, ',', &part)) {
        struct str tag = text(r, part);
        if (tag.n)
            r->c->tag[r->c->tags++] = tag;
    }
}

static void set_once(const struct reading *r, const struct vcard_prop *prop, struct str *to)
{
    if (!to->n)
        *to = text(r, prop->value);
}

static void read_note(const struct reading *r, const struct vcard_prop *prop)
{
    struct str s = text(r, prop->value), was = r->c->note;
    if (s.n)
        r->c->note = was.n ? str_fmt(r->a, STR_FMT "\n" STR_FMT, STR_ARG(was), STR_ARG(s)) : s;
}

static void read_texts(const struct reading *r, const struct vcard_prop *prop)
{
    struct contact *c = r->c;
    const struct {
        const char *name;
        struct str *to;
    } once[] = {{"FN", &c->name},
                {"NICKNAME", &c->nickname},
                {"TITLE", &c->title},
                {"ROLE", &c->role},
                {"UID", &c->uid}};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++)
        if (str_is(prop->name, once[i].name))
            set_once(r, prop, once[i].to);
}

static void read_prop(const struct reading *r, const struct vcard_prop *prop)
{
    struct contact *c = r->c;
    struct str name = prop->name;
    if (str_is(name, "PHOTO"))
        read_photo(r, prop);
    else if (prop->bytes)
        return;
    else if (str_is(name, "N") && !c->family.n && !c->given.n)
        read_name(r, prop);
    else if (str_is(name, "ORG"))
        read_organisation(r, prop);
    else if (str_is(name, "TEL"))
        read_value(r, prop, "tel:", c->phone, &c->phones);
    else if (str_is(name, "EMAIL"))
        read_value(r, prop, "mailto:", c->email, &c->emails);
    else if (str_is(name, "URL"))
        read_value(r, prop, "", c->url, &c->urls);
    else if (str_is(name, "ADR"))
        read_address(r, prop);
    else if (str_is(name, "BDAY") && !c->birthday.n)
        c->birthday = read_day(r, prop);
    else if (str_is(name, "NOTE"))
        read_note(r, prop);
    else if (str_is(name, "REV"))
        c->revised = read_moment(r, prop->value);
    else if (str_is(name, "CATEGORIES"))
        read_tags(r, prop);
    else
        read_texts(r, prop);
}

/* Cards must have a name for display, and some have none. */
static void name_somehow(const struct reading *r)
{
    struct contact *c = r->c;
    const struct str parts[] = {c->prefix, c->given, c->additional, c->family, c->suffix};
    struct str kept[5];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++)
        if (parts[i].n)
            kept[n++] = parts[i];
    c->name = str_join(r->a, kept, n, S(" "));
    const struct str others[] = {c->organisation, c->nickname,
                                 c->emails ? c->email[0].value : S(""),
                                 c->phones ? c->phone[0].value : S("")};
    for (size_t i = 0; i < 4 && !c->name.n; i++)
        c->name = others[i];
}

static size_t count_tags(const struct vcard *card)
{
    size_t n = 0;
    for (size_t i = 0; i < card->n; i++)
        for (size_t j = 0; str_is(card->prop[i].name, "CATEGORIES") && j <= card->prop[i].value.n;
             j++)
            n += j == card->prop[i].value.n || card->prop[i].value.p[j] == ',';
    return n;
}

void vcard_contact(struct arena *a, const struct vcard *card, struct contact *contact)
{
    *contact = (struct contact){.revised = 0};
    struct reading r = {a, card, contact};
    size_t phones = 0, emails = 0, urls = 0, addresses = 0;
    for (size_t i = 0; i < card->n; i++) {
        phones += str_is(card->prop[i].name, "TEL");
        emails += str_is(card->prop[i].name, "EMAIL");
        urls += str_is(card->prop[i].name, "URL");
        addresses += str_is(card->prop[i].name, "ADR");
    }
    contact->phone = arena_array(a, struct contact_value, phones + 1);
    contact->email = arena_array(a, struct contact_value, emails + 1);
    contact->url = arena_array(a, struct contact_value, urls + 1);
    contact->address = arena_array(a, struct contact_address, addresses + 1);
    contact->tag = arena_array(a, struct str, count_tags(card) + 1);
    for (size_t i = 0; i < card->n; i++)
        read_prop(&r, &card->prop[i]);
    if (!contact->name.n)
        name_somehow(&r);
}
