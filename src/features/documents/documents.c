/* documents.c: contracts, offers and other files about somebody; the files stand in its text. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice kinds[] = {{"offer", "Offer", "honey"},
                                            {"contract", "Contract", "green"},
                                            {"invoice", "Invoice", "teal"},
                                            {"other", "Other", "grey"},
                                            {0}};

static const struct record_field fields[] = {
    {"title", "Name", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"kind", "Kind", KIND_CHOICE, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED, .choices = kinds},
    {"people", "About whom", KIND_REFS, FIELD_LISTED, .target = "person"},
    {"organisation", "Organisation", KIND_REF, FIELD_LISTED | FIELD_INDEXED,
     .target = "organisation"},
    {"deal", "Deal", KIND_REF, FIELD_INDEXED, .target = "deal"},
    {"body", "Files", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type document_type = {
    .name = "document",
    .noun = "File",
    .plural = "documents",
    .label = "Documents",
    .lead = "Contracts, offers and other files.",
    .icon = "#i-paperclip",
    .fields = fields,
    .timeline = "file",
    .composed = "title kind body",
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
};

static const struct record_type *const types[] = {&document_type, NULL};

static const struct menu_entry menu[] = {{"Documents", "/documents", "#i-paperclip", 94, STAFF},
                                         {0}};

const struct feature documents_feature = {.name = "documents", .types = types, .menu = menu};
