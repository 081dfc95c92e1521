/* files.h: files that stand in texts: their bytes, who gave them, and who may see them.
 *
 * Layout of the files' folder (app->files; inside of the hub's folder on SQLite):
 *
 *     ab/cdef...    bytes, named by their own BLAKE2b-256 in hex: 2 digits, "/", 62 digits
 *     tmp/...       what is on its way in; means nothing after a restart
 *
 * A file is written, forced to disk and given its name before a row speaks of it, and never
 * changed afterwards: a copy of the folder that is made after a copy of the database holds all that
 * the database names. A file that no row names is left over, and is swept away when it is old.
 *
 * RULES
 *   1. The same bytes are stored once, whoever sends them and under whatever name.
 *   2. An upload is seen by who sent it; by others when a text that they may see names it, or a
 *      field that they may see, of a record that they may see, holds it.
 *   3. A text holds the uploads that it names and its editor has sent, or held already.
 *   4. Whatever moment the program dies at: each row's file is there, whole.
 *   5. Pictures are kept without metadata, at most PICTURE_LARGE wide and high; where one cannot be
 *      made anew, the file is kept as it came, and is no picture.
 *   6. A name is one line without slashes and what could mislead; it keeps its ending.
 *   7. The sweep removes uploads that no text and no field has named for FILES_DRAFT, and files
 *      that nobody names for FILES_GRACE, and nothing else.
 */
#ifndef RECORD_FILES_H
#define RECORD_FILES_H

#include "record/record.h"
#include "text/sniff.h"

#define FILES_DRAFT (7 * CLOCK_DAY)
#define FILES_GRACE CLOCK_HOUR

enum { FILES_HASH = 32, FILES_NAME_MAX = 120, FILES_IN_TEXT = 100, FILES_SWEPT = 1000 };

/* What is known of bytes that are in their place. */
struct file {
    int64_t id; /* 0: no row yet */
    unsigned char sent[FILES_HASH], hash[FILES_HASH], preview[FILES_HASH];
    int64_t bytes, width, height, preview_bytes, preview_width; /* 0: no picture, no preview */
    struct str type;
};

/* Puts the bytes of an upload into their place: looks what they are, makes pictures anew, forces
 * them to disk. Slow: for route->prepare. False: it could not be stored. */
bool file_seal(struct req *rq, const struct upload *upload, struct file *file);

/* In a write transaction: the upload's row. Gives its number; 0: its bytes have gone meanwhile, or
 * after a failure. */
int64_t file_add(struct req *rq, const struct file *file, struct str name);

#define UPLOAD_ROW(F, X)                                                                           \
    F(INT, id, "u.id")                                                                             \
    X(TEXT, name, "u.name")                                                                        \
    X(TEXT, type, "f.type")                                                                        \
    X(INT, bytes, "f.bytes")                                                                       \
    X(INT, width, "f.width")                                                                       \
    X(INT, height, "f.height")                                                                     \
    X(HIDDEN_BLOB, hash, "f.hash")                                                                 \
    X(HIDDEN_BLOB, preview, "f.preview")                                                           \
    X(HIDDEN_INT, preview_bytes, "f.preview_bytes")                                                \
    X(HIDDEN_INT, preview_width, "f.preview_width")                                                \
    X(TIME, created_at, "u.created_at")
ROW_DEFINE(stored, UPLOAD_ROW)

/* RULE 2; NULL: there is none that the viewer may see. */
struct stored *file_access(struct req *rq, int64_t id);
/* Of n uploads those that are there, whoever may see them; how many. */
size_t files_read(struct req *rq, const int64_t *ids, size_t n, struct stored *out);
/* The viewer's latest uploads, newest first. */
size_t files_latest(struct req *rq, struct stored *out, size_t max);

/* Where bytes with this hash lie. */
const char *file_path(const struct app *app, struct arena *a, struct str hash);
struct str file_url(struct arena *a, const struct stored *s);
struct str file_picture(struct arena *a, const struct stored *s); /* a small one; empty: none */
struct str file_size_words(struct arena *a, int64_t bytes);       /* "12 kB" */
/* What stands for it in a text: a picture or a link. */
struct str file_markdown(struct arena *a, const struct stored *s);
struct str file_name_clean(struct arena *a, struct str name, struct str type);

/* Bytes that the person has sent since then. */
int64_t files_sent(struct db *db, int64_t person_id, int64_t since);

/* After a text was made (`fresh`) or changed: what it names is what it holds. */
void files_attach(const struct act *act, const struct record *r, struct str source, bool fresh);
/* For Markdown: size and variants of a picture that is ours. */
bool files_picture(void *ctx, struct str url, struct out *o); /* ctx: struct db * */

/* Once in a while, and at start: RULE 7. `now` is the clock's. */
void files_sweep(struct app *app, int64_t now);

struct files_finding {
    const char *what;
    int64_t id; /* of the row; 0: there is none */
    struct str path;
};
/* Compares the rows of files with the folder, and reads each file again if `deep`: how many
 * findings. In any transaction. */
int64_t files_check(struct app *app, struct db *db, bool deep,
                    void (*say)(void *ctx, const struct files_finding *f), void *ctx);

#endif
