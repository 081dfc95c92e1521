/* records_comments.c: comments on any record, in threads.
 *
 * RULES
 *   1. A reply stands below a comment or answer of the same thread, or is refused.
 *   2. A comment comes with its count, index, activity and notifications, or not at all.
 */
#include "features/records/records.h"
#include "views/records/comment_new.h"

static const struct form_rule rules[] = {
    {"body", .label = "Comment", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {"parent", .label = "Parent", .whole = true},
    {0},
};

static void comment_print(struct json *j, const void *data)
{
    const struct record *r = data;
    json_key(j, "data");
    json_open(j, '{');
    record_json(j, r);
    json_kstr(j, "html", r->html.s);
    json_close(j, '}');
}

int comments_create(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_REPLY);
    if (!r)
        return not_found(rq);
    struct form form;
    form_read(rq, rules, &form);
    struct record *parent = r;
    if (form_int(&form, "parent")) {
        parent = record_access(rq, form_int(&form, "parent"), RIGHT_REPLY);
        if (!parent || parent->root_id != r->root_id) {
            form_fail(&form, "parent", "What you reply to is not here any more.");
            parent = r;
        }
    }
    struct text_form *v = arena_make(rq->arena, struct text_form);
    *v = (struct text_form){.r = parent, .form = form, .path = record_path(rq->arena, r)};
    if (!form.ok)
        return form_answer(rq, &form, &(struct answer){.title = S("Comment"),
                                                       .page = records_comment_new_view,
                                                       .data = v});
    struct act act = act_of(rq);
    int64_t id = record_create(&act, &(struct record_draft){.type = "comment",
                                                            .parent = parent,
                                                            .source = form_get(&form, "body")});
    struct record *made = record_load(rq->db, rq->arena, id);
    if (!made)
        return refuse(rq, 500, NULL);
    return answer_created(rq, str_fmt(rq->arena, "/r/%lld", (long long)id),
                          &(struct answer){.json = comment_print, .data = made});
}
