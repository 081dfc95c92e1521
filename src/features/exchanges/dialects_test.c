/* dialects_test.c: tables as Google, Outlook and LinkedIn export them, and real ones where they are
 * there (see test/shared.h), through the import from end to end: plan RULES 1 and 2. */
#include "test/rooms.h"
#include "test/shared.h"

static const char *import_of(struct kit *kit, const char *type, struct str bytes)
{
    struct res r = kit_send(kit, "POST", kit_path(kit, "/%s/imports?name=table.csv", type),
                            KIT_JSON, "application/octet-stream", bytes);
    assert_status(r, 201);
    return kit_path(kit, "/%s/imports/" STR_FMT, type, STR_ARG(kit_json(r, "data.id")));
}

static struct res run(struct kit *kit, const char *path, const char *json)
{
    struct res r = patch_json(kit, path, json);
    assert_status(r, 200);
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    r = get_json(kit, path);
    assert_json_str(r, "data.state", "done");
    return r;
}

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
}

static void assert_person(struct kit *kit, const char *title, const char *column, const char *is)
{
    struct str was = sql_str(kit, kit_path(kit,
                                           "SELECT COALESCE(p.%s, '') FROM people p JOIN records r"
                                           " ON r.id = p.id WHERE r.title = '%s'",
                                           column, title));
    if (!str_is(was, is))
        fail_msg("%s of %s is\n" STR_FMT "\nnot\n%s", column, title, STR_ARG(was), is);
}

static void google_is_understood(void **state) /* plan RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(
        kit, "people",
        S("Name,Given Name,Additional Name,Family Name,Birthday,Notes,Group Membership,"
          "E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,"
          "Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Address 1 - Type,Address 1 - Formatted,"
          "Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,"
          "Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,"
          "Organization 1 - Name,Organization 1 - Title\n"
          "Ada King,Ada,,King,1980-03-22,,* My Contacts,* Work,ada@x.example,Home,"
          "a@x.example ::: k@x.example,Mobile,+44 20 7946 0958,Work Fax,+44 20 7946 0959,Home,"
          "\"12 Square\nLondon\",12 Square,London,,,SW1Y,UK,,,Analyst\n"));
    struct res r = run(kit, path, "{}");
    assert_json_int(r, "data.created", 1);
    assert_json_int(r, "data.rejected", 0);
    assert_person(kit, "Ada King", "email",
                  "work: ada@x.example\nhome: a@x.example\nhome: k@x.example");
    assert_person(kit, "Ada King", "phone", "mobile: +442079460958\nwork fax: +442079460959");
    assert_person(kit, "Ada King", "job", "Analyst");
    assert_status(get(kit, path), 200);
}

static void outlook_is_understood(void **state) /* plan RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(
        kit, "people",
        S("First Name,Middle Name,Last Name,Title,Suffix,Web Page,Birthday,Notes,E-mail Address,"
          "E-mail 2 Address,Primary Phone,Home Phone,Home Phone 2,Mobile Phone,Home Fax,"
          "Home Street,Home City,Home State,Home Postal Code,Home Country,Business Phone,"
          "Company,Job Title,Business Street,Business Street 2,Business City,"
          "Business Postal Code,Business Country\r\n"
          "Ada,Augusta,King,,,,,,ada@x.example,a@x.example,,+44 20 7946 0958,,+44 20 7946 0960,+44 "
          "20 7946 0962,"
          "12 Square,London,,SW1Y,UK,+44 20 7946 0961,,Analyst,1 Engine Road,Floor 2,London,E1,"
          "UK\r\n"));
    struct res r = run(kit, path, "{}");
    assert_json_int(r, "data.created", 1);
    assert_person(kit, "Ada Augusta King", "email", "ada@x.example\na@x.example");
    assert_person(kit, "Ada Augusta King", "phone",
                  "home: +442079460958\nmobile: +442079460960\nhome fax: +442079460962\n"
                  "work: +442079460961");
    assert_person(kit, "Ada Augusta King", "addresses",
                  "home: 12 Square; SW1Y; London; ; UK\n"
                  "work: 1 Engine Road\\nFloor 2; E1; London; ; UK");
}

static void linkedin_is_understood(void **state) /* plan RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(
        kit, "people",
        S("Notes:\n\"When exporting your connection data, you may notice that some are "
          "missing.\"\n\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
          "Ada,King,https://www.linkedin.com/in/ada,,,Analyst,12 Mar 2025\n"
          ",,,,,,13 Mar 2025\n"));
    struct res r = run(kit, path, "{}");
    assert_json_int(r, "data.created", 1);
    assert_json_int(r, "data.rejected", 1); /* a hidden member has no name */
    assert_person(kit, "Ada King", "job", "Analyst");
}

/* Each row is taken, or told of. */
static void odd_tables_are_taken_whole(void **state) /* source RULES 1 and 2 */
{
    static const struct {
        const char *file;
        int64_t rows;
    } files[] = {{"simple", 1},
                 {"simple_crlf", 1},
                 {"newlines", 3},
                 {"newlines_crlf", 3},
                 {"comma_in_quotes", 1},
                 {"escaped_quotes", 2},
                 {"quotes_and_newlines", 2},
                 {"utf8", 2},
                 {"json", 1},
                 {"empty", 2},
                 {"empty_crlf", 2},
                 {"location_coordinates", 1}};
    struct kit *kit = *state;
    struct str archive = shared_path(kit->arena, "csv-dialects/csv-spectrum.tar.xz");
    if (!archive.n)
        skip();
    staff(kit);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct str bytes =
            shared_member(kit->arena, archive, str_fmt(kit->arena, "csvs/%s.csv", files[i].file));
        const char *path = import_of(kit, "organisations", bytes);
        struct res r = run(kit, path, "{\"map.0\": \"title\", \"matched\": \"create\"}");
        int64_t made = 0, rejected = 0;
        assert_true(str_int(kit_json(r, "data.created"), &made));
        assert_true(str_int(kit_json(r, "data.rejected"), &rejected));
        if (made + rejected != files[i].rows)
            fail_msg("%s: %lld made, %lld rejected", files[i].file, (long long)made,
                     (long long)rejected);
    }
}

static void madrid_is_taken_whole(void **state) /* exchange RULES 1 and 4 */
{
    struct kit *kit = *state;
    struct str file = shared_path(kit->arena, "decide-madrid/proposals_latest.csv.xz");
    if (!file.n)
        skip();
    struct rooms rooms = rooms_make(kit);
    staff(kit);
    const char *path = import_of(kit, "ideas", shared_piped(kit->arena, "xz -dc '%s'", file));
    struct res r =
        run(kit, path,
            kit_path(kit, "{\"space\": %lld, \"lenient\": \"yes\"}", (long long)rooms.space));
    assert_json_int(r, "data.created", 2738);
    assert_json_int(r, "data.rejected", 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), 2738);
    assert_true(sql_int(kit, "SELECT SUM(opening_votes) FROM ideas") > 18000);
    assert_int_equal(sql_int(kit, "SELECT SUM(score) FROM records WHERE type = 'idea'"), 0);
    struct res plain = get_json(kit, "/search?q=camion"),
               accented = get_json(kit, "/search?q=cami%C3%B3n");
    assert_has(plain, "cami");
    assert_true(str_eq(str_from(plain.body, (size_t)str_find(plain.body, '[')),
                       str_from(accented.body, (size_t)str_find(accented.body, '['))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(google_is_understood),   kit_test(outlook_is_understood),
        kit_test(linkedin_is_understood), kit_test(odd_tables_are_taken_whole),
        kit_test(madrid_is_taken_whole),
    };
    return kit_run(tests);
}
