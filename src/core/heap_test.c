/* heap_test.c: proves that what one request frees is there for the next one; see heap.h. */
#define _GNU_SOURCE 1 /* RUSAGE_THREAD */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "core/heap.h"

enum { TURNS = 100, PARTS = 4, BYTES = 100 * 1024 };

/* Pages that the system had to give to a thread which takes the same memory again and again. */
static void *pages_taken(void *out)
{
    struct rusage before, after;
    for (int i = 0; i < TURNS; i++) {
        if (i == 1) /* the first needs them */
            getrusage(RUSAGE_THREAD, &before);
        char *volatile p[PARTS];
        for (int k = 0; k < PARTS; k++)
            memset(p[k] = malloc(BYTES), i, BYTES);
        for (int k = 0; k < PARTS; k++)
            free(p[k]);
    }
    getrusage(RUSAGE_THREAD, &after);
    *(long *)out = after.ru_minflt - before.ru_minflt;
    return NULL;
}

static long taken(void)
{
    pthread_t thread;
    long n = -1;
    assert_int_equal(pthread_create(&thread, NULL, pages_taken, &n), 0);
    pthread_join(thread, NULL);
    return n;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { OWN_MEMORY = 1 }; /* the sanitizer's */
#else
enum { OWN_MEMORY = 0 };
#endif

static void what_is_freed_is_kept(void **state)
{
    (void)state;
    if (OWN_MEMORY)
        skip();
    assert_true(taken() > TURNS); /* as the C library does it */
    heap_begin();
    assert_in_range(taken(), 0, TURNS);
    heap_return();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_freed_is_kept)};
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
