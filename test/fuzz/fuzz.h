/* fuzz.h: what the targets share. A target is NAME_fuzz.c with LLVMFuzzerTestOneInput; its corpus
 * lies in NAME_fuzz.corpus/, a file for each input.
 *
 * By clang it is built for libFuzzer (bin/fuzz, bin/ci), by gcc with driver.c (bin/test). What it
 * promises beyond "nothing crashes" it says by must().
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/out.h"
#include "core/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(truth) ((truth) ? (void)0 : fuzz_stop(__FILE__, __LINE__, #truth))

static inline void fuzz_stop(const char *file, int line, const char *promise)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
    abort();
}

/* The next byte of the input, 0 behind its end. */
static inline unsigned fuzz_byte(struct str *rest)
{
    unsigned c = rest->n ? (unsigned char)rest->p[0] : 0;
    *rest = str_from(*rest, 1);
    return c;
}

/* The next line, empty behind the end. */
static inline struct str fuzz_line(struct str *rest)
{
    struct str line = S("");
    return str_split(rest, '\n', &line) ? line : S("");
}

static inline bool fuzz_has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

#endif
