# activities 16.2: loops.
scenario "activities 16.2 T22; F34"
returns a0b1c2 Loops.Index

scenario "activities 16.2 T23; F34"
returns 'behind 0' Loops.None --arg P=empty

scenario "activities 16.2 T24"
returns '3 0' Loops.Removes

scenario "activities 16.2 T25"
returns '2 abnn' Loops.Adds

scenario "activities 16.2 T26"
returns 012 Loops.While

scenario "activities 16.2 T27"
returns none Loops.Never

scenario "activities 16.2 T28"
echo "javascript action Loops.Maybe returns empty" >mocks
breaks empty_condition Loops.EmptyCondition --mock mocks
hasnt out turn

scenario "activities 16.2 T29"
returns a0bc2 Loops.Continue

scenario "activities 16.2 T30"
returns 'aa a. ba b. ca c. ' Loops.Break

scenario "activities 16.2 T31"
exits 0 run "$APP" Loops.Indexes --json
grep -oE '(outer|inner|again) [0-9]' out | tr '\n' ' ' >order
[ "$(cat order)" = "outer 0 inner 0 inner 1 again 0 outer 1 inner 0 inner 1 again 1 " ] ||
    fail "the indexes are $(cat order)"

scenario "activities 16.2 T32"
returns n=4 Loops.Outside

scenario "activities 16.2 T33"
breaks unset_variable Loops.UnsetFails
returns 'first unset' Loops.Unset

scenario "activities 16.2 T34"
returns n=12 Loops.OpenEnds

scenario "activities 16.2 T35"
breaks expression_error Loops.FailsInside "${DEVICE[@]}"
has out '"detail":"E-DIV0"'
exits 0 query "$APP" T.Item '' --db device.db
lines out 1
has out '"Name":"a","Qty":10'

scenario "activities 16.2 T36"
returns 'a!c' Loops.HandledInside

scenario "activities 16.2 T37"
returns a12b12 Loops.StartLast
