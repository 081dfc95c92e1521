/* ics_test.c: proves the RULES of ics.h: to the letter, and with texts of any characters by a
 * reader of its own that knows no more than RFC 5545, 3.1 and 3.3.11. */
#include "text/ics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/rand.h"
#include "text/content.h"

#define NEW_YEAR INT64_C(1798761600000000) /* 2027-01-01T00:00:00Z */

static struct str written(struct arena *a, const struct ics_item *item, struct str name)
{
    struct out o;
    out_init(&o, 1 << 22);
    ics_begin(&o, name);
    ics_add(&o, item);
    ics_end(&o);
    return out_take(&o, a);
}

/* RULE 1, RULE 2 */
static void events_are_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const struct str tags[] = {S("red"), S("a,b")};
    const struct ics_item item = {.uid = S("deal-12@hub.example"),
                                  .stamp = NEW_YEAR,
                                  .start = NEW_YEAR + 9 * CLOCK_HOUR,
                                  .end = NEW_YEAR + 10 * CLOCK_HOUR + 30 * CLOCK_MINUTE,
                                  .state = ICS_CONFIRMED,
                                  .sequence = 2,
                                  .due = NEW_YEAR,
                                  .done = NEW_YEAR,
                                  .summary = S("Tea, with Ana; and Bo"),
                                  .description = S("one\r\ntwo\\three"),
                                  .location = S("Ulm"),
                                  .url = S("https://hub.example/deals/12?a=b,c"),
                                  .tag = tags,
                                  .tags = 2};
    assert_string_equal(written(a, &item, S("Deals")).p,
                        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Skep//Skep//EN\r\n"
                        "CALSCALE:GREGORIAN\r\nNAME:Deals\r\n"
                        "X-WR-CALNAME:Deals\r\nBEGIN:VEVENT\r\nUID:deal-12@hub.example\r\n"
                        "DTSTAMP:20270101T000000Z\r\nLAST-MODIFIED:20270101T000000Z\r\n"
                        "DTSTART:20270101T090000Z\r\nDTEND:20270101T103000Z\r\n"
                        "SUMMARY:Tea\\, with Ana\\; and Bo\r\nDESCRIPTION:one\\ntwo\\\\three\r\n"
                        "LOCATION:Ulm\r\nURL:https://hub.example/deals/12?a=b,c\r\n"
                        "CATEGORIES:red,a\\,b\r\nSTATUS:CONFIRMED\r\nSEQUENCE:2\r\n"
                        "END:VEVENT\r\nEND:VCALENDAR\r\n");
    arena_free(a);
}

/* RULE 2, RULE 3 */
static void days_and_tasks_are_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct ics_item item = {.uid = S("1"), .all_day = true, .start = NEW_YEAR, .end = NEW_YEAR};
    struct str s = written(a, &item, S(""));
    assert_true(str_has(s, S("\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\n")));
    assert_true(str_has(s, S("\r\nDTSTAMP:19700101T000001Z\r\n")));
    assert_false(str_has(s, S("NAME")) || str_has(s, S("SUMMARY")) || str_has(s, S("URL")));
    item.end = NEW_YEAR - CLOCK_DAY;
    assert_false(str_has(written(a, &item, S("")), S("DTEND")));
    item = (struct ics_item){.uid = S("1"), .start = NEW_YEAR, .end = NEW_YEAR};
    assert_false(str_has(written(a, &item, S("")), S("DTEND")));
    item = (struct ics_item){.uid = S("1"), .end = NEW_YEAR};
    assert_false(str_has(written(a, &item, S("")), S("VEVENT")));
    item = (struct ics_item){.uid = S("2"),
                             .task = true,
                             .due = NEW_YEAR,
                             .done = NEW_YEAR - CLOCK_DAY,
                             .state = ICS_DONE,
                             .priority = 1};
    s = written(a, &item, S(""));
    assert_true(str_has(s, S("BEGIN:VTODO\r\nUID:2\r\n")));
    assert_true(str_has(s, S("\r\nDUE:20270101T000000Z\r\nCOMPLETED:20261231T000000Z\r\n"
                             "STATUS:COMPLETED\r\nPRIORITY:1\r\nEND:VTODO\r\n")));
    item.state = ICS_CONFIRMED;
    item.all_day = true;
    item.start = NEW_YEAR; /* a task is not due before it begins */
    s = written(a, &item, S(""));
    assert_true(str_has(s, S("\r\nDUE;VALUE=DATE:20270101\r\n")));
    assert_false(str_has(s, S("STATUS")) || str_has(s, S("DTSTART")));
    arena_free(a);
}

/* The value of a property, unfolded and without its escapes; it must be there once. */
static struct str value_of(struct arena *a, struct str all, const char *name)
{
    char *p = arena_alloc(a, all.n + 1);
    size_t n = 0, found = 0, lines = 0;
    struct str line, value = S(""), mark = str_fmt(a, "%s:", name), unfolded;
    for (size_t i = 0; i < all.n; i++) {
        bool fold =
            i + 2 < all.n && all.p[i] == '\r' && all.p[i + 1] == '\n' && all.p[i + 2] == ' ';
        if (!fold)
            p[n++] = all.p[i];
        i += fold ? 2 : 0;
    }
    for (unfolded = str_make(p, n); str_split(&unfolded, '\n', &line); lines++) {
        assert_true(str_ends(line, S("\r")) && str_find(line, ':') > 0);
        if (!str_starts(line, mark))
            continue;
        found++;
        value = str_make(line.p + mark.n, line.n - mark.n - 1);
    }
    assert_int_equal(found, 1);
    assert_int_equal(lines, 11); /* no text has made one of its own */
    char *q = arena_alloc(a, value.n + 1);
    n = 0;
    for (size_t i = 0; i < value.n; i++) {
        bool escape = value.p[i] == '\\';
        i += escape;
        q[n++] = (char)(escape && value.p[i] == 'n' ? '\n' : value.p[i]);
    }
    return str_make(q, n);
}

/* RULE 1 */
static void any_text_comes_back(void **state)
{
    (void)state;
    static const struct str bits[] = {S("a"),  S("é"),   S("€"), S("😀"), S(","),
                                      S("\n"), S("\\n"), S(";"), S(":"), S("END:VEVENT")};
    struct arena *a = arena_new(1 << 22);
    struct rand_seq r = {6};
    for (int round = 0; round < 300; round++) {
        struct out text;
        out_init(&text, 1 << 14);
        out_char(&text, 'x');
        for (uint64_t n = rand_below(&r, 200); n > 0; n--)
            out_str(&text, bits[rand_below(&r, 10)]);
        struct ics_item item = {.uid = S("1"), .start = NEW_YEAR, .summary = out_take(&text, a)};
        struct str s = written(a, &item, S("")), rest = s, line;
        while (str_split(&rest, '\n', &line))
            assert_true(line.n <= 76 && utf8_valid(line));
        struct str got = value_of(a, s, "SUMMARY");
        assert_true(str_eq(got, item.summary));
        arena_reset(a);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_written),
        cmocka_unit_test(days_and_tasks_are_written),
        cmocka_unit_test(any_text_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
