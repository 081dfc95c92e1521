/* round_test.c: contact cards through the hub and out again. With cards of its own, and with those
 * of a dozen programs where they are there (see test/shared.h). */
#include <sodium.h>

#include "record/reach.h"
#include "test/rooms.h"
#include "test/shared.h"
#include "text/content.h"
#include "text/vcard.h"
#include "text/vcard_forms.h"

enum { CARDS = 64 };

struct digests {
    struct str text[CARDS];
    size_t n;
};

static int text_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Each once: nobody needs to be told twice of the same number. */
static struct str sorted(struct arena *a, struct str *list, size_t n)
{
    size_t kept = 0;
    qsort(list, n, sizeof *list, text_order);
    for (size_t i = 0; i < n; i++)
        if (!kept || !str_eq(list[kept - 1], list[i]))
            list[kept++] = list[i];
    return str_join(a, list, kept, S(" | "));
}

static struct str on_one_line(struct arena *a, struct str text)
{
    char *p = str_cstr(a, text);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (p[i] != '\r')
            p[n++] = p[i] == '\n' || p[i] == '\t' ? ' ' : p[i];
    return str_trim(str_make(p, n));
}

/* A number as the hub has it: of a country, or what was written. */
static struct str number(struct arena *a, struct str text)
{
    struct str value;
    text = on_one_line(a, text);
    return reach_parse(a, KIND_PHONES, NULL, text, &value) || !value.n
               ? text
               : reach_key(a, KIND_PHONES, value);
}

/* Of a card that has no parts of its name the last word is the family's. */
static void names_complete(struct contact *c)
{
    ptrdiff_t last = -1;
    for (size_t i = 0; i < c->name.n; i++)
        last = c->name.p[i] == ' ' ? (ptrdiff_t)i : last;
    if (c->family.n || c->given.n)
        return;
    c->given = last < 0 ? c->name : str_first(c->name, (size_t)last);
    c->family = last < 0 ? S("") : str_from(c->name, (size_t)last + 1);
}

/* What must be kept of a card, in an order of its own. */
static struct str digest(struct arena *a, const struct contact *c)
{
    struct str list[100], phones, emails, addresses;
    unsigned char sum[16] = {0};
    for (size_t i = 0; i < c->phones; i++)
        list[i] = number(a, c->phone[i].value);
    phones = sorted(a, list, c->phones);
    for (size_t i = 0; i < c->emails; i++)
        list[i] = str_lower(a, on_one_line(a, c->email[i].value));
    emails = sorted(a, list, c->emails);
    for (size_t i = 0; i < c->addresses; i++) {
        const struct contact_address *d = &c->address[i];
        const struct str parts[] = {d->pobox,  d->extended, d->street, d->city,
                                    d->region, d->postcode, d->country};
        list[i] = on_one_line(a, str_join(a, parts, 7, S(" / ")));
    }
    addresses = sorted(a, list, c->addresses);
    crypto_generichash(sum, sizeof sum, (const unsigned char *)c->photo.p, c->photo.n, NULL, 0);
    struct str photo = c->photo.n ? str_hex(a, sum, sizeof sum) : S("none");
    const struct str all[] = {on_one_line(a, c->name),
                              c->family,
                              c->given,
                              c->additional,
                              c->prefix,
                              c->suffix,
                              S("TEL"),
                              phones,
                              S("EMAIL"),
                              emails,
                              S("ADR"),
                              addresses,
                              S("PHOTO"),
                              photo};
    return str_join(a, all, sizeof all / sizeof *all, S("; "));
}

static void digests_take(struct arena *a, struct str bytes, struct digests *d)
{
    struct vcard_reader r = vcard_open(bytes);
    struct vcard card;
    struct contact c;
    d->n = 0;
    while (d->n < CARDS && vcard_next(a, &r, &card)) {
        vcard_contact(a, &card, &c);
        names_complete(&c);
        if (card.n)
            d->text[d->n++] = digest(a, &c);
    }
    qsort(d->text, d->n, sizeof *d->text, text_order);
}

static void assert_same(const struct digests *was, const struct digests *is)
{
    for (size_t i = 0; i < was->n && i < is->n; i++)
        if (!str_eq(was->text[i], is->text[i]))
            fail_msg("of a card\n" STR_FMT "\nthere is\n" STR_FMT, STR_ARG(was->text[i]),
                     STR_ARG(is->text[i]));
    assert_int_equal(was->n, is->n);
}

/* Imports the cards; gives the import's address. */
static const char *bring(struct kit *kit, struct str bytes, size_t n)
{
    struct res r = kit_send(kit, "POST", "/people/imports?name=all.vcf", KIT_JSON,
                            "application/octet-stream", bytes);
    assert_status(r, 201);
    const char *path = kit_path(kit, "/people/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    assert_status(patch_json(kit, path, "{\"matched\": \"create\", \"missing\": true}"), 200);
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    r = get_json(kit, path);
    if (!str_eq(kit_json(r, "data.rejected"), S("0")))
        r = get_json(kit, kit_path(kit, "%s/rejects", path));
    assert_json_int(r, "data.created", (int64_t)n);
    return path;
}

static struct digests exported(struct kit *kit, const char *version, struct str *bytes)
{
    struct digests d;
    struct res r = get(kit, kit_path(kit, "/people.vcf?stage.empty=yes&version=%s", version));
    assert_status(r, 200);
    *bytes = r.body;
    digests_take(kit->arena, r.body, &d);
    return d;
}

/* Out as one version and in again, out as the other: the same each time. */
static void round_trip(struct kit *kit, struct str sent, struct str bytes)
{
    struct digests first, now;
    struct str three, four;
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    sql_run(kit, "UPDATE people SET stage = 'contact'");
    kit->unsound = true; /* done behind the program's back */
    digests_take(kit->arena, bytes, &first);
    const char *path = bring(kit, sent, first.n);
    now = exported(kit, "3.0", &three);
    assert_same(&first, &now);
    now = exported(kit, "4.0", &four);
    assert_same(&first, &now);
    const struct str again[] = {three, four};
    for (size_t i = 0; i < 2; i++) {
        struct str out;
        assert_status(post_json(kit, kit_path(kit, "%s/undo", path), "{}"), 200);
        assert_int_equal(exported(kit, "4.0", &out).n, 0);
        path = bring(kit, again[i], first.n);
        now = exported(kit, i ? "3.0" : "4.0", &out);
        assert_same(&first, &now);
    }
}

#define PIXEL                                                                                      \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"                                \
    "M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

static const char own[] =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;Augusta;Lady;PhD\r\nFN:Ada Lovelace\r\n"
    "TEL;TYPE=WORK,FAX:+44 20 7946 0958\r\nTEL;TYPE=CELL,PREF:(111) 555-1212\r\n"
    "item1.TEL:tel:+47-55-12-34-56;ext=7\r\nitem1.X-ABLABEL:Yacht\r\n"
    "EMAIL;TYPE=HOME:ada@example.org\r\nEMAIL;TYPE=WORK,PREF:Countess@Example.org\r\n"
    "ADR;TYPE=HOME:PO 12;c/o Babbage;1\\, Square\\nSecond floor;London;Greater;SW1Y;UK\r\n"
    "ADR;TYPE=WORK:;;2 Street\\; rear;Paris;;75001;France\r\n"
    "PHOTO;ENCODING=b;TYPE=PNG:" PIXEL "\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nN:宮本;さくら;;;\r\nFN:宮本 さくら\r\nEND:VCARD\r\n";

static void cards_go_round(void **state) /* vcf RULE 3 */
{
    round_trip(*state, str_of(own), str_of(own));
}

static void cards_of_programs_go_round(void **state) /* vcf RULE 3 */
{
    struct kit *kit = *state;
    struct str archive = shared_path(kit->arena, "vcard/ez-vcard-samples.tar.xz");
    if (!archive.n)
        skip();
    struct str all = shared_piped(kit->arena, "tar xJOf '%s' --wildcards '*.vcf'", archive);
    round_trip(kit, all, all);
}

static void of_form(struct kit *kit, enum vcard_form form, struct str bytes)
{
    struct out text;
    assert_int_equal(vcard_form_of(bytes), form);
    out_init(&text, 1 << 20);
    assert_null(vcard_form_text(&text, form, bytes));
    round_trip(kit, bytes, str_dup(kit->arena, out_text(&text)));
    out_free(&text);
}

static const char json_cards[] =
    "[[\"vcard\", [[\"version\", {}, \"text\", \"4.0\"], [\"fn\", {}, \"text\", \"Ada, Lovelace\"],"
    "[\"n\", {}, \"text\", [\"Lovelace\", \"Ada\", [\"Augusta\", \"B.\"], \"\", \"\"]],"
    "[\"tel\", {\"type\": [\"work\", \"voice\"], \"pref\": 1}, \"uri\", \"tel:+44-20-7946-0958\"],"
    "[\"adr\", {\"type\": \"home\"}, \"text\", [\"\", \"\", \"1; Square\", \"London\", \"\", "
    "\"SW1Y\","
    " \"UK\"]], [\"email\", {\"group\": \"a\"}, \"text\", \"ada@example.org\"]]],"
    "[\"vcard\", [[\"fn\", {}, \"text\", \"宮本 さくら\"]]]]";
static const char xml_cards[] =
    "<?xml version=\"1.0\"?>\n<vcards "
    "xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\"><vcard><fn><text>Ada"
    " &amp; Co</text></fn><n><surname>Lovelace</surname><given>Ada</given><suffix>PhD</suffix>"
    "<suffix>M.Sc.</suffix></n><group "
    "name=\"item1\"><tel><parameters><type><text>cell</text></type>"
    "</parameters><uri>tel:+47-55-12-34-56;ext=7</uri></tel></group><adr><street>2 Street; rear"
    "</street><locality>Paris</locality><country>France</country></adr></vcard></vcards>";

static void cards_in_other_forms_come_in(void **state) /* vcard_forms RULE 1, source RULE 5 */
{
    of_form(*state, VCARD_JSON, str_of(json_cards));
}

static void cards_as_xml_come_in(void **state) /* vcard_forms RULE 1 */
{
    of_form(*state, VCARD_XML, str_of(xml_cards));
}

static void what_holds_no_card_is_refused(void **state) /* vcard_forms RULES 2 and 3 */
{
    static const char *const bad[] = {"[\"vcard\", [", "[[\"vcard\"], 4]", "[\"vcard\", 4]",
                                      "<vcards xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\"><vcard>",
                                      "<vcards xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\"/>"};
    struct kit *kit = *state;
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_status(kit_send(kit, "POST", "/people/imports?name=a", KIT_JSON,
                               "application/octet-stream", str_of(bad[i])),
                      422);
    static const char outside[] =
        "<!DOCTYPE v [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>"
        "<vcards xmlns=\"urn:ietf:params:xml:ns:vcard-4.0\"><vcard><fn><text>(&e;)</text></fn>"
        "</vcard></vcards>";
    struct out text;
    out_init(&text, 1 << 16);
    assert_non_null(vcard_form_text(&text, VCARD_XML, str_of(outside)));
    assert_true(str_find_str(out_text(&text), S("(")) < 0);
    out_free(&text);
}

static void other_forms_of_programs_come_in(void **state)
{
    struct kit *kit = *state;
    struct str archive = shared_path(kit->arena, "vcard/ez-vcard-samples.tar.xz");
    if (!archive.n)
        skip();
    of_form(kit, VCARD_JSON,
            shared_piped(kit->arena, "tar xJOf '%s' --wildcards '*.json'", archive));
}

static void xml_of_programs_comes_in(void **state)
{
    struct kit *kit = *state;
    struct str archive = shared_path(kit->arena, "vcard/ez-vcard-samples.tar.xz");
    if (!archive.n)
        skip();
    of_form(kit, VCARD_XML, shared_piped(kit->arena, "tar xJOf '%s' --wildcards '*.xml'", archive));
}

/* record/photos.h too */
static void a_photo_is_sent_and_seen(void **state) /* photos RULES 1, 2 and 3 */
{
    struct kit *kit = *state;
    struct str png;
    assert_true(base64_decode(kit->arena, S(PIXEL), &png));
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    struct res r = post_json(kit, "/organisations", "{\"title\": \"Nordlicht\"}");
    int64_t id = 0;
    assert_true(str_int(kit_json(r, "data.id"), &id));
    const char *path = kit_path(kit, "/organisations/%lld/photo", (long long)id);
    assert_status(get(kit, path), 404);
    assert_status(get(kit, kit_path(kit, "%s/edit", path)), 200);
    r = kit_send(kit, "POST", path, KIT_JSON, "application/octet-stream", png);
    assert_status(r, 200);
    r = get(kit, path);
    assert_header(r, "Content-Type", "image/png");
    assert_true(str_eq(r.body, png));
    assert_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
    assert_has(get(kit, kit_path(kit, "/cards/%lld", (long long)id)), "/photo?v=");
    r = kit_send(kit, "POST", path, KIT_JSON, "application/octet-stream", S("<svg/>"));
    assert_status(r, 422);
    r = kit_send(kit, "POST", path, KIT_JSON, "application/octet-stream", S(""));
    assert_status(r, 422);
    assert_status(get(kit, path), 200);
    as(kit, kit_person(kit, "ben", ROLE_MEMBER));
    assert_status(get(kit, path), 404);
    assert_status(kit_send(kit, "POST", path, KIT_JSON, "application/octet-stream", png), 404);
    assert_status(del(kit, path), 404);
    as(kit, kit_person(kit, "eva", ROLE_STAFF));
    assert_status(del(kit, path), 303);
    assert_status(get(kit, path), 404);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions WHERE changes LIKE '%logo%'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(cards_go_round),
        kit_test(cards_of_programs_go_round),
        kit_test(cards_in_other_forms_come_in),
        kit_test(cards_as_xml_come_in),
        kit_test(what_holds_no_card_is_refused),
        kit_test(other_forms_of_programs_come_in),
        kit_test(xml_of_programs_comes_in),
        kit_test(a_photo_is_sent_and_seen),
    };
    return kit_run(tests);
}
