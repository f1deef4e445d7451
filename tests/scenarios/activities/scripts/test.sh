# activities 16.9: flows, timers, storage and the client of JavaScript actions. What
# is about scripts alone is in tests/unit/library/javascript.cases.
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

scenario "activities 16.9 T175; J23"
exits 0 run "$APP" Script.Callbacks --json
has out '"value":"1.5"'
has out 'sum 1 x'

scenario "activities 16.9 T176"
exits 0 run "$APP" Script.CallsSum --arg 'Script=({b: "y", unknown: 1})' --json
has out 'sum none y'
has out '"value":"0.5"'
exits 1 run "$APP" Script.CallsSum --arg 'Script=({a: "y"})'
has err js_exception

scenario "activities 16.9 T177; J24"
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

scenario "activities H8: progress that is never hidden"
unhidden='"level":"Warning","node":"Interpreter","text":"Progress is shown and never hidden"'
hasnt out "$unhidden"
exits 0 run "$APP" Script.Item --arg 'Script=ui.showProgress("wait", true); return "";' --json
has out "$unhidden"
exits 0 run "$APP" Script.Item --arg 'Script=ui.hideProgress(ui.showProgress("wait", true)); return "";' --json
hasnt out "$unhidden"

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

scenario "activities 12.4: a saved document is the object's file"
says paper.txt 'const p = await data.create({entity: "T.Paper"}); await new Promise((ok, no) => mx.data.saveDocument(p.getGuid(), "paper.txt", {}, new Blob(["hello"]), ok, no)); return p.get("Name");' --db paper.db
exits 0 data export "$APP" papers --on device --db paper.db
has papers '"$contents":"aGVsbG8="'

scenario "activities J13: strict mode"
says 'true true true true null' 'const off = (f) => { try { f(); return "allowed"; } catch (e) { return e instanceof Error && e.message.includes("is disabled"); } }; return [off(() => mx.data.create({entity: "T.Item"})), off(() => mx.data.commit({mxobj: Item})), off(() => mx.data.remove({guid: "1"})), await new Promise((ok) => mx.data.get({xpath: "//T.Item", callback: () => ok("allowed"), error: (e) => ok(e.message.includes("is disabled"))})), await new Promise((callback, error) => mx.data.get({guid: "1", callback, error}))].join(" ").replace(/ $/, " null");' --set javascript.strict=on

scenario "activities J15: an error that nobody wants is logged"
exits 1 run "$APP" Script.Item --arg 'Script=return new Promise((callback) => mx.data.get({xpath: "//T.No", callback}));' --json
has out '"code":"js_timeout"'
has out '"level":"Error"'

scenario "activities J19: console, storage, texts, addresses"
exits 0 run "$APP" Script.Item --arg 'Script=console.warn("careful", {a: 1}, 2); return "";' --json
has out '"level":"Warning","node":"JavaScript","text":"careful {\"a\":1} 2"'
exits 0 run "$APP" Script.Item --arg 'Script=console.debug("d"); console.info("i"); console.log("l"); console.error(new TypeError("e")); console.trace("t"); window.open("https://a.b/", "_blank"); mx.session.clearCachedSessionData(); mx.ui.toggleSidebar(); mx.session.logout(); return "";' --json
sed 's/.*"events":\[\(.*\)\],"error".*/\1/' out | grep -o '"level":"[A-Za-z]*"\|"text":"[A-Za-z: ]*"\|"event":"[a-km-zA-Z][a-zA-Z]*"\|"url":"[^"]*"' | cut -d: -f2- | paste -sd ' ' >order
[ "$(cat order)" = '"Debug" "d" "Info" "i" "Info" "l" "Error" "TypeError: e" "Trace" "t" "openUrl" "https://a.b/" "clearCachedSessionData" "toggleSidebar" "signOut"' ] ||
    { cp order out; fail "the events differ"; }
exits 0 run "$APP" Script.Item --arg 'Script=window.location.href = "https://example.com/"; return "";' --json
has out '"event":"openUrl","url":"https://example.com/"'

scenario "activities J19: mocks answer for fetch (test E43)"
printf '%s\n' "rest GET 'https://example.com/%' returns 'one', then 404 'gone', then throws 'down'" \
    "rest POST '%' calls './reply.js'" >mocks
echo 'export default () => "x"' >reply.js
says 'one200true,404gone,TypeError down,TypeError fetch is not available,a mock that calls a script' 'const get = () => fetch("https://example.com/x"), told = (e) => e.name + " " + e.message; const a = await get(), b = await get(); return [await a.text() + a.status + a.ok, b.status + await b.text(), await get().catch(told), (await fetch("https://example.org/").catch(told)).slice(0, 32), (await fetch("/x", { method: "POST" }).catch((e) => e.message)).slice(0, 26)].join();' --mock mocks
says one 'return new Promise((done) => { const x = new XMLHttpRequest(); x.open("GET", "https://example.com/y"); x.onload = () => done(x.responseText); x.send(); })' --mock mocks

scenario "activities 16.9 T186: mocks answer questions (test E43)"
printf '%s\n' "confirm 'Delete%' returns false, then true" "confirm returns false" >mocks
says 'false,true,false,false' 'const ask = (content) => ui.confirmation({ content }); return [await ask("Delete it?"), await ask("Delete it?"), await ask("Other?"), confirm("Other?")].join();' --mock mocks
echo "confirm returns 'no'" >mocks
exits 3 run "$APP" Script.Asks --mock mocks
has err 'a Boolean behind "returns"'

scenario "a file that answers for an action may await outside of functions (test E43)"
printf '%s\n' 'const waited = await new Promise((done) => setTimeout(() => done("waited"), 5));' \
    'export const told = waited; export default ({ Script }) => Script + " " + told;' >answer.js
echo "javascript action Script.Run calls './answer.js'" >mocks
says 'x waited' x --mock mocks

scenario "activities 12.4: a page and the object that it is about"
exits 0 run "$APP" Script.Item --arg 'Script=const c = new mendix.lib.MxContext(), plain = [c.getTrackId(), c.getTrackObject()].join(); c.setTrackObject(Item); await new Promise((callback, error) => mx.ui.openForm("T/Page.page.xml", { location: "content", context: c, callback, error })); await mx.ui.openForm2("T/Other.page.xml"); return [plain, Item.getGuid(), c.getTrackEntity(), c.getTrackObject() === Item].join();' --json
[[ $(cat out) =~ \"event\":\"openPage\",\"page\":\"T/Page.page.xml\",\"object\":\"([0-9]+)\".*\"page\":\"T/Other.page.xml\"\} ]] ||
    fail "the events differ"
has out "\"value\":\",,${BASH_REMATCH[1]},T.Item,true\""

scenario "activities J12: data sources are told to read again"
exits 0 run "$APP" Script.Item --arg 'Script=const told = []; const update = (o) => new Promise((callback) => mx.data.update({ ...o, callback: (v) => { told.push(v); callback(); } })); await update({ guid: Item.getGuid() }); ui.showInfo({ message: "between " + told }); await update({ entity: "T.Item" }); return [Item.getGuid(), ...told].join();' --json
[[ $(cat out) =~ \"event\":\"refreshObject\",\"id\":\"([0-9]+)\".*\"between\ true\".*\"event\":\"refreshEntity\",\"entity\":\"T.Item\" ]] ||
    fail "the events differ"
has out "\"value\":\"${BASH_REMATCH[1]},true,true\""

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
sed -i 's/<JavaScriptAction Name="Whole">/<JavaScriptAction Name="Whole" Platform="Native">/' copy/javascript/module.xml
actions=copy/javascriptsource/js/actions
echo 'import { create, publish } from "mx-api/data"; export { ui as panes } from "mx-api";' >>$actions/Moment.js
cat >>$actions/Letter.js <<'END'
const Image = typeof indexedDB === "undefined" ? { document: 1 } : null;
export const used = () => [Image, document.cookie, document.title,
    navigator?.geolocation, window.Worker, require("react-native-share"),
    import("../none.js"), require("../typed.js"), require("big.js")];
END
cat >copy/javascriptsource/published/names.js <<'END'
export function first() {} export const { second, third: [fourth] } = {}; export { first as fifth };
export * from "./support/words.js"; export default class {}
END
cat >>$actions/Special.js <<'END'
import last, { first, second, fourth, fifth, split } from "../../../javascriptsource/published/names.js";
import words, { splits, cache as default_cache } from "../../published/support/words";
import kept, { make } from "../../published/kept.js"; export { clears } from "../../published/support/words.js";
import "../sheet.css"; import picture from "./a.png"; import "../../published/phone.js"; import all, * as page from "../../published/page.js";
END
printf 'export function Number() {\n  let a; let a;\n}\n' >$actions/Number.js
exits 1 check copy/model.xml
has out 'unsupported: Js.Moment: "js/actions/Moment.js" imports "publish" from "mx-api/data", which has no such name here'
hasnt out '"create" from'
hasnt out '"ui" from'
[ "$(grep -c 'note: Js.Letter: "js/actions/Letter.js" uses ' out)" -eq 3 ] ||
    fail "not three of a page or a device"
for name in document navigator.geolocation Worker; do
    has out "note: Js.Letter: \"js/actions/Letter.js\" uses \"$name\", which a page or a device has"
done
has out 'note: Js.Letter: "js/actions/Letter.js" imports "react-native-share", which is not beside it'
for name in splits:support/words.js clears:support/words.js default:page.js; do
    has out "warning: Js.Special: \"js/actions/Special.js\" imports \"${name%:*}\" from \"published/${name#*:}\", which exports no such name"
done
[ "$(grep -c 'warning: Js.Special' out)" -eq 3 ] || fail "other names are missed"
hasnt out 'sheet.css'
hasnt out 'a.png'
has out 'note: Js.Special: "published/phone.js" imports "geocoder", which a phone has to load'
hasnt out 'imports "typed"'
has out 'note: Js.Letter: "js/actions/Letter.js" asks for "../none.js", which is not there'
has out 'unsupported: Js.Letter: js/typed.js:1: '
has out "unsupported: Js.Number: js/actions/Number.js:2: Cannot declare a let variable twice: 'a'" # J18
has out 'unsupported: Js.Broken: js/typed.js:1: '
has out 'note: Js.Whole: the action is for the platform Native only' # J7
has out 'warning: Js.Truth: the source "javascriptsource/js/actions/Truth.js" is not there'
has out 'note: Js.Device: "js/actions/Device.js" imports "react-native"'
has out 'unsupported: Script.Run: "script/even.js", line 1: a template has no end'
hasnt out 'Script.Wait'
NANOFLOW_JAVASCRIPT=$WORK/none exits 1 check copy/model.xml
has out 'note: the sources of JavaScript actions are not read by the engine: the program nanoflow-javascript is not installed'
hasnt out 'Js.Number'

scenario "activities J16, J17, J19: on a phone"
rm -r copy
cp -R "$(dirname "$APP")" copy
sed -i 's|<ProjectSecurity SecurityLevel="CheckNothing"/>|&<NavigationDocument><Profiles><NativeNavigationProfile Name="Phone"/></Profiles></NavigationDocument>|' copy/model.xml
exits 0 run copy/model.xml Script.Item --arg 'Script=const { place } = await import("./script/uses-replaced.js"); const c = await import("./published/actions/Client.js"); return [navigator.product, place, await c.GetPlatform(), await c.GetLocation().catch((e) => e.message.slice(0, 45))].join();'
has out 'ReactNative,phone,Native_mobile,the module "react-native" is not available'

cat >copy/javascriptsource/js/actions/Device.js <<'END'
import "mx-global";
import { Alert, Linking, Platform, NativeModules } from "react-native";
import NetInfo from "@react-native-community/netinfo";
export async function Device(Script) {
    const choice = (buttons) => new Promise((done) => Alert.alert("Title", "Sure?", buttons(done)));
    if (Script === "device") return NativeModules.Camera ? "there" : "not there";
    const { AsyncStorage } = require("react-native");
    await AsyncStorage.setItem("k", "kept");
    const supported = await Linking.canOpenURL("tel:1");
    await Linking.openURL("tel:1");
    return [Platform.OS, Platform.select({ ios: "i", default: "any" }), supported, await AsyncStorage.getItem("k"),
        await choice((done) => [{ text: "No", style: "cancel", onPress: () => done(false) }, { text: "Yes", onPress: () => done(true) }]),
        await choice((done) => [{ onPress: () => done("read") }]), (await NetInfo.fetch()).isConnected].join();
}
END
exits 0 run copy/model.xml Js.AsDevice --arg Script=x --json # 12.7
has out '"value":"android,any,true,kept,true,read,false"'
has out '"event":"openUrl","url":"tel:1"'
has out '"event":"showMessage","type":"Information","text":"Sure?"'
exits 0 run copy/model.xml Js.AsDevice --arg Script=x --server local::memory:
has out 'android,any,true,kept,true,read,true'
echo "confirm 'Sure?' returns false" >mocks
exits 0 run copy/model.xml Js.AsDevice --arg Script=x --mock mocks
has out 'android,any,true,kept,false,read,false'
exits 1 run copy/model.xml Js.AsDevice --arg Script=device
has err 'the module "react-native" is not available here'
exits 1 check copy/model.xml
[ "$(grep -c 'note: Js.Device: "js/actions/Device.js" imports' out)" -eq 2 ] || fail "not two notes"
has out 'imports "react-native", of which a part is here: where more is used'
has out 'note: Js.Device: "js/actions/Device.js" imports "NativeModules" from "react-native", which a phone has'

scenario "activities J18: a source that takes from a page when it is loaded"
echo 'document.addEventListener("DOMContentLoaded", () => {});' >>copy/javascriptsource/js/actions/Device.js
exits 1 run copy/model.xml Js.AsDevice --arg Script=x
has err 'js_unavailable'
has err "js/actions/Device.js: Can't find variable: document (a page or a device has that; here a function of the host or a mock can answer"

scenario "activities J7: an action for another platform"
told='"level":"Warning","node":"Interpreter","text":"The JavaScript action \"Js.Device\" is for the platform Web only, and runs in a profile for phones"'
sed -i 's/<JavaScriptAction Name="Device"/& Platform="Web"/' copy/javascript/module.xml
cp "$(dirname "$APP")/javascriptsource/js/actions/Device.js" copy/javascriptsource/js/actions/
exits 0 run copy/model.xml Js.AsDevice --arg Script=x --json
has out "$told"
sed -i 's/<JavaScriptAction Name="Device" Platform="Web"/<JavaScriptAction Name="Device" Platform="Native"/' copy/javascript/module.xml
exits 0 run copy/model.xml Js.AsDevice --arg Script=x --json
hasnt out "is for the platform"
sed -i 's/<JavaScriptAction Name="Device" Platform="Native"/<JavaScriptAction Name="Device"/' copy/javascript/module.xml

scenario "activities J18: a source that is no UTF-8 is read as a page reads it"
printf '/* \xa9 */ export const Device = (Script) => "\xe9\xc3\xa9" + Script;' >copy/javascriptsource/js/actions/Device.js
exits 0 run copy/model.xml Js.AsDevice --arg Script=x
has out $'\uFFFD\u00e9x'
exits 1 check copy/model.xml
hasnt out 'Js.Device'

scenario "the clock, random numbers"
says 2026-03-18T10:20:30.000Z 'new Date().toISOString()' --now "$NOW"
exits 0 run "$APP" Script.Item --arg 'Script=String(Math.random())' --seed 5
cp out first
exits 0 run "$APP" Script.Item --arg 'Script=String(Math.random())' --seed 5
cmp -s out first || fail "random numbers with a seed differ"

scenario "activities J19: the user's language where a script names none"
says '1.234,5 4.3.2026, 16:06:07 de-DE -1 1.234,50 04.03.2026' 'const d = new Date("2026-03-04T15:06:07Z"); return [(1234.5).toLocaleString(), d.toLocaleString(), Intl.NumberFormat().resolvedOptions().locale, "\u00e4".localeCompare("z"), mx.parser.formatValue(1234.5, "decimal", { groups: true, places: 2 }), mx.parser.formatValue(d, "datetime")].join(" ");' --locale de_DE --time-zone Europe/Berlin

scenario "J21, J25: timers of a test wait for its clock (test E44)"
cat >timers.test.mdl <<'END'
/** @test a timer that is not due does nothing
 * @expect-call Script.Later 0 times
 */
call nanoflow Script.Delayed ();
advance clock 49 milliseconds;
/
/** @test a timer calls its flow when it is due
 * @expect-call Script.Later 1 times
 */
call nanoflow Script.Delayed ();
advance clock 1 hours;
/
/** @test timers run in their order, at their time
 * @expect $seen = '1000@1000,every@2000,3000@3000,4000'
 */
$a = call nanoflow Script.Item (Script = 'globalThis.seen = []; const from = Date.now(); const at = (n) => seen.push(n + "@" + (Date.now() - from)); for (const d of [3000, 1000]) setTimeout(at, d, d); const every = setInterval(() => { at("every"); clearInterval(every); }, 2000); globalThis.from = from; return "";');
advance clock 4 seconds;
$seen = call nanoflow Script.Item (Script = 'seen.push(Date.now() - from); return seen.join();');
/
/** @test a promise goes on with the clock
 * @expect $seen = 'waited true'
 */
$a = call nanoflow Script.Item (Script = 'globalThis.said = ""; (async () => { await new Promise((ok) => setTimeout(ok, 86400000)); said = "waited"; })(); return "";');
advance clock 1 days;
$seen = call nanoflow Script.Item (Script = 'return said + " " + (said !== "");');
/
/** @test a mock answers for a flow that a script calls (test E43)
 * @mock nanoflow Script.Sum (a = 3) returns 7.25
 * @expect $sum = '7.25'
 * @expect-call Script.Sum 1 times
 */
$sum = call nanoflow Script.CallsSum (Script = '({a: 3, b: "x"})');
END
exits 0 test timers.test.mdl --app "$APP"
has out '5 passed'

scenario "J25: what goes on without an end is left after a while"
SECONDS=0
returns 1 Script.Item --arg 'Script=setInterval(() => {}, 1000); return 1;' --now "$NOW"
[ "$SECONDS" -lt 20 ] || fail "the clock was waited for"
