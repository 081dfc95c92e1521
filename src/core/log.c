/* log.c: one write(2) a line, so that lines of several threads do not mix; see log.h. */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum log_level log_least = LOG_INFO;

static const char *const log_words[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

void log_set_level(enum log_level least)
{
    log_least = least;
}

__attribute__((format(printf, 2, 0))) static void log_write(const char *word, const char *fmt,
                                                            va_list ap)
{
    char line[2048];
    int n = snprintf(line, sizeof line, "%s: ", word);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
    if (m < 0)
        m = 0;
    size_t len = (size_t)n + (size_t)m;
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' '; /* one message, one line, whatever a client put into it */
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nowhere left to complain */
}

void log_line(enum log_level level, const char *fmt, ...)
{
    if (level < log_least)
        return;
    va_list ap;
    va_start(ap, fmt);
    log_write(log_words[level], fmt, ap);
    va_end(ap);
}

void die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_write("fatal", fmt, ap);
    va_end(ap);
    abort();
}
