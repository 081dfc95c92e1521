/* health.h: what a supervisor and a load balancer ask: does the program live, may it be sent work.
 *
 * RULES
 *   1. /healthz answers 200 as long as the loops turn, also while the database is away.
 *   2. /readyz answers 200 when the hub can be read and written and has this program's schema, and
 *      503 with a sentence otherwise: also from the beginning of a stop.
 *   3. However often it is asked, /readyz writes at most once in READY_MS.
 */
#ifndef HTTP_HEALTH_H
#define HTTP_HEALTH_H

struct feature;

enum { READY_MS = 1000 };

struct health;
struct health *health_new(void);
void health_free(struct health *h);

extern const struct feature health_feature;

#endif
