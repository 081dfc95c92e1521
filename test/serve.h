/* serve.h: a server on a real socket in a thread of the test, and clients with bare sockets.
 *
 * The test declares `features` itself. What a client waits for comes within LONG_MS, or the test
 * fails.
 */
#ifndef TEST_SERVE_H
#define TEST_SERVE_H

#include "test/kit.h"

enum { LONG_MS = 20000 };

struct served {
    struct kit *kit;
    struct app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char address[160];
    bool ready, ok;
};

/* On a free port of 127.0.0.1 and with two loops, unless `more` says otherwise. */
struct served *serve_with(void **state, struct app_options more);
void serve_again(struct served *s); /* waits until it has ended, and begins anew */
void serve_end(struct served *s);

int client(struct served *s); /* connects */
void say(int fd, const char *text);
struct str hear(struct served *s, int fd, const char *text); /* reads until `text` has come */
/* All until the server closes; fails the test when it does not. */
struct str hear_all(struct served *s, int fd);

void assert_starts(struct str s, const char *text);
void assert_in(struct str s, const char *text);
int count(struct str s, const char *text);
int64_t now_ms(void);

#endif
