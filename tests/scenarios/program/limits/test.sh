# activities F10: a time limit ends an endless loop; so does an interrupt.
# The limit is one of real time: a clock that stands still does not stop it.
exits 1 run "$APP" Main.Forever --timeout 0.3 --json --now 2026-03-18T10:00:00Z
has out '"code":"budget_exceeded"'
"$NANOFLOW" run "$APP" Main.Forever >out 2>err </dev/null &
program=$!
# Until it listens: a shell starts it with interrupts ignored.
for _ in $(seq 1 100); do
    sleep 0.2
    kill -INT "$program" 2>/dev/null || break
done
code=0
wait "$program" || code=$?
[ "$code" -eq 130 ] || fail "exit code $code after an interrupt"
