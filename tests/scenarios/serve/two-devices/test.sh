# Devices in processes of their own synchronize with a server in another: data
# and contents of files in both directions (synchronize W49: both transports
# do the same), while another process imports into the same database.
phone() {
    local user=$1 command=$2
    shift 2
    exits 0 "$command" "$APP" "$@" --db "$user.db" "${SERVER[@]}" --user "$user"
}
serve
phone anna run Serve.Write --arg Title=First
cat >photo.jsonl <<"END"
{"entity": "Serve.Photo", "id": "p1", "Caption": "Taken", "Name": "a.txt", "$contents": "aGVsbG8gcGhvdG8=", "$state": "new"}
END
exits 0 data import "$APP" photo.jsonl --on device --db anna.db
phone anna sync
phone bert sync --json
has out '"initial":true'
exits 0 data export "$APP" bert --on device --db bert.db
has bert '"Title":"First"'
has bert 'aGVsbG8gcGhvdG8='
on_server <<"END"
{"entity": "Serve.Note", "id": "office", "Title": "From the office"}
END
phone bert run Serve.Write --arg Title=Second
phone bert sync
phone anna sync
exits 0 data export "$APP" anna --on device --db anna.db
exits 0 data export "$APP" bert --on device --db bert.db
has anna '"Title":"From the office"'
has anna '"Title":"Second"'
# Names of imports stay on the device that imported.
sed -i 's/"$name":"[^"]*",//' anna bert
cmp -s anna bert || { diff anna bert >out || true; fail "the devices differ"; }
exits 0 data diff "$APP" anna --on server --server-db server.db --as anna
stop_serving
