/* head.h: reads the head of a request: the one place that names the parser library. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/intake.h"

/* Reads in->head, which ends with an empty line; leaves the state or refuses. */
void head_parse(struct intake *in);

bool head_is_token(unsigned char c); /* RFC 9110 "tchar" */
bool head_host_ok(struct str host);  /* RFC 3986 host [":" port], never empty */

#endif
