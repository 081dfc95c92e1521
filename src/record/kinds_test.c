/* kinds_test.c: proves the RULES of kinds.h for every kind: from kinds.cases, and through the
 * columns of both engines. */
#include "record/kinds.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "record/types.h"
#include "test/rooms.h"

enum { VALUES_MAX = 40 };

/* \n \s \0 \xHH as kinds.cases has them; and back. */
static struct str unspelled(struct arena *a, struct str s)
{
    struct out o;
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < s.n; i++) {
        char next = i + 1 < s.n ? s.p[i + 1] : 0;
        bool mark = s.p[i] == '\\' && next && strchr("ns0x", next);
        if (!mark) {
            out_char(&o, s.p[i]);
            continue;
        }
        if (next == 'x' && i + 3 < s.n) {
            out_char(&o, (char)strtol(str_cstr(a, str_make(s.p + i + 2, 2)), NULL, 16));
            i += 2;
        } else if (next != '0') {
            out_char(&o, next == 'n' ? '\n' : ' ');
        }
        i++;
    }
    return out_take(&o, a);
}

static struct record_field field_of(struct arena *a, struct str line)
{
    struct record_field f = {.name = "x", .label = "X", .sql = "t.x"};
    struct str word;
    bool named = false;
    while (str_split(&line, ' ', &word)) {
        ptrdiff_t is = str_find(word, '=');
        struct str value = is < 0 ? word : str_from(word, (size_t)is + 1);
        if (!named) {
            f.kind = f.result = kind_of(word);
            named = true;
        } else if (str_starts(word, S("scale="))) {
            f.scale = value.p[0] - '0';
        } else if (str_starts(word, S("currency="))) {
            f.currency = str_cstr(a, value);
        } else if (str_starts(word, S("country="))) {
            f.country = str_cstr(a, value);
        } else {
            struct field_choice *list = arena_array(a, struct field_choice, CHOICES_MAX);
            size_t n = 0;
            for (struct str one; str_split(&value, ',', &one); n++)
                list[n] = (struct field_choice){str_cstr(a, one), str_cstr(a, one), NULL, false};
            f.choices = list;
        }
    }
    assert_int_not_equal(f.kind, KIND_NONE);
    return f;
}

static void assert_same(struct str title, struct str was, struct str is)
{
    if (!str_eq(was, is))
        fail_msg(STR_FMT ": " STR_FMT " where it should be " STR_FMT, STR_ARG(title), STR_ARG(is),
                 STR_ARG(was));
}

/* RULE 3: what is taken stands in the order of its keys. */
static void keys_ascend(struct arena *a, struct str title, const struct record_field *f,
                        const struct value *v, struct db_arg *last)
{
    struct db_arg key = kind_key(a, f, v);
    if (last->kind != DB_NULL &&
        (key.kind == DB_TEXT ? str_cmp(last->s, key.s) >= 0 : last->i >= key.i))
        fail_msg(STR_FMT ": the keys of " STR_FMT " and the value before it are not in order",
                 STR_ARG(title), STR_ARG(kind_text(a, f, v)));
    *last = key;
}

static void case_runs(struct arena *a, const struct test_case *c)
{
    struct str in = c->part[0], out = c->part[1], head, line, want;
    str_split(&in, '\n', &head);
    struct record_field f = field_of(a, head);
    struct db_arg last = NIL();
    while (str_split(&in, '\n', &line)) {
        struct value v = {.i = 77}, again;
        if (!str_split(&out, '\n', &want))
            want = S("");
        const char *why = kind_parse(a, &f, unspelled(a, line), &v);
        if (why) { /* RULE 2 */
            assert_same(c->title, want, str_fmt(a, "!%s", why));
            assert_int_equal(v.i, 77);
            continue;
        }
        struct str text = kind_text(a, &f, &v);
        assert_same(c->title, unspelled(a, want), text);
        assert_null(kind_parse(a, &f, text, &again)); /* RULE 1 */
        if (!value_eq(&f, &v, &again))
            fail_msg(STR_FMT ": " STR_FMT " reads as something else", STR_ARG(c->title),
                     STR_ARG(text));
        if (!v.none && (kind_info(f.kind)->can & KIND_SORTS))
            keys_ascend(a, c->title, &f, &v, &last);
    }
    assert_int_equal(str_trim(out).n, 0);
}

static void values_are_taken_as_written(
    void **state) /* kinds RULES 1, 2 and 3, reach RULES 1, 2 and 3 */
{
    struct kit *kit = *state;
    struct str rest = cases_read(kit->arena, "src/record/kinds.cases");
    bool seen[KINDS] = {false};
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str in = c.part[0], head, kind;
        str_split(&in, '\n', &head);
        str_split(&head, ' ', &kind);
        seen[kind_of(kind)] = true;
        case_runs(kit->arena, &c);
    }
    for (enum kind k = KIND_TEXT; k < KINDS; k++)
        if (!seen[k] && k != KIND_TAGS && !(kind_info(k)->can & KIND_MADE))
            fail_msg("there is no case of %s", kind_info(k)->name);
}

/* ---- and through a record: form, column, JSON, list ---- */

/* A value of each kind that administrators can choose, and how JSON has it. */
static const struct {
    const char *kind, *more, *sent, *given;
} sent[] = {
    {"text", "", "\"Kai\"", "\"Kai\""},
    {"longtext", "", "\"A\\n\\nB\"", "\"A\\n\\nB\""},
    {"integer", "", "12", "12"},
    {"decimal", ", \"scale\": 1", "0.1", "0.1"},
    {"money", "", "\"1.50 NOK\"", "\"1.50 NOK\""},
    {"date", "", "\"2026-12-31\"", "\"2026-12-31\""},
    {"time", "", "\"2026-12-31T09:30\"", "\"2026-12-31T09:30:00Z\""},
    {"bool", "", "false", "false"},
    {"choice", ", \"choices\": \"A\\nB\"", "\"b\"", "\"b\""},
    {"choices", ", \"choices\": \"A\\nB\"", "[\"b\", \"a\"]", "[\"a\",\"b\"]"},
    {"ref", ", \"target\": \"person\"", "1", "1"},
    {"refs", ", \"target\": \"person\"", "\"1:owner\"", "[{\"id\":1,\"role\":\"owner\"}]"},
    {"email", "", "\"ada@example.org\"", "\"ada@example.org\""},
    {"phone", "", "\"+47 55123456\"", "\"+4755123456\""},
    {"url", "", "\"example.org\"", "\"https://example.org\""},
    {"address", "", "\"Kai 1\\n5013\"", "\"street\":\"Kai 1\",\"postcode\":\"5013\""},
    {"person", "", "1", "1"},
    {"rating", "", "4", "4"},
    {"emails", "", "[\"work: ada@example.org\", \"a@example.org\"]",
     "[{\"label\":\"work\",\"value\":\"ada@example.org\"},"
     "{\"label\":\"\",\"value\":\"a@example.org\"}]"},
    {"phones", "", "\"mobile: +47 55 12 34 56 ext. 7\"",
     "[{\"label\":\"mobile\",\"value\":\"+4755123456 ext. 7\"}]"},
    {"addresses", "", "\"home: Kai 1; 5013\"",
     "[{\"label\":\"home\",\"street\":\"Kai 1\",\"postcode\":\"5013\""},
};

static void each_kind_is_kept_and_given(void **state) /* kinds RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    as(kit, ada);
    assert_int_equal(ada->id, 1);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Boat\", \"label\": \"Boats\", \"audience\": \"staff\","
                            " \"maker\": \"staff\"}"),
                  201);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        assert_status(post_json(kit, "/types/boat/fields",
                                kit_path(kit, "{\"kind\": \"%s\", \"label\": \"F%s\"%s}",
                                         sent[i].kind, sent[i].kind, sent[i].more)),
                      201);
        struct res r =
            post_json(kit, "/boats",
                      kit_path(kit, "{\"title\": \"T\", \"f%s\": %s}", sent[i].kind, sent[i].sent));
        assert_status(r, 201);
        const char *path = str_cstr(kit->arena, res_head(r, "Location"));
        r = get_json(kit, path);
        assert_has(r, kit_path(kit, strcmp(sent[i].kind, "address") ? "\"f%s\":%s" : "\"f%s\":{%s",
                               sent[i].kind, sent[i].given));
        assert_status(get(kit, path), 200);
        assert_status(get(kit, "/boats"), 200);
        /* What stands there already is no change. */
        assert_status(
            patch_json(kit, path, kit_path(kit, "{\"f%s\": %s}", sent[i].kind, sent[i].sent)), 200);
        assert_json_int(get_json(kit, path), "data.revision", 1);
        assert_status(patch_json(kit, path, "{\"title\": \"U\"}"), 200);
        assert_has(get_json(kit, path), kit_path(kit, "\"f%s\":", sent[i].kind));
        r = patch_json(kit, path, kit_path(kit, "{\"f%s\": \"\"}", sent[i].kind));
        assert_status(r, 200);
        bool list = kind_info(kind_of(str_of(sent[i].kind)))->can & KIND_MANY;
        assert_has(get_json(kit, path),
                   kit_path(kit, list ? "\"f%s\":[]" : "\"f%s\":null", sent[i].kind));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(values_are_taken_as_written),
        kit_test(each_kind_is_kept_and_given),
    };
    return kit_run(tests);
}
