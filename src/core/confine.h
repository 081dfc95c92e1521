/* confine.h: the process gives up what it does not need, before it hears from anybody.
 *
 * Files by Landlock: what is not named cannot be opened, nor made. System calls by seccomp: what is
 * not on the list gives EPERM. Both hold for all threads that begin later and for all children; a
 * child may confine itself further by calling this again with less.
 *
 * RULES
 *   1. Only the named places can be opened, and only the named folders written.
 *   2. System calls outside the list are refused with EPERM, and the program goes on: also new
 *      namespaces, and sockets that are neither of the internet nor of this machine.
 *   3. A kernel without Landlock or seccomp is told of in words; the rest holds.
 *   4. A child process can be started from our own program file and from those that are named, and
 *      from nothing else.
 *
 * WHY EPERM and not death: a library that tries something new with its next version gets an error
 * that it knows how to handle, instead of ending a hub in the middle of its day.
 */
#ifndef CORE_CONFINE_H
#define CORE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

enum confine_right {
    CONFINE_READ,
    CONFINE_WRITE,   /* make, write, rename and remove, too */
    CONFINE_EXECUTE, /* read, and start as a program */
};

struct confine_place {
    const char *path; /* a folder with all below it, or a file; one that is not there is left out */
    enum confine_right right;
};

/* Call it while there is one thread. What is missing is logged; true when both hold. */
bool confine(const struct confine_place *places, size_t n);

#endif
