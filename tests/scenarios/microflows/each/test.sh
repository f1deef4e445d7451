# activities 1.1: every activity that docs/activities.md grants to microflows is
# executed on the server: those that are built in by Each.All, those of the host
# by Out.All (../outside).
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
cat >mocks <<"END"
java action Each.Shout (Text = 'word') returns 'WORD'
rest GET 'https://each.example/' returns 'body'
END

scenario "activities 1.1 each once"
exits 0 run "$APP" Each.All "${ON_SERVER[@]}" --mock mocks --trace=built-in
[ "$(head -n 1 out)" = '2 1 WORD body one' ] || fail "Each.All answers $(head -n 1 out)"
exits 0 run "$APP" Out.All "${ON_SERVER[@]}" --trace=of-hosts
sed -n 's/.*"event":"activity".*"type":"\([^"]*\)".*/\1/p' built-in of-hosts | sort -u >executed
sed -n 's/^|[^|]*| `\([^`]*\)` | [a-z]* | \(yes\|host\) |$/\1/p' \
    "$CASE/../../../../docs/activities.md" | sort -u >granted
[ -s granted ] || fail "no activity is granted"
comm -13 executed granted >missing
[ ! -s missing ] || fail "never executed: $(tr '\n' ' ' <missing)"
