/* lane.h: a bounded queue of jobs and the threads that wait at it. */
#ifndef DB_LANE_H
#define DB_LANE_H

#include <pthread.h>

#include "db/store.h"

struct lane {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct store_job *first, **last;
    int waiting, limit;
    int64_t refused;
    bool closed;
};

void lane_init(struct lane *l, int limit);
void lane_destroy(struct lane *l);
void lane_close(struct lane *l); /* what is queued still comes out, nothing more goes in */

/* False when full (unless `force`) or closed. */
bool lane_put(struct lane *l, struct store_job *job, bool force);

/* Waits; NULL when the lane is closed and empty. */
struct store_job *lane_take(struct lane *l);
struct store_job *lane_take_all(struct lane *l); /* a list, the oldest first */

#endif
