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
exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
    node test/outside/mail.mjs
