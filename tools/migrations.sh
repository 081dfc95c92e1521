#!/bin/sh
# migrations.sh: prints the C file that holds the migrations.
#
#     sh tools/migrations.sh [FILE.sql ...] > build/gen/migrations.c
#
# Each file is NUMBER_NAME.sql; its bytes become numbers, so that nothing in it needs quoting.
set -eu
export LC_ALL=C
[ $# -gt 0 ] || set -- "$(dirname "$0")"/../db/migrate/*.sql

echo '/* Made by tools/migrations.sh. */'
echo '#include "db/migrate.h"'
echo

i=0
table=
for file; do
    case $file in *.sql) ;; *) continue ;; esac
    [ -f "$file" ] || continue
    i=$((i + 1))
    base=$(basename "$file" .sql)
    number=$(expr "$base" : '0*\([0-9]*\)') || number=0
    case $base in
    *[!0-9a-z_]*) number=0 ;;
    esac
    if [ "$number" != "$i" ]; then
        echo "migrations.sh: $file stands where number $i belongs (name it NNNN_words.sql)" >&2
        exit 1
    fi
    echo "static const char sql_$i[] = {"
    od -An -v -tu1 "$file" | awk '{ gsub(/ +/, ","); sub(/^,/, ""); print "    " $0 "," }'
    echo '    0,'
    echo '};'
    echo
    table="$table    {$i, \"$base\", {sql_$i, sizeof sql_$i - 1}},
"
done

echo 'const struct migration migrations[] = {'
printf '%s' "$table"
echo '    {0},'
echo '};'
