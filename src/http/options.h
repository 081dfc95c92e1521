/* options.h: the words on the command line, and the same from the environment.
 *
 * Options may stand anywhere; the other words are the command and its arguments, in order. Behind
 * "--" nothing is an option of ours. Each option is also read from the environment as SKEP_<NAME>;
 * the line goes first.
 *
 * RULES
 *   1. A wrong value is said in words, with the option's name, and nothing is started.
 *   2. An option that may be given several times adds to a list; on the line it begins anew.
 */
#ifndef HTTP_OPTIONS_H
#define HTTP_OPTIONS_H

#include <stdio.h>

#include "http/app.h"

struct command_line {
    struct app_options app;
    int argc; /* the command's words and arguments */
    char **argv;
    char tell; /* 'h' or 'V': only to be told something */
};

/* False: something is wrong, and has been said. */
bool options_read(struct command_line *line, int argc, char **argv);
void options_print(FILE *to);

/* For commands: whether argv[*i] is that option, as "--name value" or "--name=value"; *i is then at
 * its last word. */
bool option_value(const char *name, int argc, char **argv, int *i, const char **value);

#endif
