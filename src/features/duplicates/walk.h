/* walk.h: the job that finds duplicates; see walk.c. */
#ifndef DUPLICATES_WALK_H
#define DUPLICATES_WALK_H

#include "jobs/jobs.h"

enum { WALK_EVERY_S = 60 };

enum job_result walk_run(struct job *job);

#endif
