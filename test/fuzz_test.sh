#!/bin/sh
# Tests test/fuzz/driver.c and bin/fuzz: a target that breaks is told, with the input that broke it.
#
#     sh test/fuzz_test.sh          needs what bin/test builds
set -u
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

report() # report STATUS NAME DETAILS
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $2"
    else
        failed=$((failed + 1))
        echo "not ok $((passed + failed)) - $2"
        echo "$3" | sed 's/^/# /'
    fi
}

target() # target NAME STATEMENT: a target that does it when the input is "bad..."
{
    cat > "$work/$1.c" << END
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    volatile int none = 0;
    (void)none;
    if (size >= 3 && data[0] == 'b' && data[1] == 'a' && data[2] == 'd')
        $2;
    return 0;
}
END
    gcc -std=gnu17 -Isrc -I. -fsanitize=address,undefined -fno-sanitize-recover=all \
        -o "$work/$1" "$work/$1.c" build/address/obj/test/fuzz/driver.o \
        build/address/obj/src/core/clock.o build/address/obj/src/core/rand.o \
        build/address/obj/src/core/str.o build/address/obj/src/core/arena.o \
        build/address/obj/src/core/log.o build/address/obj/src/core/out.o -lsodium
}

stops() # stops NAME WORDS: it ends badly, says WORDS, and what is kept does the same
{
    got=$("$work/$1" -runs=50000 -artifact_prefix="$work/$1-" "$work/corpus" 2>&1)
    code=$?
    kept=$(find "$work" -name "$1-crash-*")
    [ $code -ne 0 ] && [ -n "$kept" ] && [ "$(head -c 3 "$kept")" = bad ] &&
        case $got in *"$2"*"$kept"* | *"$kept"*"$2"*) true ;; *) false ;; esac &&
        ! "$work/$1" "$kept" > "$work/again" 2>&1
    report $? "$3" "ended with $code
kept: $kept
$got"
}

mkdir "$work/corpus"
printf 'bat' > "$work/corpus/near"
target promise 'must(data[0] != 98)'
stops promise "does not hold" "a promise that does not hold is told, and its input kept"
target past 'none = data[size]'
stops past "heap-buffer-overflow" "reading past the input is seen"
target overflow 'none = data[0] + 2147483647'
stops overflow "signed integer overflow" "undefined behaviour is seen"
target good '(void)0'
got=$("$work/good" -runs=1000 "$work/corpus" 2>&1)
[ $? -eq 0 ] && case $got in "1002 inputs in "*) true ;; *) false ;; esac
report $? "the empty input, the corpus and the mutations are run" "$got"
"$work/good" "$work/nowhere" > "$work/out" 2>&1
[ $? -eq 2 ]
report $? "a corpus that is not there is an error" "$(cat "$work/out")"

missing=
for name in $(bin/fuzz --list); do
    [ -n "$(find "test/fuzz/${name}_fuzz.corpus" -type f -size -5k 2> /dev/null)" ] ||
        missing="$missing $name"
done
[ -z "$missing" ] && [ "$(bin/fuzz --list | wc -l)" -gt 9 ]
report $? "every target has a corpus" "without:$missing"
got=$(bin/fuzz nothing-such 2>&1)
[ $? -eq 2 ]
report $? "bin/fuzz knows its targets" "$got"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
