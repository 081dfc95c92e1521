/* select_sql.c: what a list asks for as SQL, and its rows; see select.h. */
#include "db/sqltext.h"
#include "record/list.h"
#include "record/reach.h"
#include "record/select_build.h"

enum { SQL_MAX = 512 * 1024, ARGS_OWN = 16, CORE_ARGS = 4 };

size_t build_arg(struct build *b, struct db_arg value)
{
    if (b->n < b->max)
        b->args[b->n++] = value;
    return b->n;
}

/* "a,b,c" has an argument for each part. */
size_t select_args(const struct select *s)
{
    size_t max = CORE_ARGS;
    for (size_t i = 0; i < s->n; i++)
        max += 2 + (s->conditions[i].compare == COMPARE_IN ? s->conditions[i].text.n / 2 + 1 : 0);
    return max;
}

void build_begin(struct build *b, struct req *rq, const struct select *s, size_t more)
{
    size_t max = ARGS_OWN + select_args(s) + more;
    *b = (struct build){
        .rq = rq, .s = s, .args = arena_array(rq->arena, struct db_arg, max), .max = max};
    out_init(&b->sql, SQL_MAX);
    build_arg(b, I(rq->viewer.id));
}

struct rows build_run(struct build *b)
{
    return db_query_n(b->rq->db, str_cstr(b->rq->arena, out_take(&b->sql, b->rq->arena)), b->args,
                      b->n);
}

/* ---- conditions ---- */

static const char *const operators[COMPARES] = {
    [COMPARE_IS] = "=",   [COMPARE_NOT] = "<>", [COMPARE_GT] = ">",
    [COMPARE_GTE] = ">=", [COMPARE_LT] = "<",   [COMPARE_LTE] = "<=",
};

static struct db_arg plain_arg(const struct record_field *f, const struct value *v)
{
    return kind_key_is_text(f) ? T(v->s) : I(v->i);
}

/* Letters of ASCII compare without case, as they are searched for. */
static bool without_case(const struct record_field *f)
{
    return kind_info(f->result)->can & KIND_HOLDS;
}

static struct str like_part(struct arena *a, struct str text)
{
    struct out o;
    out_init(&o, 8192);
    out_char(&o, '%');
    for (size_t i = 0; i < text.n; i++) {
        if (strchr("%_\\", text.p[i]) && text.p[i])
            out_char(&o, '\\');
        out_char(&o, text.p[i]);
    }
    out_char(&o, '%');
    return out_take(&o, a);
}

#define IN_TEAM                                                                                    \
    "(%s = ?1 OR %s IN (SELECT tb.person_id FROM team_members ta JOIN team_members tb"             \
    " ON tb.team_id = ta.team_id WHERE ta.person_id = ?1))"

static void refs_put(struct build *b, const struct condition *c)
{
    struct str kind = str_fmt(b->rq->arena, "%s.%s", b->s->type->name, c->field->name);
    out_fmt(&b->sql, "%sEXISTS (SELECT 1 FROM links l WHERE l.from_id = r.id AND l.kind = ?%zu",
            c->compare == COMPARE_NOT || (c->compare == COMPARE_EMPTY && c->value.i) ? "NOT " : "",
            build_arg(b, T(kind)));
    if (c->team)
        out_fmt(&b->sql, " AND " IN_TEAM, "l.to_id", "l.to_id");
    else if (c->compare != COMPARE_EMPTY)
        out_fmt(&b->sql, " AND l.to_id = ?%zu", build_arg(b, I(c->value.i)));
    out_char(&b->sql, ')');
}

static void in_put(struct build *b, const struct condition *c)
{
    struct str rest = c->text, one;
    size_t n = 0;
    out_fmt(&b->sql, "%s IN (", field_sql(c->field, &b->rq->viewer));
    while (str_split(&rest, ',', &one)) {
        struct value v;
        if (kind_parse(b->rq->arena, c->field, one, &v) || v.none)
            continue;
        out_fmt(&b->sql, "%s?%zu", n++ ? ", " : "", build_arg(b, plain_arg(c->field, &v)));
    }
    out_lit(&b->sql, ")");
}

static void has_put(struct build *b, const struct condition *c)
{
    struct arena *a = b->rq->arena;
    const char *sql = field_sql(c->field, &b->rq->viewer);
    if (c->field->result == KIND_CHOICES || c->field->result == KIND_TAGS) {
        const char *between = c->field->result == KIND_TAGS ? " " : ",";
        struct str part = str_fmt(a, "%s" STR_FMT "%s", between, STR_ARG(c->text), between);
        out_fmt(&b->sql, "'%s' || %s || '%s' LIKE ?%zu ESCAPE '\\'", between, sql, between,
                build_arg(b, T(like_part(a, part))));
        return;
    }
    out_fmt(&b->sql, "lower(%s) LIKE ?%zu ESCAPE '\\'", sql,
            build_arg(b, T(like_part(a, str_lower(a, c->text)))));
}

static void condition_put(struct build *b, const struct condition *c)
{
    const char *sql = field_sql(c->field, &b->rq->viewer);
    if (c->field->result == KIND_REFS) {
        refs_put(b, c);
    } else if (c->team) {
        if (c->compare == COMPARE_NOT)
            out_fmt(&b->sql, "(%s IS NULL OR NOT " IN_TEAM ")", sql, sql, sql);
        else
            out_fmt(&b->sql, IN_TEAM, sql, sql);
    } else if (kind_reaches(c->field->result) && c->compare <= COMPARE_NOT) { /* any of them */
        out_fmt(&b->sql, "%sEXISTS (SELECT 1 FROM %s x WHERE x.v = ?%zu AND x.id = r.id)",
                c->compare == COMPARE_NOT ? "NOT " : "",
                field_index(b->rq->arena, b->s->type, c->field),
                build_arg(b, kind_key(b->rq->arena, c->field, &c->value)));
    } else if (c->compare == COMPARE_EMPTY) {
        out_fmt(&b->sql, "%s IS %sNULL", sql, c->value.i ? "" : "NOT ");
    } else if (c->compare == COMPARE_IN) {
        in_put(b, c);
    } else if (c->compare == COMPARE_HAS) {
        has_put(b, c);
    } else if (c->until && c->compare <= COMPARE_NOT) { /* a whole day, week or month */
        out_fmt(&b->sql, "%s(%s >= ?%zu AND", c->compare == COMPARE_NOT ? "NOT " : "", sql,
                build_arg(b, I(c->value.i)));
        out_fmt(&b->sql, " %s < ?%zu)", sql, build_arg(b, I(c->until)));
    } else if (c->compare == COMPARE_NOT) {
        out_fmt(&b->sql, "(%s IS NULL OR %s <> ?%zu)", sql, sql,
                build_arg(b, plain_arg(c->field, &c->value)));
    } else if (without_case(c->field)) {
        out_fmt(&b->sql, "lower(%s) %s ?%zu", sql, operators[c->compare],
                build_arg(b, T(str_lower(b->rq->arena, c->value.s))));
    } else {
        int64_t past = c->until && (c->compare == COMPARE_LTE || c->compare == COMPARE_GT)
                           ? c->until - 1
                           : c->value.i;
        out_fmt(&b->sql, "%s %s ?%zu", sql, operators[c->compare],
                build_arg(b, c->until ? I(past) : plain_arg(c->field, &c->value)));
    }
}

static void conditions_put(struct build *b)
{
    const struct select *s = b->s;
    for (size_t i = 0; i < s->n; i++) {
        out_str(&b->sql, i == 0 ? S(" AND (") : s->any ? S(" OR ") : S(" AND "));
        condition_put(b, &s->conditions[i]);
    }
    if (s->n)
        out_char(&b->sql, ')');
}

/* So that the indexes by status may be used. */
static void ranked_put(struct build *b)
{
    const struct select *s = b->s;
    bool wanted = s->core.unanswered;
    for (size_t i = 0; i < s->n; i++)
        wanted = wanted || strcmp(s->conditions[i].field->sql, "r.state") == 0;
    if (wanted && s->type->votes)
        out_lit(&b->sql, " AND " RANKED);
}

static void core_put(struct build *b)
{
    const struct core_filter *c = &b->s->core;
    if (c->space_id)
        out_fmt(&b->sql, " AND r.space_id = ?%zu", build_arg(b, I(c->space_id)));
    if (c->author_id)
        out_fmt(&b->sql, " AND r.author_id = ?%zu", build_arg(b, I(c->author_id)));
    if (c->tag_id)
        out_fmt(&b->sql,
                " AND EXISTS (SELECT 1 FROM taggings k WHERE k.tag_id = ?%zu"
                " AND k.record_id = r.id)",
                build_arg(b, I(c->tag_id)));
    if (c->unanswered)
        out_lit(&b->sql, " AND r.answers = 0");
}

size_t select_put(struct req *rq, const struct select *s, struct out *sql, struct db_arg *args,
                  size_t n)
{
    struct build b = {.rq = rq, .s = s, .sql = *sql, .args = args, .n = n, .max = SIZE_MAX};
    core_put(&b);
    conditions_put(&b);
    ranked_put(&b);
    *sql = b.sql;
    return b.n;
}

bool select_by_core(const struct select *s)
{
    const struct core_filter *c = &s->core;
    return c->space_id || c->author_id || c->tag_id || c->unanswered;
}

bool select_narrowed(const struct select *s)
{
    return s->n || s->q.n || select_by_core(s);
}

bool select_joins(const struct select *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (strncmp(s->conditions[i].field->sql, "t.", 2) == 0)
            return true;
    for (size_t i = 0; i < s->type->fields_n; i++)
        if (strncmp(s->type->fields[i].sql, "t.", 2) == 0 &&
            field_set_has(&s->fields, &s->type->fields[i]))
            return true;
    return false;
}

/* ---- conditions without a request ---- */

static bool literal_put(struct out *o, const struct db_arg *value)
{
    if (value->kind == DB_INT && value->i == SELECT_ME) {
        out_lit(o, "?1");
    } else if (value->kind == DB_INT) {
        out_int(o, value->i);
    } else if (value->kind == DB_TEXT) {
        out_char(o, '\'');
        for (size_t i = 0; i < value->s.n; i++) {
            if (value->s.p[i] == '\'')
                out_char(o, '\'');
            out_char(o, value->s.p[i]);
        }
        out_char(o, '\'');
    } else {
        return false;
    }
    return true;
}

const char *select_literal(struct arena *a, const struct select *s)
{
    struct req rq = {.arena = a, .viewer = {.id = SELECT_ME}};
    struct build b;
    struct out o;
    bool fine = true;
    build_begin(&b, &rq, s, 0);
    conditions_put(&b);
    struct str sql = str_from(out_take(&b.sql, a), sizeof " AND " - 1);
    out_init(&o, SQL_MAX);
    while (sql.n && fine) {
        size_t n = sqltext_opaque(sql), number = 0;
        if (n == 0 && sql.p[0] == '?') {
            for (n = 1; n < sql.n && sql.p[n] >= '0' && sql.p[n] <= '9'; n++)
                number = number * 10 + (size_t)(sql.p[n] - '0');
            fine = number >= 1 && number <= b.n && literal_put(&o, &b.args[number - 1]);
        } else {
            n = n ? n : 1;
            out_str(&o, str_first(sql, n));
        }
        sql = str_from(sql, n);
    }
    fine = fine && !out_failed(&o);
    struct str text = out_take(&o, a);
    return fine ? str_cstr(a, text) : NULL;
}

static void access_put(struct build *b)
{
    const char *sees = access_sql_of(b->rq->db, &b->rq->viewer, b->s->type);
    if (b->s->type->doors)
        out_fmt(&b->sql, " AND (%s OR %s)", b->s->type->doors, sees);
    else
        out_fmt(&b->sql, " AND %s", sees);
}

void build_where(struct build *b)
{
    out_fmt(&b->sql, " AND r.type = ?%zu AND r.parent_id IS NULL AND r.deleted_at IS NULL",
            build_arg(b, Z(b->s->type->name)));
    core_put(b);
    conditions_put(b);
    ranked_put(b);
    access_put(b);
}

/* ---- rows ---- */

void build_columns(struct build *b)
{
    out_lit(&b->sql, "r.id, r.title, r.created_at, r.updated_at, r.revision, r.author_id,"
                     " r.space_id");
    values_select(&b->sql, b->s->type, &b->s->fields, &b->rq->viewer);
}

void build_decode(struct build *b, const struct rows *q, int col, struct selected *row)
{
    struct arena *a = b->rq->arena;
    const struct record_type *t = b->s->type;
    *row = (struct selected){.id = db_int(q, col),
                             .title = db_dup(q, col + 1, a),
                             .created_at = db_int(q, col + 2),
                             .updated_at = db_int(q, col + 3),
                             .revision = db_int(q, col + 4),
                             .author_id = db_int(q, col + 5),
                             .space_id = db_int(q, col + 6),
                             /* values_decode writes all of them */
                             .values = arena_bytes(a, t->fields_n * sizeof(struct value))};
    row->path = record_path_of(a, str_of(t->name), row->id, row->title);
    col += 7;
    values_decode(t, &b->s->fields, q, &col, a, row->values);
}

struct str choice_key(struct arena *a, const struct record_field *f, struct str name)
{
    char place = 1;
    for (const struct field_choice *c = f->choices; c && c->name && !str_is(name, c->name); c++)
        place++;
    return str_fmt(a, "%c" STR_FMT, place, STR_ARG(name));
}

struct db_arg sort_key(struct arena *a, const struct record_field *f, const struct value *v)
{
    return f->result == KIND_CHOICE ? T(choice_key(a, f, v->s)) : kind_key(a, f, v);
}

struct db_arg select_key(struct arena *a, const struct select *s, const struct selected *row)
{
    return select_by_creation(s) ? I(row->created_at)
                                 : sort_key(a, s->sort, &row->values[s->sort->index]);
}

struct rows build_had(struct req *rq, const struct select *s, int64_t most)
{
    struct arena *a = rq->arena;
    const char *core = field_core(s->sort), *v = core ? core : "v";
    const char *index = core ? "records" : field_index(a, s->type, s->sort);
    const char *first = core ? str_fmt(a, " WHERE x.%s > 0", core).p : ""; /* its index says so */
    return db_query(rq->db,
                    str_fmt(a,
                            "WITH RECURSIVE had (v) AS (SELECT MIN(x.%s) FROM %s x%s"
                            " UNION ALL SELECT (SELECT MIN(x.%s) FROM %s x"
                            " WHERE x.%s > had.v) FROM had WHERE had.v IS NOT NULL)"
                            " SELECT v FROM had WHERE v IS NOT NULL LIMIT ?1",
                            v, index, first, v, index, v)
                        .p,
                    I(most));
}

bool select_by_creation(const struct select *s)
{
    return !s->sort || strcmp(s->sort->sql, "r.created_at") == 0;
}
