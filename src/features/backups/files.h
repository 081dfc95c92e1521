/* files.h: the folder of uploaded files, on its way into a backup and out of it. */
#ifndef BACKUPS_FILES_H
#define BACKUPS_FILES_H

#include "features/backups/backups.h"
#include "features/backups/pack.h"

bool files_there(const char *folder); /* NULL: no */

/* All regular files below the folder but what is on its way in: the folder tmp, and names that
 * begin with a dot or end in .part. A file whose name is its BLAKE2b-256 in hex (two digits, a
 * slash, the other 62) is held against it; *wrong counts those that differ, which are taken as they
 * are. */
bool files_write(struct pack *p, const char *folder, struct backup_end *end, int64_t *wrong);

/* Whether it may be a file's name within the folder, and leads nowhere else. */
bool files_name_fits(struct str name);

struct file_out { /* a file that is being written */
    struct str root, path, why;
    int fd;
    struct arena *arena; /* of this file only: emptied with the next one's beginning */
};
bool file_out_begin(struct file_out *f, struct str name);
bool file_out_write(struct file_out *f, struct str bytes);
bool file_out_end(struct file_out *f); /* it is on the disk */

#endif
