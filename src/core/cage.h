/* cage.h: a foreign program run on one file, with limits and without a way out.
 *
 * RULES
 *   1. It has limits of memory, processor time, output and wall-clock time, and is killed at them.
 *   2. It opens no file but the system's programs and libraries, for reading, and makes, truncates
 *      or changes none.
 *   3. It has no network, and no way to look into other processes or to signal them.
 *   4. It sees no descriptor of ours but the two that it is given, and nothing of our environment.
 *   5. It ends with the thread that waits for it.
 */
#ifndef CORE_CAGE_H
#define CORE_CAGE_H

#include <stddef.h>

struct cage {
    const char *program;            /* absolute */
    const char *const *words;       /* its arguments, from its name on; end with NULL */
    const char *const *environment; /* all of it; ends with NULL */
    int in, out;                    /* its standard input and output; errors go nowhere */
    int seconds;                    /* of processor time, and on the clock */
    size_t memory, output;          /* bytes of address space; of what it writes */
};

/* Waits for it. Its exit code; -1: it was killed, or could not be started. */
int cage_run(const struct cage *cage);

#endif
