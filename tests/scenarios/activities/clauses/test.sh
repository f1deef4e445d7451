# Clauses of activities that no scenario of §16 has.
cat >mocks <<"END"
javascript action Clauses.Count returns 7
microflow Clauses.There returns 'm'
END
on_both <<"END"
{"entity": "T.Order", "id": "o", "Title": "o"}
{"entity": "T.Item", "id": "a", "Name": "a", "Qty": 1, "T.Item_Order": "o"}
{"entity": "T.Item", "id": "b", "Name": "b", "Qty": 2}
{"entity": "T.Item", "id": "c", "Name": "c", "Qty": 3}
END
# What one device answers is in clauses.test.mdl, a test for each.
exits 0 test "$CASE/clauses.test.mdl" --app "$APP" --now "$NOW"

# tells FLOW ARGUMENTS…: the events of a flow that a host hears of, without ids and
# numbers, are those of standard input.
tells() {
    exits 0 run "$APP" "Clauses.$1" "${@:2}" "${DEVICE[@]}" --trace=trace
    grep -vE '"event":"(activity|flowEnter|flowLeave)"' trace |
        sed -E 's/"event":"([A-Za-z]*)",?/\1 /; s/,"seq":[0-9]+//; s/"[0-9]{10,}"/ID/g' >told
    diff told - >differs || { cp differs out; fail "$1 tells something else"; }
}
exits 1 check "$APP"
has out '"Clauses.Defaults" has no parameter "Clauses.Defaults.Third"; the argument is ignored'

scenario "activities U3"
tells OtherLanguages <<"END"
{showMessage "type":"Information","text":"Hallo","blocking":true}
{showMessage "type":"Information","text":"","blocking":true}
END

scenario "activities U3, U6, U15"
tells Speaks --arg Item=a --locale nl_NL <<"END"
{showMessage "type":"Information","text":"Hallo a","blocking":true}
{showPage "page":"Clauses.Board","parameters":{},"title":"Bord","closePages":0}
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"Naam?"}
END
tells Speaks --arg Item=a --locale sv_SE <<"END"
{showMessage "type":"Information","text":"Hello a","blocking":true}
{showPage "page":"Clauses.Board","parameters":{},"title":"Board","closePages":0}
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"Name?"}
END

scenario "activities U1, U6 … U9"
tells OpensOlder --arg Item=a <<"END"
{showPage "page":"Clauses.Board","parameters":{"Item":ID},"title":"Older","closePages":0}
END
tells OpensNow --arg Item=a <<"END"
{showPage "page":"Clauses.Board","parameters":{"Order":ID,"All":[ID],"None":null,"Price":"1.5","When":"2026-01-01T00:00:00.000Z","Yes":true,"Kind":"A","Text":"x"},"closePages":2}
{log "level":"Info","node":"Nanoflow","text":"went on","flow":"Clauses.OpensNow","activity":"LogMessageAction"}
END

scenario "activities U15, U19"
tells Feedback --arg Item=b <<"END"
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"b is short"}
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"and bad"}
{membersChanged "object":ID,"entity":"T.Item","members":["Name"]}
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"still"}
{objectsChanged "entity":"T.Item","ids":[ID]}
{validationFeedback "object":ID,"entity":"T.Item","member":"Name","text":"no"}
{objectsChanged "entity":"T.Item","ids":[ID]}
END

scenario "activities U20, U21, U22"
tells LogsNode <<"END"
{log "level":"Warning","node":"Node","text":"a","flow":"Clauses.LogsNode","activity":"LogMessageAction"}
END
exits 0 run "$APP" Clauses.CallsLogsStack
diff err - <<"END" || fail "the stack differs"
log Error Nanoflow: nothing yet
log Error Nanoflow: failed\nDivision by zero\nClauses.Fails, CreateVariableAction\nClauses.LogsStack, NanoflowCallAction\nClauses.CallsLogsStack, NanoflowCallAction
END
exits 0 run "$APP" Clauses.LogsStackThere --on server --server-db server.db
diff err - <<"END" || fail "the stack of the microflow differs"
log Error Microflow: failed\nDivision by zero\nClauses.LogsStackThere, CreateVariableAction
END

scenario "activities X12, O12, O23"
tells HalfDone --arg Item=c <<"END"
{objectsChanged "entity":"T.Item","ids":[ID]}
{membersChanged "object":ID,"entity":"T.Item","members":["Name","Qty"]}
END

scenario "activities F33"
# Each activity that docs/activities.md grants to nanoflows, in both rounds.
exits 0 run "$APP" Clauses.Everything --arg 'Items=["a", "b"]' --mock mocks \
    --trace=trace --json "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}"
has out '"value":"xa10<0>m7 x.longer "'
sed -n 's/.*"event":"activity".*"type":"\([^"]*\)".*/\1/p' trace | sort | uniq -c |
    awk '$1 >= 2 { print $2 }' | sort >twice
sed -n 's/^|[^|]*| `\([^`]*\)` | yes | [a-z]* |$/\1/p' \
    "$CASE/../../../../docs/activities.md" | sort >granted
[ -s granted ] || fail "no activity is granted"
comm -13 twice granted >missing
[ ! -s missing ] || fail "not in both rounds: $(tr '\n' ' ' <missing)"

scenario "activities O50, H6"
tells DeletesAll --arg 'L=["c", "b", "c"]' <<"END"
{objectsDeleted "entity":"T.Item","ids":[ID,ID]}
END
