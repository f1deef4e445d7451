# docs/serve.md and docs/postgresql.md, "Backup": a copy that is made while devices
# synchronize, and what devices find that are ahead of it (synchronize S23, S41, W44, A130).
on_postgres || command -v sqlite3 >/dev/null || { echo "no sqlite3"; exit 77; }
said=0
phone() { # NAME ARGUMENTS…
    local name=$1
    shift
    exits 0 sync "$APP" --db "$name.db" --now "$NOW" "${SERVER[@]}" \
        --user anna "${LATER[@]}" "$@"
}
note() { # NAME PHONE STATE: its title says how often the phone said it
    said=$((said + 1))
    echo "{\"entity\": \"Serve.Note\", \"id\": \"$1\", \"Title\": \"$1 of $2, $said\", \"\$state\": \"$3\"}" >line
    exits 0 data import "$APP" line --on device --db "$2.db" --now "$NOW"
}
photo() { # NAME PHONE
    echo "{\"entity\": \"Serve.Photo\", \"id\": \"$1\", \"Name\": \"$1\", \"\$contents\": \"$(echo "picture $1" | base64)\", \"\$state\": \"new\"}" >line
    exits 0 data import "$APP" line --on device --db "$2.db" --now "$NOW"
}
same_as_server() { # PHONE
    exits 0 data export "$APP" held --on device --db "$1.db"
    hasnt held '"$state"'
    exits 0 data diff "$APP" held --on server --server-db server.db --as anna \
        --now "$NOW"
}
# backup: as the pages say.
backup() {
    rm -rf copy && mkdir copy
    on_postgres && { bash "$STORE" backup server.db copy/office.dump; return; }
    cp -a server.db-files copy/office.db-files
    sqlite3 server.db ".timeout 10000" ".backup copy/office.db"
    cp -a server.db-files/. copy/office.db-files
}

serve
PORT=${URL##*:}
note n1 a new
photo p1 a
phone a
phone b
# Others go on meanwhile.
for i in 1 2 3 4 5 6; do
    note "c$i" c new
    phone c
done &
busy=$!
backup
wait "$busy" || fail "a device fails while the server is copied"
on_postgres || [ "$(sqlite3 copy/office.db 'PRAGMA integrity_check')" = ok ] ||
    fail "the copy is damaged"

scenario "the server goes on, and is lost"
note n2 a new
photo p2 a
phone a
phone b
note n2 a changed # of an object that the copy does not have
note n3 a new
note n1 a changed
stop_serving KILL 137
rm -rf server.db server.db-*
if on_postgres; then
    bash "$STORE" restore copy/office.dump server.db
else
    cp -a copy/office.db server.db
    cp -a copy/office.db-files server.db-files
fi

scenario "devices that are ahead of the copy"
serve --listen "127.0.0.1:$PORT"
phone a --explain
has out OBJ_GONE
phone b
phone c
exits 0 data export "$APP" server --on server --server-db server.db
has server '"Title":"n1 of a, 5"'
has server '"Title":"n3 of a, 4"'
has server '"Name":"p1"'
hasnt server '"Name":"p2"'
# What was discarded is on record.
has server 'n2 of a, 3'
for name in a b c; do
    same_as_server $name
done
has held '"Title":"n3 of a, 4"'
stop_serving
