# activities 16.11: commits, creations, deletions and rollbacks with handlers.
SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
act() { # CODE FLOW ARGUMENTS…
    local code=$1
    shift
    exits "$code" run "$APP" "$@" "${SERVER[@]}" --json
    { grep -o '"text":"[^"]*"' out || true; } | cut -d'"' -f4 |
        tr '\n' ',' >told
}
told() { [ "$(cat told)" = "$1" ] || fail "told: $(cat told), expected: $1"; }
count() { # ENTITY NUMBER
    exits 0 query "$APP" "$1" '' --on server --server-db server.db
    lines out "$2"
}

scenario "activities 16.11 T219"
act 0 Ev.CommitsStrict
has out '"value":"handled: nanoflow.validation_failed"'
act 1 Ev.CommitsStrictBare
has out '"code":"validation_failed"'
count Ev.Strict 0
act 0 Ev.CommitsLax
has out '"value":"true"'
count Ev.Lax 0

scenario "activities 16.11 T220"
act 0 Ev.CommitsList
told 'creating,created ,creating,created ,before n1,before n2,after n1,after n2,'
count Ev.Note 2

scenario "activities 16.11 T221"
act 0 Ev.CommitsReferring
told 'creating,created ,'
has out '"value":"false"'
count Ev.Note 3

scenario "activities 16.11 T222"
act 0 Ev.WithoutEvents
told 'creating,created ,'
exits 0 query "$APP" Ev.Note "[Name = 'quieter']" --on server --server-db server.db
lines out 1

scenario "activities 16.11 T223"
act 0 Ev.Creates
told 'creating,created ,then set,'

scenario "activities 16.11 T224"
on_server <<"END"
{"entity": "Ev.Top", "id": "top", "Name": "top"}
{"entity": "Ev.Note", "id": "under", "Name": "under", "Ev.Note_Top": "top"}
{"entity": "Ev.Guarded", "id": "guarded", "Name": "guarded"}
{"entity": "Ev.Guard", "id": "guard", "Name": "guard", "Ev.Guard_Guarded": "guarded"}
{"entity": "Ev.Strict", "id": "s", "Name": "s"}
END
act 0 Ev.DeletesTop --arg Top=top
told 'deleting under,deleted,'
exits 0 query "$APP" Ev.Note "[Name = 'under']" --on server --server-db server.db
lines out 0
count Ev.Top 0
act 0 Ev.DeletesKept --arg Top=guarded
has out Ev.Guard_Guarded
count Ev.Guarded 1

scenario "activities 16.11 T229"
act 0 Ev.RollsBack --arg S=s
told 'rollback,'
has out '"value":"kept changed"'

scenario "activities M7; domain-model D57"
act 0 Ev.Violates
has out '"value":"nanoflow.validation_failed: A name is needed"'
count Ev.Ruled 0

scenario "activities M8, V7"
act 0 Ev.Stamps
has out '"value":"7 2026-03-18 true MxAdmin"'
