/* peers.h: how much one address may ask of the hub before anything is known of who it is.
 *
 * RULES
 *   1. An address (a /64 of IPv6) has so many requests and handshakes a minute; what is more gets
 *      429 with Retry-After and the end of its connection, or no connection.
 *   2. The memory of addresses has a fixed size, apart from that of people's rates.
 *   3. This machine itself (127.0.0.1, ::1, a Unix socket) is not counted: it is a proxy or the
 *      operator.
 */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include "http/app.h"

enum peer_kind { PEER_REQUESTS, PEER_HANDSHAKES };

/* 0: go on; else whole seconds to wait. */
int peer_take(struct app *app, enum peer_kind kind, struct str address);

#endif
