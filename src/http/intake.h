/* intake.h: turns the bytes of a connection into one request, or into a refusal.
 *
 * Knows nothing of sockets, routes or features: bytes in, in pieces of any size; out come the
 * method, the target, the headers and the body. http-parser reads the head, and this layer checks
 * it again, because two programs that read one request differently are how requests are smuggled.
 * The framing of the body (length or chunks) is our own reading of checked headers.
 *
 * After the head the caller looks up how large a body the route takes, and says so with
 * intake_accept; only then is a byte of body kept.
 *
 * RULES
 *   1. The result does not depend on how the bytes were cut into pieces.
 *   2. Refused with 400: two Content-Lengths, Content-Length with Transfer-Encoding, a length that
 *      is not 1 to 15 digits, any Transfer-Encoding but exactly "chunked", Transfer-Encoding in
 *      HTTP/1.0, folded headers, NUL, bare CR, bare LF, a blank before the colon, a Host that is
 *      not there exactly once (HTTP/1.1) or not a host, blanks or bytes outside ASCII in the
 *      target, a head that http-parser reads differently.
 *   3. Refused: a target over 8 kB (414), headers over 16 kB or 100 (431), a body over what the
 *      route takes (413), at once when the length says so, else when the chunks pass it; versions
 *      but 1.0 and 1.1 (505), methods we do not have (501), expectations but 100-continue (417),
 *      HTTP/1.0 bodies without a length (411).
 *   4. A length is never believed: memory grows with the bytes that came.
 *   5. Bytes behind the end of the request are left to the caller.
 *   6. A body that goes to a sink is not kept here.
 */
#ifndef HTTP_INTAKE_H
#define HTTP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/out.h"
#include "core/str.h"
#include "http/request.h"

enum {
    INTAKE_TARGET_MAX = 8 * 1024,
    INTAKE_HEADERS_MAX = 16 * 1024, /* bytes behind the request line */
    INTAKE_HEADERS_COUNT = 100,
    INTAKE_BLANK_LINES = 4, /* before a request; RFC 9112 section 2.2 wants one ignored */
    INTAKE_CHUNK_LINE = 256,
    INTAKE_TRAILER_MAX = 4 * 1024,
};

enum intake_state {
    INTAKE_HEAD,    /* waits for (the rest of) the head */
    INTAKE_HEADED,  /* the head is there: the caller must call intake_accept */
    INTAKE_BODY,    /* waits for (the rest of) the body */
    INTAKE_WHOLE,   /* the request is complete */
    INTAKE_REFUSED, /* answer `refusal`, then close the connection */
};

enum verb {
    VERB_NONE,
    VERB_GET,
    VERB_HEAD,
    VERB_POST,
    VERB_PUT,
    VERB_PATCH,
    VERB_DELETE,
    VERB_OPTIONS
};

enum chunk_state {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER_START,
    CHUNK_TRAILER,
    CHUNK_TRAILER_LF,
    CHUNK_END_LF,
};

/* Takes a body piece by piece, so that it is never held whole. */
struct intake_sink {
    void (*take)(void *ctx, const char *p, size_t n);
    void *ctx;
};

struct intake {
    enum intake_state state;
    int refusal;     /* status */
    const char *why; /* in words */

    struct arena *arena; /* holds the head */
    char *head;
    size_t head_n, head_cap, line_at, lines, blank_lines;

    enum verb verb;
    struct str target, host, authority; /* authority: of an absolute target, else empty */
    struct param *headers;
    size_t headers_n;
    bool http10, keep_alive, expects, chunked;
    int64_t length; /* of Content-Length; -1: none */

    struct out body;
    struct intake_sink sink;   /* where the body goes instead, if anywhere */
    uint64_t most, data;       /* bytes of body that are taken; that came */
    uint64_t left;             /* of the body or of the chunk */
    size_t received, overhead; /* bytes of the body on the wire; those of them that are not data */
    enum chunk_state chunk;
    unsigned digits, line;
};

/* For a new request; `body` keeps its memory from the last one. */
void intake_begin(struct intake *in, struct arena *a);

/* Takes bytes until the state is no longer HEAD or BODY; says how many it took. */
size_t intake_feed(struct intake *in, const char *p, size_t n);

/* After INTAKE_HEADED: the route takes a body of at most `body_max` bytes. */
void intake_accept(struct intake *in, size_t body_max);

/* After intake_accept, before a byte of the body: it goes there and not into `body`. */
void intake_divert(struct intake *in, struct intake_sink sink);

/* Nothing of the body has come yet and the client waits for "100 Continue". */
bool intake_waits(const struct intake *in);

void intake_refuse(struct intake *in, int status, const char *why);

struct str intake_header(const struct intake *in, const char *name); /* the first; empty: none */

#endif
