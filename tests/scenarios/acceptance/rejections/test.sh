# synchronize §29, Rejections.
. "$CASE/../words.sh"
# The codes of S128 that are not here: OBJ_GONE and OBJ_NO_ACCESS in ../selected,
# OBJ_DELETE_… in ../deletes, OBJ_UNKNOWN_… and OBJ_ONLINE in ../model-change and
# ../online, OBJ_DELETE_BLOCKED in ../../domain-model/delete, OBJ_FILE_MISSING in
# tests/unit/server.

throws='s/ThrowPartialSyncError="false"/ThrowPartialSyncError="true"/'

scenario "synchronize A48, S95"
sync
on_device <<"END"
{"entity": "Shop.Customer", "id": "c1", "$state": "new"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1", "$state": "new"}
END
sync
has out 'OBJ_VALIDATION Give a name'
has out ': new, cleared Shop.Order_Customer ('
if ! in_process; then
    guid=$(sed -nE 's/^  uploaded ([0-9]+): new, cleared.*/\1/p' out)
    has serve.log "a reference was cleared: 'Shop.Order_Customer' of Shop.Order $guid"
fi
look
objects server Shop.Customer 0
objects device Shop.Customer 0
holds server Shop.Order Remark one
holds device Shop.Order Remark one
hasnt server Order_Customer\":\"
hasnt device Order_Customer
errors 1 OBJ_VALIDATION '"ObjectType":"Shop.Customer"'
same_as_fresh

scenario "synchronize A52"
sync
for ((i = 1; i <= 99; i++)); do
    echo "{\"entity\": \"Shop.Customer\", \"id\": \"c$i\", \"Name\": \"n$i\", \"\$state\": \"new\"}"
    [ $i -ne 50 ] || echo '{"entity": "Shop.Customer", "id": "bad", "$state": "new"}'
done >many
on_device <many
sync
counts 99 99 1 1
look
objects server Shop.Customer 99
objects device Shop.Customer 99
errors 1
same_as_fresh

scenario "synchronize A53, S124, S125"
variant thrown "$throws"
on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
END
sync
run 0 Flows.ChangeCustomer --arg X=c1 --arg To=
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "uno"}'
run 0 Flows.Goes --arg O=o1
has out '1 object(s) were rejected by the server: OBJ_VALIDATION Shop.Customer'
has out '(SYNC_PARTIAL) | uno"' # the flow goes on with fresh variables
look
holds device Shop.Customer Name Acme
errors 1
same_as_fresh

scenario "synchronize A54"
variant thrown "$throws"
on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
END
sync
run 0 Flows.ChangeCustomer --arg X=c1 --arg To=
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "uno"}'
run 1 Flows.All
has out '"code":"SYNC_PARTIAL"'
has out '"document":"Flows.All"'
look
holds device Shop.Customer Name Acme
holds device Shop.Order Remark uno
same_as_fresh
run 0 Flows.All # nothing is left to be refused
# S127: a refreshed object that turned out gone is no rejection.
on_server <<<'{"entity": "Shop.Order", "id": "o1", "$state": "deleted"}'
run 0 Flows.SelectOrder --arg X=o1
has out '"value":false'
# The discarded change of S41 is one, a deletion that was not applied too.
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "Hidden": true}'
run 0 Flows.ChangeCustomer --arg X=c1 --arg To=Lost
run 1 Flows.SelectCustomer --arg X=c1
has out '"code":"SYNC_PARTIAL"'
has out OBJ_GONE

scenario "synchronize A55"
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Code": "X"}'
sync
on_device <<<'{"entity": "Shop.Customer", "id": "c2", "Name": "Best", "Code": "X", "$state": "new"}'
sync
look
holds server Shop.Customer Name Acme
holds device Shop.Customer Name Acme
errors 1 'OBJ_UNIQUE The code is taken' '\"Name\":\"Best\"'

scenario "synchronize A56"
on_both <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Code": "X"}'
sync
run 0 Flows.DeleteCustomer --arg X=c1
on_device <<<'{"entity": "Shop.Customer", "id": "c2", "Name": "Best", "Code": "X", "$state": "new"}'
sync
look
holds server Shop.Customer Name Best
holds device Shop.Customer Name Best
errors 0

scenario "synchronize A57" # the device's own rights are those of a model in which Level can be written
on_both <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Level": 1}'
sync
on_device <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Best", "Level": 5, "$state": "changed"}'
sync
look
row server c1; has row '"Name":"Acme"'; has row '"Level":1'
row device c1; has row '"Name":"Acme"'; has row '"Level":1'
errors 1 OBJ_MEMBER_ACCESS

scenario "synchronize A58"
on_both <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Level": 1}'
sync
device c
sync
run 0 Flows.SetLevel --arg 'X=//Shop.Customer' --arg To=9
sync
device a
run 0 Flows.ChangeCustomer --arg X=c1 --arg To=Best
sync
look
row server c1; has row '"Name":"Best"'; has row '"Level":9'
row device c1; has row '"Name":"Best"'; has row '"Level":9'
errors 0

scenario "synchronize A59"
sync
on_device <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "$state": "new"}'
variant narrow '/Name="Customer"/,/<\/Entity>/ s/(AllowedModuleRoles="Shop.Clerk") AllowCreate="true"/\1 AllowCreate="false"/'
sync
look
objects server Shop.Customer 0
objects device Shop.Customer 0
errors 1 OBJ_CREATE_DENIED '\"Name\":\"Acme\"'

scenario "synchronize A60"
sync
variant long '/Name="Customer"/,/<\/Entity>/ s/(Attribute Name="Name"><NewType type="StringAttributeType" Length=")20/\1200/'
on_device <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "A name of more than twenty characters", "$state": "new"}
{"entity": "Shop.Customer", "id": "c2", "Name": "Short", "$state": "new"}
END
APP="$PWD/fixture.mpr" # the server's model
sync
look
holds server Shop.Customer Name Short
holds device Shop.Customer Name Short
errors 1 "OBJ_VALUE the text of 'Name' is longer than 20 characters" 'more than twenty'

scenario "synchronize A61, S160"
sync
on_device <<<'{"entity": "Shop.Photo", "id": "p1", "Name": "a.png", "$contents": "a2VwdA==", "$state": "new"}'
sync
look --system
objects server Shop.Photo 0
errors 1 OBJ_VALIDATION
guid=$(sed -nE '/"entity":"System.SynchronizationError"/ s/.*"id":"([0-9]+)".*/\1/p' server)
grep -F '"System.SynchronizationErrorFile"' server >row || fail "no error file"
has row '"$contents":"a2VwdA=="'
has row "\"System.SynchronizationErrorFile_SynchronizationError\":\"$guid\""

scenario "synchronize A64"
sync
on_device <<<'{"entity": "Shop.Customer", "id": "c1", "$state": "new"}'
run 0 Flows.All
hasnt out validationFeedback
errors 1 'Give a name'
finds 1 System.SynchronizationError "[starts-with(Reason, 'OBJ_VALIDATION')]"

# S161: the error entity does not reach a device that does not ask for it.
scenario "synchronize S161"
sync
on_device <<<'{"entity": "Shop.Customer", "id": "c1", "$state": "new"}'
sync; sync
look --system
has server SynchronizationError
hasnt device SynchronizationError

# S158, S161: under either name, wherever an entity is named; a profile that
# configures it brings the user's records to the device.
for name in SynchronizationError SynchronizationFailure; do
    scenario "synchronize S158 $name"
    variant named "s|<OfflineEntityConfig Entity=\"Shop.Customer\"|<OfflineEntityConfig Entity=\"System.$name\" SyncMode=\"All\"/>&|"
    sync
    on_device <<<'{"entity": "Shop.Customer", "id": "c1", "Code": "X", "$state": "new"}'
    sync
    finds 1 "System.$name" "[ObjectType = 'Shop.Customer'][contains(ObjectContent, '\"Code\":\"X\"')]"
    on_server <<<"{\"entity\": \"System.$name\", \"id\": \"e1\", \"Reason\": \"by hand\"}"
    look
    grep -F 'by hand' server >row; has row '"entity":"System.SynchronizationError"'
    finds 2 "System.$name" ""
done
