/* response.h: ways to answer that the view layer needs besides request.h. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/request.h"

/* The view layer's page for refusals; NULL: plain text. It writes into rq->out and must manage
 * without rq->db, which is NULL when the refusal comes from before or after the transaction. */
void refuse_with(void (*page)(struct req *rq, int status, const char *why));

/* The message that flash() left for this page, once; empty: none. */
struct str flash_take(struct req *rq);

#endif
