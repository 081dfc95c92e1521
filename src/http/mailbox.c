/* mailbox.c: a list under a lock that is held for a few instructions; see mailbox.h. */
#include "http/mailbox.h"

#include <stdbool.h>
#include <stddef.h>

void mailbox_init(struct mailbox *box, void (*ring)(void *bell), void *bell)
{
    *box = (struct mailbox){.ring = ring, .bell = bell};
    box->last = &box->first;
    pthread_mutex_init(&box->lock, NULL);
}

void mailbox_end(struct mailbox *box)
{
    pthread_mutex_destroy(&box->lock);
}

void mailbox_post(struct mailbox *box, struct mail *m)
{
    m->next = NULL;
    pthread_mutex_lock(&box->lock);
    bool empty = box->first == NULL;
    *box->last = m;
    box->last = &m->next;
    /* Rung under the lock: once the mail is open to the owner, the owner may end the box. */
    if (empty)
        box->ring(box->bell);
    pthread_mutex_unlock(&box->lock);
}

void mailbox_open(struct mailbox *box, void *owner)
{
    pthread_mutex_lock(&box->lock);
    struct mail *m = box->first;
    box->first = NULL;
    box->last = &box->first;
    pthread_mutex_unlock(&box->lock);
    while (m) {
        struct mail *next = m->next;
        m->open(m, owner);
        m = next;
    }
}
