/* mailbox.h: how other threads hand finished work back to a loop or to a waiting thread.
 *
 * RULES
 *   1. Mail is taken in the order in which it was posted.
 *   2. The bell rings only when the box was empty: a batch of completions wakes a loop once.
 */
#ifndef HTTP_MAILBOX_H
#define HTTP_MAILBOX_H

#include <pthread.h>

struct mail { /* embedded in what is sent */
    struct mail *next;
    void (*open)(struct mail *m, void *owner); /* called by the owner of the box, on its thread */
};

struct mailbox {
    pthread_mutex_t lock;
    struct mail *first, **last;
    void (*ring)(void *bell);
    void *bell;
};

void mailbox_init(struct mailbox *box, void (*ring)(void *bell), void *bell);
void mailbox_end(struct mailbox *box);
void mailbox_post(struct mailbox *box, struct mail *m); /* any thread */
void mailbox_open(struct mailbox *box, void *owner);    /* opens all that is there now */

#endif
