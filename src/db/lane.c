/* lane.c: see lane.h. */
#include "db/lane.h"

void lane_init(struct lane *l, int limit)
{
    *l = (struct lane){.limit = limit};
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    l->last = &l->first;
}

void lane_destroy(struct lane *l)
{
    pthread_cond_destroy(&l->filled);
    pthread_mutex_destroy(&l->lock);
}

void lane_close(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_cond_broadcast(&l->filled);
    pthread_mutex_unlock(&l->lock);
}

bool lane_put(struct lane *l, struct store_job *job, bool force)
{
    job->next = NULL;
    pthread_mutex_lock(&l->lock);
    bool fits = !l->closed && (force || l->waiting < l->limit);
    bool wake = fits && !l->first; /* when jobs waited already, somebody is on the way */
    if (fits) {
        *l->last = job;
        l->last = &job->next;
        l->waiting++;
    } else {
        l->refused++;
    }
    pthread_mutex_unlock(&l->lock);
    if (wake)
        pthread_cond_signal(&l->filled);
    return fits;
}

static bool lane_wait(struct lane *l)
{
    while (!l->first && !l->closed)
        pthread_cond_wait(&l->filled, &l->lock);
    return l->first;
}

struct store_job *lane_take(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    struct store_job *job = NULL;
    if (lane_wait(l)) {
        job = l->first;
        l->first = job->next;
        l->waiting--;
        if (!l->first)
            l->last = &l->first;
        else
            pthread_cond_signal(&l->filled); /* lane_put wakes one thread for the first job only */
    }
    pthread_mutex_unlock(&l->lock);
    if (job)
        job->next = NULL;
    return job;
}

struct store_job *lane_take_all(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    struct store_job *jobs = lane_wait(l) ? l->first : NULL;
    l->first = NULL;
    l->last = &l->first;
    l->waiting = 0;
    pthread_mutex_unlock(&l->lock);
    return jobs;
}
