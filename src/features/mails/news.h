/* news.h: letters about what concerns a person: at once, or together once a day or week.
 *
 * The consumer "mail" of the log marks what is to be told and when (table mail_waiting); a job
 * writes the letters when it is time.
 *
 * Owns    tables mail_waiting, mail_choices, mail_hours
 * RULES
 *   1. Each is told as the person chose for its reason: at once, daily, weekly, or never.
 *   2. Whether somebody may see a thing is asked when the letter is written: nothing that is hidden
 *      by then is told, not even that it is there.
 *   3. What the person has seen by then needs no letter.
 *   4. Only an address that was confirmed gets such letters.
 *   5. In quiet hours, by the clock of the person's place, no letter is written: it waits for their
 *      end.
 *   6. One click, or one POST without a session (RFC 8058), ends the letters that its link is for;
 *      looking at the link does not. A link cannot be made up.
 *   7. Letters about one thread refer to one id, so that mail readers keep them together.
 */
#ifndef MAILS_NEWS_H
#define MAILS_NEWS_H

#include "features/mails/outbox.h"
#include "jobs/consumers.h"

enum { REASONS = 6 };

struct mail_reason {
    const char *reason; /* of table notifications */
    const char *phrase; /* "Ana ... Title" */
    const char *label;  /* "Replies to you" */
    const char *how;    /* unless the person chose: once, daily, weekly, never */
};
extern const struct mail_reason mail_reasons[REASONS + 1]; /* ends with reason NULL */
extern const char *const mail_hows[];                      /* ends with NULL */

struct mail_hours {
    struct str zone;
    int64_t digest_hour, digest_day, quiet_from, quiet_to;
};
struct mail_hours mail_hours(struct db *db, struct arena *a, int64_t person_id);

size_t news_take(struct db *db, struct arena *a, struct activity *list, size_t n);
enum job_result news_write(struct job *job);
extern const struct letter_kind letter_notice, letter_digest;

/* "/letters/12.reply.0a1b...": the path of a link that stops letters; "all": all of them. */
struct str stop_path(const struct app *app, struct arena *a, int64_t person_id, struct str reason);

struct choices_page {
    struct form form;
    struct str words[REASONS + 1]; /* what the form says: how to hear of what, and the zone */
    int64_t hours[4];
    struct str email;
    bool verified;
};

struct stop_page {
    struct str token, what; /* "Replies to you"; empty: all */
    bool done;
};

extern const struct form_rule choices_rules[];
extern const struct part choices_answer[], stop_answer[];

int choices_show(struct req *rq);
int choices_update(struct req *rq);
int stops_new(struct req *rq);
int stops_create(struct req *rq);

#endif
