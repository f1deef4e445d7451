# activities §15: the walk-throughs W2, W5, W6 and W15, with a server.
answers() { printf '%s\n' "$@" >mocks; }
# begins: a device and a server that hold nothing.
begins() { rm -rf ./*.db ./*.db-* ./*.db.*; }
# walks CODE FLOW ARGUMENTS…: as `run`, with mocks and a trace.
walks() { run "$@" --mock mocks --trace=trace; }
gives() { has out "\"value\":$1}"; }
# told EXPECTED: calls of flows from a nanoflow, and what a host hears.
told() {
    grep -v '"side":"server"' trace |
        grep -oE '"(event":"(closePage|showPage|validationFeedback|membersChanged|showMessage|syncStarted|objectsDeleted)|type":"Microflows\$MicroflowCallAction)"' |
        sed -E 's/.*[:$]"?([A-Za-z]+)"$/\1/' | tr '\n' ' ' >told
    [ "$(cat told)" = "${1:+$1 }" ] || { cp trace out; fail "the events are $(cat told)"; }
}

scenario "activities 16.12 T232, W2"
answers "javascript action Walk.Store (Key = 'form') returns empty"
# Refused by the first microflow: no page.
walks 0 Walk.SubmitsNew --arg Subject= --arg Text=x
has out '"events":['
hasnt trace closePage
hasnt trace showPage
# Sent: the calls, the pages, and then the form is emptied.
walks 0 Walk.SubmitsNew --arg Subject=s --arg Text=fine
gives '"[]"'
told 'MicroflowCallAction MicroflowCallAction closePage showPage membersChanged'
has trace '"event":"showPage","page":"Walk.Thanks"'
has trace '"members":["Subject","Text","Trail"]'
has trace '42 sanitized'
# An error in a call with Continue: what it changed is undone, the flow goes on.
walks 0 Walk.SubmitsNew --arg Subject=s --arg Text=bad
has trace '42 untouched'
# Empty, or an error that leads to the end: the other page, nothing emptied.
for text in refused lost; do
    walks 0 Walk.SubmitsNew --arg Subject=s --arg Text=$text
    gives '"[s]"'
    has trace '"event":"showPage","page":"Walk.Sorry"'
    hasnt trace Walk.Thanks
done
# No server: an error, and no page is closed.
exits 1 run "$APP" Walk.SubmitsNew --arg Subject=s --arg Text=fine \
    "${DEVICE[@]}" --server none --role Walk.User --json --trace=trace
has out '"code":"network_error"'
hasnt trace closePage

scenario "activities 16.10 T208, 16.12 T235, W5"
begins
on_both <<"END"
{"entity": "Walk.Picture", "id": "p1", "Caption": "old 1", "Name": "p1", "$contents": "AQID"}
{"entity": "Walk.Picture", "id": "p2", "Caption": "old 2", "Name": "p2", "$contents": "AQID"}
END
answers 'java action Walk.Paint returns true'
walks 0 Walk.Synced --arg Sent=true
gives '"fresh true false"'
has trace '2 then 0'
look
hasnt server old
hasnt device old
lines device 1
has device '"Caption":"fresh"'
# A server that sends nothing along: nothing to find.
begins
walks 0 Walk.Synced --arg Sent=false
gives '"none"'
has trace '0 then 0'
look
lines server 1
# Without a connection nothing but the first activity is tried.
begins
exits 1 run "$APP" Walk.Synced --arg Sent=true "${DEVICE[@]}" --user anna \
    --server http://127.0.0.1:9 --password-file <(echo demo) --initial-sync never \
    --mock mocks --json --trace=trace
has out '"code":"SYNC_NETWORK"'
hasnt trace MicroflowCallAction

scenario "activities 16.10 T209, 16.12 T236, W6"
begins
native=('javascript action Walk.Rotate returns true')
answers "${native[@]}" "javascript action Walk.DeviceId returns 'second'"
walks 0 Walk.SendsLogs --arg Files=0
gives 0
has err 'not used' # neither of the two was asked
walks 0 Walk.SendsLogs --arg Files=2 --variables
gives 2
has trace '"event":"syncStarted","mode":"selected"'
# The names of results that nobody keeps are no variables.
hasnt out '"":'
# One commit of both, told once; what the server made of them is told after it.
sed '/CommitAction/q' trace >committing
[ "$(grep -cE '"event":"objectsChanged","entity":"Walk.PhoneLog","ids":\[[^]]*,' committing)" -eq 1 ] ||
    { cp trace out; fail "not one event for both logs"; }
look
lines server 2
has server '"Name":"log0"'
has server '"Name":"log1"'
hasnt device '$state'
# What the user may not see on the server leaves the device and the list.
begins
answers "${native[@]}" "javascript action Walk.DeviceId returns 'hidden'"
walks 0 Walk.SendsLogs --arg Files=2
gives 1
look
lines device 1
has device '"Name":"log0"'
# A synchronization that fails leaves them committed, to be sent.
begins
exits 1 run "$APP" Walk.SendsLogs --arg Files=2 "${DEVICE[@]}" --user anna \
    --server http://127.0.0.1:9 --password-file <(echo demo) --initial-sync never \
    --mock mocks --json
has out '"code":"SYNC_NETWORK"'
exits 0 data export "$APP" device --on device "${DEVICE[@]}"
lines device 2
has device '"$state":"new"'

scenario "activities 16.12 T245, W15"
begins
answers "javascript action Walk.Exists (Path = 'newest') returns false" \
    "javascript action Walk.Import (Path = 'newest') returns true"
walks 0 Walk.Restores
told 'syncStarted showMessage'
has trace '"type":"Error","text":"No backup found","blocking":true'
has out '"result":null'
on_server <<"END"
{"entity": "Walk.Backup", "id": "b1", "Path": "older", "Made": "2026-01-01T00:00:00Z"}
{"entity": "Walk.Backup", "id": "b2", "Path": "newest", "Made": "2026-03-01T00:00:00Z"}
{"entity": "Walk.Backup", "id": "b3", "Path": "old", "Made": "2026-02-01T00:00:00Z"}
END
# The model decides on the backup, not on whether the file is there.
walks 0 Walk.Restores
told syncStarted
hasnt err 'not used'
