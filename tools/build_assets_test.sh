#!/bin/sh
# Tests build-assets.mjs by its RULES, in a tree of its own: a copy of the tool and of assets/, and
# features made up for the purpose. Prints a line per promise, at last "N passed, N failed".
#
#     sh tools/build_assets_test.sh
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

report() # report STATUS NAME
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $2"
    else
        failed=$((failed + 1))
        echo "not ok $((passed + failed)) - $2"
    fi
}

# Turbo is copied, because a test changes it; every other package is the repository's own.
tree() # tree NAME: makes a tree with one feature, hive
{
    mkdir -p "$1/tools" "$1/node_modules/@hotwired" "$1/src/features/hive/views"
    cp "$root/tools/build-assets.mjs" "$1/tools"
    cp -R "$root/assets" "$1/assets"
    for package in "$root"/node_modules/*; do
        [ "${package##*/}" = @hotwired ] || ln -s "$package" "$1/node_modules"
    done
    cp -R "$root/node_modules/@hotwired/." "$1/node_modules/@hotwired"
    echo '@layer features { .hive-probe { order: 7 } }' > "$1/src/features/hive/hive.css"
    printf '%s\n' 'import { Controller } from "@hotwired/stimulus";' \
        'export default class extends Controller { probe() { return "hive-probe"; } }' \
        > "$1/src/features/hive/bee_dance.js"
    echo '<a>{{ icon("#i-anchor") }}</a>' > "$1/src/features/hive/views/show.html"
    echo 'const char *drawn = "#i-vote";' > "$1/src/features/hive/hive.c"
}

build() # build TREE OUT [OPTION...]
{
    at=$1
    out=$2
    shift 2
    node "$at/tools/build-assets.mjs" --out "$out" "$@" 2> "$work/said"
}

stops() # stops NAME WORDS: the build of the tree `broken` ends with 1 and says WORDS
{
    build "$work/broken" "$work/none"
    [ $? -eq 1 ] && grep -qF -- "$2" "$work/said"
    report $? "$1"
}

has() { grep -qF -- "$2" "$work/out/$1"; }
lacks() { ! has "$1" "$2"; }

tree "$work/one"
build "$work/one" "$work/out"
report $? "the tree builds"
[ ! -s "$work/said" ]
report $? "and says nothing"

# ---- build-assets RULE 1: what is there is found ----

has app.css .hive-probe
report $? "RULE 1: a feature's stylesheet is in"
has app.js hive-probe && has app.js '"bee-dance":'
report $? "RULE 1: a feature's controller is in, by its file's name"
for file in "$root"/assets/controllers/*.js; do
    name=$(basename "$file" .js | tr _ -)
    grep -qE "[{,]\"?$name\"?:" "$work/out/app.js"
    report $? "RULE 1: the controller $name is in"
done
has sortable.js Sortable && lacks app.js 'All contributors to Sortable'
report $? "RULE 1: a script of assets/islands is a file of its own"
for name in logo.svg favicon.svg apple-touch-icon.png; do
    cmp -s "$root/assets/$name" "$work/out/$name"
    report $? "RULE 1: $name is as it lies"
done
tree "$work/broken"
cp "$work/one/src/features/hive/bee_dance.js" "$work/broken/assets/controllers"
stops "RULE 1: two controllers of one name" 'two controllers are named "bee-dance"'
rm -r "$work/broken"

# ---- build-assets RULE 2: layers ----

layers=$(grep -o '@layer [a-z, ]*;' "$work/out/app.css" | head -n 1 | tr -d ' ')
[ "$layers" = '@layerreset,base,components,features,utilities;' ]
report $? "RULE 2: the layers are declared in their order"
tree "$work/broken"
sheet=src/features/hive/hive.css
for text in '.loose { order: 1 }' '@layer utilities { .loose { order: 1 } }' \
    '@layer features { .in { order: 1 } } .loose { order: 2 }'; do
    echo "$text" > "$work/broken/$sheet"
    stops "RULE 2: $text" "$sheet: put all of it inside"
done
for text in '' '/* Nothing yet. */' '/* Why. */ @layer features { .in { order: 1 } }' \
    '@layer features { .in::after { content: "}" } @media print { .in { order: 1 } } }'; do
    echo "$text" > "$work/broken/$sheet"
    build "$work/broken" "$work/none"
    report $? "RULE 2: good: $text"
done
rm -r "$work/broken"

# ---- build-assets RULE 3: icons ----

has icons.svg 'id="i-anchor"'
report $? "RULE 3: an icon of Lucide that a view asks for"
has icons.svg 'id="i-vote"'
report $? "RULE 3: a drawing of our own that C asks for"
lacks icons.svg 'id="i-zap"'
report $? "RULE 3: what nobody asks for is left out"
mkdir "$work/more"
echo '#i-zap' > "$work/more/more.html"
build "$work/one" "$work/out" --scan "$work/more" && has icons.svg 'id="i-zap"'
report $? "RULE 3: a folder to scan asks too"
tree "$work/broken"
page=src/features/hive/views/show.html
echo '#i-no-such-thing' > "$work/broken/$page"
stops "RULE 3: a name that nobody knows" "$page: there is no icon \"no-such-thing\""
echo '#i-anchor' > "$work/broken/$page"
echo '<svg viewBox="0 0 9 9"><path d="M1 2h3"/></svg>' > "$work/broken/assets/icons/anchor.svg"
build "$work/broken" "$work/out" &&
    has icons.svg '<symbol id="i-anchor" viewBox="0 0 9 9"><path d="M1 2h3"/></symbol>'
report $? "RULE 3: our own drawing goes before Lucide's"
rm -r "$work/broken"

# ---- build-assets RULE 4: the same bytes ----

tree "$work/another-place"
build "$work/one" "$work/first" && build "$work/another-place" "$work/second" &&
    diff -r "$work/first" "$work/second"
report $? "RULE 4: the same sources in another place make the same bytes"

# ---- build-assets RULE 5: Turbo's <style> ----

call='.installStylesheetElement()'
grep -qrF -- "this$call;" "$root/node_modules/@hotwired/turbo/dist"
report $? "RULE 5: Turbo does install a <style>"
! grep -qF -- "$call" "$work/first/app.js"
report $? "RULE 5: ours does not"
tree "$work/broken"
sed -i "s/this$call;/this.dressUp();/" "$work/broken"/node_modules/@hotwired/turbo/dist/*.js
stops "RULE 5: a Turbo that does it otherwise" "Turbo installs its <style> otherwise now"

node "$work/one/tools/build-assets.mjs" 2> /dev/null
[ $? -eq 2 ]
report $? "wrong usage is exit code 2"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
