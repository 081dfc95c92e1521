/* gzip.h: compresses whole answers, with one deflate state per thread that is kept. */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include "core/out.h"

struct gzip;

struct gzip *gzip_new(void);
void gzip_free(struct gzip *g);

/* Replaces what is in `to`; false when it would not be shorter. */
bool gzip_pack(struct gzip *g, struct str text, struct out *to);

/* What an Accept-Encoding header says. */
bool accepts_gzip(struct str header);
bool accepts_brotli(struct str header);

#endif
