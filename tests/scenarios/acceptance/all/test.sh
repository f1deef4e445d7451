# synchronize §29, All objects.
. "$CASE/../words.sh"

shop() {
    on_server <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "One", "Code": "1"}
{"entity": "Shop.Customer", "id": "c2", "Name": "Two", "Code": "2"}
{"entity": "Shop.Customer", "id": "c3", "Name": "Three", "Code": "3"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Total": "1.50", "Shop.Order_Customer": "c1"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two", "Total": "2"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three", "Total": "3"}
{"entity": "Shop.Order", "id": "o4", "Remark": "four", "Total": "4"}
{"entity": "Shop.Order", "id": "o5", "Remark": "five", "Total": "5"}
END
}
orders3() {
    on_server <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
END
}
# The user whose name data files may use.
know() {
    sync
    on_server <<END
{"entity": "System.User", "id": "$WHO", "Name": "$WHO"}
END
}

scenario "synchronize A10"
shop
run 0 Flows.All
look
holds device Shop.Customer Name One,Three,Two
holds device Shop.Order Remark five,four,one,three,two
holds device Shop.Order Number 1000,1001,1002,1003,1004
holds device Shop.Order Total 1.5,2,3,4,5
same_as_fresh
# Level is read-only: it is not among what is sent of a new customer.
run 0 Flows.ChangeCustomer --arg "X=//Shop.Customer[Name='One']" --arg To=Uno
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "Level": 9}'
sync
look
row server c1; has row '"Level":9'; has row '"Name":"Uno"'

scenario "synchronize A11"
answers '1000 made Made' Flows.CreateBoth
look
holds server Shop.Customer Name Made
grep -F '"Shop.Order"' server >row; has row '"Number":1000'
# owner is anna; created and changed once, by her
finds 1 Shop.Order "[System.owner/System.User/Name = 'anna'][System.changedBy/System.User/Name = 'anna'][Shop.Order_Customer/Shop.Customer/Name = 'Made']"
grep -F '"Shop.Order"' device >row
has row '"createdDate":"2026-03-18T10:20:30.000Z"'
same_as_fresh
errors 0
at 2026-03-18T11:00:00Z
sync # once: nothing is sent again
counts 0 0 0 0

scenario "synchronize A12"
on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
answers 'overlay committed' Flows.Overlay --arg O=o1
look
row server o1; has row '"Remark":"committed"'
same_as_fresh

scenario "synchronize A13"
answers 'fresh 0' Flows.New
look
hasnt server fresh
hasnt device fresh
run 0 Flows.New # design §5: what takes no part says why
has out '"skipped":[{"entity":"Shop.Order"'
has out '"reason":"new and not committed"'

scenario "synchronize A14"
orders3
sync
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'empty one;three;' Flows.HoldAll --arg "O=//Shop.Order[Remark='two']"
look
holds device Shop.Order Remark one,three
errors 0

scenario "synchronize A15"
know; device b; know; device a
on_server <<"END"
{"entity": "Shop.Region", "id": "r1", "Name": "north", "System.owner": "anna"}
{"entity": "Shop.Region", "id": "r2", "Name": "south", "System.owner": "bert"}
END
sync
look; holds device Shop.Region Name north
on_server <<<'{"entity": "Shop.Region", "id": "r1", "System.owner": "bert"}'
answers empty Flows.HoldRegion --arg 'R=//Shop.Region'
look; objects device Shop.Region 0
same_as_fresh
device b; sync; look; holds device Shop.Region Name north,south

scenario "synchronize A16"
know
on_server <<<'{"entity": "Shop.Region", "id": "r1", "Name": "north", "System.owner": "anna"}'
sync
run 0 Flows.ChangeRegion --arg 'X=//Shop.Region' --arg To=far
answers empty Flows.HoldRegion --arg 'R=//Shop.Region'
look
row server r1; has row '"Kind":"far"'
objects device Shop.Region 0
errors 0

scenario "synchronize A17"
variant day 's/Constraint="[^"]*"/Constraint="[createdDate \&gt;= '"'"'[%BeginOfCurrentDay%]'"'"']"/'
at 2026-03-18T23:00:00Z
on_server <<<'{"entity": "Shop.Region", "id": "r1", "Name": "north", "createdDate": "2026-03-18T12:00:00Z"}'
sync --fault clock:31536000
look; holds device Shop.Region Name north
# with the device a year behind it is still yesterday there
at 2026-03-19T00:30:00Z
sync --fault clock:-31536000
look; objects device Shop.Region 0
same_as_fresh

scenario "synchronize A18"
sync
on_device <<"END"
{"entity": "Shop.Feedback", "id": "f1", "Text": "good", "$state": "new"}
{"entity": "Shop.Feedback", "id": "f2", "Text": "bad", "$state": "new"}
END
answers 'empty 0' Flows.HoldFeedback
look
holds server Shop.Feedback Text bad,good
hasnt device Shop.Feedback

scenario "synchronize A19"
sync
on_device <<<'{"entity": "Shop.Feedback", "id": "f1", "$state": "new"}'
sync
counts 0 0 1 1
look
hasnt device Shop.Feedback
objects server Shop.Feedback 0
errors 1 OBJ_VALIDATION '"ObjectType":"Shop.Feedback"' 'Say something'

scenario "synchronize A20"
on_both <<"END"
{"entity": "Shop.Catalog", "id": "k1", "Name": "one"}
{"entity": "Shop.Catalog", "id": "k2", "Name": "two"}
END
sync
on_server <<"END"
{"entity": "Shop.Catalog", "id": "k1", "Name": "uno"}
{"entity": "Shop.Catalog", "id": "k3", "Name": "three"}
END
run 0 Flows.ChangeCatalog --arg X=k2 --arg To=dos
sync
look
holds device Shop.Catalog Name dos,one
holds server Shop.Catalog Name dos,three,uno
quiet

scenario "synchronize A21"
on_both <<"END"
{"entity": "Shop.Catalog", "id": "k1", "Name": "one"}
{"entity": "Shop.Catalog", "id": "k2", "Name": "two"}
END
sync
run 0 Flows.ChangeCatalog --arg X=k1 --arg To=
on_server <<<'{"entity": "Shop.Catalog", "id": "k2", "Name": "dos"}'
sync
look
holds device Shop.Catalog Name one,two
quiet
errors 1 OBJ_VALIDATION
on_device <<<'{"entity": "Shop.Catalog", "id": "k3", "$state": "new"}'
sync
look; holds device Shop.Catalog Name one,two

scenario "synchronize A22"
on_both <<<'{"entity": "Shop.Draft", "id": "d1", "Text": "one"}'
sync
on_device <<<'{"entity": "Shop.Draft", "id": "d2", "Text": "mine", "$state": "new"}'
run 0 Flows.ChangeDraft --arg X=d1 --arg To=changed
on_server <<"END"
{"entity": "Shop.Draft", "id": "d1", "Text": "the server's"}
{"entity": "Shop.Draft", "id": "d3", "Text": "three"}
END
for mode in all unsynchronized; do
    sync --mode $mode
    counts 0 0 0 0
    look
    holds device Shop.Draft Text changed,mine
    holds server Shop.Draft Text "the server's,three"
    marked d1 changed
done

scenario "synchronize A23"
on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
sync
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "theirs"}'
at 2026-03-18T12:00:00Z
run 0 Flows.Touch --arg X=o1
look; marked o1 changed
sync # committed on the server, which overwrites nobody's change (S35)
counts 1 1 0 0
look
row server o1; has row '"Remark":"theirs"'
hasnt row 12:00 # setting nothing leaves it (domain D31)
row device o1; has row '"Remark":"theirs"'
same_as_fresh

scenario "synchronize A24"
shop
run 0 Flows.All
look; cp device before
sync
counts 0 0 0 0
look
cmp device before || fail "rows have changed"

scenario "synchronize A25"
orders3
sync
look; holds device Shop.Order Remark one,three,two
variant blind '/Name="Order"/,/<\/Entity>/ s|(AllowedModuleRoles="Shop.Clerk".*XPathConstraint="[^"]*")/>|\1><MemberAccesses><MemberAccess Attribute="Shop.Order.Remark" AccessRights="None"/></MemberAccesses></AccessRule>|'
sync
look
objects device Shop.Order 3
holds device Shop.Order Remark ''
holds server Shop.Order Remark one,three,two
same_as_fresh
# A change of another member does not touch what anna may not see.
run 0 Flows.Touch --arg "X=//Shop.Order[Number=1000]"
sync
look
holds server Shop.Order Remark one,three,two
errors 0
