/* cases.h: reads .cases files, for tests only (a header, so that the program carries none of it).
 *
 *     Anything before the first "@@ " is commentary.
 *     @@ title of a case
 *     the input, any number of lines
 *     =>
 *     what is expected, any number of lines
 *
 * A part has no newline at its end; a case has at most CASES_PARTS parts. Blank lines before the
 * next "@@ " belong to nobody. Paths are relative to $SKEP_SRC (the root of the source), "." else.
 */
#ifndef CORE_CASES_H
#define CORE_CASES_H

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/str.h"

enum { CASES_PARTS = 4 };

struct test_case {
    struct str title;
    struct str part[CASES_PARTS];
    size_t parts;
};

static inline struct str cases_read(struct arena *a, const char *path)
{
    const char *root = getenv("SKEP_SRC");
    struct str full = str_fmt(a, "%s/%s", root ? root : ".", path);
    FILE *f = fopen(full.p, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        die("cannot read %s", full.p);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *p = arena_alloc(a, n + 1);
    if (fread(p, 1, n, f) != n)
        die("cannot read %s", full.p);
    fclose(f);
    return str_make(p, n);
}

/* The lines before the next line that begins with one of the marks; *rest then begins with it. */
static inline struct str cases_part(struct str *rest)
{
    struct str all = *rest, line, before = all;
    for (; str_split(rest, '\n', &line); before = *rest)
        if (str_starts(line, S("@@ ")) || str_eq(line, S("=>"))) {
            *rest = before;
            all.n = (size_t)(line.p - all.p);
            break;
        }
    if (rest->n && str_starts(*rest, S("@@ ")))
        while (str_ends(all, S("\n\n")))
            all.n--;
    if (str_ends(all, S("\n")))
        all.n--;
    return all;
}

static inline bool cases_next(struct str *rest, struct test_case *c)
{
    *c = (struct test_case){.parts = 0};
    do {
        if (!str_split(rest, '\n', &c->title))
            return false;
    } while (!str_starts(c->title, S("@@ ")));
    c->title = str_from(c->title, 3);
    struct str mark;
    do {
        if (c->parts == CASES_PARTS)
            die("too many parts in case '" STR_FMT "'", STR_ARG(c->title));
        c->part[c->parts++] = cases_part(rest);
    } while (str_eq(str_first(*rest, 3), S("=>\n")) && str_split(rest, '\n', &mark));
    return true;
}

/* The lines of a part without what stands between them, and with escapes for what they mean. */
static inline struct str cases_unescape(struct arena *a, struct str s);
static inline struct str cases_joined(struct arena *a, struct str lines)
{
    char *p = arena_alloc(a, lines.n + 1);
    size_t n = 0;
    struct str line;
    while (str_split(&lines, '\n', &line)) {
        memcpy(p + n, line.p, line.n);
        n += line.n;
    }
    return cases_unescape(a, str_make(p, n));
}

/* Takes \n, \t, \r, \\ and \xHH for what they stand for. */
static inline struct str cases_unescape(struct arena *a, struct str s)
{
    static const char letters[] = "n\nt\tr\r\\\\";
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *letter = NULL;
        if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'x' && i + 3 < s.n) {
            char hex[3] = {s.p[i + 2], s.p[i + 3], 0};
            p[n++] = (char)strtol(hex, NULL, 16);
            i += 3;
            continue;
        }
        if (s.p[i] == '\\' && i + 1 < s.n)
            letter = strchr(letters, s.p[i + 1]);
        p[n++] = letter ? letter[1] : s.p[i];
        i += letter != NULL;
    }
    return str_make(p, n);
}

#endif
