/*
 * assets.c: finds an embedded asset by its hashed path or its name.
 *
 * Owns: how a path is read. The table is made by tools/embed. RULES: see assets.h.
 *
 * WHY binary search: the table is constant data of the program, needs no start-up and no memory,
 * and some thirty assets are five comparisons away.
 */
#include "http/assets.h"

#include <string.h>

#define PREFIX "/assets/"
#define NAME_MAX_LENGTH 256

static const struct asset *find_path(struct str path);
static const struct asset *find_name(struct str name);
static const struct asset *find_stale(struct str name);
static int compare(struct str a, struct str b);
static bool is_hash(const char *s);

const struct asset *asset_find(struct str path, bool *immutable)
{
    const struct asset *a = find_path(path);
    *immutable = a != NULL;
    size_t prefix = strlen(PREFIX);
    if (a || path.n <= prefix || memcmp(path.p, PREFIX, prefix) != 0)
        return a;
    struct str name = str_from(path, prefix);
    a = find_name(name);
    return a ? a : find_stale(name);
}

const char *asset_url(const char *name)
{
    const struct asset *a = find_name(str_of(name));
    return a ? a->path.p : PREFIX "missing";
}

static const struct asset *find_path(struct str path)
{
    size_t low = 0, high = skep_assets_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(path, skep_assets[middle].path);
        if (order == 0)
            return &skep_assets[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const struct asset *find_name(struct str name)
{
    size_t low = 0, high = skep_assets_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct asset *a = &skep_assets[skep_assets_by_name[middle]];
        int order = compare(name, a->name);
        if (order == 0)
            return a;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* RULE 2: "app-0123456789.css" is looked up as "app.css". */
static const struct asset *find_stale(struct str name)
{
    char plain[NAME_MAX_LENGTH];
    const size_t tail = 1 + ASSET_HASH_LENGTH;
    size_t end = name.n; /* where the extension begins, if there is one */
    for (size_t i = name.n; i > 0 && name.p[i - 1] != '/'; i--) {
        if (name.p[i - 1] == '.') {
            end = i - 1;
            break;
        }
    }
    if (end <= tail || name.n - tail > sizeof plain || name.p[end - tail] != '-' ||
        !is_hash(name.p + end - ASSET_HASH_LENGTH))
        return NULL;
    memcpy(plain, name.p, end - tail);
    memcpy(plain + end - tail, name.p + end, name.n - end);
    return find_name(str_make(plain, name.n - tail));
}

/* The order of strcmp, by which tools/embed sorts. */
static int compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_hash(const char *s)
{
    for (int i = 0; i < ASSET_HASH_LENGTH; i++)
        if (!memchr("0123456789abcdef", s[i], 16))
            return false;
    return true;
}
