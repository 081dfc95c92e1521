/* picture.h: pictures made anew by libvips, in a process of its own.
 *
 * What people upload is decoded by code that has had, and will have, mistakes. So it runs in a
 * child: Debian's `vipsthumbnail`, with the file as its standard input and an empty file as its
 * output, and nothing else.
 *
 * RULES
 *   1. The child has limits of memory, processor time, output and wall-clock time; one that passes
 *      them is killed, and the picture is not made.
 *   2. The child can open no file but the system's libraries, for reading, and no socket.
 *   3. A picture of more than PICTURE_PIXELS pixels is not handed to it at all.
 *   4. What comes out has no metadata (place, camera, author), stands upright, is at most as large
 *      as asked, and never larger than it was.
 *   5. Where vipsthumbnail is not installed, nothing is made.
 */
#ifndef RECORD_PICTURE_H
#define RECORD_PICTURE_H

#include "text/sniff.h"

enum {
    PICTURE_LARGE = 2048,
    PICTURE_SMALL = 640,
    PICTURE_PIXELS = 50 * 1000 * 1000,
    PICTURE_SECONDS = 10,
};

struct picture {
    struct str type; /* of what came out */
    struct picture_size size;
};

/* Reads the file behind `in` and writes to `out`, an empty file; blocks up to PICTURE_SECONDS.
 * False: it cannot be had. */
bool picture_make(enum picture_kind kind, int in, int out, int edge, struct picture *made);

/* The size that the header of an open file says; 0 by 0: it says none. */
struct picture_size picture_size(enum picture_kind kind, int fd);

bool picture_possible(void); /* vipsthumbnail is there */

#endif
