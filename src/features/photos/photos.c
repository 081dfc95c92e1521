/* photos.c: photos of people and logos of organisations: of any type with a field of that kind.
 *
 *     /people/12/photo, /people/12/photo/edit
 *
 * Uses    record/photos.h, which owns the bytes
 * RULES
 *   1. Whoever sees the record sees its photo, and nobody else; as the bytes that came, of the type
 *      that they are, and as nothing that could run.
 *   2. Whoever may edit the record sets it or takes it away; both stand in the history.
 *   3. What is no picture, or too large, is refused in words, and what was there stays.
 */
#include "features/photos/photos.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "http/feature.h"
#include "record/photos.h"
#include "view/answer.h"
#include "views/photos/edit.h"

static int photos_show(struct req *rq);
static int photos_edit(struct req *rq);
static int photos_admit(struct req *rq);
static int photos_prepare(struct req *rq);
static int photos_create(struct req *rq);
static int photos_destroy(struct req *rq);

static const struct form_rule version_query[] = {
    {"v", .label = "which one: an address that changes with the photo"}, {0}};

static const struct part open_parts[] = {{.kind = PART_OPEN}, {0}};
static const struct part photo_answer[] = {PART_OBJECT("data", open_parts), {0}};

static const struct route routes[] = {
    {GET, "/:type/:id/photo", photos_show, ANYONE, .query = version_query,
     .help = "the photo of a record, as it was sent"},
    {GET, "/:type/:id/photo/edit", photos_edit, MEMBER, .help = "form to set or remove a photo"},
    {POST, "/:type/:id/photo", photos_create, MEMBER, .rate = PER_HOUR(120), .upload = photos_admit,
     .prepare = photos_prepare, .answers = photo_answer,
     .help = "set a photo: JPEG, PNG, GIF or WebP, as multipart/form-data or as the body"},
    {DELETE, "/:type/:id/photo", photos_destroy, MEMBER, .answers = photo_answer,
     .help = "take the photo away"},
    {0},
};

const struct feature photos_feature = {.name = "photos", .routes = routes};

struct here {
    const struct record_type *type;
    const struct record_field *field;
    struct record *r;
    struct value *values;
};

static bool here_read(struct req *rq, enum right right, struct here *h)
{
    h->type = entries_type(rq);
    h->field = photo_field(h->type, &rq->viewer);
    h->r = h->field ? record_access_type(rq, req_id(rq, "id"), h->type->name, right) : NULL;
    h->values =
        h->r && !h->r->deleted_at ? values_read(rq->db, rq->arena, h->type, h->r->id) : NULL;
    return h->values != NULL;
}

/* ---- out: RULE 1 ---- */

static int photos_show(struct req *rq)
{
    struct here h;
    struct photo photo;
    if (!here_read(rq, RIGHT_READ, &h) || h.values[h.field->index].none ||
        !photo_read(rq->db, rq->arena, h.values[h.field->index].s, &photo))
        return not_found(rq);
    rq->status = 200;
    rq->content_type = photo.type;
    res_header(rq, "Content-Security-Policy", S("default-src 'none'; sandbox"));
    res_header(rq, "Cross-Origin-Resource-Policy", S("same-origin"));
    res_header(rq, "Cache-Control",
               req_query(rq, "v").n ? S("private, max-age=86400") : S("private, no-cache"));
    out_clear(&rq->out);
    out_str(&rq->out, photo.bytes);
    return rq->status;
}

static struct answer page_of(struct req *rq, const struct here *h, const char *wrong)
{
    struct photo_page *v = arena_make(rq->arena, struct photo_page);
    const struct value *photo = &h->values[h->field->index];
    *v = (struct photo_page){
        .type = h->type,
        .r = h->r,
        .path = str_fmt(rq->arena, "/%s/%lld/photo", h->type->plural, (long long)h->r->id),
        .back = record_path(rq->arena, h->r),
        .label = str_of(h->field->label),
        .shown = photo->none ? S("") : photo_path(rq->arena, h->type->plural, h->r->id, photo->s),
        .wrong = wrong};
    return (struct answer){
        .status = wrong ? 422 : 0,
        .title = str_fmt(rq->arena, "%s of " STR_FMT, h->field->label, STR_ARG(h->r->title)),
        .page = photos_edit_view,
        .section = str_fmt(rq->arena, "/%s", h->type->plural).p,
        .width = PAGE_NARROW,
        .data = v};
}

static int photos_edit(struct req *rq)
{
    struct here h;
    if (!here_read(rq, RIGHT_EDIT, &h))
        return not_found(rq);
    struct answer page = page_of(rq, &h, NULL);
    return answer(rq, &page);
}

/* ---- in ---- */

static int photos_admit(struct req *rq)
{
    struct here h;
    return here_read(rq, RIGHT_EDIT, &h) ? 0 : not_found(rq);
}

/* One byte more than may be, so that what is too large is seen to be. */
static struct str bytes_read(struct arena *a, const struct upload *u)
{
    char *p = arena_bytes(a, PHOTO_MOST + 1);
    int fd = open(u->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t n = 0;
    while (fd >= 0 && n < PHOTO_MOST + 1) {
        ssize_t got = read(fd, p + n, PHOTO_MOST + 1 - n);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    return str_make(p, n);
}

static int photos_prepare(struct req *rq)
{
    size_t n;
    const struct upload *uploads = req_uploads(rq, &n);
    struct str *bytes = arena_make(rq->arena, struct str);
    *bytes = n == 1 && uploads->bytes ? bytes_read(rq->arena, uploads) : S("");
    rq->prepared = bytes;
    return 0;
}

static void made_json(struct json *j, const void *data)
{
    const struct here *h = data;
    struct field_set all = field_set_all();
    json_key(j, "data");
    entries_json(j, req_of(j->o), h->type,
                 &(struct selected){.id = h->r->id,
                                    .path = record_path(req_of(j->o)->arena, h->r),
                                    .revision = h->r->revision,
                                    .values = h->values},
                 &all);
}

static int photo_set(struct req *rq, struct here *h, struct value photo)
{
    struct act act = act_of(rq);
    struct record_values *e = fields_new(rq->arena, h->type);
    e->values[h->field->index] = photo;
    e->given[h->field->index] = true;
    fields_update(&act, h->r, e);
    h->values[h->field->index] = photo;
    return answer_updated(rq, record_path(rq->arena, h->r),
                          &(struct answer){.json = made_json, .data = h});
}

static int photos_create(struct req *rq)
{
    const struct str *bytes = rq->prepared;
    struct here *h = arena_make(rq->arena, struct here);
    struct str hash;
    if (!here_read(rq, RIGHT_EDIT, h))
        return not_found(rq);
    const char *why = bytes->n ? photo_keep(rq->db, rq->arena, *bytes, rq->now, false, &hash)
                               : "is empty: choose one picture";
    if (!why)
        return photo_set(rq, h, (struct value){.s = hash});
    why = str_fmt(rq->arena, "%s %s.", h->field->label, why).p; /* RULE 3 */
    if (rq->face == FACE_JSON)
        return refuse(rq, 422, why);
    struct answer page = page_of(rq, h, why);
    return answer(rq, &page);
}

static int photos_destroy(struct req *rq)
{
    struct here *h = arena_make(rq->arena, struct here);
    if (!here_read(rq, RIGHT_EDIT, h))
        return not_found(rq);
    return photo_set(rq, h, (struct value){.none = true});
}
