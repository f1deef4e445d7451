# activities 16.9: values between nanoflows and JavaScript actions.
command -v "$(dirname "$NANOFLOW")/nanoflow-javascript" >/dev/null ||
    { echo "skipped: built without JavaScript"; exit 77; }
# gives RESULT FLOW SCRIPT: what the script resolves, as the flow's result.
gives() { returns "$1" "$2" --arg "Script=$3"; }
# refuses KIND FLOW SCRIPT
refuses() {
    local kind=$1 flow=$2 script=$3
    shift 3
    breaks "$kind" "$flow" --arg "Script=$script" "$@"
}

scenario "activities 16.9 T157"
returns 'a-b' Js.Swapped

scenario "activities 16.9 T158, T159"
u='undefined undefined'
returns "$u, $u, $u, $u, boolean false, $u, $u, $u, array of 0, true, 9" Js.None

scenario "activities 16.9 T160, T161, T167"
returns 'string text, Big 3, Big 1.5, Date 2026-03-04T05:06:07.000Z, boolean true, string A, T.Item, T.Item, array of 1, true, 9' Js.Full

scenario "activities 16.9 T162"
returns 1 Js.KeepsList

scenario "activities 16.9 T163"
gives 5 Js.AsWhole 5
gives 5 Js.AsWhole 'new Big(5)'
gives 5 Js.AsWhole '"5"'
gives 5 Js.AsWhole 5n
gives 9007199254740993 Js.AsWhole 'new Big("9007199254740993")'
refuses js_bad_result Js.AsWhole 5.5
refuses js_bad_result Js.AsWhole false
refuses js_bad_result Js.AsWhole NaN
refuses js_bad_result Js.AsWhole '"5 "'
exits 0 run "$APP" Js.TryWhole --arg Script=5.5
grep -q 'a number, "5.5", where Integer is expected' out ||
    fail "the handler sees another text"

scenario "activities 16.9 T164"
gives 5 Js.AsText 5
gives false Js.AsText false
gives 1.50000000000000000001 Js.AsText 'new Big("1.50000000000000000001")'
gives empty Js.TryText undefined
refuses js_bad_result Js.AsText '({})'
refuses js_bad_result Js.AsText '(() => 1)'
gives 'ünï 😀' Js.AsText '"ünï \u{1F600}"'

scenario "activities 12.3: decimals, dates, booleans, enumerations, lists"
gives 0.3 Js.AsNumber '"0.30"'
gives 12345678901234567890.5 Js.AsNumber 'new Big("12345678901234567890.5")'
gives 0.1 Js.AsNumber 0.1
refuses js_bad_result Js.AsNumber Infinity
gives 2026-03-04T05:06:07.000Z Js.AsMoment 'new Date(Item.get("Due"))'
gives 1970-01-01T00:00:00.001Z Js.AsMoment 1
refuses js_bad_result Js.AsMoment 'new Date("no date")'
gives true Js.AsTruth true
refuses js_bad_result Js.AsTruth 1
gives A Js.AsLetter '"A"'
gives B Js.AsLetter '"T.Kind.B"'
refuses js_bad_result Js.AsLetter '"D"'
gives 2 Js.AsThings '[Item, null, Item, undefined]'
gives 0 Js.AsThings '[]'
refuses js_bad_result Js.AsThings '[Form]'
refuses js_bad_result Js.AsThings Item
exits 0 run "$APP" Js.AsNothing --arg 'Script=({})'

scenario "activities 16.9 T165"
gives form Js.AsSpecial Form
gives none Js.AsSpecial null
refuses js_bad_result Js.AsSpecial Item
special='const s = await new Promise((callback, error) => mx.data.create({entity: "T.Special", callback, error})); s.set("Text", "special"); return s;'
gives special Js.AsSpecial "$special"

scenario "activities 16.9 T166"
create='const o = await new Promise((callback, error) => mx.data.create({entity: Entity, callback, error})); return o;'
gives 'true 1' Js.MakeItem "$create"
gives 'true empty' Js.MakeForm "$create"

scenario "activities 16.9 T168"
refuses js_timeout Js.AsText 'new Promise(() => {})'
has out never

scenario "activities 16.9 T172"
gives elsewhere Js.AsDevice web
refuses js_exception Js.AsDevice device
has out 'the module \"react-native\" is not available'

scenario "activities 16.9 T173"
refuses js_unavailable Js.AsBroken x
has out 'typed.js:1'
exits 0 run "$APP" Js.TryBroken --arg Script=x
grep -q 'JavaScript action "Js.Broken" can.t run here' out ||
    fail "the handler sees another text"

scenario "activities 16.9 T174"
NANOFLOW_JAVASCRIPT=none refuses js_unavailable Js.AsText 1
has out 'Js.Text'
has out 'nanoflow-javascript is not installed'

scenario "activities J20: what is thrown"
refuses js_exception Js.AsText 'throw new Error("boom");'
has out '"message":"boom"'
gives boom Js.TryText 'throw new Error("boom");'
gives plain Js.TryText 'throw "plain";'
gives 'JavaScript action Js.Text failed' Js.TryText 'throw undefined;'
gives 7 Js.TryText 'throw 7;'
gives own Js.TryText 'throw {message: "own"};'

scenario "activities 16.9 T181"
gives 'four,4' Js.AsText 'Item.set("Name", "four"); Item.set("Qty", "4"); return [Item.get("Name"), Item.get("Qty")].join();'
gives '4.25' Js.AsText 'Item.set("Price", 4.25); return Item.get("Price").toFixed();'
gives '' Js.AsText 'Item.set("Name", ""); return Item.get("Name");'
gives refused Js.AsText 'try { Item.set("Kind", "Z"); } catch (e) { return e instanceof Error ? "refused" : "no error"; }'
gives true Js.AsTruth 'Item.set("T.Item_Self", Item); return Item.get("T.Item_Self") === Item.getGuid();'
gives true Js.AsTruth 'Item.set("T.Item_Self", Item.getGuid()); Item.set("T.Item_Self", null); return Item.get("T.Item_Self") === "";'
refuses js_exception Js.AsText 'Item.set("Nothing", 1);'
has out 'has no attribute or association'

scenario "activities 16.9 T182"
empty='Item.set("Name", null); Item.set("Qty", null); Item.set("Price", null); Item.set("Due", null); Item.set("Kind", null);'
gives '"","","","","",""' Js.AsText "$empty return JSON.stringify([\"Name\", \"Qty\", \"Price\", \"Due\", \"Kind\", \"T.Item_Order\"].map((n) => Item.get(n))).slice(1, -1);"
gives 'number 1772600767000' Js.AsText 'typeof Item.get("Due") + " " + Item.get("Due")'
gives '[]' Js.AsText 'JSON.stringify(Item.get("T.Item_Tags"))'

scenario "activities 12.4: members of objects"
gives 'T.Item,true,false' Js.AsText '[Item.getEntity(), Item.isA("T.Item"), Item.inheritsFrom("T.Form")].join()'
gives 'Name,Qty,Price,Due,Done,Kind,T.Item_Order,T.Item_Self,T.Item_Tags' Js.AsText 'Item.getAttributes().join()'
gives 'true,true,true,true,true,true,false' Js.AsText '[Item.isNumeric("Qty"), Item.isDate("Due"), Item.isBoolean("Done"), Item.isEnum("Kind"), Item.isObjectReference("T.Item_Order"), Item.isObjectReferenceSet("T.Item_Tags"), Item.has("No")].join()'
gives 'A,B,C' Js.AsText 'Item.getOptions("Kind").join()'
gives 'T.Order' Js.AsText 'Item.getSelectorEntity("T.Item_Order")'
gives 'true,T.Item' Js.AsText '[Item.hasChanges(), Item.metadata.name].join()'

scenario "activities J19: the sandbox"
gives 'undefined,undefined,undefined' Js.AsText '[typeof document, typeof process, typeof require].join()'
refuses js_exception Js.AsText 'fetch("http://localhost/")'
gives 'undefined' Js.AsText 'typeof ask + ""'

scenario "activities J21: loops without an end"
refuses js_timeout Js.AsText 'for (;;);' --limit javascript=300
refuses js_timeout Js.AsText 'for (;;) await null;' --limit javascript=300
refuses js_timeout Js.AsText '/(a+)+$/.test("a".repeat(200) + "b")' --limit javascript=300
refuses js_timeout Js.AsText 'const again = () => setTimeout(again, 1000); again(); await new Promise(() => {});' --now "$NOW"

scenario "activities J21: memory that grows without an end"
refuses js_exception Js.AsText 'const all = []; for (;;) all.push(new Array(1e5).fill(0).map(() => ({})));' --limit javascript-memory=300
has out JS_MEMORY
