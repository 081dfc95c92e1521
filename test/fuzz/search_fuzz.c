/* search_fuzz.c: any bytes as a query, and as the text it is found in.
 *
 * What is before the first newline is the query, the rest the text. Queries must keep to their
 * limits, words must stay as they are when folded again, snippets must be valid, escaped text.
 */
#include "record/search_query.h"
#include "record/search_snippet.h"
#include "record/search_words.h"
#include "test/fuzz/fuzz.h"

static void check_words(struct str text)
{
    struct search_scan scan = search_scan(text);
    while (search_scan_next(&scan)) {
        char kept[SEARCH_WORD_MAX + 1];
        must(scan.word.n <= SEARCH_WORD_MAX + 1 && scan.to <= text.n && scan.from < scan.to);
        memcpy(kept, scan.word.p, scan.word.n);
        struct search_scan again = search_scan(str_make(kept, scan.word.n));
        must(search_scan_next(&again) && str_eq(again.word, str_make(kept, scan.word.n)));
        must(!search_scan_next(&again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(16 << 20);
    struct str all = str_make((const char *)data, size), query = all, text = {"", 0};
    ptrdiff_t line = str_find(all, '\n');
    if (line >= 0) {
        query = str_first(all, (size_t)line);
        text = str_from(all, (size_t)line + 1);
    }
    struct search_terms terms;
    search_parse(a, query, &terms);
    must(terms.n <= SEARCH_TERMS && terms.wanted <= terms.n);
    for (int i = 0; i < terms.n; i++)
        must(terms.term[i].n > 0 && !str_has(terms.term[i].words, S("\"")) &&
             !str_has(terms.term[i].words, S("'")));
    if (utf8_valid(text)) {
        check_words(text);
        const struct search_marks *marks = search_marks(a, &terms);
        const struct str shown[] = {search_snippet(a, marks, text), search_marked(a, marks, text)};
        for (int i = 0; i < 2; i++)
            must(utf8_valid(shown[i]) && !str_has(shown[i], S("<b")) &&
                 !str_has(shown[i], S("<s")));
    }
    arena_free(a);
    return 0;
}
