/* vcard.c: reads the properties of cards; see vcard.h. What they say of a contact is read in
 * vcard_contact.c, and written in vcard_write.c.
 *
 * A line is taken as far as it goes without knowing what it is (folded lines begin with a blank);
 * then its name and parameters say whether further lines belong to it: quoted-printable goes on
 * behind a '=', base64 of 2.1 as long as lines look like it.
 */
#include "text/vcard.h"

#include "text/content.h"
#include "text/latin.h"

enum { DEPTH_MAX = 4, PARAMS_MAX = 32, PROPS_MAX = 10000, PROBLEMS_MAX = 1000 };

struct vcard_reader vcard_open(struct str bytes)
{
    if (str_starts(bytes, S("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    return (struct vcard_reader){bytes, 1};
}

/* ---- lines ---- */

static struct str take_line(struct vcard_reader *r)
{
    size_t n = 0;
    while (n < r->rest.n && r->rest.p[n] != '\n' && r->rest.p[n] != '\r')
        n++;
    struct str line = str_first(r->rest, n);
    size_t end = n;
    while (end < r->rest.n && r->rest.p[end] == '\r')
        end++;
    bool feed = end < r->rest.n && r->rest.p[end] == '\n'; /* some write CR CR LF */
    r->rest = str_from(r->rest, feed ? end + 1 : n + 1);
    r->line++;
    return line;
}

static struct str next_line(const struct vcard_reader *r)
{
    struct vcard_reader ahead = *r;
    return take_line(&ahead);
}

enum further { FOLDED, SOFT, BASE64 };

static bool is_base64(struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        bool letter = (unsigned char)((c | 0x20) - 'a') < 26 || (c >= '0' && c <= '9');
        if (!letter && (!c || !strchr("+/= \t", c)))
            return false;
    }
    return str_trim(line).n > 0;
}

/* Whether the next line goes on with this one. */
static bool goes_on(const struct vcard_reader *r, struct str line, enum further how)
{
    if (!r->rest.n)
        return false;
    char c = r->rest.p[0];
    switch (how) {
    case FOLDED:
        return c == ' ' || c == '\t';
    case SOFT:
        return str_ends(line, S("="));
    default:
        return is_base64(next_line(r));
    }
}

/* `line` with the lines that belong to it. `keep`: the blank that a folded line begins with. */
static struct str with_further(struct arena *a, struct vcard_reader *r, struct str line,
                               enum further how, bool keep)
{
    struct vcard_reader ahead = *r;
    size_t n = line.n;
    if (!goes_on(r, line, how))
        return line;
    for (struct str last = line; goes_on(&ahead, last, how); n += last.n)
        last = take_line(&ahead);
    char *p = arena_bytes(a, n + 1);
    size_t at = 0;
    memcpy(p, line.p, line.n);
    for (at = line.n; goes_on(r, line, how);) {
        at -= how == SOFT;
        line = take_line(r);
        size_t skip = how == FOLDED && !keep;
        memcpy(p + at, line.p + skip, line.n - skip);
        at += line.n - skip;
    }
    return str_make(p, at);
}

/* ---- growing ---- */

static void *grown(struct arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return items;
    *cap = *cap ? 2 * *cap : 8;
    void *more = arena_calloc(a, *cap, size);
    if (n)
        memcpy(more, items, n * size);
    return more;
}

static void tell(struct arena *a, struct vcard *card, int64_t line, const char *what)
{
    if (card->problems >= PROBLEMS_MAX)
        return;
    if (card->problems == PROBLEMS_MAX - 1)
        what = "cannot be read, as are lines behind it";
    card->problem =
        grown(a, card->problem, card->problems, &card->problem_cap, sizeof *card->problem);
    card->problem[card->problems++] = (struct vcard_problem){line, what};
}

static struct vcard_prop *add_prop(struct arena *a, struct vcard *card)
{
    card->prop = grown(a, card->prop, card->n, &card->cap, sizeof *card->prop);
    struct vcard_prop *p = &card->prop[card->n++];
    *p = (struct vcard_prop){.params = 0};
    return p;
}

/* ---- names and parameters ---- */

static struct str upper(struct arena *a, struct str s)
{
    char *p = arena_bytes(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 32 : s.p[i]);
    return str_make(p, s.n);
}

/* The first `c` outside of quotes from `at`; s.n: there is none. */
static size_t find_unquoted(struct str s, size_t at, char c)
{
    bool quoted = false;
    for (; at < s.n; at++) {
        quoted ^= s.p[at] == '"';
        if (!quoted && s.p[at] == c)
            return at;
    }
    return s.n;
}

/* RFC 6868: ^n, ^' and ^^. */
static struct str uncircumflexed(struct arena *a, struct str s)
{
    if (str_find(s, '^') < 0)
        return s;
    char *p = arena_bytes(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char next = (char)(s.p[i] == '^' && i + 1 < s.n ? s.p[i + 1] : 0);
        char c = next == 'n' ? '\n' : next == '\'' ? '"' : next == '^' ? '^' : 0;
        p[n++] = c ? c : s.p[i];
        i += c != 0;
    }
    return str_make(p, n);
}

static bool is_encoding(struct str s)
{
    return str_is(s, "QUOTED-PRINTABLE") || str_is(s, "BASE64") || str_is(s, "B") ||
           str_is(s, "8BIT") || str_is(s, "7BIT");
}

/* "TYPE=home,work", "TYPE="home,work"", and 2.1's "HOME". */
static void add_param(struct arena *a, struct vcard_param *params, size_t *n, struct str s)
{
    ptrdiff_t is = str_find(s, '=');
    struct str name = upper(a, str_first(s, is < 0 ? 0 : (size_t)is)), one;
    struct str values = str_trim(is < 0 ? s : str_from(s, (size_t)is + 1));
    bool type = is < 0 || str_is(name, "TYPE");
    if (is < 0)
        name = is_encoding(upper(a, values)) ? S("ENCODING") : S("TYPE");
    if (values.n > 1 && values.p[0] == '"' && values.p[values.n - 1] == '"')
        values = str_make(values.p + 1, values.n - 2);
    values = latin_mended(a, uncircumflexed(a, values));
    if (!type) {
        if (*n < PARAMS_MAX)
            params[(*n)++] = (struct vcard_param){name, values};
        return;
    }
    while (str_split(&values, ',', &one))
        if (*n < PARAMS_MAX && str_trim(one).n)
            params[(*n)++] = (struct vcard_param){name, upper(a, str_trim(one))};
}

/* Reads what stands before the colon. */
static void read_head(struct arena *a, struct str head, struct vcard_prop *prop)
{
    size_t end = find_unquoted(head, 0, ';');
    struct str name = str_trim(str_first(head, end));
    ptrdiff_t dot = str_find(name, '.');
    if (dot >= 0) {
        prop->group = upper(a, str_first(name, (size_t)dot));
        name = str_from(name, (size_t)dot + 1);
    }
    prop->name = latin_mended(a, upper(a, name));
    if (end == head.n)
        return;
    struct vcard_param *params = arena_array(a, struct vcard_param, PARAMS_MAX);
    while (end < head.n) {
        size_t at = end + 1;
        end = find_unquoted(head, at, ';');
        struct str one = str_trim(str_make(head.p + at, end - at));
        if (one.n)
            add_param(a, params, &prop->params, one);
    }
    prop->param = params;
}

struct str vcard_param(const struct vcard_prop *prop, const char *name)
{
    for (size_t i = 0; i < prop->params; i++)
        if (str_is(prop->param[i].name, name))
            return prop->param[i].value;
    return S("");
}

/* ---- values ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What was coded is text and parts nothing, so ';' and '\' that come out get a backslash. */
static struct str unquote_printable(struct arena *a, struct str s)
{
    char *p = arena_bytes(a, 2 * s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '=' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        if (low < 0) {
            if (s.p[i] != '=' || i + 1 < s.n)
                p[n++] = s.p[i];
            continue;
        }
        char c = (char)(high << 4 | low);
        if (c == ';' || c == '\\')
            p[n++] = '\\';
        p[n++] = c;
        i += 2;
    }
    return str_make(p, n);
}

/* RULE 3 */
static struct str decode_charset(struct arena *a, struct vcard *card, const struct vcard_prop *prop,
                                 struct str value)
{
    struct str charset = upper(a, vcard_param(prop, "CHARSET"));
    bool latin = str_starts(charset, S("ISO-8859-1")) || str_is(charset, "WINDOWS-1252") ||
                 str_is(charset, "LATIN1");
    bool known = latin || !charset.n || str_is(charset, "UTF-8") || str_is(charset, "UTF8") ||
                 str_is(charset, "US-ASCII") || str_is(charset, "ASCII");
    if (latin) {
        struct out o;
        out_init(&o, 3 * value.n + 1);
        for (size_t i = 0; i < value.n; i++)
            latin_put(&o, (unsigned char)value.p[i]);
        return out_take(&o, a);
    }
    if (!known && !utf8_valid(value))
        tell(a, card, prop->line, "is in a character set that we do not know");
    return latin_mended(a, value);
}

static void decode_value(struct arena *a, struct vcard_reader *r, struct vcard *card,
                         struct vcard_prop *prop)
{
    struct str encoding = upper(a, vcard_param(prop, "ENCODING"));
    if (str_is(encoding, "QUOTED-PRINTABLE")) {
        prop->value = with_further(a, r, prop->value, SOFT, false);
        prop->value = unquote_printable(a, prop->value);
    } else if (str_is(encoding, "BASE64") || str_is(encoding, "B")) {
        prop->value = with_further(a, r, prop->value, BASE64, true);
        bool whole = base64_decode(a, prop->value, &prop->value);
        if (!whole)
            tell(a, card, prop->line,
                 prop->value.n ? "holds base64 that was cut off" : "holds what is no base64");
        prop->bytes = whole || prop->value.n;
        return;
    }
    prop->value = decode_charset(a, card, prop, prop->value);
}

struct str vcard_text(struct arena *a, const struct vcard *card, struct str value)
{
    char *p = arena_bytes(a, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i], next = (char)(i + 1 < value.n ? value.p[i + 1] : 0);
        bool control = ((unsigned char)c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
        if (control || (c == '\r' && next == '\n'))
            continue;
        if (c != '\\' || !next || !strchr("nN\\,;:\"", next)) {
            p[n++] = (char)(c == '\r' ? '\n' : c);
            continue;
        }
        bool letter = next == 'n' || next == 'N';
        if (letter && card->version == VCARD_21) { /* "C:\new" */
            p[n++] = c;
            continue;
        }
        p[n++] = (char)(letter ? '\n' : next);
        i++;
    }
    return str_make(p, n);
}

bool vcard_part(struct str *rest, char separator, struct str *part)
{
    size_t n = 0;
    if (!rest->p)
        return false;
    while (n < rest->n && rest->p[n] != separator)
        n += 1 + (rest->p[n] == '\\' && n + 1 < rest->n);
    *part = str_first(*rest, n);
    *rest = n < rest->n ? str_make(rest->p + n + 1, rest->n - n - 1) : (struct str){NULL, 0};
    return true;
}

/* ---- cards ---- */

static bool is_mark(struct str line, const char *word)
{
    struct str s = str_trim(line);
    ptrdiff_t colon = str_find(s, ':');
    return colon > 0 && str_eq_nocase(str_trim(str_first(s, (size_t)colon)), str_of(word)) &&
           str_eq_nocase(str_trim(str_from(s, (size_t)colon + 1)), S("VCARD"));
}

static void read_card(struct arena *a, struct vcard_reader *r, struct vcard *card, int depth);

static struct vcard *read_agent(struct arena *a, struct vcard_reader *r, struct vcard *card,
                                int64_t line, bool in_text, int depth)
{
    struct vcard *agent = arena_make(a, struct vcard);
    agent->version = card->version;
    agent->line = line;
    read_card(a, r, agent, depth + 1);
    for (size_t i = 0; i < agent->problems; i++)
        tell(a, card, in_text ? line : agent->problem[i].line, agent->problem[i].what);
    return agent;
}

/* RULE 4: on the lines behind "AGENT:" (2.1), or as its text (3.0). */
static void take_agent(struct arena *a, struct vcard_reader *r, struct vcard *card,
                       struct vcard_prop *prop, int depth)
{
    struct str text = vcard_text(a, card, prop->value);
    bool inside = str_eq_nocase(str_first(str_trim(text), 11), S("BEGIN:VCARD"));
    struct vcard_reader in_text = {str_trim(text), prop->line};
    if (!inside && (str_trim(text).n || !is_mark(next_line(r), "BEGIN")))
        return;
    if (depth >= DEPTH_MAX) {
        tell(a, card, prop->line, "is a card too deep within others");
        return;
    }
    struct vcard_reader *from = inside ? &in_text : r;
    take_line(from);
    prop->agent = read_agent(a, from, card, prop->line, inside, depth);
}

static void read_property(struct arena *a, struct vcard_reader *r, struct vcard *card,
                          struct str line, int64_t at, int depth)
{
    size_t colon = find_unquoted(line, 0, ':');
    if (colon == line.n) { /* a quote that never closes */
        ptrdiff_t any = str_find(line, ':');
        colon = any < 0 ? line.n : (size_t)any;
    }
    if (colon == line.n || colon == 0) {
        tell(a, card, at, colon ? "has no colon" : "has no name");
        return;
    }
    if (card->n >= PROPS_MAX) {
        if (card->n == PROPS_MAX)
            tell(a, card, at, "is one property too many");
        return;
    }
    struct vcard_prop prop = {.line = at, .value = str_from(line, colon + 1)};
    read_head(a, str_first(line, colon), &prop);
    decode_value(a, r, card, &prop);
    if (str_is(prop.name, "VERSION")) {
        struct str v = str_trim(prop.value);
        card->version = str_starts(v, S("2"))   ? VCARD_21
                        : str_starts(v, S("4")) ? VCARD_40
                                                : VCARD_30;
        return;
    }
    if (str_is(prop.name, "AGENT"))
        take_agent(a, r, card, &prop, depth);
    *add_prop(a, card) = prop;
}

/* The line behind a soft break may begin with a blank that is text. */
static bool is_softly_broken(struct arena *a, struct str line)
{
    size_t colon = find_unquoted(line, 0, ':');
    if (colon == line.n || !str_ends(line, S("=")))
        return false;
    struct vcard_prop prop = {0};
    read_head(a, str_first(line, colon), &prop);
    return str_is(upper(a, vcard_param(&prop, "ENCODING")), "QUOTED-PRINTABLE");
}

/* Behind BEGIN, up to END or to what cannot belong to this card. */
static void read_card(struct arena *a, struct vcard_reader *r, struct vcard *card, int depth)
{
    while (r->rest.n) {
        int64_t at = r->line;
        if (is_mark(next_line(r), "BEGIN")) /* RULE 2: the next card is whole */
            break;
        struct str line = take_line(r);
        if (!is_softly_broken(a, line))
            line = with_further(a, r, line, FOLDED, card->version == VCARD_21);
        if (is_mark(line, "END"))
            return;
        if (str_trim(line).n)
            read_property(a, r, card, line, at, depth);
    }
    tell(a, card, card->line, "has no end");
}

bool vcard_next(struct arena *a, struct vcard_reader *r, struct vcard *card)
{
    *card = (struct vcard){.version = VCARD_30};
    while (r->rest.n) {
        int64_t at = r->line;
        struct str line = take_line(r);
        if (is_mark(line, "BEGIN")) {
            card->line = at;
            read_card(a, r, card, 0);
            return true;
        }
        if (str_trim(line).n)
            tell(a, card, at, "is outside of a card");
    }
    return card->problems > 0;
}

/* ---- cards in pieces ---- */

void vcard_feed_open(struct vcard_feeder *f, size_t most)
{
    *f = (struct vcard_feeder){.line = 1, .line_seen = 1, .most = most ? most : VCARD_MOST};
    out_init(&f->text, SIZE_MAX / 2);
}

void vcard_feed_close(struct vcard_feeder *f)
{
    out_free(&f->text);
}

/* A line whose end is certain: behind CR a LF may come. */
static bool whole_line(const struct vcard_reader *r, bool last)
{
    size_t at = 0;
    while (at < r->rest.n && r->rest.p[at] != '\n' && r->rest.p[at] != '\r')
        at++;
    while (at < r->rest.n && r->rest.p[at] == '\r')
        at++;
    return at < r->rest.n || (last && r->rest.n);
}

static bool holds_line_end(struct str s)
{
    return str_find(s, '\n') >= 0 || str_find(s, '\r') >= 0;
}

/* Where the cards end that are whole; 0: none is. */
static size_t see_lines(struct vcard_feeder *f, bool last, int64_t *line_after)
{
    struct str text = out_text(&f->text);
    struct vcard_reader r = {str_from(text, f->seen), f->line_seen};
    size_t whole = 0;
    while (whole_line(&r, last)) {
        size_t at = text.n - r.rest.n;
        int64_t line_at = r.line;
        struct str line = take_line(&r);
        size_t behind = text.n - r.rest.n;
        bool folded = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
        if (!folded && is_mark(line, "BEGIN")) {
            bool broken = f->depth > 0 && !f->agent; /* the card before has no end */
            if (broken) {
                whole = at;
                *line_after = line_at;
            }
            f->depth = broken ? 1 : f->depth + 1;
        } else if (!folded && is_mark(line, "END") && f->depth > 0 && --f->depth == 0) {
            whole = behind;
            *line_after = r.line;
        }
        f->agent =
            line.n <= 32 && str_ends(line, S(":")) && str_eq_nocase(str_first(line, 5), S("AGENT"));
    }
    f->seen = text.n - r.rest.n;
    f->line_seen = r.line;
    return whole;
}

struct vcard_reader vcard_feed(struct vcard_feeder *f, struct str bytes, bool last)
{
    if (f->given) {
        memmove(f->text.p, f->text.p + f->given, f->text.n - f->given);
        f->text.n -= f->given;
        f->seen -= f->given;
        f->given = 0;
    }
    bool may_end = last || holds_line_end(bytes) || str_ends(out_text(&f->text), S("\r"));
    int64_t line = f->line, line_after = f->line;
    out_str(&f->text, bytes);
    if (may_end)
        f->given = see_lines(f, last, &line_after);
    if (last || (!f->given && f->text.n > f->most)) { /* broken, and told as such */
        f->given = last || !f->seen ? f->text.n : f->seen;
        f->seen = f->given;
        line_after = f->line_seen;
        f->depth = 0;
    }
    f->line = line_after;
    struct vcard_reader r = vcard_open(str_first(out_text(&f->text), f->given));
    r.line = line;
    return r;
}
