/* access.h: the part of `skep doctor` that explains who sees what; see access.c. */
#ifndef DOCTOR_ACCESS_H
#define DOCTOR_ACCESS_H

#include "http/feature.h"

int command_access(struct app *app, int argc, char **argv);

#endif
