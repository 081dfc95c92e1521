#!/bin/sh
# routes.sh: prints docs/api/routes.md, the table of all routes, from what the program says.
#
#     sh tools/routes.sh [SKEP] > docs/api/routes.md        SKEP: by default build/skep
set -eu
cd "$(dirname "$0")/.."
skep=${1:-build/skep}
hub=$(mktemp -d)
trap 'rm -rf "$hub"' EXIT

cat <<'END'
# Routes

Every address that Skep answers, with who may call it at least: anyone, a member, staff, an
administrator or the owner. What a record itself allows (its space, its author, its moderators)
comes on top. [README.md](README.md) says how to call them. This table is written by `make docs`;
`skep routes` prints the same.

| method | path | who | what |
|---|---|---|---|
END
"$skep" --data "$hub" routes | awk '{
    method = $1; path = $2; who = $3
    help = $0
    sub(/^[^ ]+ +[^ ]+ +[^ ]+ */, "", help)
    gsub(/\|/, "\\|", help)
    printf "| %s | `%s` | %s | %s |\n", method, path, who, help
}'
