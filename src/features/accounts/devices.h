/* devices.h: browsers that have signed in to an account before, and the letter about a new one.
 *
 * A browser is known by a cookie that it keeps for a year, also while it is signed out.
 *
 * RULES
 *   1. Who signs in with a browser that the account does not know causes a letter: which device,
 *      when, from which address, and where it can be signed out.
 *   2. Not the first one of an account that has joined within a day.
 *   3. Nothing that one can choose or click turns the letter off. It goes to the address that the
 *      account has then; when that is changed, the old one is told of the change.
 *   4. A new password forgets all devices but the one that chose it.
 *   5. A cookie is worth something for a year, for one account, and only as this hub has made it.
 *
 * WHY no table: the cookie holds its time and a mark that only the hub can make, of the account and
 * its password. That is all there is to know, and nothing has to be forgotten.
 */
#ifndef ACCOUNTS_DEVICES_H
#define ACCOUNTS_DEVICES_H

#include "features/mails/mails.h"
#include "http/request.h"

/* "Firefox on Linux": what people know their devices by. */
struct str device_name(struct arena *a, struct str agent);

/* Behind session_create, which gave `session_id`: RULE 1 and 2. */
void device_enters(struct req *rq, int64_t person_id, int64_t session_id);
/* This browser has just chosen the account's password. */
void device_keep(struct req *rq, int64_t person_id);

extern const struct letter_kind letter_device;

#endif
