#!/bin/sh
# samples_test.sh: what share/ offers is right: nginx takes its sample and serves a hub through it,
# systemd takes the units, caddy its file. What is not installed is left out.
set -u
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d)
hub=
front=
clean()
{
    [ -z "$front" ] || kill "$front" 2> /dev/null
    [ -z "$hub" ] || kill "$hub" 2> /dev/null
    wait
    rm -rf "$work"
}
trap clean EXIT
number=0
failed=0

verdict() # verdict CODE NAME
{
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$work/out"
        failed=1
    fi
}

nginx=$(command -v nginx || echo /usr/sbin/nginx)
if [ -x "$nginx" ] && command -v openssl > /dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=hub.example -out "$work/fullchain.pem" -keyout "$work/privkey.pem" 2> /dev/null
    sed -e "s,/etc/letsencrypt/live/hub.example,$work,; s,/run/skep/,$work/," \
        -e "s,listen 443,listen unix:$work/front.sock,; s,listen 80,listen unix:$work/plain.sock," \
        -e '/listen \[::\]/d' share/nginx/skep.conf > "$work/skep.conf"
    user=
    [ "$(id -u)" -ne 0 ] || user='user root;'
    cat > "$work/nginx.conf" << CONF
$user
daemon off;
pid $work/pid;
error_log $work/errors;
events { worker_connections 64; }
http { access_log off; include $work/skep.conf; }
CONF
    "$nginx" -t -q -e "$work/errors" -c "$work/nginx.conf" > "$work/out" 2>&1
    verdict $? "nginx takes its sample"

    build/skep --data "$work/hub" --listen "unix:$work/skep.sock" --trust-proxy \
        --base-url https://hub.example serve > "$work/said" 2> "$work/log" &
    hub=$!
    "$nginx" -e "$work/errors" -c "$work/nginx.conf" > "$work/out" 2>&1 &
    front=$!
    curl -sk --unix-socket "$work/front.sock" --retry 20 --retry-delay 1 --retry-all-errors \
        -D "$work/head" -o "$work/page" https://hub.example/session/new
    grep -qi '^x-request-id: [0-9a-f]\{32\}' "$work/head" &&
        grep -qi '^strict-transport-security' "$work/head" && grep -q '<html' "$work/page"
    code=$?
    cat "$work/head" "$work/errors" "$work/log" > "$work/out" 2> /dev/null
    verdict $code "a hub is served through it"
    curl -sk --unix-socket "$work/front.sock" -o /dev/null -w '%{http_code}' \
        https://hub.example/metrics > "$work/out"
    grep -qx 404 "$work/out"
    verdict $? "its figures are not"
fi

if command -v systemd-analyze > /dev/null; then
    sed "s,/usr/local/bin/skep,$PWD/build/skep," share/systemd/skep.service |
        grep -v '^Documentation' > "$work/skep.service"
    cp share/systemd/skep.socket "$work/"
    systemd-analyze verify "$work/skep.service" "$work/skep.socket" > "$work/out" 2>&1 &&
        [ ! -s "$work/out" ]
    verdict $? "systemd takes the units"
fi

if command -v caddy > /dev/null; then
    caddy validate --adapter caddyfile --config share/caddy/Caddyfile > "$work/out" 2>&1
    verdict $? "caddy takes its sample"
fi
[ "$number" -gt 0 ] || echo "ok 1 # SKIP nothing to check with is installed"
exit $failed
