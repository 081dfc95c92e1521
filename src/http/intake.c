/* intake.c: the states of a request that is coming in; see intake.h. */
#include "http/intake.h"

#include <string.h>

#include "core/arena.h"
#include "http/head.h"

enum { HEAD_FIRST = 2 * 1024, HEAD_CAP = INTAKE_TARGET_MAX + INTAKE_HEADERS_MAX + 64 };

static size_t intake_head(struct intake *in, const char *p, size_t n);
static bool line_ended(struct intake *in);
static bool head_append(struct intake *in, const char *p, size_t n);
static size_t intake_sized(struct intake *in, const char *p, size_t n);
static size_t intake_chunks(struct intake *in, const char *p, size_t n);
static size_t chunk_data(struct intake *in, const char *p, size_t n);
static void chunk_byte(struct intake *in, unsigned char c);
static void chunk_size_byte(struct intake *in, unsigned char c);
static void trailer_byte(struct intake *in, unsigned char c);

void intake_begin(struct intake *in, struct arena *a)
{
    struct out body = in->body;
    out_clear(&body);
    *in = (struct intake){.arena = a, .body = body, .length = -1, .keep_alive = true};
}

void intake_refuse(struct intake *in, int status, const char *why)
{
    if (in->state == INTAKE_REFUSED)
        return;
    in->state = INTAKE_REFUSED;
    in->refusal = status;
    in->why = why;
    in->keep_alive = false;
}

size_t intake_feed(struct intake *in, const char *p, size_t n)
{
    size_t used = 0;
    while (used < n) {
        if (in->state == INTAKE_HEAD)
            used += intake_head(in, p + used, n - used);
        else if (in->state == INTAKE_BODY && in->chunked)
            used += intake_chunks(in, p + used, n - used);
        else if (in->state == INTAKE_BODY)
            used += intake_sized(in, p + used, n - used);
        else
            break;
    }
    return used;
}

bool intake_waits(const struct intake *in)
{
    return in->state == INTAKE_BODY && in->expects && in->received == 0;
}

struct str intake_header(const struct intake *in, const char *name)
{
    struct str wanted = str_of(name);
    for (size_t i = 0; i < in->headers_n; i++)
        if (in->headers[i].name.n == wanted.n && str_eq_nocase(in->headers[i].name, wanted))
            return in->headers[i].value;
    return S("");
}

/* ---- head ---- */

/* Takes one line or a part of it. Each line is judged as soon as its LF is there, so that a head
 * of bare LFs is refused and not waited for. */
static size_t intake_head(struct intake *in, const char *p, size_t n)
{
    const char *lf = memchr(p, '\n', n);
    size_t take = lf ? (size_t)(lf - p) + 1 : n;
    if (!head_append(in, p, take))
        return take;
    if (!lf || !line_ended(in))
        return take;
    head_parse(in);
    if (in->state == INTAKE_HEAD)
        in->state = INTAKE_HEADED;
    return take;
}

/* True at the empty line that ends the head. */
static bool line_ended(struct intake *in)
{
    const char *line = in->head + in->line_at;
    size_t n = in->head_n - in->line_at;
    const char *cr = memchr(line, '\r', n);
    if (n < 2 || cr != line + n - 2) {
        intake_refuse(in, 400, "A line must end with CR and LF, which stand nowhere else.");
        return false;
    }
    if (n == 2 && in->lines == 0) {
        in->head_n = 0;
        if (++in->blank_lines > INTAKE_BLANK_LINES)
            intake_refuse(in, 400, "Empty lines instead of a request.");
        return false;
    }
    if (n == 2)
        return true;
    if (in->lines && (*line == ' ' || *line == '\t')) {
        intake_refuse(in, 400, "A header must not be folded.");
        return false;
    }
    if (++in->lines > INTAKE_HEADERS_COUNT + 1)
        intake_refuse(in, 431, "Too many headers.");
    in->line_at = in->head_n;
    return false;
}

static bool head_append(struct intake *in, const char *p, size_t n)
{
    /* " HTTP/1.1" and the longest method stand on the request line besides the target. */
    if (in->lines == 0 && in->head_n + n > INTAKE_TARGET_MAX + 32)
        return intake_refuse(in, 414, "The address is too long."), false;
    if (in->head_n + n > HEAD_CAP)
        return intake_refuse(in, 431, "The headers are too long."), false;
    if (in->head_n + n > in->head_cap) {
        in->head_cap = in->head_n + n <= HEAD_FIRST ? HEAD_FIRST : HEAD_CAP;
        char *bigger = arena_alloc(in->arena, in->head_cap);
        if (in->head_n)
            memcpy(bigger, in->head, in->head_n);
        in->head = bigger;
    }
    memcpy(in->head + in->head_n, p, n);
    in->head_n += n;
    return true;
}

/* ---- body ---- */

void intake_accept(struct intake *in, size_t body_max)
{
    if (in->state != INTAKE_HEADED)
        return;
    if (in->length > 0 && (uint64_t)in->length > body_max) {
        intake_refuse(in, 413, "That is more than this address takes.");
        return;
    }
    in->body.max = body_max;
    in->most = body_max;
    in->left = in->length > 0 ? (uint64_t)in->length : 0;
    in->state = in->chunked || in->left ? INTAKE_BODY : INTAKE_WHOLE;
}

void intake_divert(struct intake *in, struct intake_sink sink)
{
    in->sink = sink;
}

static void body_take(struct intake *in, const char *p, size_t n)
{
    in->data += n;
    if (in->sink.take)
        in->sink.take(in->sink.ctx, p, n);
    else
        out_raw(&in->body, p, n);
}

static size_t intake_sized(struct intake *in, const char *p, size_t n)
{
    size_t take = n < in->left ? n : (size_t)in->left;
    body_take(in, p, take);
    in->received += take;
    in->left -= take;
    if (in->left == 0 && in->state == INTAKE_BODY)
        in->state = INTAKE_WHOLE;
    return take;
}

static size_t intake_chunks(struct intake *in, const char *p, size_t n)
{
    size_t used = 0;
    while (used < n && in->state == INTAKE_BODY) {
        if (in->chunk == CHUNK_DATA) {
            used += chunk_data(in, p + used, n - used);
            continue;
        }
        /* What is not data is bounded by what is, so that nobody feeds us extensions for ever. */
        in->received++;
        if (++in->overhead > INTAKE_HEADERS_MAX + 8 * in->data)
            intake_refuse(in, 400, "Too much around the chunks.");
        else
            chunk_byte(in, (unsigned char)p[used++]);
    }
    return used;
}

static size_t chunk_data(struct intake *in, const char *p, size_t n)
{
    size_t take = n < in->left ? n : (size_t)in->left;
    body_take(in, p, take);
    in->received += take;
    in->left -= take;
    if (in->left == 0)
        in->chunk = CHUNK_DATA_CR;
    return take;
}

static void chunk_byte(struct intake *in, unsigned char c)
{
    switch (in->chunk) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION:
    case CHUNK_SIZE_LF:
        chunk_size_byte(in, c);
        break;
    case CHUNK_DATA_CR:
        if (c != '\r')
            intake_refuse(in, 400, "A chunk is longer than it said.");
        in->chunk = CHUNK_DATA_LF;
        break;
    case CHUNK_DATA_LF:
        if (c != '\n')
            intake_refuse(in, 400, "A chunk must end with CR and LF.");
        in->chunk = CHUNK_SIZE;
        in->digits = in->line = 0;
        break;
    default:
        trailer_byte(in, c);
    }
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* chunk-size [ ";" extension ] CR LF, without the blanks that RFC 9112 calls bad. */
static void chunk_size_byte(struct intake *in, unsigned char c)
{
    if (++in->line > INTAKE_CHUNK_LINE)
        intake_refuse(in, 400, "The line of a chunk is too long.");
    if (in->chunk == CHUNK_SIZE_LF) {
        if (c != '\n')
            intake_refuse(in, 400, "The line of a chunk must end with CR and LF.");
        in->chunk = in->left ? CHUNK_DATA : CHUNK_TRAILER_START;
        in->line = 0;
        if (in->left > in->most - in->data)
            intake_refuse(in, 413, "That is more than this address takes.");
        return;
    }
    if (c == '\r' && in->digits) {
        in->chunk = CHUNK_SIZE_LF;
        return;
    }
    if (in->chunk == CHUNK_EXTENSION) {
        if (c != '\t' && (c < ' ' || c >= 0x7f))
            intake_refuse(in, 400, "A chunk extension has a byte that it may not have.");
        return;
    }
    if (c == ';' && in->digits) {
        in->chunk = CHUNK_EXTENSION;
        return;
    }
    int digit = hex_digit(c);
    if (digit < 0 || ++in->digits > 12) {
        intake_refuse(in, 400, "The size of a chunk must be a hexadecimal number.");
        return;
    }
    in->left = in->left * 16 + (uint64_t)digit;
}

/* Trailers are checked as lines and thrown away: nothing here may come after the decision. */
static void trailer_byte(struct intake *in, unsigned char c)
{
    if (++in->line > INTAKE_TRAILER_MAX) {
        intake_refuse(in, 431, "The trailers are too long.");
        return;
    }
    switch (in->chunk) {
    case CHUNK_TRAILER_START:
        in->chunk = c == '\r' ? CHUNK_END_LF : CHUNK_TRAILER;
        if (c != '\r' && !head_is_token(c))
            intake_refuse(in, 400, "A trailer must start with its name.");
        break;
    case CHUNK_TRAILER:
        if (c == '\r')
            in->chunk = CHUNK_TRAILER_LF;
        else if (c != '\t' && (c < ' ' || c == 0x7f))
            intake_refuse(in, 400, "A trailer has a byte that it may not have.");
        break;
    case CHUNK_TRAILER_LF:
        if (c != '\n')
            intake_refuse(in, 400, "A trailer must end with CR and LF.");
        in->chunk = CHUNK_TRAILER_START;
        break;
    default: /* CHUNK_END_LF */
        if (c != '\n')
            intake_refuse(in, 400, "The last chunk must end with CR and LF.");
        else
            in->state = INTAKE_WHOLE;
    }
}
