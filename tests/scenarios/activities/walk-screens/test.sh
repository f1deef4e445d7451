# activities §15: the walk-throughs W4, W12 and W17.
answers() { printf '%s\n' "$@" >mocks; }
mocked() { returns "$@" --mock mocks "${DEVICE[@]}" --trace=trace; }
# told EXPECTED: the events of a trace that a host hears of, in order.
told() {
    grep -oE '"event":"(objectsChanged|membersChanged|closePage|showPage|validationFeedback|log)"' trace |
        sed -E 's/.*:"([A-Za-z]+)"$/\1/' | tr '\n' ' ' >told
    [ "$(cat told)" = "$1 " ] || { cp trace out; fail "the events are $(cat told)"; }
}

scenario "activities 16.12 T234, W4"
# A picture is committed on the object in memory: a rollback ends there.
answers "javascript action Screens.Toggle returns 'picture'"
mocked '[picture]' Screens.Undoes
told 'objectsChanged closePage membersChanged objectsChanged showPage membersChanged objectsChanged'
# Cancelled: the page comes, nothing changes.
answers "javascript action Screens.Toggle returns 'cancelled'"
mocked '[first]' Screens.Undoes
told 'objectsChanged closePage showPage membersChanged objectsChanged'
answers 'javascript action Screens.Toggle returns empty'
mocked '[first]' Screens.Undoes
told 'objectsChanged closePage membersChanged objectsChanged'

scenario "activities 16.12 T242, W12"
refresh='javascript action Screens.Refresh (Entity = any) returns true'
counts() {
    answers "$refresh" "microflow Screens.CountOpen $1"
    exits 0 run "$APP" Screens.RefreshesNew --mock mocks --json --trace=trace
    has out '"result":null,'
    has out '"error":null,'
}
counts 'returns 3'
told 'objectsChanged log membersChanged'
has trace '"members":[]'
counts "throws 'no answer'"
told 'objectsChanged log log'
has trace 'Not counted: no answer'

scenario "activities 16.12 T247, W17"
on_device <<"END"
{"entity": "Screens.Prompt", "id": "p1", "Usage": "Talk"}
{"entity": "Screens.Prompt", "id": "p2", "Usage": "Once"}
{"entity": "Screens.Prompt", "id": "p3"}
{"entity": "Screens.Version", "id": "talks", "Screens.Version_Prompt": "p1"}
{"entity": "Screens.Version", "id": "once", "Screens.Version_Prompt": "p2"}
{"entity": "Screens.Version", "id": "unused", "Screens.Version_Prompt": "p3"}
{"entity": "Screens.Version", "id": "bare"}
END
answers 'microflow Screens.IsComplete (Name = any) returns false'
mocked incomplete Screens.RunsPrompt --arg Version=talks
told 'objectsChanged validationFeedback'
has trace '"member":"Screens.Run_Version","text":"Choose a version"'
answers "microflow Screens.IsComplete (Name = 'run') returns true" \
    "microflow Screens.Prepares (Name = 'run') returns true"
mocked talks Screens.RunsPrompt --arg Version=talks
told 'objectsChanged closePage'
mocked 'asks once' Screens.RunsPrompt --arg Version=once
# Without a usage, without a prompt, without a version: empty, the same way.
for version in unused bare empty; do
    mocked nothing Screens.RunsPrompt --arg "Version=$version"
done
