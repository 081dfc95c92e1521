/* hook_sign.h: secrets and signatures of Standard Webhooks (standardwebhooks.com, version 1).
 *
 * RULES
 *   1. A signature is "v1," and the base64 of HMAC-SHA256, keyed with the secret's bytes, over
 *      ID "." TIMESTAMP "." BODY.
 */
#ifndef WEBHOOKS_HOOK_SIGN_H
#define WEBHOOKS_HOOK_SIGN_H

#include <stdint.h>

#include "core/str.h"

/* "whsec_" and the base64 of 24 random bytes. */
struct str hook_secret_make(struct arena *a);

/* Empty: the secret is none. */
struct str hook_sign(struct arena *a, struct str secret, struct str id, int64_t seconds,
                     struct str body);

#endif
