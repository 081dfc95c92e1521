#!/bin/sh
# new_feature_test.sh: a folder is all that a new feature needs.
#
# Takes the files of docs/adding-a-feature.md and docs/a-larger-feature.md, as they stand there,
# into a copy of the tree, builds it, and looks for the features where they must have appeared by
# themselves. No other file is touched.
#
# The copy takes the objects of build/ with it, so that little is compiled.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
scratch=$(mktemp -d) || exit 2
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0

tell() # tell CODE NAME
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL: $2"
        [ ! -s said ] || tail -n 40 said | sed 's/^/    /'
    fi
}

# ---- the copy ----

git ls-files -z --cached --others --exclude-standard src db assets tools test demo docs bin \
    Makefile package.json package-lock.json |
    xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\n" "$f"; done' sh > "$scratch/files"
mkdir "$scratch/tree"
tar -cf - -T "$scratch/files" | tar -xpf - -C "$scratch/tree"
ln -s "$root/node_modules" "$scratch/tree/node_modules"
for kept in obj gen assets icons flags sources viewc embed; do
    mkdir -p "$scratch/tree/build"
    [ ! -e "build/$kept" ] || cp -rp "build/$kept" "$scratch/tree/build/"
done
cd "$scratch/tree" || exit 2

# ---- the feature, out of the page ----

number=$(printf '%04d' $(($(find db/migrate -name '*.sql' | wc -l) + 1)))
awk -v number="$number" '
    /^```[a-z]+ file=/ {
        file = $2
        sub(/^file=/, "", file)
        sub(/NNNN/, number, file)
        folder = file
        sub(/[^\/]*$/, "", folder)
        system("mkdir -p " folder)
        next
    }
    /^```/ { if (file) { close(file); print file }; file = ""; next }
    file { print > file }' docs/adding-a-feature.md docs/a-larger-feature.md > added
[ "$(wc -l < added)" -eq 8 ]
tell $? "the pages have the files of two features"
[ "$(wc -l < docs/adding-a-feature.md)" -le 80 ]
tell $? "the smaller one stands on one screen"

tools/check > said 2>&1
! grep -E 'bookmarks|popular' said > rules
code=$?
mv rules said
tell $code "they keep the house rules"

make -s -j 2 all > said 2>&1
tell $? "it builds"

# ---- where it must appear ----

build/skep --data hub routes > said 2>&1
grep -q '^GET  */bookmarks  *member ' said && grep -q '^GET  */popular  *anyone ' said
tell $? "skep routes lists it"

make -s docs > said 2>&1 && grep -q '| GET | `/bookmarks` | member |' docs/api/routes.md &&
    grep -q '| GET | `/popular` | anyone |' docs/api/routes.md
tell $? "the API documentation lists it"

bin/test --list bookmarks > said 2>&1
grep -qx src/features/bookmarks/bookmarks_test said &&
    grep -qx 'src/features/bookmarks/bookmarks_test on PostgreSQL' said
tell $? "bin/test finds its test"

test=build/test/src/features/bookmarks/bookmarks_test
SKEP_SRC=$PWD
CMOCKA_MESSAGE_OUTPUT=TAP
export SKEP_SRC CMOCKA_MESSAGE_OUTPUT
make -s "$test" > said 2>&1 && "$test" > said 2>&1 && [ "$(grep -c '^ok ' said)" -eq 2 ]
tell $? "its test passes on SQLite"

test_small=build/test/src/features/popular/popular_test
make -s "$test_small" > said 2>&1 && "$test_small" > said 2>&1 && grep -q '^ok 1 ' said
tell $? "the smaller one's test passes"

sh test/pg.sh run "$test" > said 2>&1 && [ "$(grep -c '^ok ' said)" -eq 2 ]
tell $? "its test passes on PostgreSQL"

# ---- the menu of a served page ----

echo "a password for ana" |
    build/skep --data hub init --email ana@example.org --name Ana > said 2>&1
tell $? "a hub with an owner is made"

: > served
build/skep --data hub --listen 127.0.0.1:0 serve > served 2>&1 &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    address=$(sed -n 's/^Skep is serving on //p' served)
    [ -z "$address" ] || break
    sleep 0.5
done
cat > ask.mjs <<'MJS'
const base = process.argv[2].replace(/\/$/, "");
const form = await fetch(`${base}/session/new`);
const jar = new Map();
const keep = (r) => r.headers.get("set-cookie")?.split(/, (?=[a-z_]+=)/).forEach((c) =>
    jar.set(c.split("=")[0], c.split(";")[0]));
const cookies = () => ({ cookie: [...jar.values()].join("; ") });
keep(form);
const csrf = /name="_csrf" value="([^"]+)"/.exec(await form.text())[1];
const signed = await fetch(`${base}/session`, {
    method: "POST", redirect: "manual", headers: { ...cookies(), origin: base },
    body: new URLSearchParams({
        _csrf: csrf, email: "ana@example.org", password: "a password for ana",
    }),
});
keep(signed);
const home = await (await fetch(`${base}/`, { headers: cookies() })).text();
const page = await fetch(`${base}/bookmarks`, { headers: cookies() });
console.log(signed.status, page.status, home.slice(0, 200));
if (!home.includes('href="/popular"')) process.exit(1);
if (!home.includes('href="/bookmarks"') || page.status !== 200) process.exit(1);
MJS
case $address in http*) ;; *) address=http://$address ;; esac
node ask.mjs "$address" > said 2>&1
tell $? "the menu of a page leads to it"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
