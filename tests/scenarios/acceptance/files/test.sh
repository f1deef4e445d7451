# synchronize §29, Files.
. "$CASE/../words.sh"

# bytes N FILE: contents of that size that no two files share.
bytes() { head -c "$1" /dev/zero | tr '\0' "$(basename "$2" | head -c 1)" >"$2"; }
# files up and down of the last `sync --json`
moved() {
    has out "\"filesSent\":$1,\"filesReceived\":$2"
}

scenario "synchronize A77"
bytes 3145728 big
sync
on_device <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "big.png", "$contents": "@big", "$state": "new"}'
sync --json
moved 1 0
look --files contents
grep -F Shop.Photo server >row; has row '"HasContents":true'; has row '"Size":3145728'
path=$(sed -E 's/.*"\$contents":"@([^"]*)".*/\1/' row)
cmp big "$path" || fail "other contents on the server"
row device p1; has row '"Size":3145728'
same_as_fresh

scenario "synchronize A78, S99"
sync
on_device <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ==", "$state": "new"}'
sync
run 0 Flows.ChangePhoto --arg X=p1 --arg To=b
sync --json
moved 0 0
look
holds server Shop.Photo Caption b
has server YQ==
has device YQ==

scenario "synchronize A79, S63; domain-model D152, D153"
on_server <<"END"
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ=="}
{"entity": "Shop.Photo", "id": "p2", "Caption": "b", "Name": "b.png", "$contents": "Yg=="}
END
sync --json
moved 0 2
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "$contents": "bmV3"}'
sync --json
moved 0 1
look
has device bmV3
has device Yg==
hasnt device YQ==
same_as_fresh

scenario "synchronize A84, W37"
on_server <<"END"
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "../../x", "$contents": "b3V0"}
{"entity": "Shop.Photo", "id": "p2", "Caption": "b", "Name": "/etc/passwd", "$contents": "b3V1"}
END
# PostgreSQL can't store a zero byte (docs/postgresql.md): refused, not cut.
zero='{"entity": "Shop.Photo", "id": "p4", "Caption": "d", "Name": "before\u0000after", "$contents": "b3V3"}'
if on_postgres; then
    echo "$zero" >lines.jsonl
    exits 3 data import "$APP" lines.jsonl --on server --now "$NOW" --server-db server.db
    has err 'value_out_of_range'
else
    on_server <<<"$zero"
fi
before=$(find .. -maxdepth 1 -name 'x' | wc -l)
sync
on_device <<<'{"entity": "Shop.Photo", "id": "p3", "Caption": "c", "Name": "..\\..\\y\u0001", "$contents": "b3V2", "$state": "new"}'
sync
look
has device '"Name":"../../x"'
has server '"Name":"..\\..\\y\u0001"'
on_postgres || has device '"Name":"before\u0000after"'
[ "$(find .. -maxdepth 1 -name 'x' | wc -l)" -eq "$before" ] || fail "a file has left"
[ -z "$(find . -name 'x' -o -name 'y*' -o -name passwd)" ] || fail "a name became a path"
same_as_fresh

# S104: no contents, nothing to fetch.
scenario "synchronize S104"
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png"}'
sync --json
moved 0 0
look; holds device Shop.Photo Caption a
has device '"HasContents":false'

# S100: contents that another object of the user has sent already do not travel
# again in the same run.
scenario "synchronize S100"
sync
on_device <<"END"
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "c2FtZQ==", "$state": "new"}
{"entity": "Shop.Photo", "id": "p2", "Caption": "b", "Name": "b.png", "$contents": "c2FtZQ==", "$state": "new"}
END
sync --json
moved 1 0
look
[ "$(grep -c c2FtZQ== server)" -eq 2 ] || fail "both have the contents"

# S102: contents changed on both sides: the device's, sent last, win.
scenario "synchronize S101"
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ=="}'
sync
look
guid=$(sed -nE 's/.*"Shop.Photo","id":"([0-9]+)".*/\1/p' device)
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "$contents": "dGhlaXJz"}'
on_device <<<"{\"entity\": \"Shop.Photo\", \"id\": \"$guid\", \"\$contents\": \"bWluZQ==\", \"\$state\": \"changed\"}"
sync --json
moved 1 0
look
has server bWluZQ==
has device bWluZQ==
same_as_fresh

photos() {
    on_server <<"END"
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "Zmlyc3Q="}
{"entity": "Shop.Photo", "id": "p2", "Caption": "b", "Name": "b.png", "$contents": "c2Vjb25k"}
{"entity": "Shop.Photo", "id": "p3", "Caption": "c", "Name": "c.png", "$contents": "dGhpcmQ="}
END
}

# loses CONTENTS: the server has a file no more, until it finds it again.
loses() {
    if on_postgres; then
        server_sql server.db "CREATE TABLE taken AS SELECT * FROM _mx_chunk WHERE data = '$1'; DELETE FROM _mx_chunk WHERE data = '$1'"
    else
        file=$(grep -rlF "$1" server.db-files | head -1)
        mv "$file" taken
    fi
}
finds() {
    if on_postgres; then
        server_sql server.db "INSERT INTO _mx_chunk SELECT * FROM taken; DROP TABLE taken"
    else
        mv taken "$file"
    fi
}

scenario "synchronize A80"
photos
loses second
sync
guid=$(sed -nE 's/^  skipped ([0-9]+): the contents .*/\1/p' out)
has out ', 2 downloaded, 0 removed, 0 rejected, 1 skipped'
[ "$(grep -c "$guid" out)" -eq 1 ] || fail "told more than once"
look
holds device Shop.Photo Caption a,c
grep -F "\"$guid\"" server >row; has row '"Caption":"b"'
finds
sync
look
holds device Shop.Photo Caption a,b,c
same_as_fresh
# One that the device had, too, until its contents were replaced.
guid server p3
on_server <<<'{"entity": "Shop.Photo", "id": "p3", "$contents": "bG9zdA=="}'
loses lost
sync
has out ', 0 downloaded, 1 removed, 0 rejected, 0 skipped'
has out "removed $GUID: the contents of the file are not on the server"
look
holds device Shop.Photo Caption a,b

scenario "synchronize A81, S18, S20"
photos
sync
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "$contents": "bmV3"}'
look
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "sent", "$state": "new"}'
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
synchronizes 1 --fault 'before-file=cut*0'
has err SYNC_FILE_DOWNLOAD
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the device has changed"
look; holds server Shop.Order Remark sent
sync
look
has device bmV3
[ "$(grep -c '"Remark":"sent"' server)" -eq 1 ] || fail "sent twice"
grep -F '"Remark":"sent"' server >row; has row '"Number":1000'
same_as_fresh

scenario "synchronize A82"
sync
on_device <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ==", "$state": "new"}'
synchronizes 0 --fault 'before-blob=cut' # a second attempt
look; objects server Shop.Photo 1
on_device <<<'{"entity": "Shop.Photo", "id": "p2", "Caption": "b", "Name": "b.png", "$contents": "Yg==", "$state": "new"}'
synchronizes 1 --fault 'before-blob=cut*0'
has err SYNC_FILE_UPLOAD
look
objects server Shop.Photo 1
marked p2 new
sync
look; objects server Shop.Photo 2
same_as_fresh
