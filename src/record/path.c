/* path.c: see path.h. */
#include "record/path.h"

static size_t step_len(char digits)
{
    return (size_t)(digits - 'a') + 2; /* the count letter and so many digits */
}

int path_depth(struct str path)
{
    int depth = 0;
    for (size_t at = 0; at < path.n; at += step_len(path.p[at]))
        depth++;
    return depth;
}

struct str path_parent(struct str path)
{
    size_t last = 0;
    for (size_t at = 0; at < path.n; at += step_len(path.p[at]))
        last = at;
    return str_first(path, last);
}

struct str path_child(struct arena *a, struct str parent, int64_t id)
{
    if (path_depth(parent) >= PATH_DEPTH_MAX)
        parent = path_parent(parent);
    struct str hex = str_fmt(a, "%llx", (unsigned long long)id);
    return str_fmt(a, STR_FMT "%c" STR_FMT, STR_ARG(parent), (char)('a' + hex.n - 1), STR_ARG(hex));
}

int64_t path_last(struct str path)
{
    struct str step = str_from(path, path_parent(path).n);
    uint64_t id = 0;
    for (size_t i = 1; i < step.n; i++)
        id = id * 16 + (uint64_t)(step.p[i] <= '9' ? step.p[i] - '0' : step.p[i] - 'a' + 10);
    return (int64_t)id;
}
