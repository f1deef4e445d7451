# synchronize §29, Scale, as far as a quick test can tell; `./dev bench` and
# `./dev soak` do the long runs.
. "$CASE/../words.sh"

# many N: lines of that many orders, NAME1 …
many() {
    local i
    for ((i = 1; i <= $1; i++)); do
        echo "{\"entity\": \"Shop.Order\", \"id\": \"$2$i\", \"Remark\": \"$2$i\"$3}"
    done
}
received() { grep -oE '"bytesReceived":[0-9]+' out | tail -1 | grep -oE '[0-9]+'; }

scenario "synchronize A161"
many 3000 o '' >all.jsonl
on_server <all.jsonl
sync --json
first=$(received)
look; objects device Shop.Order 3000
many 10 o ', "Total": "5"' >some.jsonl
on_server <some.jsonl
sync --json
has out '"downloaded":10,'
second=$(received)
[ $((second * 100)) -lt "$first" ] || fail "$second bytes of $first for 10 objects"
same_as_fresh

for n in 15 16 17 31 32 33 63 64 65 127 128 129 255 256 257; do
    scenario "synchronize A162 $n"
    sync
    many $n n ', "$state": "new"' >new.jsonl
    on_device <new.jsonl
    sync --mode unsynchronized
    counts $n $n 0 0
    sync --mode unsynchronized
    counts 0 0 0 0
    look
    objects server Shop.Order $n
    objects device Shop.Order $n
done
