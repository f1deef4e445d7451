# activities §15: the walk-throughs W3, W7, W8, W10, W11 and W16.
# answers TEXT…: mocks of this scenario.
answers() { printf '%s\n' "$@" >mocks; }
# types EXPECTED: the activities of a trace in their order, and what they tell.
types() {
    grep -oE '"(type":"Microflows\$[A-Za-z]+|event":"(objectsChanged|objectsDeleted|closePage|showPage))"' trace |
        sed -E 's/.*[:$]"?([A-Za-z]+)"$/\1/' | tr '\n' ' ' >types
    [ "$(cat types)" = "$1 " ] || { cp trace out; fail "the order is $(cat types)"; }
}
note='microflow Walk.Note (Sample = any, Key = any) returns true'
tidy='microflow Walk.Tidy (Used = any, Unused = any) returns '"'tidied'"

scenario "activities 16.2 T38, 16.12 T237"
exits 0 run "$APP" Walk.Names --json --trace=trace
grep -oE '"state":"[a-z]+"|"Text":"[^"]*"' out | tr '\n' ' ' >names
[ "$(cat names)" = '"state":"new" "Text":"Name 1" "state":"new" "Text":"Name 2" ' ] ||
    fail "the names are $(cat names)"
round='objectsChanged CreateChangeAction ChangeListAction ChangeVariableAction'
types "CreateVariableAction CreateListAction LoopedActivity $round $round"
# An event writes ids as the result does.
for id in $(grep -oE '"id":"[0-9]+"' out | cut -d: -f2); do
    has trace "\"ids\":[$id]"
done

scenario "activities 16.2 T39, 16.12 T238"
for text in 'no braces' '}} {{' ''; do # only the first turn, or none
    exits 0 run "$APP" Walk.Find --arg "Text=$text" --arg 'Blanks=[]' \
        --arg 'Samples=[{}]' --json --trace=trace
    has out '"value":[]'
    hasnt trace MicroflowCallAction
done

scenario "activities 16.7 T144, 16.12 T241"
# One call per key found, one more for each of the two samples, one at the end.
calls() {
    local count
    count=$(grep -c 'MicroflowCallAction' trace || true)
    [ "$count" -eq "$1" ] || { cp trace out; fail "$count calls of microflows"; }
}
key() { echo "microflow Walk.KeyOf (Text = '$1') returns '$1'"; }
answers "$(key a)" "$(key b)" "$note" "$tidy"
returns '[ab] [c] tidied' Walk.ChecksNew --arg 'Opening=Dear {{a}},' \
    --arg 'Closing={{a}} and {{b}}' --mock mocks --trace=trace
calls 10
[ ! -s err ] || fail "a mock was not used"
# Found twice, added once (L10).
answers "$(key a)" "$(key b)" "$note" "$tidy"
returns '[ba] [c] tidied' Walk.ChecksNew --arg 'Opening={{b}}{{b}}' \
    --arg 'Closing={{a}} {{' --mock mocks --trace=trace
calls 10
# All of them: nothing is left, nothing is asked.
answers "$(key a)" "$(key b)" "$(key c)" "$note"
returns '[cab] []' Walk.ChecksNew --arg 'Opening={{c}} {{a}} {{b}}' \
    --arg 'Closing={{a}} {{b}} {{c}}' --mock mocks --trace=trace
calls 18
# A tenth call is not answered: the flow ends with it.
answers "$(key a)" "$(key b)" "$note"
breaks network_error Walk.ChecksNew --arg 'Opening={{a}}' --arg 'Closing={{b}}' \
    --mock mocks

scenario "activities 16.5 T108, 16.12 T240"
on_device <<"END"
{"entity": "T.Order", "id": "o", "Title": "o"}
{"entity": "T.Order", "id": "bare", "Title": "bare"}
{"entity": "T.Item", "id": "11", "Name": "1", "T.Item_Order": "o"}
{"entity": "T.Item", "id": "12", "Name": "2", "T.Item_Order": "o"}
{"entity": "T.Item", "id": "13", "Name": "3"}
END
answers 'microflow Walk.AfterDelete returns empty' \
    "javascript action Walk.Refresh (Entity = 'T.Item') returns true"
rest='DeleteAction MicroflowCallAction JavaScriptActionCallAction closePage CloseFormAction'
returns 'left 0' Walk.DeletesItems --arg Order=bare --mock mocks \
    "${DEVICE[@]}" --trace=trace
types "RetrieveAction $rest"
has trace 'Nothing to delete'
returns 'left 0' Walk.DeletesItems --arg Order=o --mock mocks \
    "${DEVICE[@]}" --trace=trace
types "RetrieveAction objectsDeleted $rest"
has trace '"event":"objectsDeleted","entity":"T.Item","ids":["11","12"]'
hasnt trace 'Nothing to delete'
exits 0 query "$APP" T.Item '' "${DEVICE[@]}"
lines out 1
has out '"Name":"3"'

scenario "activities 16.6 T121, 16.12 T246"
on_device <<"END"
{"entity": "Walk.Meal", "id": "m1", "Title": "Meal 1"}
{"entity": "Walk.Meal", "id": "m2", "Title": "Meal 2"}
{"entity": "Walk.Meal", "id": "m3", "Title": "eaten", "Eaten": true}
END
# The flow marks the first one without a commit: it still counts (R12).
returns 2 Walk.AddsMeal --arg Meal=m1 "${DEVICE[@]}" --trace=trace
types 'ChangeAction RetrieveAction AggregateAction objectsChanged CreateChangeAction showPage ShowFormAction'
has trace '"event":"showPage","page":"Walk.Meals"'
exits 0 query "$APP" Walk.Meal '[not(Eaten)]' "${DEVICE[@]}"
lines out 3
has out '"Title":"Meal 3"'

scenario "activities 16.8 T156, 16.12 T233"
visit='{"Name": "anna", "Word": "secret", "Note": "old"}'
enters() { # enters CODE RESULT FEEDBACKS
    answers "javascript action Walk.Enter (Name = 'anna') returns $1"
    returns "$2" Walk.Enters --arg "Visit=$visit" --mock mocks --trace=trace
    sed -nE '/"event":"validationFeedback"/s/.*("member":"[A-Za-z]+","text":"[^"]*").*/\1/p' \
        trace | tr '\n' ' ' >told
    [ "$(cat told)" = "$3" ] || { cp trace out; fail "the feedback is $(cat told)"; }
}
both='"member":"Name","text":"" "member":"Word","text":"" '
enters 200 '[] secret' ''
enters 401 '[incorrect] ' "$both"
enters 0 '[no connection] secret' "$both"
enters 500 '[unknown] secret' "$both"
# Without an object its name is empty, and there is none to change.
answers 'javascript action Walk.Enter (Name = empty) returns 401'
breaks empty_object Walk.Enters --arg Visit=empty --mock mocks
