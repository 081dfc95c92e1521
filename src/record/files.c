/* files.c: rows of files, uploads and attachments; see files.h. */
#include "record/files.h"

#include <stdio.h>

#include "core/clock.h"
#include "http/app.h"
#include "record/types.h"

static bool url_upload(struct str url, int64_t *id);
static bool fields_hold(struct req *rq, int64_t id);

const char *file_path(const struct app *app, struct arena *a, struct str hash)
{
    struct str hex = str_hex(a, hash.p, hash.n);
    return str_fmt(a, "%s/" STR_FMT "/" STR_FMT, app->files, STR_ARG(str_first(hex, 2)),
                   STR_ARG(str_from(hex, 2)))
        .p;
}

/* ---- uploads ---- */

static struct str bytes_of(const unsigned char hash[FILES_HASH])
{
    return str_make((const char *)hash, FILES_HASH);
}

int64_t file_add(struct req *rq, const struct file *f, struct str name)
{
    int64_t id =
        db_get_int(rq->db, 0, "SELECT id FROM files WHERE sent = ?1", B(bytes_of(f->sent)));
    if (!id && f->id)
        return 0; /* swept since it was looked at */
    if (!id)
        id = db_get_int(
            rq->db, 0,
            "INSERT INTO files (sent, hash, bytes, type, width, height, preview, preview_bytes,"
            " preview_width, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            " RETURNING id",
            B(bytes_of(f->sent)), B(bytes_of(f->hash)), I(f->bytes), T(f->type), I(f->width),
            I(f->height), f->preview_bytes ? B(bytes_of(f->preview)) : NIL(), I(f->preview_bytes),
            I(f->preview_width), I(rq->now));
    return db_get_int(rq->db, 0,
                      "INSERT INTO uploads (file_id, person_id, name, created_at)"
                      " VALUES (?1, ?2, ?3, ?4) RETURNING id",
                      I(id), I(rq->viewer.id), T(file_name_clean(rq->arena, name, f->type)),
                      I(rq->now));
}

int64_t files_sent(struct db *db, int64_t person_id, int64_t since)
{
    return db_get_int(db, 0,
                      "SELECT CAST(COALESCE(SUM(f.bytes), 0) AS BIGINT) FROM uploads u"
                      " JOIN files f ON f.id = u.file_id"
                      " WHERE u.person_id = ?1 AND u.created_at > ?2",
                      I(person_id), I(since));
}

/* One record that holds it and may be seen is enough; of a deleted one, or one below a deleted
 * root, nothing is seen. */
struct stored *file_access(struct req *rq, int64_t id)
{
    static const char *const sql[] = ACCESS_EACH(
        "SELECT " ROW_COLUMNS(
            UPLOAD_ROW) " FROM uploads u JOIN files f ON f.id = u.file_id"
                        " WHERE u.id = ?2 AND ((u.person_id = ?1 AND ?1 <> 0) OR EXISTS (SELECT 1"
                        " FROM attachments a JOIN records r ON r.id = a.record_id"
                        " JOIN records t ON t.id = r.root_id"
                        " WHERE a.upload_id = u.id AND r.deleted_at IS NULL AND t.deleted_at IS "
                        "NULL AND ",
        "))");
    if (!id)
        return NULL;
    struct rows q =
        db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql), I(rq->viewer.id), I(id));
    struct stored *s = arena_make(rq->arena, struct stored);
    bool found = db_next(&q);
    if (found)
        stored_decode(s, &q, 0, rq->arena);
    db_done(&q);
    if (!found && fields_hold(rq, id))
        found = files_read(rq, &id, 1, s) == 1;
    return found ? s : NULL;
}

/* Whether a field that the viewer may see holds it, by the fields' indexes. */
static bool fields_hold(struct req *rq, int64_t id)
{
    const struct catalog *c = catalog_of(rq->db);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; !c->types[i]->off && k < c->types[i]->fields_n; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            const char *index = f->result == KIND_FILE && field_seen(f, &rq->viewer)
                                    ? field_index(rq->arena, c->types[i], f)
                                    : NULL;
            if (index && db_get_int(rq->db, 0,
                                    str_fmt(rq->arena,
                                            "SELECT 1 FROM %s x JOIN records r ON r.id = x.id"
                                            " WHERE x.v = ?2 AND r.deleted_at IS NULL AND %s"
                                            " LIMIT 1",
                                            index, access_sql(rq->db, &rq->viewer))
                                        .p,
                                    I(rq->viewer.id), I(id)))
                return true;
        }
    return false;
}

#define STORED                                                                                     \
    "SELECT " ROW_COLUMNS(UPLOAD_ROW) " FROM uploads u JOIN files f ON f.id = u.file_id WHERE "

size_t files_read(struct req *rq, const int64_t *ids, size_t n, struct stored *out)
{
    struct out sql;
    out_init(&sql, 256 * 1024);
    out_lit(&sql, STORED "u.id IN (");
    for (size_t i = 0; i < n; i++)
        out_fmt(&sql, "%s%lld", i ? "," : "", (long long)ids[i]);
    out_lit(&sql, ")");
    struct rows q = db_query(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)));
    size_t found = 0;
    while (found < n && db_next(&q))
        stored_decode(&out[found++], &q, 0, rq->arena);
    db_done(&q);
    return found;
}

size_t files_latest(struct req *rq, struct stored *out, size_t max)
{
    struct rows q =
        db_query(rq->db, STORED "u.person_id = ?1 ORDER BY u.created_at DESC, u.id DESC LIMIT ?2",
                 I(rq->viewer.id), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        stored_decode(&out[n++], &q, 0, rq->arena);
    db_done(&q);
    return n;
}

/* ---- names ---- */

/* What no name needs: separators of folders, marks that turn the direction of writing or are not
 * seen, and what Markdown or a header would read as its own. */
static bool name_holds(uint32_t c)
{
    static const char never[] = "/\\\"<>|*?:`[]()!";
    bool unseen = c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
                  (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
                  c == 0xfffd || (c >= 0xe0000 && c <= 0xe007f);
    return !unseen && !(c < 0x80 && strchr(never, (int)c));
}

static struct str name_ending(struct str name)
{
    size_t at = name.n;
    while (at && name.p[at - 1] != '.')
        at--;
    struct str ending = at > 1 ? str_from(name, at - 1) : S("");
    return ending.n > 1 && ending.n <= 12 ? ending : S("");
}

struct str file_name_clean(struct arena *a, struct str name, struct str type)
{
    struct str last = S(""), rest = name;
    for (size_t i = 0; i < name.n; i++) /* what some browsers send is a whole path */
        if (name.p[i] == '/' || name.p[i] == '\\')
            rest = str_from(name, i + 1);
    struct out o;
    out_init(&o, 16 * 1024);
    for (size_t at = 0; at < rest.n;) {
        char bytes[4];
        uint32_t c = utf8_next(rest, &at);
        if (name_holds(c))
            out_raw(&o, bytes, utf8_put(bytes, c));
        else if (c < 0x80)
            out_char(&o, '-');
    }
    last = str_trim(out_take(&o, a));
    while (last.n && (last.p[0] == '.' || last.p[0] == '-' || last.p[0] == ' '))
        last = str_from(last, 1);
    if (utf8_len(last) > FILES_NAME_MAX) {
        struct str ending = name_ending(last);
        last = str_fmt(a, STR_FMT STR_FMT, STR_ARG(utf8_first(last, FILES_NAME_MAX - ending.n)),
                       STR_ARG(ending));
    }
    if (last.n)
        return last;
    return str_starts(type, S("image/")) ? S("picture") : S("file");
}

struct str file_url(struct arena *a, const struct stored *s)
{
    return str_fmt(a, "/files/%lld/" STR_FMT, (long long)s->id,
                   STR_ARG(str_url_encode(a, s->name)));
}

struct str file_picture(struct arena *a, const struct stored *s)
{
    if (!s->width)
        return S("");
    struct str url = file_url(a, s);
    return s->preview_width
               ? str_fmt(a, STR_FMT "?w=%lld", STR_ARG(url), (long long)s->preview_width)
               : url;
}

struct str file_size_words(struct arena *a, int64_t bytes)
{
    return bytes < 1000000 ? str_fmt(a, "%lld kB", (long long)(bytes + 999) / 1000)
                           : str_fmt(a, "%.1f MB", (double)bytes / 1e6);
}

struct str file_markdown(struct arena *a, const struct stored *s)
{
    struct out o;
    out_init(&o, 4096);
    if (s->width)
        out_char(&o, '!');
    out_char(&o, '[');
    for (size_t i = 0; i < s->name.n; i++) { /* what begins something in Markdown is guarded */
        if (strchr("\\`*_{}[]<>()#+-.!|~@&", s->name.p[i]) && s->name.p[i] != '.' &&
            s->name.p[i] != '-')
            out_char(&o, '\\');
        out_char(&o, s->name.p[i]);
    }
    out_lit(&o, "](");
    out_str(&o, file_url(a, s));
    out_char(&o, ')');
    return out_take(&o, a);
}

/* ---- in texts ---- */

/* "/files/12/name" */
static bool url_upload(struct str url, int64_t *id)
{
    if (!str_starts(url, S("/files/")))
        return false;
    struct str rest = str_from(url, 7), number = S("");
    str_split(&rest, '/', &number);
    return number.n < 19 && str_int(number, id) && *id > 0;
}

static bool held(const struct act *act, const struct record *r, int64_t id)
{
    return db_get_int(
               act->db, 0,
               "SELECT 1 FROM uploads u WHERE u.id = ?2 AND (u.person_id = ?3 OR EXISTS"
               " (SELECT 1 FROM attachments a WHERE a.record_id = ?1 AND a.upload_id = u.id))",
               I(r->id), I(id), I(act->person_id)) != 0;
}

/* Each in its first place, at most FILES_IN_TEXT. */
static size_t named(struct str source, int64_t ids[FILES_IN_TEXT])
{
    size_t n = 0;
    for (ptrdiff_t at; n < FILES_IN_TEXT && (at = str_find_str(source, S("/files/"))) >= 0;) {
        source = str_from(source, (size_t)at);
        int64_t id;
        struct str url = source;
        for (size_t i = 7; i < url.n && url.p[i] != '/'; i++)
            if (i > 26 || url.p[i] < '0' || url.p[i] > '9')
                url.n = 0;
        bool known = !url.n || !url_upload(url, &id);
        for (size_t i = 0; i < n && !known; i++)
            known = ids[i] == id;
        if (!known)
            ids[n++] = id;
        source = str_from(source, 7);
    }
    return n;
}

void files_attach(const struct act *act, const struct record *r, struct str source, bool fresh)
{
    int64_t ids[FILES_IN_TEXT];
    size_t n = named(source, ids), kept = 0;
    bool had =
        !fresh && db_get_int(act->db, 0, "SELECT 1 FROM attachments WHERE record_id = ?1 LIMIT 1",
                             I(r->id)) != 0;
    if (!n && !had)
        return;
    for (size_t i = 0; i < n; i++)
        if (held(act, r, ids[i]))
            ids[kept++] = ids[i];
    db_exec(act->db, "DELETE FROM attachments WHERE record_id = ?1", I(r->id));
    for (size_t i = 0; i < kept; i++)
        db_exec(act->db,
                "INSERT INTO attachments (record_id, upload_id, position) VALUES (?1, ?2, ?3)",
                I(r->id), I(ids[i]), I((int64_t)i));
}

bool files_picture(void *ctx, struct str url, struct out *o)
{
    struct db *db = ctx;
    int64_t id, width = 0, height = 0, small = 0;
    if (!url_upload(url, &id))
        return false;
    struct rows q = db_query(db,
                             "SELECT f.width, f.height, f.preview_width FROM uploads u"
                             " JOIN files f ON f.id = u.file_id WHERE u.id = ?1",
                             I(id));
    if (db_next(&q)) {
        width = db_int(&q, 0);
        height = db_int(&q, 1);
        small = db_int(&q, 2);
    }
    db_done(&q);
    if (!width)
        return false;
    out_fmt(o, " width=\"%lld\" height=\"%lld\"", (long long)width, (long long)height);
    if (small && str_find(url, '?') < 0 && str_find(url, ' ') < 0 && str_find(url, ',') < 0) {
        out_lit(o, " srcset=\"");
        out_html(o, url);
        out_fmt(o, "?w=%lld %lldw, ", (long long)small, (long long)small);
        out_html(o, url);
        out_fmt(o, " %lldw\" sizes=\"(max-width: 720px) 100vw, 680px\"", (long long)width);
    }
    return true;
}
