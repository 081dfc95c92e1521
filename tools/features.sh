#!/bin/sh
# features.sh: writes the list of features: every folder src/features/NAME/ that has a NAME.c.
#
#     sh tools/features.sh > build/gen/features.c
#
# The folder is the registry: nothing else names a feature, so putting the folder there adds it and
# deleting it removes it.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

names=
for folder in src/features/*/; do
    name=$(basename "$folder")
    [ -f "$folder$name.c" ] && names="$names $name"
done

echo '/* Made by tools/features.sh from src/features/. */'
echo '#include "http/feature.h"'
echo
for name in $names; do
    echo "extern const struct feature ${name}_feature;"
done
echo
echo 'const struct feature *const features[] = {'
for name in $names; do
    echo "    &${name}_feature,"
done
echo '    NULL,'
echo '};'
