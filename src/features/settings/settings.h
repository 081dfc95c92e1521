/* settings.h: what the page of settings shows; see settings.c. */
#ifndef FEATURES_SETTINGS_H
#define FEATURES_SETTINGS_H

#include "record/form.h"
#include "record/types.h"

enum { HUB_NAME_CHARS = 60 };

struct settings {
    struct str name; /* empty: "Skep" */
    struct hub_usual usual;
    struct form form;
};

#endif
