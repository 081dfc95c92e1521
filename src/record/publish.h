/* publish.h: follows the activity log after every commit and tells the open pages.
 *
 * RULES
 *   1. Nothing is sent before the commit that holds its activity, and everything in log order.
 *   2. A vote sends the new count; any other activity asks pages of its thread or space to refresh.
 *      What goes out is the same for everybody: a page fetches itself again under its own rights.
 *   3. A count goes out only where all who may see the page may see what was voted for.
 */
#ifndef RECORD_PUBLISH_H
#define RECORD_PUBLISH_H

struct app;

/* Begins to follow the log at its present end. Once, when the program starts to serve. */
void publish_start(struct app *app);

#endif
