/* people.c: profiles: who somebody is, what they did as far as the viewer may see it. */
#include "features/people/people.h"

#include "core/clock.h"
#include "db/gather.h"
#include "http/feature.h"
#include "http/live.h"
#include "http/session.h"
#include "record/duplicates.h"
#include "record/follows.h"
#include "record/formulas.h"
#include "record/merge.h"
#include "views/people/edit.h"
#include "views/people/show.h"

enum { TIMELINE = 30, HANDLE_MAX = 39 };

static int people_show(struct req *rq, struct record *r);
static int people_edit(struct req *rq);
static int people_update(struct req *rq);
static int roles_update(struct req *rq);
static int locks_create(struct req *rq);
static int locks_destroy(struct req *rq);

static const char *const audiences[] = {"public", "members", "staff", "private", NULL};

static const struct form_rule profile_rules[] = {
    {"name", .label = "Name", .required = true, .max = 80},
    {"handle", .label = "Handle", .required = true, .max = HANDLE_MAX},
    {"about", .label = "About you", .lines = true, .max = 2000},
    {"place", .label = "Place", .max = 80},
    {"organisation", .label = "Organisation", .max = 80},
    {"website", .label = "Website", .max = 200},
    {"about_for", .label = "Who sees it", .choices = audiences},
    {"place_for", .label = "Who sees it", .choices = audiences},
    {"organisation_for", .label = "Who sees it", .choices = audiences},
    {"website_for", .label = "Who sees it", .choices = audiences},
    {"email_for", .label = "Who sees it", .choices = audiences},
    {0},
};

static const char *const roles[] = {"member", "staff", "administrator", NULL};

static const struct form_rule role_rules[] = {
    {"role", .label = "Role", .required = true, .choices = roles},
    {0},
};

static const struct part about_parts[] = {PART(MAYBE, "about", struct person, about), {0}};

/* What is told besides the fields. */
static const struct part person_parts[] = {
    PART_HERE(struct person_page, person, about_parts),
    PART(INT, "ideas", struct person_page, ideas),
    PART(INT, "topics", struct person_page, topics),
    PART(INT, "answers", struct person_page, answers),
    PART(INT, "comments", struct person_page, comments),
    PART_HERE(struct person_page, timeline, timeline_parts),
    {0},
};

static const struct route routes[] = {
    {GET, "/people/:id/edit", people_edit, MEMBER, .flags = ROUTE_NAMED,
     .help = "form for the own profile"},
    {PATCH, "/people/:id", people_update, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_NAMED,
     .form = profile_rules, .answers = entry_answer,
     .help = "change the own profile; staff: fields"},
    {PUT, "/people/:id/role", roles_update, ADMINISTRATOR, .flags = ROUTE_NAMED, .form = role_rules,
     .answers = entry_answer, .help = "make someone member, staff or administrator"},
    {POST, "/people/:id/lock", locks_create, ADMINISTRATOR, .flags = ROUTE_NAMED,
     .answers = entry_answer, .help = "lock an account and end all that it has open"},
    {DELETE, "/people/:id/lock", locks_destroy, ADMINISTRATOR, .flags = ROUTE_NAMED,
     .answers = entry_answer, .help = "let someone sign in again"},
    {0},
};

static size_t person_row(const struct act *act, const struct record *r, struct db_arg *args);
static void people_expect(struct db *db, struct arena *a, const struct str *titles, size_t n);
static void person_renamed(const struct act *act, const struct record *r);

static const struct field_choice stages[] = {
    {"contact", "Contact", "grey"},
    {"lead", "Lead", "honey"},
    {"customer", "Customer", "green"},
    {"partner", "Partner", "blue"},
    {"press", "Press", "violet"},
    {"former", "Former customer", "rose"},
    {0},
};

/* RULE 2: what a person says of themselves, for each class of those who ask. */
#define TOLD(before, audience, after)                                                              \
    {                                                                                              \
        before audience " = 0" after, before "(" audience " <= 1 OR t.id = ?1)" after,             \
            before "(" audience " <= 4 OR t.id = ?1)" after, before "1 = 1" after                  \
    }
#define SAID(of) TOLD("(CASE WHEN ", "t." of "_for", " THEN NULLIF(t." of ", '') END)")
static const char *const place_told[] = SAID("place");
static const char *const organisation_told[] = SAID("organisation");
static const char *const website_told[] = SAID("website");
static const char *const account_told[] =
    TOLD("(CASE WHEN ", "t.email_for",
         " THEN (SELECT c.email FROM accounts c WHERE c.person_id = t.id) END)");

/* Besides that, what staff know of them. */
#define REACH "How to reach them"
static const struct record_field fields[] = {
    {"title", "Name", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     .column = "r.title"},
    {"handle", "Handle", KIND_TEXT, FIELD_FIXED | FIELD_LISTED | FIELD_CARD, .column = "(t.handle)",
     .as = "handle"},
    {"staff", "Staff", KIND_BOOL, FIELD_FIXED | FIELD_CARD,
     .column = "(CASE WHEN t.staff <> 0 THEN 1 END)"},
    {"photo", "Photo", KIND_PHOTO, FIELD_FIXED},
    {"place", "Place", KIND_TEXT, FIELD_FIXED | FIELD_CARD, .told = place_told},
    {"organisation", "Organisation", KIND_TEXT, FIELD_FIXED | FIELD_CARD,
     .told = organisation_told},
    {"website", "Website", KIND_URL, FIELD_FIXED, .told = website_told},
    {"account_email", "E-mail of the account", KIND_EMAIL, FIELD_FIXED, .told = account_told},
    {"names", "Name in parts", KIND_TEXT, FIELD_STAFF, .as = "names",
     .help = "Family name; given name; further ones; what stands before; what stands behind"},
    {"stage", "Relationship", KIND_CHOICE, FIELD_STAFF | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .choices = stages},
    {"works_for", "Works for", KIND_REF, FIELD_STAFF | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .target = "organisation", .as = "org"},
    {"job", "Job title", KIND_TEXT, FIELD_STAFF | FIELD_CARD | FIELD_INDEXED, .as = "job"},
    {"email", "E-mail", KIND_EMAILS, FIELD_STAFF | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .section = REACH},
    {"phone", "Phone", KIND_PHONES, FIELD_STAFF | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .section = REACH},
    {"addresses", "Addresses", KIND_ADDRESSES, FIELD_STAFF, .section = REACH},
    {"birthday", "Birthday", KIND_DATE, FIELD_STAFF | FIELD_INDEXED, .as = "birthday"},
    {"source", "Where from", KIND_TEXT, FIELD_STAFF | FIELD_INDEXED},
    {"owner", "Looked after by", KIND_PERSON, FIELD_STAFF | FIELD_LISTED | FIELD_CARD,
     .column = "r.owner_id"},
    {"tags", "Tags", KIND_TAGS, FIELD_STAFF, .column = "r.tags"},
    {"created_at", "Joined", KIND_TIME, FIELD_FIXED | FIELD_LISTED | FIELD_INDEXED,
     .column = "r.created_at"},
    {"updated_at", "Changed", KIND_TIME, FIELD_FIXED | FIELD_STAFF, .column = "r.updated_at"},
    {0},
};

static int64_t person_named(struct db *db, struct arena *a, struct str name);

static const struct record_type person_type = {
    .name = "person",
    .noun = "Person",
    .plural = "people",
    .label = "People",
    .lead = "Customers, partners and staff, in one place.",
    .icon = "#i-user",
    .fields = fields,
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
    .made = "handle, name",
    .make = person_row,
    .expect = people_expect,
    .itself = true, /* who is made by staff: with an account they see themselves */
    .renamed = person_renamed,
    .alike = ALIKE_PERSONS,
    .faces = true,
    .inner = true,
    .named = person_named,
    .show = people_show,
    .more = person_parts,
};

static const struct record_type *const types[] = {&person_type, NULL};

static const struct menu_entry menu[] = {
    {"People", "/people", "#i-users", 50, ANYONE},
    {"Your profile", "/people/:me", "#i-user-round", 10, MEMBER, MENU_USER},
    {0},
};

const struct feature people_feature = {
    .name = "people", .routes = routes, .types = types, .menu = menu};

/* ---- handles ---- */

static const char *const reserved[] = {"new",      "edit",  "me",   "admin",  "skep", "all",
                                       "everyone", "staff", "root", "system", NULL};

bool handle_valid(struct str h)
{
    if (!h.n || h.n > HANDLE_MAX || h.p[0] < 'a' || h.p[0] > 'z')
        return false;
    for (size_t i = 0; i < h.n; i++) {
        char c = h.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    for (const char *const *r = reserved; *r; r++)
        if (str_is(h, *r))
            return false;
    return h.p[h.n - 1] != '-';
}

static struct str handle_wished(struct arena *a, struct str wish)
{
    struct str base = str_slug(a, wish, 30);
    return base.n && base.p[0] >= 'a' && base.p[0] <= 'z'
               ? base
               : str_fmt(a, base.n ? "u-" STR_FMT : "someone" STR_FMT,
                         STR_ARG(str_first(base, 28)));
}

static bool handle_taken(struct db *db, struct str handle)
{
    if (db_lacks(db, "people", "handle", T(handle)))
        return false;
    db_gather_on(db, "people", "handle", T(handle));
    return db_get_int(db, 0, "SELECT 1 FROM people WHERE handle = ?1", T(handle));
}

struct str handle_free(struct db *db, struct arena *a, struct str wish)
{
    struct str base = handle_wished(a, wish), handle = base;
    /* Numbers that double find a free one in a few steps even below a popular name. */
    for (int64_t n = 2; !handle_valid(handle) || handle_taken(db, handle);
         n = n < 32 ? n + 1 : n * 2 + 1) {
        if (db_failed(db))
            break;
        handle = str_fmt(a, STR_FMT "-%lld", STR_ARG(base), (long long)n);
    }
    db_comes(db, "people", "handle", T(handle));
    return handle;
}

static void people_expect(struct db *db, struct arena *a, const struct str *titles, size_t n)
{
    struct db_arg *handles = arena_array(a, struct db_arg, n);
    for (size_t i = 0; i < n; i++)
        handles[i] = T(handle_wished(a, titles[i]));
    db_expect(db, "people", "handle", handles, n);
}

int64_t person_create(const struct act *act, struct str name, struct str wish, struct str about)
{
    struct str handle = handle_free(act->db, act->arena, wish.n ? wish : name);
    struct act silent = *act;
    silent.quiet = true;
    int64_t id = record_create(
        &silent, &(struct record_draft){.type = "person", .title = name, .source = about});
    db_exec(act->db, "INSERT INTO people (id, handle, name) VALUES (?1, ?2, ?3)", I(id), T(handle),
            T(name));
    db_exec(act->db, "UPDATE records SET author_id = ?1 WHERE id = ?1", I(id));
    record_compute(act->db, act->arena, id);
    alike_keys_end(act->db, act->arena, &(struct alike_keys){.id = id});
    return db_failed(act->db) ? 0 : id;
}

static size_t person_row(const struct act *act, const struct record *r, struct db_arg *args)
{
    args[0] = T(handle_free(act->db, act->arena, r->title));
    args[1] = T(r->title);
    return 2;
}

static void person_renamed(const struct act *act, const struct record *r)
{
    db_exec(act->db, "UPDATE people SET name = ?2 WHERE id = ?1", I(r->id), T(r->title));
    int64_t about = db_get_int(act->db, AUDIENCE_PUBLIC,
                               "SELECT about_for FROM people WHERE id = ?1", I(r->id));
    record_set_quotable(act, r, about == AUDIENCE_PUBLIC); /* RULE 2 */
}

/* ---- profile ---- */

static int64_t person_named(struct db *db, struct arena *a, struct str name)
{
    return db_get_int(db, 0, "SELECT id FROM people WHERE handle = ?1", T(str_lower(a, name)));
}

/* Who the address names, if the viewer may see them. */
static struct record *person_here(struct req *rq)
{
    return entry_here(rq, catalog_type(rq->db, S("person")), RIGHT_READ);
}

static struct str person_path(struct req *rq, const struct person *p)
{
    return str_fmt(rq->arena, "/people/" STR_FMT, STR_ARG(p->handle));
}

static bool person_read(struct req *rq, int64_t id, struct person *p)
{
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(
                     PERSON_ROW) " FROM people p"
                                 " JOIN records r ON r.id = p.id"
                                 " LEFT JOIN accounts c ON c.person_id = p.id WHERE p.id = ?1",
                 I(id));
    bool found = db_next(&q);
    if (found)
        person_decode(p, &q, 0, rq->arena);
    db_done(&q);
    return found;
}

/* RULE 2: whether what is for that audience is shown to this viewer. */
static bool field_shown(const struct viewer *viewer, const struct person *p, int64_t audience)
{
    if (viewer->id == p->id || viewer->role >= ROLE_ADMINISTRATOR)
        return true;
    switch (audience) {
    case AUDIENCE_PUBLIC:
        return true;
    case AUDIENCE_MEMBERS:
        return viewer->id != 0;
    case AUDIENCE_STAFF:
        return viewer->role >= ROLE_STAFF;
    default:
        return false;
    }
}

/* How much of each kind they wrote, as far as the viewer may see it; counting stops at 1,000. */
static int64_t count_of(struct req *rq, int64_t person, const char *type)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT COUNT(*) FROM (SELECT 1 FROM records r WHERE r.author_id = ?2"
                    " AND r.type = ?3 AND r.deleted_at IS NULL AND ",
                    " LIMIT 1000) AS t");
    return db_get_int(rq->db, 0, access_text(rq->db, rq->arena, &rq->viewer, sql), I(rq->viewer.id),
                      I(person), Z(type));
}

static int people_show(struct req *rq, struct record *r)
{
    struct person_page *v = arena_make(rq->arena, struct person_page);
    if (!person_read(rq, r->id, &v->person))
        return not_found(rq);
    v->path = person_path(rq, &v->person);
    if (rq->face == FACE_PAGE && !str_eq(rq->path, v->path))
        return redirect(rq, STR_FMT, STR_ARG(v->path));
    if (!field_shown(&rq->viewer, &v->person, v->person.about_for))
        v->person.about = S("");
    v->own = rq->viewer.id == r->id;
    v->may_set_role = rq->viewer.role >= ROLE_ADMINISTRATOR && !v->own && v->person.has_account &&
                      v->person.role < ROLE_OWNER;
    v->level = rq->viewer.id ? follow_level(rq->db, r->id, rq->viewer.id) : LEVEL_NONE;
    if (face_shows(rq->face))
        v->known = entry_page_of(rq, entries_type(rq), r);
    v->ideas = count_of(rq, r->id, "idea");
    v->topics = count_of(rq, r->id, "topic");
    v->answers = count_of(rq, r->id, "answer");
    v->comments = count_of(rq, r->id, "comment");
    timeline_read(rq,
                  &(struct timeline_query){
                      .actor_id = r->id, .after = req_query(rq, "after"), .limit = TIMELINE},
                  &v->timeline);
    if (rq->face == FACE_JSON)
        return entry_tell(rq, r, v, v->timeline.next);
    return answer(rq,
                  &(struct answer){.title = v->person.name,
                                   .page = people_show_view,
                                   .feed = timeline_feed(rq, &v->timeline, v->person.name, v->path),
                                   .section = "/people",
                                   .data = v});
}

/* After a change. */
static int person_changed(struct req *rq, struct record *r, struct person *p)
{
    person_read(rq, r->id, p);
    struct answer told = entry_told(rq, catalog_type(rq->db, r->type), r, NULL, S(""));
    return told.data ? answer_updated(rq, person_path(rq, p), &told) : refuse(rq, 500, NULL);
}

/* ---- the own profile ---- */

static struct person_form *profile_form(struct req *rq, struct record *r)
{
    struct person_form *v = arena_make(rq->arena, struct person_form);
    struct person *p = &v->person;
    if (!person_read(rq, r->id, p))
        return NULL;
    form_init(profile_rules, &v->form);
    const struct param values[] = {
        {S("name"), p->name},
        {S("handle"), p->handle},
        {S("about"), record_text(rq->db, rq->arena, r->id).source},
        {S("place"), p->place},
        {S("organisation"), p->organisation},
        {S("website"), p->website},
        {S("about_for"), audience_name(p->about_for)},
        {S("place_for"), audience_name(p->place_for)},
        {S("organisation_for"), audience_name(p->organisation_for)},
        {S("website_for"), audience_name(p->website_for)},
        {S("email_for"), audience_name(p->email_for)},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        form_set(&v->form, values[i].name.p, values[i].value);
    return v;
}

static struct answer profile_page(const struct person_form *v)
{
    return (struct answer){
        .title = S("Your profile"), .page = people_edit_view, .width = PAGE_NARROW, .data = v};
}

/* Only one's own; administrators may mend others'. */
static struct record *profile_here(struct req *rq)
{
    struct record *r = person_here(rq);
    return r && (r->id == rq->viewer.id || rq->viewer.role >= ROLE_ADMINISTRATOR) ? r : NULL;
}

static int people_edit(struct req *rq)
{
    struct record *r = profile_here(rq);
    struct person_form *v = r ? profile_form(rq, r) : NULL;
    if (!v && rq->viewer.role >= ROLE_STAFF)
        return entries_edit(rq); /* what staff know of them */
    if (!v)
        return not_found(rq);
    struct answer page = profile_page(v);
    return answer(rq, &page);
}

static int64_t audience_given(const struct form *form, const char *name, int64_t now)
{
    int audience = audience_of(form_get(form, name));
    return audience < 0 ? now : audience;
}

static void profile_check(struct req *rq, struct form *form, const struct person *p)
{
    struct str handle = form_get(form, "handle"), website = form_get(form, "website");
    if (!handle_valid(handle))
        form_fail(form, "handle", "A handle begins with a letter and has only a-z, 0-9, - and _.");
    else if (!str_eq(handle, p->handle) &&
             db_get_int(rq->db, 0, "SELECT 1 FROM people WHERE handle = ?1", T(handle)))
        form_fail(form, "handle", "Somebody else has this handle.");
    if (website.n && !str_starts(website, S("https://")) && !str_starts(website, S("http://")))
        form_fail(form, "website", "A website begins with https:// or http://.");
}

static void profile_save(struct req *rq, struct record *r, const struct person *p,
                         const struct form *form)
{
    struct act act = act_of(rq);
    record_update(
        &act, r,
        &(struct record_edit){.title = form_get(form, "name"), .source = form_get(form, "about")});
    db_exec(rq->db,
            "UPDATE people SET handle = ?2, name = ?3, place = ?4, organisation = ?5, website = ?6,"
            " about_for = ?7, place_for = ?8, organisation_for = ?9, website_for = ?10,"
            " email_for = ?11 WHERE id = ?1",
            I(p->id), T(form_get(form, "handle")), T(form_get(form, "name")),
            T(form_get(form, "place")), T(form_get(form, "organisation")),
            T(form_get(form, "website")), I(audience_given(form, "about_for", p->about_for)),
            I(audience_given(form, "place_for", p->place_for)),
            I(audience_given(form, "organisation_for", p->organisation_for)),
            I(audience_given(form, "website_for", p->website_for)),
            I(audience_given(form, "email_for", p->email_for)));
    /* RULE 2: neither the search nor a timeline quotes what only some may read. */
    record_set_quotable(&act, r,
                        audience_given(form, "about_for", p->about_for) == AUDIENCE_PUBLIC);
}

/* Whether anything of the profile is sent, not fields of the type. */
static bool profile_sent(struct req *rq)
{
    for (int i = 0; profile_rules[i].name; i++)
        if (req_has_field(rq, profile_rules[i].name))
            return true;
    return false;
}

static int people_update(struct req *rq)
{
    if (!profile_sent(rq))
        return entries_patch(rq);
    struct record *r = profile_here(rq);
    struct person_form *v = r ? profile_form(rq, r) : NULL;
    if (!v)
        return not_found(rq);
    struct form sent;
    form_read(rq, profile_rules, &sent);
    sent.ok = !sent.whole_error;
    for (int i = 0; profile_rules[i].name; i++) { /* what was not sent stays as it is */
        if (!sent.given[i])
            sent.values[i] = v->form.values[i], sent.errors[i] = NULL;
        sent.ok = sent.ok && !sent.errors[i];
    }
    v->form = sent;
    profile_check(rq, &v->form, &v->person);
    struct answer page = profile_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    profile_save(rq, r, &v->person, &v->form);
    return person_changed(rq, r, &v->person);
}

/* ---- roles ---- */

static int roles_update(struct req *rq)
{
    struct record *r = person_here(rq);
    struct person p;
    struct form form;
    if (!r || !person_read(rq, r->id, &p) || !p.has_account)
        return not_found(rq);
    if (p.role >= ROLE_OWNER || r->id == rq->viewer.id)
        return refuse(rq, 403, "The owner's role and your own cannot be changed here.");
    if (!form_read(rq, role_rules, &form))
        return form_refuse(rq, &form);
    int64_t role = ROLE_MEMBER;
    while (!str_is(form_get(&form, "role"), roles[role - ROLE_MEMBER]))
        role++;
    db_exec(rq->db, "UPDATE accounts SET role = ?2 WHERE person_id = ?1", I(r->id), I(role));
    live_cut_put(rq->db, &(struct live_cut){.person_id = r->id});
    db_exec(rq->db, "UPDATE people SET staff = ?2 WHERE id = ?1", I(r->id), I(role >= ROLE_STAFF));
    struct act act = act_of(rq);
    act_log(&act, VERB_UPDATE, r, form_get(&form, "role"));
    return person_changed(rq, r, &p);
}

/* ---- locks ---- */

/* RULE 3 */
static int lock_set(struct req *rq, bool locked)
{
    struct record *r = person_here(rq);
    struct person p;
    if (!r || !person_read(rq, r->id, &p) || !p.has_account)
        return not_found(rq);
    if (p.role >= ROLE_OWNER || r->id == rq->viewer.id)
        return refuse(rq, 403, "The owner's account and your own cannot be locked.");
    if (locked != (p.locked != 0)) {
        db_exec(rq->db, "UPDATE accounts SET disabled_at = ?2 WHERE person_id = ?1", I(r->id),
                REF(locked ? rq->now : 0));
        struct act act = act_of(rq);
        act_log(&act, VERB_UPDATE, r, locked ? S("locked") : S("unlocked"));
    }
    if (locked) {
        sessions_end_all(rq, r->id);
        tokens_revoke_all(rq->db, r->id);
    }
    flash(rq, locked ? "The account is locked, and signed out everywhere."
                     : "The account can be signed in to again.");
    return person_changed(rq, r, &p);
}

static int locks_create(struct req *rq)
{
    return lock_set(rq, true);
}

static int locks_destroy(struct req *rq)
{
    return lock_set(rq, false);
}
