/* contract_test.c: what a field of each kind does in every surface: it appears, works, and refuses
 * what is wrong; see contract.c.
 *
 * For each kind: form, change in its place, JSON, list, filter, sort, card, search, OpenAPI, CSV
 * both ways, history and undo, merge, change of many, access, webhook.
 */
#include "test/contract.h"

#include "record/reach.h"

#include "core/out.h"
#include "features/webhooks/hook_kit.h"
#include "record/select.h"

#define LISTED "[\"listed\", \"card\", \"searched\"]"

static const char *typed_of(const struct contract *c, const char *text)
{
    return str_cstr(c->kit->arena, str_url_encode(c->kit->arena, str_of(filled(c, text))));
}

/* What the contract says of the field, where it stands on a page: "Money: 12 quids". */
static void assert_shown(const struct contract *c, struct res r, const struct sample *s,
                         const char *text)
{
    if (!str_has(r.body, str_of(filled(c, text))))
        kit_wrong(r, __FILE__, __LINE__, "%s does not show %s:\n" STR_FMT, field_label(s),
                  filled(c, text), STR_ARG(str_first(r.body, 1500)));
}

/* The markup of a field's control: from its label to the next one's. */
static struct res control_of(const struct contract *c, struct res page, const struct sample *s)
{
    static const char *const begins[] = {"id=\"f-%s\"", "data-combobox-name-value=\"%s\"",
                                         "for=\"f-%s\"", "name=\"%s\""};
    ptrdiff_t from = -1;
    for (size_t i = 0; i < sizeof begins / sizeof *begins && from < 0; i++) {
        struct str mark = str_of(kit_path(c->kit, begins[i], field_name(c, s)));
        from = str_find_str(page.body, mark);
    }
    if (from < 0)
        kit_wrong(page, __FILE__, __LINE__, "there is no control of %s", field_label(s));
    size_t at = (size_t)from;
    while (at > 0 && !str_starts(str_from(page.body, at), S("<div class=\"field\"")) &&
           !str_starts(str_from(page.body, at), S("<div class=\"field ")) &&
           !str_starts(str_from(page.body, at), S("<fieldset")))
        at--;
    struct str rest = str_from(page.body, at), next = str_from(rest, 10);
    ptrdiff_t end = -1, other;
    static const char *const ends[] = {"<div class=\"field\"", "<div class=\"field ", "<fieldset",
                                       "<div class=\"acts", "cell-form__acts"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if ((other = str_find_str(next, str_of(ends[i]))) >= 0 && (end < 0 || other < end))
            end = other;
    page.body = end < 0 ? rest : str_first(rest, (size_t)end + 10);
    return page;
}

/* ---- forms ---- */

static void every_kind_is_in_the_contract(void **state)
{
    (void)state;
    bool has[KINDS] = {false};
    for (size_t i = 0; i < samples_n; i++)
        has[samples[i].kind] = true;
    for (enum kind k = KIND_TEXT; k < KINDS; k++)
        if (!has[k] && k != KIND_PHOTO) /* declared in C only, with routes of its own */
            fail_msg("nothing is said of %s in test/contract.c", kind_info(k)->name);
}

static const char *form_of(const struct contract *c, const char *title, int which)
{
    struct out o;
    out_init(&o, 1 << 20);
    out_fmt(&o, "title=%s", title);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *text = s->made_by_hub ? NULL : which < 0 ? s->wrong : s->good[which].typed;
        if (text)
            out_fmt(&o, "&%s=%s", field_name(c, s), typed_of(c, text));
    }
    return str_cstr(c->kit->arena, out_take(&o, c->kit->arena));
}

static void assert_controls(const struct contract *c, struct res page, int which)
{
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        if (s->made_by_hub) {
            assert_has_not(page, kit_path(c->kit, "name=\"%s\"", field_name(c, s)));
            continue;
        }
        struct res control = control_of(c, page, s);
        assert_shown(c, control, s, s->control);
        if (which >= 0)
            assert_shown(c, control, s, s->good[which].held);
        if (which != -1 || !s->wrong)
            continue;
        assert_shown(c, control, s, kit_path(c->kit, "%s %s.", field_label(s), s->why));
        assert_shown(c, control, s, s->kept ? s->kept : s->wrong);
    }
}

static void forms_take_and_refuse(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    assert_controls(&c, get(kit, "/parts/new"), -2);
    struct res r = post(kit, "/parts", form_of(&c, "Axle", -1));
    assert_status(r, 422);
    assert_controls(&c, r, -1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'part'"), 0);
    r = post(kit, "/parts", form_of(&c, "Axle", 0));
    assert_status(r, 303);
    struct str at = res_head(r, "Location");
    struct res page = kit_follow(r);
    for (size_t i = 0; i < samples_n; i++)
        assert_shown(&c, page, &samples[i],
                     samples[i].kind == KIND_ROLLUP ? "0" : samples[i].good[0].shown);
    const char *edit = str_cstr(kit->arena, str_fmt(kit->arena, STR_FMT "/edit", STR_ARG(at)));
    assert_controls(&c, get(kit, edit), 0);
    int64_t id = sql_int(kit, "SELECT MAX(id) FROM records WHERE type = 'part'");
    r = patch(kit, part_path(&c, id), form_of(&c, "Axle", -1));
    assert_status(r, 422);
    assert_controls(&c, r, -1);
    assert_status(patch(kit, part_path(&c, id), form_of(&c, "Axle", 1)), 303);
    assert_controls(&c, get(kit, edit), 1);
}

static void a_field_changes_in_its_place(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t id = part_make(&c, "Axle", 0);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s);
        const char *path = kit_path(kit, "%s/fields/%s", part_path(&c, id), name);
        struct res r = get(kit, path);
        assert_status(r, s->made_by_hub ? 404 : 200);
        if (s->made_by_hub) {
            r = patch(kit, part_path(&c, id), kit_path(kit, "%s=1", name));
            assert_status(r, 422);
            assert_has(r, "cannot be changed here");
            continue;
        }
        struct res control = control_of(&c, r, s);
        assert_shown(&c, control, s, s->control);
        assert_shown(&c, control, s, s->good[0].held);
        if (s->wrong) {
            r = patch(kit, part_path(&c, id), kit_path(kit, "%s=%s", name, typed_of(&c, s->wrong)));
            if (r.status != 422)
                kit_wrong(r, __FILE__, __LINE__, "%s takes %s", name, s->wrong);
            assert_shown(&c, control_of(&c, r, s), s,
                         kit_path(kit, "%s %s.", field_label(s), s->why));
        }
        r = patch(kit, part_path(&c, id),
                  kit_path(kit, "%s=%s", name, typed_of(&c, s->good[1].typed)));
        assert_status(r, 303);
        r = get_json(kit, part_path(&c, id));
        assert_given(&c, r, kit_path(kit, "data|%s", name), s->good[1].given);
        /* Empty again. */
        assert_status(patch(kit, part_path(&c, id), kit_path(kit, "%s=", name)), 303);
        bool list = s->kind == KIND_CHOICES || s->kind == KIND_REFS || kind_reaches(s->kind);
        assert_given(&c, get_json(kit, part_path(&c, id)), kit_path(kit, "data|%s", name),
                     list ? "[]" : "null");
    }
}

/* ---- JSON ---- */

static void assert_values(const struct contract *c, struct res r, const char *at, int which)
{
    for (size_t i = 0; i < samples_n; i++)
        assert_given(c, r, kit_path(c->kit, "%s|%s", at, field_name(c, &samples[i])),
                     samples[i].good[which].given);
}

static void json_gives_takes_and_refuses(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t first = part_make(&c, "Axle", 0), second = part_make(&c, "Bolt", 1);
    assert_values(&c, get_json(kit, part_path(&c, first)), "data", 0);
    assert_values(&c, get_json(kit, part_path(&c, second)), "data", 1);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s), *path = part_path(&c, first);
        if (s->made_by_hub) {
            struct res r = patch_json(kit, path, kit_path(kit, "{\"%s\": 1}", name));
            assert_status(r, 422);
            assert_header(r, "Content-Type", "application/problem+json");
            continue;
        }
        if (s->wrong) {
            json_t *body = json_pack("{s:s}", name, s->wrong);
            char *text = json_dumps(body, 0);
            struct res r = patch_json(kit, path, kit_path(kit, "%s", text));
            free(text);
            json_decref(body);
            assert_status(r, 422);
            assert_header(r, "Content-Type", "application/problem+json");
            assert_given(&c, r, kit_path(kit, "errors|%s", name),
                         kit_path(kit, "\"%s %s.\"", field_label(s), s->why));
        }
        /* What was answered is taken again as the same. */
        assert_given(&c, get_json(kit, path), kit_path(kit, "data|%s", name), s->good[0].given);
        assert_status(patch_json(kit, path,
                                 kit_path(kit, "{\"%s\": %s}", name, filled(&c, s->good[1].given))),
                      200);
        assert_given(&c, get_json(kit, path), kit_path(kit, "data|%s", name), s->good[1].given);
    }
}

/* ---- lists, cards, search ---- */

static void found_by(const struct contract *c, const char *query, int64_t want)
{
    struct res r = get_json(c->kit, kit_path(c->kit, "/parts?%s", filled(c, query)));
    assert_status(r, 200);
    json_t *root = json_root(r), *data = json_object_get(root, "data"), *row;
    size_t i;
    int64_t got = 0;
    json_array_foreach(data, i, row) got =
        got * 1000 + json_integer_value(json_object_get(row, "id"));
    if (got != want)
        kit_wrong(r, __FILE__, __LINE__, "%s finds %lld instead of %lld", filled(c, query),
                  (long long)got, (long long)want);
    json_decref(root);
}

/* Each comparison that the kind has, with a value that tells the two apart. */
static void filters_work(const struct contract *c, const struct sample *s, int64_t first,
                         int64_t second)
{
    const char *name = field_name(c, s);
    bool outside = kind_info(s->kind)->can & KIND_OUTSIDE;
    const struct record_field declared = {.result = s->kind == KIND_FORMULA  ? KIND_DECIMAL
                                                    : s->kind == KIND_ROLLUP ? KIND_INTEGER
                                                                             : s->kind,
                                          .flags = s->kind == KIND_ADDRESSES ? 0 : FIELD_INDEXED,
                                          .sql = outside ? "" : "t.x"};
    const struct record_field *f = &declared;
    for (enum compare how = 0; how < COMPARES; how++) {
        const char *op = compare_name(how), *value = s->filter;
        int64_t want = first;
        if (!compare_fits(how, f)) {
            struct res r = get(c->kit, kit_path(c->kit, "/parts?%s.%s=1", name, *op ? op : "is"));
            assert_status(r, 400);
            continue;
        }
        if (how == COMPARE_HAS && s->found)
            value = s->found;
        if (how == COMPARE_NOT || how == COMPARE_LT)
            want = second;
        if (how == COMPARE_GT)
            value = s->less;
        if (how == COMPARE_EMPTY)
            value = "yes", want = 0;
        if (how == COMPARE_LTE)
            value = s->less, want = second;
        if (!value)
            fail_msg("%s may be compared by \"%s\", and test/contract.c has no value", name, op);
        found_by(c, kit_path(c->kit, "%s%s%s=%s", name, *op ? "." : "", op, value), want);
    }
    found_by(c, kit_path(c->kit, "%s.empty=no&sort=title", name), first * 1000 + second);
}

static void sorts_work(const struct contract *c, const struct sample *s, int64_t first,
                       int64_t second)
{
    const char *name = field_name(c, s);
    bool sorts = (kind_info(s->made_by_hub ? KIND_INTEGER : s->kind)->can & KIND_SORTS) ||
                 s->kind == KIND_REF || s->kind == KIND_PERSON; /* by the names they lead to */
    struct res r = get(c->kit, kit_path(c->kit, "/parts?columns=%s", name));
    const char *link = kit_path(c->kit, "sort=%s", name);
    if (!sorts) {
        assert_has_not(r, link);
        r = get_json(c->kit, kit_path(c->kit, "/parts?sort=%s", name));
        assert_status(r, 400);
        assert_has(r, "cannot stand in the order of");
        return;
    }
    assert_has(r, link);
    int64_t rising = s->rises ? first * 1000 + second : second * 1000 + first;
    int64_t falling = s->rises ? second * 1000 + first : first * 1000 + second;
    found_by(c, kit_path(c->kit, "sort=%s", name), rising);
    found_by(c, kit_path(c->kit, "sort=-%s", name), falling);
}

static void lists_show_filter_and_sort(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t first = part_make(&c, "Axle", 0), second = part_make(&c, "Bolt", 1);
    struct res all = get_json(kit, "/parts?sort=title");
    assert_values(&c, all, "data|0", 0);
    assert_values(&c, all, "data|1", 1);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s);
        struct res r = get(kit, kit_path(kit, "/parts?columns=%s", name));
        assert_status(r, 200);
        assert_shown(&c, r, s, s->good[0].shown);
        assert_shown(&c, r, s, s->good[1].shown);
        const char *field = kit_path(kit, "data-field=\"%s\"", name);
        s->made_by_hub ? assert_has_not(r, field) : assert_has(r, field); /* its way to a form */
        if (!s->made_by_hub)
            assert_has(r, "data-edits=\"/parts\"");
        filters_work(&c, s, first, second);
        sorts_work(&c, s, first, second);
        if (!s->filter || !s->wrong)
            continue;
        bool leads = kind_info(s->kind)->can & KIND_LEADS, list = s->kind == KIND_CHOICES;
        r = get_json(kit, kit_path(kit, "/parts?%s=%s", name, typed_of(&c, s->wrong)));
        if (list || s->kind == KIND_TEXT || s->kind == KIND_ADDRESS) /* words to look for */
            continue;
        assert_status(r, 400);
        assert_has(r, leads ? "must be the number of a record" : s->why);
    }
}

static const char *said(const struct sample *s, int which)
{
    return s->said[which] ? s->said[which] : s->good[which].shown;
}

/* A card has room for few of them: each is put on it alone. */
static void cards_show_it(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, "[\"listed\"]");
    int64_t first = part_make(&c, "Axle", 0), second = part_make(&c, "Bolt", 1);
    const char *one = kit_path(kit, "/cards/%lld", (long long)first);
    const char *other = kit_path(kit, "/cards/%lld", (long long)second);
    as(kit, c.admin);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *path = kit_path(kit, "/types/part/fields/%s", field_name(&c, s));
        if (s->core)
            continue;
        assert_status(patch_json(kit, path, "{\"flags\": [\"card\"]}"), 200);
        assert_shown(&c, get(kit, one), s, said(s, 0));
        assert_shown(&c, get(kit, other), s, said(s, 1));
        assert_status(patch_json(kit, path, "{\"flags\": []}"), 200);
    }
}

static void the_search_finds_by_it(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    part_make(&c, "Axle", 0);
    part_make(&c, "Bolt", 1);
    for (size_t i = 0; i < samples_n; i++) {
        if (!samples[i].found)
            continue;
        struct res r = get(kit, kit_path(kit, "/search?q=%s", samples[i].found));
        assert_shown(&c, r, &samples[i], "-axle");
        assert_has_not(r, "-bolt");
    }
}

/* ---- OpenAPI ---- */

static void openapi_describes_it(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    struct res r = get_json(kit, "/openapi.json");
    assert_status(r, 200);
    json_t *root = json_root(r);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s);
        json_t *is = json_at(root, kit_path(kit, "components|schemas|part|properties|%s", name));
        json_t *must = json_loads(s->schema, 0, NULL), *part;
        const char *key;
        assert_non_null(must);
        json_object_foreach(must, key, part) if (!json_equal(json_object_get(is, key), part))
            kit_wrong(r, __FILE__, __LINE__, "the schema of %s has not that %s", name, key);
        json_decref(must);
        assert_int_equal(json_is_true(json_object_get(is, "readOnly")), s->made_by_hub);
        static const char body[] = "|requestBody|content|application/json|schema|properties|";
        const char *const takes[] = {"/parts|post", "/parts/{id}|patch"};
        for (int k = 0; k < 2; k++) {
            const json_t *taken =
                json_at(root, kit_path(kit, "paths|%s%s%s", takes[k], body, name));
            assert_int_equal(taken == NULL, s->made_by_hub);
        }
    }
    json_decref(root);
}

/* ---- CSV ---- */

static struct res csv(struct kit *kit, const char *path)
{
    struct res r = kit_request(kit, "GET", path, "text/csv", NULL, NULL);
    assert_status(r, 200);
    return r;
}

static struct res imported(struct kit *kit, struct str bytes, const char *plan)
{
    struct res r = kit_send(kit, "POST", "/parts/imports?name=parts.csv", KIT_JSON,
                            "application/octet-stream", bytes);
    assert_status(r, 201);
    const char *path = kit_path(kit, "/parts/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    assert_status(patch_json(kit, path, plan), 200);
    assert_json_str(get_json(kit, path), "data.state", "tried");
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    r = get_json(kit, path);
    assert_json_str(r, "data.state", "done");
    return r;
}

static void csv_goes_out_and_comes_in(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    part_make(&c, "Axle", 0);
    part_make(&c, "Bolt", 1);
    struct res r = csv(kit, "/parts.csv?sort=title");
    struct str table = str_dup(kit->arena, r.body);
    for (size_t i = 0; i < samples_n; i++)
        assert_shown(&c, r, &samples[i], field_label(&samples[i])); /* its column */
    /* In as new records, by what was guessed from the labels alone. */
    r = imported(kit, table, "{\"map.0\": \"\", \"matched\": \"create\"}");
    assert_json_int(r, "data.created", 2);
    r = get_json(kit, "/parts?sort=created_at");
    assert_json_count(r, "data", 4);
    for (int row = 2; row < 4; row++)
        for (size_t i = 0; i < samples_n; i++)
            if (samples[i].kind != KIND_ROLLUP) /* nothing leads to the new ones */
                assert_given(&c, r, kit_path(kit, "data|%d|%s", row, field_name(&c, &samples[i])),
                             samples[i].good[row - 2].given);
    /* Onto the same ones nothing changes. */
    r = imported(kit, table, "{}");
    assert_json_int(r, "data.same", 2);
}

static void wrong_cells_are_rejected(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    struct res r;
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *wrong = s->wrong_csv ? s->wrong_csv : s->wrong;
        if (!wrong || s->kind == KIND_TEXT) /* a cell of several lines becomes one line */
            continue;
        struct str bytes =
            str_fmt(kit->arena, "Title,%s\nAxle,\"%s\"\nBolt,\n", field_label(s), wrong);
        r = imported(kit, bytes,
                     kit_path(kit,
                              "{\"map.1\": \"%s\", \"keys_shown\": 1,"
                              " \"matched\": \"create\"}",
                              field_name(&c, s)));
        if (!str_is(kit_json(r, "data.rejected"), "1"))
            kit_wrong(r, __FILE__, __LINE__, "%s takes %s", field_label(s), wrong);
        assert_json_int(r, "data.created", 1);
        r = csv(kit, kit_path(kit, "/parts/imports/" STR_FMT "/rejects.csv",
                              STR_ARG(kit_json(r, "data.id"))));
        assert_has(r, field_label(s));
        assert_has(r, "Axle");
    }
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE title = 'Axle'"), 0);
}

/* ---- history ---- */

static void a_change_is_told_and_taken_back(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t id = part_make(&c, "Axle", 0);
    int number = 0;
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s), *path = part_path(&c, id);
        if (s->made_by_hub || s->core) /* follows; tags are part of the text's history */
            continue;
        const char *second = filled(&c, s->good[1].json);
        assert_status(patch_json(kit, path, kit_path(kit, "{\"%s\": %s}", name, second)), 200);
        number++;
        kit_pass(kit, CLOCK_MINUTE);
        struct res page = kit_follow(get(kit, path));
        struct str change = page.body;
        ptrdiff_t at = str_find_str(change, S("changed it"));
        if (at < 0)
            kit_wrong(page, __FILE__, __LINE__, "the change of %s is not told", field_label(s));
        page.body = str_from(change, (size_t)at);
        assert_shown(&c, page, s, s->good[0].shown);
        assert_shown(&c, page, s, s->good[1].shown);
        const char *undo = kit_path(kit, "%s/revisions/%d/undo", path, number);
        assert_status(post_json(kit, undo, "{}"), 200);
        number++;
        kit_pass(kit, CLOCK_MINUTE);
        assert_given(&c, get_json(kit, path), kit_path(kit, "data|%s", name), s->good[0].given);
    }
    assert_values(&c, get_json(kit, part_path(&c, id)), "data", 0); /* and what follows them */
}

/* ---- merging ---- */

static void merges_choose_and_are_undone(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t into = part_make(&c, "Axle", 0), from = part_make(&c, "Bolt", 1);
    struct res page =
        get(kit, kit_path(kit, "%s/merges/new?with=%lld", part_path(&c, into), (long long)from));
    assert_status(page, 200);
    struct out o;
    out_init(&o, 1 << 16);
    out_fmt(&o, "{\"from\": %lld", (long long)from);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = kit_path(kit, "name=\"%s\"", field_name(&c, s));
        if (s->made_by_hub) {
            assert_has_not(page, name);
            continue;
        }
        assert_has(page, name);
        assert_shown(&c, page, s, s->good[0].shown);
        assert_shown(&c, page, s, s->good[1].shown);
        out_fmt(&o, ", \"%s\": \"right\"", field_name(&c, s));
    }
    out_lit(&o, "}");
    struct str chosen = out_take(&o, kit->arena);
    struct res r = post_json(kit, kit_path(kit, "%s/merges", part_path(&c, into)),
                             str_cstr(kit->arena, chosen));
    assert_status(r, 201);
    const char *merge = kit_path(kit, "/merges/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    r = get_json(kit, part_path(&c, into));
    for (size_t i = 0; i < samples_n; i++) /* the screw of the first one counts on */
        assert_given(&c, r, kit_path(kit, "data|%s", field_name(&c, &samples[i])),
                     samples[i].good[samples[i].kind == KIND_ROLLUP ? 0 : 1].given);
    assert_status(kit_request(kit, "DELETE", merge, KIT_JSON, NULL, NULL), 200);
    assert_values(&c, get_json(kit, part_path(&c, into)), "data", 0);
    assert_values(&c, get_json(kit, part_path(&c, from)), "data", 1);
}

/* ---- many at once ---- */

static void many_change_at_once(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, LISTED);
    int64_t one = part_make(&c, "Axle", 0), two = part_make(&c, "Bolt", 0);
    int deed = 0;
    struct res form = get(kit, kit_path(kit, "/parts/bulk?ids=%lld", (long long)one));
    assert_status(form, 200);
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s);
        const char *both = kit_path(kit, "ids=%lld,%lld&do=set&field=%s&value=", (long long)one,
                                    (long long)two, name);
        if (s->made_by_hub || s->core) { /* tags have acts of their own */
            assert_status(post(kit, "/parts/bulk", kit_path(kit, "%s1", both)), 422);
            assert_has_not(form, kit_path(kit, "value=\"%s\"", name));
            continue;
        }
        assert_has(form, kit_path(kit, "value=\"%s\"", name));
        if (s->wrong) {
            struct res r =
                post(kit, "/parts/bulk", kit_path(kit, "%s%s", both, typed_of(&c, s->wrong)));
            if (r.status != 422)
                kit_wrong(r, __FILE__, __LINE__, "many take %s as %s", s->wrong, name);
            assert_shown(&c, r, s, kit_path(kit, "%s %s.", field_label(s), s->why));
        }
        assert_status(
            post(kit, "/parts/bulk", kit_path(kit, "%s%s", both, typed_of(&c, s->good[1].typed))),
            303);
        deed++;
        assert_given(&c, get_json(kit, part_path(&c, two)), kit_path(kit, "data|%s", name),
                     s->good[1].given);
        assert_status(post(kit, kit_path(kit, "/parts/bulk/%d/undo", deed), ""), 303);
        assert_given(&c, get_json(kit, part_path(&c, one)), kit_path(kit, "data|%s", name),
                     s->good[0].given);
        assert_given(&c, get_json(kit, part_path(&c, two)), kit_path(kit, "data|%s", name),
                     s->good[0].given);
    }
}

/* ---- access ---- */

/* What no customer may be shown of a field for staff only, whatever is asked. */
static void hidden(const struct contract *c, const struct sample *s, const char *path)
{
    struct res r =
        kit_request(c->kit, "GET", path, strstr(path, ".csv") ? "text/csv" : KIT_PAGE, NULL, NULL);
    if (r.status == 301 || r.status == 303)
        r = kit_follow(r);
    const char *name = field_name(c, s);
    if (r.status != 200 || str_has(r.body, str_of(name)) ||
        (strlen(s->good[0].shown) > 5 && str_has(r.body, str_of(filled(c, s->good[0].shown)))))
        kit_wrong(r, __FILE__, __LINE__, "%s shows %s", path, name);
}

static void staff_only_is_seen_by_staff_only(void **state)
{
    struct kit *kit = *state;
    struct contract c = contract_begin(kit, "[\"listed\", \"card\", \"searched\", \"staff\"]");
    int64_t id = part_make(&c, "Axle", 0);
    const char *path = part_path(&c, id), *card = kit_path(kit, "/cards/%lld", (long long)id);
    patch_json(kit, path, kit_path(kit, "{\"text_field\": %s}", samples[0].good[1].json));
    patch_json(kit, path, kit_path(kit, "{\"text_field\": %s}", samples[0].good[0].json));
    /* Even of one's own record. */
    sql_run(kit, kit_path(kit, "UPDATE records SET author_id = %lld WHERE id = %lld",
                          (long long)c.customer->id, (long long)id));
    as(kit, c.customer);
    const char *const pages[] = {path,
                                 kit_path(kit, "%s/edit", path),
                                 card,
                                 "/parts",
                                 kit_path(kit, "%s.json", path),
                                 "/parts.json",
                                 "/parts.csv",
                                 "/openapi.json"};
    for (size_t i = 0; i < samples_n; i++) {
        const struct sample *s = &samples[i];
        const char *name = field_name(&c, s);
        if (s->core)
            continue;
        for (size_t k = 0; k < sizeof pages / sizeof *pages; k++)
            hidden(&c, s, pages[k]);
        static const char *const asks[] = {"/parts?%s=1", "/parts?%s.empty=no", "/parts?sort=%s"};
        for (size_t k = 0; k < 3; k++) {
            struct str ask = str_of(asks[k]);
            ptrdiff_t mark = str_find_str(ask, S("%s"));
            struct res r = get_json(kit, str_fmt(kit->arena, STR_FMT "%s" STR_FMT,
                                                 STR_ARG(str_first(ask, (size_t)mark)), name,
                                                 STR_ARG(str_from(ask, (size_t)mark + 2)))
                                             .p);
            assert_status(r, 400);
            assert_has(r, "There is no field");
        }
        assert_status(get(kit, kit_path(kit, "%s/fields/%s", path, name)), 404);
        if (s->made_by_hub)
            continue;
        struct res r =
            patch_json(kit, path, kit_path(kit, "{\"%s\": %s}", name, filled(&c, s->good[1].json)));
        assert_status(r, 422);
        assert_has(r, "There is no field");
        assert_status(post(kit, "/parts/bulk",
                           kit_path(kit, "ids=%lld&do=set&field=%s&value=%s", (long long)id, name,
                                    typed_of(&c, s->good[1].typed))),
                      422);
        if (s->found)
            assert_has_not(get(kit, kit_path(kit, "/search?q=%s", s->found)), "-axle");
        if (s->kind == KIND_FILE) /* nor is what it holds */
            assert_status(get(kit, filled(&c, "/files/$f/plan.txt")), 404);
    }
    as(kit, c.staff);
    assert_values(&c, get_json(kit, path), "data", 0);
}

/* ---- webhooks ---- */

static void webhooks_tell_it(void **state)
{
    static struct hook_kit receiver;
    struct kit *kit = *state;
    hook_kit_start(&receiver);
    kit->app->options.webhook_private = true;
    kit->app->options.webhook_timeout_ms = 1000;
    kit->app->options.base_url = "http://hub.test";
    struct contract c = contract_begin(kit, LISTED);
    assert_status(post_json(kit, "/webhooks",
                            kit_path(kit,
                                     "{\"name\": \"A program\", \"url\": \"%s/ok\","
                                     " \"events\": \"part.create\"}",
                                     receiver.url)),
                  201);
    part_make(&c, "Axle", 0);
    kit_settle(kit);
    assert_int_equal(hooks_received(&receiver), 1);
    struct res told = {.kit = kit, .body = hook_body(&receiver, 0)};
    for (size_t i = 0; i < samples_n; i++)
        assert_given(&c, told, kit_path(kit, "data|%s", field_name(&c, &samples[i])),
                     samples[i].kind == KIND_ROLLUP ? "0" : samples[i].good[0].given);
    hook_kit_end(&receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_in_the_contract),
        kit_test(forms_take_and_refuse),
        kit_test(a_field_changes_in_its_place),
        kit_test(json_gives_takes_and_refuses),
        kit_test(lists_show_filter_and_sort),
        kit_test(cards_show_it),
        kit_test(the_search_finds_by_it),
        kit_test(openapi_describes_it),
        kit_test(csv_goes_out_and_comes_in),
        kit_test(wrong_cells_are_rejected),
        kit_test(a_change_is_told_and_taken_back),
        kit_test(merges_choose_and_are_undone),
        kit_test(many_change_at_once),
        kit_test(staff_only_is_seen_by_staff_only),
        kit_test(webhooks_tell_it),
    };
    return kit_run(tests);
}
