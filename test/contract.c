/* contract.c: the table of the contract of kinds, and the type that has a field of each.
 *
 * WHY a table: a kind that is added to kinds.h without a line here fails the contract, and so does
 * a line that a surface does not keep. What a kind has no surface for is said by NULL, or by
 * `made_by_hub`.
 */
#include "test/contract.h"

#include "core/out.h"

#define COUNTED "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}"
#define ADDRESS(label, street, postcode, city, country)                                            \
    "[{\"label\": \"" label "\", \"street\": \"" street "\", \"postcode\": \"" postcode            \
    "\", \"city\": \"" city "\", \"region\": \"\", \"country\": \"" country                        \
    "\", \"extended\": \"\", \"pobox\": \"\"}]"
#define LABELLED                                                                                   \
    "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"},"                        \
    "\"value\":{\"type\":\"string\"}},\"required\":[\"label\",\"value\"]}"
#define WORDS "{\"type\":[\"string\",\"null\"]}"

const struct sample samples[] = {
    {KIND_TEXT, .control = "type=\"text\"",
     .good = {{"Blue paint", "\"Blue paint\"", "\"Blue paint\"", "Blue paint", "Blue paint"},
              {"Red & <b>", "\"Red & <b>\"", "\"Red & <b>\"", "Red &amp; &lt;b&gt;",
               "Red &amp; &lt;b&gt;"}},
     .wrong = "two\nlines", .why = "must be one line", .found = "paint", .filter = "Blue+paint",
     .rises = true, .schema = WORDS},
    {KIND_LONGTEXT, .control = "<textarea",
     .good = {{"Some *zebra* words", "\"Some *zebra* words\"", "\"Some *zebra* words\"",
               "Some *zebra* words", "Some *zebra* words"},
              {"One\nTwo", "\"One\\nTwo\"", "\"One\\nTwo\"", "One\nTwo", "One\nTwo"}},
     .found = "zebra", .schema = WORDS},
    {KIND_INTEGER, .control = "inputmode=\"numeric\"",
     .good = {{"4200", "4200", "4200", "4,200", "4200"}, {"-7", "-7", "-7", "-7", "-7"}},
     .wrong = "4x", .why = "must be a number", .filter = "4200", .less = "4199", .schema = COUNTED},
    {KIND_DECIMAL, .made = "\"scale\": 2", .control = "inputmode=\"decimal\"",
     .good = {{"12.5", "12.5", "12.50", "12.50", "12.50"},
              {"0.01", "0.01", "0.01", "0.01", "0.01"}},
     .wrong = "1.234", .why = "has too many digits behind the point", .wrong_csv = "many",
     .filter = "12.5", .less = "12.49", .schema = "{\"type\":[\"number\",\"null\"]}"},
    {KIND_MONEY, .made = "\"currency\": \"NOK\"", .control = "placeholder=\"1200.00 NOK\"",
     .good = {{"1200", "\"1200\"", "\"1200.00 NOK\"", "1,200.00 NOK", "1200.00 NOK"},
              {"9.95 EUR", "\"9.95 EUR\"", "\"9.95 EUR\"", "9.95 EUR", "9.95 EUR"}},
     .wrong = "12 quids", .why = "holds what is no digit", .filter = "1200+NOK", .less = "1199+NOK",
     .schema = WORDS},
    {KIND_DATE, .control = "type=\"date\"",
     .good = {{"2026-12-31", "\"2026-12-31\"", "\"2026-12-31\"", "31 Dec 2026", "2026-12-31"},
              {"2024-02-29", "\"2024-02-29\"", "\"2024-02-29\"", "29 Feb 2024", "2024-02-29"}},
     .wrong = "2026-02-30", .why = "must be a date such as 2026-12-31", .filter = "2026-12-31",
     .less = "2026-12-30", .schema = "{\"type\":[\"string\",\"null\"],\"format\":\"date\"}"},
    {KIND_TIME, .control = "type=\"datetime-local\"",
     .good = {{"2026-12-31T09:30", "\"2026-12-31T09:30\"", "\"2026-12-31T09:30:00Z\"",
               "2026-12-31T09:30:00Z", "2026-12-31T09:30"},
              {"2025-06-01T00:00", "\"2025-06-01\"", "\"2025-06-01T00:00:00Z\"",
               "2025-06-01T00:00:00Z", "2025-06-01T00:00"}},
     .said = {"31 Dec 2026 09:30", "1 Jun 2025 00:00"}, .wrong = "soon",
     .why = "must be a date and time such as 2026-12-31T09:30", .filter = "2026-12-31T09:30",
     .less = "2026-12-31T09:29",
     .schema = "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"},
    {KIND_BOOL, .control = "<option value=\"yes\"",
     .good = {{"yes", "true", "true", "Yes", "yes"}, {"no", "false", "false", "No", "no"}},
     .wrong = "perhaps", .why = "must be yes or no", .kept = "", .filter = "yes",
     .schema = "{\"type\":[\"boolean\",\"null\"]}"},
    {KIND_CHOICE, .made = "\"choices\": \"won = Has won (green, ends)\\nnew = Is new (grey)\"",
     .control = "<option value=\"won\"",
     .good = {{"won", "\"won\"", "\"won\"", "Has won", "won"},
              {"new", "\"new\"", "\"new\"", "Is new", "new"}},
     .wrong = "lost", .why = "has no such choice", .kept = "", .found = "won", .filter = "won",
     .rises = true, .schema = "{\"type\":[\"string\",\"null\"],\"enum\":[\"won\",\"new\",null]}"},
    {KIND_CHOICES,
     .made = "\"choices\": \"main = Main sail\\njib = Jib (blue)\\nspin = Spinnaker\"",
     .control = "type=\"checkbox\"",
     .good = {{"jib,main", "[\"jib\", \"main\"]", "[\"main\", \"jib\"]", "Main sail", "jib"},
              {"spin", "[\"spin\"]", "[\"spin\"]", "Spinnaker", "spin"}},
     .wrong = "keel", .why = "has no such choice", .kept = "", .found = "jib", .filter = "jib",
     .schema = "{\"type\":\"array\",\"items\":{\"type\":\"string\","
               "\"enum\":[\"main\",\"jib\",\"spin\"]}}"},
    {KIND_REF, .made = "\"target\": \"bin\"", .control = "/names?type=bin",
     .good = {{"top shelf", "$a", "$a", "Top shelf", "Top shelf"},
              {"#$b", "\"low shelf\"", "$b", "Low shelf", "Low shelf"}},
     .wrong = "Nowhere", .why = "has none of that name", .filter = "$a", .schema = COUNTED},
    {KIND_REFS, .made = "\"target\": \"bin\", \"roles\": \"keeper, user\"",
     .control = "/names?type=bin",
     .good = {{"top shelf: keeper", "[\"$a:keeper\"]", "[{\"id\": $a, \"role\": \"keeper\"}]",
               "Top shelf", "Top shelf"},
              {"#$b", "[$b]", "[{\"id\": $b, \"role\": \"\"}]", "Low shelf", "Low shelf"}},
     .wrong = "Nowhere", .why = "has none of that name", .filter = "$a",
     .schema = "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{"
               "\"type\":\"integer\",\"format\":\"int64\"},\"role\":{\"type\":\"string\"}},"
               "\"required\":[\"id\",\"role\"],\"additionalProperties\":false}}"},
    {KIND_EMAIL, .control = "type=\"email\"",
     .good = {{"ada@lovelace.example", "\"ada@lovelace.example\"", "\"ada@lovelace.example\"",
               "ada@lovelace.example", "ada@lovelace.example"},
              {"b@c.example", "\"b@c.example\"", "\"b@c.example\"", "b@c.example", "b@c.example"}},
     .wrong = "ada at home", .why = "must be an e-mail address", .found = "lovelace",
     .filter = "ada%40lovelace.example", .rises = true,
     .schema = "{\"type\":[\"string\",\"null\"],\"format\":\"email\"}"},
    {KIND_PHONE, .control = "type=\"tel\"",
     .good = {{"+47 55 12 34 56", "\"+47 55 12 34 56\"", "\"+4755123456\"", "47 551 23 456",
               "4755123456"},
              {"0049 711 12345", "\"0049 711 12345\"", "\"+4971112345\"", "49 711 123 45",
               "4971112345"}},
     .wrong = "call me", .why = "holds letters", .filter = "%2B4755123456", .rises = true,
     .schema = WORDS},
    {KIND_URL, .control = "type=\"url\"",
     .good = {{"https://walnut.example/a", "\"https://walnut.example/a\"",
               "\"https://walnut.example/a\"", "https://walnut.example/a",
               "https://walnut.example/a"},
              {"pear.example", "\"pear.example\"", "\"https://pear.example\"",
               "https://pear.example", "https://pear.example"}},
     .wrong = "javascript:alert(1)", .why = "must be a web address such as https://example.org",
     .found = "walnut", .filter = "https%3A%2F%2Fwalnut.example%2Fa",
     .schema = "{\"type\":[\"string\",\"null\"],\"format\":\"uri\"}"},
    {KIND_ADDRESS, .control = "rows=\"5\"",
     .good = {{"Strandgaten 1\n5013\nBergen\n\nNorway",
               "\"Strandgaten 1\\n5013\\nBergen\\n\\nNorway\"",
               "{\"street\": \"Strandgaten 1\", \"postcode\": \"5013\", \"city\": \"Bergen\","
               " \"region\": \"\", \"country\": \"Norway\"}",
               "Strandgaten 1, 5013, Bergen, Norway", "Strandgaten 1\n5013\nBergen\n\nNorway"},
              {"Kai 2", "{\"street\": \"Kai 2\"}",
               "{\"street\": \"Kai 2\", \"postcode\": \"\", \"city\": \"\", \"region\": \"\","
               " \"country\": \"\"}",
               "Kai 2", "Kai 2"}},
     .wrong = "1\n2\n3\n4\n5\n6",
     .why = "may have five lines: street, postcode, city, region, country", .found = "strandgaten",
     .schema = "{\"type\":[\"object\",\"null\"],\"properties\":{\"street\":{\"type\":\"string\"},"
               "\"postcode\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"},"
               "\"region\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"}}}"},
    {KIND_FILE, .control = "/files/new",
     .good = {{"$f", "$f", "$f", "plan.txt", "value=\"$f\""},
              {"$g", "$g", "$g", "list.txt", "value=\"$g\""}},
     .wrong = "99999", .why = "is no file that you may see", .kept = "", .schema = COUNTED},
    {KIND_PERSON, .control = "/names?type=person",
     .good = {{"@petra", "$p", "$p", "petra", "petra"},
              {"#$q", "\"@quinn\"", "$q", "quinn", "quinn"}},
     .wrong = "Nobody", .why = "has none of that name", .filter = "$p", .rises = true,
     .schema = COUNTED},
    {KIND_RATING, .control = "5 of 5",
     .good = {{"4", "4", "4", "4 of 5", "4"}, {"1", "1", "1", "1 of 5", "1"}}, .wrong = "6",
     .why = "must be 1 to 5", .kept = "", .filter = "4", .less = "3", .schema = COUNTED},
    {KIND_TAGS, .core = true, .control = "type=\"text\"",
     .good = {{"ripe green", "\"ripe green\"", "\"ripe green\"", "ripe", "ripe green"},
              {"raw", "\"raw\"", "\"raw\"", "raw", "raw"}},
     .found = "ripe", .filter = "ripe", .schema = WORDS},
    {KIND_EMAILS, .control = "<textarea",
     .good = {{"work: ada@walrus.example\nb@c.example",
               "\"work: ada@walrus.example\\nb@c.example\"",
               "[{\"label\": \"work\", \"value\": \"ada@walrus.example\"},"
               " {\"label\": \"\", \"value\": \"b@c.example\"}]",
               "ada@walrus.example", "work: ada@walrus.example\nb@c.example"},
              {"d@e.example", "[\"d@e.example\"]",
               "[{\"label\": \"\", \"value\": \"d@e.example\"}]", "d@e.example", "d@e.example"}},
     .wrong = "ada at home", .why = "must be an e-mail address", .found = "walrus",
     .filter = "ada%40walrus.example", .schema = "{\"type\":\"array\",\"items\":" LABELLED "}"},
    {KIND_PHONES, .control = "<textarea",
     .good = {{"mobile: +47 55 12 34 56", "\"mobile: +47 55 12 34 56\"",
               "[{\"label\": \"mobile\", \"value\": \"+4755123456\"}]", "47 551 23 456",
               "mobile: +4755123456"},
              {"+49 711 12345 ext. 12", "[\"+49 711 12345 ext. 12\"]",
               "[{\"label\": \"\", \"value\": \"+4971112345 ext. 12\"}]", "49 711 123 45",
               "+4971112345 ext. 12"}},
     .wrong = "12", .why = "must be a phone number such as +49 711 12345",
     .filter = "%2B4755123456", .schema = "{\"type\":\"array\",\"items\":" LABELLED "}"},
    {KIND_ADDRESSES, .control = "<textarea",
     .good = {{"home: Strandgaten 1; 5013; Bergen; ; Norway",
               "\"home: Strandgaten 1; 5013; Bergen; ; Norway\"",
               ADDRESS("home", "Strandgaten 1", "5013", "Bergen", "Norway"), "Strandgaten 1",
               "home: Strandgaten 1"},
              {"Kai 2", "[\"Kai 2\"]", ADDRESS("", "Kai 2", "", "", ""), "Kai 2", "Kai 2"}},
     .found = "strandgaten",
     .schema = "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
               "\"label\":{\"type\":\"string\"},\"street\":{\"type\":\"string\"},"
               "\"postcode\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"},"
               "\"region\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
               "\"extended\":{\"type\":\"string\"},\"pobox\":{\"type\":\"string\"}},"
               "\"required\":[\"label\",\"street\"]}}"},
    {KIND_FORMULA, .made = "\"formula\": \"integer_field * 2\"",
     .good = {{.given = "8400.0", .shown = "8,400.00"}, {.given = "-14.0", .shown = "-14.00"}},
     .filter = "8400", .less = "8399", .schema = "{\"type\":[\"number\",\"null\"]}",
     .made_by_hub = true},
    {KIND_ROLLUP, .made = "\"formula\": \"count(screws)\"",
     .good = {{.given = "1", .shown = "1"}, {.given = "0", .shown = "0"}}, .filter = "1",
     .less = "0", .schema = COUNTED, .made_by_hub = true},
};
const size_t samples_n = sizeof samples / sizeof *samples;

/* ---- names ---- */

const char *field_label(const struct sample *s)
{
    return kind_info(s->kind)->label;
}

const char *field_name(const struct contract *c, const struct sample *s)
{
    return s->core ? kind_info(s->kind)->name
                   : kit_path(c->kit, "%s_field", kind_info(s->kind)->name);
}

const char *filled(const struct contract *c, const char *text)
{
    struct out o;
    out_init(&o, 1 << 20);
    for (; text && *text; text++) {
        char mark = *text == '$' ? text[1] : 0;
        int64_t id = mark == 'a'   ? c->bins[0]
                     : mark == 'b' ? c->bins[1]
                     : mark == 'p' ? c->people[0]
                     : mark == 'q' ? c->people[1]
                     : mark == 'f' ? c->files[0]
                     : mark == 'g' ? c->files[1]
                                   : 0;
        if (id)
            out_int(&o, id);
        else
            out_char(&o, *text);
        text += id != 0;
    }
    return str_cstr(c->kit->arena, out_take(&o, c->kit->arena));
}

/* ---- what is there ---- */

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    int64_t id;
    struct res r = post_json(kit, path, json);
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static int64_t uploaded(struct kit *kit, const char *name)
{
    int64_t id;
    struct res r = kit_upload(kit, name, str_of(name));
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.0.id"), &id));
    return id;
}

static void fields_make(const struct contract *c, const char *flags)
{
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        if (s->core)
            continue;
        struct res r = post_json(
            c->kit, "/types/part/fields",
            kit_path(c->kit,
                     "{\"kind\": \"%s\", \"name\": \"%s\", \"label\": \"%s\", \"flags\": %s%s%s}",
                     kind_info(s->kind)->name, field_name(c, s), field_label(s), flags,
                     s->made ? ", " : "", s->made ? s->made : ""));
        assert_status(r, 201);
    }
}

struct contract contract_begin(struct kit *kit, const char *flags)
{
    struct contract c = {.kit = kit};
    c.people[0] = kit_person(kit, "petra", ROLE_MEMBER)->id;
    c.people[1] = kit_person(kit, "quinn", ROLE_MEMBER)->id;
    c.admin = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    c.staff = kit_person(kit, "sam", ROLE_STAFF);
    c.customer = kit_person(kit, "cora", ROLE_MEMBER);
    as(kit, c.admin);
#define TYPE "\"audience\": \"public\", \"maker\": \"staff\"}"
    assert_status(post_json(kit, "/types", "{\"noun\": \"Bin\", \"label\": \"Bins\", " TYPE), 201);
    assert_status(post_json(kit, "/types", "{\"noun\": \"Part\", \"label\": \"Parts\", " TYPE),
                  201);
    assert_status(post_json(kit, "/types", "{\"noun\": \"Screw\", \"label\": \"Screws\", " TYPE),
                  201);
    assert_status(post_json(kit, "/types/screw/fields",
                            "{\"kind\": \"ref\", \"label\": \"Part\", \"target\": \"part\"}"),
                  201);
    c.bins[0] = made(kit, "/bins", "{\"title\": \"Top shelf\"}");
    c.bins[1] = made(kit, "/bins", "{\"title\": \"Low shelf\"}");
    fields_make(&c, flags);
    as(kit, c.staff);
    c.files[0] = uploaded(kit, "plan.txt");
    c.files[1] = uploaded(kit, "list.txt");
    return c;
}

int64_t part_make(const struct contract *c, const char *title, int which)
{
    struct out o;
    out_init(&o, 1 << 20);
    out_fmt(&o, "{\"title\": \"%s\"", title);
    for (size_t i = 0; i < samples_n; i++)
        if (!samples[i].made_by_hub)
            out_fmt(&o, ", \"%s\": %s", field_name(c, &samples[i]),
                    filled(c, samples[i].good[which].json));
    out_lit(&o, "}");
    int64_t id = made(c->kit, "/parts", str_cstr(c->kit->arena, out_take(&o, c->kit->arena)));
    if (which == 0) /* what the roll-up counts */
        made(
            c->kit, "/screws",
            kit_path(c->kit, "{\"title\": \"Screw of %s\", \"part\": %lld}", title, (long long)id));
    return id;
}

const char *part_path(const struct contract *c, int64_t id)
{
    return kit_path(c->kit, "/parts/%lld", (long long)id);
}

/* ---- JSON ---- */

json_t *json_root(struct res r)
{
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    if (!root)
        kit_wrong(r, __FILE__, __LINE__, "this is no JSON");
    return root;
}

json_t *json_at(json_t *at, const char *path)
{
    struct str rest = str_of(path), name;
    while (at && str_split(&rest, '|', &name)) {
        int64_t index;
        at = json_is_array(at) && str_int(name, &index) ? json_array_get(at, (size_t)index)
                                                        : json_object_getn(at, name.p, name.n);
    }
    return at;
}

void assert_given(const struct contract *c, struct res r, const char *path, const char *want)
{
    json_t *root = json_root(r), *must = json_loads(filled(c, want), JSON_DECODE_ANY, NULL);
    const json_t *is = json_at(root, path);
    assert_non_null(must);
    if (!is || !json_equal(is, must))
        kit_wrong(r, __FILE__, __LINE__, "%s is not %s", path, filled(c, want));
    json_decref(root);
    json_decref(must);
}
