# synchronize §29: "server runs" = the value of the commit counter, the "!" of
# the handler, and the calculated Total, scenario by scenario.
. "$CASE/../words.sh"
story() {
    scenario "$@"
    on_server <<<'{"entity": "N.Counter", "id": "n", "Runs": 0, "Deletions": 0}'
}
runs() { # COMMITS DELETIONS: how often the handlers have run
    exits 0 data export "$APP" server --on server --server-db server.db --now "$NOW"
    grep -F '"N.Counter"' server >row
    has row "\"Deletions\":$2,\"Runs\":$1}"
}
order() { # one that both sides have
    on_both <<<'{"entity": "N.Order", "id": "o1", "Remark": "one", "Amount": 1, "Number": 1}'
    sync
}
change() { run 0 N.Change --arg "O=$1" --arg "To=$2" --arg "Status=${3:-}"; }

story "synchronize A10"
on_server <<<'{"entity": "N.Order", "id": "o1", "Remark": "one", "Amount": 4}'
sync
look
grep -F N.Order device >row
has row '"Number":1'; has row '"Total":8'; has row '"Remark":"one"'
same_as_fresh
runs 0 0

story "synchronize A11"
answers 'made! 6 1 Made' N.Create
runs 1 0
finds 1 N.Order "[System.owner/System.User/Name = 'anna'][Remark = 'made!'][N.Order_Customer/N.Customer/Name = 'Made']"
same_as_fresh

story "synchronize A12"
order
answers 'overlay committed! 10 1' N.Overlay --arg O=o1
runs 1 0
look; row server o1; has row '"Remark":"committed!"'
same_as_fresh

story "synchronize A23, A40, S78, A45"
order
run 0 N.Touch --arg O=o1
sync
runs 1 0
look
row server o1; has row '"Remark":"one!"'
row device o1; has row '"Remark":"one!"'
same_as_fresh
change o1 uno
answers 'uno! uno!' N.Twice --arg A=o1 --arg B=o1
runs 2 0
change o1 dos
answers 'dos! 6 1' N.Select --arg O=o1
runs 3 0

story "synchronize A49, A62"
order
change o1 lost Broken
sync
errors 1 OBJ_EVENT_ERROR
change o1 lost Blocked
synchronizes 1 --fault 'after-commit=cut*0,before-state=cut*0'
errors 2 OBJ_EVENT_FALSE
sync # the same again, without a second record
errors 2
runs 0 0
look
row server o1; has row '"Remark":"one"'
row device o1; has row '"Remark":"one"'; has row '"Total":2'
same_as_fresh

story "synchronize A66, A67"
order
on_both <<<'{"entity": "N.Order", "id": "o2", "Remark": "two"}'
sync
run 0 N.Delete --arg O=o1
run 0 N.Delete --arg O=o2
on_server <<<'{"entity": "N.Order", "id": "o2", "$state": "deleted"}'
sync
runs 0 1
errors 0
same_as_fresh

story "synchronize A74: unchanged, uploaded, the reference stays"
on_both <<'END'
{"entity": "N.Customer", "id": "c1", "Name": "Acme"}
{"entity": "N.Order", "id": "o1", "Remark": "one", "N.Order_Customer": "c1"}
END
variant='/Name="Customer"/,/<\/Entity>/ s/AllowCreate="true" AllowDelete="true" DefaultMemberAccessRights="ReadWrite"/& XPathConstraint="[Name = empty]"/'
mkdir -p blind
sed -E "$variant" "$CASE/model.xml" >blind/model.xml
exits 0 convert blind/model.xml blind/app.mpr
APP=$PWD/blind/app.mpr
sync
look; no_row device c1
row device o1; has row Order_Customer
run 0 N.Touch --arg O=o1
sync
runs 1 0
look; row server o1; has row Order_Customer; has row '"Remark":"one!"'

# during PHASE WHAT END: the host of during.c, whose synchronization ends so.
during() {
    local address
    served
    server_place server.db
    address=local:$PLACE
    in_process || address=$URL
    "$DURING" "$APP" a.db "$address" "$1" "$2" >out 2>err || fail "during $1"
    [ "$(cat out)" = "$3" ] || fail "it ends with $(cat out), expected $3"
}

# What was frozen is sent; what was committed since stays to be sent.
for phase in data-up finishing; do
    story "synchronize A114, S117: committed again, $phase"
    order
    change o1 first
    during $phase second ok
    runs 1 0
    look; row server o1; has row '"Remark":"first!"'
    row device o1; has row '"Remark":"second"'; marked o1 changed
    sync
    runs 2 0
    look; row server o1; has row '"Remark":"second!"'
    same_as_fresh
done

for phase in applying data-down; do
    story "synchronize A117: cancelled, $phase"
    order
    change o1 uno
    exits 0 data export "$APP" before --on device "${DEVICE[@]}"
    during $phase cancel SYNC_CANCELLED
    look; cmp before device || fail "the device has changed"
    [ $phase = applying ] || runs 1 0
    sync
    runs 1 0
    look; row device o1; has row '"Remark":"uno!"'; has row '"Total":4'
    same_as_fresh
    errors 0
done

story "synchronize A119"
order
device a2
on_device <<<'{"entity": "N.Order", "id": "o1", "Remark": "one", "Amount": 1, "Number": 1}'
sync
change o1 second
device a
change o1 first
together a a2
runs 2 0
grep -qE '"Remark":"(first|second)!"' server || fail "neither copy"
errors 0

story "synchronize A121"
order
change o1 uno
plan=before-apply
in_process || plan=before-commit
synchronizes 1 --fault "$plan=cut*0,before-state=cut*0"
runs 0 0
sync
runs 1 0
same_as_fresh

story "synchronize A122, A123"
order
change o1 uno
rm -rf saved; mkdir saved; cp -r a.db* saved/
synchronizes 1 --fault 'after-commit=cut*0,before-state=cut*0'
runs 1 0
sync
runs 1 0
rm -rf ./a.db*; cp -r saved/* . # nothing is left of the pending record
at 2026-03-18T12:00:00Z
sync
runs 1 0
look; row device o1; has row '"Remark":"uno!"'; has row '"Total":4'
same_as_fresh

# A131 selected; that of all objects is in ../faults.
story "synchronize A131 selected, the device ten years ahead"
order
change o1 uno
answers 'uno! 4 1' N.Select --arg O=o1 --fault clock:315360000
runs 1 0
same_as_fresh
