#!/bin/sh
# crash_test.sh: kill -9 under write load, fifty times on each database; see test/outside/crash.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/crash.mjs sqlite || failed=1
SKEP_PG_FSYNC=1 sh test/pg.sh run node test/outside/crash.mjs postgres || failed=1
exit $failed
