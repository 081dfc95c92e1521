/*
 * assets.h: stylesheets, scripts, fonts and images, carried inside the program.
 *
 * tools/embed makes the table from the built files. Each has two addresses: /assets/app-HASH.css,
 * which names one content for ever, and /assets/app.css, for references inside stylesheets and
 * scripts, which are not rewritten.
 *
 * RULES
 *  1. Every asset is found at its path and its name's address; only its path is immutable.
 *  2. A path whose hash is of another build gives today's asset, not immutable: a page that was
 *     opened before an update keeps working.
 *  3. gzip and brotli hold the same bytes as body, and are there only where they are shorter.
 *  4. Anything else is NULL.
 */
#ifndef HTTP_ASSETS_H
#define HTTP_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

#define ASSET_HASH_LENGTH 10 /* hex digits in a path */

struct asset {
    struct str path; /* "/assets/app-0123456789.css" */
    struct str name; /* "app.css"; may hold slashes */
    struct str type; /* "text/css; charset=utf-8" */
    struct str hash; /* the digits in path: good for an ETag; no protection against forgery */
    struct str body;
    struct str gzip, brotli; /* n == 0: not made */
};

/* The asset at a request's path (decoded, without query) or NULL. *immutable: may be cached for
 * ever; otherwise for minutes. */
const struct asset *asset_find(struct str path, bool *immutable);

/* The hashed URL of "app.css". An unknown name gives a URL that answers 404. */
const char *asset_url(const char *name);

/* Made by tools/embed: sorted by path; and the places in it, sorted by name. */
extern const struct asset skep_assets[];
extern const unsigned short skep_assets_by_name[];
extern const size_t skep_assets_count;

#endif
