/* faces_test.c: records as contact cards and in calendars: RULES of vcf.c, ics.c and sheets.h. */
#include "test/kit.h"
#include "test/rooms.h"

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
}

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    int64_t id = 0;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static int64_t ada_make(struct kit *kit)
{
    int64_t org = made(kit, "/organisations", "{\"title\": \"Engines; Ltd\"}");
    return made(
        kit, "/people",
        kit_path(kit,
                 "{\"title\": \"Ada King\", \"names\": \"Lovelace; Ada; Augusta\","
                 " \"email\": \"work: ada@example.org\\nhome: a@example.org\","
                 " \"phone\": \"work fax: +44 20 7946 0958 ext. 3\\nyacht: 555-1212\","
                 " \"addresses\": \"home: 12 St James's Square; SW1Y; London; ; UK; c/o Babbage\","
                 " \"job\": \"Analyst\", \"birthday\": \"1815-12-10\", \"works_for\": %lld}",
                 (long long)org));
}

static void a_person_has_a_card(void **state) /* vcf RULES 1, 2 and 3 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t id = ada_make(kit);
    struct res r = get(kit, kit_path(kit, "/people/%lld.vcf", (long long)id));
    assert_status(r, 200);
    assert_true(str_starts(res_head(r, "Content-Type"), S("text/vcard")));
    assert_has(r, "VERSION:4.0\r\nN:Lovelace;Ada;Augusta;;\r\nFN:Ada King\r\n");
    assert_has(r, "ORG:Engines\\; Ltd\r\nTITLE:Analyst\r\n");
    assert_has(r, "TEL;TYPE=work;TYPE=fax;PREF=1:+442079460958 ext. 3\r\n");
    assert_has(r, "item1.TEL:555-1212\r\nitem1.X-ABLABEL:yacht\r\n");
    assert_has(r, "EMAIL;TYPE=work;PREF=1:ada@example.org\r\nEMAIL;TYPE=home:a@example.org\r\n");
    assert_has(r, "ADR;TYPE=home:;c/o Babbage;12 St James's Square;London;;SW1Y;UK\r\n");
    assert_has(r, "BDAY:18151210\r\n");
    r = get(kit, kit_path(kit, "/people/%lld.vcf?version=3.0", (long long)id));
    assert_has(r, "VERSION:3.0\r\n");
    assert_has(r, "TEL;TYPE=WORK;TYPE=FAX;TYPE=PREF:");
    r = kit_request(kit, "GET", kit_path(kit, "/people/%lld", (long long)id), "text/vcard", NULL,
                    NULL);
    assert_has(r, "FN:Ada King\r\n");
    as(kit, kit_person(kit, "ben", ROLE_MEMBER));
    assert_status(get(kit, kit_path(kit, "/people/%lld.vcf", (long long)id)), 404);
    r = get(kit, "/people/odile.vcf"); /* seen, but for what is for staff */
    assert_status(r, 200);
    assert_has(r, "FN:");
    assert_has_not(r, "EMAIL");
    r = get(kit, "/people.vcf"); /* of themselves they may take it along */
    assert_has(r, "EMAIL:ben@example.org");
    assert_has_not(r, "odile@");
}

static void a_list_is_a_file_of_cards(void **state) /* sheets RULES 1, 2 and 3, csv RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    ada_make(kit);
    for (int i = 0; i < 118; i++)
        made(kit, "/organisations",
             kit_path(kit, "{\"title\": \"Org %d\", \"kinds\": \"%s\", \"email\": \"%d@x.org\"}", i,
                      i % 2 ? "press" : "partner", i));
    struct res r = get(kit, "/organisations.vcf?kinds.has=press");
    assert_status(r, 200);
    size_t n = 0;
    for (struct str rest = r.body; rest.n; n++) {
        ptrdiff_t at = str_find_str(rest, S("END:VCARD"));
        if (at < 0)
            break;
        rest = str_from(rest, (size_t)at + 9);
    }
    assert_int_equal(n, 59);
    assert_has(r, "ORG:Org 117\r\n");
    assert_has_not(r, "Org 116");
    assert_has(get(kit, "/people.vcf"), "FN:Ada King\r\n");
    as(kit, kit_person(kit, "ben", ROLE_MEMBER));
    assert_status(get(kit, "/organisations.vcf"), 200);
    assert_has_not(get(kit, "/organisations.vcf"), "FN:");
}

static void days_stand_in_calendars(void **state) /* ics RULES 1, 2 and 3 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t deal = made(kit, "/deals",
                        "{\"title\": \"Grinders, two\", \"pipeline\": \"sales\", \"stage\":"
                        " \"new\", \"close_on\": \"2027-03-01\"}");
    int64_t none = made(kit, "/deals",
                        "{\"title\": \"Some day\", \"pipeline\": \"sales\", \"stage\": \"new\"}");
    int64_t task = made(kit, "/tasks",
                        "{\"title\": \"Call\", \"status\": \"done\", \"priority\": \"high\","
                        " \"due_on\": \"2027-02-01\"}");
    struct res r = get(kit, kit_path(kit, "/deals/%lld.ics", (long long)deal));
    assert_status(r, 200);
    assert_true(str_starts(res_head(r, "Content-Type"), S("text/calendar")));
    assert_has(r, "BEGIN:VEVENT\r\nUID:");
    assert_has(r, "DTSTART;VALUE=DATE:20270301\r\nDTEND;VALUE=DATE:20270302\r\n");
    assert_has(r, "SUMMARY:Grinders\\, two\r\n");
    assert_has_not(get(kit, kit_path(kit, "/deals/%lld.ics", (long long)none)), "VEVENT");
    r = get(kit, kit_path(kit, "/tasks/%lld.ics", (long long)task));
    assert_has(r, "BEGIN:VTODO");
    assert_has(r, "DUE;VALUE=DATE:20270201\r\n");
    assert_has(r, "STATUS:COMPLETED\r\nPRIORITY:1\r\n");
    r = get(kit, "/deals.ics");
    assert_has(r, "SUMMARY:Grinders");
    assert_has_not(r, "Some day");
    assert_status(get(kit, "/deals.ics?by=title"), 404);
    assert_status(get(kit, "/organisations.ics"), 404);
    struct str key =
        kit_json(post_json(kit, "/account/feed-keys", "{\"name\": \"Calendar\"}"), "data.key");
    as(kit, NULL);
    assert_has_not(get(kit, "/deals.ics"), "Grinders");
    if (key.n)
        assert_has(get(kit, kit_path(kit, "/deals.ics?key=" STR_FMT, STR_ARG(key))),
                   "SUMMARY:Grinders");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_person_has_a_card),
        kit_test(a_list_is_a_file_of_cards),
        kit_test(days_stand_in_calendars),
    };
    return kit_run(tests);
}
