#!/bin/sh
# operate_test.sh: the program as its operator sees it, in test/outside/.
#
#     tls.mjs      tls RULES 1 to 5, wire RULE 3; dispatch RULE 9
#     stop.mjs     loop RULE 5
#     crowd.mjs    loop RULES 2 and 7
#     gone.mjs     dispatch RULE 2, health RULE 2
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/tls.mjs || failed=1
node test/outside/stop.mjs sqlite || failed=1
node test/outside/crowd.mjs || failed=1
sh test/pg.sh run sh -c \
    'node test/outside/stop.mjs postgres 1; a=$?; node test/outside/gone.mjs && exit $a' || failed=1
exit $failed
