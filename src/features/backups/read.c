/* read.c: reads a backup and checks all that it says of itself; see backups.h. */
#include <sodium.h>
#include <string.h>

#include "features/backups/files.h"
#include "features/backups/pack.h"
#include "features/backups/rows.h"

struct reading {
    struct pack pack;
    const struct backup_sink *sink;
    struct backup_report *report;
    struct backup_end found;
    struct db_arg *args;
    size_t columns; /* of the widest table */
    bool in_file;
    crypto_generichash_state file;
};

static bool head_take(struct reading *r, struct str block)
{
    struct backup_head *head = &r->report->head;
    struct arena *a = r->pack.arena;
    if (!backup_head_read(head, block, a))
        return false;
    for (size_t i = 0; i < head->tables_n; i++)
        if (head->tables[i].columns_n > r->columns)
            r->columns = head->tables[i].columns_n;
    r->args = arena_array(a, struct db_arg, r->columns + 1);
    r->found.tables = arena_array(a, struct backup_sum, head->tables_n + 1);
    if (r->sink->head && !r->sink->head(r->sink->ctx, head))
        pack_fail(&r->pack, *r->sink->why);
    return true;
}

static bool rows_take(struct reading *r, struct str block)
{
    if (block.n < 2)
        return false;
    size_t table = (unsigned char)block.p[0] | (size_t)(unsigned char)block.p[1] << 8;
    if (table >= r->report->head.tables_n)
        return false;
    size_t columns = r->report->head.tables[table].columns_n;
    block = str_from(block, 2);
    while (block.n && !r->pack.why.n) {
        size_t n = 0;
        for (int i = 0; i < BACKUP_LENGTH && block.n >= BACKUP_LENGTH; i++)
            n |= (size_t)(unsigned char)block.p[i] << (8 * i);
        if (block.n < BACKUP_LENGTH || block.n - BACKUP_LENGTH < n)
            return false;
        struct str row = str_first(str_from(block, BACKUP_LENGTH), n);
        if (!row_read(row, r->args, columns))
            return false;
        sum_add(&r->found.tables[table], row);
        if (r->sink->row && !r->sink->row(r->sink->ctx, table, r->args))
            pack_fail(&r->pack, *r->sink->why);
        block = str_from(block, BACKUP_LENGTH + n);
    }
    return true;
}

static bool file_take(struct reading *r, char type, struct str block)
{
    const struct backup_sink *sink = r->sink;
    if (r->in_file != (type != BLOCK_FILE))
        return false;
    bool done = true;
    if (type == BLOCK_FILE) {
        if (!files_name_fits(block))
            return false;
        crypto_generichash_init(&r->file, NULL, 0, PACK_SUM);
        r->in_file = true;
        r->found.files++;
        done = !sink->file || sink->file(sink->ctx, block);
    } else if (type == BLOCK_DATA) {
        crypto_generichash_update(&r->file, (const unsigned char *)block.p, block.n);
        r->found.file_bytes += (int64_t)block.n;
        done = !sink->data || sink->data(sink->ctx, block);
    } else {
        unsigned char sum[PACK_SUM];
        crypto_generichash_final(&r->file, sum, sizeof sum);
        r->in_file = false;
        if (block.n != PACK_SUM || memcmp(sum, block.p, PACK_SUM) != 0)
            return false;
        done = !sink->seal || sink->seal(sink->ctx);
    }
    if (!done)
        pack_fail(&r->pack, *sink->why);
    return true;
}

/* The head comes first and once; behind the end nothing comes. */
static bool block_take(struct reading *r, char type, struct str block)
{
    if (r->pack.ended || (type == BLOCK_HEAD) != (r->pack.blocks == 1))
        return false;
    switch (type) {
    case BLOCK_HEAD:
        return head_take(r, block);
    case BLOCK_ROWS:
        return rows_take(r, block);
    case BLOCK_FILE:
    case BLOCK_DATA:
    case BLOCK_SEAL:
        return file_take(r, type, block);
    case BLOCK_END:
        r->pack.ended = true;
        return !r->in_file &&
               backup_end_read(&r->report->end, &r->report->head, block, r->pack.arena);
    default:
        return false;
    }
}

static void sums_compare(struct reading *r)
{
    const struct backup_report *report = r->report;
    const struct backup_end *end = &report->end;
    if (r->found.files != end->files || r->found.file_bytes != end->file_bytes)
        pack_fail(&r->pack, str_fmt(r->pack.arena, STR_FMT " has other files than it says",
                                    STR_ARG(report->path)));
    for (size_t i = 0; i < report->head.tables_n; i++)
        if (!sum_eq(&r->found.tables[i], &end->tables[i]))
            pack_fail(&r->pack,
                      str_fmt(r->pack.arena, STR_FMT " has other rows in " STR_FMT " than it says",
                              STR_ARG(report->path), STR_ARG(report->head.tables[i].name)));
}

bool backup_read(struct str path, const struct backup_sink *sink, struct arena *a,
                 struct backup_report *report)
{
    struct reading r = {.sink = sink, .report = report};
    char type = 0;
    struct str block = {0};
    *report = (struct backup_report){.path = path, .why = S("")};
    pack_open(&r.pack, a, path);
    while (pack_next(&r.pack, &type, &block))
        if (!block_take(&r, type, block))
            pack_fail(&r.pack,
                      str_fmt(a, STR_FMT " holds what this program cannot read, in block %lld",
                              STR_ARG(path), (long long)r.pack.blocks));
    if (!r.pack.ended)
        pack_fail(&r.pack, str_fmt(a, STR_FMT " is cut off: its end is missing", STR_ARG(path)));
    if (!r.pack.why.n)
        sums_compare(&r);
    report->bytes = r.pack.at;
    report->why = r.pack.why;
    pack_close(&r.pack);
    return !report->why.n;
}
