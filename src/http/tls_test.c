/* tls_test.c: clients over TLS that behave badly. Good ones are node, curl and openssl in
 * test/outside/tls.mjs, which proves tls RULES 1, 2, 3, 4 and 5, wire RULE 3; dispatch RULE 9. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "test/serve.h"

enum { SHORT_MS = 150, BIG = 8 * 1024 * 1024 };

static int big_show(struct req *rq)
{
    for (size_t i = 0; i < BIG; i += 16)
        out_lit(&rq->out, "0123456789abcdef");
    rq->content_type = S("application/octet-stream");
    return rq->status = 200;
}

static const struct route routes[] = {{GET, "/big", big_show, ANYONE}, {0}};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static void certificate_make(const char *cert, const char *key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, pair);
    X509_sign(x, pair, EVP_sha256());
    FILE *f = fopen(cert, "we");
    assert_true(f && PEM_write_X509(f, x) && fclose(f) == 0);
    f = fopen(key, "we");
    assert_true(f && PEM_write_PrivateKey(f, pair, NULL, NULL, 0, NULL, NULL) && fclose(f) == 0);
    X509_free(x);
    EVP_PKEY_free(pair);
}

static struct served *serve_tls(void **state, int header_ms)
{
    static char dir[] = "/tmp/skep-tls.XXXXXX", cert[64], key[64];
    assert_true(cert[0] || mkdtemp(dir));
    snprintf(cert, sizeof cert, "%s/cert", dir);
    snprintf(key, sizeof key, "%s/key", dir);
    certificate_make(cert, key);
    struct served *s = serve_with(state, (struct app_options){.listen = "https://127.0.0.1:0",
                                                              .tls_cert = cert,
                                                              .tls_key = key,
                                                              .header_timeout_ms = header_ms,
                                                              .write_timeout_ms = 8 * SHORT_MS,
                                                              .idle_timeout_ms = SHORT_MS});
    unlink(cert);
    unlink(key);
    rmdir(dir);
    memset(dir + strlen(dir) - 6, 'X', 6);
    cert[0] = 0;
    return s;
}

/* A handshake has the time of a head: who stops in its midst, or drips, is cut. */
static void slow_handshakes_are_cut(void **state) /* loop RULE 2 */
{
    struct served *s = serve_tls(state, SHORT_MS);
    static const char hello[] = "\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03";
    int silent = client(s), half = client(s), drip = client(s);
    int64_t began = now_ms();
    assert_int_equal(send(half, hello, sizeof hello - 1, 0), sizeof hello - 1);
    for (size_t i = 0; i < sizeof hello - 1; i++) {
        if (send(drip, hello + i, 1, MSG_NOSIGNAL) < 0)
            break;
        usleep(SHORT_MS * 100);
    }
    assert_int_equal(hear_all(s, silent).n, 0);
    assert_int_equal(hear_all(s, half).n, 0);
    assert_int_equal(hear_all(s, drip).n, 0);
    assert_true(now_ms() - began < LONG_MS);
    serve_end(s);
}

static SSL *tls_client(struct served *s, SSL_CTX *ctx, int *fd)
{
    SSL *ssl = SSL_new(ctx);
    *fd = client(s);
    SSL_set_fd(ssl, *fd);
    assert_int_equal(SSL_connect(ssl), 1);
    return ssl;
}

#define GET_BIG "GET /big HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"

static void a_large_answer_waits_for_its_reader(void **state) /* wire RULE 2 */
{
    struct served *s = serve_tls(state, LONG_MS);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    static char buf[1 << 16];
    int slow_fd, deaf_fd;
    SSL *slow = tls_client(s, ctx, &slow_fd), *deaf = tls_client(s, ctx, &deaf_fd);
    assert_int_equal(SSL_write(deaf, GET_BIG, sizeof GET_BIG - 1), sizeof GET_BIG - 1);
    assert_int_equal(SSL_write(slow, GET_BIG, sizeof GET_BIG - 1), sizeof GET_BIG - 1);
    size_t total = 0;
    for (int n; (n = SSL_read(slow, buf, sizeof buf)) > 0; total += (size_t)n)
        if (total < BIG / 4)
            usleep(500);
    if (total <= BIG)
        fail_msg("%zu bytes, %s", total, ERR_reason_error_string(ERR_peek_error()));
    struct str figures;
    int64_t began = now_ms(); /* the deaf one is cut */
    do {
        figures = app_request(s->app, s->kit->arena, S("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_true(now_ms() - began < LONG_MS);
        usleep(2000);
    } while (str_find_str(figures, S("\nskep_connections 0\n")) < 0);
    assert_true(str_find_str(figures, S("\nskep_tls_handshakes_total 2\n")) > 0);
    SSL_free(slow);
    SSL_free(deaf);
    close(slow_fd);
    close(deaf_fd);
    SSL_CTX_free(ctx);
    serve_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(slow_handshakes_are_cut),
        kit_test(a_large_answer_waits_for_its_reader),
    };
    return kit_run(tests);
}
