/* lets_test.c: proves the RULES of lets.h, with a customer whom deals name. That the rows are what
 * the fields say is asked at each test's end too (check.h). */
#include "record/lets.h"
#include "test/rooms.h"

struct shop {
    struct person_kit *odile, *ada, *nkechi, *sven; /* staff, administrator, two customers */
    const char *lids;
};

static void named(struct kit *kit, const struct shop *s, const char *json)
{
    struct person_kit *was = kit->viewer;
    as(kit, s->odile);
    assert_status(patch_json(kit, s->lids, json), 200);
    as(kit, was);
}

static void let(struct kit *kit, const struct shop *s, bool on)
{
    struct person_kit *was = kit->viewer;
    as(kit, s->ada);
    assert_status(patch_json(kit, "/types/deal/fields/contacts",
                             on ? "{\"flags\": [\"card\", \"lets\"]}" : "{\"flags\": [\"card\"]}"),
                  200);
    as(kit, was);
}

static struct shop shop(struct kit *kit)
{
    struct shop s = {.odile = kit_person(kit, "odile", ROLE_STAFF),
                     .ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR),
                     .nkechi = kit_person(kit, "nkechi", ROLE_MEMBER),
                     .sven = kit_person(kit, "sven", ROLE_MEMBER)};
    as(kit, s.odile);
    struct res r = post_json(kit, "/deals",
                             kit_path(kit,
                                      "{\"title\": \"Lids\", \"pipeline\": \"sales\","
                                      " \"stage\": \"new\", \"next_step\": \"squeeze\","
                                      " \"contacts\": \"%lld\"}",
                                      (long long)s.nkechi->id));
    assert_status(r, 201);
    s.lids = kit_path(kit, "/deals/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    return s;
}

static void seen(struct kit *kit, struct person_kit *by, const struct shop *s, bool is)
{
    as(kit, by);
    assert_status(get_json(kit, s->lids), is ? 200 : 404);
    assert_json_count(get_json(kit, "/deals"), "data", is);
    struct res found = get(kit, "/search?q=lids");
    kit_assert_has(found, "/deals/", is, __FILE__, __LINE__);
}

static void who_stands_in_the_field_sees_it(void **state) /* RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct shop s = shop(kit);
    seen(kit, s.nkechi, &s, false); /* no field does so by itself */
    let(kit, &s, true);
    seen(kit, s.nkechi, &s, true);
    assert_has_not(get_json(kit, s.lids), "squeeze");
    assert_status(post_json(kit, kit_path(kit, "%s/comments", s.lids), "{\"body\": \"Hm.\"}"), 404);
    assert_status(patch_json(kit, s.lids, "{\"title\": \"Mine\"}"), 404);
    seen(kit, s.sven, &s, false);
    int64_t cuts = sql_int(kit, "SELECT COUNT(*) FROM live_cuts");
    named(kit, &s, kit_path(kit, "{\"contacts\": \"%lld\"}", (long long)s.sven->id));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM live_cuts"), cuts + 1);
    seen(kit, s.nkechi, &s, false);
    seen(kit, s.sven, &s, true);
    as(kit, s.ada);
    assert_status(del(kit, "/types/deal/fields/contacts"), 303);
    seen(kit, s.sven, &s, false);
    as(kit, s.ada);
    assert_status(post(kit, "/types/deal/fields/contacts/restore", ""), 303);
    seen(kit, s.sven, &s, true);
    let(kit, &s, false);
    seen(kit, s.sven, &s, false);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM participants"), 0);
}

static void what_was_shared_stays_shared(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct shop s = shop(kit);
    const char *people = kit_path(kit, "%s/participants", s.lids);
    const char *one = kit_path(kit, "%s/%lld", people, (long long)s.nkechi->id);
    let(kit, &s, true);
    as(kit, s.odile);
    assert_json_str(get_json(kit, people), "data.people.0.role", LETS_NAMED);
    assert_has(get(kit, people), "stands in a field");
    assert_status(kit_request(kit, "DELETE", one, KIT_JSON, NULL, NULL), 404);
    assert_status(post_json(kit, people,
                            kit_path(kit, "{\"person\": %lld, \"role\": \"takes part\"}",
                                     (long long)s.nkechi->id)),
                  201);
    let(kit, &s, false);
    seen(kit, s.nkechi, &s, true);
    let(kit, &s, true);
    as(kit, s.odile);
    assert_status(kit_request(kit, "DELETE", one, KIT_JSON, NULL, NULL), 200);
    seen(kit, s.nkechi, &s, true); /* the field still names them */
    named(kit, &s, "{\"contacts\": \"\"}");
    seen(kit, s.nkechi, &s, false);
}

/* The contact of a deal is merged with another person, and with it what they see. */
static void merged_persons_see_what_names_them(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct shop s = shop(kit);
    let(kit, &s, true);
    as(kit, s.odile);
    struct res r = post_json(kit, "/people", "{\"title\": \"Nkechi of old\"}");
    assert_status(r, 201);
    int64_t old = 0;
    assert_true(str_int(kit_json(r, "data.id"), &old));
    named(kit, &s, kit_path(kit, "{\"contacts\": \"%lld\"}", (long long)old));
    seen(kit, s.nkechi, &s, false);
    as(kit, s.ada);
    r = post_json(kit, kit_path(kit, "/people/%lld/merges", (long long)s.nkechi->id),
                  kit_path(kit, "{\"from\": %lld}", (long long)old));
    assert_status(r, 201);
    kit_settle(kit);
    seen(kit, s.nkechi, &s, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(who_stands_in_the_field_sees_it),
        kit_test(what_was_shared_stays_shared),
        kit_test(merged_persons_see_what_names_them),
    };
    return kit_run(tests);
}
