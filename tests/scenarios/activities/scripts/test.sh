# activities 16.9: flows, timers, storage and the client of JavaScript actions.
command -v "$(dirname "$NANOFLOW")/nanoflow-javascript" >/dev/null ||
    { echo "skipped: built without JavaScript"; exit 77; }
# says RESULT SCRIPT: what a script resolves.
says() {
    local expected=$1 script=$2
    shift 2
    returns "$expected" Script.Item --arg "Script=$script" "$@"
}

scenario "activities 16.9 T169"
SECONDS=0
returns '1000 true' Script.Waits --now "$NOW"
[ "$SECONDS" -lt 20 ] || fail "the clock was waited for"
returns true Script.Asks # T186 without a callback

scenario "activities 16.9 T170"
exits 0 run "$APP" Script.Reloads --json
has out '"event":"reload"'
has out '"reloaded":true'
has out '"result":null'
hasnt out never

scenario "activities 16.9 T175"
exits 0 run "$APP" Script.Callbacks --json
has out '"value":"1.5"'
has out 'sum 1 x'

scenario "activities 16.9 T176"
exits 0 run "$APP" Script.CallsSum --arg 'Script=({b: "y", unknown: 1})' --json
has out 'sum none y'
has out '"value":"0.5"'
exits 1 run "$APP" Script.CallsSum --arg 'Script=({a: "y"})'
has err js_exception

scenario "activities 16.9 T177"
returns 'caught true Division by zero' Script.CallsFails --arg 'Script=/* catch */ ({})'
breaks js_exception Script.CallsFails --arg 'Script=({})'
has out '"message":"Division by zero"'

scenario "activities J22, J26: flows that call scripts that call flows"
returns 2.5 Script.CallsNested
exits 0 run "$APP" Script.CallsStuck --arg 'Script=/* catch */ ({})'
has out 'caught true The JavaScript action "Script.Run" waits for something'

scenario "activities 16.9 T178"
exits 0 run "$APP" Script.Delayed --json --now "$NOW"
sed 's/.*"events":\[\(.*\)\],"error".*/\1/' out | grep -o '"text":"[a-z ]*"\|"event":"[a-zA-Z]*"' | paste -sd ' ' >order
[ "$(cat order)" = '"event":"log" "text":"ended" "event":"progress" "text":"please wait" "event":"log" "text":"later" "event":"progress"' ] ||
    { cp order out; fail "the order differs"; }

scenario "activities 16.9 T179"
returns 2.5 Script.Gets --arg 'Path=company.products[1].price'
exits 0 run "$APP" Script.Gets --arg 'Path=company.name[3]' --json
has out '"value":null'

scenario "activities 16.9 T180"
returns 'new 7 1.25 2026-05-06 old' Script.Fills --arg 'Json={"Name": "new", "Qty": 7, "Price": "1.25", "Due": "2026-05-06T12:00:00Z", "Other": 1}'

scenario "activities 16.9 T183"
returns -1 Script.Days
breaks js_exception Script.NoDays

scenario "activities 16.9 T184"
returns 111.1949 Script.Degree

scenario "activities 16.9 T185, T187, 16.12 T231, W1"
exits 0 run "$APP" Script.GetOrCreate --db device.db
has out 'created: There is no item "form"'
returns 'the same kept' Script.Keeps --db device.db
returns 'true kept 4' Script.Loads --db device.db
returns 'found kept' Script.GetOrCreate --db device.db
# The constant of the model is the key, and so is another value of it.
exits 0 run "$APP" Script.GetOrCreate --db device.db --constant Script.StorageKey=other
has out 'created: There is no item "other"'

scenario "activities 16.9 T188, W13"
exits 0 run "$APP" Records.ReadsThree --json
has out '"value":"false [\"x\",\"y\"]"'
[ "$(grep -o validationFeedback out | wc -l)" -eq 1 ] || fail "not one feedback"
exits 0 run "$APP" Records.SavesWith --arg Key=none --arg Known=true
has out 'told: '

scenario "activities 12.4: mx.data"
create='const o = await data.create({entity: "T.Item"}); o.set("Name", "made"); await data.commit({objects: [o]});'
says 'made,false' "$create const [f] = await data.retrieveByXpath({xpath: \"//T.Item[Name = 'made']\"}); return [f.get('Name'), f.hasChanges()].join();"
says true "$create const [f] = await data.retrieveByEntity({entity: 'T.Item', filter: {amount: 1, sort: [['Name', 'asc']]}}); return f === o;"
says 'gone' "$create await data.remove({objects: [o]}); return (await data.getByGuid({guid: o.getGuid()})) === null ? 'gone' : 'there';"
says 'made' "$create o.set('Name', 'changed'); await data.rollback({objects: [o]}); return o.get('Name');"
says '1' "$create const guid = o.getGuid(); return new Promise((callback, error) => mx.data.get({xpath: '//T.Item', count: true, callback, error}));"
says 'refused' 'return new Promise((ok) => mx.data.create({entity: "T.No", callback: () => ok("made"), error: (e) => ok(e instanceof Error ? "refused" : "no Error")}));'
says 'later' 'let when = "at once"; const p = new Promise((ok) => mx.data.create({entity: "T.Form", callback: () => ok(when)})); when = "later"; return p;'

scenario "activities J15: an error that nobody wants is logged"
exits 1 run "$APP" Script.Item --arg 'Script=return new Promise((callback) => mx.data.get({xpath: "//T.No", callback}));' --json
has out '"code":"js_timeout"'
has out '"level":"Error"'

scenario "activities J19: console, storage, texts, addresses"
exits 0 run "$APP" Script.Item --arg 'Script=console.warn("careful", {a: 1}, 2); return "";' --json
has out '"level":"Warning","node":"JavaScript","text":"careful {\"a\":1} 2"'
says 'b,1,null' 'localStorage.setItem("a", "b"); const n = localStorage.length; const v = localStorage.a; localStorage.removeItem("a"); return [v, n, String(localStorage.getItem("a"))].join();'
says 'Zm9v foo' 'btoa("foo") + " " + atob("Zm9v")'
says '240,159,152,128 😀' 'const e = new TextEncoder().encode("\u{1F600}"); return [...e].join() + " " + new TextDecoder().decode(e);'
says 'https://a.b:8080/c/e?x=1&y=%C3%BC#f 8080 1' 'const u = new URL("../e?x=1&y=%C3%BC#f", "https://A.b:8080/c/d/f"); return [u.href, u.port, u.searchParams.get("x")].join(" ");'
says 'a=1&b=x+y' 'new URLSearchParams({a: 1, b: "x y"}).toString()'
says '36' 'String(crypto.randomUUID().length)'
says 'Gecko true' 'navigator.product + " " + (window === globalThis)'
exits 0 run "$APP" Script.Item --arg 'Script=window.location.href = "https://example.com/"; return "";' --json
has out '"event":"openUrl","url":"https://example.com/"'

says 'kept' 'await storage.setItem("k", "kept"); return storage.getItem("k");'
scenario "activities 12.4: mx.session"
says 'MxAdmin false 0' 'mx.session.getUserName() + " " + mx.session.isGuest() + " " + session.getUserRoleNames().length'

scenario "activities J16: modules that import each other"
says 'true,false' '[even(10), even(7)].join()'

scenario "activities J20: a rejection that nobody awaits"
exits 1 run "$APP" Script.Item --arg 'Script=Promise.reject(new Error("lost")); return new Promise(() => {});' --json
has out '"message":"lost"'

exits 1 run "$APP" Script.Item --arg 'Script=setTimeout(() => { throw new Error("late"); }, 1); return new Promise(() => {});' --json
has out '"message":"late"'

scenario "nothing is started before an action asks for it"
printf '#!/bin/sh\ntouch "%s/started"\n' "$WORK" >starter
chmod +x starter
NANOFLOW_JAVASCRIPT=$WORK/starter exits 0 run "$APP" Script.Later
[ ! -e started ] || fail "the process was started"
NANOFLOW_JAVASCRIPT=$WORK/starter exits 1 run "$APP" Script.Days
[ -e started ] || fail "another program was started"
! ldd "$NANOFLOW" | grep -q -e javascriptcore -e libcurl -e microhttpd -e libpq ||
    fail "a library is linked that is to be loaded when needed"

scenario "check says what of an action is missing"
cp -R "$(dirname "$APP")" copy
rm copy/javascriptsource/js/actions/Truth.js
rm copy/javascriptsource/script/odd.js
echo 'export const even = `' >copy/javascriptsource/script/even.js
exits 1 check copy/model.xml
has out 'unsupported: Js.Truth: the source "javascriptsource/js/actions/Truth.js" is not there'
has out 'note: Js.Device: "js/actions/Device.js" imports "react-native"'
has out 'unsupported: Script.Run: "script/even.js", line 1: a template has no end'
hasnt out 'Script.Wait'

scenario "the clock, random numbers"
says 2026-03-18T10:20:30.000Z 'new Date().toISOString()' --now "$NOW"
exits 0 run "$APP" Script.Item --arg 'Script=String(Math.random())' --seed 5
cp out first
exits 0 run "$APP" Script.Item --arg 'Script=String(Math.random())' --seed 5
cmp -s out first || fail "random numbers with a seed differ"
