/* walfile.c: see walfile.h. */
#include "db/walfile.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "core/log.h"

enum { GATHERED = 128 * 1024 };

struct walfile {
    sqlite3_file base; /* first: SQLite knows this */
    sqlite3_file *real;
    char *held; /* what was written and not handed on; NULL before the first write */
    int n;
    sqlite3_int64 at; /* where it begins in the file */
};

static sqlite3_vfs layer;

static struct walfile *of(sqlite3_file *f)
{
    return (struct walfile *)f;
}

/* After a failure what was held is gone, as after a write that fails. */
static int hand_on(struct walfile *w)
{
    int n = w->n;
    w->n = 0;
    return n ? w->real->pMethods->xWrite(w->real, w->held, n, w->at) : SQLITE_OK;
}

static int wal_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct walfile *w = of(f);
    int rc = SQLITE_OK;
    if (w->n && (at != w->at + w->n || n > GATHERED - w->n))
        rc = hand_on(w);
    if (rc != SQLITE_OK)
        return rc;
    if (!w->held && !(w->held = sqlite3_malloc(GATHERED)))
        return SQLITE_NOMEM;
    if (n > GATHERED)
        return w->real->pMethods->xWrite(w->real, p, n, at);
    if (w->n == 0)
        w->at = at;
    memcpy(w->held + w->n, p, (size_t)n);
    w->n += n;
    return SQLITE_OK;
}

static int wal_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    struct walfile *w = of(f);
    int rc = hand_on(w);
    return rc == SQLITE_OK ? w->real->pMethods->xRead(w->real, p, n, at) : rc;
}

static int wal_sync(sqlite3_file *f, int flags)
{
    struct walfile *w = of(f);
    int rc = hand_on(w);
    return rc == SQLITE_OK ? w->real->pMethods->xSync(w->real, flags) : rc;
}

static int wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct walfile *w = of(f);
    int rc = hand_on(w);
    return rc == SQLITE_OK ? w->real->pMethods->xTruncate(w->real, size) : rc;
}

static int wal_size(sqlite3_file *f, sqlite3_int64 *size)
{
    struct walfile *w = of(f);
    int rc = hand_on(w);
    return rc == SQLITE_OK ? w->real->pMethods->xFileSize(w->real, size) : rc;
}

static int wal_close(sqlite3_file *f)
{
    struct walfile *w = of(f);
    int rc = hand_on(w), closed = w->real->pMethods->xClose(w->real);
    sqlite3_free(w->held);
    sqlite3_free(w->real);
    return rc == SQLITE_OK ? closed : rc;
}

static int wal_lock(sqlite3_file *f, int level)
{
    return of(f)->real->pMethods->xLock(of(f)->real, level);
}

static int wal_unlock(sqlite3_file *f, int level)
{
    return of(f)->real->pMethods->xUnlock(of(f)->real, level);
}

static int wal_reserved(sqlite3_file *f, int *is)
{
    return of(f)->real->pMethods->xCheckReservedLock(of(f)->real, is);
}

static int wal_control(sqlite3_file *f, int op, void *arg)
{
    return of(f)->real->pMethods->xFileControl(of(f)->real, op, arg);
}

static int wal_sector(sqlite3_file *f)
{
    return of(f)->real->pMethods->xSectorSize(of(f)->real);
}

static int wal_traits(sqlite3_file *f)
{
    return of(f)->real->pMethods->xDeviceCharacteristics(of(f)->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_reserved,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector,
    .xDeviceCharacteristics = wal_traits,
};

/* Other files are the lower layer's own. */
static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);
    if (below->szOsFile > vfs->szOsFile)
        return SQLITE_CANTOPEN;
    if (!(flags & SQLITE_OPEN_WAL))
        return below->xOpen(below, name, f, flags, out);
    struct walfile *w = of(f);
    *w = (struct walfile){.real = sqlite3_malloc(below->szOsFile)};
    if (!w->real)
        return SQLITE_NOMEM;
    memset(w->real, 0, (size_t)below->szOsFile);
    int rc = below->xOpen(below, name, w->real, flags, out);
    if (rc == SQLITE_OK) {
        w->base.pMethods = &methods;
    } else {
        if (w->real->pMethods)
            w->real->pMethods->xClose(w->real);
        sqlite3_free(w->real);
        w->real = NULL;
    }
    return rc;
}

static void layer_register(void)
{
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);
    layer = *below;
    layer.zName = "skep";
    layer.xOpen = layer_open;
    layer.pNext = NULL;
    if (layer.szOsFile < (int)sizeof(struct walfile))
        layer.szOsFile = sizeof(struct walfile);
    if (sqlite3_vfs_register(&layer, 0) != SQLITE_OK)
        die("SQLite takes no layer for its log");
}

const char *walfile_layer(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, layer_register);
    return layer.zName;
}
