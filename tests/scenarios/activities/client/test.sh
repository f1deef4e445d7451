# activities 16.8: client activities and logging.
scenario "activities 16.8 T145"
exits 0 run "$APP" Client.Greets --arg Name=Ada --json
has out '{"event":"showMessage","type":"Warning","text":"Hello Ada","blocking":false},{"event":"log"'

scenario "activities 16.8 T146"
exits 0 run "$APP" Client.Translated --locale nl_NL --json
has out '"text":"Hallo"'
! grep -q "no texts" err || fail "a language of the app is warned of"
exits 0 run "$APP" Client.Translated --locale fr_FR --json
has err 'the app has no texts in fr_FR, only in its own languages: en_US is used'
has out '"text":"Hello"'

scenario "activities 16.8 T147; U23"
exits 0 run "$APP" Client.TwoPlaces --json
has out '"text":"[] {2} {1}"'

scenario "activities 16.8 T148"
exits 0 run "$APP" Client.Opens --json
grep -qE '"events":\[\{"event":"showPage","page":"Client.Home","parameters":\{"Item":"[0-9]+","Count":2\},"title":"About n","closePages":"all"\}\]' out ||
    fail "the page differs"

scenario "activities 16.8 T150"
exits 0 run "$APP" Client.Closes --json
has out '"events":[{"event":"closePage","count":1},{"event":"closePage","count":2},{"event":"closePage","count":"all"}]'

scenario "activities 16.8 T151"
on_device <<"END"
{"entity": "T.Item", "id": "77", "Name": "n"}
END
exits 0 run "$APP" Client.GivesFeedback --arg Item=77 "${DEVICE[@]}" --json
has out '"value":"went on"'
feedback='{"event":"validationFeedback","object":"77","entity":"T.Item","member":'
has out "$feedback\"Name\",\"text\":\"Name?\"},$feedback\"T.Item_Order\",\"text\":\"Order?\"},$feedback\"Qty\",\"text\":\"\"}]"

scenario "activities 16.8 T152"
breaks empty_object Client.GivesFeedback --arg Item=empty

scenario "activities 16.8 T153; U21, U24"
exits 0 run "$APP" Client.Logs --arg A=x --arg B=y
lines out 0
for level in Trace Debug Info Warning Error Critical; do
    has err "log $level Nanoflow: ${level,} x y"
done
lines err 6
exits 0 run "$APP" Client.Logs --arg A=x --arg B=y --log-level Warning
lines err 3
for level in Warning Error Critical; do
    has err "log $level Nanoflow: ${level,} x y"
done
exits 2 run "$APP" Client.Logs --arg A=x --arg B=y --log-level Fatal
# A log is a line, whatever its parameters hold.
exits 0 run "$APP" Client.Logs --arg A=$'\e[31mred' --arg B=$'two\nlines\u9b' --log-level Critical
lines err 1
has err 'log Critical Nanoflow: critical \x1b[31mred two\nlines\x9b'
exits 0 run "$APP" Client.Logs --arg A=x --arg B=y --quiet
lines err 0
# Parameters are evaluated whoever listens.
breaks expression_error Client.LogFails --quiet --log-level Warning

scenario "activities 16.8 T154; H6"
exits 0 run "$APP" Client.InTurn --trace=trace
[ "$(grep -oE '"event":"(showMessage|objectsChanged|closePage|flowLeave)"' trace | tr -d '\n')" = \
    '"event":"showMessage""event":"objectsChanged""event":"closePage""event":"flowLeave"' ] ||
    { cp trace out; fail "the order of events differs"; }

scenario "activities 16.8 T155"
returns done Client.InTurn --quiet
