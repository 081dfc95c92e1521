/* page.h: what the pages of imports show. */
#ifndef EXCHANGES_PAGE_H
#define EXCHANGES_PAGE_H

#include "features/exchanges/exchanges.h"
#include "record/form.h"

enum { REJECTS_MAX = 20000, REJECTS_BYTES = 8 << 20 };

struct imports_list {
    struct str title;
    const struct record_type *type;
    const struct exchange_file *files;
    size_t n;
    int64_t upload_max_mb;
    const char *wrong;
};

struct try_row {
    int64_t row;
    struct str title, why;
};

struct try_group { /* what a dry run would do with some of the rows */
    const char *label;
    int64_t n;
    const struct try_row *rows;
    size_t rows_n;
};

struct import_page {
    const struct record_type *type;
    struct exchange_file file;
    struct plan plan;
    const char *wrong;
    struct str path;
    bool live, open, runs; /* a job is at it; the plan may be changed; it was tried, and may run */
    bool undoes, leads_nowhere; /* ... taken back; names that are not there may be the reason */
    struct map_table map;
    struct dry_run dry;
    const struct try_group *groups;
    size_t groups_n;
    const struct option *keys; /* hint NULL: not chosen */
    size_t keys_n;
    const struct option *spaces;
    size_t spaces_n;
    struct str owner;
    int64_t rejects; /* rows that are kept as rejected */
    struct str plan_json, report_json;
};

struct reject {
    int64_t row;
    struct str why, cells;
};

struct rejects_list {
    const struct import_page *page;
    const struct reject *rows;
    size_t n;
};

extern const struct part import_answer[], imports_answer[], rejects_answer[];

int imports_answer_list(struct req *rq, const struct record_type *t, const char *wrong);
struct answer import_answer_page(struct req *rq, struct import_page *v);
/* What a dry run found; the last one is of what was rejected. */
const struct try_group *import_groups(struct arena *a, struct str report, size_t *n);
bool import_undoes(const struct exchange_file *e); /* whether it can be taken back */
int import_answer_wrong(struct req *rq, struct import_page *v);
const struct reject *rejects_read(struct req *rq, int64_t id, int64_t after, size_t *n);
/* As a table with the file's own columns, the row's number and why. */
void rejects_write(struct out *o, struct arena *a, const struct plan *plan,
                   const struct reject *rejects, size_t n, bool head);
int rejects_answer_list(struct req *rq, const struct import_page *v, const struct reject *rows,
                        size_t n);

#endif
