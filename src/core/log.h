/* log.h: one line a message on standard error, and the end of the process.
 *
 * In text a line is "warn: what happened"; in JSON it is an object with time, level and message.
 *
 * RULES
 *   1. A message is one line and, in JSON, one object, whatever a client put into it.
 *
 * The supervisor keeps and dates the lines. A broken invariant or a lack of memory is not
 * handled: die() says what broke and ends the process, and the supervisor starts it anew.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>

#include "core/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_style { LOG_TEXT, LOG_JSON };

/* Both are set before threads begin. */
void log_set_level(enum log_level least);
void log_set_style(enum log_style style);
enum log_style log_style(void);
bool log_takes(enum log_level level);
void log_raw(struct str lines); /* whole lines, in the style, of who writes many at once */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
