/* latin.c: see latin.h. */
#include "text/latin.h"

/* Where Windows-1252 differs from Latin-1 (WHATWG: the five that are free are controls). */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

void latin_put(struct out *o, unsigned char c)
{
    char utf8[4];
    out_raw(o, utf8, utf8_put(utf8, c >= 0x80 && c < 0xA0 ? windows_1252[c - 0x80] : c));
}

void latin_mend(struct out *o, struct str s)
{
    for (size_t at = 0, next = 0; at < s.n; at = next) {
        utf8_next(s, &next);
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x80 && next == at + 1)
            latin_put(o, c);
        else
            out_raw(o, s.p + at, next - at);
    }
}

struct str latin_mended(struct arena *a, struct str s)
{
    struct out o;
    if (utf8_valid(s))
        return s;
    out_init(&o, 3 * s.n + 1);
    latin_mend(&o, s);
    return out_take(&o, a);
}
