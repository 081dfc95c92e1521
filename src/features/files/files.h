/* files.h: what the views of files show. */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include "record/files.h"

struct stored_view {
    struct stored s;
    struct str path, markdown, about; /* about: "PNG, 1,024 x 768, 210 kB" */
};

struct files_page {
    const struct stored_view *rows;
    size_t n;
    int64_t max_mb;
};

#endif
