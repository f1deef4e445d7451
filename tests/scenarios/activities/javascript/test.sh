# activities 16.9: values between nanoflows and JavaScript actions. What is about
# scripts alone is in tests/unit/library/javascript.cases.
command -v "$(dirname "$NANOFLOW")/nanoflow-javascript" >/dev/null ||
    { echo "skipped: built without JavaScript"; exit 77; }
# refuses KIND FLOW SCRIPT
refuses() {
    local kind=$1 flow=$2 script=$3
    shift 3
    breaks "$kind" "$flow" --arg "Script=$script" "$@"
}

scenario "activities 16.9 T157; J5"
returns 'a-b' Js.Swapped

scenario "activities 16.9 T158, T159; J8"
u='undefined undefined'
returns "$u, $u, $u, $u, boolean false, $u, $u, $u, array of 0, true, 9" Js.None

scenario "activities 16.9 T160, T161, T167; J11"
returns 'string text, Big 3, Big 1.5, Date 2026-03-04T05:06:07.000Z, boolean true, string A, T.Item, T.Item, array of 1, true, 9' Js.Full

scenario "activities 16.9 T162; J9"
returns 1 Js.KeepsList

scenario "activities 16.9 T163"
exits 0 run "$APP" Js.TryWhole --arg Script=5.5
grep -q 'a number, "5.5", where Integer is expected' out ||
    fail "the handler sees another text"

scenario "activities 12.3: decimals, dates, booleans, enumerations, lists"
exits 0 run "$APP" Js.AsNothing --arg 'Script=({})'

scenario "activities 12.3: an empty item of a list is left out and told"
exits 0 run "$APP" Js.AsThings --arg 'Script=[Item, null]' --json
has out '"value":"1"'
has out '"level":"Warning","node":"Interpreter","text":"\"Js.Things\" gave a list with an empty item, which is left out"'

scenario "activities 16.9 T173"
exits 0 run "$APP" Js.TryBroken --arg Script=x
grep -q 'JavaScript action "Js.Broken" can.t run here' out ||
    fail "the handler sees another text"

scenario "activities 16.9 T174; J6, J27"
NANOFLOW_JAVASCRIPT=none refuses js_unavailable Js.AsText 1
has out 'Js.Text'
has out 'nanoflow-javascript is not installed'

scenario "activities J21: loops without an end"
refuses js_timeout Js.AsText 'for (;;);' --limit javascript=300
refuses js_timeout Js.AsText 'for (;;) await null;' --limit javascript=300
refuses js_timeout Js.AsText '/(a+)+$/.test("a".repeat(200) + "b")' --limit javascript=300
refuses js_timeout Js.AsText 'const again = () => setTimeout(again, 1000); again(); await new Promise(() => {});' --now "$NOW"
# One that asks the session all the time is never idle.
refuses js_timeout Js.AsText 'for (;;) localStorage.getItem("a");' --limit javascript=300

scenario "activities J21: memory that grows without an end"
refuses js_exception Js.AsText 'const all = []; for (;;) all.push(new Array(1e5).fill(0).map(() => ({})));' --limit javascript-memory=300
has out JS_MEMORY
refuses js_exception Js.AsText 'const all = []; for (;;) { localStorage.getItem("a"); all.push(new Array(1e4).fill(1.5)); }' --limit javascript-memory=200
has out JS_MEMORY
