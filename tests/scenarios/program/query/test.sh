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

# xpath Q152, Q153: where empty values and capitals go.
cat >sorted <<"END"
{"entity": "Main.Item", "id": "s1", "Title": "apple"}
{"entity": "Main.Item", "id": "s2", "Title": "Zebra"}
{"entity": "Main.Item", "id": "s3", "Title": "äther"}
{"entity": "Main.Item", "id": "s4"}
END
exits 0 data import "$APP" sorted --db sorted.db
# sorts EXPECTED XPATH OPTIONS…: the names, in order.
sorts() {
    local expected=$1 xpath=$2
    shift 2
    printf 'Main.Item\t%s\tTitle\n' "$xpath" >queries
    "$NANOFLOW" query "$APP" --batch --names sorted --db sorted.db "$@" \
        <queries >out 2>err || fail "a sorted query"
    [ "$(cat out)" = "$expected" ] || fail "the order is not $expected"
}
sorts s4,s2,s1,s3 ''
sorts s2,s1,s3,s4 '' --set null-order=postgres
sorts s4,s1,s3,s2 '' --set collation=icu:de_DE
sorts s4,s1,s3,s2 '' --set collation=icu:en_US
sorts s2,s1 "[Title < 'b']"
sorts s1,s3 "[Title < 'b']" --set collation=icu:de_DE
sorts s1 "[Title = 'apple']" --set collation=icu:de_DE
exits 2 query "$APP" Main.Item '' --db sorted.db --set collation=icu:xx_nowhere
exits 2 query "$APP" Main.Item '' --db sorted.db --set null-order=often
has err 'profile or sqlite or postgres'
