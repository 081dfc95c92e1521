/* vcard_write.c: writes a contact as vCard 3.0 (RFC 2426) or 4.0 (RFC 6350); see vcard.h. */
#include "text/vcard.h"

#include "core/clock.h"
#include "text/content.h"
#include "text/dates.h"

enum { CARD_MAX = 64 << 20 };

struct writing {
    struct arena *a;
    struct out o;    /* the card */
    struct out line; /* one line, not folded */
    const struct contact *c;
    bool four;
    int items; /* groups with a label */
};

static void end_line(struct writing *w)
{
    content_line(&w->o, out_text(&w->line));
    out_clear(&w->line);
}

static void write_text(struct writing *w, const char *name, struct str text)
{
    if (!text.n)
        return;
    out_fmt(&w->line, "%s:", name);
    content_escape(&w->line, text);
    end_line(w);
}

static void write_parts(struct writing *w, const struct str *part, size_t n)
{
    out_char(&w->line, ':');
    for (size_t i = 0; i < n; i++) {
        if (i)
            out_char(&w->line, ';');
        content_escape(&w->line, part[i]);
    }
    end_line(w);
}

/* An address is no text: only what would end it is coded. */
static void write_uri(struct writing *w, struct str uri)
{
    out_char(&w->line, ':');
    for (size_t i = 0; i < uri.n; i++) {
        if (uri.p[i] == '\\')
            out_char(&w->line, '\\');
        if ((unsigned char)uri.p[i] >= ' ' && uri.p[i] != 0x7f)
            out_char(&w->line, uri.p[i]);
    }
    end_line(w);
}

/* ---- types and labels ---- */

static const struct {
    unsigned type;
    const char *three, *four;
} type_words[] = {
    {CONTACT_HOME, "HOME", "home"},    {CONTACT_WORK, "WORK", "work"},
    {CONTACT_CELL, "CELL", "cell"},    {CONTACT_FAX, "FAX", "fax"},
    {CONTACT_PAGER, "PAGER", "pager"}, {CONTACT_VOICE, "VOICE", "voice"},
    {CONTACT_OTHER, "OTHER", "other"},
};

/* A label stands in a property of its own, in one group with what it is for. */
static void begin_typed(struct writing *w, const char *name, unsigned types, struct str label)
{
    if (label.n)
        out_fmt(&w->line, "item%d.", ++w->items);
    out_str(&w->line, str_of(name));
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++)
        if (types & type_words[i].type)
            out_fmt(&w->line, ";TYPE=%s", w->four ? type_words[i].four : type_words[i].three);
    if (types & CONTACT_PREFERRED)
        out_str(&w->line, w->four ? S(";PREF=1") : S(";TYPE=PREF"));
}

static void end_typed(struct writing *w, struct str label)
{
    if (!label.n)
        return;
    out_fmt(&w->line, "item%d.X-ABLABEL:", w->items);
    content_escape(&w->line, label);
    end_line(w);
}

static void write_values(struct writing *w, const char *name, const struct contact_value *v,
                         size_t n)
{
    bool uri = !strcmp(name, "URL");
    for (size_t i = 0; i < n; i++) {
        begin_typed(w, name, v[i].types, v[i].label);
        if (uri)
            write_uri(w, v[i].value);
        else
            write_parts(w, &v[i].value, 1);
        end_typed(w, v[i].label);
    }
}

/* ---- parts of the card ---- */

static void write_names(struct writing *w)
{
    const struct contact *c = w->c;
    const struct str parts[] = {c->family, c->given, c->additional, c->prefix, c->suffix};
    out_lit(&w->line, "N");
    write_parts(w, parts, 5);
    out_lit(&w->line, "FN");
    write_parts(w, &c->name, 1);
    write_text(w, "NICKNAME", c->nickname);
    const struct str org[] = {c->organisation, c->department};
    if (c->organisation.n || c->department.n) {
        out_lit(&w->line, "ORG");
        write_parts(w, org, c->department.n ? 2 : 1);
    }
    write_text(w, "TITLE", c->title);
    write_text(w, "ROLE", c->role);
}

static void write_addresses(struct writing *w)
{
    for (size_t i = 0; i < w->c->addresses; i++) {
        const struct contact_address *d = &w->c->address[i];
        const struct str parts[] = {d->pobox,  d->extended, d->street, d->city,
                                    d->region, d->postcode, d->country};
        begin_typed(w, "ADR", d->types, d->label);
        write_parts(w, parts, 7);
        end_typed(w, d->label);
    }
}

/* '0' of the form stands for a digit; a day that its month does not have is no day. */
static bool is_day(struct writing *w, struct str s, const char *form, const char *year)
{
    int64_t days;
    if (s.n != strlen(form))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (form[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
            return false;
    s = str_fmt(w->a, "%s" STR_FMT, year, STR_ARG(str_from(s, year[0] ? 1 : 0)));
    return date_read(s, DATE_UNKNOWN, &days) == NULL;
}

/* 4.0 has dates without '-', and without a year; 3.0 lacks these, and Apple's way is understood. */
static void write_birthday(struct writing *w)
{
    struct str s = w->c->birthday;
    bool whole = is_day(w, s, "0000-00-00", "");
    bool yearless = is_day(w, s, "--00-00", "1604");
    if (whole && w->four)
        out_fmt(&w->line, "BDAY:%.4s%.2s%.2s", s.p, s.p + 5, s.p + 8);
    else if (whole)
        out_fmt(&w->line, "BDAY:" STR_FMT, STR_ARG(s));
    else if (yearless && w->four)
        out_fmt(&w->line, "BDAY:--%.2s%.2s", s.p + 2, s.p + 5);
    else if (yearless)
        out_fmt(&w->line, "BDAY;X-APPLE-OMIT-YEAR=1604:1604-%.5s", s.p + 2);
    else if (s.n) {
        out_lit(&w->line, "BDAY;VALUE=text:");
        content_escape(&w->line, s);
    } else
        return;
    end_line(w);
}

static void write_photo(struct writing *w)
{
    const struct contact *c = w->c;
    if (!c->photo.n) {
        if (c->photo_url.n) {
            out_lit(&w->line, "PHOTO;VALUE=uri");
            write_uri(w, c->photo_url);
        }
        return;
    }
    struct str packed = base64_encode(w->a, c->photo), type = content_escaped(w->a, c->photo_type);
    ptrdiff_t slash = str_find(type, '/');
    bool sound = str_find(type, ';') < 0 && str_find(type, ',') < 0 && str_find(type, '"') < 0 &&
                 str_find(type, ':') < 0;
    if (w->four) {
        out_lit(&w->line, "PHOTO:data:");
        out_str(&w->line, sound ? type : S(""));
        out_lit(&w->line, ";base64,");
    } else {
        out_lit(&w->line, "PHOTO;ENCODING=b");
        if (sound && slash > 0)
            out_fmt(&w->line, ";TYPE=" STR_FMT, STR_ARG(str_from(type, (size_t)slash + 1)));
        out_char(&w->line, ':');
    }
    out_str(&w->line, packed);
    end_line(w);
}

static void write_tags(struct writing *w)
{
    for (size_t i = 0; i < w->c->tags; i++) {
        out_str(&w->line, i ? S(",") : S("CATEGORIES:"));
        content_escape(&w->line, w->c->tag[i]);
    }
    if (w->c->tags)
        end_line(w);
}

static void write_revised(struct writing *w)
{
    char buf[32];
    struct str s = clock_rfc3339(buf, w->c->revised);
    if (!w->c->revised)
        return;
    if (w->four)
        out_fmt(&w->line, "REV:%.4s%.2s%.2sT%.2s%.2s%.2sZ", s.p, s.p + 5, s.p + 8, s.p + 11,
                s.p + 14, s.p + 17);
    else
        out_fmt(&w->line, "REV:%.19sZ", s.p);
    end_line(w);
}

struct str vcard_write(struct arena *a, const struct contact *contact, enum vcard_version version)
{
    struct writing w = {.a = a, .c = contact, .four = version == VCARD_40};
    out_init(&w.o, CARD_MAX);
    out_init(&w.line, CARD_MAX);
    out_fmt(&w.o, "BEGIN:VCARD\r\nVERSION:%s\r\n", w.four ? "4.0" : "3.0");
    write_names(&w);
    write_values(&w, "TEL", contact->phone, contact->phones);
    write_values(&w, "EMAIL", contact->email, contact->emails);
    write_addresses(&w);
    write_values(&w, "URL", contact->url, contact->urls);
    write_birthday(&w);
    write_text(&w, "NOTE", contact->note);
    write_tags(&w);
    write_photo(&w);
    write_text(&w, "UID", contact->uid);
    write_revised(&w);
    out_lit(&w.o, "END:VCARD\r\n");
    out_free(&w.line);
    return out_take(&w.o, a);
}
