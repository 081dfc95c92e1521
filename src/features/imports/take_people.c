/* take_people.c: Users.xml, and people of whom there is a number only.
 *
 * A person here is a record with a row in people and an identity "site/number"; nobody gets an
 * account. Whoever is named by a number that Users.xml does not hold becomes "user123", as Stack
 * Exchange writes it; when a later run brings the row, name and text follow.
 */
#include "features/imports/take.h"

#include "features/people/people.h"
#include "record/duplicates.h"
#include "record/formulas.h"
#include "record/origins.h"
#include "text/exchange.h"

enum { NAME_POINTS = 80 };

static struct str address_of(struct take *t, struct str number)
{
    return str_fmt(t->arena, STR_FMT "/" STR_FMT, STR_ARG(t->im->site), STR_ARG(number));
}

static int64_t identity_find(struct take *t, struct str number)
{
    return db_get_int(
        t->db, 0, "SELECT person_id FROM identities WHERE kind = 'stackexchange' AND address = ?1",
        T(address_of(t, number)));
}

struct profile {
    struct str name, about, place, website;
};

/* Names without a Latin letter give no handle: then it is the number's. */
static struct str handle_of(struct take *t, struct str name, struct str number)
{
    struct str slug = str_slug(t->arena, name, 30);
    struct str wish = slug.n ? slug : str_fmt(t->arena, "user" STR_FMT, STR_ARG(number));
    return handle_free(t->db, t->arena, wish);
}

static int64_t person_make(struct take *t, struct str number, const struct profile *p, int64_t at)
{
    struct act act = act_at(t, 0, at);
    int64_t id = record_create(
        &act, &(struct record_draft){
                  .type = "person", .title = p->name, .format = S("html"), .source = p->about});
    db_exec(t->db, "UPDATE records SET author_id = id WHERE id = ?1", I(id));
    db_exec(t->db,
            "INSERT INTO people (id, handle, name, place, website) VALUES (?1, ?2, ?3, ?4, ?5)",
            I(id), T(handle_of(t, p->name, number)), T(p->name), T(p->place), T(p->website));
    record_compute(t->db, t->arena, id);
    alike_keys_end(t->db, t->arena, &(struct alike_keys){.id = id});
    db_exec(t->db,
            "INSERT INTO identities (person_id, kind, address) VALUES (?1, 'stackexchange', ?2)",
            I(id), T(address_of(t, number)));
    origin_put(t->db, id,
               &(struct origin){.record_id = id,
                                .url = origin_url(t, "users", number),
                                .author = p->name,
                                .author_url = origin_url(t, "users", number),
                                .licence = S("")});
    return id;
}

static void join_space(struct take *t, int64_t id, int64_t at)
{
    db_exec(t->db,
            "INSERT INTO memberships (space_id, person_id, role, at) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT DO NOTHING",
            I(t->im->space_id), I(id), I(MEMBERSHIP_MEMBER), I(at));
}

int64_t person_of(struct take *t, struct str number, int64_t at)
{
    int64_t n;
    if (!number.n || !str_int(number, &n))
        return 0;
    int64_t id = identity_find(t, number);
    if (id)
        return id;
    struct str name = str_fmt(t->arena, "user" STR_FMT, STR_ARG(number));
    id = person_make(t, number, &(struct profile){name, S(""), S(""), S("")}, at);
    note_put(t, "missing", number, id);
    join_space(t, id, at);
    t->taken[TAKEN_MISSING]++;
    return id;
}

static struct profile profile_of(struct take *t, const struct dump_row *row, struct str number)
{
    struct str name = str_trim(row_text(row, "DisplayName")),
               web = str_trim(row_text(row, "WebsiteUrl"));
    if (!str_starts(web, S("http://")) && !str_starts(web, S("https://")))
        web = S("");
    if (!name.n)
        name = str_fmt(t->arena, "user" STR_FMT, STR_ARG(number));
    return (struct profile){
        .name = utf8_first(name, NAME_POINTS),
        .about = post_html(t->arena, row_text(row, "AboutMe"), t->im->site),
        .place = str_trim(row_text(row, "Location")),
        .website = web,
    };
}

/* Who was known by number only has a name now. */
static void person_fill(struct take *t, int64_t id, struct str number, const struct profile *p,
                        int64_t at)
{
    struct act act = act_at(t, id, at);
    struct record *r = record_load(t->db, t->arena, id);
    if (!r)
        return;
    record_update(&act, r, &(struct record_edit){.title = p->name, .source = p->about});
    db_exec(t->db, "UPDATE people SET name = ?2, place = ?3, website = ?4 WHERE id = ?1", I(id),
            T(p->name), T(p->place), T(p->website));
    db_exec(t->db, "UPDATE people SET handle = ?2 WHERE id = ?1", I(id),
            T(handle_of(t, p->name, number)));
    note_remove(t, "missing", number);
}

void take_user(struct take *t, const struct dump_row *row)
{
    struct str number = row_text(row, "Id");
    int64_t n, at;
    if (!row_int(row, "Id", &n))
        return refuse_row(t, row, "Id is missing or no number");
    if (!row_time(row, "CreationDate", &at))
        return refuse_row(t, row, "CreationDate is missing or no time");
    if (note_find(t, "user", number)) {
        t->before++;
        return;
    }
    struct profile profile = profile_of(t, row, number);
    int64_t id = identity_find(t, number);
    bool ours = !id || note_find(t, "missing", number);
    if (!id)
        id = person_make(t, number, &profile, at);
    else if (ours)
        person_fill(t, id, number, &profile, at);
    if (ours)
        note_put(t, "user", number, id);
    join_space(t, id, at);
    t->taken[TAKEN_PEOPLE]++;
}

void take_badge(struct take *t, const struct dump_row *row)
{
    (void)row;
    t->badges++;
}
