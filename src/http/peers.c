/* peers.c: see peers.h. */
#include "http/peers.h"

#include "core/clock.h"
#include "http/rate.h"

int peer_take(struct app *app, enum peer_kind kind, struct str address)
{
    static const char kinds[] = {PEER_REQUESTS, PEER_HANDSHAKES}; /* their places are the keys */
    const struct app_options *o = &app->options;
    int wanted = kind == PEER_REQUESTS ? o->requests_per_peer : o->handshakes_per_peer;
    int otherwise = kind == PEER_REQUESTS ? 3000 : 300;
    if (wanted < 0 || address.n == 0 || str_eq(address, S("127.0.0.1")) ||
        str_eq(address, S("::1")))
        return 0;
    uint64_t key = rates_key(app->peers, &kinds[kind], 0, address);
    return rates_take(app->peers, key, (struct rate){wanted ? wanted : otherwise, 60},
                      clock_steady());
}
