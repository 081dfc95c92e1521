#!/bin/sh
# together_test.sh: many people at once, and a stop among them; see test/outside/together.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/together.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/together.mjs postgres || failed=1
exit $failed
