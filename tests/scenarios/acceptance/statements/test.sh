# Statements of synchronize beside the scenarios of §29.
. "$CASE/../words.sh"

scenario "synchronize S1" # a mode that is none
sed 's/Type="Unsynchronized"/Type="Everything"/' "$CASE/model.xml" >wrong.xml
exits 3 check wrong.xml
has err 'Type="Everything" of ReferringFirst in S is not one of: '
unit=$(grep -rl ReferringFirst mprcontents | head -1)
rm -rf wrong; mkdir wrong; cp -r fixture.mpr mprcontents wrong/
sed -i 's/Unsynchronized/Unsynchronised/' "wrong/$unit" # of the same length
exits 1 check wrong/fixture.mpr
has out 'S.ReferringFirst'
has out 'Unsynchronised'

scenario "synchronize S2" # with All the variables are not looked at
on_server <<<'{"entity": "S.Order", "id": "o1", "Name": "one", "Fixed": "f", "Hidden": "h"}'
sync
answers one S.Names --arg 'O=//S.Order'

scenario "synchronize S44, S54" # what is referred to comes first; nobody sees a message
run 0 S.ReferringFirst
hasnt out 'from a handler'
look
holds server S.Log Text 'first with 1'
holds server S.Customer Name Acme
finds 1 S.Order "[S.Order_Customer/S.Customer/Name = 'Acme']"
errors 0
same_as_fresh

scenario "synchronize S74" # from an offline to an online entity, as a stored id
on_server <<<'{"entity": "S.Price", "id": "p1", "Amount": 3}'
answers kept S.RefersToPrice
finds 1 S.Order '[S.Order_Price/S.Price/Amount = 3]'
look; objects device S.Price 0
same_as_fresh

scenario "synchronize S58, S166" # rights of the last download
on_server <<<'{"entity": "S.Order", "id": "o1", "Name": "one", "Fixed": "f", "Hidden": "h"}'
sync
answers 'one f -' S.Reads --arg 'O=//S.Order'
answers 'The user may not change "Fixed" of "S.Order"' S.Writes --arg 'O=//S.Order'
look
hasnt device Hidden
hasnt device mine

scenario "synchronize S91, xpath Q42" # an id without its object
on_both <<'END'
{"entity": "S.Customer", "id": "c1", "Name": "Acme"}
{"entity": "S.Order", "id": "o1", "Name": "one", "S.Order_Customer": "c1"}
{"entity": "S.Order", "id": "o2", "Name": "two"}
END
sync
answers 1 S.Finds --arg C=c1
look; objects device S.Customer 0
row device o1; has row Order_Customer
