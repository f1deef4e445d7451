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

# answers RESULT FLOW LIMIT…
answers() {
    local expected=$1 flow=$2
    shift 2
    # shellcheck disable=SC2086 # the arguments of the flow
    exits 0 run "$APP" $flow "$@"
    [ "$(cat out)" = "$expected" ] || fail "$flow does not answer $expected"
}

# activities F10: steps.
exits 1 run "$APP" Main.Text --arg Doublings=40 --limit steps=30
has err 'executed more than 30 elements'
has err '[budget_exceeded]'
answers 1024 "Main.Text --arg Doublings=10" --limit steps=60

# activities C7: depth. The default is 512.
answers 512 "Main.Nest --arg Depth=512"
exits 1 run "$APP" Main.Nest --arg Depth=513
has err 'more than 512 deep'
answers 6 "Main.Nest --arg Depth=6" --limit depth=6
exits 1 run "$APP" Main.Nest --arg Depth=6 --limit depth=5
has err '[recursion_limit]'

# Sizes: an error of the activity, which keeps the variable and can be handled.
answers 'caught at 256: Text longer than 500 bytes (the limit "text")' \
    "Main.Text --arg Doublings=10" --limit text=500
answers 512 "Main.Text --arg Doublings=9" --limit text=512
answers -10 "Main.Items --arg Count=20" --limit list=10
answers 10 "Main.Items --arg Count=10" --limit list=10 --limit text=1

# Regular expressions, in both engines.
for engine in client server; do
    exits 1 eval "isMatch('$(printf 'a%.0s' $(seq 1 60))!', '(a|a|aa)+')" \
        --limit regex=20 --engine $engine
    has err '[E-REGEX]'
done

# Limits of an expression.
exits 1 eval "\$a + '67890'" --var a=String:12345 --limit text=9
has err '[E-RANGE]'
exits 0 eval "\$a + '67890'" --var a=String:12345 --limit text=10

# Every part of a limit is checked.
for wrong in steps steps= steps=0 steps=-1 steps=1x depth=4294967296 speed=1 \
    steps=18446744073709551616; do
    exits 2 run "$APP" Main.Forever --limit $wrong
    has err 'limit'
done
