# activities §11.1 … §11.4: contexts, transactions, uploads of a request.
. "$CASE/../told.sh"
asks() { # TEXT FLOW ARGUMENTS…: what a phone of Anna is answered
    returns "$@" --user anna "${SERVER[@]}" "${LATER[@]}"
}
traces() { # what handlers said, in the order in which they said it
    exits 0 query "$APP" Cx.Trace '' --on server --server-db server.db
    { grep -o '"What":"[^"]*"' out || true; } | cut -d'"' -f4 | paste -sd , >told
    [ "$(cat told)" = "$1" ] || fail "traces: $(cat told), expected: $1"
}

scenario "activities M1: the user and the access of a call, for each flow its own"
on_server <<"END"
{"entity": "Cx.Item", "id": "seen", "Name": "seen", "Count": 1}
{"entity": "Cx.Item", "id": "unseen", "Name": "unseen", "Count": 100}
{"entity": "Cx.Item", "id": "counter", "Name": "counter", "Count": 0}
END
asks 'anna 3, anna 2, 3' Cx.AsksSees

scenario "activities M18: one transaction, to the end of the outermost microflow"
asks undone Cx.AsksMakes --arg Fail=true
count Cx.Item "[Name = 'outer' or Name = 'inner']" 0
traces ''
asks 'made 2' Cx.AsksMakes --arg Fail=false
count Cx.Item "[Name = 'outer' or Name = 'inner']" 2
traces 'before outer beside 3,after outer stored,before inner beside 4,after inner stored'

scenario "activities M13: who was only referred to stays, when a nanoflow calls"
asks 1 Cx.AsksRefers
count Cx.Part "[Name = 'along']" 1

scenario "activities M20: an upload runs the handlers of each object; one that is refused takes along what its handlers did"
rm -rf server.db* device.db*
on_server </dev/null
exits 0 run "$APP" Cx.Sends --user anna "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}"
has err '1 rejected'
count Cx.Item '' 2
traces 'before a beside 0,after a stored,before c beside 1,after c stored'

scenario "activities M3: who calls at the same time waits, and is not told that somebody else does"
rm -rf server.db*
on_server <<"END"
{"entity": "Cx.Item", "id": "counter", "Name": "counter", "Count": 0}
END
calls=()
for n in 1 2 3 4; do
    "$NANOFLOW" run "$APP" Cx.AsksCounts --user anna "${SERVER[@]}" "${LATER[@]}" \
        --device "phone$n" --now "$NOW" --seed "$n" >"answer$n" 2>&1 &
    calls+=($!)
done
for n in "${!calls[@]}"; do
    wait "${calls[$n]}" || fail "$(cat "answer$((n + 1))")"
done
[ "$(cat answer[1-4] | grep -x '[0-9]' | sort | tr -d '\n')" = 1234 ] ||
    fail "counted: $(cat answer[1-4])"
count Cx.Item "[Count = 4]" 1
says '3 2 1 0' Cx.CountsDown --arg N=3
