/* photos.h: the bytes that fields of kind photo stand for.
 *
 * Owns    table photos
 * RULES
 *   1. Bytes are kept as they came, each once; a field holds their hash.
 *   2. Only JPEG, PNG, GIF and WebP of at most PHOTO_MOST bytes are photos, found from the bytes.
 *   3. A photo is given to those who see a record that has it, in that field; see features/photos.
 *
 * WHY in the database, and never anew: decision 0057.
 */
#ifndef RECORD_PHOTOS_H
#define RECORD_PHOTOS_H

#include "record/types.h"

enum { PHOTO_MOST = 2 << 20, PHOTO_HASH = 32 };

struct photo {
    struct str type, bytes;
};

/* In a write transaction. NULL and the hash, or a sentence's end. With `only_look` nothing is
 * kept. */
const char *photo_keep(struct db *db, struct arena *a, struct str bytes, int64_t at, bool only_look,
                       struct str *hash);
bool photo_read(struct db *db, struct arena *a, struct str hash, struct photo *photo);
/* Of a type that has photos: the field that the viewer may see; NULL: none. */
const struct record_field *photo_field(const struct record_type *t, const struct viewer *viewer);
/* "/people/12/photo?v=..." */
struct str photo_path(struct arena *a, const char *plural, int64_t id, struct str hash);
bool photo_hash_valid(struct str hash);

#endif
