/* components.c: what the shared partials compute: letters of a name, looks of a state, ids. */
#include "view/components.h"

#include <stdio.h>

/* ---- people ---- */

const char *avatar_class(const struct avatar *v)
{
    static const char *const classes[][2] = {
        [AVATAR_M] = {"avatar", "avatar avatar--square"},
        [AVATAR_S] = {"avatar avatar--s", "avatar avatar--s avatar--square"},
        [AVATAR_L] = {"avatar avatar--l", "avatar avatar--l avatar--square"},
        [AVATAR_XL] = {"avatar avatar--xl", "avatar avatar--xl avatar--square"},
    };
    return classes[v->size][v->square];
}

int avatar_hue(int64_t id, struct str name)
{
    return (int)((id > 0 ? (uint64_t)id : str_hash(name)) % 12);
}

/* Capitals of the scripts whose small letters stand at a fixed distance from them. */
static uint32_t capital(uint32_t cp)
{
    bool latin = (cp >= 'a' && cp <= 'z') || (cp >= 0xE0 && cp <= 0xFE && cp != 0xF7);
    bool greek = cp >= 0x3B1 && cp <= 0x3C9 && cp != 0x3C2, cyrillic = cp >= 0x430 && cp <= 0x44F;
    return latin || greek || cyrillic ? cp - 32 : cp;
}

/* Whether a word's first letter may be this: no sign, no bracket, no blank. */
static bool is_letter(uint32_t cp)
{
    uint32_t low = cp | 0x20;
    return (low >= 'a' && low <= 'z') || (cp >= '0' && cp <= '9') ||
           (cp >= 0xC0 && cp != 0xD7 && cp != 0xF7 && !(cp >= 0x2000 && cp < 0x2C00));
}

static uint32_t word_letter(struct str word)
{
    for (size_t at = 0; at < word.n;) {
        uint32_t cp = utf8_next(word, &at);
        if (is_letter(cp))
            return capital(cp);
    }
    return 0;
}

struct str initials(char buf[16], struct str name)
{
    uint32_t first = 0, last = 0;
    struct str word;
    while (str_split(&name, ' ', &word)) {
        uint32_t letter = word_letter(word);
        if (!letter)
            continue;
        if (first)
            last = letter;
        else
            first = letter;
    }
    size_t n = first ? utf8_put(buf, first) : 0;
    if (last)
        n += utf8_put(buf + n, last);
    return str_make(buf, n);
}

/* ---- states and votes ---- */

static const struct state_look looks[] = {
    {"open", "Open", "pill", "#i-circle"},
    {"review", "Under review", "pill pill--review", "#i-eye"},
    {"planned", "Planned", "pill pill--planned", "#i-calendar"},
    {"progress", "In progress", "pill pill--progress", "#i-half"},
    {"done", "Done", "pill pill--done", "#i-circle-check"},
    {"declined", "Declined", "pill pill--declined", "#i-circle-slash"},
    {"merged", "Merged", "pill pill--merged", "#i-git-merge"},
    {"answered", "Answered", "pill pill--done", "#i-circle-check"},
    {"closed", "Closed", "pill", "#i-lock"},
    {0},
};

const struct state_look *state_look(struct str state)
{
    for (const struct state_look *look = looks; look->state; look++)
        if (str_is(state, look->state))
            return look;
    return NULL;
}

const char *state_label(struct str state)
{
    const struct state_look *look = state_look(state);
    return look ? look->label : "";
}

enum vote_state vote_state_of(const struct viewer *viewer, bool voted, bool may)
{
    if (!may)
        return VOTE_OFF;
    if (!viewer->id)
        return VOTE_GUEST;
    return voted ? VOTE_VOTED : VOTE_IDLE;
}

/* ---- links and fields ---- */

struct str link_label(const struct link_item *item)
{
    return item->text.n ? item->text : str_of(item->label);
}

const char *field_id(char buf[80], const struct field *v)
{
    if (v->id)
        return v->id;
    snprintf(buf, 80, "f-%s", v->name);
    return buf;
}

const char *field_about(char buf[200], const struct field *v)
{
    char id[80];
    field_id(id, v);
    const char *name = v->id ? v->id : id;
    snprintf(buf, 200, "%s%s%s%s%s", v->hint ? name : "", v->hint ? "-hint" : "",
             v->hint && v->error ? " " : "", v->error ? name : "", v->error ? "-err" : "");
    return buf;
}

bool field_chosen(const struct field *v, struct str one)
{
    struct str rest = v->value, name;
    while (str_split(&rest, ',', &name))
        if (str_eq(str_trim(name), one))
            return true;
    return false;
}

struct attrs field_attrs(const struct field *v)
{
#define EACH_(rest) "" rest, " required" rest, " autofocus" rest, " required autofocus" rest
    static const char *const all[] = {
        EACH_(""),
        EACH_(" disabled"),
        EACH_(" aria-invalid=\"true\""),
        EACH_(" disabled aria-invalid=\"true\""),
    };
#undef EACH_
    unsigned which = (unsigned)v->required | (unsigned)v->autofocus << 1 |
                     (unsigned)v->disabled << 2 | (unsigned)(v->error != NULL) << 3;
    return (struct attrs){str_of(all[which])};
}
