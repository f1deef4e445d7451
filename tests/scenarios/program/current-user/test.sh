# expressions S43: $currentUser is not the client's, unless one asks for it.
exits 1 check "$APP"
grep -q '^error: Me.Name, .*Variable $currentUser is not available in nanoflows (E-NAME' out ||
    fail "check says nothing"
exits 1 run "$APP" Me.Name
grep -q 'not available in nanoflows' err || fail "it runs"
exits 0 run "$APP" Me.Name --current-user "${SERVER[@]}" --user anna "${DEVICE[@]}"
[ "$(cat out)" = anna ] || fail "another user"
scenario "over HTTP, as soon as the user has signed in"
serve
exits 0 run "$APP" Me.Name --current-user "${SERVER[@]}" --user anna --db far.db
[ "$(cat out)" = anna ] || fail "another user"
exits 0 run "$APP" Me.Name --current-user "${SERVER[@]}" --user anna --db far.db "${LATER[@]}"
[ "$(cat out)" = anna ] || fail "the next session does not know"
