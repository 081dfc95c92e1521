/* sheets.c: see sheets.h. */
#include "features/entries/sheets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rand.h"
#include "http/app.h"

enum { PAGE_ARENA = 64 << 20, PAGE_TEXT = 64 << 20, FLUSH = 256 << 10, NAME_BYTES = 12 };

struct writing {
    struct sheet *s;
    const struct sheet_face *face;
    struct out o;
    int fd;
    int64_t bytes;
};

static bool flush(struct writing *w)
{
    struct str text = out_text(&w->o);
    for (size_t at = 0; at < text.n;) {
        ssize_t n = write(w->fd, text.p + at, text.n - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    w->bytes += (int64_t)text.n;
    bool ok = !out_failed(&w->o);
    out_clear(&w->o);
    return ok;
}

static bool rows_put(struct writing *w, const struct selection *found)
{
    struct arena *own = arena_new(PAGE_ARENA);
    bool ok = true;
    for (size_t i = 0; i < found->n && ok; i++) {
        w->face->row(w->s, own, &w->o, &found->rows[i]);
        arena_reset(own);
        if (w->o.n > FLUSH)
            ok = flush(w);
    }
    arena_free(own);
    return ok && flush(w);
}

/* RULE 2: each page in an arena that is emptied behind it; only the cursor is carried on. */
static bool pages_put(struct writing *w)
{
    struct sheet *s = w->s;
    struct arena *own = arena_new(PAGE_ARENA);
    struct req page = *s->rq;
    struct select select = s->v->select;
    char after[1024];
    bool ok = true;
    page.arena = own;
    select.limit = SELECT_MOST;
    select.after = S("");
    select.fields = (struct field_set){0};
    for (size_t c = 0; c < s->n; c++)
        field_set_add(&select.fields, s->fields[c]);
    do {
        struct selection found;
        select_run(&page, &select, &found);
        ok = rows_put(w, &found) && !db_failed(page.db) && found.next.n < sizeof after;
        if (ok && found.next.n)
            memcpy(after, found.next.p, found.next.n);
        select.after = str_make(after, ok ? found.next.n : 0);
        arena_reset(own);
    } while (ok && select.after.n);
    arena_free(own);
    return ok;
}

static bool all_put(struct writing *w)
{
    w->face->head(w->s, &w->o);
    bool ok = flush(w) && pages_put(w);
    if (ok && w->face->tail)
        w->face->tail(w->s, &w->o);
    return ok && flush(w);
}

int sheet_answer(struct req *rq, const struct entry_list *v, const struct sheet_face *face,
                 const void *ctx)
{
    struct sheet s = {.rq = rq, .v = v, .ctx = ctx};
    struct writing w = {.s = &s, .face = face};
    struct str name = rand_hex(rq->arena, NAME_BYTES);
    const char *folder = str_fmt(rq->arena, "%s/tmp", rq->app->files).p;
    const char *path = str_fmt(rq->arena, "%s/%s-" STR_FMT, folder, face->ending, STR_ARG(name)).p;
    if (mkdir(folder, 0700) != 0 && errno == ENOENT && mkdir(rq->app->files, 0700) == 0)
        (void)mkdir(folder, 0700);
    w.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w.fd < 0)
        return refuse(rq, 500, "There is no room to write the list.");
    s.fields = arena_array(rq->arena, const struct record_field *, FIELDS_MAX + 1);
    face->choose(&s);
    out_init(&w.o, PAGE_TEXT);
    bool ok = all_put(&w);
    out_free(&w.o);
    close(w.fd);
    const struct file_answer f = {
        .path = path,
        .bytes = w.bytes,
        .type = face->type,
        .etag = name,
        .disposition =
            str_fmt(rq->arena, "%s; filename=\"%s.%s\"", face->shown ? "inline" : "attachment",
                    v->type->plural, face->ending),
        .cache = S("private, no-store"),
        .policy = S("default-src 'none'; sandbox"),
    };
    ok = ok && answer_file(rq, &f); /* it stays open, */
    unlink(path);                   /* and nobody else finds it */
    return ok ? rq->status : refuse(rq, 500, "The list cannot be written.");
}
