# Queries, one and by lines, on both sides.
on_both <<"END"
{"entity": "Main.Item", "id": "a", "Title": "A", "Count": 3}
{"entity": "Main.Item", "id": "b", "Title": "B", "Count": 1}
{"entity": "Main.Item", "id": "c", "Title": "C", "Count": 2}
END
exits 0 query "$APP" Main.Item '[Count > 1]' --sort Count:desc --db device.db
lines out 2
head -1 out | grep -qF '"Title":"A"' || fail "the order differs"
exits 0 query "$APP" Main.Item '' --sort Count --limit 1 --offset 1 --db device.db
lines out 1; has out '"Title":"C"'
exits 0 query "$APP" Main.Item '[Title = $T]' --var 'T=String:B' --db device.db
lines out 1; has out '"Title":"B"'
exits 1 query "$APP" Main.Item '[Title = ' --db device.db
has err SYNTAX
for side in "--on device --db device.db" "--on server --server-db server.db"; do
    printf 'Main.Item\t[Count > 1]\nMain.Item\t\tCount desc | first\nMain.Item\t[Nobody = 1]\nMain.Item\t[id = $i]\t\t$i=Object:Main.Item:b\nMain.Item\t[Count = 9]\nMain.Item\t[%%CurrentObject%%]\n' >queries
    code=0
    # shellcheck disable=SC2086
    "$NANOFLOW" query "$APP" --batch $side --names both.jsonl <queries >out 2>err || code=$?
    [ "$code" -eq 0 ] || fail "a batch ends with $code"
    lines out 6
    [ "$(sed -n 1p out)" = a,c ] || fail "line 1"
    [ "$(sed -n 2p out)" = a ] || fail "line 2"
    sed -n 3p out | grep -q "^Error	UNKNOWN_MEMBER	" || fail "line 3"
    [ "$(sed -n 4p out)" = b ] || fail "line 4"
    [ "$(sed -n 5p out)" = "" ] || fail "line 5"
done
