/* notes.c: what somebody wants to remember of a call, a meeting, a customer. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice kinds[] = {
    {"note", "Note", "grey"}, {"call", "Call", "blue"}, {"meeting", "Meeting", "honey"}, {0}};

static const struct record_field fields[] = {
    {"title", "Subject", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"kind", "Kind", KIND_CHOICE, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED, .choices = kinds},
    {"happened_at", "When", KIND_TIME, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED},
    {"people", "With whom", KIND_REFS, FIELD_LISTED | FIELD_CARD, .target = "person"},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_INDEXED,
     .target = "organisation"},
    {"deal", "Deal", KIND_REF, FIELD_CARD | FIELD_INDEXED, .target = "deal"},
    {"body", "Note", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type note_type = {
    .name = "note",
    .noun = "Note",
    .plural = "notes",
    .label = "Notes",
    .lead = "Calls, meetings, and whatever else one wants to remember.",
    .icon = "#i-notebook-pen",
    .fields = fields,
    .timeline = "note",
    .composed = "body",
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&note_type, NULL};

static const struct menu_entry menu[] = {{"Notes", "/notes", "#i-notebook-pen", 90, STAFF}, {0}};

const struct feature notes_feature = {.name = "notes", .types = types, .menu = menu};
