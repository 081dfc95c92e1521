#!/bin/sh
# program_test.sh: the command line from outside; see test/outside/program.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/program.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/program.mjs postgres || failed=1
exit $failed
