/* arena.h: memory with a lifetime instead of an owner.
 *
 * Everything that a request or a job makes lives in its arena and ends with it; nothing is freed
 * one by one. Allocation never returns NULL: passing the ceiling only marks the arena (the
 * dispatcher then refuses with 503), and running out of real memory ends the process.
 *
 * RULES
 *   1. Memory comes zeroed and aligned to 16 bytes; of arena_bytes not zeroed, of arena_tight
 *      neither.
 *   2. Past the ceiling the arena is marked `over`, once and for all until its reset.
 *   3. Deferred calls run at reset, the last one first.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *a);

/* Runs the deferred calls and takes all memory back; the first chunk is kept for the next user. */
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t n);
void *arena_bytes(struct arena *a, size_t n); /* not zeroed: for what is written over at once */
void *arena_tight(struct arena *a, size_t n); /* nor aligned: for bytes that are very many */
#define arena_make(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))
void *arena_calloc(struct arena *a, size_t n, size_t size); /* dies when n * size overflows */

/* Calls fn(p) when the arena is reset: for files, statements and whatever else is not memory. */
void arena_defer(struct arena *a, void (*fn)(void *p), void *p);

bool arena_over(const struct arena *a);
size_t arena_used(const struct arena *a);

#endif
