/* feeds.h: what the page of feeds shows. */
#ifndef FEEDS_FEEDS_H
#define FEEDS_FEEDS_H

#include "view/answer.h"

struct feeds_page {
    struct outline own, hub, spaces; /* own: Home and notifications, of members */
};

#endif
