/* heap.c: see heap.h. */
#include "core/heap.h"

#include <malloc.h>

/* The second one, too: what is larger comes from the system each time. */
void heap_begin(void)
{
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
}

void heap_return(void)
{
    malloc_trim(0);
}
