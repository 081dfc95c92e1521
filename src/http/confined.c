/* confined.c: which places a serving hub needs; the rest is core/confine.h's.
 *
 * WHY folders of certificates and not the files: whoever renews a certificate makes a new file and
 * moves it there, often behind a symbolic link.
 */
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/log.h"
#include "http/app.h"

enum { PLACES = 96 };

struct places {
    struct confine_place of[PLACES];
    size_t n;
};

static void place_add(struct places *p, const char *path, enum confine_right right)
{
    char *kept = strdup(path);
    if (!kept)
        die("out of memory: places");
    if (p->n == PLACES)
        die("more than %d places to confine to", PLACES);
    p->of[p->n++] = (struct confine_place){kept, right};
}

/* The folder that holds a file. */
static void folder_add(struct places *p, const char *file, enum confine_right right)
{
    const char *slash = strrchr(file, '/');
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - file) : 1, slash ? file : ".");
    place_add(p, *folder ? folder : "/", right);
}

static void certificates_add(struct places *p, const char *list)
{
    struct str files = str_of(list), file;
    while (files.n && str_split(&files, ' ', &file)) {
        char path[PATH_MAX], real[PATH_MAX];
        snprintf(path, sizeof path, STR_FMT, STR_ARG(file));
        folder_add(p, path, CONFINE_READ);
        if (realpath(path, real))
            folder_add(p, real, CONFINE_READ);
    }
}

/* The authority of the mail server's certificate: "smtps://host?ca=FILE". */
static void mail_add(struct places *p, const char *server)
{
    const char *at = server ? strstr(server, "ca=") : NULL;
    char path[PATH_MAX];
    if (at && at > server && strchr("?&", at[-1])) {
        snprintf(path, sizeof path, "%.*s", (int)strcspn(at + 3, "&"), at + 3);
        certificates_add(p, path);
    }
}

static void listen_add(struct places *p, const char *list)
{
    struct str addresses = str_of(list), one;
    while (addresses.n && str_split(&addresses, ' ', &one))
        if (str_starts(one, S("unix:"))) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, STR_FMT, STR_ARG(str_from(one, 5)));
            folder_add(p, path, CONFINE_WRITE);
        }
}

/* libpq asks for the user's name and home, which it could not find out later. */
static void postgres_add(struct places *p)
{
    static const char *const files[] = {".pgpass", ".pg_service.conf", ".postgresql"};
    const struct passwd *me = getpwuid(geteuid());
    const char *home = getenv("HOME") ? getenv("HOME") : me ? me->pw_dir : "";
    if (me)
        setenv("PGUSER", me->pw_name, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", home, files[i]);
        place_add(p, path, CONFINE_READ);
    }
    for (const char *const *name = (const char *const[]){"PGPASSFILE", "PGSERVICEFILE", NULL};
         *name; name++)
        if (getenv(*name))
            place_add(p, getenv(*name), CONFINE_READ);
}

void app_confine(const struct app_options *o)
{
    struct places p = {.n = 0};
    const char *data = o->store.db.data;
    char files[APP_FILES_PATH];
    if (data) {
        mkdir(data, 0700); /* as the first opening would: what is not there cannot be allowed */
        place_add(&p, data, CONFINE_WRITE);
        setenv("SQLITE_TMPDIR", data, 1);
        setenv("TMPDIR", data, 1);
    } else {
        postgres_add(&p);
    }
    if (o->import_dir)
        place_add(&p, o->import_dir, CONFINE_READ);
    if (app_files(o, files)) {
        mkdir(files, 0700);
        place_add(&p, files, CONFINE_WRITE);
    }
    place_add(&p, APP_PICTURE_TOOL, CONFINE_EXECUTE);
    place_add(&p, APP_ARCHIVE_TOOL, CONFINE_EXECUTE);
    certificates_add(&p, o->tls_cert);
    certificates_add(&p, o->tls_key);
    mail_add(&p, o->smtp);
    mail_add(&p, o->imap);
    listen_add(&p, o->listen);
    confine(p.of, p.n);
    while (p.n)
        free((char *)(uintptr_t)p.of[--p.n].path);
}
