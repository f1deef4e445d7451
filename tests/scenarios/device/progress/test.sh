# A bar shows on a terminal for work that takes more than a second (design §5),
# and is gone afterwards; phases are events, too (synchronize S148).
command -v script >/dev/null || fail "script (bsdutils) is missing"
on_device <<"JSON"
{"entity": "Dev.Order", "id": "n1", "Name": "New", "$state": "new"}
JSON
cp device.db before.db
scenario 'events'
sync --trace=trace.jsonl
for phase in data-up applying data-down finishing; do
    has trace.jsonl "\"event\":\"syncProgress\",\"phase\":\"$phase\""
done
scenario 'a terminal'
terminal() {
    cp before.db device.db
    rm -rf server.db*
    TERM=xterm script -qec "'$NANOFLOW' sync '$APP' --db device.db --server \
local:server.db --user anna --seed 7 $*" /dev/null >out || fail script
}
terminal --fault before-apply=delay:1100
grep -q 'data-down' out || fail 'no bar after a second'
grep -q "$(printf '\r\033\\[K')synchronize all" out || fail 'the bar stays'
terminal
hasnt out 'data-down'
terminal --quiet --fault before-apply=delay:1100
hasnt out 'data-down'
scenario 'no terminal'
cp before.db device.db
exits 0 sync "$APP" --db device.db "${SERVER[@]}" --user anna \
    --fault before-apply=delay:1100
hasnt err 'data-down'
