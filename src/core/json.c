/* json.c: places the commas and spells the values; see json.h. */
#include "core/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"

/* Before a value: the comma it may need. After it, the next one needs one. */
static struct out *json_value(struct json *j)
{
    if (j->comma)
        out_char(j->o, ',');
    j->comma = true;
    return j->o;
}

void json_open(struct json *j, char bracket)
{
    out_char(json_value(j), bracket);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    out_char(j->o, bracket);
    j->comma = true;
}

void json_key(struct json *j, const char *key)
{
    out_json_str(json_value(j), str_of(key));
    out_char(j->o, ':');
    j->comma = false;
}

void json_str(struct json *j, struct str s)
{
    out_json_str(json_value(j), s);
}

void json_int(struct json *j, int64_t n)
{
    out_int(json_value(j), n);
}

/* The shortest of the usual spellings that reads back as the same number. */
void json_double(struct json *j, double d)
{
    struct out *o = json_value(j);
    if (!isfinite(d)) {
        out_lit(o, "null");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    for (const char *p = text; *p;) {
        size_t plain = strspn(p, "0123456789+-e");
        out_raw(o, p, plain);
        p += plain;
        size_t point = strcspn(p, "0123456789+-e"); /* whatever the locale's point looks like */
        if (point)
            out_char(o, '.');
        p += point;
    }
}

void json_bool(struct json *j, bool b)
{
    out_str(json_value(j), b ? S("true") : S("false"));
}

void json_nil(struct json *j)
{
    out_lit(json_value(j), "null");
}

void json_raw(struct json *j, struct str value)
{
    out_str(json_value(j), value);
}

void json_time(struct json *j, int64_t us)
{
    char buf[32];
    if (us)
        json_str(j, clock_rfc3339(buf, us));
    else
        json_nil(j);
}
