/* backups.h: a hub in one file, and a hub from one: while it is served, on either engine, and from
 * one engine to the other.
 *
 * The file (pack.h) holds the tables that the database itself lists (db/catalog.h), row by row, the
 * sequences, the folder of files, and at its end how many rows each table has and their sum. What
 * is derived for one engine, the index for full text, is not in it: it is made anew.
 *
 * RULES
 *   1. A backup is of one committed state, though others write meanwhile.
 *   2. A file has its name only when it is whole and was read back; one that was not finished is
 *      called FILE.part, and no restore takes it.
 *   3. One changed bit and a missing end are found, and nothing comes of such a file.
 *   4. What is restored has, row by row, what the backup has, on either engine.
 *   5. A hub is made only where none is, all or nothing.
 *   6. No id is given a second time after a restore.
 *   7. An older backup's schema is brought up to date; a newer one is refused.
 *   8. Memory does not grow with the hub.
 *
 * WHY not the engine's own copies (VACUUM INTO, pg_dump): they cannot move a hub to the other
 * engine, and nobody proves them. See docs/decisions/0019-one-format-for-backups.md.
 */
#ifndef BACKUPS_BACKUPS_H
#define BACKUPS_BACKUPS_H

#include "core/out.h"
#include "db/catalog.h"

enum {
    BACKUP_FORMAT = 1,
    BACKUP_TABLES = 16000, /* at most */
    BACKUP_LENGTH = 4,    /* bytes before a row, low byte first */
};

/* Blocks of the file, in this order. */
enum backup_block {
    BLOCK_HEAD = 'H', /* JSON: struct backup_head */
    BLOCK_ROWS = 'R', /* the table's number in two bytes, then rows, each behind its length */
    BLOCK_FILE = 'F', /* a file begins: its name within the folder */
    BLOCK_DATA = 'D', /* bytes of it */
    BLOCK_SEAL = 'S', /* it ends: its BLAKE2b-256 */
    BLOCK_END = 'E',  /* JSON: struct backup_end */
};

struct backup_head {
    int64_t made_at, migrations;
    struct db_table *tables;
    bool *made; /* of each table: by record types (types.h), so that no migration knows it whole */
    size_t tables_n;
    struct db_sequence *sequences;
    size_t sequences_n;
    bool files; /* there was a folder of files */
};

/* Of a table's rows, whatever their order. */
struct backup_sum {
    int64_t rows;
    uint64_t low, high; /* of all rows' BLAKE2b-128, added up */
};

struct backup_end {
    struct backup_sum *tables; /* as in the head */
    int64_t files, file_bytes;
};

/* JSON of both, and back; false: it is not such a thing. */
void backup_head_put(struct out *o, const struct backup_head *head);
bool backup_head_read(struct backup_head *head, struct str json, struct arena *a);
void backup_end_put(struct out *o, const struct backup_head *head, const struct backup_end *end);
bool backup_end_read(struct backup_end *end, const struct backup_head *head, struct str json,
                     struct arena *a);

/* What a command found out or did. */
struct backup_report {
    struct backup_head head;
    struct backup_end end;
    struct str path;     /* of the file */
    int64_t bytes;       /* ... and its length */
    int64_t wrong_files; /* backup: whose bytes are not what their names say */
    int64_t unsound;     /* restore: what `skep doctor` would find */
    struct str why;      /* what went wrong; empty: nothing did */
};

struct backup_place {
    struct db_options db;
    const char *files; /* folder of the files; NULL: none is known */
};

bool backup_make(const struct backup_place *from, struct str path, struct arena *a,
                 struct backup_report *report);
bool backup_restore(const struct backup_place *to, struct str path, struct arena *a,
                    struct backup_report *report);

/* Whoever reads a backup: each may be NULL, and gives false to stop, saying why in *why. */
struct backup_sink {
    void *ctx;
    struct str *why;
    bool (*head)(void *ctx, const struct backup_head *head);
    bool (*row)(void *ctx, size_t table, const struct db_arg *args);
    bool (*file)(void *ctx, struct str name); /* relative, without dots in front */
    bool (*data)(void *ctx, struct str bytes);
    bool (*seal)(void *ctx); /* the file's bytes were as they should be */
};

/* Reads a whole file, checks all that it says of itself, and fills in the report. */
bool backup_read(struct str path, const struct backup_sink *sink, struct arena *a,
                 struct backup_report *report);

#endif
