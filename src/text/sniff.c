/* sniff.c: signatures of files, and the sizes of pictures; see sniff.h.
 *
 * WHY a table of our own and not libmagic: it decides about disposition and about what is handed to
 * a decoder, so it should be small enough to be read, and have no rules that look at text.
 */
#include "text/sniff.h"

enum { JPEG_MARKERS = 200 };

static bool text_clean_enough(struct str s);
static struct str zip_type(struct str head);
static struct sniffed box_type(struct str head);

static const struct {
    size_t at;
    struct str bytes, type;
    enum picture_kind picture;
} signatures[] = {
    {0, S("\xff\xd8\xff"), S("image/jpeg"), PICTURE_JPEG},
    {0, S("\x89PNG\r\n\x1a\n"), S("image/png"), PICTURE_PNG},
    {0, S("GIF87a"), S("image/gif"), PICTURE_GIF},
    {0, S("GIF89a"), S("image/gif"), PICTURE_GIF},
    {8, S("WEBPVP8"), S("image/webp"), PICTURE_WEBP},
    {0, S("BM"), S("image/bmp"), PICTURE_NONE},
    {0, S("II*\0"), S("image/tiff"), PICTURE_NONE},
    {0, S("MM\0*"), S("image/tiff"), PICTURE_NONE},
    {0, S("%PDF-"), S("application/pdf"), PICTURE_NONE},
    {0, S("\x1f\x8b\x08"), S("application/gzip"), PICTURE_NONE},
    {0, S("7z\xbc\xaf\x27\x1c"), S("application/x-7z-compressed"), PICTURE_NONE},
    {0,
     S("\xfd"
       "7zXZ\0"),
     S("application/x-xz"), PICTURE_NONE},
    {0, S("\x28\xb5\x2f\xfd"), S("application/zstd"), PICTURE_NONE},
    {0, S("BZh"), S("application/x-bzip2"), PICTURE_NONE},
    {257, S("ustar"), S("application/x-tar"), PICTURE_NONE},
    {0, S("SQLite format 3\0"), S("application/vnd.sqlite3"), PICTURE_NONE},
    {0, S("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), S("application/x-ole-storage"), PICTURE_NONE},
    {0, S("\x1a\x45\xdf\xa3"), S("video/webm"), PICTURE_NONE},
    {0, S("OggS"), S("application/ogg"), PICTURE_NONE},
    {0, S("fLaC"), S("audio/flac"), PICTURE_NONE},
    {0, S("ID3"), S("audio/mpeg"), PICTURE_NONE},
    {8, S("WAVEfmt "), S("audio/wav"), PICTURE_NONE},
    {8, S("AVI "), S("video/x-msvideo"), PICTURE_NONE},
};

struct sniffed sniff_bytes(struct str head)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (str_starts(str_from(head, signatures[i].at), signatures[i].bytes)) {
            bool riff = signatures[i].at != 8 || str_starts(head, S("RIFF"));
            if (riff)
                return (struct sniffed){signatures[i].type, signatures[i].picture};
        }
    if (str_starts(head, S("PK\x03\x04")))
        return (struct sniffed){zip_type(head), PICTURE_NONE};
    if (str_starts(str_from(head, 4), S("ftyp")))
        return box_type(head);
    return (struct sniffed){text_clean_enough(head) ? S("text/plain; charset=utf-8")
                                                    : S("application/octet-stream"),
                            PICTURE_NONE};
}

/* The last character may be cut by the end of what was given. */
static bool text_clean_enough(struct str s)
{
    for (int cut = 0; s.n == SNIFF_HEAD - (size_t)cut && cut < 3 && !utf8_valid(s); cut++)
        s.n--;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' && !(s.p[i] && strchr("\t\n\r\f", s.p[i])))
            return false;
    return utf8_valid(s);
}

static struct str zip_type(struct str head)
{
    static const struct {
        struct str has, type;
    } kinds[] = {
        {S("mimetypeapplication/vnd.oasis.opendocument.text"),
         S("application/vnd.oasis.opendocument.text")},
        {S("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
         S("application/vnd.oasis.opendocument.spreadsheet")},
        {S("mimetypeapplication/vnd.oasis.opendocument.presentation"),
         S("application/vnd.oasis.opendocument.presentation")},
        {S("mimetypeapplication/epub+zip"), S("application/epub+zip")},
        {S("word/document.xml"),
         S("application/vnd.openxmlformats-officedocument.wordprocessingml.document")},
        {S("xl/workbook.xml"),
         S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")},
        {S("ppt/presentation.xml"),
         S("application/vnd.openxmlformats-officedocument.presentationml.presentation")},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_has(head, kinds[i].has))
            return kinds[i].type;
    return S("application/zip");
}

/* ISO base media: the brand says what it is. */
static struct sniffed box_type(struct str head)
{
    static const struct {
        struct str brand, type;
        enum picture_kind picture;
    } brands[] = {
        {S("avif"), S("image/avif"), PICTURE_HEIF}, {S("avis"), S("image/avif"), PICTURE_HEIF},
        {S("heic"), S("image/heic"), PICTURE_HEIF}, {S("heix"), S("image/heic"), PICTURE_HEIF},
        {S("mif1"), S("image/heif"), PICTURE_HEIF}, {S("qt  "), S("video/quicktime"), PICTURE_NONE},
        {S("M4A "), S("audio/mp4"), PICTURE_NONE},
    };
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (str_starts(str_from(head, 8), brands[i].brand))
            return (struct sniffed){brands[i].type, brands[i].picture};
    return (struct sniffed){S("video/mp4"), PICTURE_NONE};
}

/* ---- sizes ---- */

static uint32_t big(const unsigned char *p, int n)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t little(const unsigned char *p, int n)
{
    uint32_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static struct picture_size size_webp(const unsigned char *p, size_t n)
{
    if (n < 30)
        return (struct picture_size){0, 0};
    if (p[15] == 'X')
        return (struct picture_size){little(p + 24, 3) + 1, little(p + 27, 3) + 1};
    if (p[15] == 'L' && p[20] == 0x2f) {
        uint32_t bits = little(p + 21, 4);
        return (struct picture_size){(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }
    if (p[15] == ' ' && p[23] == 0x9d && p[24] == 0x01 && p[25] == 0x2a)
        return (struct picture_size){little(p + 26, 2) & 0x3fff, little(p + 28, 2) & 0x3fff};
    return (struct picture_size){0, 0};
}

/* The largest of the boxes "ispe": tiles and previews have some, too. */
static struct picture_size size_heif(struct str head)
{
    struct picture_size size = {0, 0};
    uint64_t largest = 0;
    for (ptrdiff_t at; (at = str_find_str(head, S("ispe"))) >= 0;) {
        head = str_from(head, (size_t)at + 4);
        const unsigned char *p = (const unsigned char *)head.p;
        uint64_t area = head.n >= 12 ? (uint64_t)big(p + 4, 4) * big(p + 8, 4) : 0;
        if (area > largest) {
            largest = area;
            size = (struct picture_size){big(p + 4, 4), big(p + 8, 4)};
        }
    }
    return size;
}

/* Walks the segments to the frame's header; thumbnails lie inside a segment and are passed over. */
static struct picture_size size_jpeg(size_t (*read)(void *ctx, int64_t at, void *to, size_t n),
                                     void *ctx)
{
    unsigned char p[9];
    int64_t at = 2;
    for (int i = 0; i < JPEG_MARKERS && read(ctx, at, p, sizeof p) == sizeof p; i++) {
        if (p[0] != 0xff)
            break;
        if (p[1] == 0xff) { /* a fill byte */
            at++;
            continue;
        }
        bool frame = p[1] >= 0xc0 && p[1] <= 0xcf && p[1] != 0xc4 && p[1] != 0xc8 && p[1] != 0xcc;
        if (frame)
            return (struct picture_size){big(p + 7, 2), big(p + 5, 2)};
        if (p[1] == 0xda || p[1] == 0xd9)
            break;
        at += 2 + (int64_t)big(p + 2, 2);
    }
    return (struct picture_size){0, 0};
}

struct picture_size sniff_size(enum picture_kind kind, struct str head,
                               size_t (*read)(void *ctx, int64_t at, void *to, size_t n), void *ctx)
{
    const unsigned char *p = (const unsigned char *)head.p;
    switch (kind) {
    case PICTURE_JPEG:
        return size_jpeg(read, ctx);
    case PICTURE_PNG:
        if (head.n >= 24 && memcmp(p + 12, "IHDR", 4) == 0)
            return (struct picture_size){big(p + 16, 4), big(p + 20, 4)};
        break;
    case PICTURE_GIF:
        if (head.n >= 10)
            return (struct picture_size){little(p + 6, 2), little(p + 8, 2)};
        break;
    case PICTURE_WEBP:
        return size_webp(p, head.n);
    case PICTURE_HEIF:
        return size_heif(head);
    default:
        break;
    }
    return (struct picture_size){0, 0};
}
