/* vcard_forms_fuzz.c: any bytes as cards in JSON and in XML.
 *
 * What is made of them is cards in text, of which none is broken, and as many as began (vcard_forms
 * RULE 1): no name and no value makes a line of its own.
 */
#include "test/fuzz/fuzz.h"
#include "text/vcard.h"
#include "text/vcard_forms.h"

static void check(struct arena *a, enum vcard_form form, struct str bytes)
{
    struct out o;
    struct vcard card;
    size_t begun = 0, read = 0;
    out_init(&o, VCARD_FORM_MOST);
    if (!vcard_form_text(&o, form, bytes)) {
        struct str text = out_text(&o), rest = text;
        /* What is folded goes on behind a blank, so this is no part of a value. */
        for (struct str line; str_split(&rest, '\n', &line);)
            begun += str_eq(line, S("BEGIN:VCARD\r"));
        struct vcard_reader r = vcard_open(text);
        while (vcard_next(a, &r, &card)) {
            struct contact c;
            must(card.problems == 0);
            vcard_contact(a, &card, &c);
            read++;
        }
        must(read == begun);
    }
    out_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str all = str_make((const char *)data, size);
    check(a, VCARD_JSON, all);
    check(a, VCARD_XML, all);
    arena_free(a);
    return 0;
}
