#!/bin/sh
# once_test.sh: changes with an Idempotency-Key over a crash; see test/outside/once.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/once.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/once.mjs postgres || failed=1
exit $failed
