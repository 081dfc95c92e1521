/* source.c: see source.h. */
#include "features/exchanges/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/reach.h"
#include "text/content.h"
#include "text/vcard.h"
#include "text/vcard_forms.h"

enum { PIECE = 64 << 10, CARD_ARENA = 128 << 20, WORK_ARENA = 16 << 20 };

static ssize_t piece_read(int fd, char *p, size_t n)
{
    ssize_t got;
    do
        got = read(fd, p, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* ---- tables ---- */

struct table {
    struct source_file *s;
    struct arena *work;
};

static bool table_row(void *ctx, const struct csv_row *row)
{
    struct table *t = ctx;
    int64_t header = t->s->dialect.header;
    if (row->number <= header)
        return true;
    arena_reset(t->work);
    struct source_row r = {.number = row->number - header,
                           .cells = row->cell,
                           .n = row->n,
                           .why = row->flags & CSV_BROKEN ? csv_problem(t->work, row) : S("")};
    return t->s->row(t->s->ctx, &r);
}

static bool table_read(struct source_file *s, int fd)
{
    struct table t = {s, arena_new(WORK_ARENA)};
    struct csv_reader reader;
    struct csv_options options = {.dialect = s->dialect, .unguard = true};
    struct arena *buffer = arena_new(2 * PIECE);
    char *piece = arena_bytes(buffer, PIECE);
    csv_open(&reader, &options, table_row, &t);
    ssize_t n = 0;
    bool on = true;
    while (on && (n = piece_read(fd, piece, PIECE)) > 0) {
        s->bytes += n;
        on = csv_feed(&reader, str_make(piece, (size_t)n));
    }
    if (on && n == 0)
        csv_end(&reader);
    csv_close(&reader);
    arena_free(buffer);
    arena_free(t.work);
    return !on || n == 0;
}

/* ---- cards ---- */

enum {
    CARD_NAME,
    CARD_LAST,
    CARD_FIRST,
    CARD_MIDDLE,
    CARD_PREFIX,
    CARD_SUFFIX,
    CARD_NICKNAME,
    CARD_ORGANISATION,
    CARD_DEPARTMENT,
    CARD_JOB,
    CARD_EMAIL,
    CARD_PHONE,
    CARD_URL,
    CARD_POBOX,
    CARD_EXTENDED,
    CARD_STREET,
    CARD_CITY,
    CARD_REGION,
    CARD_POSTCODE,
    CARD_COUNTRY,
    CARD_BIRTHDAY,
    CARD_NOTE,
    CARD_TAGS,
    CARD_ADDRESSES,
    CARD_PHOTO,
    CARD_NAMES,
    CARD_COLUMNS
};

static const struct str card_columns[CARD_COLUMNS] = {
    [CARD_NAME] = S("Full name"),
    [CARD_LAST] = S("Last name"),
    [CARD_FIRST] = S("First name"),
    [CARD_MIDDLE] = S("Middle name"),
    [CARD_PREFIX] = S("Name prefix"),
    [CARD_SUFFIX] = S("Name suffix"),
    [CARD_NICKNAME] = S("Nickname"),
    [CARD_ORGANISATION] = S("Organisation"),
    [CARD_DEPARTMENT] = S("Department"),
    [CARD_JOB] = S("Job title"),
    [CARD_EMAIL] = S("E-mail"),
    [CARD_PHONE] = S("Phone"),
    [CARD_URL] = S("Website"),
    [CARD_POBOX] = S("PO box"),
    [CARD_EXTENDED] = S("Extended address"),
    [CARD_STREET] = S("Street"),
    [CARD_CITY] = S("City"),
    [CARD_REGION] = S("Region"),
    [CARD_POSTCODE] = S("Postcode"),
    [CARD_COUNTRY] = S("Country"),
    [CARD_BIRTHDAY] = S("Birthday"),
    [CARD_NOTE] = S("Notes"),
    [CARD_TAGS] = S("Tags"),
    [CARD_ADDRESSES] = S("Addresses"),
    [CARD_PHOTO] = S("Photo"),
    [CARD_NAMES] = S("Name in parts"),
};

const struct str *source_card_columns(size_t *n)
{
    *n = CARD_COLUMNS;
    return card_columns;
}

/* "work fax"; a label of the person's own goes before. */
static struct str types_label(struct arena *a, unsigned types, struct str label)
{
    static const struct {
        unsigned type;
        const char *word;
    } words[] = {{CONTACT_HOME, "home"}, {CONTACT_WORK, "work"},   {CONTACT_CELL, "mobile"},
                 {CONTACT_FAX, "fax"},   {CONTACT_PAGER, "pager"}, {CONTACT_OTHER, "other"}};
    if (label.n)
        return label;
    struct str parts[sizeof words / sizeof *words];
    size_t n = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (types & words[i].type)
            parts[n++] = str_of(words[i].word);
    return str_join(a, parts, n, S(" "));
}

/* The preferred one first. */
static struct str contact_lines(struct arena *a, const struct contact_value *list, size_t n)
{
    struct str *lines = arena_array(a, struct str, n + 1);
    size_t at = 0;
    for (int preferred = 1; preferred >= 0; preferred--)
        for (size_t i = 0; i < n; i++)
            if (!(list[i].types & CONTACT_PREFERRED) == !preferred)
                lines[at++] = reach_line(a, types_label(a, list[i].types, list[i].label),
                                         str_trim(list[i].value));
    return str_join(a, lines, at, S("\n"));
}

static struct str address_lines(struct arena *a, const struct contact *c)
{
    struct str *lines = arena_array(a, struct str, c->addresses + 1);
    size_t at = 0;
    for (int preferred = 1; preferred >= 0; preferred--)
        for (size_t i = 0; i < c->addresses; i++) {
            const struct contact_address *d = &c->address[i];
            const struct str parts[REACH_PARTS] = {
                [REACH_STREET] = d->street,   [REACH_POSTCODE] = d->postcode,
                [REACH_CITY] = d->city,       [REACH_REGION] = d->region,
                [REACH_COUNTRY] = d->country, [REACH_EXTENDED] = d->extended,
                [REACH_POBOX] = d->pobox};
            if (!(d->types & CONTACT_PREFERRED) == !preferred)
                lines[at++] = reach_line(a, types_label(a, d->types, d->label),
                                         reach_address_value(a, parts));
        }
    return str_join(a, lines, at, S("\n"));
}

/* "data:image/jpeg;base64,..."; empty: there is none, or only an address on the web. */
static struct str photo_cell(struct arena *a, const struct contact *c)
{
    if (!c->photo.n)
        return S("");
    return str_fmt(a, "data:" STR_FMT ";base64," STR_FMT, STR_ARG(c->photo_type),
                   STR_ARG(base64_encode(a, c->photo)));
}

/* "Lovelace; Ada; Augusta; Lady; PhD" */
static struct str names_cell(struct arena *a, const struct contact *c)
{
    struct str parts[REACH_PARTS] = {c->family, c->given, c->additional, c->prefix,
                                     c->suffix, S(""),    S("")};
    for (size_t i = 0; i < REACH_PARTS; i++)
        parts[i] = parts[i].p ? parts[i] : S("");
    return c->family.n || c->given.n ? reach_address_value(a, parts) : S("");
}

static void card_cells(struct arena *a, const struct contact *c, struct str cells[CARD_COLUMNS])
{
    const struct contact_address none = {0}, *at = c->addresses ? c->address : &none;
    const struct str values[CARD_COLUMNS] = {
        [CARD_NAME] = c->name,
        [CARD_LAST] = c->family,
        [CARD_FIRST] = c->given,
        [CARD_MIDDLE] = c->additional,
        [CARD_PREFIX] = c->prefix,
        [CARD_SUFFIX] = c->suffix,
        [CARD_NICKNAME] = c->nickname,
        [CARD_ORGANISATION] = c->organisation,
        [CARD_DEPARTMENT] = c->department,
        [CARD_JOB] = c->title.n ? c->title : c->role,
        [CARD_EMAIL] = contact_lines(a, c->email, c->emails),
        [CARD_PHONE] = contact_lines(a, c->phone, c->phones),
        [CARD_URL] = c->urls ? c->url[0].value : S(""),
        [CARD_POBOX] = at->pobox,
        [CARD_EXTENDED] = at->extended,
        [CARD_STREET] = at->street,
        [CARD_CITY] = at->city,
        [CARD_REGION] = at->region,
        [CARD_POSTCODE] = at->postcode,
        [CARD_COUNTRY] = at->country,
        [CARD_BIRTHDAY] = str_starts(c->birthday, S("--")) /* without a year, as Apple has it */
                              ? str_fmt(a, "1604" STR_FMT, STR_ARG(str_from(c->birthday, 1)))
                              : c->birthday,
        [CARD_NOTE] = c->note,
        [CARD_TAGS] = str_join(a, c->tag, c->tags, S(",")),
        [CARD_ADDRESSES] = address_lines(a, c),
        [CARD_PHOTO] = photo_cell(a, c),
        [CARD_NAMES] = names_cell(a, c),
    };
    for (size_t i = 0; i < CARD_COLUMNS; i++)
        cells[i] = values[i].p ? values[i] : S("");
}

static bool cards_take(struct source_file *s, struct arena *a, struct vcard_reader *r,
                       int64_t *number)
{
    struct vcard card;
    struct contact contact;
    struct str cells[CARD_COLUMNS];
    for (bool on = true; on; arena_reset(a)) {
        if (!vcard_next(a, r, &card))
            return true;
        struct source_row row = {
            .number = ++*number, .cells = cells, .n = CARD_COLUMNS, .why = S("")};
        vcard_contact(a, &card, &contact);
        card_cells(a, &contact, cells);
        if (!card.n)
            row.why = str_fmt(a, "line %lld: the card %s.", (long long)card.line,
                              card.problems ? card.problem[0].what : "is empty");
        on = s->row(s->ctx, &row);
    }
    return false;
}

static bool cards_read(struct source_file *s, int fd)
{
    struct vcard_feeder feeder;
    struct arena *a = arena_new(CARD_ARENA), *buffer = arena_new(2 * PIECE);
    char *piece = arena_bytes(buffer, PIECE);
    int64_t number = 0;
    ssize_t n;
    bool on = true;
    vcard_feed_open(&feeder, 0);
    do {
        n = piece_read(fd, piece, PIECE);
        if (n < 0)
            break;
        s->bytes += n;
        struct vcard_reader r = vcard_feed(&feeder, str_make(piece, (size_t)n), n == 0);
        on = cards_take(s, a, &r, &number);
    } while (on && n > 0);
    vcard_feed_close(&feeder);
    arena_free(buffer);
    arena_free(a);
    return n >= 0;
}

/* ---- both ---- */

bool source_read(struct source_file *s)
{
    int fd = open(s->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    s->bytes = 0;
    bool done = s->cards ? cards_read(s, fd) : table_read(s, fd);
    close(fd);
    return done;
}

bool source_sniff(const char *path, bool *cards, struct csv_dialect *dialect)
{
    struct arena *buffer = arena_new(2 * CSV_HEAD);
    char *p = arena_bytes(buffer, CSV_HEAD);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : piece_read(fd, p, CSV_HEAD);
    if (fd >= 0)
        close(fd);
    struct str head = str_make(p, n > 0 ? (size_t)n : 0);
    if (str_starts(head, S("\xEF\xBB\xBF")))
        *cards = str_eq_nocase(str_first(str_from(head, 3), 11), S("BEGIN:VCARD"));
    else
        *cards = str_eq_nocase(str_first(str_trim(head), 11), S("BEGIN:VCARD"));
    *dialect = csv_sniff(head);
    arena_free(buffer);
    return n >= 0;
}

/* ---- cards in other forms ---- */

static struct str whole(struct arena *a, int fd)
{
    struct stat st;
    size_t n = 0;
    if (fstat(fd, &st) != 0 || st.st_size > VCARD_FORM_MOST)
        return (struct str){0};
    char *p = arena_bytes(a, (size_t)st.st_size + 1);
    for (ssize_t got; n < (size_t)st.st_size; n += (size_t)got)
        if ((got = piece_read(fd, p + n, (size_t)st.st_size - n)) <= 0)
            return (struct str){0};
    return str_make(p, n);
}

static bool written(int fd, struct str text)
{
    bool done = ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
    while (done && text.n) {
        ssize_t n = write(fd, text.p, text.n);
        done = n > 0 || (n < 0 && errno == EINTR);
        text = n > 0 ? str_from(text, (size_t)n) : text;
    }
    return done;
}

const char *source_made_text(const char *path)
{
    char head[1024];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    enum vcard_form form = vcard_form_of(str_make(head, n > 0 ? (size_t)n : 0));
    const char *why = n < 0 ? "The file cannot be read." : NULL;
    if (n > 0 && form != VCARD_TEXT) {
        struct arena *a = arena_new(4 * (size_t)VCARD_FORM_MOST);
        struct str bytes = whole(a, fd);
        struct out o;
        out_init(&o, 2 * (size_t)VCARD_FORM_MOST);
        why = bytes.n ? vcard_form_text(&o, form, bytes)
                      : "Cards as JSON or XML are read whole, and may have 32 MB.";
        if (!why && !written(fd, out_text(&o)))
            why = "The file could not be stored. Try again later.";
        out_free(&o);
        arena_free(a);
    }
    if (fd >= 0)
        close(fd);
    return why;
}
