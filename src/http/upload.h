/* upload.h: a body of files on its way to disk. For src/http/ alone; features see req_uploads.
 *
 * A route with `upload` takes multipart/form-data, or any other body as one file whose name stands
 * in the query as `name`. Its bytes are gathered in one buffer; when that is half full, the
 * connection stops reading, a thread of libuv's pool writes it away, and reading goes on. So an
 * upload holds 64 kB, the socket is the queue, and the loop never waits for a disk.
 *
 * RULES
 *   1. Nothing is stored before who, rate and origin are settled, and the CSRF token is proven: by
 *      X-CSRF-Token, or by the field _csrf, which must stand before the first file.
 *   2. An upload holds at most UPLOAD_BUFFER bytes of files, however large they are.
 *   3. A request that is refused, aborted, too slow or answered leaves no file of its own behind.
 *   4. Refused: more than UPLOAD_FILES files or UPLOAD_FIELDS bytes of fields (413), a file over
 *      the hub's limit (413), a disk that takes no more (503), more than UPLOAD_EACH at once by one
 *      person (429) or APP_UPLOADS by all (503): so what is not yet counted cannot fill the disk.
 *   5. What a crash left is cleaned away when the hub is served again.
 */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

#include "http/http.h"

enum {
    UPLOAD_FILES = 10, /* in one request */
    UPLOAD_EACH = 8,   /* requests of one person under way */
    UPLOAD_FIELDS = 64 * 1024,
    UPLOAD_SLICE = 32 * 1024, /* fed at most between two looks at uploads_due */
    UPLOAD_BUFFER = 2 * UPLOAD_SLICE,
    UPLOAD_AROUND = 128 * 1024, /* fields and heads of parts, besides the files */
};

/* How large a body the hub takes where files are taken. */
size_t upload_body_max(const struct app *app);
int64_t upload_max(const struct app *app); /* one file */

/* After admission: the body goes this way; or it is refused. */
void uploads_begin(struct http_request *hr);
void uploads_end(struct http_request *hr); /* removes what nobody has moved away */

/* At the end of the body: 0, or the status and words to refuse with. */
int uploads_whole(struct http_request *hr, const char **why);

/* Whether bytes should be written away before more is fed. */
bool uploads_due(const struct http_request *hr);
/* Writes them: may wait for the disk, and touches nothing but hr->uploads. */
void uploads_write(struct uploads *u);
/* Afterwards, on the home's thread: says what went wrong, if anything did. */
void uploads_written(struct http_request *hr);

#endif
