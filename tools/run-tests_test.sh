#!/bin/sh
# Tests tools/run-tests: what it counts, and what it shows.
#
#     sh tools/run-tests_test.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
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

counts() # counts NAME COMMAND WANT [SHOWN]: WANT is "PASSED FAILED"
{
    : > counts
    printf 'x\t%s\n' "$2" > list
    got=$(SKEP_TEST_TIMEOUT=1 "$here/run-tests" L 1 counts list 2>&1)
    [ "$(cat counts)" = "$3" ] && case $got in *"${4-}"*) true ;; *) false ;; esac
    report $? "$1" "want $3; got $(cat counts)
$got"
}

counts "TAP is counted" 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "ok 3 - c"; exit 1' "2 1" \
    "FAIL x: b"
counts "a closing line is counted" 'echo "a: ok"; echo "7 passed, 0 failed"' "7 0"
counts "TAP goes before the closing line" 'echo "ok 1 - a"; echo "1 passed, 0 failed"' "1 0"
counts "what is skipped does not count" 'echo "ok 1 - a"; echo "not ok 2 # SKIP b"' "1 0"
counts "RULE 1: an error without a failed test" 'echo "ok 1 - a"; echo why; exit 3' "1 1" \
    "FAIL x: ended with code 3
    why"
counts "RULE 1: a signal" 'kill -SEGV $$' "0 1" "FAIL x: ended with code"
counts "RULE 1: too slow" 'sleep 20' "0 1" "FAIL x: ended with code 124"
counts "RULE 2: silence is one passed test" 'true' "1 0" "L: 1 passed, 0 failed"

for i in 1 2 3 4 5 6; do
    printf 'p%s\tfor i in 1 2 3 4 5 6 7 8; do echo "line %s"; done; exit 1\n' $i $i
done > list
got=$("$here/run-tests" L 4 counts list | grep '^    line' | uniq -c |
    awk '{ print $1 }' | uniq -c)
[ "$(echo "$got" | awk '{ print $1 "x" $2 }')" = 6x8 ]
report $? "RULE 3: outputs are not mixed" "$got"

printf '%s\t%s\n' quick true slow 'sleep 1.1' slower 'sleep 2.2' > list
got=$(SKEP_TEST_SLOW=1 "$here/run-tests" L 3 counts list | awk 'NR > 1 { print $3 }')
[ "$got" = "slower
slow" ]
report $? "RULE 4: the slowest are named" "$got"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
