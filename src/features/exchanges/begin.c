/* begin.c: see begin.h. */
#include "features/exchanges/begin.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rand.h"
#include "http/app.h"

bool exchange_may(const struct record_type *t, const struct viewer *viewer) /* exchanges RULE 1 */
{
    enum role least = t->maker == OWNER           ? ROLE_OWNER
                      : t->maker == ADMINISTRATOR ? ROLE_ADMINISTRATOR
                                                  : ROLE_STAFF;
    return viewer->id && type_made(t, viewer, viewer->role >= least);
}

const char *exchange_place(struct app *app, struct arena *a, struct str *file)
{
    struct str folder = exchange_path(app, a, S(""));
    *file = rand_hex(a, 16);
    if (mkdir(folder.p, 0700) && errno == ENOENT && (!mkdir(app->files, 0700) || errno == EEXIST))
        (void)mkdir(folder.p, 0700); /* the first file of the hub */
    return access(folder.p, W_OK) ? NULL : exchange_path(app, a, *file).p;
}

const char *exchange_look(struct req *rq, const struct record_type *t, const char *path,
                          struct plan *plan)
{
    *plan = (struct plan){.keys = S(""), .country = S(""), .tags = S("")};
    const char *why = source_made_text(path);
    if (why)
        return why;
    if (!source_sniff(path, &plan->cards, &plan->dialect))
        return "The file cannot be read.";
    return plan_read(rq, t, path, plan);
}

int64_t exchange_put(struct req *rq, const struct record_type *t, const struct exchange_file *file,
                     const struct plan *plan)
{
    return db_insert(rq->db,
                     "INSERT INTO exchanges (type, person_id, name, file, bytes, state, plan,"
                     " made_at) VALUES (?1, ?2, ?3, ?4, ?5, 'new', ?6, ?7)",
                     Z(t->name), I(rq->viewer.id), T(file->name), T(file->file), I(file->bytes),
                     T(plan_text(rq->arena, plan)), I(rq->now));
}
