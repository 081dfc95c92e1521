#!/bin/sh
# docs_test.sh: links to files lead somewhere, and so do names of files; the man page has every
# option and command that skep --help has; ARCHITECTURE.md keeps to 200 lines.
set -u
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

verdict() # verdict NAME: of what stands in $work/findings
{
    if [ -s "$work/findings" ]; then
        failed=$((failed + 1))
        echo "FAIL: $1"
        cat "$work/findings"
    else
        passed=$((passed + 1))
    fi
}

find . \( -name node_modules -o -name build -o -name .git \) -prune -o -name '*.md' -print |
    sort > "$work/pages"

# Blocks of code are left out; the pages on adding a feature name files that are yet to be made.
while read -r page; do
    awk '/^```/ { block = !block; next } !block' "$page" > "$work/text"
    grep -oE '\]\([^) ]+\)|(src|srcset)="[^"]+"' "$work/text" |
        sed -E 's/^\]\(//; s/\)$//; s/^(src|srcset)="//; s/"$//; s/#.*//' |
        grep -vE '^$|^https?:' |
        while read -r link; do
            [ -e "$(dirname "$page")/$link" ] || echo "    $page: $link"
        done
    [ "$page" = ./docs/adding-a-feature.md ] || [ "$page" = ./docs/a-larger-feature.md ] ||
        grep -oE '`(src|docs|test|tools|db|assets|demo)/[A-Za-z0-9_./-]+\.[a-z0-9]+`' "$work/text" |
        tr -d '`' |
        while read -r name; do
            [ -e "$name" ] || echo "    $page: $name"
        done
done < "$work/pages" > "$work/findings"
verdict "links and names of files lead somewhere"

sed 's/\\f[BIR]//g; s/\\-/-/g; s/"//g' man/skep.1 > "$work/man"
"${SKEP:-build/skep}" --help > "$work/help"
{
    grep -oE -- '--[a-z][a-z-]*' "$work/help"
    awk '/^Commands:/ { on = 1; next } on && /^  [a-z]/ {
        print $1 ($1 == "import" ? " " $2 : "")
    }' "$work/help"
} | sort -u | while read -r word; do
    grep -qE -- "(^|[^a-z-])$word([^a-z-]|\$)" "$work/man" || echo "    $word"
done > "$work/findings"
verdict "the man page has what skep --help has"

awk 'END { if (NR > 200) print "    it has " NR }' ARCHITECTURE.md > "$work/findings"
verdict "ARCHITECTURE.md has 200 lines at most"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
