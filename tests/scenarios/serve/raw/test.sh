# What the server answers to requests that no device sends (synchronize W15,
# W17, W38, §27.9): each has a status and our header, and the server goes on.
# ask STATUS WORDS: a request of the lines on standard input; its reply is in
# `out`.
ask() {
    local expected=$1 status
    shift
    scenario "$*"
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    sed 's/$/\r/' >&9
    printf '%s' "${BODY:-}" >&9
    timeout 20 cat <&9 >out || true
    exec 9>&-
    read -r _ status _ <out || fail "no reply"
    [ "$status" = "$expected" ] || fail "status $status, expected $expected"
    has out 'Sync-Version: 1'
}
# head REQUEST HEADERS…
head_of() {
    printf '%s HTTP/1.1\nHost: here\nConnection: close\n' "$1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@"
    echo
}
V='Sync-Version: 1' S='Authorization: Bearer 0123'
BSON='Content-Type: application/vnd.nanoflow.sync+bson'
BYTES='Content-Type: application/octet-stream'
serve
PORT=${URL##*:}
head_of 'GET /health' | ask 200 health
has out '{"status":"ok"}'
head_of 'HEAD /health' | ask 200 head of health
head_of 'GET /sync/v1/info' | ask 200 info
has out 'application/vnd.nanoflow.sync+bson'
has out 'Cache-Control: no-store'
head_of 'GET /sync/v1/info' 'Sync-Request: 4711' | ask 200 request id
has out 'Sync-Request: 4711'
head_of 'GET /' | ask 404 no resource
head_of 'GET /sync/v1/info?x=1' | ask 404 a query
head_of 'GET /sync/v1/%69nfo' | ask 404 an escape
head_of 'PUT /sync/v1/info' | ask 405 wrong method
has out 'Allow: GET, HEAD'
head_of 'BREW /sync/v1/info' | ask 405 unknown method
head_of 'GET /sync/v1/info' 'Accept: text/html' | ask 406 accept
head_of 'POST /sync/v1/syncs' "$S" | ask 426 no version
head_of 'POST /sync/v1/syncs' 'Sync-Version: 2' "$S" | ask 426 another version
has out 'SYNC_VERSION'
head_of 'GET /sync/v1/syncs/00' "$V" | ask 401 no session
has out 'WWW-Authenticate: Bearer'
head_of 'GET /sync/v1/syncs/00112233445566778899aabbccddeeff/result' "$V" "$S" |
    ask 401 a session that is none
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Upload-Offset: 0' |
    ask 411 no length
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Upload-Offset: 0' \
    'Transfer-Encoding: chunked' | ask 411 chunks
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Upload-Offset: 0' \
    'Content-Length: 999999999' | ask 413 too long
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Content-Length: 0' |
    ask 400 no offset
BODY=hello
head_of 'POST /sync/v1/session' "$V" 'Content-Type: application/json' \
    'Content-Length: 5' | ask 415 content type
head_of 'POST /sync/v1/session' "$V" "$BSON" 'Content-Length: 5' |
    ask 400 malformed document
BODY=
long=$(printf '%017000d' 0)
head_of 'GET /sync/v1/info' "X-Long: $long" | ask 431 headers
head_of "GET /sync/v1/syncs/${long:0:700}" "$V" "$S" | ask 414 path
# What is no HTTP at all is hung up on, or refused by the library.
for bytes in $'\x16\x03\x01\x02\x00\x01\x00' $'\r\n\r\n\r\n' 'GET' $'GET / HTTP/9.9\r\n\r\n'; do
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    printf '%s' "$bytes" >&9
    exec 9>&-
done
# A body is not taken from somebody without a session.
BODY=abcd
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Upload-Offset: 0' \
    'Content-Length: 4' | ask 401 a body without a session
BODY=
# A request that is given up in its middle.
exec 9<>"/dev/tcp/127.0.0.1/$PORT"
head_of 'PATCH /sync/v1/blobs/00' "$V" "$S" "$BYTES" 'Upload-Offset: 0' \
    'Content-Length: 1000' | sed 's/$/\r/' >&9
printf 'half' >&9
exec 9>&-
# More requests of one session at a time than it may have.
for i in 1 2 3 4 5 6 7 8; do
    exec {held[$i]}<>"/dev/tcp/127.0.0.1/$PORT"
    head_of 'POST /sync/v1/session' "$V" "$S" "$BSON" 'Content-Length: 4' |
        sed 's/$/\r/' >&"${held[$i]}"
done
for try in {1..200}; do # until the server has read the heads of all
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    head_of 'GET /sync/v1/syncs/00' "$V" "$S" | sed 's/$/\r/' >&9
    timeout 20 cat <&9 >out || true
    exec 9>&-
    grep -q '^HTTP/1.1 429' out && break
done
scenario "nine requests of a session"
has out 'HTTP/1.1 429'
has out 'Retry-After: 1'
# Those that were let in are answered; one may have come beside a question.
let_in=0
for i in 1 2 3 4 5 6 7 8; do
    printf 'abcd' >&"${held[$i]}"
    timeout 20 cat <&"${held[$i]}" >out || true
    exec {held[$i]}>&-
    ! grep -q '^HTTP/1.1 400' out || let_in=$((let_in + 1))
done
[ "$let_in" -ge 7 ] || fail "only $let_in of eight are answered"
scenario "and afterwards all is well"
head_of 'GET /health' | ask 200 health
exits 0 sync "$APP" --db phone.db "${SERVER[@]}" --user anna
stop_serving
