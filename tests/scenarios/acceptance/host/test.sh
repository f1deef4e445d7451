# synchronize §29 A26, A42, A100, through the public header: host.c.
. "$CASE/../words.sh"
scenario "synchronize A26, A42, A100"
served
address=local:$PWD/server.db
in_process || address=$URL
"$HOST" "$APP" "$PWD/server.db" "$address" >out 2>err || fail "the host"
