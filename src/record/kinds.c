/* kinds.c: one table of the kinds, and what differs among them; see kinds.h. */
#include "record/kinds.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/out.h"
#include "record/photos.h"
#include "record/reach.h"
#include "record/search_words.h"
#include "record/types.h"
#include "text/money.h"
#include "text/phone.h"

enum { KEY_MAX = 80, SCALE_MAX = 6, MONEY_SCALE = 2 };

static const struct kind_info kinds[KINDS] = {
    [KIND_TEXT] = {"text", "Text", "One line", KIND_SORTS | KIND_HOLDS, {{"", "@text"}}},
    [KIND_LONGTEXT] =
        {"longtext", "Long text", "Markdown", KIND_HOLDS | KIND_LINES, {{"", "@text"}}},
    [KIND_INTEGER] =
        {"integer", "Whole number", "12", KIND_SORTS | KIND_RANGES | KIND_SUMS, {{"", "BIGINT"}}},
    [KIND_DECIMAL] = {"decimal",
                      "Decimal number",
                      "12.5",
                      KIND_SORTS | KIND_RANGES | KIND_SUMS,
                      {{"", "BIGINT"}}},
    [KIND_MONEY] = {"money",
                    "Money",
                    "1200.00 EUR",
                    KIND_SORTS | KIND_RANGES | KIND_SUMS,
                    {{"", "BIGINT", "Amount"}, {"_currency", "@text", "Currency"}}},
    [KIND_DATE] = {"date", "Date", "2026-12-31", KIND_SORTS | KIND_RANGES, {{"", "BIGINT"}}},
    [KIND_TIME] =
        {"time", "Date and time", "2026-12-31T09:30", KIND_SORTS | KIND_RANGES, {{"", "BIGINT"}}},
    [KIND_BOOL] = {"bool", "Yes or no", "yes", KIND_SORTS, {{"", "BIGINT"}}},
    [KIND_CHOICE] = {"choice", "Choice", "One of a list", KIND_SORTS, {{"", "@text"}}},
    [KIND_CHOICES] = {"choices", "Several choices", "Some of a list", KIND_MANY, {{"", "@text"}}},
    [KIND_REF] = {"ref", "Link to a record", "A name or number", KIND_LEADS, {{"", "BIGINT"}}},
    [KIND_REFS] = {"refs",
                   "Links to records",
                   "Names or numbers",
                   KIND_LEADS | KIND_MANY | KIND_OUTSIDE,
                   {{NULL, NULL}}},
    [KIND_EMAIL] =
        {"email", "E-mail address", "ada@example.org", KIND_SORTS | KIND_HOLDS, {{"", "@text"}}},
    [KIND_PHONE] =
        {"phone", "Phone number", "+49 711 12345", KIND_SORTS | KIND_HOLDS, {{"", "@text"}}},
    [KIND_URL] =
        {"url", "Web address", "https://example.org", KIND_SORTS | KIND_HOLDS, {{"", "@text"}}},
    [KIND_ADDRESS] = {"address",
                      "Postal address",
                      "Street, postcode, city, region, country",
                      KIND_HOLDS | KIND_LINES,
                      {{"", "@text", "Street"},
                       {"_postcode", "@text", "Postcode"},
                       {"_city", "@text", "City"},
                       {"_region", "@text", "Region"},
                       {"_country", "@text", "Country"}}},
    [KIND_FILE] = {"file", "File", "An uploaded file", 0, {{"", "BIGINT"}}},
    [KIND_PERSON] = {"person", "Person", "A name, @handle or number", KIND_LEADS, {{"", "BIGINT"}}},
    [KIND_RATING] = {"rating", "Rating", "1 to 5", KIND_SORTS | KIND_RANGES, {{"", "BIGINT"}}},
    [KIND_TAGS] = {"tags", "Tags", "Words", KIND_MANY, {{"", "@text"}}},
    [KIND_FORMULA] =
        {"formula", "Formula", "amount * probability / 100", KIND_MADE, {{NULL, NULL}}},
    [KIND_ROLLUP] = {"rollup", "Roll-up", "sum(deals.amount)", KIND_MADE, {{NULL, NULL}}},
    [KIND_EMAILS] = {"emails",
                     "E-mail addresses",
                     "A line each, such as work: ada@example.org",
                     KIND_HOLDS | KIND_MANY | KIND_LINES,
                     {{"", "@text"}}},
    [KIND_PHONES] = {"phones",
                     "Phone numbers",
                     "A line each, such as mobile: +49 151 12345",
                     KIND_HOLDS | KIND_MANY | KIND_LINES,
                     {{"", "@text"}}},
    [KIND_ADDRESSES] = {"addresses",
                        "Postal addresses",
                        "A line each, such as home: Street 1; postcode; city; region; country",
                        KIND_HOLDS | KIND_MANY | KIND_LINES,
                        {{"", "@text"}}},
    [KIND_PHOTO] = {"photo", "Photo", "A picture", 0, {{"", "@text"}}},
};

const struct kind_info *kind_info(enum kind kind)
{
    return &kinds[kind < KINDS ? kind : KIND_NONE];
}

enum kind kind_of(struct str name)
{
    for (enum kind k = KIND_TEXT; k < KINDS; k++)
        if (str_is(name, kinds[k].name))
            return k;
    return KIND_NONE;
}

/* ---- folding ---- */

struct str words_folded(struct arena *a, struct str text, size_t max)
{
    struct search_scan scan = search_scan(text);
    char *p = arena_bytes(a, max + 1);
    size_t n = 0;
    scan.whole = true;
    while (n < max && search_scan_next(&scan)) {
        if (n + (n > 0) + scan.word.n > max)
            break;
        if (n)
            p[n++] = ' ';
        memcpy(p + n, scan.word.p, scan.word.n);
        n += scan.word.n;
    }
    p[n] = 0;
    return str_make(p, n);
}

/* ---- numbers and dates in text ---- */

static bool digit_add(int64_t *n, int digit)
{
    return !__builtin_mul_overflow(*n, 10, n) && !__builtin_add_overflow(*n, digit, n);
}

const char *scaled_parse(struct str text, int scale, int64_t *out)
{
    bool minus = text.n && text.p[0] == '-', point = false;
    size_t at = minus;
    int64_t n = 0;
    int behind = 0;
    if (at == text.n)
        return "must be a number";
    for (; at < text.n; at++) {
        char c = text.p[at];
        if (c == '.' && !point && at + 1 < text.n) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return "must be a number";
        if (point && behind == scale && c != '0')
            return scale ? "has too many digits behind the point" : "must be a whole number";
        if (point && behind == scale)
            continue;
        behind += point;
        if (!digit_add(&n, c - '0'))
            return "is too large";
    }
    for (; behind < scale; behind++)
        if (!digit_add(&n, 0))
            return "is too large";
    *out = minus ? -n : n;
    return NULL;
}

struct str scaled_text(struct arena *a, int64_t n, int scale)
{
    if (!scale)
        return str_of_id(a, S(""), n);
    uint64_t abs = n < 0 ? 0 - (uint64_t)n : (uint64_t)n, unit = 1;
    for (int i = 0; i < scale; i++)
        unit *= 10;
    char *p = arena_bytes(a, 2 * STR_INT + 2), *end = p; /* each cell of a list: no format */
    if (n < 0)
        *end++ = '-';
    end += str_put_int(end, (int64_t)(abs / unit));
    *end++ = '.';
    for (unit /= 10; unit; unit /= 10)
        *end++ = (char)('0' + abs / unit % 10);
    *end = '\0';
    return str_make(p, (size_t)(end - p));
}

bool date_parse(struct str text, int64_t *day)
{
    int64_t y, m, d;
    return text.n == 10 && text.p[4] == '-' && text.p[7] == '-' &&
           str_int(str_first(text, 4), &y) && str_int(str_make(text.p + 5, 2), &m) &&
           str_int(str_from(text, 8), &d) && y >= 1 && clock_days(y, m, d, day);
}

struct str date_text(struct arena *a, int64_t day)
{
    struct clock_date date = clock_date_of(day);
    return str_fmt(a, "%04d-%02d-%02d", date.year, date.month, date.day);
}

/* ---- reading ---- */

/* Hundredths, whatever the currency: what sums and formulas count in. */
static const char *money_parse(const struct record_field *f, struct str text, struct value *v)
{
    struct money money;
    const char *why = money_read(text, currency_find(str_of(field_currency(f))), '.', &money);
    if (why)
        return why;
    v->s = str_of(money.currency->code);
    v->i = money.minor;
    for (int digits = money.currency->digits; digits < MONEY_SCALE; digits++)
        if (__builtin_mul_overflow(v->i, 10, &v->i))
            return "is too large";
    for (int digits = money.currency->digits; digits > MONEY_SCALE; digits--) {
        if (v->i % 10)
            return "has too many digits behind the point";
        v->i /= 10;
    }
    return NULL;
}

static const char *time_parse(struct arena *a, struct str text, struct value *v)
{
    int64_t day;
    if (date_parse(text, &day)) {
        v->i = day * CLOCK_DAY;
        return NULL;
    }
    /* What a browser's control sends has no seconds. */
    bool short_form = text.n == 16 && (text.p[10] == 'T' || text.p[10] == ' ');
    if (short_form)
        text = str_fmt(a, STR_FMT "T" STR_FMT ":00", STR_ARG(str_first(text, 10)),
                       STR_ARG(str_from(text, 11)));
    return clock_parse(text, &v->i) ? NULL : "must be a date and time such as 2026-12-31T09:30";
}

static const char *choices_parse(struct arena *a, const struct record_field *f, struct str text,
                                 struct value *v)
{
    struct str *names = arena_array(a, struct str, CHOICES_MAX), one;
    size_t n = 0;
    /* In the order of the field's choices, each once. */
    for (const struct field_choice *c = f->choices; c && c->name; c++) {
        struct str rest = text;
        bool has = false;
        while (str_split(&rest, ',', &one))
            has = has || str_is(str_trim(one), c->name);
        if (has)
            names[n++] = str_of(c->name);
    }
    for (struct str rest = text; str_split(&rest, ',', &one);)
        if (str_trim(one).n && !field_choice(f, str_trim(one)))
            return "has no such choice";
    v->s = str_join(a, names, n, S(","));
    v->none = !n;
    return NULL;
}

const char *email_wrong(struct str text)
{
    ptrdiff_t at = str_find(text, '@');
    struct str host = at < 0 ? S("") : str_from(text, (size_t)at + 1);
    bool ok = at > 0 && host.n > 2 && str_find(host, '@') < 0 && str_find(host, '.') > 0 &&
              host.p[host.n - 1] != '.';
    for (size_t i = 0; i < text.n; i++)
        ok = ok && (unsigned char)text.p[i] > ' ' && !strchr("<>(),;\"", text.p[i]);
    return ok && text.n <= 254 ? NULL : "must be an e-mail address";
}

/* E.164, and an extension behind it. */
static const char *phone_parse(struct arena *a, const struct record_field *f, struct str text,
                               struct value *v)
{
    return reach_phone(a, field_country(f), text, &v->s);
}

/* Behind a colon stands a port: "javascript:alert(1)" is no host. */
static bool host_plain(struct str rest)
{
    bool port = false;
    size_t at = 0;
    for (; at < rest.n && !strchr("/?#", rest.p[at]); at++) {
        char c = rest.p[at];
        if ((port && (c < '0' || c > '9')) || strchr("()<>\"'", c))
            return false;
        port = port || (c == ':' && !memchr(rest.p, '[', rest.n) && !memchr(rest.p, '@', rest.n));
    }
    return at > 0;
}

static const char *url_parse(struct arena *a, struct str text, struct value *v)
{
    if (str_find_str(text, S("://")) < 0)
        text = str_fmt(a, "https://" STR_FMT, STR_ARG(text));
    bool ok = (str_starts(text, S("https://")) || str_starts(text, S("http://"))) && text.n > 10 &&
              text.n <= 2000 &&
              host_plain(str_from(text, (size_t)str_find_str(text, S("://")) + 3));
    for (size_t i = 0; i < text.n; i++)
        ok = ok && (unsigned char)text.p[i] > ' ';
    v->s = text;
    return ok ? NULL : "must be a web address such as https://example.org";
}

static const char *bool_parse(struct str text, struct value *v)
{
    static const char *const yes[] = {"1", "yes", "true", "on", NULL};
    static const char *const no[] = {"0", "no", "false", "off", NULL};
    for (int i = 0; yes[i]; i++) {
        if (str_eq_nocase(text, str_of(yes[i])) || str_eq_nocase(text, str_of(no[i]))) {
            v->i = str_eq_nocase(text, str_of(yes[i]));
            return NULL;
        }
    }
    return "must be yes or no";
}

/* Ids and roles: "12, 15:decision maker". */
static const char *refs_parse(struct arena *a, struct str text, struct value *v)
{
    enum { LINKS_MAX = 200 };
    struct lead *links = arena_array(a, struct lead, LINKS_MAX);
    struct str one;
    size_t n = 0;
    while (str_split(&text, ',', &one)) {
        one = str_trim(one);
        ptrdiff_t colon = str_find(one, ':');
        struct lead link = {.role = S("")};
        if (colon >= 0) {
            link.role = utf8_first(str_trim(str_from(one, (size_t)colon + 1)), 40);
            one = str_trim(str_first(one, (size_t)colon));
        }
        if (!one.n)
            continue;
        if (!str_int(one, &link.id) || link.id <= 0)
            return "must be numbers of records";
        bool there = false;
        for (size_t i = 0; i < n; i++)
            there = there || links[i].id == link.id;
        if (n == LINKS_MAX)
            return "may have at most 200 links";
        if (!there)
            links[n++] = link;
    }
    v->leads = links;
    v->leads_n = n;
    v->none = !n;
    return NULL;
}

static const char *address_parse(struct arena *a, struct str text, struct value *v)
{
    struct str lines[ADDRESS_LINES] = {S(""), S(""), S(""), S(""), S("")}, line;
    size_t n = 0;
    bool any = false;
    while (str_split(&text, '\n', &line)) {
        if (n == ADDRESS_LINES)
            return "may have five lines: street, postcode, city, region, country";
        lines[n] = str_trim(line);
        any = any || lines[n].n;
        if (lines[n++].n > TEXT_MAX)
            return "has a line that is too long";
    }
    v->s = str_join(a, lines, ADDRESS_LINES, S("\n"));
    v->none = !any;
    return NULL;
}

static const char *id_parse(struct str text, struct value *v, const char *why)
{
    return str_int(text, &v->i) && v->i > 0 ? NULL : why;
}

static const char *number_parse(const struct record_field *f, struct str text, struct value *v)
{
    const char *why = scaled_parse(text, f->result == KIND_DECIMAL ? f->scale : 0, &v->i);
    if (!why && f->result == KIND_RATING && (v->i < 1 || v->i > 5))
        return "must be 1 to 5";
    return why;
}

static const char *reaches_parse(struct arena *a, const struct record_field *f, struct str text,
                                 struct value *v)
{
    if (f->result == KIND_PHOTO)
        return photo_hash_valid(text) ? NULL : "is sent to an address of its own";
    const char *why = reach_parse(a, f->result, field_country(f), text, &v->s);
    v->none = !why && !v->s.n;
    return why;
}

static const char *value_parse(struct arena *a, const struct record_field *f, struct str text,
                               struct value *v)
{
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_DECIMAL:
    case KIND_RATING:
        return number_parse(f, text, v);
    case KIND_MONEY:
        return money_parse(f, text, v);
    case KIND_DATE:
        return date_parse(text, &v->i) ? NULL : "must be a date such as 2026-12-31";
    case KIND_TIME:
        return time_parse(a, text, v);
    case KIND_BOOL:
        return bool_parse(text, v);
    case KIND_CHOICE:
        return field_choice(f, text) ? NULL : "has no such choice";
    case KIND_CHOICES:
        return choices_parse(a, f, text, v);
    case KIND_EMAIL:
        return email_wrong(text);
    case KIND_PHONE:
        return phone_parse(a, f, text, v);
    case KIND_URL:
        return url_parse(a, text, v);
    case KIND_ADDRESS:
        return address_parse(a, text, v);
    case KIND_REF:
    case KIND_PERSON:
        return id_parse(text, v, "must be the number of a record");
    case KIND_FILE:
        return id_parse(text, v, "must be the number of an upload");
    case KIND_REFS:
        return refs_parse(a, text, v);
    default:
        return NULL;
    }
}

const char *kind_parse(struct arena *a, const struct record_field *f, struct str text,
                       struct value *v)
{
    bool lines = kind_info(f->result)->can & KIND_LINES;
    struct str whole = f->result == KIND_ADDRESS ? text : str_trim(text);
    unsigned can = kind_info(f->result)->can;
    struct value made = {.s = whole};
    if (!str_trim(text).n) {
        *v = (struct value){.none = true};
        return NULL;
    }
    if (!lines && str_find(whole, '\n') >= 0)
        return "must be one line";
    if (utf8_len(whole) > (lines ? LINES_MAX : TEXT_MAX) && !(can & KIND_MANY && !lines))
        return lines ? "may have at most 60,000 characters" : "may have at most 500 characters";
    const char *why = kind_reaches(f->result) || f->result == KIND_PHOTO
                          ? reaches_parse(a, f, whole, &made)
                          : value_parse(a, f, whole, &made);
    if (!kind_key_is_text(f) && f->result != KIND_MONEY) /* as it comes from its column */
        made.s = S("");
    if (!why)
        *v = made;
    return why;
}

const char *kind_typed(struct arena *a, const struct record_field *f, struct str text,
                       struct value *v)
{
    const char *why = kind_parse(a, f, text, v);
    return !why && kind_reaches(f->result) ? reach_wrong(f->result, v->s) : why;
}

/* ---- writing ---- */

struct str kind_text(struct arena *a, const struct record_field *f, const struct value *v)
{
    char buf[32];
    if (v->none)
        return S("");
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_RATING:
    case KIND_REF:
    case KIND_PERSON:
    case KIND_FILE:
        return scaled_text(a, v->i, 0);
    case KIND_DECIMAL:
        return scaled_text(a, v->i, f->scale);
    case KIND_MONEY:
        return str_join(a, (struct str[]){scaled_text(a, v->i, MONEY_SCALE), v->s}, 2, S(" "));
    case KIND_DATE:
        return date_text(a, v->i);
    case KIND_TIME:
        return str_dup(a, clock_rfc3339(buf, v->i));
    case KIND_BOOL:
        return v->i ? S("yes") : S("no");
    case KIND_REFS: {
        struct str *parts = arena_array(a, struct str, v->leads_n);
        for (size_t i = 0; i < v->leads_n; i++)
            parts[i] = str_fmt(a, "%lld%s" STR_FMT, (long long)v->leads[i].id,
                               v->leads[i].role.n ? ":" : "", STR_ARG(v->leads[i].role));
        return str_join(a, parts, v->leads_n, S(","));
    }
    default:
        return v->s;
    }
}

/* With a comma between each three digits before the point. */
static struct str grouped(struct arena *a, struct str digits)
{
    ptrdiff_t point = str_find(digits, '.');
    size_t whole = point < 0 ? digits.n : (size_t)point, sign = digits.n && digits.p[0] == '-';
    char *p = arena_bytes(a, digits.n * 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (i > sign && i < whole && (whole - i) % 3 == 0)
            p[n++] = ',';
        p[n++] = digits.p[i];
    }
    return str_make(p, n);
}

/* Without cents where the currency has none. */
static struct str money_amount(struct arena *a, const struct value *v)
{
    const struct currency *currency = currency_find(v->s);
    struct str text = grouped(a, scaled_text(a, v->i, MONEY_SCALE));
    bool whole = currency && !currency->digits && v->i % 100 == 0;
    return whole ? str_first(text, text.n - 3) : text;
}

static struct str choices_shown(struct arena *a, const struct record_field *f, struct str names)
{
    struct str *labels = arena_array(a, struct str, CHOICES_MAX), one;
    size_t n = 0;
    while (n < CHOICES_MAX && str_split(&names, ',', &one)) {
        const struct field_choice *c = field_choice(f, one);
        labels[n++] = c ? str_of(c->label) : one;
    }
    return str_join(a, labels, n, S(", "));
}

static struct str address_shown(struct arena *a, struct str lines)
{
    struct str parts[ADDRESS_LINES], line;
    size_t n = 0;
    while (n < ADDRESS_LINES && str_split(&lines, '\n', &line))
        if (line.n)
            parts[n++] = line;
    return str_join(a, parts, n, S(", "));
}

static struct str links_shown(struct arena *a, const struct value *v)
{
    struct str *parts = arena_array(a, struct str, v->leads_n);
    size_t n = 0;
    for (size_t i = 0; i < v->leads_n; i++)
        if (v->leads[i].title.n)
            parts[n++] = v->leads[i].title;
    return str_join(a, parts, n, S(", "));
}

static struct str file_shown(struct arena *a, const struct value *v)
{
    return v->leads_n ? v->leads->title : str_fmt(a, "File %lld", (long long)v->i);
}

static struct str bool_shown(const struct value *v)
{
    return v->i ? S("Yes") : S("No");
}

/* A birthday of which nobody said the year is its day alone. */
static struct str date_shown(struct arena *a, const struct record_field *f, int64_t day)
{
    enum { YEAR = 5 }; /* " 1604" */
    char buf[32];
    struct str shown = clock_date(buf, day * CLOCK_DAY);
    bool yearless = f->as && strcmp(f->as, "birthday") == 0 && str_ends(shown, S(" 1604"));
    return str_dup(a, yearless ? str_first(shown, shown.n - YEAR) : shown);
}

struct str kind_shown(struct arena *a, const struct record_field *f, const struct value *v)
{
    char buf[32];
    if (v->none)
        return S("");
    if (kind_reaches(f->result))
        return reach_shown(a, f->result, v->s);
    switch (f->result) {
    case KIND_INTEGER:
        return grouped(a, scaled_text(a, v->i, 0));
    case KIND_DECIMAL:
        return grouped(a, scaled_text(a, v->i, f->scale));
    case KIND_MONEY:
        return str_join(a, (struct str[]){money_amount(a, v), v->s}, 2, S(" "));
    case KIND_DATE:
        return date_shown(a, f, v->i);
    case KIND_TIME:
        return str_fmt(a, STR_FMT " %02d:%02d", STR_ARG(clock_date(buf, v->i)),
                       (int)(v->i / CLOCK_HOUR % 24), (int)(v->i / CLOCK_MINUTE % 60));
    case KIND_BOOL:
        return bool_shown(v);
    case KIND_CHOICE:
    case KIND_CHOICES:
        return choices_shown(a, f, v->s);
    case KIND_ADDRESS:
        return address_shown(a, v->s);
    case KIND_REF:
    case KIND_REFS:
    case KIND_PERSON:
        return links_shown(a, v);
    case KIND_RATING:
        return str_fmt(a, "%lld of 5", (long long)v->i);
    case KIND_PHONE:
        return reach_shown_one(a, KIND_PHONES, &(struct reach){.value = v->s});
    case KIND_FILE:
        return file_shown(a, v);
    case KIND_PHOTO:
        return S("Photo");
    default:
        return v->s;
    }
}

bool value_eq(const struct record_field *f, const struct value *a, const struct value *b)
{
    if (a->none || b->none)
        return a->none == b->none;
    if (f->result != KIND_REFS)
        return a->i == b->i && str_eq(a->s, b->s);
    bool same = a->leads_n == b->leads_n;
    for (size_t i = 0; same && i < a->leads_n; i++) {
        bool found = false;
        for (size_t k = 0; k < b->leads_n; k++)
            found = found || (a->leads[i].id == b->leads[k].id &&
                              str_eq(a->leads[i].role, b->leads[k].role));
        same = found;
    }
    return same;
}

/* ---- columns ---- */

/* Asked for each cell of a list: BIGINT, or @text. */
static bool of_number(const struct kind_info *k, size_t column)
{
    return k->columns[column].type[0] == 'B';
}

void kind_decode(const struct record_field *f, const struct rows *q, int *col, struct arena *a,
                 struct value *v)
{
    const struct kind_info *k = kind_info(f->result);
    int at = *col;
    *v = (struct value){.none = true};
    if (k->can & KIND_OUTSIDE)
        return;
    if (f->result == KIND_ADDRESS) {
        struct str lines[ADDRESS_LINES];
        for (int i = 0; i < ADDRESS_LINES; i++) {
            lines[i] = db_str(q, at + i);
            v->none = v->none && !lines[i].n;
        }
        if (!v->none)
            v->s = str_join(a, lines, ADDRESS_LINES, S("\n"));
    } else if (db_is_null(q, at)) {
        if (!of_number(k, 0))
            v->s = S("");
    } else if (of_number(k, 0)) {
        v->none = false;
        v->i = db_int(q, at);
        if (f->result == KIND_MONEY)
            v->s = db_dup(q, at + 1, a);
    } else {
        v->s = db_dup(q, at, a);
        v->none = !v->s.n;
    }
    for (int i = 0; k->columns[i].suffix; i++)
        (*col)++;
}

size_t kind_args(const struct record_field *f, const struct value *v,
                 struct db_arg args[KIND_COLUMNS])
{
    const struct kind_info *k = kind_info(f->result);
    struct str lines = v->none ? S("") : v->s, line;
    size_t n = 0;
    for (; k->columns[n].suffix; n++) {
        bool number = of_number(k, n);
        if (v->none)
            args[n] = NIL_OF(number ? DB_INT : DB_TEXT);
        else if (f->result == KIND_ADDRESS)
            args[n] = str_split(&lines, '\n', &line) && line.n ? T(line) : NIL_OF(DB_TEXT);
        else
            args[n] = number ? I(v->i) : T(v->s);
    }
    return n;
}

bool kind_key_is_text(const struct record_field *f)
{
    const struct kind_info *k = kind_info(f->result);
    return (k->can & KIND_OUTSIDE) == 0 && !of_number(k, 0);
}

struct db_arg kind_key(struct arena *a, const struct record_field *f, const struct value *v)
{
    switch (f->result) {
    case KIND_TEXT:
        return T(words_folded(a, v->s, KEY_MAX));
    case KIND_EMAIL:
    case KIND_URL:
        return T(str_first(str_lower(a, v->s), KEY_MAX * 2));
    case KIND_PHONE:
        return T(phone_number(v->s));
    case KIND_CHOICE:
        return T(v->s);
    case KIND_EMAILS:
    case KIND_PHONES:
    case KIND_ADDRESSES: {
        struct str rest = v->s;
        struct reach one = {.value = S("")};
        (void)reach_next(&rest, &one);
        return T(str_first(reach_key(a, f->result, one.value), KEY_MAX * 2));
    }
    default:
        return kind_key_is_text(f) ? T(words_folded(a, v->s, KEY_MAX)) : I(v->i);
    }
}
