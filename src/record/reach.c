/* reach.c: see reach.h. */
#include "record/reach.h"

#include <jansson.h>

#include "core/out.h"
#include "text/phone.h"

enum { EMAIL_MAX = 254, VALUE_MAX = 2000, NUMBER_MAX = 60, DIGITS_LEAST = 3 };

#define EXTENSION " ext. "

static const char *const part_names[REACH_PARTS] = {
    [REACH_STREET] = "street", [REACH_POSTCODE] = "postcode", [REACH_CITY] = "city",
    [REACH_REGION] = "region", [REACH_COUNTRY] = "country",   [REACH_EXTENDED] = "extended",
    [REACH_POBOX] = "pobox",
};

/* ---- lines ---- */

/* Where a label ends: a colon before anything that no label has. */
static ptrdiff_t label_end(struct str line)
{
    for (size_t i = 0; i < line.n && i <= REACH_LABEL; i++)
        switch (line.p[i]) {
        case ':':
            return (ptrdiff_t)i;
        case ';':
        case '@':
        case '\\':
        case '<':
            return -1;
        }
    return -1;
}

static struct reach line_split(struct str line)
{
    ptrdiff_t colon = label_end(line);
    if (colon < 0)
        return (struct reach){S(""), str_trim(line)};
    return (struct reach){str_trim(str_first(line, (size_t)colon)),
                          str_trim(str_from(line, (size_t)colon + 1))};
}

bool reach_next(struct str *rest, struct reach *one)
{
    struct str line;
    if (!str_split(rest, '\n', &line))
        return false;
    *one = line_split(line);
    return true;
}

struct str reach_line(struct arena *a, struct str label, struct str value)
{
    if (!label.n && label_end(value) < 0)
        return value;
    char *p = arena_bytes(a, label.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < label.n; i++)
        p[n++] =
            memchr(":;@\\<,", label.p[i], 6) || (unsigned char)label.p[i] < ' ' ? ' ' : label.p[i];
    struct str clean = str_trim(utf8_first(str_trim(str_make(p, n)), REACH_LABEL / 2));
    return str_fmt(a, STR_FMT ": " STR_FMT, STR_ARG(clean), STR_ARG(value));
}

/* ---- numbers ---- */

static struct str scheme_off(struct str text, const char *scheme)
{
    struct str s = str_of(scheme);
    return str_eq_nocase(str_first(text, s.n), s) ? str_trim(str_from(text, s.n)) : text;
}

const char *reach_phone(struct arena *a, const char *country, struct str text, struct str *value)
{
    struct phone phone;
    text = scheme_off(text, "tel:");
    ptrdiff_t ext = str_find_str(text, S(";ext="));
    if (ext >= 0)
        text = str_fmt(a, STR_FMT EXTENSION STR_FMT, STR_ARG(str_first(text, (size_t)ext)),
                       STR_ARG(str_from(text, (size_t)ext + 5)));
    const char *why = phone_read(text, country, &phone);
    if (why)
        return why;
    *value = phone.extension[0] ? str_fmt(a, "%s" EXTENSION "%s", phone.e164, phone.extension)
                                : str_dup(a, str_of(phone.e164));
    return NULL;
}

struct str phone_number(struct str value)
{
    ptrdiff_t ext = str_find_str(value, S(EXTENSION));
    return ext < 0 ? value : str_first(value, (size_t)ext);
}

struct str phone_extension(struct str value)
{
    ptrdiff_t ext = str_find_str(value, S(EXTENSION));
    return ext < 0 ? S("") : str_from(value, (size_t)ext + sizeof EXTENSION - 1);
}

struct str phone_uri(struct arena *a, struct str value)
{
    struct str ext = phone_extension(value), number = phone_number(value);
    char *p = arena_bytes(a, number.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < number.n; i++)
        if ((number.p[i] >= '0' && number.p[i] <= '9') || (number.p[i] == '+' && !n))
            p[n++] = number.p[i];
    return str_fmt(a, "tel:" STR_FMT "%s" STR_FMT, STR_ARG(str_make(p, n)), ext.n ? ";ext=" : "",
                   STR_ARG(ext));
}

/* RULE 2 */
static const char *phone_take(struct arena *a, const char *country, struct str text,
                              struct str *value)
{
    text = scheme_off(text, "tel:");
    if (!reach_phone(a, country, text, value))
        return NULL;
    *value = text;
    return utf8_len(text) <= NUMBER_MAX ? NULL : "has a number that is too long";
}

/* ---- addresses ---- */

/* Up to the next ';' that is none of the part, without what escapes it. */
static bool part_next(struct arena *a, struct str *rest, struct str *part)
{
    if (!rest->p)
        return false;
    char *p = arena_bytes(a, rest->n + 1);
    size_t n = 0, at = 0;
    for (; at < rest->n && rest->p[at] != ';'; at++) {
        char c = rest->p[at];
        if (c == '\\' && at + 1 < rest->n) {
            c = rest->p[++at];
            c = c == 'n' ? '\n' : c;
        }
        p[n++] = c;
    }
    *part = str_trim(str_make(p, n));
    *rest = at < rest->n ? str_from(*rest, at + 1) : (struct str){0};
    return true;
}

void reach_address(struct arena *a, struct str value, struct str parts[REACH_PARTS])
{
    for (size_t i = 0; i < REACH_PARTS; i++)
        if (!part_next(a, &value, &parts[i]))
            parts[i] = S("");
}

struct str reach_address_value(struct arena *a, const struct str parts[REACH_PARTS])
{
    struct out o;
    size_t most = REACH_PARTS;
    out_init(&o, 1 << 16);
    while (most > 1 && !parts[most - 1].n)
        most--;
    for (size_t i = 0; i < most; i++) {
        struct str part = str_trim(parts[i]);
        if (i)
            out_str(&o, S("; "));
        for (size_t k = 0; k < part.n; k++) {
            char c = part.p[k];
            if (c == ';' || c == '\\')
                out_char(&o, '\\');
            if (c == '\n')
                out_str(&o, S("\\n"));
            else if (c != '\r')
                out_char(&o, c);
        }
    }
    return str_trim(out_take(&o, a));
}

static const char *address_take(struct arena *a, struct str text, struct str *value)
{
    struct str parts[REACH_PARTS], rest = text, one;
    size_t n = 0;
    while (part_next(a, &rest, &one))
        n++;
    if (n > REACH_PARTS)
        return "may have in a line: street; postcode; city; region; country; before it; box";
    reach_address(a, text, parts);
    *value = reach_address_value(a, parts);
    return value->n > VALUE_MAX ? "has an address that is too long" : NULL;
}

/* ---- all of them ---- */

struct str reach_key(struct arena *a, enum kind kind, struct str value)
{
    if (kind != KIND_PHONES)
        return str_lower(a, value);
    value = phone_number(value);
    char *p = arena_bytes(a, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] >= '0' && value.p[i] <= '9') || (value.p[i] == '+' && !n))
            p[n++] = value.p[i];
    return str_make(p, n);
}

static const char *value_take(struct arena *a, enum kind kind, const char *country, struct str text,
                              struct str *value)
{
    if (kind == KIND_PHONES)
        return phone_take(a, country, text, value);
    if (kind == KIND_ADDRESSES)
        return address_take(a, text, value);
    *value = scheme_off(text, "mailto:");
    return value->n <= EMAIL_MAX ? NULL : email_wrong(*value);
}

const char *reach_wrong(enum kind kind, struct str value)
{
    struct reach one;
    while (kind != KIND_ADDRESSES && value.n && reach_next(&value, &one)) {
        size_t digits = 0;
        for (size_t i = 0; i < one.value.n; i++)
            digits += one.value.p[i] >= '0' && one.value.p[i] <= '9';
        if (kind == KIND_EMAILS && email_wrong(one.value))
            return email_wrong(one.value);
        if (kind == KIND_PHONES && digits < DIGITS_LEAST)
            return "must be a phone number such as +49 711 12345";
    }
    return NULL;
}

/* A line is one; addresses and numbers may also stand behind each other. */
static bool line_next(enum kind kind, struct str *rest, struct str *line)
{
    size_t n = 0;
    if (!rest->p)
        return false;
    while (n < rest->n && rest->p[n] != '\n' && !(rest->p[n] == ',' && kind != KIND_ADDRESSES) &&
           !(rest->p[n] == ';' && kind == KIND_EMAILS))
        n++;
    *line = str_trim(str_first(*rest, n));
    *rest = n < rest->n ? str_from(*rest, n + 1) : (struct str){0};
    return true;
}

const char *reach_parse(struct arena *a, enum kind kind, const char *country, struct str text,
                        struct str *value)
{
    struct str lines[REACH_MANY], values[REACH_MANY], line;
    size_t n = 0;
    while (line_next(kind, &text, &line)) {
        struct reach one = line_split(line);
        struct str is;
        if (str_eq_nocase(one.label, S("tel")) || str_eq_nocase(one.label, S("mailto")))
            one.label = S("");
        if (!one.value.n)
            continue;
        const char *why = value_take(a, kind, country, one.value, &is);
        if (why)
            return why;
        size_t same = 0;
        while (same < n && !str_eq_nocase(values[same], is))
            same++;
        if (same < n || !is.n)
            continue;
        if (n == REACH_MANY)
            return "may have at most 40 lines";
        values[n] = is;
        lines[n++] = reach_line(a, one.label, is);
    }
    *value = str_join(a, lines, n, S("\n"));
    return NULL;
}

/* ---- for people and programs ---- */

struct str reach_shown_one(struct arena *a, enum kind kind, const struct reach *one)
{
    if (kind == KIND_PHONES) {
        struct str ext = phone_extension(one->value);
        struct str number = phone_display(a, phone_number(one->value));
        return ext.n ? str_fmt(a, STR_FMT EXTENSION STR_FMT, STR_ARG(number), STR_ARG(ext))
                     : number;
    }
    if (kind != KIND_ADDRESSES)
        return one->value;
    static const enum reach_part order[] = {REACH_POBOX,    REACH_EXTENDED, REACH_STREET,
                                            REACH_POSTCODE, REACH_CITY,     REACH_REGION,
                                            REACH_COUNTRY};
    struct str parts[REACH_PARTS], shown[REACH_PARTS];
    size_t n = 0;
    reach_address(a, one->value, parts);
    for (size_t i = 0; i < REACH_PARTS; i++)
        if (parts[order[i]].n)
            shown[n++] = parts[order[i]];
    return str_join(a, shown, n, S(", "));
}

struct str reach_shown(struct arena *a, enum kind kind, struct str value)
{
    struct str shown[REACH_MANY];
    struct reach one;
    size_t n = 0;
    while (n < REACH_MANY && reach_next(&value, &one)) {
        shown[n] = reach_shown_one(a, kind, &one);
        if (one.label.n)
            shown[n] = str_fmt(a, STR_FMT " (" STR_FMT ")", STR_ARG(shown[n]), STR_ARG(one.label));
        n++;
    }
    return str_join(a, shown, n, kind == KIND_ADDRESSES ? S("; ") : S(", "));
}

void reach_json(struct json *j, struct arena *a, enum kind kind, struct str value)
{
    struct reach one;
    json_open(j, '[');
    while (value.n && reach_next(&value, &one)) {
        json_open(j, '{');
        json_kstr(j, "label", one.label);
        if (kind == KIND_ADDRESSES) {
            struct str parts[REACH_PARTS];
            reach_address(a, one.value, parts);
            for (size_t i = 0; i < REACH_PARTS; i++)
                json_kstr(j, part_names[i], parts[i]);
        } else {
            json_kstr(j, "value", one.value);
        }
        json_close(j, '}');
    }
    json_close(j, ']');
}

struct str reach_unwrap(struct arena *a, enum kind kind, const json_t *root)
{
    struct str lines[REACH_MANY];
    size_t i, n = 0;
    const json_t *one;
    json_array_foreach(root, i, one)
    {
        struct str value = str_of(json_string_value(json_object_get(one, "value")));
        if (kind == KIND_ADDRESSES) {
            struct str parts[REACH_PARTS];
            for (size_t k = 0; k < REACH_PARTS; k++)
                parts[k] = str_of(json_string_value(json_object_get(one, part_names[k])));
            value = reach_address_value(a, parts);
        } else if (json_is_string(one)) {
            value = str_of(json_string_value(one));
        }
        if (n == REACH_MANY) /* one too many is told by who reads the lines */
            return str_fmt(a, STR_FMT "\n?", STR_ARG(str_join(a, lines, n, S("\n"))));
        struct str label = str_of(json_string_value(json_object_get(one, "label")));
        lines[n++] = str_dup(a, reach_line(a, label, value));
    }
    return str_join(a, lines, n, S("\n"));
}
