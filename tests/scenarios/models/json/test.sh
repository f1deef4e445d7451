# The JSON of `mx dump-mpr` as an app (MF-C13, MF-C19 … C21).
APP=$CASE/dump.json

scenario "names of the SDK are those of the model; System is built in (MF-C20, MF-Y1)"
exits 0 list "$APP"
printf '%s\t%s\n' association Shop.Order_Order entity Shop.Order folder Shop.Logic \
    module Shop nanoflow Shop.Label >expected
printf 'page\tShop.Home\texcluded\n' >>expected
cmp -s out expected || fail "list differs"

scenario "a nanoflow of a dump runs"
returns A-1 Shop.Label --arg Prefix=A

scenario "the version is the newest that a setting asks for"
exits 0 check "$APP"
has out "does not say its Mendix version; it is read as one of 11.4.0"

scenario "a version that is given, and a byte-order mark (MF-C19)"
{ printf '\357\273\277'; sed '0,/{/s//{"mendix": "9.24.1",/' "$APP"; } >given.json
exits 0 check given.json
hasnt out "does not say"
exits 0 convert given.json given.xml
has given.xml 'mendix="9.24.1"'
has given.xml 'Location="220;-50"'
has given.xml 'DefaultValue="néw"'

scenario "the same app as an .mpr"
exits 0 convert given.json given.mpr
exits 0 list given.mpr
cmp -s out expected || fail "the list of the .mpr differs"
APP=given.mpr returns A-1 Shop.Label --arg Prefix=A

scenario "a dump of one module without its containers"
sed -e '/Projects\$Project/,/"sortIndex": 2.5/d' -e '/Projects\$Folder/d; /Pages\$Page/d' \
    -e 's/"caseValues": \[\]}\]},$/"caseValues": []}]}/' "$CASE/dump.json" >part.json
exits 0 list part.json --type nanoflow
has out Shop.Label
exits 0 list part.json --type module
has out Shop
exits 0 list part.json --type entity
has out Shop.Order
APP=part.json returns A-1 Shop.Label --arg Prefix=A
