/* events.c: see events.h. */
#include "record/events.h"

#include "record/record.h"

static const struct {
    const char *verb, *word;
} words[] = {
    {VERB_CREATE, "create"}, {VERB_UPDATE, "update"}, {VERB_DELETE, "delete"},
    {VERB_UNDO, "restore"},  {VERB_LIKE, "vote"},     {VERB_FOLLOW, "follow"},
    {VERB_JOIN, "join"},     {VERB_LEAVE, "leave"},   {VERB_INVITE, "invite"},
    {VERB_ACCEPT, "accept"}, {VERB_STATUS, "status"}, {VERB_MERGE, "merge"},
    {VERB_SHARE, "share"},
};
enum { WORDS = sizeof words / sizeof *words };

struct str event_name(struct arena *a, struct str type, struct str verb)
{
    for (size_t i = 0; i < WORDS; i++)
        if (str_is(verb, words[i].verb))
            return str_fmt(a, STR_FMT ".%s", STR_ARG(type), words[i].word);
    return str_fmt(a, STR_FMT "." STR_FMT, STR_ARG(type), STR_ARG(str_lower(a, verb)));
}

/* The next name of the list as its halves; an empty word is any. False: there is none. */
static bool name_next(struct str *list, struct str *type, struct str *word)
{
    size_t at = 0, end;
    while (at < list->n && strchr(" ,\t\n", list->p[at]))
        at++;
    end = at;
    while (end < list->n && !strchr(" ,\t\n", list->p[end]))
        end++;
    struct str name = str_make(list->p + at, end - at);
    *list = str_from(*list, end);
    *type = S("");
    str_split(&name, '.', type);
    *word = name;
    return end > at;
}

static bool word_is(struct str word, struct str verb)
{
    if (!word.n || str_is(word, "*"))
        return true;
    for (size_t i = 0; i < WORDS; i++)
        if (str_is(verb, words[i].verb))
            return str_is(word, words[i].word);
    return str_eq_nocase(word, verb);
}

bool events_match(struct str list, struct str type, struct str verb)
{
    struct str wanted, word;
    bool any = false;
    while (name_next(&list, &wanted, &word)) {
        any = true;
        if ((str_is(wanted, "*") || str_eq(wanted, type)) && word_is(word, verb))
            return true;
    }
    return !any;
}

static bool word_known(struct str word)
{
    bool known = !word.n || str_is(word, "*");
    for (size_t i = 0; i < WORDS && !known; i++)
        known = str_is(word, words[i].word);
    return known;
}

const char *events_wrong(struct db *db, struct arena *a, struct str list)
{
    struct str type, word;
    while (name_next(&list, &type, &word)) {
        if (!str_is(type, "*") && !catalog_type(db, type))
            return str_fmt(a, "There is no type \"" STR_FMT "\".", STR_ARG(str_first(type, 40))).p;
        if (!word_known(word))
            return str_fmt(a, "Nothing that happens is called \"" STR_FMT "\".",
                           STR_ARG(str_first(word, 40)))
                .p;
    }
    return NULL;
}
