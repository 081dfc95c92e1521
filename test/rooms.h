/* rooms.h: people, a space and what stands in it, for the tests of features. */
#ifndef TEST_ROOMS_H
#define TEST_ROOMS_H

#include "test/kit.h"

struct rooms {
    struct person_kit *staff, *ana, *ben; /* one of the staff, two members */
    int64_t space;                        /* "Product ideas": public, anyone may join */
};

struct rooms rooms_make(struct kit *kit);

/* Opens a space by staff; openness "anyone" ..., audience "public" ... */
int64_t space_make(struct kit *kit, struct rooms *rooms, const char *name, const char *openness,
                   const char *audience);
/* Each by its author through HTTP; gives the id. Who spoke before speaks afterwards. */
int64_t idea_make(struct kit *kit, struct rooms *rooms, struct person_kit *author,
                  const char *title);
int64_t topic_make(struct kit *kit, struct rooms *rooms, struct person_kit *author,
                   const char *title);
int64_t idea_in(struct kit *kit, int64_t space, struct person_kit *author, const char *title);
int64_t comment_make(struct kit *kit, struct person_kit *author, int64_t idea, const char *body);

/* A whole thread for another audience than its space's, with its activities and the counts of tags;
 * no request does that. */
void audience_put(struct kit *kit, int64_t root, int audience);

/* Text with numbers in it, for paths and SQL: lives as long as the test. */
const char *kit_path(struct kit *kit, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
