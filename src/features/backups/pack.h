/* pack.h: a file of blocks that can be trusted: written once from front to back, read the same way.
 *
 *     8 bytes    "SKEPBAK1"
 *     blocks     type, packed or not (one byte each), two of zero; length in the file and unpacked
 *                length (four bytes each, low byte first); 32 bytes of BLAKE2b over the sum of the
 *                block before and all of this block but its sum; then the block's bytes
 *
 * A block's sum covers all that stands before it, so that none can be changed, lost, doubled or
 * moved unseen. The last block is the writer's business: pack knows none.
 *
 * RULES
 *   1. What was written is read, block by block.
 *   2. Any changed byte, and any end that is no block's, is found when it is read at the latest.
 *   3. Until pack_keep the file is PATH.part; what stood at PATH is as it was.
 */
#ifndef BACKUPS_PACK_H
#define BACKUPS_PACK_H

#include "core/arena.h"
#include "core/out.h"

enum { PACK_SUM = 32, PACK_BLOCK = 256 << 10, PACK_BLOCK_MAX = 512 << 20 };

struct pack {
    struct arena *arena;
    struct str path, part; /* part: the file's name until it is kept */
    int fd;
    unsigned char sum[PACK_SUM];
    struct out block, packed; /* buffers */
    int64_t at;               /* bytes written, or read */
    int64_t blocks;
    struct str why; /* the first failure; empty: none so far */
    bool ended;
};

/* ---- writing: the first failure sticks ---- */

/* Makes PATH.part. */
void pack_create(struct pack *p, struct arena *a, struct str path);
void pack_put(struct pack *p, char type, struct str bytes, bool squeeze);
void pack_sync(struct pack *p);                 /* all of it is on the disk */
bool pack_keep(struct pack *p);                 /* from now on it has its name */
void pack_drop(struct pack *p);                 /* takes PATH.part away, if it was not kept */
void pack_fail(struct pack *p, struct str why); /* a failure of the caller's */

/* ---- reading ---- */

void pack_open(struct pack *p, struct arena *a, struct str path);
/* False at the end, and after a failure. The bytes live until the next call. */
bool pack_next(struct pack *p, char *type, struct str *bytes);
void pack_close(struct pack *p);

#endif
