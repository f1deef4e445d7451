# activities §8.3 and synchronize §20: nanoflows call microflows.
. "$CASE/../words.sh"

scenario "synchronize W24, W48: primitives there and back"
answers 'é|-7|12.5|true|2026-03-04 05:06' C.Echoes --arg T=é

scenario "activities T191, C13"
answers 'a! 3 same empty' C.GetsBack
scenario "activities T192"
answers a C.Keeps
scenario "activities C12, C13: objects that refer to each other"
answers 'third second first same 1' C.GetsNew
answers '2 a behind' C.SendsList

scenario "activities T189, T190"
sync
on_device <<<'{"entity": "C.Item", "id": "i", "Name": "i", "$state": "new"}'
run 1 C.SendsItem --arg I=i
has out '"code":"bad_microflow_argument"'
run 1 C.SendsIndirect --arg I=i
has out '"code":"bad_microflow_argument"'

scenario "activities T193"
run 0 C.IsTold
has out '"value":"done"'
hasnt out showMessage

scenario "activities T194"
offline run 1 C.MeetsBare
has out '"code":"network_error"'
offline answers 'handled The microflow "C.Fails" could not be called: The server could not be reached (SYNC_NETWORK)' C.Meets

scenario "activities T195, synchronize A95"
answers 'handled The microflow "C.Fails" failed on the server' C.Meets
run 1 C.MeetsBare
has out '"message":"The microflow \"C.Fails\" failed on the server"'
hasnt out zero
if [ "$TRANSPORT" = local ]; then
    run 1 C.MeetsBare --set server.failures=told
    has out '"message":"Division by zero"'
else
    served
    stop_serving
    serve --listen "127.0.0.1:$PORT" --set server.failures=told
    run 1 C.MeetsBare
    has out '"message":"Division by zero"'
fi
look
objects device C.Item 0
objects server C.Item 0

scenario "activities C18"
run 1 C.MeetsInvalid
has out '"code":"validation_failed"'
has out 'Give a name'

scenario "activities T197"
run 1 C.CallsForbidden
has out '"code":"microflow_failed"'
has out '"detail":"access_denied"'
answers inside C.CallsAllowed
device c
answers inside C.CallsForbidden

scenario "activities T196, C16, Y12, synchronize A92, S151, S154"
on_server <<<'{"entity": "C.Item", "id": "i", "Name": "i", "Note": "from server"}'
on_server <<<'{"entity": "C.Item", "id": "j", "Name": "j", "Note": "not sent"}'
answers 'from server' C.Takes --arg Name=i
look
holds device C.Item Note 'from server'
hasnt device '$state'
guid server i
answers 'overlay, from server' C.TakesOver --arg "I=$GUID"
look
holds device C.Item Note 'from server'
hasnt device '$state'
sync
counts 0 1 0 0
same_as_fresh

scenario "synchronize S154: what the microflow has not committed"
on_server <<<'{"entity": "C.Item", "id": "i", "Name": "i", "Note": "committed"}'
answers 'pending, committed' C.TakesPending
look
holds server C.Item Note committed
holds device C.Item Note committed

scenario "synchronize A90, S155"
on_server <<<'{"entity": "C.Photo", "id": "p", "Caption": "p", "Name": "a.png", "$contents": "YWJj"}'
answers 'p 3' C.TakesPhoto
look
has device '"$contents":"YWJj"'

scenario "synchronize A91, S152"
answers 1 C.TakesNew
look
holds device C.Item Name kept
holds server C.Item Name kept

scenario "synchronize A93, S153"
on_server <<<'{"entity": "C.Item", "id": "i", "Name": "i"}'
on_server <<<'{"entity": "C.Item", "id": "j", "Name": "j"}'
sync
look
guid server i
answers true C.LosesDeleted --arg "I=$GUID"
guid server j
answers true C.LosesHidden --arg "I=$GUID"
look
objects device C.Item 0
objects server C.Item 1
same_as_fresh

scenario "synchronize S150" # in a handler that a call causes
on_server <<<'{"entity": "C.Region", "id": "r", "Kind": "far"}'
answers 0 C.CallsNested
look
holds server C.Item Name 'by handler'

scenario "synchronize A94, activities T230"
on_server <<<'{"entity": "C.Region", "id": "r", "Kind": "far"}'
sync
on_device <<<'{"entity": "C.Handled", "id": "h", "Name": "h", "$state": "new"}'
sync
counts 1 1 0 0
look
holds server C.Item Name 'by handler'
holds device C.Item Name 'by handler'
objects device C.Region 0
same_as_fresh

scenario "synchronize A97"
on_server <<<'{"entity": "C.Region", "id": "r", "Kind": "far"}'
sync
answers far C.TakesRegion
look
objects device C.Region 1
sync
look
objects device C.Region 0
same_as_fresh

scenario "synchronize A98, with a push"
items() { # NOTE: what the server has
    on_server <<END
{"entity": "C.Item", "id": "i", "Name": "i", "Note": "$1"}
{"entity": "C.Item", "id": "j", "Name": "j", "Note": "$1"}
{"entity": "C.Item", "id": "k", "Name": "k", "Note": "$1"}
{"entity": "C.Item", "id": "l", "Name": "l", "Note": "$1"}
END
}
items first
sync
items second
answers 'empty second second' C.Mixes --arg "Cleared=//C.Item[Name='i']" \
    --arg "Refreshed=//C.Item[Name='j']" --arg "Pushed=//C.Item[Name='k']"
look; holds device C.Item Note first,second,second
items first # as the confirmed view has them, unlike the device
sync
look; holds device C.Item Note first,first,first,first
same_as_fresh

scenario "synchronize A151"
run 0 C.CallsOnce --fault after-call=cut
has out '"value":"done 1"'
look
objects server C.Item 1
objects device C.Item 1
run 1 C.CallsOnce --fault 'before-call=cut*0'
has out '"code":"network_error"'
run 0 C.CallsOnce --fault mid-call=cut
has out '"value":"done 2"'
look
objects server C.Item 2
