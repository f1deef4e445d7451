# design §5, Names.
exits 0 list "$APP" --type nanoflow
printf 'Main.Divide\nMain.Forever\nMain.Greet\nMain.Guarded\nMain.Old\texcluded\nMain.Titles\nMain.Values\n' >expected
cmp expected out || fail "the nanoflows differ"
exits 0 list "$APP" --type 'Microflows$Nanoflow'
cmp expected out || fail "the nanoflows differ by their stored type"
exits 0 list "$APP"
has out "$(printf 'nanoflow\tMain.Greet')"
has out "$(printf 'entity\tMain.Item')"
has out "$(printf 'association\tMain.Item_Parent')"
has out "$(printf 'module\tMain')"
hasnt out System.
exits 0 list "$APP" --type entity --json
has out '"name":"Main.Filter"'
exits 0 list "$APP" --type entity --module Main
lines out 2
exits 2 list "$APP" --type nonsense
exits 2 list "$APP" --module Nowhere
# An excluded flow is listed and described, but does not run.
exits 2 run "$APP" Main.Old
has err excluded
exits 0 describe "$APP" Main.Old
exits 0 list "$APP" --type nanoflow --json --module Main
has out '"name":"Main.Old",'
has out '"excluded":true'
