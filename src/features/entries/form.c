/* form.c: making and changing a record by the fields of its type; see entries.h. */
#include "features/entries/entries.h"

#include "record/depends.h"
#include "record/duplicates.h"
#include "record/reach.h"
#include "views/entries/cell.h"
#include "views/entries/form.h"

enum { SPACES = 50, LEAD_TRIES = 20, NEAR = 5 };

/* ---- what leads to a record: RULE 5 ---- */

/* "12", "#12", "Ada Lovelace (#12)", "@ada"; 0: it is a name. */
static int64_t lead_number(struct req *rq, const char *type, struct str text)
{
    int64_t id = 0;
    ptrdiff_t open = str_find_str(text, S("(#"));
    if (str_starts(text, S("@")) && strcmp(type, "person") == 0)
        return db_get_int(rq->db, 0, "SELECT id FROM people WHERE handle = ?1",
                          T(str_lower(rq->arena, str_from(text, 1))));
    if (open >= 0 && str_ends(text, S(")")))
        text = str_make(text.p + open + 2, text.n - (size_t)open - 3);
    else if (str_starts(text, S("#")))
        text = str_from(text, 1);
    return str_int(text, &id) && id > 0 ? id : 0;
}

/* By the whole name, else by how it begins. 0 and words: none, or several. */
int64_t lead_find(struct req *rq, const struct record_field *f, struct str text, const char **why)
{
    const char *type = f->result == KIND_PERSON ? "person" : f->target;
    int64_t id = lead_number(rq, type, text);
    if (id)
        return id;
    struct lead found[LEAD_TRIES];
    struct str key = words_folded(rq->arena, text, 80);
    size_t n = titles_find(rq, type, text, found, LEAD_TRIES), same = 0;
    for (size_t i = 0; i < n; i++)
        if (str_eq(words_folded(rq->arena, found[i].title, 80), key)) {
            id = found[i].id;
            same++;
        }
    if (same == 1 || n == 1)
        return same ? id : found[0].id;
    *why = n ? "has several of that name: choose one" : "has none of that name";
    return 0;
}

int64_t person_asked(struct req *rq, const struct form *form, const char **why)
{
    static const struct record_field person = {"person", "Person", KIND_PERSON, 0,
                                               .result = KIND_PERSON};
    struct str given = form_get(form, "person"), text = form_get(form, "person_text");
    given = given.n ? given : text;
    int64_t id = given.n ? lead_find(rq, &person, given, why) : 0;
    if (!given.n)
        *why = "Say who.";
    else if (!id && *why)
        *why = str_fmt(rq->arena, "The hub %s.", *why).p;
    else if (!record_access_type(rq, id, "person", RIGHT_READ))
        *why = "There is nobody with this name.";
    return *why ? 0 : id;
}

/* Names become numbers; roles stay. */
struct str leads_resolve(struct req *rq, const struct record_field *f, struct str text,
                         const char **why)
{
    struct out o;
    out_init(&o, 64 * 1024);
    bool lines = str_find(text, '\n') >= 0 || str_find_str(text, S("(#")) >= 0;
    struct str one;
    while (!*why && str_split(&text, lines || f->result != KIND_REFS ? '\n' : ',', &one)) {
        one = str_trim(one);
        ptrdiff_t colon = str_find(one, ':');
        struct str role = colon < 0 ? S("") : str_trim(str_from(one, (size_t)colon + 1));
        struct str name = colon < 0 ? one : str_trim(str_first(one, (size_t)colon));
        if (!name.n)
            continue;
        int64_t id = lead_find(rq, f, name, why);
        if (id)
            *why = NULL;
        out_fmt(&o, "%s%lld%s" STR_FMT, o.n ? "," : "", (long long)id, role.n ? ":" : "",
                STR_ARG(role));
    }
    return out_take(&o, rq->arena);
}

/* ---- reading ---- */

static bool is_others(struct str name)
{
    static const char *const others[] = {"_csrf",    "_method", "anyway", "back",  "note",
                                         "revision", "space",   "before", "after", NULL};
    for (const char *const *o = others; *o; o++)
        if (str_is(name, *o))
            return true;
    return false;
}

/* A combobox sends the chosen as `name`, what is typed as `name_text`. */
static const struct record_field *field_named(const struct record_type *t, struct str name)
{
    const struct record_field *f = type_field_str(t, name);
    if (!f && str_ends(name, S("_text")))
        f = type_field_str(t, str_first(name, name.n - 5));
    return f;
}

static void text_take(struct req *rq, struct entry_form *v, struct record_values *e,
                      const struct record_field *f, struct str text)
{
    struct str *have = &v->texts[f->index];
    text = str_trim(text);
    bool lines = (kind_info(f->result)->can & KIND_LEADS) || kind_reaches(f->result);
    const char *between = lines ? "\n" : ",";
    if (!e->given[f->index])
        *have = text;
    else if (text.n)
        *have = have->n ? str_fmt(rq->arena, STR_FMT "%s" STR_FMT, STR_ARG(*have), between,
                                  STR_ARG(text))
                        : text;
    e->given[f->index] = true;
}

static void value_take(struct req *rq, struct entry_form *v, struct record_values *e,
                       const struct record_field *f)
{
    struct str text =
        rq->face == FACE_JSON ? kind_unwrap(rq->arena, f, v->texts[f->index]) : v->texts[f->index];
    const char *why = NULL;
    if (kind_info(f->result)->can & KIND_LEADS)
        text = leads_resolve(rq, f, text, &why);
    if (!why && f->result == KIND_TAGS)
        e->values[f->index] = (struct value){.s = tags_clean(rq->arena, text, RECORD_TAGS_MAX)};
    else if (!why)
        why = kind_typed(rq->arena, f, text, &e->values[f->index]);
    if (f->result == KIND_TAGS)
        e->values[f->index].none = !e->values[f->index].s.n;
    v->errors[f->index] = why;
}

/* RULE 7 */
static void owner_begin(struct req *rq, struct record_values *e)
{
    const struct record_field *owner = type_field(e->type, "owner");
    if (!owner || e->given[owner->index] || e->type->audience != AUDIENCE_STAFF ||
        rq->viewer.role < ROLE_STAFF)
        return;
    e->values[owner->index] = (struct value){.i = rq->viewer.id};
    e->given[owner->index] = true;
}

/* What a new one has where nothing else is said. */
static void values_begin(struct req *rq, struct record_values *e)
{
    choices_begin(rq->arena, e);
    owner_begin(rq, e);
}

bool entry_read(struct req *rq, struct entry_form *v, struct record_values *e)
{
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    for (size_t i = 0; i < n; i++) {
        const struct record_field *f = field_named(v->type, fields[i].name);
        if (f && field_written(f, &rq->viewer))
            text_take(rq, v, e, f, fields[i].value);
        else if (!is_others(fields[i].name) && !v->whole_error) /* RULE 2 */
            v->whole_error =
                str_fmt(rq->arena,
                        f && field_seen(f, &rq->viewer) ? "\"" STR_FMT "\" cannot be changed here."
                                                        : "There is no field \"" STR_FMT "\" here.",
                        STR_ARG(str_first(fields[i].name, 40)))
                    .p;
    }
    for (size_t i = 0; i < v->type->fields_n; i++)
        if (e->given[i])
            value_take(rq, v, e, &v->type->fields[i]);
    v->note = e->note = utf8_first(str_trim(req_field(rq, "note")), FORM_MAX);
    if (!v->r && v->type->timeline)
        compose_title(rq, v, e);
    if (!v->r)
        values_begin(rq, e);
    bool ok = fields_check(rq, e, v->r ? v->r->id : 0, v->errors);
    return ok && !v->whole_error;
}

int64_t entry_revision(struct req *rq)
{
    struct str tag = str_trim(req_header(rq, "If-Match"));
    int64_t n = 0;
    bool quoted = tag.n > 2 && tag.p[0] == '"';
    if (!tag.n)
        return str_int(req_field(rq, "revision"), &n) ? n : 0;
    return quoted && str_int(str_make(tag.p + 1, tag.n - 2), &n) && n ? n : -1;
}

/* ---- forms ---- */

struct entry_form *entry_form_new(struct req *rq, const struct record_type *t,
                                  const struct record *r)
{
    struct entry_form *v = arena_make(rq->arena, struct entry_form);
    v->type = t;
    v->r = r;
    v->texts = arena_array(rq->arena, struct str, t->fields_n);
    v->errors = arena_array(rq->arena, const char *, t->fields_n);
    v->path = r ? record_path(rq->arena, r) : str_fmt(rq->arena, "/%s", t->plural);
    v->action = r ? str_fmt(rq->arena, "/%s/%lld", t->plural, (long long)r->id) : v->path;
    v->revision = r ? str_fmt(rq->arena, "%lld", (long long)r->revision) : S("");
    return v;
}

static void form_fill(struct req *rq, struct entry_form *v, const struct value *values)
{
    struct field_set all = field_set_all();
    values_name(rq, v->type, &all, (struct value *const *)&values, 1);
    for (size_t i = 0; i < v->type->fields_n; i++)
        v->texts[i] = field_typed(rq->arena, &v->type->fields[i], &values[i]);
}

static void spaces_fill(struct req *rq, struct entry_form *v)
{
    if (!v->type->spaced || v->r)
        return;
    struct space_choice *spaces = arena_array(rq->arena, struct space_choice, SPACES);
    struct option *options = arena_array(rq->arena, struct option, SPACES);
    size_t n = spaces_to_write(rq, spaces, SPACES);
    for (size_t i = 0; i < n; i++)
        options[i] = (struct option){str_fmt(rq->arena, "%lld", (long long)spaces[i].id),
                                     spaces[i].name, NULL};
    v->spaces = options;
    v->spaces_n = n;
}

/* ---- what may be here already ---- */

/* Where the form asks while one types, and by which of its fields. */
static void near_fill(struct req *rq, struct entry_form *v)
{
    struct out names;
    if (v->r || !alike_type(v->type))
        return;
    out_init(&names, 4096);
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        if (field_written(f, &rq->viewer) &&
            ((f->flags & FIELD_TITLE) || f->result == KIND_EMAIL || f->result == KIND_PHONE ||
             f->result == KIND_EMAILS || f->result == KIND_PHONES))
            out_fmt(&names, "%s%s", names.n ? " " : "", f->name);
    }
    v->near_fields = out_take(&names, rq->arena);
    v->near_url = str_fmt(rq->arena, "/duplicates/near?type=%s", v->type->name);
}

/* RULE 6. Whether there is something that whoever sends the form has not been told of. */
static bool near_asked(struct req *rq, struct entry_form *v, const struct record_values *e)
{
    struct alike found[NEAR];
    struct near_item *list = arena_array(rq->arena, struct near_item, NEAR);
    if (rq->face == FACE_JSON || req_has_field(rq, "anyway"))
        return false;
    size_t n = alike_find(rq, v->type, e->values, 0, found, NEAR);
    for (size_t i = 0; i < n; i++)
        list[i] =
            (struct near_item){.title = found[i].title,
                               .path = found[i].path,
                               .card = str_fmt(rq->arena, "/cards/%lld", (long long)found[i].id),
                               .hint = alike_words(&found[i])};
    v->near = (struct near_list){.list = list, .n = n, .asks = true};
    return n > 0;
}

struct error_list entry_errors(struct arena *a, const struct entry_form *v)
{
    struct field *fields = arena_array(a, struct field, v->type->fields_n + 1);
    size_t n = 0;
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        if (v->errors[i])
            fields[n++] = (struct field){.name = f->name,
                                         .label = f->label,
                                         .error = str_fmt(a, "%s %s.", f->label, v->errors[i]).p};
    }
    if (v->space_error)
        fields[n++] = (struct field){.name = "space", .label = "Space", .error = v->space_error};
    return (struct error_list){v->whole_error, fields, n};
}

const char *entries_call(struct arena *a, const struct record_type *t)
{
    struct str noun = type_word(a, t, t->noun);
    return t->call ? t->call : str_fmt(a, "New " STR_FMT, STR_ARG(noun)).p;
}

static struct answer form_page(struct req *rq, const struct entry_form *v)
{
    return (struct answer){.title = v->r ? str_fmt(rq->arena, "Edit " STR_FMT, STR_ARG(v->r->title))
                                         : str_of(entries_call(rq->arena, v->type)),
                           .page = v->only ? entries_cell_view : entries_form_view,
                           .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                           .width = PAGE_NARROW,
                           .data = v};
}

int entry_refuse(struct req *rq, struct entry_form *v, int status, const char *why)
{
    if (rq->face == FACE_JSON) {
        struct json j = problem_open(rq, status,
                                     why              ? why
                                     : v->whole_error ? v->whole_error
                                                      : "Some fields are not as they should be.");
        json_key(&j, "errors");
        json_open(&j, '{');
        for (size_t i = 0; i < v->type->fields_n; i++)
            if (v->errors[i])
                json_kstr(&j, v->type->fields[i].name,
                          str_fmt(rq->arena, "%s %s.", v->type->fields[i].label, v->errors[i]));
        if (v->space_error)
            json_kstr(&j, "space", str_of(v->space_error));
        json_close(&j, '}');
        json_close(&j, '}');
        return rq->status;
    }
    spaces_fill(rq, v);
    near_fill(rq, v);
    struct answer page = form_page(rq, v);
    page.status = status;
    rq->face = FACE_PAGE;
    return answer(rq, &page);
}

/* ---- making ---- */

int entry_changed(struct req *rq, const struct record_type *t, struct record *r)
{
    struct answer told = entry_told(rq, t, r, NULL, S(""));
    if (!told.data)
        return refuse(rq, 500, NULL);
    return answer_updated(rq, record_path(rq->arena, r), &told);
}

/* "?space=12" or "?space=product-ideas". */
static struct str space_asked(struct req *rq)
{
    struct str text = req_query(rq, "space");
    int64_t id = 0;
    if (!text.n || str_int(text, &id))
        return text;
    id = db_get_int(rq->db, 0, "SELECT id FROM spaces WHERE slug = ?1", T(text));
    return id ? str_of_id(rq->arena, S(""), id) : S("");
}

int entries_new(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    if (!t)
        return not_found(rq);
    if (!entry_maker(t, &rq->viewer)) /* RULE 4 */
        return forbidden(rq);
    struct entry_form *v = entry_form_new(rq, t, NULL);
    size_t n;
    const struct param *given = req_queries(rq, &n); /* "/deals/new?organisation=12" */
    struct record_values *e = fields_new(rq->arena, t);
    for (size_t i = 0; i < n; i++) {
        const struct record_field *f = type_field_str(t, given[i].name);
        if (f && field_written(f, &rq->viewer))
            e->given[f->index] = !kind_parse(rq->arena, f, given[i].value, &e->values[f->index]);
    }
    values_begin(rq, e);
    form_fill(rq, v, e->values);
    spaces_fill(rq, v);
    near_fill(rq, v);
    v->space = space_asked(rq);
    struct answer page = form_page(rq, v);
    return answer(rq, &page);
}

static bool space_take(struct req *rq, struct entry_form *v, struct record_values *e)
{
    int64_t id = 0;
    v->space = req_field(rq, "space");
    if (!v->type->spaced)
        return true;
    struct record *space =
        str_int(v->space, &id) ? record_access_type(rq, id, "space", RIGHT_REPLY) : NULL;
    if (!space) {
        v->space_error = v->space.n ? "You cannot write in this space." : "Space is missing.";
        return false;
    }
    e->space_id = space->id;
    e->audience = (enum audience)space->audience;
    return true;
}

int entries_create(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    if (!t)
        return not_found(rq);
    if (!entry_maker(t, &rq->viewer))
        return forbidden(rq);
    struct entry_form *v = entry_form_new(rq, t, NULL);
    struct record_values *e = fields_new(rq->arena, t);
    bool space = space_take(rq, v, e);
    if (!entry_read(rq, v, e) || !space)
        return entry_refuse(rq, v, 422, NULL);
    if (near_asked(rq, v, e))
        return entry_refuse(rq, v, 409, NULL);
    struct act act = act_of(rq);
    struct record *r = fields_create(&act, e);
    struct record *made = r ? record_load(rq->db, rq->arena, r->id) : NULL;
    if (!made)
        return refuse(rq, 500, NULL);
    struct answer told = entry_told(rq, t, made, NULL, S(""));
    if (!told.data)
        return refuse(rq, 500, NULL);
    return answer_created(rq, record_path(rq->arena, made), &told);
}

/* ---- changing ---- */

int entries_edit(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct record *r = entry_here(rq, t, RIGHT_EDIT);
    struct value *values = r && !r->deleted_at ? values_read(rq->db, rq->arena, t, r->id) : NULL;
    if (!values)
        return not_found(rq);
    struct entry_form *v = entry_form_new(rq, t, r);
    form_fill(rq, v, values);
    struct answer page = form_page(rq, v);
    return answer(rq, &page);
}

/* In a list a value that was saved is shown in its place: the list stays where it is. */
static void in_list(struct req *rq, struct entry_form *v, struct value *values)
{
    const struct record_field *f = v->only;
    struct str edit =
        str_fmt(rq->arena, STR_FMT "?list=1", STR_ARG(field_edit_path(rq, v->type, v->r->id, f)));
    v->back = str_fmt(rq->arena, STR_FMT "&saved=1", STR_ARG(edit));
    if (!req_query(rq, "saved").n)
        return;
    struct cell *cell = arena_make(rq->arena, struct cell);
    struct str id = str_fmt(rq->arena, "cell-%lld-%s", (long long)v->r->id, f->name);
    struct field_set one = {0};
    field_set_add(&one, f);
    values_name(rq, v->type, &one, &values, 1);
    *cell = field_cell(rq, f, &values[f->index], edit, id);
    v->saved = cell;
}

int entry_fields_edit(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    const struct record_field *f = t ? type_field_str(t, req_param(rq, "field")) : NULL;
    if (!f || !field_written(f, &rq->viewer))
        return not_found(rq);
    struct record *r = entry_here(rq, t, RIGHT_EDIT);
    struct value *values = r && !r->deleted_at ? values_read(rq->db, rq->arena, t, r->id) : NULL;
    if (!values)
        return not_found(rq);
    struct entry_form *v = entry_form_new(rq, t, r);
    form_fill(rq, v, values);
    v->only = f;
    struct str back = req_query(rq, "back");
    if (req_query(rq, "list").n)
        in_list(rq, v, values);
    else if (url_is_local(back))
        v->path = v->back = back;
    struct answer page = form_page(rq, v);
    return answer(rq, &page);
}

/* RULE 3: what was typed stays, and beside it stands what somebody else has written. */
static int stale(struct req *rq, struct entry_form *v, const struct record_values *e)
{
    struct value *now = values_read(rq->db, rq->arena, v->type, v->r->id);
    struct field_set all = field_set_all();
    if (!now)
        return not_found(rq);
    values_name(rq, v->type, &all, &now, 1);
    for (size_t i = 0; i < v->type->fields_n; i++)
        if (!e->given[i])
            v->texts[i] = field_typed(rq->arena, &v->type->fields[i], &now[i]);
    const struct record_field *body = type_body(v->type);
    if (body && e->given[body->index])
        v->diff = diff_text(rq->arena, now[body->index].s, v->texts[body->index]);
    v->theirs = now;
    v->revision = str_fmt(rq->arena, "%lld", (long long)v->r->revision);
    v->only = NULL;
    return entry_refuse(rq, v, 412, "Somebody changed this since you read it. Read it again.");
}

int entries_update(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct record *r = entry_here(rq, t, RIGHT_EDIT);
    if (!r || r->deleted_at)
        return not_found(rq);
    struct entry_form *v = entry_form_new(rq, t, r);
    struct record_values *e = fields_new(rq->arena, t);
    if (!entry_read(rq, v, e)) {
        struct value *now = values_read(rq->db, rq->arena, t, r->id);
        struct field_set all = field_set_all();
        if (now)
            values_name(rq, t, &all, &now, 1);
        for (size_t i = 0; now && i < t->fields_n; i++)
            if (!e->given[i])
                v->texts[i] = field_typed(rq->arena, &t->fields[i], &now[i]);
        return entry_refuse(rq, v, 422, NULL);
    }
    struct act act = act_of(rq);
    e->revision = entry_revision(rq);
    if (fields_update(&act, r, e) == RECORD_STALE)
        return stale(rq, v, e);
    return entry_changed(rq, t, r);
}
