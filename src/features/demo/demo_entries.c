/* demo_entries.c: customers of the demo hub: organisations, deals, tasks and notes; see demo.h.
 *
 * The file's members are named as the fields; "close_in" and "due_in" are days from today, and what
 * leads to another record names its title.
 */
#include "core/clock.h"
#include "features/demo/demo.h"
#include "record/fields.h"

static struct str number(struct arena *a, int64_t id)
{
    return id ? str_of_id(a, S(""), id) : S("");
}

static int64_t named(const struct act *act, const char *type, struct str title)
{
    return db_get_int(act->db, 0,
                      "SELECT id FROM records WHERE type = ?1 AND title = ?2 ORDER BY id LIMIT 1",
                      Z(type), T(title));
}

static struct str member_text(struct demo *d, const struct act *act, const struct record_field *f,
                              json_t *entry)
{
    struct arena *a = act->arena;
    const char *days = strcmp(f->name, "close_on") == 0 ? "close_in"
                       : strcmp(f->name, "due_on") == 0 ? "due_in"
                                                        : NULL;
    json_t *is = json_object_get(entry, days ? days : f->name);
    if (days && is)
        return date_text(a, d->now / CLOCK_DAY + (int64_t)json_integer_value(is));
    if (strcmp(f->name, "happened_at") == 0) {
        char buf[32];
        return str_dup(a, clock_rfc3339(buf, act->at));
    }
    struct str words = str_of(json_string_value(is));
    if (f->result == KIND_REF)
        return number(a, named(act, f->target, words));
    if (f->result == KIND_PERSON)
        return number(a,
                      db_get_int(act->db, 0, "SELECT id FROM people WHERE handle = ?1", T(words)));
    if (json_is_integer(is))
        return str_fmt(a, "%lld", (long long)json_integer_value(is));
    return words;
}

void play_entry(struct demo *d, const struct act *act, const struct demo_act *it)
{
    const struct record_type *t = catalog_type(act->db, str_of(it->type));
    struct record_values *e = t ? fields_new(act->arena, t) : NULL;
    for (size_t i = 0; e && i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        struct str text = f->flags & FIELD_FIXED ? S("") : member_text(d, act, f, it->entry);
        const char *why = text.n ? kind_parse(act->arena, f, text, &e->values[i]) : NULL;
        if (why)
            return db_fail(act->db, DB_INVALID,
                           str_fmt(act->arena, "customers.json: %s %s", f->label, why).p);
    }
    if (!e || !fields_create(act, e))
        db_fail(act->db, DB_INVALID, "customers.json: an entry that cannot be made");
}
