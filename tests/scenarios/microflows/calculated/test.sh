# domain D18: calculated attributes in microflows, downloads and exports.
LOCAL=("${SERVER[@]}")
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
holds() { # ENTITY TEXT TEXT: the device's object with the first has the second
    grep -F "\"entity\":\"$1\"" device | grep -F "$2" >row ||
        fail "the device has no $1 with $2"
    has row "$3"
}
on_server <<"END"
{"entity": "Ca.Order", "id": "o1", "Name": "first"}
{"entity": "Ca.Order", "id": "o2", "Name": "second"}
{"entity": "Ca.Line", "id": "l1", "Amount": 3, "Ca.Line_Order": "o1"}
{"entity": "Ca.Line", "id": "l2", "Amount": 4, "Ca.Line_Order": "o1"}
{"entity": "Ca.Odd", "id": "odd", "Number": 0}
{"entity": "Ca.Writer", "id": "w", "Name": "w"}
{"entity": "Ca.Knot", "id": "k1", "Name": "a", "Ca.Knot_Knot": "k2"}
{"entity": "Ca.Knot", "id": "k2", "Name": "b", "Ca.Knot_Knot": "k3"}
{"entity": "Ca.Knot", "id": "k3", "Name": "c"}
END

scenario "domain D18 whenever an object is read"
says '7 one of 2' Ca.Reads
says '7 7' Ca.ReadsByAssociation

scenario "domain D18 what is not committed is not seen"
says 7 Ca.Before
says 107 Ca.Uncommitted
exits 0 query "$APP" Ca.Line '[Amount = 100]' --on server --server-db server.db
sed -E 's/^\{/{"$state":"deleted",/' out >gone.jsonl
exits 0 data import "$APP" gone.jsonl --on server --server-db server.db

scenario "domain D18 when an object is created"
says '0 one of 2 false' Ca.Creates
says 'true changed, later' Ca.MakesQuote
exits 0 query "$APP" Ca.Order "[Name = 'made']" --on server --server-db server.db
hasnt out Total
sed -E 's/^\{/{"$state":"deleted",/' out >gone.jsonl
exits 0 data import "$APP" gone.jsonl --on server --server-db server.db

scenario "domain D18 errors"
says nanoflow.expression_error Ca.Fails
exits 1 run "$APP" Ca.FailsBare "${ON_SERVER[@]}" --json
has out '"document":"Ca.Half"'
says "the microflow of a calculated attribute can't commit or delete objects" Ca.Writes
exits 0 query "$APP" Ca.Line '' --on server --server-db server.db
lines out 2

scenario "domain D18 values that need values"
says 3 Ca.Knots
on_server <<<'{"entity": "Ca.Knot", "id": "k3", "Name": "c", "Ca.Knot_Knot": "k1"}'
says 3 Ca.Knots # what is being computed is empty for itself

scenario "synchronize S58 the download has them"
SERVER=("${LOCAL[@]}")
sync
look
holds Ca.Order first '"Total":"7"'
holds Ca.Order first '"Label":"one of 2"'
holds Ca.Order second '"Total":"0"'
holds Ca.Odd '' '"Number":0'
hasnt row Half
row server o1; hasnt row Total
sync --trace=trace
has trace 'the calculated attributes of Ca.Odd'
has trace 'Ca.Half'
has out '"downloaded":[]'
exits 0 data export "$APP" mine --on device "${DEVICE[@]}"
exits 0 data diff "$APP" mine --on server --server-db server.db --as anna

scenario "domain D18 of an object that a microflow is called with"
run 0 Ca.SendsNote
has out '"value":"later LATER, NONE"' # the device's is as the server made it

scenario "synchronize S61 what was calculated anew comes down"
on_server <<<'{"entity": "Ca.Line", "id": "l3", "Amount": 5, "Ca.Line_Order": "o2"}'
sync
look
holds Ca.Order second '"Total":"5"'
holds Ca.Order first '"Total":"7"'
exits 0 data export "$APP" mine --on device "${DEVICE[@]}"
exits 0 data diff "$APP" mine --on server --server-db server.db --as anna
on_server <<<'{"entity": "Ca.Odd", "id": "odd", "Number": 5}'
sync
look
holds Ca.Odd '' '"Half":2'

scenario "synchronize A45 a selected object has its new value"
on_server <<<'{"entity": "Ca.Line", "id": "l4", "Amount": 10, "Ca.Line_Order": "o1"}'
run 0 Ca.Renames --arg "Order=//Ca.Order[Name='first']"
has out '"value":"17 mine"'
look
holds Ca.Order mine '"Total":"17"'
