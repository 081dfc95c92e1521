/* fixture.h: files that tests upload, from src/record/fixtures. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "core/cases.h"

/* "photo.jpg": 900 x 600, to be turned upright, with a place and SECRETPLACE in its metadata. The
 * same in photo.webp, photo.avif and photo.heic, without. alpha.png: 90 x 60, anim.gif: 90 x 60 in
 * three frames. */
static inline struct str fixture(struct arena *a, const char *name)
{
    return cases_read(a, str_fmt(a, "src/record/fixtures/%s", name).p);
}

/* The head of a PNG that says it is so large, and nothing behind it. */
static inline struct str fixture_bomb(struct arena *a, unsigned width, unsigned height)
{
    unsigned char head[33] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    for (int i = 0; i < 4; i++) {
        head[16 + i] = (unsigned char)(width >> (24 - 8 * i));
        head[20 + i] = (unsigned char)(height >> (24 - 8 * i));
    }
    head[24] = 8;
    head[25] = 2;
    return str_dup(a, str_make((char *)head, sizeof head));
}

#endif
