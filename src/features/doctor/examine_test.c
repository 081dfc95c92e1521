/* examine_test.c: what the doctor asks of features, on one that exists only here. */
#include "test/kit.h"

extern const struct feature doctor_feature;

static void odd_examine(struct app *app, struct db *db,
                        void (*say)(void *ctx, const char *what, int64_t id), void *ctx)
{
    assert_non_null(app->store);
    struct rows q = db_query(db, "SELECT name FROM settings WHERE name = 'odd'");
    while (db_next(&q))
        say(ctx, "a setting is odd", 7);
}

static const struct feature odd_feature = {.name = "odd", .examine = odd_examine};
const struct feature *const features[] = {&doctor_feature, &odd_feature, NULL};

static int doctor(struct kit *kit, char *argument)
{
    char *argv[] = {argument, NULL};
    const struct command *c = doctor_feature.commands;
    while (strcmp(c->name, "doctor") != 0)
        c++;
    return c->run(kit->app, 1, argv);
}

static void features_are_asked(void **state) /* doctor RULE 4 */
{
    struct kit *kit = *state;
    assert_int_equal(doctor(kit, "--json"), 0);
    sql_run(kit, "INSERT INTO settings (name, value) VALUES ('odd', 'x')");
    assert_int_equal(doctor(kit, "--json"), 1);
    assert_int_equal(doctor(kit, "--fix"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM settings WHERE name = 'odd'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {kit_test(features_are_asked)};
    return kit_run(tests);
}
