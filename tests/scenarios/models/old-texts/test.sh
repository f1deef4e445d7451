# model-format MF-L2: what versions before 7.9 and 7.11 store as texts, types and
# the attributes of sortings, says the same.
on_server <<'END'
{"entity": "Ot.Group", "id": "g1", "Place": 1}
{"entity": "Ot.Group", "id": "g2", "Place": 2}
{"entity": "Ot.Item", "id": "a", "Name": "a", "Rank": 3, "Kind": "Large", "Ot.Item_Group": "g1"}
{"entity": "Ot.Item", "id": "b", "Name": "b", "Rank": 2, "Kind": "Small", "Ot.Item_Group": "g2"}
{"entity": "Ot.Item", "id": "c", "Name": "c", "Rank": 1, "Kind": "Small", "Ot.Item_Group": "g1"}
END
ON_SERVER=(--on server --server-db server.db)
# does: the retrieves' first, the list's last name, and what variables of all
# types have; describe says the types and the order.
does() {
    exits 0 check "$1"
    has out '5 microflows, 5 without an error'
    exits 0 run "$1" Ot.All "${ON_SERVER[@]}"
    [ "$(cat out)" = 'b c a Large 1.5 true 2020' ] || fail "$1 does otherwise"
    exits 0 describe "$1" Ot.Names
    grep -qF '$Items: list of Ot.Item, $First: Ot.Item, $Number: Decimal) -> String' out ||
        fail "$1: the signature differs"
    has out 'create $K: Ot.Kind = $First/Kind'
    exits 0 describe "$1" Ot.Many
    has out ' -> list of Ot.Item'
    grep -qE 'sorted by (.*/)?(Ot.Group.)?Place, descending' out ||
        fail "$1: the order differs"
}
scenario "model-format MF-L2: as it is stored now"
does "$APP"
scenario "model-format MF-L2: as texts, in JSON and in .mpr"
exits 0 convert "$APP" now.json
python3 "$CASE/older.py" now.json old.json || fail "nothing is older"
! grep -q attributeRef old.json || fail "an order is not older"
does old.json
exits 0 convert old.json old.mpr
does old.mpr

scenario "names of microflows before 7: Float is Decimal"
exits 0 eval "formatFloat(parseFloat('1.5') + parseFloat('x', 0.25), '0.00')" --engine server
has out 1.75
exits 1 eval "formatFloat(1.5)"
has err 'Unknown function'
