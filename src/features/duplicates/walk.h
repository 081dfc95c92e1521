/* walk.h: the job that finds duplicates; see walk.c. */
#ifndef DUPLICATES_WALK_H
#define DUPLICATES_WALK_H

#include "jobs/consumers.h"
#include "jobs/jobs.h"

/* A walk, where something has changed that is compared. */
size_t walk_order(struct db *db, struct arena *a, struct activity *list, size_t n);
enum job_result walk_run(struct job *job);

#endif
