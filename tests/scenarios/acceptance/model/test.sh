# synchronize §29, Model and configuration.
. "$CASE/../words.sh"

# modes LINES…: the fixture's app with these configurations and this version.
configured() {
    local version=$1 lines=$2
    variant "configured" '/<OfflineEntityConfig /d' "s/mendix=\"[0-9.]*\"/mendix=\"$version\"/" \
        "s|<OfflineEntityConfigs>|&$lines|"
}

scenario "synchronize A1"
variant old 's/mendix="[0-9.]*"/mendix="8.9.0"/' 's/(<Action type="SynchronizeAction") Type="All"/\1/' \
    's/SyncMode=/DownloadMode=/' '/"(Never|Online)"/d'
grep -q 'type="SynchronizeAction"/>' old/flows.xml || fail "the variant has no bare activity"
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
exits 0 describe "$APP" Flows.All
has out 'synchronize all objects'
run 0 Flows.All
look; holds device Shop.Order Remark one

scenario "synchronize A2"
on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
END
for fixture in fixture.mpr "$(dirname "$CASE")/model.xml"; do
    APP=$fixture
    exits 0 describe "$APP" Flows.Twice
    has out 'synchronize selected objects: $A, $B, $L'
done
APP="$PWD/fixture.mpr"
on_server <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "uno"}
{"entity": "Shop.Order", "id": "o2", "Remark": "dos"}
{"entity": "Shop.Order", "id": "o3", "Remark": "tres"}
END
answers 'uno dos uno;dos;' Flows.Twice --arg A=o1 --arg B=o2
look; holds device Shop.Order Remark dos,three,uno

# What the modes are shows in what a full synchronization does with two rows of
# the server and one of the device: All 2, Constrained 1, None 0, and 1 (its
# own) where nothing is downloaded.
mode_of() {
    local entity=$1 expected=$2 attribute=$3
    fresh
    on_server <<END
{"entity": "Shop.$entity", "id": "s1", "$attribute": "near"}
{"entity": "Shop.$entity", "id": "s2", "$attribute": "far"}
END
    on_device <<<"{\"entity\": \"Shop.$entity\", \"id\": \"d1\", \"$attribute\": \"own\"}"
    sync
    look
    holds device "Shop.$entity" "$attribute" "$expected"
}
all=far,near some=near none='' kept=own

scenario "synchronize A3 ShouldDownload"
configured 8.8.0 '<OfflineEntityConfig Entity="Shop.Draft" ShouldDownload="false"/><OfflineEntityConfig Entity="Shop.Catalog" ShouldDownload="true" Constraint="[Name = '"'near'"']"/><OfflineEntityConfig Entity="Shop.OrderLine" ShouldDownload="true"/>'
mode_of Draft "$none" Text
mode_of Catalog "$some" Name
mode_of OrderLine "$all" Text

scenario "synchronize A3 DownloadMode"
for mode in All:$all Constrained:$some None:$none NoneAndPreserveData:$kept; do
    configured 9.6.0 '<OfflineEntityConfig Entity="Shop.Catalog" DownloadMode="'"${mode%:*}"'" Constraint="[Name = '"'near'"']"/>'
    mode_of Catalog "${mode#*:}" Name
done

scenario "synchronize A3 SyncMode"
for mode in All:$all Constrained:$some None:$none NoneAndPreserveData:$kept Never:$kept; do
    configured 10.24.0 '<OfflineEntityConfig Entity="Shop.Catalog" SyncMode="'"${mode%:*}"'" Constraint="[Name = '"'near'"']"/>'
    mode_of Catalog "${mode#*:}" Name
done
# Online: nothing is stored, and a selection is refused (A42).
configured 10.24.0 '<OfflineEntityConfig Entity="Shop.Catalog" SyncMode="Online"/>'
fresh
on_server <<<'{"entity": "Shop.Catalog", "id": "s1", "Name": "near"}'
sync
look; objects device Shop.Catalog 0

scenario "synchronize A4"
mkdir -p captions
cp "$(dirname "$CASE")"/*.xml captions
sed -i '/Shop.Order"/ s/SyncMode="All"/SyncMode="All Objects"/' captions/model.xml
exits 3 sync captions/model.xml "${DEVICE[@]}" "${SERVER[@]}" --user anna
has err 'captions/model.xml:22: SyncMode="All Objects" of Shop.Order in Phone'
lines err 1
# In a container there is no line: profile and entity are named.
exits 0 convert "$(dirname "$CASE")/model.xml" captions/app.mpr
unit=$(grep -rl 'NoneAndPreserveData' captions/mprcontents | head -1)
sed -i 's/NoneAndPreserveData/Nothing (keep data)/' "$unit" # of the same length
exits 3 sync captions/app.mpr "${DEVICE[@]}" "${SERVER[@]}" --user anna
has err Phone
has err Shop.Catalog
lines err 1

refused() {
    on_both <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}'
    run 0 Flows.ChangeCustomer --arg X=c1 --arg To=
}
unset_throw='s/ ThrowPartialSyncError="false"//'
scenario "synchronize A5 absent in 11.12"
variant a "$unset_throw" 's/mendix="[0-9.]*"/mendix="11.12.0"/'
refused
run 1 Flows.All
has out '"code":"SYNC_PARTIAL"'
scenario "synchronize A5 absent in 11.10"
variant b "$unset_throw" 's/mendix="[0-9.]*"/mendix="11.10.0"/'
refused
run 0 Flows.All
errors 1
scenario "synchronize A5 false in 11.12"
variant c 's/mendix="[0-9.]*"/mendix="11.12.0"/'
refused
run 0 Flows.All
errors 1

scenario "synchronize A6" # the profile is named: without a name such an app runs as assumed offline (S4)
sync
offline exits 1 run "$APP" Flows.All "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" --user anna --profile Web --json
has out '"code":"SYNC_NOT_OFFLINE"'
has out 'only available in offline-first apps'

scenario "synchronize A7; xpath Q135"
variant quoted 's/Constraint="[^"]*"/Constraint="[Name != \&#39;it\&#39;\&#39;s\&#39;\&#10;   and Kind != \&#34;far\&#34;]\&#10;\&#10;[Name != empty]"/'
on_server <<"END"
{"entity": "Shop.Region", "id": "r1", "Name": "it's", "Kind": "near"}
{"entity": "Shop.Region", "id": "r2", "Name": "is", "Kind": "far"}
{"entity": "Shop.Region", "id": "r3", "Kind": "near"}
{"entity": "Shop.Region", "id": "r4", "Name": "is", "Kind": "near"}
END
sync
look
objects device Shop.Region 1
holds device Shop.Region Name is

scenario "synchronize A8"
mkdir -p never
cp "$(dirname "$CASE")"/*.xml never
sed -i 's|<Association Name="Photo_Order"|<Association Name="Draft_Order" ParentPointer="Draft" ChildPointer="Order"/>&|' never/shop.xml
exits 1 check never/model.xml
grep -qE '^error: .*Draft' out || fail "no error about Draft"

scenario "synchronize A9"
on_server <<"END"
{"entity": "Shop.Label", "id": "t1", "Text": "red"}
{"entity": "Shop.Label", "id": "t2", "Text": "blue"}
{"entity": "Shop.Unused", "id": "u1", "Text": "none"}
END
sync
answers 2 Flows.Labels
look
objects device Shop.Unused 0
