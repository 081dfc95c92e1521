/* vcard_forms.h: contact cards as JSON (jCard, RFC 7095) and as XML (xCard, RFC 6351), made the
 * text that vcard.h reads.
 *
 * RULES
 *   1. Each property comes with its parameters, its parts and its group; what is said in one form
 *      is said in the text.
 *   2. A file that is no JSON or XML, or holds no card, is refused in words.
 *   3. Nothing outside the file is read: XML with a document type, which may name other files, is
 *      refused.
 */
#ifndef TEXT_VCARD_FORMS_H
#define TEXT_VCARD_FORMS_H

#include "core/arena.h"
#include "core/out.h"
#include "core/str.h"

enum { VCARD_FORM_MOST = 32 << 20 }; /* bytes of a file that is read whole */

enum vcard_form { VCARD_TEXT, VCARD_JSON, VCARD_XML };

/* By the first bytes of a file. */
enum vcard_form vcard_form_of(struct str head);

/* Puts the cards out as vCard 4.0. NULL, or what is wrong with the bytes: a sentence. */
const char *vcard_form_text(struct out *o, enum vcard_form form, struct str bytes);

#endif
