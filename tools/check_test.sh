#!/bin/sh
# Tests tools/check: a small tree that keeps the house rules passes, and each break of one is found.
#
#     sh tools/check_test.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
total=0

tree() # a good tree, made anew in $work/t
{
    rm -rf "$work/t"
    mkdir -p "$work/t" && cd "$work/t" || exit 1
    mkdir -p src/core src/db src/http src/view src/record src/features/people \
        src/features/ideas/views src/features/topics tools db/migrate
    echo '/* str.h: text. */' > src/core/str.h
    echo '/* db.h: rows. */' > src/db/db.h
    printf '/* people.h: who.\n *\n * Base feature.\n */\n#include "db/db.h"\n' \
        > src/features/people/people.h
    printf '/* ideas.h: i\n *\n * RULES\n *   1. One vote.\n *   2. No two\n *      votes.\n */\n' \
        > src/features/ideas/ideas.h
    cat > src/features/ideas/ideas.c <<'C'
/* ideas.c: see ideas.h; a comment may say malloc( and "<b>", and TO DO. */
#include "core/str.h"
#include "features/people/people.h"
#include "views/ideas/show.h"
#include "views/shared.h"

static int one(int a)
{
    return a ? '"' : 2; // "<b>"
}
C
    echo '/* ideas_test.c: votes. RULES 1 and 2 */' > src/features/ideas/ideas_test.c
    printf '%% #include "features/ideas/ideas.h"\n%%%% void\n<b>Select one from the list</b>\n' \
        > src/features/ideas/views/show.html
    echo '/* topics.c: see "ideas". */' > src/features/topics/topics.c
    echo '-- records' > db/migrate/0001_records.sql
}

report() # report STATUS NAME DETAILS
{
    total=$((total + 1))
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $total - $2"
    else
        failed=$((failed + 1))
        echo "not ok $total - $2"
        echo "$3" | sed 's/^/# /'
    fi
}

finds() # finds NAME WANT: the tree as it is now breaks exactly one rule, and WANT is the finding
{
    got=$(sh "$here/check" "$work/t" 2>&1)
    code=$?
    [ $code -eq 1 ] && [ "$(echo "$got" | grep -c '^not ok')" -eq 1 ] &&
        [ "$(echo "$got" | grep -cv '^ok\|^not ok')" -eq 1 ] &&
        echo "$got" | grep -qF -- "$2"
    report $? "$1" "want: $2
$got"
    tree
}

tree
got=$(sh "$here/check" "$work/t" 2>&1)
report $? "a good tree passes" "$got"

echo 'int x;' > src/core/x.c
finds "RULE 1: no opening comment" "src/core/x.c:1: opens without a comment"
awk 'BEGIN { print "/* x */"; for (i = 0; i < 1000; i++) print "int x;" }' > src/core/x.c
finds "RULE 1: a long file" "src/core/x.c:1001: more than 1,000 lines"
awk 'BEGIN { printf "/* "; for (i = 0; i < 96; i++) printf "\303\251"; print " */" }' > src/core/x.c
finds "RULE 1: a long line, counted in characters" "src/core/x.c:1: line of 102 columns"
awk 'BEGIN { printf "/* "; for (i = 0; i < 94; i++) printf "\303\251"; print " */" }' > src/core/x.c
got=$(sh "$here/check" "$work/t" 2>&1)
report $? "RULE 1: 100 columns of two bytes each are no long line" "$got"
printf '/* x */\n\tint x;\n' > src/core/x.c
finds "RULE 1: a tab" "src/core/x.c:2: tab"
printf '/* x */ \n' > src/core/x.c
finds "RULE 1: a blank at the end" "src/core/x.c:1: blank at the end"

body() # body LINES LINE: a function with that many lines
{
    awk -v n="$1" -v line="$2" 'BEGIN {
        print "/* x */\nint grow(int a,\n         int b)\n{"
        for (i = 0; i < n; i++) print line
        print "}"
    }' > src/core/x.c
}
body 101 '    a++;'
finds "RULE 1: a long function" "src/core/x.c:4: grow has 101 lines"
body 100 '    a++;'
got=$(sh "$here/check" "$work/t" 2>&1)
report $? "RULE 1: a function of 100 lines is let pass" "$got"
body 10 '    if (a && b) /* if while */ s = "if && ?";'
finds "RULE 1: a complex function" "src/core/x.c:4: grow has a complexity of 21"
body 19 '    a = b ? 1 : 2;'
got=$(sh "$here/check" "$work/t" 2>&1)
report $? "RULE 1: a complexity of 20 is let pass" "$got"

printf '/* x */\n#include "db/db.h"\n' > src/core/x.c
finds "RULE 2: core includes db" "src/core/x.c:2: includes db/db.h, which stands above it"
printf '/* x */\n#include "features/people/people.h"\n' > src/record/x.c
finds "RULE 2: record includes a feature" "includes features/people/people.h, which stands above it"
printf '/* x */\n#include "features/ideas/ideas.h"\n' > src/features/topics/topics.c
finds "RULE 2: a leaf includes a leaf" "includes features/ideas/ideas.h, another leaf feature"
printf '/* x */\n#include "views/ideas/_row.h"\n' > src/features/topics/topics.c
finds "RULE 2: a leaf includes another's view" "includes features/ideas/x, another leaf feature"
printf '/* x */\n#include "features/ideas/ideas.h"\n' > src/features/people/people.c
finds "RULE 2: a base feature includes a leaf" "which stands above it"
printf '%% #include "features/topics/topics.h"\n%%%% void\n' > src/features/ideas/views/show.html
finds "RULE 2: a view includes another leaf" "views/show.html:1: includes features/topics/topics.h"
printf '/* x */\n#include "ideas.h"\n' > src/features/ideas/ideas.c
finds "RULE 2: an include that is not from src/" "includes ideas.h, which is no path from src/"

echo '/* ideas_test.c: RULE 1 */' > src/features/ideas/ideas_test.c
finds "RULE 3: a rule without a test" "ideas.h:5: RULE 2 of ideas is cited by no test"
echo '/* ideas_test.c: RULE 1 */' > src/features/ideas/ideas_test.c
echo '/* other_test.c: ideas RULE 2 */' > src/core/other_test.c
got=$(sh "$here/check" "$work/t" 2>&1)
report $? "RULE 3: another file's test can cite it" "$got"
tree
echo '/* other_test.c: RULE 2 */' > src/core/other_test.c
echo '/* ideas_test.c: ideas.h RULE 1 */' > src/features/ideas/ideas_test.c
finds "RULE 3: another file's own rule is no proof" "RULE 2 of ideas is cited by no test"

printf '/* x */\nvoid *p = malloc(1);\n' > src/features/ideas/ideas.c
finds "RULE 4: malloc in a feature" "src/features/ideas/ideas.c:2: malloc outside of the kernel"
printf '/* x */\nint n = atoi("1");\n' > src/core/x.c
finds "RULE 4: atoi in the kernel" "src/core/x.c:2: atoi is not used here"

printf '/* x */\nconst char *s = "<div class=";\n' > src/features/ideas/ideas.c
finds "RULE 5: HTML in a feature" "src/features/ideas/ideas.c:2: HTML in C"
printf '%%%% void\n%% q = db_query(db, "x");\n' > src/features/ideas/views/show.html
finds "RULE 5: SQL in a view" "src/features/ideas/views/show.html:2: SQL in a view"

echo '-- x' > db/migrate/0003_ideas.sql
finds "RULE 6: a gap" "db/migrate/0003_ideas.sql:1: expected number 0002"
if command -v git > /dev/null; then
    landed()
    {
        git init -q . && git add . &&
            git -c user.name=t -c user.email=t@example.org commit -q -m 'a' &&
            git update-ref refs/remotes/origin/main HEAD
    }
    landed
    echo '-- new' > db/migrate/0002_ideas.sql
    got=$(sh "$here/check" "$work/t" 2>&1)
    report $? "RULE 6: a new migration passes" "$got"
    tree
    landed
    echo '-- changed' >> db/migrate/0001_records.sql
    finds "RULE 6: a landed migration is frozen" "0001_records.sql:1: a landed migration"
fi

printf '/* x */\n/* %s: more */\n' TODO > src/core/x.c
finds "RULE 7: work left" "src/core/x.c:2: something is left to do"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
