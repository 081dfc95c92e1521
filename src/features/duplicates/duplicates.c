/* duplicates.c: pairs of records that may be the same, and merging two.
 *
 * Owns    tables duplicates, duplicate_walks     Uses  record/duplicates.h, record/merge.h
 */
#include "features/duplicates/duplicates.h"

#include "record/form.h"

static const struct form_rule with_query[] = {
    {"with", .label = "number of the other one"},
    {0},
};
static const struct form_rule page_rules[] = {{"after", "the `next` of the page before"}, {0}};

static const struct route routes[] = {
    {GET, "/merges", merges_index, STAFF, .flags = ROUTE_UNFED, .query = page_rules,
     .answers = merges_answer, .help = "which records became one"},
    {GET, "/merges/:id", merges_show, MEMBER, .flags = ROUTE_UNFED, .answers = merge_answer,
     .help = "one merge, and how far it is"},
    {DELETE, "/merges/:id", merges_destroy, MEMBER, .rate = PER_MINUTE(30), .answers = merge_answer,
     .help = "take a merge back"},
    {GET, "/:type/:id/merges/new", merge_new, MEMBER, .query = with_query,
     .help = "form to merge the record `with` into this one, field by field"},
    {POST, "/:type/:id/merges", merge_create, MEMBER, .rate = PER_MINUTE(30),
     .flags = ROUTE_CREATES, .answers = merge_answer,
     .help = "merge the record `from` into this one; each field may say left, right or both"},
    {0},
};

static const struct job_kind kinds[] = {{"merge", merge_run}, {0}};

const struct feature duplicates_feature = {.name = "duplicates", .routes = routes, .jobs = kinds};
