/* organisations.c: companies and other bodies that the hub has to do with. */
#include "http/feature.h"
#include "record/types.h"

static const struct field_choice kinds[] = {
    {"customer", "Customer", "green"},
    {"lead", "Lead", "honey"},
    {"partner", "Partner", "blue"},
    {"supplier", "Supplier", "teal"},
    {"press", "Press", "violet"},
    {"other", "Other", "grey"},
    {0},
};

static const struct record_field fields[] = {
    {"title", "Name", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"logo", "Logo", KIND_PHOTO, FIELD_FIXED},
    {"kinds", "Relationship", KIND_CHOICES, FIELD_LISTED | FIELD_CARD | FIELD_INDEXED,
     .choices = kinds},
    {"parent", "Part of", KIND_REF, FIELD_CARD | FIELD_INDEXED, .target = "organisation"},
    {"website", "Website", KIND_URL, FIELD_CARD | FIELD_SEARCHED | FIELD_INDEXED},
    {"email", "E-mail", KIND_EMAILS, FIELD_LISTED | FIELD_CARD | FIELD_SEARCHED | FIELD_INDEXED,
     .section = "How to reach them"},
    {"phone", "Phone", KIND_PHONES, FIELD_LISTED | FIELD_CARD | FIELD_SEARCHED | FIELD_INDEXED,
     .section = "How to reach them"},
    {"addresses", "Addresses", KIND_ADDRESSES, FIELD_SEARCHED, .section = "How to reach them"},
    {"industry", "Industry", KIND_TEXT, FIELD_INDEXED, .section = "About them"},
    {"employees", "Employees", KIND_INTEGER, FIELD_INDEXED, .section = "About them"},
    {"tax_id", "Tax number", KIND_TEXT, FIELD_STAFF | FIELD_INDEXED, .section = "About them"},
    {"open_deals", "Open deals", KIND_ROLLUP, FIELD_STAFF | FIELD_INDEXED, .section = "Deals",
     .formula = "count(deals where stage <> \"won\" and stage <> \"lost\")"},
    {"won_amount", "Won", KIND_ROLLUP, FIELD_STAFF | FIELD_INDEXED, .section = "Deals",
     .formula = "sum(deals.amount where stage = \"won\")"},
    {"body", "Description", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static const struct record_type organisation_type = {
    .name = "organisation",
    .noun = "Organisation",
    .plural = "organisations",
    .label = "Organisations",
    .lead = "Customers, partners, suppliers and press, and how they belong together.",
    .icon = "#i-building-2",
    .fields = fields,
    .audience = AUDIENCE_STAFF,
    .maker = STAFF,
    .alike = ALIKE_ORGANISATIONS,
};

static const struct record_type *const types[] = {&organisation_type, NULL};

static const struct menu_entry menu[] = {
    {"Organisations", "/organisations", "#i-building-2", 60, STAFF}, {0}};

const struct feature organisations_feature = {
    .name = "organisations", .types = types, .menu = menu};
