/* letters.c: what letters are made of, and their two parts; see mails.h.
 *
 * WHY blocks and not a view for each kind: the plain part is never forgotten, and says the same.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/log.h"
#include "features/mails/outbox.h"
#include "views/mails/letter.h"

enum { PART_MAX = 1 << 20 };

static struct str words(struct letter *l, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *p = arena_alloc(l->arena, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    return str_make(p, (size_t)n);
}

static void add(struct letter *l, struct letter_block block)
{
    if (l->n < LETTER_BLOCKS)
        l->blocks[l->n++] = block;
}

static struct str url_of(struct letter *l, struct str path)
{
    return str_fmt(l->arena, STR_FMT STR_FMT, STR_ARG(l->base), STR_ARG(path));
}

void letter_subject(struct letter *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    l->subject = words(l, fmt, args);
    va_end(args);
}

void letter_text(struct letter *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(l, (struct letter_block){.kind = LETTER_TEXT, .text = words(l, fmt, args)});
    va_end(args);
}

void letter_fine(struct letter *l, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(l, (struct letter_block){.kind = LETTER_FINE, .text = words(l, fmt, args)});
    va_end(args);
}

void letter_button(struct letter *l, const char *label, struct str path)
{
    add(l, (struct letter_block){LETTER_BUTTON, str_of(label), url_of(l, path)});
}

void letter_quote(struct letter *l, struct str text)
{
    if (text.n)
        add(l, (struct letter_block){.kind = LETTER_QUOTE, .text = text});
}

void letter_item(struct letter *l, struct str text, struct str path)
{
    add(l, (struct letter_block){LETTER_ITEM, text, url_of(l, path)});
}

/* ---- plain ---- */

static void plain_quote(struct out *o, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        out_lit(o, "> ");
        out_str(o, line);
        out_char(o, '\n');
    }
}

static void plain_block(struct out *o, const struct letter_block *b)
{
    switch (b->kind) {
    case LETTER_QUOTE:
        plain_quote(o, b->text);
        break;
    case LETTER_BUTTON:
        out_str(o, b->text);
        out_lit(o, ":\n");
        out_str(o, b->url);
        out_char(o, '\n');
        break;
    case LETTER_ITEM:
        out_lit(o, "* ");
        out_str(o, b->text);
        out_lit(o, "\n  ");
        out_str(o, b->url);
        out_char(o, '\n');
        break;
    case LETTER_TEXT:
    case LETTER_FINE:
        out_str(o, b->text);
        out_char(o, '\n');
        break;
    }
}

struct str letter_plain(const struct letter *l)
{
    struct out o;
    bool fine = false;
    out_init(&o, PART_MAX);
    for (size_t i = 0; i < l->n; i++) {
        if (!fine && l->blocks[i].kind == LETTER_FINE) {
            out_lit(&o, "-- \n");
            fine = true;
        }
        plain_block(&o, &l->blocks[i]);
        if (!fine)
            out_char(&o, '\n');
    }
    return out_take(&o, l->arena);
}

/* ---- HTML ---- */

/* Mail readers throw stylesheets away: each element has its own. */
struct attrs letter_style(enum letter_style which)
{
#define SANS "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    static const char *const styles[] = {
        [STYLE_BODY] = " style=\"margin:0;padding:24px 12px;background:#f6f3ee;color:#1e1b16;" SANS
                       "font-size:16px;line-height:1.5\"",
        [STYLE_CARD] = " style=\"max-width:560px;margin:0 auto;padding:28px;background:#ffffff;"
                       "border:1px solid #e5dfd5;border-radius:12px\"",
        [STYLE_HUB] = " style=\"margin:0 0 20px;font-weight:700;color:#6b4e00\"",
        [STYLE_TEXT] = " style=\"margin:0 0 16px;white-space:pre-line;overflow-wrap:anywhere\"",
        [STYLE_BUTTON] = " style=\"display:inline-block;padding:10px 18px;background:#6b4e00;"
                         "color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600\"",
        [STYLE_URL] = " style=\"color:#5f574b;font-size:13px;overflow-wrap:anywhere\"",
        [STYLE_QUOTE] = " style=\"margin:0 0 16px;padding:2px 0 2px 14px;white-space:pre-line;"
                        "border-left:3px solid #e0b13c;color:#3d372e;overflow-wrap:anywhere\"",
        [STYLE_LINK] = " style=\"color:#6b4e00;font-weight:600\"",
        [STYLE_FINE] = " style=\"max-width:560px;margin:16px auto 0;padding:0 28px;color:#5f574b;"
                       "font-size:13px;white-space:pre-line;overflow-wrap:anywhere\"",
    };
    return (struct attrs){str_of(styles[which])};
}

struct str letter_html(const struct letter *l)
{
    struct out o;
    out_init(&o, PART_MAX);
    mails_letter_html(&o, l);
    return out_take(&o, l->arena);
}
