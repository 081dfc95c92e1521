/* bench_crm.c: people, organisations and deals of a customer desk, some thousand in a transaction;
 * see bench.h.
 *
 * Both people and deals get CRM_FIELDS fields as an administrator makes them. Two of them have a
 * value in each record, another in seven of ten, the others in one of twenty: so are custom fields
 * used, and so a list by one of them has to look for its rows.
 *
 * WHY through fields_create: what a record's row brings along (titles, indexes, totals, roll-ups,
 * keys of duplicates, search, log) is then what the program itself would have written.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "db/gather.h"
#include "features/bench/bench.h"
#include "record/fields.h"
#include "record/search.h"

enum {
    STAFF_MADE = 5,
    BATCH = 4000,
    ENTRIES = 30, /* of the records whose pages are measured */
    PREFIXES = 100,
    GATHERED = 160 << 20,
    MEMORY = 64 << 20,
};

#define YEARS (3 * 365 * CLOCK_DAY)

struct crm {
    struct crm_options o;
    struct arena *arena, *work;
    struct words *words;
    struct rand_seq rand, kept_rand;
    int64_t now, done; /* of the stage that is being filled */
    int64_t staff[STAFF_MADE];
    int64_t *organisations, *people;
    int64_t deal; /* whose page is measured */
    struct str prefixes[PREFIXES];
    const char *own[CRM_FIELDS]; /* names of the custom fields */
    bool again;
};

/* ---- custom fields ---- */

static const struct {
    const char *name;
    enum kind kind;
} measures[] = {
    {"note", KIND_TEXT},    {"count", KIND_INTEGER}, {"rate", KIND_DECIMAL}, {"budget", KIND_MONEY},
    {"date", KIND_DATE},    {"signed", KIND_BOOL},   {"level", KIND_CHOICE}, {"link", KIND_URL},
    {"stars", KIND_RATING}, {"score", KIND_INTEGER},
};
static const char *const subjects[] = {"Usage",  "Contract", "Support",  "Delivery", "Billing",
                                       "Survey", "Audit",    "Training", "Renewal",  "Partner"};
enum { MEASURES = sizeof measures / sizeof *measures };
_Static_assert(MEASURES *(sizeof subjects / sizeof *subjects) == CRM_FIELDS, "all pairs");

static const char *const levels[] = {"low", "middle", "high", "top"};

static bool dense(size_t i)
{
    return i == 6 || i == 9; /* usage_level, usage_score */
}

static void fields_add(struct crm *c, struct db *db, const char *type)
{
    for (size_t i = 0; i < CRM_FIELDS && !db_failed(db); i++) {
        const struct record_type *t = catalog_type(db, str_of(type));
        struct str label =
            str_fmt(c->work, "%s %s", subjects[i / MEASURES], measures[i % MEASURES].name);
        bool listed = dense(i) || i == 4;
        const struct field_draft draft = {
            .name = name_of_label(c->arena, label, FIELD_NAME_MAX),
            .label = label,
            .section = str_of(subjects[i / MEASURES]),
            .kind = measures[i % MEASURES].kind,
            .flags = listed ? FIELD_LISTED : 0,
            .choices = S("low = Low\nmiddle = Middle\nhigh = High (green)\ntop = Top (blue)"),
            .currency = S("EUR"),
            .scale = measures[i % MEASURES].kind == KIND_DECIMAL ? 2 : 0,
        };
        c->own[i] = draft.name.p;
        const char *why = t ? field_make(db, c->work, t, &draft, c->now) : "no such type";
        if (why)
            db_fail(db, DB_INVALID, why);
    }
}

static bool crm_begin(struct db *db, void *ctx)
{
    struct crm *c = ctx;
    arena_reset(c->work);
    c->again = db_get_int(db, 0, "SELECT 1 FROM settings WHERE name = 'bench'") == 1;
    if (c->again)
        return false;
    db_exec(db, "INSERT INTO settings (name, value) VALUES ('bench', ?1)",
            T(str_fmt(c->work, "%d", BENCH_GENERATOR)));
    struct act act = {.db = db, .arena = c->work, .at = c->now - YEARS, .quiet = true};
    for (int i = 0; i < STAFF_MADE; i++)
        c->staff[i] =
            bench_person(&act, name_person(c->work, &c->rand), str_fmt(c->work, "someone-%d", i),
                         i ? ROLE_STAFF : ROLE_ADMINISTRATOR);
    fields_add(c, db, "person");
    fields_add(c, db, "deal");
    return !db_failed(db);
}

/* ---- values ---- */

static uint64_t below(struct crm *c, uint64_t n)
{
    return rand_below(&c->rand, n);
}

static void set(struct record_values *e, const char *field, struct value v)
{
    const struct record_field *f = type_field(e->type, field);
    if (!f)
        die("there is no field \"%s\"", field);
    e->values[f->index] = v;
    e->given[f->index] = true;
}

static void set_text(struct record_values *e, const char *field, struct str text)
{
    set(e, field, (struct value){.s = text});
}

/* As people type it: several addresses, numbers, places. */
static void set_typed(struct crm *c, struct record_values *e, const char *field, struct str text)
{
    const struct record_field *f = type_field(e->type, field);
    struct value v = {.none = true};
    const char *why = f ? kind_parse(c->work, f, text, &v) : "is not there";
    if (why)
        die("field \"%s\" %s", field, why);
    set(e, field, v);
}

static void set_number(struct record_values *e, const char *field, int64_t n)
{
    set(e, field, (struct value){.i = n});
}

/* Many small ones, few large. */
static int64_t draw_amount(struct crm *c, double mean)
{
    return (int64_t)(-log(1 - rand_unit(&c->rand)) * mean) + 1;
}

static int64_t day(struct crm *c, int64_t around)
{
    return c->now / CLOCK_DAY - around + (int64_t)below(c, (uint64_t)around * 3 / 2);
}

static struct value own_value(struct crm *c, enum kind kind)
{
    switch (kind) {
    case KIND_TEXT: {
        struct out o;
        out_init(&o, 4096);
        words_title(c->words, &c->rand, &o);
        return (struct value){.s = out_take(&o, c->work)};
    }
    case KIND_MONEY:
        return (struct value){.i = draw_amount(c, 400000), .s = S("EUR")};
    case KIND_DATE:
        return (struct value){.i = day(c, 700)};
    case KIND_BOOL:
        return (struct value){.i = 1};
    case KIND_CHOICE:
        return (struct value){.s = str_of(levels[below(c, 4)])};
    case KIND_RATING:
        return (struct value){.i = 1 + (int64_t)below(c, 5)};
    case KIND_URL:
        return (struct value){
            .s = str_fmt(c->work, "https://example.org/" STR_FMT,
                         STR_ARG(word_at(c->words, 500 + (size_t)below(c, 9000))))};
    default:
        return (struct value){.i = draw_amount(c, 5000)};
    }
}

static void own_values(struct crm *c, struct record_values *e)
{
    for (size_t i = 0; i < CRM_FIELDS; i++) {
        uint64_t chance = dense(i) ? 100 : i == 4 ? 70 : 5;
        if (below(c, 100) < chance)
            set(e, c->own[i], own_value(c, measures[i % MEASURES].kind));
    }
}

/* ---- records, the nth of each stage ---- */

static struct act act_at(struct crm *c, struct db *db, int64_t n, int64_t all)
{
    int64_t at = c->now - YEARS + (int64_t)((double)YEARS * (double)n / (double)all);
    return (struct act){
        .db = db, .arena = c->work, .person_id = c->staff[n % STAFF_MADE], .at = at, .quiet = true};
}

static struct record_values *begin(struct crm *c, struct db *db, const char *type)
{
    return fields_new(c->work, catalog_type(db, str_of(type)));
}

static int64_t make(struct crm *c, const struct act *act, const struct record_values *e)
{
    (void)c;
    const struct record *r = fields_create(act, e);
    return r ? r->id : 0;
}

static void organisation_make(struct crm *c, struct db *db, int64_t n)
{
    static const char *const kinds[] = {
        "customer", "lead", "customer,partner", "lead", "supplier", "customer", "press", "other"};
    struct act act = act_at(c, db, n, c->o.organisations);
    struct record_values *e = begin(c, db, "organisation");
    set_text(e, "title", name_company(c->work, c->words, &c->rand));
    set_text(e, "kinds", str_of(kinds[below(c, 8)]));
    set_text(e, "website", str_fmt(c->work, "https://c%" PRId64 ".example", n));
    set_typed(c, e, "email", str_fmt(c->work, "office@c%" PRId64 ".example", n));
    set_typed(c, e, "phone", name_phone(c->work, &c->rand));
    set_text(e, "industry", name_trade(&c->rand));
    set_number(e, "employees", draw_amount(c, 120));
    if (n > 10 && below(c, 10) == 0)
        set_number(e, "parent", c->organisations[below(c, (uint64_t)n)]);
    if (below(c, 2))
        set_typed(c, e, "addresses", name_address(c->work, &c->rand));
    c->organisations[n] = make(c, &act, e);
}

/* The first tenth of the organisations has two fifths of the people and deals. */
static int64_t organisation_draw(struct crm *c)
{
    return (int64_t)((double)c->o.organisations * pow(rand_unit(&c->rand), 2.5));
}

static void person_make(struct crm *c, struct db *db, int64_t n)
{
    static const char *const stages[] = {"contact", "contact",  "contact", "lead",
                                         "lead",    "customer", "partner", "former"};
    struct act act = act_at(c, db, n, c->o.people);
    struct record_values *e = begin(c, db, "person");
    struct str name = name_person(c->work, &c->rand);
    int64_t company = organisation_draw(c);
    set_text(e, "title", name);
    set_text(e, "stage", str_of(stages[below(c, 8)]));
    set_typed(c, e, "email", name_email(c->work, name, n, company));
    set_text(e, "job", name_job(&c->rand));
    if (below(c, 10) < 7)
        set_number(e, "works_for", c->organisations[company]);
    struct str phone = below(c, 10) < 8 ? name_phone(c->work, &c->rand) : S("");
    if (phone.n && below(c, 3) == 0)
        phone = str_fmt(c->work, STR_FMT "\n" STR_FMT, STR_ARG(phone),
                        STR_ARG(name_phone(c->work, &c->rand)));
    if (phone.n)
        set_typed(c, e, "phone", phone);
    if (below(c, 10) < 3)
        set_typed(c, e, "addresses", name_address(c->work, &c->rand));
    if (below(c, 10) < 2)
        set_number(e, "birthday", 3650 + (int64_t)below(c, 12000));
    own_values(c, e);
    c->people[n] = make(c, &act, e);
    if (n % (c->o.people / PREFIXES + 1) == 0)
        c->prefixes[n / (c->o.people / PREFIXES + 1)] =
            str_dup(c->arena, str_first(name, 3 + (size_t)n % 4));
}

static void deal_make(struct crm *c, struct db *db, int64_t n)
{
    static const char *const stages[] = {"new", "new", "qualified", "proposal", "negotiation",
                                         "won", "won", "won",       "lost",     "lost"};
    static const char *const pipelines[] = {"sales", "sales", "sales", "renewal", "partner"};
    struct act act = act_at(c, db, n, c->o.deals);
    struct record_values *e = begin(c, db, "deal");
    const char *stage = stages[below(c, 10)];
    struct lead contact = {.id = c->people[below(c, (uint64_t)c->o.people)], .role = S("buyer")};
    set_text(e, "title", name_deal(c->work, c->words, &c->rand));
    set_text(e, "pipeline", str_of(pipelines[below(c, 5)]));
    set_text(e, "stage", str_of(stage));
    set_number(e, "organisation", c->organisations[organisation_draw(c)]);
    set(e, "amount", (struct value){.i = draw_amount(c, 1200000), .s = S("EUR")});
    set_number(e, "probability", 10 * (int64_t)below(c, 11));
    set_number(e, "close_on", day(c, 500));
    if (below(c, 3))
        set(e, "contacts", (struct value){.leads = &contact, .leads_n = 1});
    own_values(c, e);
    int64_t id = make(c, &act, e);
    if (n == c->o.deals / 2)
        c->deal = id;
}

/* Notes and tasks about the one deal, its organisation and the first person. */
static void entry_make(struct crm *c, struct db *db, int64_t n)
{
    bool task = n % 3 == 2;
    struct act act = act_at(c, db, n, ENTRIES);
    struct record_values *e = begin(c, db, task ? "task" : "note");
    struct lead with = {.id = c->people[0], .role = S("")};
    struct out o;
    out_init(&o, 1 << 16);
    words_text(c->words, &c->rand, 160, &o);
    set_text(e, "title", name_deal(c->work, c->words, &c->rand));
    set_text(e, "body", out_take(&o, c->work));
    set_number(e, "deal", c->deal);
    set_number(e, "organisation", c->organisations[0]);
    if (task) {
        set_text(e, "status", S("open"));
        set_number(e, "due_on", day(c, 60));
        set_number(e, "person", c->people[0]);
    } else {
        set_text(e, "kind", S("call"));
        set_number(e, "happened_at", act.at);
        set(e, "people", (struct value){.leads = &with, .leads_n = 1});
    }
    make(c, &act, e);
}

/* ---- stages ---- */

struct stage {
    struct crm *crm;
    int64_t n;
    void (*make)(struct crm *c, struct db *db, int64_t n);
};

static bool stage_batch(struct db *db, void *ctx)
{
    struct stage *s = ctx;
    struct crm *c = s->crm;
    int64_t end = c->done + BATCH < s->n ? c->done + BATCH : s->n;
    c->rand = c->kept_rand;
    db_gather(db, GATHERED);
    for (int64_t i = c->done; i < end && !db_failed(db); i++) {
        arena_reset(c->work);
        s->make(c, db, i);
    }
    db_gather_end(db);
    return !db_failed(db);
}

static bool stage_fill(struct crm *c, struct store *store, int64_t n,
                       void (*fn)(struct crm *c, struct db *db, int64_t n))
{
    struct stage s = {c, n, fn};
    bool ok = true;
    for (c->done = 0; ok && c->done < n; c->done += BATCH) {
        c->kept_rand = c->rand;
        ok = store_run(store, STORE_WRITE, stage_batch, &s);
    }
    return ok;
}

/* As a hub is at rest: who is there twice has been looked for, which takes a core some minutes and
 * would be counted as the pages'. */
static bool walked(struct db *db, void *ctx)
{
    (void)ctx;
    db_exec(db, "UPDATE duplicate_walks SET activity_id = (SELECT MAX(id) FROM activities)");
    return !db_failed(db);
}

static bool tidy(struct db *db, void *ctx)
{
    *(bool *)ctx = search_tidy(db);
    return !db_failed(db);
}

static void facts_write(const struct crm *c, struct out *facts)
{
    struct json j = json_to(facts);
    json_open(&j, '{');
    json_kint(&j, "generator", BENCH_GENERATOR);
    json_kint(&j, "contacts", c->o.people);
    json_kint(&j, "organisations", c->o.organisations);
    json_kint(&j, "deals", c->o.deals);
    json_kint(&j, "fields", CRM_FIELDS);
    json_kint(&j, "entries", ENTRIES);
    json_kstr(&j, "author", S("someone-1"));
    json_kstr(&j, "admin", S("someone-0"));
    json_kint(&j, "deal", c->deal);
    json_kint(&j, "person", c->people[0]);
    json_kint(&j, "organisation", c->organisations[0]);
    json_key(&j, "prefixes");
    json_open(&j, '[');
    for (int i = 0; i < PREFIXES && c->prefixes[i].n; i++)
        json_str(&j, c->prefixes[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}

bool bench_crm(struct store *store, const struct crm_options *options, struct out *facts,
               struct str *why)
{
    struct crm c = {.o = *options, .arena = arena_new(MEMORY), .work = arena_new(MEMORY)};
    c.now = clock_now();
    c.words = words_make(c.arena);
    c.rand.state = c.kept_rand.state = c.o.seed;
    c.people = arena_array(c.arena, int64_t, (size_t)c.o.people);
    c.organisations = arena_array(c.arena, int64_t, (size_t)c.o.organisations);
    bool done = store_run(store, STORE_WRITE, crm_begin, &c) &&
                stage_fill(&c, store, c.o.organisations, organisation_make) &&
                stage_fill(&c, store, c.o.people, person_make) &&
                stage_fill(&c, store, c.o.deals, deal_make) &&
                stage_fill(&c, store, ENTRIES, entry_make) &&
                store_run(store, STORE_WRITE, walked, NULL);
    for (bool more = true; done && more;) /* as a hub is at rest */
        done = store_run(store, STORE_WRITE, tidy, &more);
    if (done)
        facts_write(&c, facts);
    else
        *why = c.again ? S("this hub has been filled before") : S("the database refused");
    arena_free(c.work);
    arena_free(c.arena);
    return done;
}
