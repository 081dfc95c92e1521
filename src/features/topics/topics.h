/* topics.h: what the topic's page shows. */
#ifndef TOPICS_TOPICS_H
#define TOPICS_TOPICS_H

#include "features/entries/entries.h"
#include "features/records/records.h"
#include "record/origins.h"

struct topic_answer {
    const struct entry *answer;
    const struct entry *comments; /* the entries below it, in reading order */
    size_t comments_n;
    struct comment_thread shown;
    const struct origin *origin; /* NULL: written here */
    bool accepted;
};

struct topic_page {
    struct record *r;
    struct str path;
    bool voted, may_accept, asker;
    int64_t level; /* enum level: what the viewer has chosen for it */
    int64_t accepted_id;
    const struct topic_answer *answers; /* the accepted one first, then by score */
    size_t answers_n;
    const struct entry *comments; /* on the question itself */
    size_t comments_n;
    struct discussion discussion;
    struct comment_thread shown; /* those on the question */
    const struct origin *origin; /* NULL: written here */
    struct form form;            /* for a new answer */
    const struct entry_page *own; /* what the hub's own fields say; NULL: there are none */
};

#endif
