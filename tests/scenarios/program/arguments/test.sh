# activities F37: objects and lists as arguments: names, guids, XPath, JSON.
on_device <<"END"
{"entity": "Main.Item", "id": "a", "Title": "A"}
{"entity": "Main.Item", "id": "b", "Title": "B"}
{"entity": "Main.Item", "id": "77", "Title": "C"}
END
titles() {
    exits 0 run "$APP" Main.Titles "${DEVICE[@]}" --arg "Item=$1" \
        --arg "Items=$2" --arg "Filter=$3"
    [ "$(cat out)" = "$4" ] || fail "expected: $4"
}
titles a //Main.Item '{"Text": "x"}' 'A 3 x'
titles 77 a,77 '{"$entity": "Main.Filter", "Text": "y"}' 'C 2 y'
titles "//Main.Item[Title = 'B']" "//Main.Item[Title != 'B']" empty 'B 2 '
titles b '["a", "b", 77]' empty 'B 3 '
titles b '' empty 'B 0 '
exits 2 run "$APP" Main.Titles "${DEVICE[@]}" --arg Item=//Main.Item --arg Items= --arg Filter=empty
has err 'matches 3 objects'
exits 2 run "$APP" Main.Titles "${DEVICE[@]}" --arg Item=nobody --arg Items= --arg Filter=empty
exits 2 run "$APP" Main.Titles "${DEVICE[@]}" --arg Item=a --arg Items= --arg 'Filter={"Nobody": 1}'
exits 2 run "$APP" Main.Titles "${DEVICE[@]}" --arg Item=a --arg Items= --arg 'Filter={'
