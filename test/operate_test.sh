#!/bin/sh
# operate_test.sh: the program as its operator sees it; see test/outside/.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/tls.mjs || failed=1
node test/outside/stop.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/stop.mjs postgres || failed=1
exit $failed
