/* photos.c: see photos.h. */
#include "record/photos.h"

#include <sodium.h>

#include "text/sniff.h"

bool photo_hash_valid(struct str hash)
{
    for (size_t i = 0; i < hash.n; i++)
        if (!strchr("0123456789abcdef", hash.p[i]))
            return false;
    return hash.n == PHOTO_HASH;
}

const char *photo_keep(struct db *db, struct arena *a, struct str bytes, int64_t at, bool only_look,
                       struct str *hash)
{
    unsigned char sum[PHOTO_HASH / 2];
    struct sniffed is = sniff_bytes(str_first(bytes, SNIFF_HEAD));
    if (is.picture == PICTURE_NONE || is.picture == PICTURE_HEIF)
        return "must be a JPEG, PNG, GIF or WebP picture";
    if (bytes.n > PHOTO_MOST)
        return "may have at most 2 MB";
    crypto_generichash(sum, sizeof sum, (const unsigned char *)bytes.p, bytes.n, NULL, 0);
    *hash = str_hex(a, sum, sizeof sum);
    if (!only_look)
        db_exec(db,
                "INSERT INTO photos (hash, type, bytes, made_at) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT DO NOTHING",
                T(*hash), T(is.type), B(bytes), I(at));
    return NULL;
}

bool photo_read(struct db *db, struct arena *a, struct str hash, struct photo *photo)
{
    struct rows q = db_query(db, "SELECT type, bytes FROM photos WHERE hash = ?1", T(hash));
    bool found = db_next(&q);
    if (found)
        *photo = (struct photo){.type = db_dup(&q, 0, a), .bytes = str_dup(a, db_blob(&q, 1))};
    db_done(&q);
    return found;
}

const struct record_field *photo_field(const struct record_type *t, const struct viewer *viewer)
{
    for (size_t i = 0; t && i < t->fields_n; i++)
        if (t->fields[i].result == KIND_PHOTO && field_seen(&t->fields[i], viewer))
            return &t->fields[i];
    return NULL;
}

struct str photo_path(struct arena *a, const char *plural, int64_t id, struct str hash)
{
    return str_fmt(a, "/%s/%lld/photo?v=" STR_FMT, plural, (long long)id,
                   STR_ARG(str_first(hash, 8)));
}
