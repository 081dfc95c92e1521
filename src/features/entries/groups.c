/* groups.c: the table of a list in groups by a choice, a person or a record.
 *
 *     /deals?group=organisation&sort=-amount
 *
 * RULES
 *   1. A group has GROUP_ROWS rows in the list's order, the number of all of them, and the sums of
 *      those columns that are numbers; its head leads to all of them.
 *   2. Groups stand in the order of the choices, else by the name of what they are of; those
 *      without a value stand last, as many as are among the newest COLUMN_LOOK. What the viewer may
 *      not see makes no group.
 */
#include "features/entries/entries.h"
#include "record/bunches.h"

enum { GROUPS = 30, GROUP_ROWS = 20 };

bool group_by(const struct record_field *f)
{
    bool owner = strcmp(f->sql, "r.owner_id") == 0;
    bool leads = f->result == KIND_REF || f->result == KIND_PERSON;
    return owner || ((leads || f->result == KIND_CHOICE) && (f->flags & FIELD_INDEXED) &&
                     strncmp(f->sql, "t.", 2) == 0);
}

struct grouping {
    struct req *rq;
    struct entry_list *v;
    const struct record_field *by;
    struct entry_group *groups;
    bool plain;                       /* without filters: tallies tell the numbers */
    const struct record_field **sums; /* columns that are numbers */
    size_t sums_n;
    struct tally **known; /* of the choices: of all, then of each sum; NULL: not read */
};

static void sums_choose(struct grouping *g)
{
    const struct entry_list *v = g->v;
    g->sums = arena_array(g->rq->arena, const struct record_field *, v->columns_n);
    g->known = arena_array(g->rq->arena, struct tally *, v->columns_n + 1);
    for (size_t i = 1; i < v->columns_n; i++)
        if ((kind_info(v->columns[i]->result)->can & KIND_SUMS) && v->columns[i]->sql[0])
            g->sums[g->sums_n++] = v->columns[i];
}

static struct entry_group *group_new(struct grouping *g, const struct selected *rows, size_t n)
{
    struct entry_list *v = g->v;
    struct entry_group *group = &g->groups[v->groups_n++];
    *group = (struct entry_group){.at = v->found.n};
    memcpy(v->found.rows + v->found.n, rows, n * sizeof *rows);
    v->found.n += n;
    group->shown.n = (int64_t)n;
    return group;
}

/* The rows of one group, behind those that are there. */
static struct entry_group *group_put(struct grouping *g, const struct condition *c)
{
    struct entry_list *v = g->v;
    struct select s = v->select;
    struct selection found;
    if (s.n == CONDITIONS_MAX || v->groups_n == GROUPS)
        return NULL;
    s.conditions[s.n++] = *c;
    s.limit = GROUP_ROWS;
    s.after = S("");
    select_run(g->rq, &s, &found);
    return found.n ? group_new(g, found.rows, found.n) : NULL;
}

/* Of all choices at once: `at` 0: how many, else of the sum before that place. */
static const struct tally *tallies_known(struct grouping *g, size_t at)
{
    static struct tally unknown;
    struct tally *all = g->known[at];
    size_t n = 0;
    while (g->by->choices[n].name)
        n++;
    if (!all) {
        all = arena_array(g->rq->arena, struct tally, n + 1);
        const struct record_field *sum = at ? g->sums[at - 1] : NULL;
        g->known[at] = tallies_read(g->rq, g->v->type, g->by, sum, S(""), all) ? all : &unknown;
    }
    return g->known[at] == &unknown ? NULL : g->known[at];
}

/* Of a choice without filters the tallies know, else a look does. */
static struct tally tally_of(struct grouping *g, size_t at, struct db_arg key)
{
    struct tally tally = {0};
    const struct field_choice *choice = g->plain ? field_choice(g->by, key.s) : NULL;
    const struct tally *all = choice ? tallies_known(g, at) : NULL;
    if (all)
        return all[choice - g->by->choices];
    column_tally(g->rq, &g->v->select, g->by, at ? g->sums[at - 1] : NULL, key, &tally);
    return tally;
}

/* RULE 1: what all in it add up to, each beneath its column. */
static void totals_put(struct grouping *g, struct entry_group *group, const struct tally *sums)
{
    const struct entry_list *v = g->v;
    struct str *totals = arena_array(g->rq->arena, struct str, v->columns_n);
    for (size_t i = 1, s = 0; i < v->columns_n && s < g->sums_n; i++) {
        if (v->columns[i] != g->sums[s])
            continue;
        totals[i] = sums_words(g->rq, g->sums[s], &sums[s]);
        if (sums[s].more && totals[i].n) /* of the first COLUMN_LOOK */
            totals[i] = str_fmt(g->rq->arena, STR_FMT " +", STR_ARG(totals[i]));
        s++;
    }
    group->shown.totals = totals;
}

/* RULE 1: numbers of all in it, also of those that are not shown. */
static void group_count(struct grouping *g, struct entry_group *group, struct db_arg key)
{
    struct tally all = tally_of(g, 0, key);
    struct tally *sums = arena_array(g->rq->arena, struct tally, g->sums_n);
    if (all.n > group->shown.n)
        group->shown.n = all.n;
    for (size_t i = 0; i < g->sums_n; i++)
        sums[i] = tally_of(g, i + 1, key);
    totals_put(g, group, sums);
}

static void choices_group(struct grouping *g)
{
    for (const struct field_choice *c = g->by->choices; c && c->name; c++) {
        struct str name = str_of(c->name);
        struct entry_group *group =
            group_put(g, &(struct condition){.field = g->by, .text = name, .value = {.s = name}});
        if (!group)
            continue;
        group->shown.head = (struct tone_chip){.text = str_of(c->label),
                                               .tone = tone_of(c->tone),
                                               .path = entries_of(g->rq, g->v, g->by, name)};
        group_count(g, group, T(name));
    }
}

/* The ids that the field leads to, the smallest first: one look into the index each. */
static size_t ids_read(struct grouping *g, int64_t *ids)
{
    struct arena *a = g->rq->arena;
    const char *index = field_index(a, g->v->type, g->by);
    const char *sql = index
                          ? str_fmt(a, "SELECT v FROM %s WHERE v > ?1 ORDER BY v LIMIT 1", index).p
                          : str_fmt(a,
                                    "SELECT %s FROM records r WHERE %s > ?1 AND r.type = '%s'"
                                    " ORDER BY %s LIMIT 1",
                                    g->by->sql, g->by->sql, g->v->type->name, g->by->sql)
                                .p;
    size_t n = 0;
    for (int64_t last = 0; n < GROUPS; n++) {
        last = db_get_int(g->rq->db, 0, sql, I(last));
        if (!last)
            break;
        ids[n] = last;
    }
    return n;
}

/* RULE 2: what is led to, by its name; what the viewer may not see has none. */
static size_t leads_named(struct grouping *g, struct lead *leads)
{
    int64_t ids[GROUPS];
    size_t n = ids_read(g, ids), fields_n = g->v->type->fields_n, named = 0;
    struct value *values = arena_array(g->rq->arena, struct value, fields_n * (n + 1));
    struct value *rows[GROUPS];
    struct field_set one = {0};
    field_set_add(&one, g->by);
    for (size_t i = 0; i < n; i++) {
        rows[i] = values + i * fields_n;
        rows[i][g->by->index] = (struct value){.i = ids[i]};
    }
    values_name(g->rq, g->v->type, &one, rows, n);
    for (size_t i = 0; i < n; i++) {
        const struct value *v = &rows[i][g->by->index];
        size_t at = named;
        if (!v->leads_n || !v->leads[0].title.n)
            continue;
        for (; at > 0 && str_cmp(leads[at - 1].title, v->leads[0].title) > 0; at--)
            leads[at] = leads[at - 1];
        leads[at] = v->leads[0];
        named++;
    }
    return named;
}

/* One that many belong to, or that is asked for by words, is a list of its own. */
static struct entry_group *lead_group(struct grouping *g, const struct bunch *bunch)
{
    struct str id = str_of_id(g->rq->arena, S(""), bunch->key);
    struct entry_group *group;
    if (bunch->whole) {
        if (!bunch->rows_n)
            return NULL;
        group = group_new(g, bunch->rows, bunch->rows_n);
        group->shown.n = bunch->n;
        totals_put(g, group, bunch->sums);
        return group;
    }
    group =
        group_put(g, &(struct condition){.field = g->by, .text = id, .value = {.i = bunch->key}});
    if (group)
        group_count(g, group, I(bunch->key));
    return group;
}

static void leads_group(struct grouping *g)
{
    const struct bunching b = {&g->v->select, g->by, g->sums, g->sums_n, GROUP_ROWS};
    struct lead leads[GROUPS];
    struct bunch list[GROUPS] = {0};
    size_t n = leads_named(g, leads);
    for (size_t i = 0; i < n; i++)
        list[i].key = leads[i].id;
    if (!g->v->select.q.n)
        bunches_read(g->rq, &b, list, n);
    for (size_t i = 0; i < n; i++) {
        struct entry_group *group = lead_group(g, &list[i]);
        struct str id = str_of_id(g->rq->arena, S(""), leads[i].id);
        if (group)
            group->shown.head = (struct tone_chip){.text = leads[i].title,
                                                   .path = entries_of(g->rq, g->v, g->by, id)};
    }
}

/* Among the newest: to look through all for those without a value would take too long. */
static void empty_group(struct grouping *g)
{
    struct entry_list *v = g->v;
    struct select s = v->select;
    struct req *rq = g->rq;
    if ((g->by->flags & FIELD_REQUIRED) || s.n == CONDITIONS_MAX || s.q.n || v->groups_n == GROUPS)
        return;
    s.conditions[s.n++] =
        (struct condition){.field = g->by, .compare = COMPARE_EMPTY, .value = {.i = 1}};
    const struct db_arg args[] = {Z(v->type->name), I(COLUMN_LOOK)};
    const struct select_way way = {
        .from = str_fmt(rq->arena,
                        " FROM (SELECT i.id FROM records i WHERE i.type = ?2"
                        " AND i.parent_id IS NULL AND i.deleted_at IS NULL"
                        " ORDER BY i.created_at DESC, i.id DESC LIMIT ?3) x"
                        " CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id AND r.id = x.id",
                        v->type->table)
                    .p,
        .order = " ORDER BY r.created_at DESC, r.id DESC",
        .args = args,
        .args_n = 2,
    };
    struct selection found = {.rows = v->found.rows + v->found.n};
    found.n = select_walk(rq, &s, &way, found.rows, NULL, GROUP_ROWS);
    if (!found.n)
        return;
    select_names(rq, &s, &found);
    const char *empty = str_fmt(rq->arena, "%s.empty", g->by->name).p;
    g->groups[v->groups_n++] = (struct entry_group){
        .at = v->found.n,
        .shown = {.n = (int64_t)found.n,
                  .head = {.text = g->by->result == KIND_PERSON
                                       ? str_fmt(rq->arena, "%s: nobody", g->by->label)
                                       : str_fmt(rq->arena, "Without %s", g->by->label),
                           .tone = TONE_GREY,
                           .path = entries_url(
                               rq, v, (const char *const[]){"group", "", empty, "yes", NULL})}}};
    v->found.n += found.n;
}

const char *groups_read(struct req *rq, struct entry_list *v)
{
    struct grouping g = {.rq = rq, .v = v, .by = look_field(rq, v, "group", group_by)};
    if (!g.by)
        return str_fmt(rq->arena, "There is nothing \"" STR_FMT "\" to group by.",
                       STR_ARG(str_first(entries_param(v, "group"), 60)))
            .p;
    if (v->select.any)
        return "A list in groups has filters that all hold.";
    g.plain = !select_narrowed(&v->select);
    g.groups = arena_array(rq->arena, struct entry_group, GROUPS);
    v->groups = g.groups;
    sums_choose(&g);
    field_set_add(&v->select.fields, g.by);
    v->found.rows = arena_array(rq->arena, struct selected, GROUPS * GROUP_ROWS);
    if (g.by->result == KIND_CHOICE)
        choices_group(&g);
    else
        leads_group(&g);
    empty_group(&g);
    return NULL;
}

void grouping_make(struct req *rq, struct entry_list *v)
{
    struct option *options = arena_array(rq->arena, struct option, v->type->fields_n + 1);
    struct field *field = arena_make(rq->arena, struct field);
    size_t n = 0;
    options[n++] = (struct option){S(""), S("No groups"), NULL};
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        if (group_by(f) && field_seen(f, &rq->viewer) && !(f->flags & FIELD_FIXED))
            options[n++] =
                (struct option){str_of(f->name), str_fmt(rq->arena, "By %s", f->label), NULL};
    }
    *field = (struct field){.name = "group",
                            .label = "Groups",
                            .value = entries_param(v, "group"),
                            .options = options,
                            .options_n = n};
    v->grouping = n > 1 ? field : NULL;
}
