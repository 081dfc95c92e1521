/* json.h: writing JSON into an out buffer, commas placed by the writer.
 *
 *     json_open(&j, '{'); json_key(&j, "id"); json_int(&j, 12); json_close(&j, '}');
 *
 * Reading JSON is jansson's work (see http/form.h); no name here may be one of jansson's, since
 * the linker would give jansson ours (hence json_double and json_nil).
 *
 * RULES
 *   1. What is written is valid JSON (checked against jansson), whatever the text holds.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/out.h"

struct json {
    struct out *o;
    bool comma; /* the next value or key needs one before it */
};

static inline struct json json_to(struct out *o)
{
    return (struct json){o, false};
}

void json_open(struct json *j, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);
void json_str(struct json *j, struct str s);
void json_int(struct json *j, int64_t n);
void json_double(struct json *j, double d); /* null when not finite */
void json_bool(struct json *j, bool b);
void json_nil(struct json *j);
void json_raw(struct json *j, struct str value); /* JSON already */
void json_time(struct json *j, int64_t us);      /* RFC 3339; null for 0 */

#define json_kstr(j, k, v) (json_key((j), (k)), json_str((j), (v)))
#define json_kint(j, k, v) (json_key((j), (k)), json_int((j), (v)))
#define json_kbool(j, k, v) (json_key((j), (k)), json_bool((j), (v)))
#define json_ktime(j, k, v) (json_key((j), (k)), json_time((j), (v)))

#endif
