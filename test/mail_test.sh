#!/bin/sh
# mail_test.sh: letters through a real mail server, Exim with Dovecot; see test/outside/mail.mjs.
#
# The servers give up rights that they do not need, and want no more of them: as root the whole test
# runs as nobody.
set -u
cd "$(dirname "$0")/.." || exit 2
for need in /usr/sbin/exim4 /usr/sbin/dovecot; do
    if [ ! -x "$need" ]; then
        echo "not ok 1 - $need is missing; tools/setup test installs it"
        exit 1
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    exec node test/outside/mail.mjs
fi
# A tree in root's home is closed to others, so nobody gets a copy of what it runs.
copy=$(mktemp -d /tmp/skep-mail.XXXXXX) # where programs may be run
trap 'rm -rf "$copy"' EXIT
chmod 755 "$copy"
cp test/outside/mail.mjs test/outside/hub.mjs "${SKEP:-build/skep}" "$copy"
cd "$copy" && setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
    SKEP="$copy/skep" node mail.mjs
