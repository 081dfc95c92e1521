/* manifest.c: the first and the last block of a backup, as JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"
#include "features/backups/backups.h"

/* ---- writing ---- */

static void names_put(struct json *j, const char *key, const struct str *names, size_t n)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < n; i++)
        json_str(j, names[i]);
    json_close(j, ']');
}

static void kinds_put(struct json *j, const struct db_table *t)
{
    json_key(j, "kinds");
    json_open(j, '[');
    for (size_t i = 0; i < t->columns_n; i++)
        json_int(j, t->kinds[i]);
    json_close(j, ']');
}

void backup_head_put(struct out *o, const struct backup_head *head)
{
    struct json j = json_to(o);
    json_open(&j, '{');
    json_kint(&j, "format", BACKUP_FORMAT);
    json_kint(&j, "made_at", head->made_at);
    json_kint(&j, "migrations", head->migrations);
    json_kbool(&j, "files", head->files);
    json_key(&j, "sequences");
    json_open(&j, '[');
    for (size_t i = 0; i < head->sequences_n; i++) {
        json_open(&j, '{');
        json_kstr(&j, "name", head->sequences[i].name);
        json_kbool(&j, "table", head->sequences[i].table);
        json_kint(&j, "next", head->sequences[i].next);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_key(&j, "tables");
    json_open(&j, '[');
    for (size_t i = 0; i < head->tables_n; i++) {
        json_open(&j, '{');
        json_kstr(&j, "name", head->tables[i].name);
        names_put(&j, "columns", head->tables[i].columns, head->tables[i].columns_n);
        names_put(&j, "key", head->tables[i].key, head->tables[i].key_n);
        if (head->made[i])
            kinds_put(&j, &head->tables[i]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

void backup_end_put(struct out *o, const struct backup_head *head, const struct backup_end *end)
{
    struct json j = json_to(o);
    char sum[40];
    json_open(&j, '{');
    json_kint(&j, "files", end->files);
    json_kint(&j, "file_bytes", end->file_bytes);
    json_key(&j, "tables");
    json_open(&j, '[');
    for (size_t i = 0; i < head->tables_n; i++) {
        const struct backup_sum *s = &end->tables[i];
        snprintf(sum, sizeof sum, "%016" PRIx64 "%016" PRIx64, s->high, s->low);
        json_open(&j, '{');
        json_kstr(&j, "name", head->tables[i].name);
        json_kint(&j, "rows", s->rows);
        json_kstr(&j, "sum", str_of(sum));
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

/* ---- reading; whatever is missing makes `ok` false ---- */

static struct str text_of(const json_t *v, struct arena *a, bool *ok)
{
    if (!json_is_string(v)) {
        *ok = false;
        return S("");
    }
    return str_dup(a, str_make(json_string_value(v), json_string_length(v)));
}

static int64_t number_of(const json_t *v, bool *ok)
{
    *ok = *ok && json_is_integer(v);
    return json_integer_value(v);
}

static size_t list_of(const json_t *v, size_t most, bool *ok)
{
    *ok = *ok && json_is_array(v) && json_array_size(v) <= most;
    return *ok ? json_array_size(v) : 0;
}

static size_t names_of(const json_t *v, struct str **names, struct arena *a, bool *ok)
{
    size_t n = list_of(v, BACKUP_TABLES, ok);
    *names = arena_array(a, struct str, n + 1);
    for (size_t i = 0; i < n; i++)
        (*names)[i] = text_of(json_array_get(v, i), a, ok);
    return n;
}

/* What the columns hold, of a table that record types have made; false: it is none. */
static bool kinds_of(const json_t *v, struct db_table *t, struct arena *a, bool *ok)
{
    if (!v)
        return false;
    t->kinds = arena_array(a, enum db_kind, t->columns_n + 1);
    *ok = *ok && list_of(v, BACKUP_TABLES, ok) == t->columns_n;
    for (size_t i = 0; *ok && i < t->columns_n; i++) {
        t->kinds[i] = (enum db_kind)number_of(json_array_get(v, i), ok);
        *ok = *ok && t->kinds[i] >= DB_INT && t->kinds[i] <= DB_BLOB;
    }
    return true;
}

static json_t *json_load(struct str text)
{
    return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
}

bool backup_head_read(struct backup_head *head, struct str text, struct arena *a)
{
    bool ok = true;
    json_t *top = json_load(text), *list = json_object_get(top, "sequences");
    ok = number_of(json_object_get(top, "format"), &ok) == BACKUP_FORMAT;
    *head = (struct backup_head){
        .made_at = number_of(json_object_get(top, "made_at"), &ok),
        .migrations = number_of(json_object_get(top, "migrations"), &ok),
        .files = json_is_true(json_object_get(top, "files")),
    };
    head->sequences_n = list_of(list, BACKUP_TABLES, &ok);
    head->sequences = arena_array(a, struct db_sequence, head->sequences_n + 1);
    for (size_t i = 0; i < head->sequences_n; i++) {
        const json_t *s = json_array_get(list, i);
        head->sequences[i] = (struct db_sequence){text_of(json_object_get(s, "name"), a, &ok),
                                                  json_is_true(json_object_get(s, "table")),
                                                  number_of(json_object_get(s, "next"), &ok)};
    }
    list = json_object_get(top, "tables");
    head->tables_n = list_of(list, BACKUP_TABLES, &ok);
    head->tables = arena_array(a, struct db_table, head->tables_n + 1);
    head->made = arena_array(a, bool, head->tables_n + 1);
    for (size_t i = 0; i < head->tables_n; i++) {
        const json_t *t = json_array_get(list, i);
        struct db_table *table = &head->tables[i];
        table->name = text_of(json_object_get(t, "name"), a, &ok);
        table->columns_n = names_of(json_object_get(t, "columns"), &table->columns, a, &ok);
        table->key_n = names_of(json_object_get(t, "key"), &table->key, a, &ok);
        head->made[i] = kinds_of(json_object_get(t, "kinds"), table, a, &ok);
    }
    json_decref(top);
    return ok;
}

static bool sum_read(struct backup_sum *sum, const json_t *t, struct str name, struct arena *a)
{
    bool ok = true;
    struct str hex = text_of(json_object_get(t, "sum"), a, &ok);
    ok = str_eq(text_of(json_object_get(t, "name"), a, &ok), name) && ok;
    sum->rows = number_of(json_object_get(t, "rows"), &ok);
    if (!ok || hex.n != 32)
        return false;
    sum->high = strtoull(str_cstr(a, str_first(hex, 16)), NULL, 16);
    sum->low = strtoull(str_cstr(a, str_from(hex, 16)), NULL, 16);
    return true;
}

bool backup_end_read(struct backup_end *end, const struct backup_head *head, struct str text,
                     struct arena *a)
{
    bool ok = true;
    json_t *top = json_load(text), *list = json_object_get(top, "tables");
    *end = (struct backup_end){.tables = arena_array(a, struct backup_sum, head->tables_n + 1)};
    end->files = number_of(json_object_get(top, "files"), &ok);
    end->file_bytes = number_of(json_object_get(top, "file_bytes"), &ok);
    ok = list_of(list, BACKUP_TABLES, &ok) == head->tables_n && ok;
    for (size_t i = 0; i < head->tables_n && ok; i++)
        ok = sum_read(&end->tables[i], json_array_get(list, i), head->tables[i].name, a);
    json_decref(top);
    return ok;
}
