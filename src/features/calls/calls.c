/* calls.c: who was spoken to on the phone or on a screen, how long, and what came of it. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice directions[] = {
    {"out", "Outgoing", "blue"}, {"in", "Incoming", "teal"}, {0}};

static const struct field_choice outcomes[] = {{"reached", "Reached", "green"},
                                               {"message", "Left a message", "honey"},
                                               {"missed", "Not reached", "grey"},
                                               {"wrong", "Wrong number", "red"},
                                               {0}};

static const struct record_field fields[] = {
    {"title", "Subject", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"direction", "Direction", KIND_CHOICE,
     FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED, .choices = directions},
    {"people", "With whom", KIND_REFS, FIELD_LISTED | FIELD_CARD, .target = "person"},
    {"happened_at", "When", KIND_TIME, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"minutes", "Minutes", KIND_INTEGER, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"outcome", "Outcome", KIND_CHOICE, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .choices = outcomes},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_INDEXED,
     .target = "organisation"},
    {"deal", "Deal", KIND_REF, FIELD_CARD | FIELD_INDEXED, .target = "deal"},
    {"body", "What was said", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type call_type = {
    .name = "call",
    .noun = "Call",
    .plural = "calls",
    .label = "Calls",
    .lead = "Who was spoken to, and what came of it.",
    .icon = "#i-phone",
    .fields = fields,
    .timeline = "call",
    .composed = "direction outcome happened_at minutes people body",
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&call_type, NULL};

static const struct menu_entry menu[] = {{"Calls", "/calls", "#i-phone", 92, STAFF}, {0}};

const struct feature calls_feature = {.name = "calls", .types = types, .menu = menu};
