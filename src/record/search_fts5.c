/* search_fts5.c: what SQLite's full text index learns from us: words, and how to rank.
 *
 * Owns the tokenizer "skep" and the function search_rank(table, weights, sizes), added to every
 * connection as it opens.
 *
 * WHY a ranking of our own: bm25() counts each word of the query over the whole index at each
 * query, which grows with the hub, and takes a word in more than half of the records for worthless
 * noise that ranks by chance. Here the weights come with the query (search_plan.c).
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "record/search_words.h"

/* BM25F (Robertson, Zaragoza 2009): a word in a title counts as often as TITLE in a text. The
 * usual length is a constant, so that no hidden record moves it. */
#define K1 1.2
#define B 0.75
#define USUAL_LENGTH 50.0
#define NEXT_TO 0.4 /* of the weights of two words that follow each other in a title */

/* Columns of search_roots; search_replies has the body only. */
enum { TITLE, TAGS, BODY, TITLE_HEAD, TAGS_HEAD, COLUMNS };
static const double column_weight[COLUMNS] = {8, 4, 1, 8, 4};

static int tokenizer_create(void *ctx, const char **args, int n, Fts5Tokenizer **out)
{
    static char nothing;
    (void)ctx, (void)args, (void)n;
    *out = (Fts5Tokenizer *)&nothing;
    return SQLITE_OK;
}

static void tokenizer_delete(Fts5Tokenizer *t)
{
    (void)t;
}

static int tokenizer_run(Fts5Tokenizer *t, void *ctx, int flags, const char *text, int n,
                         int (*token)(void *ctx, int flags, const char *p, int n, int from, int to))
{
    (void)t;
    struct search_scan scan = search_scan(str_make(text, (size_t)n));
    scan.whole = (flags & FTS5_TOKENIZE_PREFIX) != 0;
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK && search_scan_next(&scan))
        rc = token(ctx, 0, scan.word.p, (int)scan.word.n, (int)scan.from, (int)scan.to);
    return rc;
}

/* Where the phrase stands first in the title; -1: nowhere. */
struct found {
    double tf;
    int title_at;
};

static struct found find_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase,
                                bool roots)
{
    struct found f = {0, -1};
    Fts5PhraseIter it;
    int column, at;
    for (api->xPhraseFirst(fts, phrase, &it, &column, &at); column >= 0;
         api->xPhraseNext(fts, &it, &column, &at)) {
        if (!roots)
            column = BODY;
        f.tf += column_weight[column];
        if ((column == TITLE || column == TITLE_HEAD) && f.title_at < 0)
            f.title_at = at;
    }
    return f;
}

/* The number of words in a column, from a row of FTS5's table of them: a varint for each column,
 * seven bits a byte, the highest first. */
static int length_of(sqlite3_value *sizes, int column)
{
    const unsigned char *p = sqlite3_value_blob(sizes);
    int n = sqlite3_value_bytes(sizes), length = 0;
    for (int i = 0; i < n; i++) {
        length = (length & 0xFFFFFF) << 7 | (p[i] & 0x7F);
        if (p[i] & 0x80)
            continue;
        if (column-- == 0)
            return length;
        length = 0;
    }
    return (int)USUAL_LENGTH;
}

static void rank(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int n,
                 sqlite3_value **args)
{
    if (n != 2) {
        sqlite3_result_error(result, "search_rank takes weights and sizes", -1);
        return;
    }
    int phrases = api->xPhraseCount(fts);
    bool roots = api->xColumnCount(fts) == COLUMNS;
    int length = length_of(args[1], roots ? BODY : 0);
    const char *weights = sqlite3_value_blob(args[0]);
    int weighed = weights ? sqlite3_value_bytes(args[0]) / (int)sizeof(double) : 0;
    double norm = K1 * (1 - B + B * length / USUAL_LENGTH), sum = 0, weight_before = 0;
    int title_end = -2;
    for (int i = 0; i < phrases && i < weighed; i++) {
        double weight;
        memcpy(&weight, weights + (size_t)i * sizeof weight, sizeof weight);
        if (weight == 0)
            continue;
        struct found f = find_phrase(api, fts, i, roots);
        if (f.tf == 0)
            continue;
        sum += weight * (K1 + 1) * f.tf / (f.tf + norm);
        if (f.title_at >= 0 && f.title_at == title_end)
            sum += NEXT_TO * (weight + weight_before);
        title_end = f.title_at < 0 ? -2 : f.title_at + api->xPhraseSize(fts, i);
        weight_before = weight;
    }
    sqlite3_result_double(result, sum);
}

static void extend(void *connection)
{
    static fts5_tokenizer tokenizer = {tokenizer_create, tokenizer_delete, tokenizer_run};
    sqlite3 *h = connection;
    sqlite3_stmt *st = NULL;
    fts5_api *api = NULL;
    if (sqlite3_prepare_v2(h, "SELECT fts5(?1)", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_bind_pointer(st, 1, &api, "fts5_api_ptr", NULL) == SQLITE_OK)
        sqlite3_step(st);
    sqlite3_finalize(st);
    if (!api)
        return; /* then the schema cannot be read, and opening the hub says so */
    api->xCreateTokenizer(api, "skep", NULL, &tokenizer, NULL);
    api->xCreateFunction(api, "search_rank", NULL, rank, NULL);
}

/* Before main: whatever program opens a hub can read its schema. */
__attribute__((constructor)) static void register_extension(void)
{
    db_sqlite_extend(extend);
}
