/* photos.h: what the view of photos shows. */
#ifndef PHOTOS_PHOTOS_H
#define PHOTOS_PHOTOS_H

#include "features/entries/entries.h"

struct photo_page {
    const struct record_type *type;
    const struct record *r;
    struct str path, back, label; /* of the photo; of the record's page; the field's */
    struct str shown;             /* address of what there is; empty: none */
    const char *wrong;
};

#endif
