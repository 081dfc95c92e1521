/* log.c: one write(2) a line, so that lines of several threads do not mix; see log.h. */
#include "core/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

static enum log_level log_least = LOG_INFO;
static enum log_style style = LOG_TEXT;

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

void log_set_style(enum log_style wanted)
{
    style = wanted;
}

enum log_style log_style(void)
{
    return style;
}

bool log_takes(enum log_level level)
{
    return level >= log_least;
}

void log_raw(struct str lines)
{
    while (lines.n) {
        ssize_t n = write(STDERR_FILENO, lines.p, lines.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nowhere left to complain */
        lines = str_from(lines, (size_t)n);
    }
}

/* Without memory of the heap: it also tells that there is none. */
static size_t json_line(char *to, size_t size, const char *word, const char *text)
{
    char when[32];
    int n = snprintf(to, size, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"",
                     clock_rfc3339(when, clock_now()).p, word);
    size_t at = (size_t)n;
    for (const unsigned char *c = (const unsigned char *)text; *c && at + 10 < size; c++)
        if (*c < ' ' || *c >= 0x7f || *c == '"' || *c == '\\')
            at += (size_t)snprintf(to + at, size - at, "\\u%04x", *c);
        else
            to[at++] = (char)*c;
    memcpy(to + at, "\"}\n", 3);
    return at + 3;
}

__attribute__((format(printf, 2, 0))) static void log_write(const char *word, const char *fmt,
                                                            va_list ap)
{
    char line[2048];
    if (style == LOG_JSON) {
        char text[1024];
        vsnprintf(text, sizeof text, fmt, ap);
        log_raw(str_make(line, json_line(line, sizeof line, word, text)));
        return;
    }
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
    log_raw(str_make(line, len));
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
