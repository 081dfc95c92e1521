#!/bin/sh
# Tests embed by its RULES: what it makes is compiled with src/http/assets.c and asked for.
# Prints a line per promise, at last "N passed, N failed".
#
#     EMBED=build/embed sh tools/embed_test.sh
#
# EMBED is the program to test; without it, one is built with the sanitizers.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if [ -z "${EMBED:-}" ]; then
    EMBED=$work/embed
    gcc -std=gnu17 -g -fsanitize=address,undefined -o "$EMBED" "$here/embed.c" \
        -lz -lbrotlienc || exit 1
fi
case $EMBED in /*) ;; *) EMBED=$PWD/$EMBED ;; esac
cd "$work" || exit 1
passed=0
failed=0

report() # report STATUS NAME
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $2"
    else
        failed=$((failed + 1))
        echo "not ok $((passed + failed)) - $2"
    fi
}

mkdir -p in/js
printf 'abc def? "\\ \000 7 ??/\n\3777' > in/odd.css
head -c 20000 /dev/urandom > in/font.woff2
awk 'BEGIN { for (i = 0; i < 2000; i++) print "let a = " i ";" }' > in/js/app.js
: > in/empty.txt
printf 'a' > in/app-0123456789.css

"$EMBED" -o one.c in in/odd.css in/font.woff2 in/js/app.js in/empty.txt in/app-0123456789.css &&
    "$EMBED" -o two.c in/ in/app-0123456789.css in/empty.txt in/js/app.js in/font.woff2 in/odd.css
cmp -s one.c two.c
report $? "RULE 1: order does not matter"

cat > get.c <<'C'
#include <stdio.h>
#include "http/assets.h"
int main(int argc, char **argv)
{
    bool immutable;
    const struct asset *a = argc == 3 ? asset_find(str_of(argv[1]), &immutable) : NULL;
    if (!a)
        return 1;
    struct str s = *argv[2] == 'p' ? a->path : *argv[2] == 'g' ? a->gzip
                 : *argv[2] == 'b' ? a->brotli : a->body;
    fwrite(s.p, 1, s.n, stdout);
    return 0;
}
C
for cc in gcc clang; do
    $cc -std=gnu17 -Wall -Wextra -Werror -I "$here/../src" -o get get.c one.c \
        "$here/../src/http/assets.c"
    report $? "the table compiles ($cc)"
done
for name in odd.css font.woff2 js/app.js empty.txt app-0123456789.css; do
    ./get "/assets/$name" raw > got && cmp -s got "in/$name"
    report $? "$name comes back byte for byte"
done

[ "$(./get /assets/app-0123456789.css path)" = /assets/app-0123456789-af63dc4c86.css ]
report $? "RULE 2: the path of \"a\" holds the published FNV-1a of \"a\""
./get /assets/js/app.js gzip | gzip -d | cmp -s - in/js/app.js
report $? "RULE 3: gzip"
[ "$(./get /assets/js/app.js brotli | wc -c)" -lt "$(./get /assets/js/app.js gzip | wc -c)" ]
report $? "RULE 3: brotli is shorter still"
[ "$(./get /assets/font.woff2 gzip | wc -c)" -eq 0 ]
report $? "RULE 3: fonts stay as they are"

refuses() # refuses NAME FILE...
{
    name=$1
    shift
    "$EMBED" -o no.c in "$@" 2> /dev/null
    [ $? -eq 1 ] && [ ! -e no.c ]
    report $? "RULE 4: $name"
}
touch in/a.zzz in/noext "in/a b.css" outside.css
refuses "an unknown type" in/a.zzz
refuses "no extension" in/noext
refuses "a file outside the root" outside.css
refuses "a name twice" in/odd.css in/odd.css
refuses "a name with a blank" "in/a b.css"
refuses "a file that is not there" in/none.css
"$EMBED" -o none.c in && gcc -std=gnu17 -Wall -Wextra -Werror -I "$here/../src" -c none.c
report $? "no files make an empty table"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
