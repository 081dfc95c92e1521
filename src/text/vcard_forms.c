/* vcard_forms.c: see vcard_forms.h. Parts of texts are escaped here, and folded by content.h. */
#include "text/vcard_forms.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "text/content.h"

enum { HEAD = 1000, LINE_MOST = VCARD_FORM_MOST };

enum vcard_form vcard_form_of(struct str head)
{
    if (str_starts(head, S("\xEF\xBB\xBF")))
        head = str_from(head, 3);
    head = str_trim(str_first(head, HEAD));
    if (str_starts(head, S("[")) && str_find_str(head, S("\"vcard\"")) >= 0)
        return VCARD_JSON;
    if (str_starts(head, S("<")) && str_find_str(head, S("vcard-4.0")) >= 0)
        return VCARD_XML;
    return VCARD_TEXT;
}

/* ---- a line ---- */

static bool name_sound(struct str name)
{
    if (str_eq_nocase(name, S("BEGIN")) || str_eq_nocase(name, S("END")))
        return false; /* these are the cards' own */
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return name.n > 0;
}

/* RFC 6868: a value that needs no quotes but those around it. */
static void param_value(struct out *o, struct str value)
{
    out_char(o, '"');
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\n')
            out_lit(o, "^n");
        else if (c == '"')
            out_lit(o, "^'");
        else if (c == '^')
            out_lit(o, "^^");
        else if ((unsigned char)c >= ' ')
            out_char(o, c);
    }
    out_char(o, '"');
}

/* How lines of text are coded says nothing here: neither form has any. */
static void param_put(struct out *o, struct str name, struct str value)
{
    if (!name_sound(name) || !value.n || str_eq_nocase(name, S("encoding")) ||
        str_eq_nocase(name, S("charset")))
        return;
    out_char(o, ';');
    out_str(o, name);
    out_char(o, '=');
    param_value(o, value);
}

/* A text has escapes, other kinds have none; no value ends its line. */
static void value_put(struct out *o, struct str value, bool text)
{
    if (text) {
        content_escape(o, value);
        return;
    }
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] >= ' ')
            out_char(o, value.p[i]);
}

static bool is_text(struct str kind)
{
    return str_eq(kind, S("text")) || str_eq(kind, S("unknown"));
}

struct line {
    struct out *cards; /* where it goes */
    struct out text;
};

static struct out *line_begin(struct line *l, struct str group, struct str name)
{
    l->text.n = 0;
    if (name_sound(group)) {
        out_str(&l->text, group);
        out_char(&l->text, '.');
    }
    out_str(&l->text, name);
    return &l->text;
}

static void line_end(struct line *l)
{
    content_line(l->cards, out_text(&l->text));
}

/* ---- JSON ---- */

static struct str json_text(const json_t *v, char number[32])
{
    if (json_is_string(v))
        return str_make(json_string_value(v), json_string_length(v));
    if (json_is_integer(v))
        return str_make(number,
                        (size_t)snprintf(number, 32, "%lld", (long long)json_integer_value(v)));
    if (json_is_real(v))
        return str_make(number, (size_t)snprintf(number, 32, "%.10g", json_real_value(v)));
    return json_is_boolean(v) ? json_is_true(v) ? S("TRUE") : S("FALSE") : S("");
}

/* One text, or several with commas. */
static void json_part(struct out *o, const json_t *v, bool text)
{
    char number[32];
    size_t i;
    const json_t *one;
    if (!json_is_array(v)) {
        value_put(o, json_text(v, number), text);
        return;
    }
    json_array_foreach((json_t *)v, i, one)
    {
        if (i)
            out_char(o, ',');
        value_put(o, json_text(one, number), text);
    }
}

static void json_value(struct out *o, const json_t *v, bool text)
{
    size_t i;
    const json_t *part;
    if (!json_is_array(v)) {
        json_part(o, v, text);
        return;
    }
    json_array_foreach((json_t *)v, i, part)
    {
        if (i)
            out_char(o, ';');
        json_part(o, part, text);
    }
}

static void json_params(struct out *o, json_t *params)
{
    const char *name;
    json_t *value;
    char number[32];
    json_object_foreach(params, name, value)
    {
        struct str key = str_of(name);
        size_t i;
        json_t *one;
        if (str_eq(key, S("group")))
            continue;
        if (!json_is_array(value))
            param_put(o, key, json_text(value, number));
        json_array_foreach(value, i, one) param_put(o, key, json_text(one, number));
    }
}

static void json_prop(struct line *l, json_t *prop)
{
    json_t *params = json_array_get(prop, 1);
    char number[32];
    struct str name = json_text(json_array_get(prop, 0), number),
               kind = json_text(json_array_get(prop, 2), number);
    if (json_array_size(prop) < 4 || !name_sound(name) || str_eq_nocase(name, S("version")))
        return;
    const json_t *group = json_object_get(params, "group");
    struct out *o = line_begin(l, json_is_string(group) ? json_text(group, number) : S(""), name);
    json_params(o, params);
    if (!is_text(kind))
        param_put(o, S("VALUE"), kind);
    out_char(o, ':');
    for (size_t i = 3; i < json_array_size(prop); i++) {
        if (i > 3)
            out_char(o, ',');
        json_value(o, json_array_get(prop, i), is_text(kind));
    }
    line_end(l);
}

static bool json_card(struct line *l, json_t *card)
{
    json_t *props = json_array_get(card, 1), *prop;
    size_t i;
    const char *what = json_string_value(json_array_get(card, 0));
    if (!what || strcmp(what, "vcard") != 0 || !json_is_array(props))
        return false;
    out_lit(l->cards, "BEGIN:VCARD\r\nVERSION:4.0\r\n");
    json_array_foreach(props, i, prop) json_prop(l, prop);
    out_lit(l->cards, "END:VCARD\r\n");
    return true;
}

/* A card, or a list of cards. */
static const char *json_cards(struct line *l, struct str bytes)
{
    if (str_starts(bytes, S("\xEF\xBB\xBF")))
        bytes = str_from(bytes, 3);
    json_t *root = json_loadb(bytes.p, bytes.n, JSON_REJECT_DUPLICATES, NULL), *one;
    bool any = root && json_card(l, root);
    size_t i;
    if (root && !any)
        json_array_foreach(root, i, one) any = json_card(l, one) || any;
    json_decref(root);
    return !root ? "The file is no JSON." : any ? NULL : "The file holds no card.";
}

/* ---- XML ---- */

static bool named(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static struct str node_name(const xmlNode *n)
{
    return str_of((const char *)n->name);
}

/* The text within; freed by the caller, who holds it as long as the string. */
static struct str node_text(xmlNode *n, xmlChar **held)
{
    *held = xmlNodeGetContent(n);
    return *held ? str_of((const char *)*held) : S("");
}

static void xml_params(struct out *o, const xmlNode *params)
{
    for (const xmlNode *p = params->children; p; p = p->next)
        for (xmlNode *v = p->type == XML_ELEMENT_NODE ? p->children : NULL; v; v = v->next) {
            xmlChar *held;
            if (v->type != XML_ELEMENT_NODE)
                continue;
            param_put(o, node_name(p), str_trim(node_text(v, &held)));
            xmlFree(held);
        }
}

/* The parts of N and ADR have names, and each may be there several times. */
static const char *const name_parts[] = {"surname", "given",  "additional",
                                         "prefix",  "suffix", NULL};
static const char *const address_parts[] = {"pobox",  "ext",  "street",  "locality",
                                            "region", "code", "country", NULL};

static void xml_parts(struct out *o, const xmlNode *prop, const char *const *parts)
{
    for (size_t i = 0; parts[i]; i++) {
        bool first = true;
        if (i)
            out_char(o, ';');
        for (xmlNode *v = prop->children; v; v = v->next) {
            xmlChar *held;
            if (!named(v, parts[i]))
                continue;
            if (!first)
                out_char(o, ',');
            first = false;
            value_put(o, node_text(v, &held), true);
            xmlFree(held);
        }
    }
}

/* Of an organisation the values are parts, of everything else several. */
static void xml_values(struct out *o, const xmlNode *prop)
{
    bool first = true;
    char between = named(prop, "org") || named(prop, "gender") ? ';' : ',';
    for (xmlNode *v = prop->children; v; v = v->next) {
        xmlChar *held;
        if (v->type != XML_ELEMENT_NODE || named(v, "parameters"))
            continue;
        if (!first)
            out_char(o, between);
        first = false;
        value_put(o, node_text(v, &held),
                  named(v, "text") || named(v, "sex") || named(v, "identity"));
        xmlFree(held);
    }
}

static struct str xml_kind(const xmlNode *prop)
{
    for (const xmlNode *v = prop->children; v; v = v->next)
        if (v->type == XML_ELEMENT_NODE && !named(v, "parameters"))
            return named(v, "uri") || named(v, "text") ? node_name(v) : S("");
    return S("");
}

static void xml_prop(struct line *l, const xmlNode *prop, struct str group)
{
    const char *const *parts = named(prop, "n")     ? name_parts
                               : named(prop, "adr") ? address_parts
                                                    : NULL;
    if (!name_sound(node_name(prop)))
        return;
    struct out *o = line_begin(l, group, node_name(prop));
    for (const xmlNode *v = prop->children; v; v = v->next)
        if (named(v, "parameters"))
            xml_params(o, v);
    if (str_eq(xml_kind(prop), S("uri")))
        param_put(o, S("VALUE"), S("uri"));
    out_char(o, ':');
    if (parts)
        xml_parts(o, prop, parts);
    else
        xml_values(o, prop);
    line_end(l);
}

static void xml_props(struct line *l, const xmlNode *among, struct str group)
{
    for (xmlNode *p = among->children; p; p = p->next) {
        if (p->type != XML_ELEMENT_NODE)
            continue;
        if (!named(p, "group")) {
            xml_prop(l, p, group);
            continue;
        }
        xmlChar *name = xmlGetNoNsProp(p, (const xmlChar *)"name");
        if (!group.n) /* groups do not nest */
            xml_props(l, p, name ? str_of((const char *)name) : S("group"));
        xmlFree(name);
    }
}

static const char *xml_cards(struct line *l, struct str bytes)
{
    bool any = false;
    xmlDoc *doc = xmlReadMemory(bytes.p, (int)bytes.n, "cards.xml", NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                    XML_PARSE_NOCDATA);
    if (doc && doc->intSubset) { /* RULE 3 */
        xmlFreeDoc(doc);
        return "The file brings a document type of its own.";
    }
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    for (const xmlNode *card = root ? root->children : NULL; card; card = card->next) {
        if (!named(card, "vcard"))
            continue;
        any = true;
        out_lit(l->cards, "BEGIN:VCARD\r\nVERSION:4.0\r\n");
        xml_props(l, card, S(""));
        out_lit(l->cards, "END:VCARD\r\n");
    }
    xmlFreeDoc(doc);
    return !doc ? "The file is no XML." : any ? NULL : "The file holds no card.";
}

const char *vcard_form_text(struct out *o, enum vcard_form form, struct str bytes)
{
    if (form == VCARD_TEXT || bytes.n > VCARD_FORM_MOST)
        return "The file is too large to be read whole.";
    struct line l = {.cards = o};
    out_init(&l.text, LINE_MOST);
    const char *why = form == VCARD_JSON ? json_cards(&l, bytes) : xml_cards(&l, bytes);
    out_free(&l.text);
    return why ? why : out_failed(o) ? "The file is too large to be read whole." : NULL;
}
