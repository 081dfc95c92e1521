/* ics.c: see ics.h. */
#include "text/ics.h"

#include "core/clock.h"
#include "text/content.h"

enum { LINE_MAX_BYTES = 4 << 20 };

static void write_text(struct out *o, const char *name, struct str text)
{
    struct out line;
    if (!text.n)
        return;
    out_init(&line, LINE_MAX_BYTES);
    out_fmt(&line, "%s:", name);
    content_escape(&line, text);
    content_line(o, out_text(&line));
    out_free(&line);
}

/* An address is no text and has no escapes; one with control characters is none. */
static void write_url(struct out *o, struct str url)
{
    struct out line;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return;
    if (!url.n)
        return;
    out_init(&line, LINE_MAX_BYTES);
    out_lit(&line, "URL:");
    out_str(&line, url);
    content_line(o, out_text(&line));
    out_free(&line);
}

/* "20261231T123000Z", or "20261231". */
static void write_time(struct out *o, const char *name, int64_t us, bool day)
{
    char buf[32];
    struct str s = clock_rfc3339(buf, us);
    if (!us)
        return;
    if (day)
        out_fmt(o, "%s;VALUE=DATE:%.4s%.2s%.2s\r\n", name, s.p, s.p + 5, s.p + 8);
    else
        out_fmt(o, "%s:%.4s%.2s%.2sT%.2s%.2s%.2sZ\r\n", name, s.p, s.p + 5, s.p + 8, s.p + 11,
                s.p + 14, s.p + 17);
}

/* What is said of the other kind is left out. */
static void write_state(struct out *o, const struct ics_item *item)
{
    static const struct {
        const char *event, *task;
    } words[] = {
        [ICS_NO_STATE] = {NULL, NULL},         [ICS_TENTATIVE] = {"TENTATIVE", NULL},
        [ICS_CONFIRMED] = {"CONFIRMED", NULL}, [ICS_CANCELLED] = {"CANCELLED", "CANCELLED"},
        [ICS_OPEN] = {NULL, "NEEDS-ACTION"},   [ICS_DONE] = {NULL, "COMPLETED"},
    };
    const char *word = item->task ? words[item->state].task : words[item->state].event;
    if (word)
        out_fmt(o, "STATUS:%s\r\n", word);
}

/* RULE 2, RULE 3 */
static void write_times(struct out *o, const struct ics_item *item)
{
    write_time(o, "DTSTAMP", item->stamp ? item->stamp : CLOCK_SECOND, false);
    write_time(o, "LAST-MODIFIED", item->stamp, false);
    if (item->task) {
        if (!item->due || item->start < item->due)
            write_time(o, "DTSTART", item->start, item->all_day);
        write_time(o, "DUE", item->due, item->all_day);
        write_time(o, "COMPLETED", item->done, false);
        return;
    }
    write_time(o, "DTSTART", item->start, item->all_day);
    if (item->start && item->end && item->all_day && item->end >= item->start)
        write_time(o, "DTEND", item->end + CLOCK_DAY, true);
    else if (item->start && item->end > item->start && !item->all_day)
        write_time(o, "DTEND", item->end, false);
}

static void write_tags(struct out *o, const struct ics_item *item)
{
    struct out line;
    if (!item->tags)
        return;
    out_init(&line, LINE_MAX_BYTES);
    for (size_t i = 0; i < item->tags; i++) {
        out_str(&line, i ? S(",") : S("CATEGORIES:"));
        content_escape(&line, item->tag[i]);
    }
    content_line(o, out_text(&line));
    out_free(&line);
}

void ics_begin(struct out *o, struct str name)
{
    out_lit(o, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Skep//Skep//EN\r\n"
               "CALSCALE:GREGORIAN\r\n");
    write_text(o, "NAME", name);
    write_text(o, "X-WR-CALNAME", name);
}

void ics_add(struct out *o, const struct ics_item *item)
{
    const char *kind = item->task ? "VTODO" : "VEVENT";
    if (!item->task && !item->start)
        return;
    out_fmt(o, "BEGIN:%s\r\n", kind);
    write_text(o, "UID", item->uid);
    write_times(o, item);
    write_text(o, "SUMMARY", item->summary);
    write_text(o, "DESCRIPTION", item->description);
    write_text(o, "LOCATION", item->location);
    write_url(o, item->url);
    write_tags(o, item);
    write_state(o, item);
    if (item->priority >= 1 && item->priority <= 9)
        out_fmt(o, "PRIORITY:%d\r\n", item->priority);
    if (item->sequence > 0)
        out_fmt(o, "SEQUENCE:%lld\r\n", (long long)item->sequence);
    if (item->all_day && !item->task)
        out_lit(o, "TRANSP:TRANSPARENT\r\n"); /* a day with a deadline is not a day that is full */
    out_fmt(o, "END:%s\r\n", kind);
}

void ics_end(struct out *o)
{
    out_lit(o, "END:VCALENDAR\r\n");
}
