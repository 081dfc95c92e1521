/* vcard_test.c: proves the RULES of vcard.h, content.h and latin.h: from vcard.cases, and with the
 * cards of a dozen programs where they are there (see test/shared.h). */
#include "text/vcard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/clock.h"
#include "core/rand.h"
#include "test/shared.h"
#include "text/content.h"
#include "text/latin.h"

/* ---- contacts as text ---- */

static void print_text(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' || s.p[i] == '\\')
            out_char(o, '\\');
        out_char(o, s.p[i] == '\n' ? 'n' : s.p[i]);
    }
}

static void print_line(struct out *o, const char *name, struct str s)
{
    if (!s.n)
        return;
    out_fmt(o, "%s ", name);
    print_text(o, s);
    out_char(o, '\n');
}

static void print_types(struct out *o, unsigned types, struct str label)
{
    static const char *const words[] = {"home",  "work",  "cell",  "fax",
                                        "pager", "voice", "other", "pref"};
    for (size_t i = 0; i < 8; i++)
        if (types & 1u << i)
            out_fmt(o, " %s", words[i]);
    if (label.n) {
        out_lit(o, " (");
        print_text(o, label);
        out_lit(o, ")");
    }
    out_char(o, '\n');
}

static void print_values(struct out *o, const char *name, const struct contact_value *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out_fmt(o, "%s ", name);
        print_text(o, v[i].value);
        print_types(o, v[i].types, v[i].label);
    }
}

static void print_joined(struct out *o, const char *name, const struct str *parts, size_t n)
{
    out_fmt(o, "%s ", name);
    for (size_t i = 0; i < n; i++) {
        out_str(o, i ? S("|") : S(""));
        print_text(o, parts[i]);
    }
}

static void print_contact(struct out *o, const struct contact *c)
{
    char buf[32];
    const struct str n[] = {c->family, c->given, c->additional, c->prefix, c->suffix};
    const struct str org[] = {c->organisation, c->department};
    out_lit(o, "name ");
    print_text(o, c->name);
    out_char(o, '\n');
    if (n[0].n + n[1].n + n[2].n + n[3].n + n[4].n) {
        print_joined(o, "n", n, 5);
        out_char(o, '\n');
    }
    print_line(o, "nickname", c->nickname);
    if (org[0].n + org[1].n) {
        print_joined(o, "org", org, org[1].n ? 2 : 1);
        out_char(o, '\n');
    }
    print_line(o, "title", c->title);
    print_line(o, "role", c->role);
    print_values(o, "phone", c->phone, c->phones);
    print_values(o, "email", c->email, c->emails);
    for (size_t i = 0; i < c->addresses; i++) {
        const struct contact_address *d = &c->address[i];
        const struct str parts[] = {d->pobox,  d->extended, d->street, d->city,
                                    d->region, d->postcode, d->country};
        print_joined(o, "address", parts, 7);
        print_types(o, d->types, d->label);
    }
    print_values(o, "url", c->url, c->urls);
    print_line(o, "birthday", c->birthday);
    print_line(o, "note", c->note);
    for (size_t i = 0; i < c->tags; i++)
        print_line(o, "tag", c->tag[i]);
    if (c->photo.n) {
        out_fmt(o, "photo " STR_FMT " ", STR_ARG(c->photo_type.n ? c->photo_type : S("-")));
        print_text(o, c->photo);
        out_char(o, '\n');
    }
    print_line(o, "photo url", c->photo.n ? S("") : c->photo_url);
    print_line(o, "uid", c->uid);
    if (c->revised)
        print_line(o, "revised", clock_rfc3339(buf, c->revised));
}

static void print_agents(struct arena *a, struct out *o, const struct vcard *card)
{
    for (size_t i = 0; i < card->n; i++)
        if (card->prop[i].agent) {
            struct contact agent;
            vcard_contact(a, card->prop[i].agent, &agent);
            print_line(o, "agent", agent.name);
        }
}

static struct str printed(struct arena *a, const struct contact *c)
{
    struct out o;
    out_init(&o, 1 << 24);
    print_contact(&o, c);
    return out_take(&o, a);
}

/* ---- cases ---- */

/* RULE 5: written and read again, as both versions. */
static void assert_comes_back(struct arena *a, const struct contact *c, const char *who)
{
    struct str want = printed(a, c);
    for (enum vcard_version v = VCARD_30; v <= VCARD_40; v++) {
        struct str text = vcard_write(a, c, v);
        struct vcard_reader r = vcard_open(text);
        struct vcard card;
        struct contact again;
        assert_true(vcard_next(a, &r, &card));
        assert_int_equal(card.version, v);
        assert_int_equal(card.problems, 0);
        assert_int_equal(r.rest.n, 0);
        vcard_contact(a, &card, &again);
        struct str got = printed(a, &again);
        if (!str_eq(got, want))
            fail_msg("%s, written as %d: got\n" STR_FMT "\nnot\n" STR_FMT, who, v, STR_ARG(got),
                     STR_ARG(want));
        struct str line; /* RULE 6 */
        while (str_split(&text, '\n', &line)) {
            assert_true(line.n >= 1 && line.n <= 76 && line.p[line.n - 1] == '\r');
            assert_true(utf8_valid(line));
        }
    }
}

static void print_cards(struct arena *a, struct out *o, struct vcard_reader r, struct str title)
{
    struct vcard card;
    while (vcard_next(a, &r, &card)) {
        struct contact contact;
        vcard_contact(a, &card, &contact);
        assert_comes_back(a, &contact, str_cstr(a, title));
        out_str(o, o->n ? S("\n") : S(""));
        print_contact(o, &contact);
        print_agents(a, o, &card);
        for (size_t i = 0; i < card.problems; i++)
            out_fmt(o, "! %lld: %s\n", (long long)card.problem[i].line, card.problem[i].what);
    }
}

/* RULE 7 */
static struct str printed_in_pieces(struct arena *a, struct str bytes, size_t piece,
                                    struct str title)
{
    struct out o;
    struct vcard_feeder f;
    out_init(&o, 1 << 20);
    vcard_feed_open(&f, 0);
    for (bool last = false; !last; bytes = str_from(bytes, piece)) {
        last = bytes.n == 0;
        print_cards(a, &o, vcard_feed(&f, str_first(bytes, piece), last), title);
    }
    vcard_feed_close(&f);
    return str_trim(out_take(&o, a));
}

/* RULE 1-4; content RULE 3; latin RULE 1 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 7, 1 << 20};
    struct arena *a = arena_new(1 << 26);
    struct str rest = cases_read(a, "src/text/vcard.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct str bytes = cases_unescape(a, c.part[0]);
        struct out o;
        out_init(&o, 1 << 20);
        print_cards(a, &o, vcard_open(bytes), c.title);
        struct str got = str_trim(out_take(&o, a));
        if (!str_eq(got, str_trim(c.part[1])))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            struct str again = printed_in_pieces(a, bytes, pieces[i], c.title);
            if (!str_eq(got, again))
                fail_msg(STR_FMT ": in pieces of %zu got\n" STR_FMT, STR_ARG(c.title), pieces[i],
                         STR_ARG(again));
        }
    }
    assert_in_range(count, 9, 1000);
    arena_free(a);
}

/* RULE 7 */
static void many_cards_are_read_in_small_memory(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct vcard_feeder f;
    struct str one = S("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana Silva\r\nTEL:1\r\nEND:VCARD\r\n");
    size_t cards = 0, broken = 0, most = 0;
    int64_t line = 0;
    vcard_feed_open(&f, 1 << 16);
    for (int i = 0; i < 20000; i++) {
        bool endless = i >= 10000 && i < 12000; /* lines of a card that never ends */
        struct str piece = i == 9999 ? S("BEGIN:VCARD\r\n")
                           : endless ? S("NOTE:many words\r\n")
                                     : one;
        struct vcard_reader r = vcard_feed(&f, piece, i == 19999);
        struct vcard card;
        for (; vcard_next(a, &r, &card); cards++) {
            broken += card.problems > 0;
            line = card.line;
        }
        most = f.text.cap > most ? f.text.cap : most;
        arena_reset(a);
    }
    vcard_feed_close(&f);
    assert_in_range(most, 100, 1 << 18);
    assert_in_range(broken, 1, 10);
    assert_int_equal(cards - broken, 20000 - 2001);
    assert_int_equal(line, 9999 * 5 + 1 + 2000 + 7999 * 5 + 1);
    arena_free(a);
}

/* ---- written cards ---- */

static void cards_are_written_as_the_versions_have_it(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct contact_value phone[] = {
        {S("+4971112345"), S("desk"), CONTACT_WORK | CONTACT_PREFERRED}};
    struct contact_value url[] = {{S("https://example.org/a;b,c"), S(""), 0}};
    struct contact_address address[] = {{.street = S("5, Main St"), .city = S("Ulm")}};
    struct str tags[] = {S("a,b"), S("c")};
    struct contact c = {.name = S("Ana Silva"),
                        .family = S("Silva"),
                        .given = S("Ana"),
                        .phone = phone,
                        .phones = 1,
                        .url = url,
                        .urls = 1,
                        .address = address,
                        .addresses = 1,
                        .birthday = S("1980-03-22"),
                        .note = S("one\nEND:VCARD\r\ntwo\x01"),
                        .tag = tags,
                        .tags = 2,
                        .photo = S("abc"),
                        .photo_type = S("image/png"),
                        .revised = INT64_C(1798761600000000)};
    assert_string_equal(vcard_write(a, &c, VCARD_30).p,
                        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Silva;Ana;;;\r\nFN:Ana Silva\r\n"
                        "item1.TEL;TYPE=WORK;TYPE=PREF:+4971112345\r\nitem1.X-ABLABEL:desk\r\n"
                        "ADR:;;5\\, Main St;Ulm;;;\r\nURL:https://example.org/a;b,c\r\n"
                        "BDAY:1980-03-22\r\nNOTE:one\\nEND:VCARD\\ntwo\r\n"
                        "CATEGORIES:a\\,b,c\r\nPHOTO;ENCODING=b;TYPE=png:YWJj\r\n"
                        "REV:2027-01-01T00:00:00Z\r\nEND:VCARD\r\n");
    assert_string_equal(vcard_write(a, &c, VCARD_40).p,
                        "BEGIN:VCARD\r\nVERSION:4.0\r\nN:Silva;Ana;;;\r\nFN:Ana Silva\r\n"
                        "item1.TEL;TYPE=work;PREF=1:+4971112345\r\nitem1.X-ABLABEL:desk\r\n"
                        "ADR:;;5\\, Main St;Ulm;;;\r\nURL:https://example.org/a;b,c\r\n"
                        "BDAY:19800322\r\nNOTE:one\\nEND:VCARD\\ntwo\r\n"
                        "CATEGORIES:a\\,b,c\r\nPHOTO:data:image/png;base64,YWJj\r\n"
                        "REV:20270101T000000Z\r\nEND:VCARD\r\n");
    arena_free(a);
}

/* content RULE 1-2 */
static void lines_are_folded_between_characters(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 22);
    struct rand_seq r = {3};
    static const struct str letters[] = {S("a"), S("é"), S("€"), S("😀"), S(","), S("\n"), S("\\")};
    for (int round = 0; round < 500; round++) {
        struct out text, o;
        out_init(&text, 1 << 12);
        out_init(&o, 1 << 14);
        for (uint64_t n = rand_below(&r, 300); n > 0; n--)
            out_str(&text, letters[rand_below(&r, 7)]);
        struct str escaped = content_escaped(a, out_text(&text)), rest, line;
        assert_true(str_find(escaped, '\n') < 0);
        content_line(&o, escaped);
        char *unfolded = arena_alloc(a, escaped.n + 1);
        size_t n = 0;
        for (rest = out_text(&o); str_split(&rest, '\n', &line);) {
            assert_true(line.n <= 76 && line.p[line.n - 1] == '\r' && utf8_valid(line));
            struct str kept = str_make(line.p + (n > 0), line.n - 1 - (n > 0));
            memcpy(unfolded + n, kept.p, kept.n);
            n += kept.n;
        }
        assert_true(str_eq(str_make(unfolded, n), escaped));
        const struct vcard card = {.version = VCARD_40};
        assert_true(str_eq(vcard_text(a, &card, escaped), out_text(&text)));
        out_free(&text);
        out_free(&o);
        arena_reset(a);
    }
    arena_free(a);
}

/* content RULE 3 */
static void base64_comes_back(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct rand_seq r = {4};
    struct str bytes;
    for (size_t n = 0; n < 100; n++) {
        char data[100];
        for (size_t i = 0; i < n; i++)
            data[i] = (char)rand_next(&r);
        struct str packed = base64_encode(a, str_make(data, n));
        assert_int_equal(packed.n, (n + 2) / 3 * 4);
        assert_true(base64_decode(a, packed, &bytes) && str_eq(bytes, str_make(data, n)));
        while (str_ends(packed, S("=")))
            packed.n--;
        assert_true(base64_decode(a, packed, &bytes) && str_eq(bytes, str_make(data, n)));
    }
    assert_true(base64_decode(a, S(" YW\r\n\tJj "), &bytes) && str_is(bytes, "abc"));
    assert_false(base64_decode(a, S("YWJjY"), &bytes));
    assert_true(str_is(bytes, "abc"));
    assert_false(base64_decode(a, S("YW=j"), &bytes));
    assert_false(base64_decode(a, S("YWJj!"), &bytes));
    arena_free(a);
}

/* ---- real cards ---- */

struct census {
    size_t cards, phones, emails, addresses, photos, notes, birthdays, problems;
    size_t photo_bytes;
};

static void count_card(struct census *n, const struct vcard *card, const struct contact *c)
{
    n->cards++;
    n->problems += card->problems;
    n->phones += c->phones;
    n->emails += c->emails;
    n->addresses += c->addresses;
    n->photos += c->photo.n > 0;
    n->photo_bytes += c->photo.n;
    n->notes += c->note.n > 0;
    n->birthdays += c->birthday.n > 0;
}

/* RULE 5 */
static void cards_of_a_dozen_programs_come_back(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str archive = shared_path(a, "vcard/ez-vcard-samples.tar.xz"), name;
    struct census n = {0};
    if (!archive.n) {
        arena_free(a);
        skip();
    }
    struct str names = shared_piped(a, "tar tJf '%s'", archive);
    while (str_split(&names, '\n', &name)) {
        if (!str_ends(name, S(".vcf")))
            continue;
        struct vcard_reader r = vcard_open(shared_member(a, archive, name));
        struct vcard card;
        while (vcard_next(a, &r, &card)) {
            struct contact c;
            vcard_contact(a, &card, &c);
            assert_true(c.name.n > 0);
            assert_comes_back(a, &c, str_cstr(a, name));
            count_card(&n, &card, &c);
        }
    }
    assert_int_equal(n.cards, 26);
    assert_int_equal(n.phones, 75);
    assert_int_equal(n.emails, 38);
    assert_int_equal(n.addresses, 28);
    assert_int_equal(n.photos, 8);
    assert_int_equal(n.photo_bytes, 73404);
    assert_int_equal(n.notes, 12);
    assert_int_equal(n.birthdays, 13);
    assert_int_equal(n.problems, 1); /* a photo that was cut off */
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(many_cards_are_read_in_small_memory),
        cmocka_unit_test(cards_are_written_as_the_versions_have_it),
        cmocka_unit_test(lines_are_folded_between_characters),
        cmocka_unit_test(base64_comes_back),
        cmocka_unit_test(cards_of_a_dozen_programs_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
