/* tasks.c: what somebody is to do, by when, about what. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice states[] = {{"open", "Open", "honey"},
                                             {"doing", "In progress", "blue"},
                                             {"waiting", "Waiting", "grey"},
                                             {"done", "Done", "green", true},
                                             {0}};

static const struct field_choice priorities[] = {
    {"low", "Low", "grey"}, {"normal", "Normal"}, {"high", "High", "red"}, {0}};

static const struct record_field fields[] = {
    {"title", "Task", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"status", "Status", KIND_CHOICE, FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .choices = states, .as = "status"},
    {"priority", "Priority", KIND_CHOICE, FIELD_LISTED | FIELD_INDEXED, .choices = priorities,
     .as = "priority"},
    {"due_on", "Due on", KIND_DATE, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED, .as = "due"},
    {"person", "About whom", KIND_PERSON, FIELD_CARD | FIELD_INDEXED},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_INDEXED,
     .target = "organisation"},
    {"deal", "Deal", KIND_REF, FIELD_CARD | FIELD_INDEXED, .target = "deal"},
    {"body", "Description", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type task_type = {
    .name = "task",
    .noun = "Task",
    .plural = "tasks",
    .label = "Tasks",
    .lead = "What is to be done, by whom, and by when.",
    .icon = "#i-square-check",
    .fields = fields,
    .timeline = "task",
    .composed = "title due_on owner priority",
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&task_type, NULL};

static const struct menu_entry menu[] = {{"Tasks", "/tasks", "#i-square-check", 80, STAFF}, {0}};

const struct feature tasks_feature = {.name = "tasks", .types = types, .menu = menu};
