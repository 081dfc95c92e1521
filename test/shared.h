/* shared.h: real input that lies beside the source and is not part of it, for tests only.
 *
 * $SKEP_TEST_SHARED names its folder; else it is ../shared/data beside the root of the source.
 * Tests skip what is not there.
 */
#ifndef TEST_SHARED_H
#define TEST_SHARED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "core/str.h"

/* The path of a file there; empty: it is not there. */
static inline struct str shared_path(struct arena *a, const char *file)
{
    const char *folder = getenv("SKEP_TEST_SHARED"), *root = getenv("SKEP_SRC");
    struct str path = folder ? str_fmt(a, "%s/%s", folder, file)
                             : str_fmt(a, "%s/../shared/data/%s", root ? root : ".", file);
    return access(path.p, R_OK) == 0 ? path : S("");
}

/* What a command prints; "%s" in it stands for the path. */
static inline struct str shared_piped(struct arena *a, const char *command, struct str path)
{
    struct out o;
    char piece[65536];
    FILE *f = popen(str_fmt(a, command, path.p).p, "r");
    if (!f)
        die("cannot run %s", command);
    out_init(&o, 1 << 28);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        out_raw(&o, piece, n);
    if (pclose(f) != 0)
        die("%s has failed", command);
    return out_take(&o, a);
}

/* One file of a packed archive. */
static inline struct str shared_member(struct arena *a, struct str archive, struct str name)
{
    struct str command = str_fmt(a, "tar xJOf '%%s' '" STR_FMT "'", STR_ARG(name));
    return shared_piped(a, command.p, archive);
}

#endif
