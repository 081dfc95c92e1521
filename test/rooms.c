/* rooms.c: see rooms.h. */
#include "test/rooms.h"

#include <stdio.h>

#include <jansson.h>

#include "record/tags.h"

const char *kit_path(struct kit *kit, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_in_range(n, 0, sizeof text - 1);
    return str_cstr(kit->arena, str_of(text));
}

/* data.id of an answer that must be 201. */
static int64_t made_id(struct res r)
{
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    int64_t id = json_integer_value(json_object_get(json_object_get(root, "data"), "id"));
    json_decref(root);
    assert_true(id > 0);
    return id;
}

static int64_t make_as(struct kit *kit, struct person_kit *author, const char *path,
                       const char *json)
{
    struct person_kit *before = kit->viewer;
    as(kit, author);
    int64_t id = made_id(post_json(kit, path, json));
    kit->viewer = before;
    return id;
}

int64_t space_make(struct kit *kit, struct rooms *rooms, const char *name, const char *openness,
                   const char *audience)
{
    return make_as(kit, rooms->staff, "/spaces",
                   kit_path(kit,
                            "{\"title\":\"%s\",\"body\":\"To try things.\",\"openness\":\"%s\","
                            "\"audience\":\"%s\"}",
                            name, openness, audience));
}

struct rooms rooms_make(struct kit *kit)
{
    struct rooms rooms = {
        .staff = kit_person(kit, "sam", ROLE_STAFF),
        .ana = kit_person(kit, "ana", ROLE_MEMBER),
        .ben = kit_person(kit, "ben", ROLE_MEMBER),
    };
    rooms.space = space_make(kit, &rooms, "Product ideas", "anyone", "public");
    return rooms;
}

static int64_t root_make(struct kit *kit, int64_t space, struct person_kit *author,
                         const char *path, const char *title)
{
    return make_as(
        kit, author, path,
        kit_path(kit,
                 "{\"space\":%lld,\"title\":\"%s\",\"body\":\"The spoon has **nowhere** to be."
                 "\",\"tags\":\"lid brewer\"}",
                 (long long)space, title));
}

int64_t idea_in(struct kit *kit, int64_t space, struct person_kit *author, const char *title)
{
    return root_make(kit, space, author, "/ideas", title);
}

int64_t idea_make(struct kit *kit, struct rooms *rooms, struct person_kit *author,
                  const char *title)
{
    return idea_in(kit, rooms->space, author, title);
}

int64_t topic_make(struct kit *kit, struct rooms *rooms, struct person_kit *author,
                   const char *title)
{
    return root_make(kit, rooms->space, author, "/topics", title);
}

int64_t comment_make(struct kit *kit, struct person_kit *author, int64_t idea, const char *body)
{
    return make_as(kit, author, kit_path(kit, "/ideas/%lld/comments", (long long)idea),
                   kit_path(kit, "{\"body\":\"%s\"}", body));
}

void audience_put(struct kit *kit, int64_t root, int audience)
{
    static const char *const tables[] = {"records", "activities"};
    for (size_t i = 0; i < 2; i++)
        sql_run(kit, kit_path(kit, "UPDATE %s SET audience = %d WHERE root_id = %lld", tables[i],
                              audience, (long long)root));
    sql_run(kit, "DELETE FROM tag_counts");
    sql_run(kit, "INSERT INTO tag_counts (tag_id, type, reach, uses)"
                 " SELECT g.tag_id, g.type, x.reach, COUNT(*) FROM taggings g"
                 " JOIN records r ON r.id = g.record_id JOIN " TAG_REACHES
                 " GROUP BY g.tag_id, g.type, x.reach");
}
