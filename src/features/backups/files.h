/* files.h: the folder of uploaded files, on its way into a backup and out of it. */
#ifndef BACKUPS_FILES_H
#define BACKUPS_FILES_H

#include "features/backups/backups.h"
#include "features/backups/pack.h"

bool files_there(const char *folder); /* NULL: no */

/* All regular files below the folder but those whose name, or whose folder's, begins with a dot or
 * ends in .part: they are not files yet. */
bool files_write(struct pack *p, const char *folder, struct backup_end *end);

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
