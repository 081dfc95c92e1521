/* tls.c: see tls.h.
 *
 * WHY a BIO of our own: OpenSSL reads straight from the loop's buffer and writes into one buffer of
 * the loop, so that an idle connection holds no buffers at all.
 */
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/log.h"

#define TICKETS_LIVE (12 * CLOCK_HOUR)

struct certificate {
    char *cert_file, *key_file;
    SSL_CTX *ctx;
};

struct chain { /* one reading of all files; connections keep theirs */
    _Atomic int references;
    size_t n;
    struct certificate of[TLS_CERTIFICATES];
};

struct tls_server {
    pthread_mutex_t lock;
    char *certificates, *keys;
    struct chain *chain;
    uint64_t seen; /* of the files, when they were read */
    int64_t read_at;
};

struct tls {
    SSL *ssl;
    struct chain *chain;
    struct str in;
    struct out *cipher; /* while a call runs */
    bool broken;
};

static struct chain *chain_read(const char *certificates, const char *keys, struct str *message);
static void chain_drop(struct chain *c);
static bool certificate_read(struct certificate *c, struct str *message);
static uint64_t files_seen(const struct tls_server *s);
static int on_name(SSL *ssl, int *alert, void *chain);
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                   const unsigned char *in, unsigned in_n, void *ctx);
static BIO_METHOD *bio_method(void);

/* ---- certificates ---- */

static char *copy(struct str s)
{
    char *p = strndup(s.p, s.n);
    if (!p)
        die("out of memory: certificates");
    return p;
}

struct tls_server *tls_server_new(const char *certificates, const char *keys, struct str *message)
{
    struct chain *chain = chain_read(certificates, keys, message);
    if (!chain)
        return NULL;
    struct tls_server *s = calloc(1, sizeof *s);
    if (!s)
        die("out of memory: certificates");
    pthread_mutex_init(&s->lock, NULL);
    s->certificates = copy(str_of(certificates));
    s->keys = copy(str_of(keys));
    s->chain = chain;
    s->seen = files_seen(s);
    s->read_at = clock_monotonic();
    return s;
}

void tls_server_free(struct tls_server *s)
{
    if (!s)
        return;
    chain_drop(s->chain);
    pthread_mutex_destroy(&s->lock);
    free(s->certificates);
    free(s->keys);
    free(s);
}

/* Times, sizes and places of all files as one number. */
static uint64_t files_seen(const struct tls_server *s)
{
    uint64_t seen = 0;
    struct stat st;
    for (size_t i = 0; i < s->chain->n; i++)
        for (int k = 0; k < 2; k++) {
            const char *file = k ? s->chain->of[i].key_file : s->chain->of[i].cert_file;
            if (stat(file, &st) == 0)
                seen = seen * UINT64_C(0x100000001b3) ^ (uint64_t)st.st_mtim.tv_sec ^
                       (uint64_t)st.st_mtim.tv_nsec << 32 ^ (uint64_t)st.st_ino << 8 ^
                       (uint64_t)st.st_size << 16;
        }
    return seen;
}

/* RULES 3 and 4: a reading makes new keys of tickets. */
void tls_server_look(struct tls_server *s, bool anyway)
{
    uint64_t seen = files_seen(s);
    bool changed = seen != s->seen;
    if (!anyway && !changed && clock_monotonic() - s->read_at < TICKETS_LIVE)
        return;
    struct str message = S("");
    s->seen = seen;
    s->read_at = clock_monotonic();
    struct chain *fresh = chain_read(s->certificates, s->keys, &message);
    if (!fresh) {
        log_error("the certificates stay as they were: " STR_FMT, STR_ARG(message));
        return;
    }
    pthread_mutex_lock(&s->lock);
    struct chain *old = s->chain;
    s->chain = fresh;
    pthread_mutex_unlock(&s->lock);
    chain_drop(old);
    if (anyway || changed)
        log_info("certificates read anew");
}

static struct chain *chain_read(const char *certificates, const char *keys, struct str *message)
{
    struct str certs = str_of(certificates), key_files = str_of(keys), cert, key;
    struct chain *c = calloc(1, sizeof *c);
    if (!c)
        die("out of memory: certificates");
    c->references = 1;
    *message = S("https needs --tls-cert and --tls-key");
    bool ok = certs.n > 0;
    while (ok && str_split(&certs, ' ', &cert)) {
        ok = c->n < TLS_CERTIFICATES && str_split(&key_files, ' ', &key);
        if (!ok) {
            *message = S("each --tls-cert needs its --tls-key, and there are 16 at most");
            break;
        }
        struct certificate *it = &c->of[c->n++];
        it->cert_file = copy(cert);
        it->key_file = copy(key);
        ok = certificate_read(it, message);
    }
    if (!ok) {
        chain_drop(c);
        return NULL;
    }
    SSL_CTX_set_tlsext_servername_callback(c->of[0].ctx, on_name);
    SSL_CTX_set_tlsext_servername_arg(c->of[0].ctx, c);
    return c;
}

static void chain_drop(struct chain *c)
{
    if (--c->references > 0)
        return;
    for (size_t i = 0; i < c->n; i++) {
        SSL_CTX_free(c->of[i].ctx);
        free(c->of[i].cert_file);
        free(c->of[i].key_file);
    }
    free(c);
}

static bool fault(struct str *message, const char *file, const char *what)
{
    static __thread char words[600];
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    snprintf(words, sizeof words, "%.400s %s (%s)", file, what,
             reason ? reason : "no reason given");
    ERR_clear_error();
    *message = str_of(words);
    return false;
}

static bool certificate_read(struct certificate *c, struct str *message)
{
    static const unsigned char here[] = "skep";
    SSL_CTX *ctx = c->ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        die("out of memory: TLS");
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets need none */
    SSL_CTX_set_session_id_context(ctx, here, sizeof here - 1);
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    ERR_clear_error();
    if (SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)
        return fault(message, "OpenSSL", "lacks what it must have");
    if (SSL_CTX_use_certificate_chain_file(ctx, c->cert_file) != 1)
        return fault(message, c->cert_file, "cannot be used as a certificate");
    if (SSL_CTX_use_PrivateKey_file(ctx, c->key_file, SSL_FILETYPE_PEM) != 1)
        return fault(message, c->key_file, "cannot be used as the key of its certificate");
    if (SSL_CTX_check_private_key(ctx) != 1)
        return fault(message, c->key_file, "does not fit its certificate");
    return true;
}

/* RULE 2. */
static int on_name(SSL *ssl, int *alert, void *arg)
{
    struct chain *c = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (size_t i = 0; name && i < c->n; i++)
        if (X509_check_host(SSL_CTX_get0_certificate(c->of[i].ctx), name, 0, 0, NULL) == 1) {
            if (i)
                SSL_set_SSL_CTX(ssl, c->of[i].ctx);
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_n,
                   const unsigned char *in, unsigned in_n, void *ctx)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)ctx;
    int found = SSL_select_next_proto((unsigned char **)(uintptr_t)chosen, chosen_n, ours,
                                      sizeof ours - 1, in, in_n);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- the two ends that OpenSSL sees ---- */

static int bio_read(BIO *bio, char *to, int n)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->in.n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    struct str take = str_first(t->in, (size_t)n);
    memcpy(to, take.p, take.n);
    t->in = str_from(t->in, take.n);
    return (int)take.n;
}

static int bio_write(BIO *bio, const char *from, int n)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!t->cipher)
        return -1;
    out_raw(t->cipher, from, (size_t)n);
    return out_failed(t->cipher) ? -1 : n;
}

static long bio_control(BIO *bio, int command, long number, void *p)
{
    (void)bio, (void)number, (void)p;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;

static void method_make(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "skep");
    if (!method || !BIO_meth_set_read(method, bio_read) || !BIO_meth_set_write(method, bio_write) ||
        !BIO_meth_set_ctrl(method, bio_control))
        die("out of memory: TLS");
}

static BIO_METHOD *bio_method(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, method_make);
    return method;
}

/* ---- connections ---- */

struct tls *tls_new(struct tls_server *s)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *bio = BIO_new(bio_method());
    if (!t || !bio)
        die("out of memory: a connection over TLS");
    pthread_mutex_lock(&s->lock);
    t->chain = s->chain;
    t->chain->references++;
    pthread_mutex_unlock(&s->lock);
    t->ssl = SSL_new(t->chain->of[0].ctx);
    if (!t->ssl)
        die("out of memory: a connection over TLS");
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    return t;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    chain_drop(t->chain);
    free(t);
}

bool tls_ready(const struct tls *t)
{
    return SSL_is_init_finished(t->ssl);
}

void tls_received(struct tls *t, struct str bytes)
{
    t->in = bytes;
}

/* RULE 5. OpenSSL's reasons are fixed words. */
static enum tls_result broken(struct tls *t, const char *when)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    log_debug("TLS %s: %s", when, reason ? reason : "cut off");
    ERR_clear_error();
    t->broken = true;
    return TLS_BROKEN;
}

enum tls_result tls_read(struct tls *t, char *buffer, size_t size, struct str *plain,
                         struct out *cipher)
{
    bool shaking = !tls_ready(t);
    if (t->broken)
        return TLS_BROKEN;
    ERR_clear_error();
    t->cipher = cipher;
    int n = SSL_read(t->ssl, buffer, (int)size);
    t->cipher = NULL;
    if (n > 0) {
        *plain = str_make(buffer, (size_t)n);
        return TLS_BYTES;
    }
    int e = SSL_get_error(t->ssl, n);
    if (e == SSL_ERROR_WANT_READ)
        return TLS_MORE;
    if (e == SSL_ERROR_ZERO_RETURN)
        return TLS_END;
    return broken(t, shaking ? "handshake" : "connection");
}

bool tls_write(struct tls *t, struct str plain, struct out *cipher)
{
    if (t->broken || plain.n == 0)
        return !t->broken;
    ERR_clear_error();
    t->cipher = cipher;
    int n = SSL_write(t->ssl, plain.p, (int)plain.n);
    t->cipher = NULL;
    if (n == (int)plain.n)
        return true;
    broken(t, "writing");
    return false;
}

void tls_bye(struct tls *t, struct out *cipher)
{
    if (t->broken || !tls_ready(t))
        return;
    t->cipher = cipher;
    if (SSL_shutdown(t->ssl) < 0)
        t->broken = true;
    t->cipher = NULL;
    ERR_clear_error();
}
