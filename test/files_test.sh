#!/bin/sh
# files_test.sh: large uploads, and kills among them, on each database; see test/outside/files.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/files.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/files.mjs postgres || failed=1
exit $failed
