#!/bin/sh
# Tests viewc: the cases of viewc_test.cases, then what a case cannot say (the C compilers' own
# errors, odd bytes, broken input). Prints a line per promise, at last "N passed, N failed".
#
#     VIEWC=build/viewc sh tools/viewc_test.sh
#
# VIEWC is the compiler to test; without it, one is built with the sanitizers.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if [ -z "${VIEWC:-}" ]; then
    VIEWC=$work/viewc
    gcc -std=gnu17 -g -fsanitize=address,undefined -o "$VIEWC" "$here/viewc.c" || exit 1
fi
case $VIEWC in /*) ;; *) VIEWC=$PWD/$VIEWC ;; esac
cd "$work" || exit 1
passed=0
failed=0
total=0

report() # report STATUS NAME [DETAILS]
{
    total=$((total + 1))
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $total - $2"
    else
        failed=$((failed + 1))
        echo "not ok $total - $2"
        [ -z "${3:-}" ] || echo "$3" | sed 's/^/# /'
    fi
}

# Each writer says its name, so that a page shows which one wrote what.
mkdir view
cat > view/html.h <<'C'
#pragma once
#include <stddef.h>
#include <stdio.h>
struct out { FILE *f; };
struct attrs { int unused; };
struct v { const char *s; int n; struct attrs a; };
static inline void out_raw(struct out *o, const char *s, size_t n) { fwrite(s, 1, n, o->f); }
static inline void put_s(struct out *o, const char *w, const char *s)
{ fprintf(o->f, "[%s %s]", w, s); }
static inline void put_i(struct out *o, const char *w, int n) { fprintf(o->f, "[%s %d]", w, n); }
#define put_any(o, w, e) \
    _Generic((e), int: put_i, char *: put_s, const char *: put_s)(o, w, e)
#define html_put(o, e) put_any(o, "put", e)
#define html_attr(o, e) put_any(o, "attr", e)
#define html_url(o, e) put_any(o, "url", e)
#define html_urlpart(o, e) put_any(o, "urlpart", e)
static inline void html_attrs(struct out *o, struct attrs a) { (void)a; fputs("[attrs]", o->f); }
C

# cN.html is the view of case N, cN.name its name, cN.page or cN.error what is expected.
awk '
    /^== / {
        n++; out = "c" n ".html"; printf "" > out
        print substr($0, 4) > ("c" n ".name"); held = 0; next
    }
    !n { next }
    /^-- page$/ { out = "c" n ".page"; printf "" > out; held = 0; next }
    /^-- error / { print substr($0, 10) > ("c" n ".error"); out = "/dev/null"; next }
    /^$/ { held++; next }
    { for (; held; held--) print "" > out; print > out }
    END { print n > "count" }
' "$here/viewc_test.cases"
count=$(cat count)

# All pages are written by one program, which is compiled once.
main=main.c
: > $main
n=0
while [ $n -lt "$count" ]; do
    n=$((n + 1))
    "$VIEWC" -n "c$n" -o "c$n.h" "c$n.html" 2> "c$n.err"
    echo $? > "c$n.code"
    [ -s "c$n.h" ] && [ -e "c$n.page" ] && echo "#include \"c$n.h\"" >> $main
done
{
    echo '#include <stdlib.h>'
    echo 'int main(int argc, char **argv) { struct out o = {stdout}; struct v v = {"x", 3, {0}};'
    echo 'switch (argc > 1 ? atoi(argv[1]) : 0) {'
    sed -n 's/^#include "c\([0-9]*\)\.h"$/case \1: c\1_view(\&o, \&v); break;/p' $main
    echo '} return 0; }'
} >> $main
strict="-std=gnu17 -Wall -Wextra -Werror -Wmissing-prototypes -I."
for cc in gcc clang; do
    log=$($cc $strict -o "pages-$cc" $main 2>&1)
    report $? "every page compiles without warnings ($cc)" "$log"
done

n=0
while [ $n -lt "$count" ]; do
    n=$((n + 1))
    name=$(cat "c$n.name")
    if [ -e "c$n.page" ]; then
        log=$(cat "c$n.err"; ./pages-gcc $n 2>&1 | diff -u "c$n.page" - 2>&1)
        [ -z "$log" ]
        report $? "$name" "$log"
    else
        want=$(cat "c$n.error")
        got=$(cat "c$n.err")
        case $(cat "c$n.code")$got in
        "1c$n.html:${want%%: *}: error: "*"${want#*: }"*) [ ! -e "c$n.h" ] ;;
        *) false ;;
        esac
        report $? "$name" "want $want; got $got"
    fi
done

# RULE 5: the C compiler's errors are the view's own, and so is their column: gcc points at the
# arrow, clang at the member. The type that no writer takes is reported where the macro expands.
blames() # blames NAME LINE WORDS < VIEW
{
    mkdir -p deep/views
    cat > deep/views/show.html
    "$VIEWC" -n show -o show.h deep/views/show.html || return 1
    echo '#include "show.h"' > show.c
    for cc in gcc clang; do
        log=$($cc $strict -fsyntax-only show.c 2>&1)
        echo "$log" | grep -q "deep/views/show.html:$2: .*$3"
        report $? "RULE 5: $1 ($cc)" "$log"
    done
}

blames "a misspelt field in text" "4:1[57]" "error: .*voters" <<'V'
%% const struct v *v
<p>
  a paragraph
  of <b>{{ v->voters }}</b>
V
blames "a misspelt field in C, after a long literal and a remark" \
    "8:\\(8\\|10\\)" "error: .*member" <<'V'
%% const struct v *v
<p>one
two
three</p>

%# remark
four
% if (v->m) {
five
% }
V
blames "a type that no writer takes" "3:[0-9]*" "" <<'V'
%% const struct v *v
<p>
{{ v->a }}
V
blames "an argument of a type that does not exist" "2:[0-9]*" "error: .*ideas_shwo" <<'V'
% #include "view/html.h"
%% const ideas_shwo *v
<p>
V

# --extern and --declare agree.
printf '%% #include "view/html.h"\n%%%% const struct v *v\n<b>{{ v->n }}</b>\n' > ext.html
{
    "$VIEWC" --extern -n ext -o ext.c ext.html &&
    { echo '#include "view/html.h"'; "$VIEWC" --declare -n ext ext.html
      echo 'int main(void) { struct out o = {stdout}; struct v v = {0}; v.n = 8; ext(&o, &v);'
      echo 'ext_view(&o, &v); return 0; }'; } > use.c
} 2> log
for cc in gcc clang; do
    got=$($cc $strict -o use use.c ext.c 2>&1 && ./use)
    [ "$got" = "$(printf '<b>[put 8]</b>\n<b>[put 8]</b>')" ]
    report $? "--extern and --declare are one function ($cc)" "$got$(cat log)"
done

# Odd bytes.
bytes() # bytes NAME WANT; the view comes from stdin; WANT is part of the error, or empty
{
    cat > odd.html
    rm -f odd.h
    got=$("$VIEWC" -n odd -o odd.h odd.html 2>&1)
    case $got in
    "") [ -z "$2" ] ;;
    *"$2"*) [ -n "$2" ] ;;
    *) false ;;
    esac
    report $? "$1" "$got"
}
printf '%%%% void\r\n<p>a</p>\r\n' | bytes "CR LF is a newline" ""
[ -z "$(grep '\\015' odd.h)" ]
report $? "CR LF leaves no CR in the page"
printf '%%%% void\n<p>a</p>' | bytes "no newline at the end" ""
printf '%%%% void\na\rb\n' | bytes "a bare CR" "odd.html:2: error: control character 13"
printf '%%%% void\n\na\000b\n' | bytes "NUL" "odd.html:3: error: control character 0"
printf '%%%% void\n\300\200\n' | bytes "overlong UTF-8" "odd.html:2: error: the view is not UTF-8"
printf '\357\273\277%%%% void\n' | bytes "byte order mark" "odd.html:1: error: a byte order mark"
printf '' | bytes "an empty file" "odd.html:1: error: no %% line"
{ echo '%% void'; awk 'BEGIN { for (i = 0; i < 9000; i++) printf "ab\"c" }'; echo; } |
    bytes "long literals" ""
[ "$(grep -c out_raw odd.h)" -eq 10 ] && echo '#include "odd.h"' > odd.c &&
    gcc $strict -pedantic -Woverlength-strings -fsyntax-only odd.c
report $? "a long literal becomes pieces of 4000"
awk 'BEGIN { print "%% void"; for (i = 0; i < 300000; i++) print "abcd" }' |
    bytes "a view too large" "larger than"

# RULE 7: what was there stays when the view is wrong; wrong usage is told apart.
echo before > kept.h
printf '%%%% void\n<p\n' > bad.html
"$VIEWC" -n bad -o kept.h bad.html 2> /dev/null
[ $? -eq 1 ] && [ "$(cat kept.h)" = before ]
report $? "RULE 7: an error leaves the output alone"
"$VIEWC" -n 'a b' -o x.h bad.html 2> /dev/null
[ $? -eq 2 ]
report $? "RULE 7: a name that is no C name is wrong usage"
"$VIEWC" -n a -o x.h 2> /dev/null
[ $? -eq 2 ]
report $? "RULE 7: no view is wrong usage"
"$VIEWC" -n a -o x.h missing.html 2> log
[ $? -eq 1 ] && grep -q 'missing.html:1: error: cannot read' log
report $? "RULE 7: a view that is not there"

# Every beginning of a rich view, and every such view without one of its bytes, is taken or refused.
cat > rich.html <<'V'
% #include "a.h"
%% const struct v *v
<!-- c --><a href="/x/{{ v->s }}" {{ v->a }} b='{{ (int[]){1}[0] }}'
% if (v->n) { /* { */
  c=d
% }
>é<pre> {{ "}}" }}</pre><textarea>{{ v->s }}</textarea><script src="{{ v->s }}"></script></a>
V
size=$(wc -c < rich.html)
bad=
i=0
while [ $i -lt "$size" ]; do
    head -c $i rich.html > cut.html
    { cat cut.html; tail -c +$((i + 2)) rich.html; } > gap.html
    for f in cut.html gap.html; do
        log=$("$VIEWC" -n cut -o cut.h $f 2>&1)
        code=$?
        case $code$log in
        0 | "1$f:"[0-9]*": error: "*) ;;
        *) bad="$bad at byte $i: $code $log" ;;
        esac
    done
    i=$((i + 1))
done
[ -z "$bad" ]
report $? "broken views are taken or refused, $((size * 2)) of them" "$bad"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
