/* range.c: the Range of a request, and a file as its answer; see range.h and answer_file. */
#include "http/range.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/http.h"

/* Digits only; -1: none, -2: something else. What is too large for a file is as large as can be. */
static int64_t position(struct str s)
{
    if (!s.n)
        return -1;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return -2;
    int64_t at;
    return s.n < 19 && str_int(s, &at) ? at : INT64_MAX;
}

enum range range_read(struct str header, int64_t bytes, int64_t *from, int64_t *n)
{
    if (!str_eq_nocase(str_first(header, 6), S("bytes=")))
        return RANGE_WHOLE;
    struct str spec = str_trim(str_from(header, 6));
    ptrdiff_t dash = str_find(spec, '-');
    if (dash < 0)
        return RANGE_WHOLE;
    int64_t first = position(str_trim(str_first(spec, (size_t)dash)));
    int64_t last = position(str_trim(str_from(spec, (size_t)dash + 1)));
    if (first == -2 || last == -2 || (first < 0 && last < 0) || (first > last && last >= 0))
        return RANGE_WHOLE;
    if (first < 0) { /* the last so many */
        if (last == 0 || bytes == 0)
            return RANGE_BEYOND;
        *n = last < bytes ? last : bytes;
        *from = bytes - *n;
        return RANGE_PART;
    }
    if (first >= bytes)
        return RANGE_BEYOND;
    *from = first;
    *n = (last < 0 || last >= bytes ? bytes - 1 : last) - first + 1;
    return RANGE_PART;
}

void file_forget(struct http_request *hr)
{
    if (hr->file)
        close(hr->file - 1);
    hr->file = 0;
    hr->file_at = hr->file_left = 0;
}

static bool etag_among(struct str list, struct str etag)
{
    struct str tag;
    while (str_split(&list, ',', &tag))
        if (str_eq(str_trim(tag), etag) || str_eq(str_trim(tag), S("*")))
            return true;
    return false;
}

static void range_heed(struct req *rq, struct str etag, int64_t bytes)
{
    struct http_request *hr = rq->http;
    struct str range = req_header(rq, "range"), only = req_header(rq, "if-range");
    struct str known = req_header(rq, "if-none-match");
    int64_t from, n;
    if (rq->head || !range.n || (only.n && !str_eq(only, etag)) || etag_among(known, etag))
        return;
    switch (range_read(range, bytes, &from, &n)) {
    case RANGE_WHOLE:
        break;
    case RANGE_PART:
        rq->status = 206;
        hr->file_at = from;
        hr->file_left = n;
        res_header(rq, "Content-Range",
                   str_fmt(rq->arena, "bytes %lld-%lld/%lld", (long long)from,
                           (long long)(from + n - 1), (long long)bytes));
        break;
    case RANGE_BEYOND:
        rq->status = 416;
        hr->file_left = 0;
        res_header(rq, "Content-Range", str_fmt(rq->arena, "bytes */%lld", (long long)bytes));
        break;
    }
}

bool answer_file(struct req *rq, const struct file_answer *f)
{
    struct http_request *hr = rq->http;
    struct stat st;
    file_forget(hr);
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != f->bytes) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    struct str etag = str_fmt(rq->arena, "\"" STR_FMT "\"", STR_ARG(f->etag));
    hr->file = fd + 1;
    hr->file_left = f->bytes;
    rq->status = 200;
    rq->content_type = f->type;
    res_header(rq, "ETag", etag);
    res_header(rq, "Accept-Ranges", S("bytes"));
    res_header(rq, "Content-Disposition", f->disposition);
    res_header(rq, "Cache-Control", f->cache);
    res_header(rq, "Content-Security-Policy", f->policy);
    range_heed(rq, etag, f->bytes);
    return true;
}
