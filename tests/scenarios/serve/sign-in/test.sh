# Who may sign in over HTTP (synchronize W18, W20): users with their password,
# and nobody else; a device is as it was after a refusal (S130).
ask() {
    local code=$1
    shift
    exits "$code" sync "$APP" --db phone.db --server "$URL" "$@"
}
serve
ask 0 --user anna --password-file password
# A wrong password and an unknown user look the same.
echo wrong >wrong
ask 1 --user anna --password-file wrong --db other.db
has err 'The session is not valid (SYNC_AUTH): user name or password is wrong'
lines err 1
cp err wrong-password
ask 1 --user nobody --password-file password --db third.db
cmp -s err wrong-password || fail "an unknown user is told from a wrong password"
# The local user and roles that a device names are for servers in process only.
ask 1 --db fourth.db
has err '(SYNC_AUTH): anonymous users are not allowed'
ask 1 --user MxAdmin --password-file password --db fourth.db
# Users of the app, with the password that they were given.
on_server <<"END"
{"entity": "System.UserRole", "id": "role", "Name": "User"}
{"entity": "System.User", "id": "u1", "Name": "carl", "Password": "geheim", "Active": true, "System.UserRoles": ["role"]}
END
echo geheim >carls
ask 0 --user carl --password-file carls --db carl.db
# `--demo-users` is what lets them in.
stop_serving
exec {SERVE_OUT}< <(exec "$NANOFLOW" serve "$APP" --listen 127.0.0.1:0 \
    --server-db server.db 2>>serve.log)
SERVING=$!
read -r -t 60 line <&"$SERVE_OUT"
URL=${line#listening }
ask 1 --user bert --password-file password --db fifth.db
stop_serving
