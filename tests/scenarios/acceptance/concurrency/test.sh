# synchronize §29, Concurrency: what other processes see while one synchronizes.
. "$CASE/../words.sh"

# While a synchronization runs in the background, `look_once` again and again.
during() {
    local pid
    served
    "$NANOFLOW" sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user anna >sync.out 2>sync.err </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do look_once; done
    wait "$pid" || { cat sync.err >err; fail "the synchronization fails"; }
    look_once
}

scenario "synchronize A115, S116; domain-model D135"
for ((i = 1; i <= 400; i++)); do
    echo "{\"entity\": \"Shop.Order\", \"id\": \"o$i\", \"Remark\": \"old\"}"
done >orders
on_server <orders
sync
sed 's/old/new/' orders >newer
on_server <newer
look_once() {
    "$NANOFLOW" data export "$APP" seen --on device "${DEVICE[@]}" 2>err || fail "a reader fails"
    old=$(grep -c '"Remark":"old"' seen || true)
    new=$(grep -c '"Remark":"new"' seen || true)
    [ "$old $new" = "400 0" ] || [ "$old $new" = "0 400" ] || fail "$old old and $new new ones"
}
during
[ "$new" -eq 400 ] || fail "the changes did not arrive"

scenario "synchronize A85"
head -c 300000 /dev/zero | tr '\0' a >a
head -c 300000 /dev/zero | tr '\0' b >b
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "@a"}'
sync
on_server <<<'{"entity": "Shop.Photo", "id": "p1", "$contents": "@b"}'
look_once() {
    rm -rf seen
    "$NANOFLOW" data export "$APP" seen.jsonl --on device "${DEVICE[@]}" --files seen 2>err || fail "a reader fails"
    cmp -s a seen/* || cmp -s b seen/* || fail "half of one and half of the other"
}
during
cmp b seen/* || fail "the contents did not arrive"

# A119: two devices of anna at once; the server has one of the copies, whole.
scenario "synchronize A119"
on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
sync
device a2
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
sync
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "second", "Total": "2", "$state": "changed"}'
device a
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "first", "Total": "1", "$state": "changed"}'
together a a2
look
row server o1
grep -qE '"Remark":"(first","Status":"Open","Total":"1|second","Status":"Open","Total":"2)"' row || fail "a mixture"
errors 0
sync; same_as_fresh
device a2; sync; same_as_fresh
