# activities §15: the walk-throughs W9, W13, W14 and W18.
answers() { printf '%s\n' "$@" >mocks; }
mocked() { returns "$@" --mock mocks "${DEVICE[@]}" --trace=trace; }
# seen EVENT N: how often the trace tells of it.
seen() {
    local count
    count=$(grep -c "\"event\":\"$1\"" trace || true)
    [ "$count" -eq "$2" ] || { cp trace out; fail "$count times $1"; }
}

scenario "activities 16.9 T188, 16.12 T239, W9"
answers "javascript action Records.Push (Json = '[]', Text = 'x') returns '[\"x\"]'" \
    "javascript action Records.Push (Json = '[\"x\"]', Text = 'y') returns '[\"x\",\"y\"]'"
mocked 'false ["x","y"]' Records.ReadsThree
seen validationFeedback 1
has trace '"member":"Value","text":"Required"'
# The second of the three is the one without a value.
name=$(grep '"event":"objectsChanged","entity":"Records.Name"' trace | sed -n 2p |
    sed -E 's/.*"ids":\["?([0-9]+)"?\].*/\1/')
has trace "\"event\":\"validationFeedback\",\"object\":\"$name\""
returns true Records.ReadsNames --arg Request=empty

scenario "activities 16.12 T243, W13"
on_device <<"END"
{"entity": "Records.Record", "id": "r", "Key": "r", "Value": "v"}
{"entity": "Records.Tag", "id": "t1", "Label": "one", "Records.Tag_Record": "r"}
{"entity": "Records.Tag", "id": "t2", "Records.Tag_Record": "r"}
{"entity": "Records.Tag", "id": "t3", "Label": "two", "Records.Tag_Record": "r"}
END
# Without a record or an agent: the text that the action threw, as thrown.
throw() { echo "javascript action Records.Throw (Text = any) throws '$1'"; }
answers "$(throw 'The record is missing')"
mocked 'told: The record is missing' Records.SavesWith --arg Key=other --arg Known=true
answers "$(throw 'The agent is missing')"
mocked 'told: The agent is missing' Records.SavesWith --arg Key=r --arg Known=false
exits 0 query "$APP" Records.Record '' "${DEVICE[@]}"
hasnt out Tags
# A native action that fails is behind changes that stay.
push=("javascript action Records.Push (Json = '[]', Text = 'one') returns '[1]'"
    "javascript action Records.Push (Json = '[1]', Text = 'two') returns '[1,2]'")
answers "${push[@]}" "javascript action Records.Store (Record = any) throws 'no room'"
mocked nothing Records.SavesWith --arg Key=r --arg Known=true
has trace 'not saved: no room'
exits 0 query "$APP" Records.Record '' "${DEVICE[@]}"
has out '"Tags":"[1,2]"'
has out '"Value":"v"'
has out '"Category":"none"'
# The second action fails: the same, its own text in the log.
answers "${push[@]/\'\[\]\'/\'[1,2]\'}" \
    "javascript action Records.Push (Json = any, Text = any) returns '[3]'" \
    "javascript action Records.Store (Record = any) returns '{}'" \
    "javascript action Records.KeyOf (Json = '{}') throws 'no key in it'"
mocked nothing Records.SavesWith --arg Key=r --arg Known=true
has trace 'no key: no key in it'
hasnt out 'no key in it'
answers "javascript action Records.Push (Json = any, Text = any) returns '[3]'" \
    "javascript action Records.Store (Record = any) returns '{\"id\": \"k\"}'" \
    "javascript action Records.KeyOf (Json = any) returns 'k'"
mocked k Records.SavesWith --arg Key=r --arg Known=true

scenario "activities 16.12 T244, W14"
valid="javascript action Records.IsJson (Text = any) returns true"
answers "$valid"
mocked early Records.Connects --arg 'Text={}'
seen showPage 0
on_device <<"END"
{"entity": "Records.Record", "id": "o1", "Key": "a", "Category": "open"}
{"entity": "Records.Record", "id": "o2", "Key": "b", "Category": "open"}
{"entity": "Records.Code", "id": "c1", "Key": "a"}
END
mocked true Records.Connects --arg 'Text={}'
seen showPage 0
# The first record matches, so the second one is not looked at; the switches
# that are always on lead past what they switch off.
seen membersChanged 1
hasnt trace never
# Only the second one matches: one code for both, and the loop comes that far.
on_device <<"END"
{"entity": "Records.Code", "id": "c1", "Key": "b"}
END
mocked true Records.Connects --arg 'Text={}'
seen membersChanged 1
on_device <<"END"
{"entity": "Records.Code", "id": "c1", "Key": "z"}
END
mocked false Records.Connects --arg 'Text={}'
seen membersChanged 0

scenario "activities 16.12 T248, W18"
on_device <<"END"
{"entity": "Records.Message", "id": "m", "Content": "k1", "At": "2026-03-01T10:00:00Z"}
{"entity": "Records.Receipt", "id": "e1", "Kind": "A", "MessageKey": "k1", "At": "2026-03-01T09:00:00Z"}
{"entity": "Records.Receipt", "id": "e2", "Kind": "B", "MessageKey": "k1", "At": "2026-03-01T10:00:00Z"}
{"entity": "Records.Receipt", "id": "e3", "Kind": "C", "MessageKey": "k2", "At": "2026-03-02T10:00:00Z"}
END
mocked nothing Records.Assigns --arg Message=m --arg Role=receiver
mocked B Records.Assigns --arg Message=m --arg Role=sender
exits 0 run "$APP" Records.Assigns --arg Message=m --arg Role=sender "${DEVICE[@]}" \
    --json --variables
has out '"state":"changed"'
exits 0 query "$APP" Records.Receipt '' "${DEVICE[@]}"
hasnt out Receipt_Message
