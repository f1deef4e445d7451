# synchronize §29 A26, A42, A100, through the public header: host.c.
. "$CASE/../words.sh"
scenario "synchronize A26, A42, A100"
served
server_place server.db
address=local:$PLACE
in_process || address=$URL
"$HOST" "$APP" "$PLACE" "$address" >out 2>err || fail "the host"
