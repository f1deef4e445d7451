# activities T18, T226; domain D55: what is particular to flows on the server.
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
on_server <<"END"
{"entity": "Sv.Item", "id": "i1", "Name": "Zebra"}
{"entity": "Sv.Item", "id": "i2", "Name": "Ärger"}
{"entity": "Sv.Item", "id": "i3", "Name": "arm"}
{"entity": "Sv.Item", "id": "i4", "Name": "zahm"}
{"entity": "Sv.Item", "id": "i5", "Name": "Öl"}
END

scenario "activities T226"
says 'Ärger;arm;Öl;zahm;Zebra;' Sv.Sorts --locale de_DE
# Swedish has these letters at the end.
says 'arm;zahm;Zebra;Ärger;Öl;' Sv.Sorts --locale sv_SE
says '2 2' Sv.Adds

scenario "activities T18"
says long Sv.Decides --arg Name=longer
says short Sv.Decides --arg Name=ab

scenario "domain D55 regular expressions are those of Java"
says stored Sv.Commits --arg Code=ab
says stored Sv.Commits --arg Code=abÄ
says 'No code' Sv.Commits --arg Code=ax
says 'No code' Sv.Commits --arg Code=abc
says 'No code' Sv.Commits --arg Code=abAA
