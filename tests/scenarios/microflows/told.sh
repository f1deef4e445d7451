# Words for the scenarios whose module has a microflow that calls all others and
# logs what each answers: a process each would take longer than what they do.
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)

# logs FLOW ARGUMENTS…: runs it; what was logged must be what is on standard
# input, but for lines that begin with #.
logs() {
    grep -v '^#' >expected
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}" --json
    { grep -o '"text":"[^"]*"' out || true; } | cut -d'"' -f4 >logged
    diff expected logged >&2 || fail "$1 logs something else"
}
says() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
count() { # ENTITY CONSTRAINT NUMBER
    exits 0 query "$APP" "$1" "$2" --on server --server-db server.db
    lines out "$3"
}
