# activities M23 … M27, T227: REST calls of microflows, by mocks and for real.
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}" "${WEB[@]}"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}

scenario "activities M27 nothing goes out unless the host allows it"
WEB=()
exits 1 run "$APP" Re.FailsBare --arg Url=http://127.0.0.1:9 "${ON_SERVER[@]}" --json
has out '"code":"network_error"'
has out 'GET http://127.0.0.1:9/missing is not sent'
hasnt out secret

scenario "activities T227 mocked"
cat >mocks <<"END"
rest GET 'https://a.example/missing%' returns 404 'nothing there'
rest GET 'https://a.example/echo%' returns 'once', then throws 'unplugged'
END
WEB=(--mock mocks)
says '404 nothing there nanoflow.network_error' Re.Fails --arg Url=https://a.example
says 'once 200 none' Re.Gets --arg Url=https://a.example
exits 1 run "$APP" Re.Gets --arg Url=https://b.example "${ON_SERVER[@]}" "${WEB[@]}"

if [ -x "$(dirname "$NANOFLOW")/nanoflow-javascript" ]; then
    scenario "test E43 a script answers for a request, and for what only a host does"
    cat >reply.js <<"JS"
export default async ({ method, url, body }) => {
    if (url.includes("/missing")) throw new Error("unplugged");
    return [method, url, body].join(" ");
};
JS
    echo 'export default ({ Document }) => "mapped " + Document.length;' >mapping.js
    echo "rest GET 'https://a.example/%' calls './reply.js'" >scripts
    echo "rest POST 'https://a.example/%' calls './reply.js'" >>scripts
    echo "activity ImportXml Re.Incoming calls './mapping.js'" >>scripts
    echo "activity ExportXml Re.Mapping returns '{\"x\": 1}'" >>scripts
    WEB=(--mock scripts)
    says 'GET https://a.example/echo?q=a%20b  200 none' Re.Gets --arg Url=https://a.example
    says 'mapped 27' Re.Maps --arg Url=https://a.example
    says 'POST https://a.example/echo {"x": 1}' Re.Sends --arg Url=https://a.example
    exits 1 run "$APP" Re.Gets --arg Url=https://a.example/missing "${ON_SERVER[@]}" "${WEB[@]}"
    has err unplugged
    has err network_error
fi

exec {WEB_OUT}< <(exec python3 "$CASE/answers.py")
STARTED+=("$!")
read -r -t 60 URL <&"$WEB_OUT" || fail "the web server does not start"
export no_proxy=127.0.0.1
WEB=(--set server.rest=on)

scenario "activities M23, M24 a response as a String"
says 'GET /echo?q=a%20b Accept=text/plain X-Empty=nothing 200 none' Re.Gets --arg "Url=$URL"
says '200' Re.Deletes --arg "Url=$URL"

scenario "activities M23, M25 bodies"
says 'POST /echo Accept=*/* Content-Type=application/json Authorization=Basic bWU6c2VjcmV0 {"n": 5}' \
    Re.Posts --arg "Url=$URL"
says 'PUT /echo Accept=*/* x' Re.Plain --arg "Url=$URL"

scenario "activities M24 a response as an object"
says '200 OK GET /echo Accept=*/* 42' Re.Objects --arg "Url=$URL"

scenario "activities T227"
says '404 nothing there nanoflow.network_error' Re.Fails --arg "Url=$URL"
exits 0 query "$APP" Re.Order '' --on server --server-db server.db
lines out 2 # what was done before stays
says '404 nothing there' Re.FailsRolledBack --arg "Url=$URL"
exits 0 query "$APP" Re.Order '' --on server --server-db server.db
lines out 2
says '404 none' Re.FailsQuietly --arg "Url=$URL"
exits 1 run "$APP" Re.FailsBare --arg "Url=$URL" "${ON_SERVER[@]}" "${WEB[@]}" --json
has out "GET $URL/missing: 404 Not Here"
hasnt out secret

scenario "activities M24 it lives in the microflow that made the call"
says nothing Re.Calls --arg "Url=$URL"

scenario "activities M24 time-outs and what can't be reached"
says 'nanoflow.network_error nothing' Re.Waits --arg "Url=$URL"
says nanoflow.expression_error Re.BadTimeOut --arg "Url=$URL"
says 'nanoflow.network_error nothing' Re.Waits --arg Url=http://127.0.0.1:9
says 'nanoflow.network_error nothing' Re.Waits --arg Url=file:///etc
says nanoflow.expression_error Re.BadHeader --arg "Url=$URL"

scenario "activities M27 mappings and what is not sent"
says 'before nanoflow.unsupported_activity' Re.Maps --arg "Url=$URL"
says nanoflow.unsupported_activity Re.Sends --arg "Url=$URL"
says nanoflow.unsupported_activity Re.Overrides --arg "Url=$URL"
exits 0 check "$APP"
has out "warning: Re.Maps, 'RestCallAction': ImportXml Re.Incoming is not built in"

scenario "activities M27 a host answers for mappings"
cat >mapped <<"END"
activity ImportXml Re.Incoming(Document = any) returns 'mapped'
activity ExportXml Re.Mapping returns '{"x": 1}'
END
WEB=(--set server.rest=on --mock mapped)
says 'mapped' Re.Maps --arg "Url=$URL"
says 'POST /echo Accept=*/* {"x": 1}' Re.Sends --arg "Url=$URL"
echo "rest GET 'https://a.example/%' returns 'by a proxy'" >mapped
says 'by a proxy' Re.Overrides --arg Url=https://a.example
