/* deals.c: what may be sold to whom, and how far it has come, in several pipelines. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice pipelines[] = {{"sales", "Sales", "honey"},
                                                {"renewal", "Renewals", "teal"},
                                                {"partner", "Partners", "blue"},
                                                {0}};

/* clang-format off */
static const struct field_choice stages[] = {
    {"new", "New", "grey", .within = "sales", .sets = "probability=10"},
    {"qualified", "Qualified", "blue", .within = "sales", .sets = "probability=25"},
    {"proposal", "Proposal", "honey", .within = "sales", .sets = "probability=50"},
    {"negotiation", "Negotiation", "violet", .within = "sales", .sets = "probability=75"},
    {"due", "Due", "grey", .within = "renewal", .sets = "probability=60"},
    {"contacted", "Contacted", "blue", .within = "renewal", .sets = "probability=70"},
    {"quoted", "Quoted", "honey", .within = "renewal", .sets = "probability=85"},
    {"approached", "Approached", "grey", .within = "partner", .sets = "probability=10"},
    {"evaluating", "Evaluating", "teal", .within = "partner", .sets = "probability=40"},
    {"agreement", "Agreement", "violet", .within = "partner", .sets = "probability=80"},
    {"won", "Won", "green", true, .sets = "probability=100"},
    {"lost", "Lost", "red", true, .lost = true, .sets = "probability=0"},
    {0},
};
/* clang-format on */

static const struct record_field fields[] = {
    {"title", "Deal", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .target = "organisation"},
    {"contacts", "Contacts", KIND_REFS, FIELD_CARD, .target = "person",
     .roles = "decision maker, user, buyer, influencer"},
    {"pipeline", "Pipeline", KIND_CHOICE, FIELD_REQUIRED | FIELD_INDEXED, .choices = pipelines},
    {"stage", "Stage", KIND_CHOICE, FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .choices = stages, .depends = "pipeline"},
    {"amount", "Amount", KIND_MONEY, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"probability", "Probability in %", KIND_INTEGER, FIELD_STAFF | FIELD_INDEXED},
    {"expected", "Expected", KIND_FORMULA, FIELD_STAFF | FIELD_INDEXED,
     .formula = "amount * probability / 100"},
    {"close_on", "Closes on", KIND_DATE, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"next_step", "Next step", KIND_TEXT, FIELD_STAFF | FIELD_INDEXED},
    {"closed_at", "Closed", KIND_TIME, FIELD_FIXED | FIELD_BROUGHT | FIELD_INDEXED,
     .section = "Outcome", .depends = "stage"},
    {"lost_reason", "Why it was lost", KIND_TEXT, FIELD_STAFF | FIELD_INDEXED,
     .section = "Outcome"},
    {"body", "Description", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type deal_type = {
    .name = "deal",
    .noun = "Deal",
    .plural = "deals",
    .label = "Deals",
    .lead = "What may be sold to whom, and what comes next.",
    .icon = "#i-handshake",
    .fields = fields,
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&deal_type, NULL};

static const struct menu_entry menu[] = {{"Deals", "/deals", "#i-handshake", 70, STAFF}, {0}};

const struct feature deals_feature = {.name = "deals", .types = types, .menu = menu};
