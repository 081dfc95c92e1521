/* mailserver.h: a connection to a mail server, of either kind, by its address (libcurl).
 *
 *     smtp://user:password@mail.example:587     STARTTLS, and nothing without it
 *     imaps://user:password@mail.example        TLS from the first byte
 *     smtp://localhost                          no TLS to this machine itself
 *
 * Behind it may stand ?tls=starttls or ?tls=none, ca=FILE (the authority that the server's
 * certificate is checked against), timeout=SECONDS (for one letter; 60).
 *
 * RULES
 *   1. Over TLS the server's certificate and name are checked; without it no password leaves this
 *      machine.
 *   2. Every wait ends.
 */
#ifndef MAILS_MAILSERVER_H
#define MAILS_MAILSERVER_H

#include <curl/curl.h>
#include <stdbool.h>

#include "core/str.h"

struct arena;

struct mailserver_options {
    struct str url;
    const char *plain, *tls;  /* the schemes: "smtp", "smtps" */
    bool (*go_on)(void *ctx); /* asked every second while something is on its way; NULL: yes */
    void *ctx;
};

struct mailserver {
    CURL *curl;
    struct mailserver_options options;
    const char *base; /* "smtps://mail.example:465", without user, path and query */
    struct str path;  /* of the address, "/" */
    char error[CURL_ERROR_SIZE];
};

/* NULL and words when the address cannot be read. Closed with the arena. */
struct mailserver *mailserver_open(struct arena *a, const struct mailserver_options *options,
                                   struct str *wrong);

#endif
