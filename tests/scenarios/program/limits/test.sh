# activities F10: a time limit ends an endless loop; so does an interrupt.
exits 1 run "$APP" Main.Forever --timeout 0.3 --json
has out '"code":"budget_exceeded"'
"$NANOFLOW" run "$APP" Main.Forever >out 2>err </dev/null &
program=$!
sleep 0.5
kill -INT "$program"
code=0
wait "$program" || code=$?
[ "$code" -eq 130 ] || fail "exit code $code after an interrupt"
