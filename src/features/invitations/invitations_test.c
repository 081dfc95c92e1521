/* invitations_test.c: proves the RULES of invitations.h. */
#include "features/invitations/invitations.h"

#include "test/rooms.h"

static struct str token(struct kit *kit)
{
    return sql_str(kit, "SELECT secret FROM mails WHERE kind = 'invite' ORDER BY id DESC LIMIT 1");
}

static const char *ask(struct kit *kit, const char *email, int64_t space)
{
    const char *form = kit_path(kit, "email=%s&space=%lld", email, (long long)space);
    assert_status(post(kit, "/invitations", form), 303);
    return kit_path(kit, "/invited/" STR_FMT, STR_ARG(token(kit)));
}

static void who_may_invites(void **state) /* RULE 1, RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *form = kit_path(kit, "email=new@example.org&space=%lld", (long long)rooms.space);
    as(kit, rooms.ana);
    assert_status(post(kit, "/invitations", form), 422);
    assert_status(post(kit, "/invitations", "email=new@example.org&space=0"), 422);
    assert_status(post(kit, "/invitations", "email=new@example.org&space=999"), 422);
    as(kit, rooms.staff);
    assert_status(post(kit, "/invitations", form), 303);
    assert_status(post(kit, "/invitations", form), 422); /* is invited already */
    assert_status(post(kit, "/invitations", "email=NEW@example.org"), 303);
    assert_status(post(kit, "/invitations", "email=no+address"), 422);
    assert_json_count(get_json(kit, "/invitations"), "data", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'invite'"), 2);
}

static void one_who_is_new_joins_by_it(void **state) /* RULE 2, RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    const char *path = ask(kit, "new@example.org", rooms.space);
    as(kit, NULL);
    assert_has(get(kit, path), "Product ideas");
    assert_status(post(kit, path, "name=Nora&password=short"), 422);
    assert_status(post(kit, path, "name=Nora&password=a+sentence+of+its+own"), 303);
    assert_has(get(kit, "/account"), "new@example.org");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM identities WHERE verified_at > 0"
                                  " AND address = 'new@example.org'"),
                     1);
    assert_int_equal(sql_int(kit, "SELECT m.role FROM memberships m JOIN people p"
                                  " ON p.id = m.person_id WHERE p.name = 'Nora'"),
                     MEMBERSHIP_MEMBER);
    assert_status(get(kit, path), 404);
    assert_status(post(kit, path, ""), 404);
}

static void one_who_is_here_accepts(void **state) /* RULE 2, RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t beta = space_make(kit, &rooms, "Beta", "invitation", "space");
    as(kit, rooms.staff);
    const char *path = ask(kit, "ana@example.org", beta);
    as(kit, NULL);
    assert_has(get(kit, path), "has an account here");
    assert_status(post(kit, path, "name=Nora&password=a+sentence+of+its+own"), 422);
    as(kit, rooms.ana);
    assert_status(get(kit, kit_path(kit, "/spaces/%lld", (long long)beta)), 404);
    assert_status(post(kit, path, ""), 303);
    assert_int_equal(sql_int(kit, kit_path(kit,
                                           "SELECT role FROM memberships WHERE space_id = %lld AND"
                                           " person_id = %lld",
                                           (long long)beta, (long long)rooms.ana->id)),
                     MEMBERSHIP_MEMBER);
    as(kit, rooms.ben);
    assert_status(post(kit, path, ""), 404);
}

static void it_ends(void **state) /* RULE 1, RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    const char *first = ask(kit, "a@example.org", rooms.space);
    const char *second = ask(kit, "b@example.org", rooms.space);
    const char *third = ask(kit, "c@example.org", rooms.space);
    int64_t id = sql_int(kit, "SELECT id FROM passes WHERE address = 'a@example.org'");
    as(kit, rooms.ana);
    assert_status(del(kit, kit_path(kit, "/invitations/%lld", (long long)id)), 404);
    as(kit, rooms.staff);
    assert_status(del(kit, kit_path(kit, "/invitations/%lld", (long long)id)), 303);
    as(kit, NULL);
    assert_status(get(kit, first), 404);
    assert_status(get(kit, second), 200);
    sql_run(kit, "UPDATE accounts SET disabled_at = 1 WHERE role = 2");
    assert_status(get(kit, second), 404);
    sql_run(kit, "UPDATE accounts SET disabled_at = NULL");
    kit_pass(kit, 15 * CLOCK_DAY);
    assert_status(get(kit, third), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(who_may_invites),
        kit_test(one_who_is_new_joins_by_it),
        kit_test(one_who_is_here_accepts),
        kit_test(it_ends),
    };
    return kit_run(tests);
}
