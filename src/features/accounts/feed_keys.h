/* feed_keys.h: what accounts.c and accounts_feed_keys.c share. */
#ifndef ACCOUNTS_FEED_KEYS_H
#define ACCOUNTS_FEED_KEYS_H

#include "features/accounts/accounts.h"
#include "view/answer.h"

extern const struct form_rule feed_key_rules[];
extern const struct part feed_key_parts[],
    feed_key_made_answer[]; /* made: of a struct account_page */

int feed_keys_create(struct req *rq);
int feed_keys_destroy(struct req *rq);

/* The viewer's own, the newest first. */
struct feed_keys_part feed_keys_read(struct req *rq);

struct account_page *account_read(struct req *rq);
struct answer account_answer(const struct account_page *v);

#endif
