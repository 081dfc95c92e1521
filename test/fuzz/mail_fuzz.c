/* mail_fuzz.c: any bytes as a mail that came back, and as the subject and the text of one to send.
 *
 * What a returned mail is read as fits into a row: clean text, a status as RFC 3463 has it, and a
 * kind that its first digit gives (bounce RULE 1). A letter is ASCII in lines, has the headers that
 * it was given and no other, and whoever undoes its text has it again (mime RULE 1, 2, 4).
 */
#include "test/fuzz/fuzz.h"
#include "text/bounce.h"
#include "text/mime.h"

static void check_bounce(struct arena *a, struct str mail)
{
    struct bounce b = bounce_read(a, mail);
    must(b.kind >= BOUNCE_NONE && b.kind <= BOUNCE_HARD);
    must(b.kind != BOUNCE_HARD || (b.status.n && b.status.p[0] == '5'));
    must(utf8_valid(b.why) && !memchr(b.why.p, 0, b.why.n) && utf8_len(b.why) <= 301);
    if (b.status.n == 0)
        return;
    must(b.status.n >= 5 && b.status.p[0] >= '2' && b.status.p[0] <= '5' && b.status.p[1] == '.');
    for (size_t i = 2; i < b.status.n; i++)
        must(b.status.p[i] == '.' || (b.status.p[i] >= '0' && b.status.p[i] <= '9'));
}

/* Quoted-printable by the letter: RFC 2045, 6.7. */
static struct str undone(struct arena *a, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            continue;
        if (s.p[i] != '=') {
            p[n++] = s.p[i];
            continue;
        }
        must(s.n - i > 2);
        bool soft = s.p[i + 1] == '\r' && s.p[i + 2] == '\n';
        must(soft || (strchr(hex, s.p[i + 1]) && strchr(hex, s.p[i + 2])));
        if (!soft)
            p[n++] = (char)((strchr(hex, s.p[i + 1]) - hex) * 16 + strchr(hex, s.p[i + 2]) - hex);
        i += 2;
    }
    return str_make(p, n);
}

static void check_lines(struct str letter)
{
    struct str line;
    while (str_split(&letter, '\n', &line)) {
        must(line.n && line.p[line.n - 1] == '\r');
        line.n--;
        for (size_t i = 0; i < line.n; i++)
            must((line.p[i] >= ' ' && line.p[i] < 0x7f) || line.p[i] == '\t');
        struct str words = line.p[0] == ' ' ? str_from(line, 1) : line;
        ptrdiff_t name = str_find_str(words, S(": "));
        words = name < 0 ? words : str_from(words, (size_t)name + 2);
        must(line.n <= 78 || str_find(words, ' ') < 0); /* one word that cannot be parted */
    }
}

static void check_letter(struct arena *a, struct str subject, struct str text)
{
    static const struct mime_header more[] = {{{"List-Id", 7}, {"<hub.test>", 10}}};
    const struct mime_letter letter = {
        .message_id = S("1@hub.test"),
        .from_name = subject,
        .from_address = S("hub@hub.test"),
        .to_address = S("ana@example.org"),
        .subject = subject,
        .date = INT64_C(1798761600000000),
        .headers = more,
        .headers_n = 1,
        .text = text,
    };
    struct str whole = mime_write(a, &letter), head, line;
    check_lines(whole);
    ptrdiff_t end = str_find_str(whole, S("\r\n\r\n"));
    must(end > 0);
    head = str_first(whole, (size_t)end);
    int headers = 0, subjects = 0;
    while (str_split(&head, '\n', &line)) {
        headers += line.p[0] != ' ' && line.p[0] != '\t';
        subjects += str_starts(line, S("Subject:"));
    }
    static int usual;
    usual = usual ? usual : headers;
    must(headers == usual && subjects == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str all = str_make((const char *)data, size), text = all;
    struct str subject = fuzz_line(&text);
    check_bounce(a, all);
    struct str quoted = mime_quoted_printable(a, text);
    must(str_eq(undone(a, quoted), text));
    check_letter(a, subject, text);
    arena_free(a);
    return 0;
}
