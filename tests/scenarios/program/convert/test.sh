# An app written as XML is the same app.
exits 0 convert "$APP" copy.xml
exits 0 list "$APP"
cp out before
exits 0 list copy.xml
cmp before out || fail "the documents differ"
exits 0 run copy.xml Main.Greet --arg Name=you
[ "$(cat out)" = "Hello, you" ] || fail "the flow differs"
exits 2 convert "$APP" copy.odd
