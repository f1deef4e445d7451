# synchronize §29: uploads of entities with event handlers (S39, S40, S45 … S47,
# S97; domain D59 … D68).
. "$CASE/../words.sh"
order() { # NAME STATUS [STATE [MORE]]: on the device
    on_device <<<"{\"entity\": \"H.Order\", \"id\": \"$1\", \"Name\": \"$1\", \"Status\": \"$2\"${4:-}, \"\$state\": \"${3:-new}\"}"
}
logged() { # NAMES: what handlers noted
    exits 0 data export "$APP" server --on server --server-db server.db --now "$NOW"
    holds server H.Log Name "$1"
}

scenario "synchronize S40, D64, D67, D68: an upload with handlers"
on_both <<<'{"entity": "H.Customer", "id": "c1", "Name": "Acme"}'
sync
order o1 Open new ', "Total": 5, "H.Order_Customer": "c1"'
sync
counts 1 1 0 0
look
logged 'before o1,creating'
for side in device server; do
    holds $side H.Order Name o1
    holds $side H.Order Total 6
    holds $side H.Order Seen Acme
    holds $side H.Order Mark 'made here'
done
same_as_fresh
# Changed later than the order, but seen by its handler (S40).
order o1 Open changed ', "Total": 6'
on_device <<<'{"entity": "H.Customer", "id": "c1", "Name": "Best", "$state": "changed"}'
sync
look
holds device H.Order Seen Best
holds server H.Order Total 7
logged 'before o1,before o1,creating'
same_as_fresh

scenario "domain D60: handlers of the generalization"
sync
on_device <<<'{"entity": "H.Rush", "id": "r1", "Name": "r1", "Why": "now", "$state": "new"}'
sync
look
holds device H.Rush Total 1
logged 'before r1,creating'
same_as_fresh

scenario "synchronize A28, S67"
sync
order o1 Spawn
run 0 H.Unsynchronized
look
objects device H.Order 1
objects server H.Order 2
sync
look
objects device H.Order 2
same_as_fresh

scenario "synchronize A49"
on_both <<<'{"entity": "H.Order", "id": "o1", "Name": "o1", "Status": "Open", "Total": 1}'
sync
order o1 Blocked changed ', "Total": 9'
order o2 Open
sync
has out OBJ_EVENT_FALSE
look
holds server H.Order Total 1,1
holds device H.Order Total 1,1
holds device H.Order Status Open,Open
logged 'before o2,creating'
errors 1 OBJ_EVENT_FALSE '"ObjectType":"H.Order"'
same_as_fresh

scenario "synchronize A50"
sync
order o1 Error
order o2 Open
sync
has out OBJ_EVENT_ERROR
look
holds device H.Order Name o2
logged 'before o2,creating,creating'
errors 1 OBJ_EVENT_ERROR H.BeforeOrder
same_as_fresh

scenario "synchronize A51"
sync
order o1 AfterError
order o2 Open
sync
has out OBJ_EVENT_ERROR
look
holds server H.Order Name o2
logged 'before o2,creating,creating'
errors 1 H.AfterFails
same_as_fresh

scenario "synchronize A63"
sync
order o1 Gone
run 0 H.Select --arg X=o1
has out '"value":false'
look
objects device H.Order 0
objects server H.Order 0
errors 0
same_as_fresh

scenario "synchronize A66: handlers of a deletion, once"
on_both <<<'{"entity": "H.Order", "id": "o1", "Name": "o1"}'
on_both <<<'{"entity": "H.Part", "id": "p1", "Name": "p1", "H.Part_Order": "o1"}'
sync
on_device <<<'{"entity": "H.Order", "id": "o1", "$state": "deleted"}'
sync
look
objects server H.Order 0
objects server H.Part 0
objects device H.Part 0
logged 'deleted,deleting o1,without p1'
errors 0
same_as_fresh

scenario "synchronize S86: a handler keeps what was to be deleted"
on_both <<<'{"entity": "H.Order", "id": "o1", "Name": "o1"}'
on_both <<<'{"entity": "H.Part", "id": "p1", "Name": "kept", "H.Part_Order": "o1"}'
on_both <<<'{"entity": "H.Order", "id": "o2", "Name": "o2", "Status": "Stays"}'
sync
on_device <<"END"
{"entity": "H.Order", "id": "o1", "$state": "deleted"}
{"entity": "H.Order", "id": "o2", "$state": "deleted"}
END
sync
has out OBJ_EVENT_FALSE
look
objects server H.Order 2
holds device H.Order Name o1,o2
objects server H.Part 1
logged ''
errors 2 OBJ_EVENT_FALSE
same_as_fresh

scenario "synchronize A88, S112"
on_server <<<'{"entity": "H.Doc", "id": "d1", "Name": "d1"}'
sync
device c
WHO=bert
sync
look
guid server d1
doc=$GUID
on_device <<<"{\"entity\": \"H.Doc\", \"id\": \"$doc\", \"Text\": \"by c\", \"\$state\": \"changed\"}"
device a
on_device <<<"{\"entity\": \"H.Doc\", \"id\": \"$doc\", \"Text\": \"by a\", \"\$state\": \"changed\"}"
sync
counts 1 1 0 0
device c
WHO=bert
sync
has out OBJ_EVENT_FALSE
look
holds device H.Doc Text 'by a'
holds device H.Doc Revision 1
errors 1

scenario "synchronize S47: what a handler commits of the same unit"
on_both <<<'{"entity": "H.Customer", "id": "c1", "Name": "Acme"}'
sync
order o1 Commits new ', "H.Order_Customer": "c1"'
on_device <<<'{"entity": "H.Customer", "id": "c1", "Name": "Best", "$state": "changed"}'
sync
counts 2 2 0 0
look
holds server H.Customer Name 'Best!'
holds device H.Customer Name 'Best!'
same_as_fresh

scenario "activities M9: changed by its own after-commit handler"
sync
order o1 Late
sync
look
holds server H.Order Seen ''
same_as_fresh

scenario "synchronize S97; domain-model D76; activities M13: auto-committed objects"
sync
order o1 Refers
sync
look
objects server H.Order 1
objects server H.Customer 0
hasnt server Order_Customer\":\"
hasnt device Order_Customer\":\"
if ! in_process; then
    has serve.log 'Offline Synchronization: user anna: deleted 1 of H.Customer'
fi
same_as_fresh

scenario "synchronize S97: auto-committed objects that the app keeps"
sed 's|<NavigationDocument>|<ProjectSettings><Settings><ConfigurationSettings><Configurations><ServerConfiguration Name="Default"><CustomSettings><CustomSetting Name="com.mendix.offline.DeleteAutoCommittedObjectsAfterSync" Value="false"/></CustomSettings></ServerConfiguration></Configurations></ConfigurationSettings></Settings></ProjectSettings>&|' \
    "$CASE/model.xml" >kept.xml
mkdir -p kept
exits 0 convert kept.xml kept/app.mpr
APP=$PWD/kept/app.mpr
sync
order o1 Refers
sync
look
objects server H.Customer 1
has server 'H.Order_Customer":"'
same_as_fresh

scenario "synchronize S48: a second chance with handlers"
on_both <<<'{"entity": "H.Order", "id": "o1", "Name": "one"}'
sync
on_device <<"END"
{"entity": "H.Order", "id": "o2", "Name": "one", "$state": "new"}
{"entity": "H.Order", "id": "o1", "$state": "deleted"}
END
sync
look
objects server H.Order 1
logged 'before one,creating,deleted,deleting one'
errors 0
same_as_fresh

scenario "synchronize A94: a push inside a handler has no effect"
sync
order o1 Push
sync
counts 1 1 0 0
look
objects server H.Log 2
objects device H.Log 0
same_as_fresh

scenario "activities T225, M2; xpath Q5: microflows that apply entity access"
on_server <<"END"
{"entity": "H.Secret", "id": "s1", "Name": "s1", "Fixed": "f"}
{"entity": "H.Secret", "id": "s2", "Name": "s2", "Level": 1}
{"entity": "H.Kind", "id": "k1", "Name": "k1"}
{"entity": "H.Kind", "id": "k2", "Name": "hidden"}
{"entity": "H.Special", "id": "k3", "Name": "k3", "More": "shown"}
{"entity": "H.Special", "id": "k4", "Name": "k4", "More": "not"}
END
run 0 H.CallsSees; has out '"value":1'
run 0 H.CallsSeesAll; has out '"value":2'
run 0 H.CallsSeesKinds; has out '"value":2'
run 0 H.CallsRenames
finds 1 H.Secret "[Name = 'renamed'][Level = 0]"
for flow in Fixes Drops Makes; do run 1 H.Calls$flow; done
finds 0 H.Secret "[Fixed = 'changed']"
finds 2 H.Secret ''
run 0 H.CallsMakesFreely
finds 3 H.Secret ''
