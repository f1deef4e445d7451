# Options from the environment and limits by name (docs/serve.md).
export NANOFLOW_LISTEN=127.0.0.1:0 NANOFLOW_SERVER_DB=server.db \
    NANOFLOW_DEMO_USERS=true NANOFLOW_LOG=json
start() { # ARGUMENTS…
    local line
    exec {SERVE_OUT}< <(exec "$NANOFLOW" serve "$APP" "$@" 2>serve.log)
    SERVING=$!
    STARTED+=("$SERVING")
    read -r -t 60 line <&"$SERVE_OUT" || fail "the server does not start"
    URL=${line#listening }
}
echo demo >password
scenario "all from the environment"
start
exits 0 sync "$APP" --db phone.db --server "$URL" --user anna --password-file password
[ -s server.db ] || fail "the data are elsewhere"
has serve.log '{"time":'
stop_serving

scenario "what is given comes first"
start --server-db other.db --log text
[ -s other.db ] || fail "the data are elsewhere"
stop_serving
hasnt serve.log '{"time":'

scenario "a limit"
NANOFLOW_SET="limit.session=5 limit.connections=1" start --set limit.connections=2
exec 7<>"/dev/tcp/127.0.0.1/${URL##*:}"
exec 8<>"/dev/tcp/127.0.0.1/${URL##*:}"
exec 9<>"/dev/tcp/127.0.0.1/${URL##*:}"
printf 'GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' >&9
timeout 20 cat <&9 >out
has out '200 OK'
timeout 20 cat <&7 >out # the first one had to make room
exec 7>&- 8>&- 9>&-
stop_serving

scenario "what is no limit"
exits 2 serve "$APP" --set limit.lunch=1
has err 'limits are bodies,'
exits 2 serve "$APP" --set limit.idle=0
has err 'limit.idle is a number of seconds without a request'
exits 2 serve "$APP" --set limit.idle=1x
exits 2 serve "$APP" --set limit.idle
exits 2 sync "$APP" --set limit.idle=5
NANOFLOW_SET=limit.idle=never exits 2 serve "$APP"
NANOFLOW_LISTEN=nowhere exits 2 serve "$APP"
has err '"nowhere" is no HOST:PORT'
