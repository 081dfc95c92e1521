/* heap.h: how much memory the C library keeps between two requests.
 *
 * It gives the end of a thread's heap back as soon as 128 kB of it are free, and a request that
 * frees its arena is followed by one that takes as much again: pages go to the system and come
 * back as zeros, with a word to each other processor. Whether that happens depends on what lies
 * behind the last free byte, so the same page costs a half more in one hour than in another.
 */
#ifndef CORE_HEAP_H
#define CORE_HEAP_H

/* Once, before there are threads: each thread keeps up to HEAP_KEPT. */
void heap_begin(void);
/* What is free goes back to the system, of all threads. */
void heap_return(void);

enum { HEAP_KEPT = 1 << 20 };

#endif
