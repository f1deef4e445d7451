# domain D80, D81: in microflows a retrieve from the database makes copies; by
# association and by id comes what is tracked. On the device there is one object.
. "$CASE/../told.sh"
scenario "domain D81: copies in the flows of a request"
logs Cp.All <<"END"
# A handler compares what is stored with what is about to be, and has been.
before: p 1 to 2
after: p 2
before: p 2 to 3
after: q 3
Pattern: q 3
# Changes of one copy are in no other and in nothing that a retrieve finds;
# copies of one object are equal.
Separate: changed s s changed changed truetrue
# By association: a copy each, as long as nothing is changed; what was changed
# first, until it is committed.
before: r 1 to 2
Reads: r2 2, r 1, r2 2, r2 2, r 1 b
# D71: each commit writes what was changed in its copy, the last one wins.
before: ba 1 to 2
before: ba 2 to 6
before: ba 6 to 5
Both: ba 5, b 6, ba 2, ba 5
before: o 1 to 2
BothAtOnce: oa 2 oa 1 o 2
# D56: an object is no other with the same value.
Unique: noted
# L2, L10, L11: elements of lists are compared by id; R14, R16.
Lists: truetrue110 in list 21 l m l
# A deletion leaves other copies as they are; what they changed is lost, what
# they did not change can be committed and deleted without an effect (D78).
Deletes: true db true nanoflow.deleted_object true
DeletesTracked: truedt
# O36: the other copy keeps its changes, and is tracked when it changes again.
RollsBack: 13113
# X20, M19: what is tracked is again what was.
inside 8
undone
before: u 1 to 4
Undone: kept 4, u 1, kept 4
# R5: memory wins over rows; what is new is in no retrieve (R12).
Refers: 01111 g g
# D44: both ends, whatever copies they were set by.
Badges: true t b2 b1
# What is not persistable is one object, reached from any copy.
Keeps: changed true
# V6: a parameter is the object of the caller.
Hands: 911
END

scenario "domain D44, D81: what is stored of both ends is as its row"
says 'old new' Cp.RenamesBadge

scenario "domain D80, D81: a device sends what handlers compare with what is stored"
on_server <<"END"
{"entity": "Cp.Order", "id": "phone", "Name": "phone", "Note": "told", "Qty": 1}
END
returns 'phone 11' Cp.Raise --user anna "${SERVER[@]}"
count Cp.Change "[What = 'before: phone 1 to 11']" 1
count Cp.Change "[What = 'after: phone 11']" 1

scenario "domain D81: the user is read again when it was written"
returns 'anna renamed renamed anna' Cp.AsksUser --user anna "${SERVER[@]}"

scenario "domain D81: what a device sent is not lost to a handler that changes a copy"
rm -rf server.db* device.db*
on_server <<"END"
{"entity": "Cp.Order", "id": "m", "Name": "meddler", "Qty": 5}
{"entity": "Cp.Order", "id": "v", "Name": "victim", "Note": "own", "Qty": 5}
END
exits 0 sync "$APP" --user anna "${DEVICE[@]}" "${SERVER[@]}"
returns 1 Cp.RaiseAll --user anna "${DEVICE[@]}" "${SERVER[@]}"
count Cp.Order "[Qty = 15]" 2
count Cp.Order "[Name = 'victim' and Note = 'own']" 1
