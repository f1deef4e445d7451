# Compressed bodies (synchronize W42): the upload as its sync resource says, the
# result by Accept-Encoding; both sides end with the same as without.
# notes NUMBER: lines of notes with long texts that say much the same.
notes() {
    awk -v n="$1" 'BEGIN {
        for (i = 1; i <= n; i++) {
            text = ""
            for (j = 0; j < 40; j++)
                text = text sprintf("Line %d of note %d, with words. ", j, i * j)
            printf "{\"entity\": \"Serve.Note\", \"id\": \"n%d\", \"Title\": \"Note %d\", \"Text\": \"%s\", \"$state\": \"new\"}\n", i, i, text
        }
    }'
}
phone() {
    local name=$1
    shift
    exits 0 sync "$APP" --db "$name.db" "${SERVER[@]}" --user anna "$@"
}
# sent, taken PATTERN: bytes of the last such reply or request in the log.
sent() { grep -E "$1" serve.log | tail -1 | sed -E 's|.* gave ([0-9]+) .*|\1|'; }
taken() { grep -E "$1" serve.log | tail -1 | sed -E 's|.* took ([0-9]+),.*|\1|'; }
serve --verbose
notes 2000 >notes.jsonl
size=$(wc -c <notes.jsonl)
[ "$size" -gt 2000000 ] || fail "only $size bytes of notes"
exits 0 data import "$APP" notes.jsonl --on device --db first.db
phone first --compress always
has serve.log ' PATCH /sync/v1/syncs/'
[ "$(taken 'PATCH .*/body 204')" -lt $((size / 4)) ] ||
    fail "the upload took $(taken 'PATCH .*/body 204') bytes"
phone plain --compress never
plain=$(sent 'GET .*/result 200')
phone packed --compress always
packed=$(sent 'GET .*/result 200')
[ "$packed" -lt $((plain / 4)) ] || fail "$packed bytes instead of $plain"
for name in plain packed; do
    exits 0 data export "$APP" $name --on device --db $name.db
done
cmp -s plain packed || fail "the devices differ"
lines packed 2000
# Between processes of one machine nothing is compressed.
phone auto
[ "$(sent 'GET .*/result 200')" -eq "$plain" ] || fail "auto compresses here"
# Cut in the middle of the encoded result: it goes on, and is not fetched again
# from its start.
: >serve.log
phone cut --compress always --now "$NOW" \
    --fault 'mid-result:1000000=cut'
has serve.log '/result 206'
exits 0 data export "$APP" cut --on device --db cut.db
cmp -s plain cut || fail "the device that was cut differs"
stop_serving
