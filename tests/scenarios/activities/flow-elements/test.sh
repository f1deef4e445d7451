# activities 16.1: flow elements.
scenario "activities 16.1 T1"
exits 0 run "$APP" Elements.Nothing --json --trace=trace
has out '"result":null'
lines trace 2
has trace '"event":"flowEnter"'
has trace '"event":"flowLeave"'

scenario "activities 16.1 T2"
returns ab Elements.Text

scenario "activities 16.1 T3"
exits 0 run "$APP" Elements.Empty --json
has out '"value":null},"events":[],"error":null'

scenario "activities 16.1 T4"
breaks type_mismatch Elements.Wrong

scenario "activities 16.1 T5"
returns 'yes!' Elements.Branches --arg Flag=true
returns 'no!' Elements.Branches --arg Flag=false

scenario "activities 16.1 T6"
# The older form: one part instead of a list, in models before 10.15.
mkdir older
cp -R "$(dirname "$APP")/." older
sed -i 's/mendix="[^"]*"/mendix="10.6.0"/' older/model.xml
exits 0 convert older/model.xml older/written.xml
has older/written.xml '<NewCaseValue'
for app in "$APP" older/model.xml; do
    APP=$app returns done Elements.ByAttribute --arg Flag=true
    APP=$app returns open Elements.ByAttribute --arg Flag=false
done

scenario "activities 16.1 T7; expressions S8"
returns b Elements.Kinds --arg Kind=B
returns none Elements.Kinds --arg Kind=empty

scenario "activities 16.1 T8"
breaks no_case Elements.NoC --arg Kind=C
has out '\"C\"'
returns b Elements.NoC --arg Kind=B

scenario "activities 16.1 T9"
echo "javascript action Elements.Maybe returns empty" >mocks
breaks empty_condition Elements.Undefined --mock mocks

scenario "activities 16.1 T10"
returns 'a or b' Elements.AOrB --arg Kind=B
returns 'a or b' Elements.AOrB --arg Kind=A
returns c Elements.AOrB --arg Kind=C

scenario "activities 16.1 T11; V5"
returns '3 item 2' Elements.ByHand

scenario "activities 16.1 T12"
breaks budget_exceeded Elements.Endless --limit steps=1000

scenario "activities 16.1 T13"
returns normal Elements.Island

scenario "activities 16.1 T14"
returns skipped Elements.Disabled

scenario "activities 16.1 T15"
exits 1 run "$APP" Elements.ReadsDisabled
has err '$X'

scenario "activities 16.1 T16"
exits 0 run "$APP" Elements.Dangling "${DEVICE[@]}" --json
has out '"result":{"type":"String","value":null}'
has out '"level":"Warning","node":"Interpreter","text":"The path ends without an end event (dangling_path)","flow":"Elements.Dangling"'
exits 0 query "$APP" T.Item "[Name = 'left']" --db device.db
lines out 1
exits 1 check "$APP"
grep -F 'error: Elements.Dangling' out | grep -qF dangling_path ||
    fail "check does not report the path"

scenario "activities 16.1 T17"
breaks excluded_document Elements.CallsOld

# The element works in nanoflows too (activities F24).
scenario "activities 16.1 T19"
returns form Elements.ByType --arg 'Form={"$entity": "T.Special"}'

scenario "activities 16.1 T20"
returns empty Elements.ByType --arg Form=empty

scenario "activities 16.1 T21"
returns 'x2 true' Elements.Cast
