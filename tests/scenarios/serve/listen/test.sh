# Where `serve` listens (design §5, synchronize W13): loopback without TLS,
# anything else only with a certificate; what a person needs when it can't.
exits 2 serve "$APP" --listen 0.0.0.0:0
has err 'plain HTTP is for loopback addresses only, and "0.0.0.0" is none'
exits 2 serve "$APP" --listen nowhere
has err '"nowhere" is no HOST:PORT to listen on'
exits 2 serve "$APP" --listen 127.0.0.1:70000
exits 2 serve "$APP" --listen 127.0.0.1:8x
exits 2 serve "$APP" --listen 127.0.0.1:
exits 2 serve "$APP" --log yaml
has err '--log is text or json'
exits 2 serve "$APP" --tls-cert cert.pem
has err 'given together'
exits 3 serve "$APP" --tls-cert none.pem --tls-key none.pem
has err '"none.pem" can'"'"'t be read'
exits 3 serve missing.xml
serve
# A port that is in use.
exits 3 serve "$APP" --listen "127.0.0.1:${URL##*:}"
has err "can't listen on 127.0.0.1:${URL##*:}"
stop_serving
# In memory, with a warning; the log as JSON lines.
exec {SERVE_OUT}< <(exec "$NANOFLOW" serve "$APP" --listen "[::1]:0" \
    --demo-users --log json --verbose 2>json.log)
SERVING=$!
read -r -t 60 line <&"$SERVE_OUT"
URL=${line#listening }
[[ $line == "listening http://[::1]:"* ]] || fail "it says $line"
exits 0 sync "$APP" --server "$URL" --user anna --password-file password
stop_serving
has json.log '"level":"warning","text":"the data are in memory'
has json.log '"mode":"all","result":"applied","new":0,' # W56
has json.log '"level":"trace","text":"POST /sync/v1/session 201'
