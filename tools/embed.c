/*
 * embed: makes the table of static assets, as C.
 *
 *     embed -o OUT.c ROOT FILE...         (cc embed.c -lz -lbrotlienc)
 *
 * Each FILE lies below ROOT; what follows ROOT is its name. OUT.c defines skep_assets,
 * skep_assets_by_name and skep_assets_count, as src/http/assets.h says.
 *
 * RULES
 *  1. The same files make the same bytes, in whatever order they are given.
 *  2. A path carries the first ten hex digits of the content's 64-bit FNV-1a hash. It makes a new
 *     content a new address; it is no protection against forgery.
 *  3. Text is stored also as gzip (level 9) and brotli (quality 11), each only if it is shorter.
 *     Fonts and pictures, which are compressed already, are not.
 *  4. A file of unknown type, one that is outside ROOT or a name twice is an error, exit code 1,
 *     and no OUT.c.
 *
 * WHY string literals and not lists of numbers: compilers read them some twenty times as fast.
 */
#include <brotli/encode.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FILE_MAX (32u << 20)
#define NAME_LENGTH_MAX 200
#define COUNT_MAX 65535 /* skep_assets_by_name holds shorts */
#define HASH_DIGITS 10

struct bytes {
    unsigned char *p;
    size_t n;
};

struct type {
    const char *extension, *name;
    bool is_text;
};

struct item {
    const char *name;
    char hash[HASH_DIGITS + 1];
    char path[NAME_LENGTH_MAX + 32];
    const struct type *type;
    struct bytes body, gzip, brotli;
};

static void load(struct item *it, const char *root, const char *file);
static const struct type *find_type(const char *name);
static struct bytes read_file(const char *file);
static void set_path(struct item *it);
static void compress_item(struct item *it);
static int by_path(const void *a, const void *b);
static int by_name(const void *a, const void *b);
static void write_table(FILE *f, const struct item *items, size_t n, struct item *const *names);
static void write_bytes(FILE *f, char kind, size_t i, struct bytes b);
static void write_text(FILE *f, const char *field, const char *text);
static void write_field(FILE *f, const char *field, char kind, size_t i, size_t n);
static void *need(void *p);
static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[1], "-o") != 0) {
        fputs("usage: embed -o OUT.c ROOT FILE...\n", stderr);
        return 2;
    }
    size_t n = (size_t)argc - 4;
    if (n > COUNT_MAX)
        fail("more than %d files", COUNT_MAX);
    struct item *items = need(calloc(n + 1, sizeof *items));
    struct item **names = need(calloc(n + 1, sizeof *names));
    for (size_t i = 0; i < n; i++)
        load(&items[i], argv[3], argv[i + 4]);
    qsort(items, n, sizeof *items, by_path);
    for (size_t i = 0; i < n; i++)
        names[i] = &items[i];
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(names[i - 1]->name, names[i]->name) == 0)
            fail("%s is given twice", names[i]->name);
    FILE *f = fopen(argv[2], "wb");
    if (!f)
        fail("cannot write %s: %s", argv[2], strerror(errno));
    write_table(f, items, n, names);
    bool bad = ferror(f);
    if (fclose(f) != 0 || bad) {
        remove(argv[2]);
        fail("cannot write %s", argv[2]);
    }
    for (size_t i = 0; i < n; i++) {
        free(items[i].body.p);
        free(items[i].gzip.p);
        free(items[i].brotli.p);
    }
    free(items);
    free(names);
    return 0;
}

static void load(struct item *it, const char *root, const char *file)
{
    size_t n = strlen(root);
    while (n && root[n - 1] == '/')
        n--;
    if (strncmp(file, root, n) != 0 || file[n] != '/' || !file[n + 1])
        fail("%s is not below %s", file, root);
    it->name = file + n + 1;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-/";
    if (strspn(it->name, allowed) != strlen(it->name) || strlen(it->name) > NAME_LENGTH_MAX)
        fail("%s: the name must be short and of letters, digits and . _ - /", file);
    it->type = find_type(it->name);
    it->body = read_file(file);
    set_path(it);
    if (it->type->is_text)
        compress_item(it);
}

static const struct type *find_type(const char *name)
{
    static const struct type types[] = {
        {"css", "text/css; charset=utf-8", true},
        {"js", "text/javascript; charset=utf-8", true},
        {"mjs", "text/javascript; charset=utf-8", true},
        {"json", "application/json", true},
        {"map", "application/json", true},
        {"webmanifest", "application/manifest+json", true},
        {"svg", "image/svg+xml", true},
        {"html", "text/html; charset=utf-8", true},
        {"txt", "text/plain; charset=utf-8", true},
        {"xml", "application/xml", true},
        {"xsl", "application/xslt+xml", true},
        {"wasm", "application/wasm", true},
        {"ico", "image/vnd.microsoft.icon", true},
        {"ttf", "font/ttf", true},
        {"otf", "font/otf", true},
        {"woff", "font/woff", false},
        {"woff2", "font/woff2", false},
        {"png", "image/png", false},
        {"jpg", "image/jpeg", false},
        {"jpeg", "image/jpeg", false},
        {"gif", "image/gif", false},
        {"webp", "image/webp", false},
        {"avif", "image/avif", false},
        {"pdf", "application/pdf", false},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot + 1, types[i].extension) == 0)
            return &types[i];
    fail("%s: unknown type of file", name);
}

static struct bytes read_file(const char *file)
{
    FILE *f = fopen(file, "rb");
    if (!f)
        fail("cannot read %s: %s", file, strerror(errno));
    struct bytes b = {NULL, 0};
    size_t cap = 1 << 16, got;
    do {
        b.p = need(realloc(b.p, cap));
        got = fread(b.p + b.n, 1, cap - b.n, f);
        b.n += got;
        cap *= 2;
    } while (got && b.n <= FILE_MAX);
    if (ferror(f))
        fail("cannot read %s: %s", file, strerror(errno));
    if (b.n > FILE_MAX)
        fail("%s is larger than %u bytes", file, FILE_MAX);
    fclose(f);
    return b;
}

/* RULE 2; the constants are those of FNV-1a for 64 bits. */
static void set_path(struct item *it)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < it->body.n; i++)
        hash = (hash ^ it->body.p[i]) * 0x100000001b3;
    char hex[17];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)hash);
    memcpy(it->hash, hex, HASH_DIGITS);
    const char *dot = strrchr(it->name, '.');
    snprintf(it->path, sizeof it->path, "/assets/%.*s-%s%s", (int)(dot - it->name), it->name,
             it->hash, dot);
}

/* RULE 3. zlib's own gzip header holds neither name nor time, so RULE 1 stands. */
static void compress_item(struct item *it)
{
    z_stream z = {0};
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        fail("zlib does not start");
    size_t max = deflateBound(&z, it->body.n);
    it->gzip.p = need(malloc(max));
    z.next_in = it->body.p;
    z.avail_in = (unsigned)it->body.n;
    z.next_out = it->gzip.p;
    z.avail_out = (unsigned)max;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        fail("zlib does not finish %s", it->name);
    it->gzip.n = z.total_out < it->body.n ? z.total_out : 0;
    deflateEnd(&z);

    size_t n = BrotliEncoderMaxCompressedSize(it->body.n);
    it->brotli.p = need(malloc(n + 1));
    if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_TEXT,
                               it->body.n, it->body.p, &n, it->brotli.p))
        fail("brotli does not finish %s", it->name);
    it->brotli.n = n < it->body.n ? n : 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(struct item *const *)a)->name, (*(struct item *const *)b)->name);
}

static void write_table(FILE *f, const struct item *items, size_t n, struct item *const *names)
{
    fputs("/* Made by embed from the built assets. */\n#include \"http/assets.h\"\n\n", f);
    for (size_t i = 0; i < n; i++) {
        write_bytes(f, 'd', i, items[i].body);
        write_bytes(f, 'g', i, items[i].gzip);
        write_bytes(f, 'b', i, items[i].brotli);
    }
    fputs("\nconst struct asset skep_assets[] = {\n", f);
    for (size_t i = 0; i < n; i++) {
        const struct item *it = &items[i];
        fputs("    {\n", f);
        write_text(f, "path", it->path);
        write_text(f, "name", it->name);
        write_text(f, "type", it->type->name);
        write_text(f, "hash", it->hash);
        write_field(f, "body", 'd', i, it->body.n);
        write_field(f, "gzip", 'g', i, it->gzip.n);
        write_field(f, "brotli", 'b', i, it->brotli.n);
        fputs("    },\n", f);
    }
    fputs(n ? "};\n\n" : "    {.path = {0}},\n};\n\n", f); /* C has no empty array */
    fputs("const unsigned short skep_assets_by_name[] = {", f);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%zu", i ? ", " : "", (size_t)(names[i] - items));
    fprintf(f, "%s};\nconst size_t skep_assets_count = %zu;\n", n ? "" : "0", n);
}

/* Escapes have three digits always, so that a digit after one cannot join it. */
static void write_bytes(FILE *f, char kind, size_t i, struct bytes b)
{
    if (!b.n)
        return;
    fprintf(f, "static const char %c%zu[] =", kind, i);
    for (size_t at = 0; at < b.n; at++) {
        unsigned char c = b.p[at];
        if (at % 256 == 0)
            fputs(at ? "\"\n    \"" : "\n    \"", f);
        if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
            fprintf(f, "\\%03o", c);
        else
            fputc(c, f);
    }
    fputs("\";\n", f);
}

static void write_text(FILE *f, const char *field, const char *text)
{
    fprintf(f, "        .%s = {\"%s\", %zu},\n", field, text, strlen(text));
}

static void write_field(FILE *f, const char *field, char kind, size_t i, size_t n)
{
    if (n)
        fprintf(f, "        .%s = {%c%zu, %zu},\n", field, kind, i, n);
}

static void *need(void *p)
{
    if (!p)
        fail("out of memory");
    return p;
}

static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("embed: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}
