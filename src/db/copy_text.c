/* copy_text.c: see copy_text.h. */
#include "db/copy_text.h"

/* Four characters are escaped; NULL is \\N. */
static void load_text(struct out *o, struct str s)
{
    static const char special[] = "\\\n\r\t", letter[] = "\\nrt";
    while (s.n) {
        size_t plain = 0;
        while (plain < s.n && !memchr(special, s.p[plain], sizeof special - 1))
            plain++;
        out_raw(o, s.p, plain);
        s = str_from(s, plain);
        if (s.n) {
            out_char(o, '\\');
            out_char(o, letter[strchr(special, s.p[0]) - special]);
            s = str_from(s, 1);
        }
    }
}

static void load_value(struct out *o, const struct db_arg *arg)
{
    static const char digits[] = "0123456789abcdef";
    switch (arg->kind) {
    case DB_NULL:
        out_lit(o, "\\N");
        break;
    case DB_INT:
        out_int(o, arg->i);
        break;
    case DB_REAL:
        out_fmt(o, "%.17g", arg->d);
        break;
    case DB_TEXT:
        load_text(o, arg->s);
        break;
    case DB_BLOB:
        out_lit(o, "\\\\x");
        for (size_t i = 0; i < arg->s.n; i++) {
            out_char(o, digits[(unsigned char)arg->s.p[i] >> 4]);
            out_char(o, digits[arg->s.p[i] & 15]);
        }
        break;
    }
}

void copy_text(struct out *o, const struct db_arg *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        load_value(o, &args[i]);
        out_char(o, i + 1 < n ? '\t' : '\n');
    }
}
