/* archives.h: dumps that administrators upload: kept aside, unpacked, and gone when they are in.
 *
 * One archive (as Stack Exchange publishes them, .7z, or .zip, .tar, .tar.gz, ...) or the dump's
 * XML files themselves. They lie in the folder of uploaded files, in imports/NUMBER/SITE/, until
 * the import is done, or a week after it failed or was cancelled.
 *
 * RULES
 *   1. An upload becomes a job, or is not kept: what it cannot be is said in words, and what the
 *      database then refuses is swept away after a day.
 *   2. An archive is read by bsdtar in a cage (core/cage.h): it gets the archive, and gives the
 *      bytes of one of eight files that we name. No name in an archive is ever a file's name here.
 *   3. What is damaged, has no Posts.xml or would grow beyond all measure is told, and nothing of
 *      it is imported.
 *   4. An import that was stopped in the midst of unpacking goes on when it runs again.
 */
#ifndef IMPORTS_ARCHIVES_H
#define IMPORTS_ARCHIVES_H

#include "features/imports/imports.h"
#include "http/request.h"

#define ARCHIVE_NAME "archive" /* in the folder, until it is unpacked */

/* POST /imports/archives, before its transaction: rq->prepared is the struct received. */
struct received {
    struct str folder, space, site;
    const char *wrong, *space_wrong; /* both NULL: it lies in the folder */
};
int archives_prepare(struct req *rq);

/* Whether archives can be unpacked here, and not only XML files taken. */
bool archives_possible(void);

/* Both do nothing to a folder that was not uploaded. False and words: it cannot be unpacked, or,
 * with *stopped, the job is to end. */
bool archive_unpack(struct job *job, struct str folder, bool *stopped, struct str *message);
void archive_remove(struct job *job, struct str folder);

enum job_result archives_sweep(struct job *job); /* those that no job names any more */

#endif
