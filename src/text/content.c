/* content.c: see content.h. */
#include "text/content.h"

enum { LINE = 75 };

void content_line(struct out *o, struct str line)
{
    for (size_t room = LINE; line.n > room; room = LINE - 1) {
        size_t n = room;
        while (n > room - 3 && ((unsigned char)line.p[n] & 0xC0) == 0x80)
            n--;
        out_str(o, str_first(line, n));
        out_lit(o, "\r\n ");
        line = str_from(line, n);
    }
    out_str(o, line);
    out_lit(o, "\r\n");
}

void content_escape(struct out *o, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
            continue;
        if (c == '\\' || c == ',' || c == ';')
            out_char(o, '\\');
        if (c == '\n' || c == '\r')
            out_lit(o, "\\n");
        else if (((unsigned char)c >= ' ' && c != 0x7f) || c == '\t')
            out_char(o, c);
    }
}

struct str content_escaped(struct arena *a, struct str text)
{
    struct out o;
    out_init(&o, 2 * text.n + 1);
    content_escape(&o, text);
    return out_take(&o, a);
}

/* ---- base64 (RFC 4648) ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base64_encode(struct arena *a, struct str bytes)
{
    char *p = arena_bytes(a, (bytes.n + 2) / 3 * 4 + 1);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t have = bytes.n - i < 3 ? bytes.n - i : 3;
        uint32_t three = 0;
        for (size_t j = 0; j < 3; j++)
            three = three << 8 | (j < have ? (unsigned char)bytes.p[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            p[n++] = (char)(j <= have ? alphabet[three >> (18 - 6 * j) & 63] : '=');
    }
    return str_make(p, n);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct arena *a, struct str text, struct str *bytes)
{
    char *p = arena_bytes(a, text.n / 4 * 3 + 4);
    size_t n = 0, got = 0, ends = 0;
    uint32_t word = 0;
    *bytes = S("");
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        int value = base64_value(c);
        ends += c == '=';
        if (c != '=' && (value < 0 || ends))
            return false;
        if (c == '=')
            continue;
        word = word << 6 | (uint32_t)value;
        if (++got % 4 == 0) {
            p[n++] = (char)(word >> 16);
            p[n++] = (char)(word >> 8);
            p[n++] = (char)word;
        }
    }
    if (got % 4 >= 2)
        p[n++] = (char)(got % 4 == 2 ? word >> 4 : word >> 10);
    if (got % 4 == 3)
        p[n++] = (char)(word >> 2);
    *bytes = str_make(p, n);
    return got % 4 != 1 && ends <= 2;
}
