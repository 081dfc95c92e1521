#!/bin/sh
# openapi_test.sh: the API is as /openapi.json says; see test/outside/openapi.mjs.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
node test/outside/openapi.mjs sqlite || failed=1
sh test/pg.sh run node test/outside/openapi.mjs postgres || failed=1
exit $failed
