/* tls.h: TLS for the connections of an https listener, by OpenSSL.
 *
 * Bytes in, bytes out: nothing here knows sockets. What comes from the client is given to
 * tls_received; what is to be sent to it gathers in a buffer that the caller sends.
 *
 * RULES
 *   1. TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers, no compression, no
 *      renegotiation; ALPN chooses http/1.1, and who wants only something else is refused.
 *   2. The name that a client asks for (SNI) chooses the certificate; without one, or with a name
 *      that no certificate has, it is the first.
 *   3. Certificates are read anew on SIGHUP and when a file has changed, and connections that are
 *      open go on. What cannot be read is said, and the old ones stay.
 *   4. A session may be resumed by a ticket; the keys of tickets are forgotten within a day.
 *   5. Who does not speak TLS, or speaks it wrongly, gets an alert at most, and the log a reason
 *      without anything of what was sent.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "core/out.h"

enum { TLS_CERTIFICATES = 16, TLS_RECORD = 16 * 1024 };

struct tls_server; /* certificates; shared by all loops */
struct tls;        /* one connection */

/* Lists of files with blanks between them, PEM, as many keys as certificates. NULL and words when
 * one cannot be used. */
struct tls_server *tls_server_new(const char *certificates, const char *keys, struct str *message);
void tls_server_free(struct tls_server *s); /* connections may outlive it */
/* Looks whether a file has changed (or `anyway`), and reads all again. */
void tls_server_look(struct tls_server *s, bool anyway);

struct tls *tls_new(struct tls_server *s);
void tls_free(struct tls *t);

enum tls_result { TLS_BYTES, TLS_MORE, TLS_END, TLS_BROKEN };

/* The client's bytes; then tls_read until it does not give TLS_BYTES. */
void tls_received(struct tls *t, struct str bytes);
enum tls_result tls_read(struct tls *t, char *buffer, size_t size, struct str *plain,
                         struct out *cipher);
/* At most TLS_RECORD bytes. False: the connection is of no use any more. */
bool tls_write(struct tls *t, struct str plain, struct out *cipher);
void tls_bye(struct tls *t, struct out *cipher); /* close_notify */
bool tls_ready(const struct tls *t);             /* the handshake is over */

#endif
