# activities 16.11: errors in microflows and what they undo.
SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
# stored NAMES: runs a microflow against an empty database and looks.
stored() {
    local expected=$1 code=$2
    shift 2
    rm -rf server.db*
    exits "$code" run "$APP" "$@" "${SERVER[@]}" --json
    cp out answer
    exits 0 data export "$APP" server --on server --server-db server.db
    names=$(sed -n 's/.*"Name":"\([^"]*\)".*/\1/p' server | tr '\n' ' ')
    cp answer out
    [ "$names" = "$expected" ] || fail "stored: $names, expected: $expected"
}

scenario "activities 16.11 T210, M18"
stored '' 1 Mf.AllRolledBack
has out 'Division by zero'
has out '"document":"Mf.Fails"'

scenario "activities 16.11 T211"
stored 'c ' 0 Mf.CallsCustom
has out '"text":"handled"'

scenario "activities 16.11 T212"
stored 'a b c ' 0 Mf.CallsKeeping

scenario "activities 16.11 T213"
stored '' 1 Mf.CallsRaising
has out '"message":"Division by zero"'

scenario "activities 16.11 T214"
stored 'a h ' 0 Mf.KeepsOwn
has out '"value":"Division by zero"'

scenario "activities 16.11 T215"
stored 'a ' 0 Mf.GoesOn
has out '"value":"empty"'
hasnt out unhandledError

scenario "activities 16.11 T216"
# The objects of the second round are as they were before it, in memory too.
stored 'o1! o2 o3! of o1 of o3 ' 0 Mf.Rounds
has out '"value":"o1!;o2;o3!;"'

scenario "activities 16.11 T217"
stored '' 1 Mf.T217
has out '"code":"deleted_object"'

scenario "activities 16.11 T218"
stored '' 0 Mf.Tells
has out '"value":"nanoflow.expression_error: Division by zero"'
has out '"text":"Mf.Inner, '
has out '\nMf.Tells, '
stored '' 0 Mf.NoErrorYet
has out '"value":true'

scenario "activities 16.11 T228"
stored '' 0 Mf.AsksJava
has out '"value":"handled nanoflow.unsupported_activity"'
echo "java action Mf.Unknown (text = 'a') returns 'answered'" >mocks
stored '' 0 Mf.AsksJava --mock mocks
has out '"value":"answered"'

scenario "activities C21"
stored '' 0 Mf.Verifies
has out '"value":"truefalsefalse"'

scenario "activities F1"
# A microflow runs on the server, a nanoflow on the device.
exits 2 run "$APP" Mf.GoesOn
has err 'use --on server'
