#!/bin/sh
# routes_test.sh: docs/api/routes.md says what the program says.
set -u
cd "$(dirname "$0")/.." || exit 2
new=$(mktemp) || exit 2
trap 'rm -f "$new"' EXIT

sh tools/routes.sh "${SKEP:-build/skep}" > "$new" || exit 1
if cmp -s "$new" docs/api/routes.md; then
    echo "1 passed, 0 failed"
else
    diff docs/api/routes.md "$new"
    echo "docs/api/routes.md is old: make docs"
    echo "0 passed, 1 failed"
    exit 1
fi
