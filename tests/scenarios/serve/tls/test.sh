# HTTPS (synchronize W13, A143): a certificate of a private authority with
# --ca-file, or a pinned key; anything else is refused before credentials are
# sent, and the log says why.
command -v openssl >/dev/null || { echo "no openssl here"; exit 77; }
quiet() { "$@" >/dev/null 2>openssl.log || { cat openssl.log >&2; fail "$*"; }; }
# authority NAME: NAME.pem, NAME.key
authority() {
    quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:true
}
# certificate NAME HOST DAYS: NAME.pem of authority `ours`
certificate() {
    quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -out "$1.csr" -subj "/CN=$2"
    printf 'subjectAltName=%s\n' "$2" >"$1.ext"
    quiet openssl x509 -req -in "$1.csr" -CA ours.pem -CAkey ours.key \
        -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
}
# with CERTIFICATE: a server on loopback that shows it.
with() { serve --tls-cert "$1.pem" --tls-key "$1.key" --verbose; }
# refused REASON OPTIONS…: no synchronization, nothing was sent but a handshake.
refused() {
    local reason=$1
    shift
    exits 1 sync "$APP" --db refused.db --server "$URL" --user anna \
        --password-file password --trace=trace "$@"
    has err 'The server could not be reached (SYNC_NETWORK)'
    has trace '"event":"connectionLog"'
    grep -qiE -- "$reason" trace || { cat trace >err; fail "no word of $reason"; }
    hasnt serve.log 'POST /sync/v1/session'
}
authority ours
authority theirs
certificate good IP:127.0.0.1 30
certificate other-host DNS:example.org 30
certificate expired IP:127.0.0.1 -1

with good
[[ $URL == https://127.0.0.1:* ]] || fail "the address is $URL"
exits 0 sync "$APP" --db phone.db "${SERVER[@]}" --user anna --ca-file ours.pem
pin=$(openssl x509 -in good.pem -noout -pubkey |
    openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
    openssl enc -base64)
exits 0 sync "$APP" --db phone.db "${SERVER[@]}" --user anna \
    --ca-file ours.pem --server-key "sha256//$pin"
: >serve.log
refused 'certificate'                            # signed by nobody we know
refused 'certificate' --ca-file theirs.pem
refused 'pinned|public key' --ca-file ours.pem \
    --server-key "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
exits 2 sync "$APP" "${SERVER[@]}" --server-key abc
exits 3 sync "$APP" "${SERVER[@]}" --ca-file none.pem
# Older than TLS 1.2 is no TLS, and plain HTTP on this port is nothing.
exits 1 sync "$APP" --db refused.db --server "http://127.0.0.1:${URL##*:}" \
    --user anna --password-file password
if openssl s_client -connect "127.0.0.1:${URL##*:}" -tls1_1 \
    -cipher ALL:@SECLEVEL=0 </dev/null >tls.log 2>&1; then
    fail "TLS 1.1 is spoken"
fi
stop_serving

with other-host
: >serve.log
refused 'host|subject' --ca-file ours.pem
stop_serving
with expired
: >serve.log
refused 'expired' --ca-file ours.pem
stop_serving
# A key that belongs to another certificate.
exits 3 serve "$APP" --listen 127.0.0.1:0 --tls-cert good.pem --tls-key ours.key
has err "HTTPS can't be served with this certificate and key"
# With a certificate any address may be listened on.
serve --listen 0.0.0.0:0 --tls-cert good.pem --tls-key good.key
exits 0 sync "$APP" --db phone.db --server "https://127.0.0.1:${URL##*:}" \
    --user anna --password-file password --ca-file ours.pem
stop_serving
