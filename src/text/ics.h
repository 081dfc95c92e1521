/* ics.h: writes calendars (iCalendar, RFC 5545): events and tasks.
 *
 *     ics_begin(&o, S("Deals of Ana"));
 *     ics_add(&o, &item); ...
 *     ics_end(&o);
 *
 * RULES
 *   1. Lines are as content.h says; what RFC 5545 demands (PRODID, UID, DTSTAMP) is there, and
 *      what is empty is left out.
 *   2. Times are written in UTC; days (all day long) as dates, whose end is the day after the last.
 *   3. An end that is not behind its start is left out, as is the start of a task that is not
 *      before it is due, and whatever is a task's in an event. An event without a start is none.
 */
#ifndef TEXT_ICS_H
#define TEXT_ICS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/out.h"
#include "core/str.h"

enum ics_state { ICS_NO_STATE, ICS_TENTATIVE, ICS_CONFIRMED, ICS_CANCELLED, ICS_OPEN, ICS_DONE };

struct ics_item {
    bool task;            /* VTODO, else VEVENT */
    bool all_day;         /* start, end and due are days: microseconds of their midnight */
    struct str uid;       /* never changes, is nobody else's: "deal-12@hub.example" */
    int64_t stamp;        /* when it was last changed; all times are microseconds UTC, 0: none */
    int64_t start, end;   /* of all-day events the last day */
    int64_t due, done;    /* of tasks */
    enum ics_state state; /* the first three are of events; CANCELLED, OPEN and DONE of tasks */
    int priority;         /* 1 highest to 9; 0: none */
    int64_t sequence;     /* how often its time was changed */
    struct str summary, description, location, url;
    const struct str *tag;
    size_t tags;
};

void ics_begin(struct out *o, struct str name);
void ics_add(struct out *o, const struct ics_item *item);
void ics_end(struct out *o);

#endif
