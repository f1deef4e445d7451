# activities §5.2, §11.4: what errors in microflows undo, in rows and in memory.
. "$CASE/../told.sh"
# undoes ANSWER STORED FLOW ARGUMENTS…: on a server with one object.
undoes() {
    local answer=$1 stored=$2
    shift 2
    rm -rf server.db*
    on_server <<<'{"entity": "Un.Thing", "id": "o", "Name": "stored"}'
    says "$answer" "$@"
    exits 0 query "$APP" Un.Thing '' --on server --server-db server.db
    names=$(grep -o '"Name":"[^"]*"' out | cut -d'"' -f4 | sort | tr '\n' ' ')
    [ "$names" = "$stored" ] || fail "stored: $names, expected: $stored"
}
scenario "activities X19, X24, M19: what the call did goes; variables, and what was before, stay"
undoes '2 1 changed changed' 'stored t ' Un.Keeps
scenario "activities X20"
undoes '2 1 changed changed empty' 'stored t ' Un.GoesOn
scenario "activities X18, X24, M19; domain D72: all since the outermost start, objects in memory too"
# shellcheck disable=SC2016
undoes 'stored given 2 2 c' 'c stored ' Un.Undoes --arg S=o --arg 'F={"$entity":"Un.Draft","Text":"given"}'
scenario "activities X17, X18: through a flow with default handling"
undoes 'Division by zero' 'last stored ' Un.Chain
scenario "activities X21: the caller undoes all, or goes on"
undoes 'Division by zero nanoflow.expression_error' 'stored ' Un.MeetsRaised
undoes false 'kept stored ' Un.RaisedAndContinued
scenario "activities X15: Continue is for calls and loops"
exits 1 run "$APP" Un.NotContinued "${ON_SERVER[@]}" --json
has out '"code":"expression_error"'
scenario "activities F35, X19: a loop that is given up is undone whole"
undoes 'a;b;c;' 'a b c stored ' Un.LoopBreaks
scenario "activities X9, X22: errors are those of the invocation"
undoes 'Division by zero true' 'stored ' Un.OwnErrors
scenario "activities M7, X19"
undoes 'trueA name, please' 'stored ' Un.HalfCommits
scenario "activities C6: lists are shared"
undoes 1 'stored ' Un.Shares
scenario "activities M7, X19: one of many that the database itself refuses"
undoes false 'kept m0 m1 m2 m3 m4 m5 stored ' Un.CommitsMany
if on_postgres; then
    server_sql server.db "DELETE FROM \"Un.Thing\"; ALTER TABLE \"Un.Thing\" ADD CHECK (\"Name\" <> 'm4')"
    says true Un.CommitsMany
    exits 0 query "$APP" Un.Thing '' --on server --server-db server.db
    lines out 1
    has out '"Name":"kept"'
fi
