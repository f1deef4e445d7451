#!/usr/bin/env bash
# What a store in PostgreSQL does by itself: names that it has no room for or
# keeps for itself, values that it cannot hold, decimals, a model that changes,
# connections that are lost, addresses that lead nowhere, what ends with time.
set -euo pipefail
: "${NANOFLOW:?the program with a store on PostgreSQL}" "${PROGRAM:?the program}"
cluster="$(cat "${POSTGRES:?the folder of the cluster}/address")" || exit 77
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
serving=""
trap '[ -z "$serving" ] || kill -9 "$serving" 2>/dev/null || :; rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "failed: $*" >&2
    for file in out err serve.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; head -c 2000 "$file" >&2; }
    done
    exit 1
}
exits() {
    local expected=$1 code=0
    shift
    "$NANOFLOW" "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$expected" ] || fail "exit code $code, expected $expected: $*"
}
has() { grep -qF -- "$2" "$1" || fail "$1 lacks: $2"; }
hasnt() { ! grep -qF -- "$2" "$1" || fail "$1 has: $2"; }
address="" schema=""
where() { # where FILE: its address and schema
    read -r address <"$1"
    schema=${address##*=} address=${address%&*}
}
sql() { psql -qXAt "$address" -c "$1"; }

# model NUMBER: four versions of an app.
long=AnAttributeWithANameThatIsLongerThanWhatPostgresKeepsOfTheNamesOfColumns
model() {
    local attributes="" second="" index=""
    case $1 in
    1) index='<EntityIndex><Attributes><IndexedAttribute AttributePointer="small"/><IndexedAttribute AttributePointer="text"/></Attributes></EntityIndex>' ;;
    2)
        attributes='<Attribute id="Added" Name="Added"><NewType type="StringAttributeType" Length="20"/><Value DefaultValue="new"/></Attribute>'
        index='<EntityIndex><Attributes><IndexedAttribute AttributePointer="number"/></Attributes></EntityIndex>'
        second='<Entity id="Beside" Name="Beside"><Attributes><Attribute Name="Name"><NewType type="StringAttributeType" Length="0"/></Attribute></Attributes></Entity>'
        ;;
    esac
    cat <<XML
<app xmlns="urn:nanoflow:app:1" format="1" mendix="11.0.0">
 <Module Name="M"><units><DomainModel><Entities>
  <Entity id="Thing" Name="Thing"><Attributes>
   <Attribute id="small" Name="Small"><NewType type="StringAttributeType" Length="20"/></Attribute>
   <Attribute id="text" Name="$long"><NewType type="StringAttributeType" Length="0"/></Attribute>
   <Attribute Name="xmin"><NewType type="StringAttributeType" Length="20"/></Attribute>
   <Attribute Name="user"><NewType type="StringAttributeType" Length="20"/></Attribute>
   <Attribute id="number" Name="Number" NewType="LongAttributeType"/>
   <Attribute Name="Amount" NewType="DecimalAttributeType"/>
   <Attribute Name="Flag" NewType="BooleanAttributeType"><Value DefaultValue="false"/></Attribute>
   $attributes</Attributes><Indexes>$index</Indexes></Entity>
  $second
 </Entities></DomainModel></units></Module>
</app>
XML
}
for version in 1 2 3; do
    model "$version" >"app$version.xml"
done

# Names and values (docs/postgresql.md).
cat >things <<END
{"entity": "M.Thing", "id": "a", "Small": "Ärger", "$long": "long", "xmin": "x", "user": "u", "Number": 1, "Amount": "0.10000001", "Flag": true}
{"entity": "M.Thing", "id": "b", "Small": "ärgern", "Number": 2, "Amount": "-99999999999999999999.12345678"}
{"entity": "M.Thing", "id": "c", "Small": "Zebra", "Number": 9007199254740993, "Amount": "99999999999999999999.12345678"}
{"entity": "M.Thing", "id": "d"}
END
exits 0 data import app1.xml things --on server --server-db store
exits 0 data export app1.xml before --on server --server-db store
has before "\"$long\":\"long\""
has before '"xmin":"x"'
has before '"user":"u"'
has before '"Amount":"-99999999999999999999.12345678"'
has before '"Number":"9007199254740993"'
ask() { # ask EXPECTED OPTIONS…: names in their order
    local expected=$1
    shift
    exits 0 query app1.xml M.Thing "$@" --on server --server-db store
    [ "$(grep -oE '"\$name":"[a-z]"' out | cut -d'"' -f4 | tr -d '\n')" = "$expected" ] ||
        fail "$* does not answer $expected"
}
ask bacd "" --sort Amount
ask bac "[Amount != empty]" --sort Amount
ask ab "[starts-with(Small, 'ÄRGER')]"
ask a "[Amount * 3 = 0.30000003]"
ask a "[Number div 3 = 0.33333333333333333333]"
ask c "[Small > 'Z']" --sort Small --limit 1
ask a "[Flag]"
ask abc "[Small != empty]" --sort Small --set collation=icu:de
ask cab "[Small != empty]" --sort Small
exits 0 query app1.xml M.Thing "[Number = 1]" --on server --server-db store --explain
has out 'Scan'
# A zero byte: refused, not cut.
printf '{"entity": "M.Thing", "id": "z", "Small": "a\\u0000b"}\n' >zero
exits 3 data import app1.xml zero --on server --server-db store
has err '"Small" has a value that the database cannot store'
# What the database refuses is told with its line, though rows are sent without
# waiting for each, and nothing of the file is kept.
where store
sql 'CREATE UNIQUE INDEX by_hand ON "M.Thing"("Number")'
awk 'BEGIN { for (i = 1; i <= 200; i++)
    printf "{\"entity\": \"M.Thing\", \"id\": \"n%d\", \"Number\": %d}\n", i, 100 + (i == 150 ? 7 : i) }' >twice
exits 3 data import app1.xml twice --on server --server-db store
has err 'twice:150:'
has err 'by_hand'
ask "" "[Number > 100 and Number < 400]"
sql 'DROP INDEX by_hand'
# A text of any length is stored; an index does not stand in its way.
awk 'BEGIN { for (i = 0; i < 20000; i++) text = text "0123456789"
    printf "{\"entity\": \"M.Thing\", \"id\": \"long\", \"'$long'\": \"%s\"}\n", text }' >large
exits 0 data import app1.xml large --on server --server-db store

# A model that changes (domain D136): a member with a default, an entity, other
# indexes; then without them again.
where store
exits 0 data export app2.xml after --on server --server-db store
has after '"Added":"new"'
[ "$(sql "SELECT count(*) FROM pg_indexes WHERE schemaname = '$schema' AND indexname LIKE 'mx:M.%' AND indexdef LIKE '%Number%'")" = 1 ] ||
    fail "the new index is not there"
echo '{"entity": "M.Beside", "id": "side", "Name": "x"}' >beside
exits 0 data import app2.xml beside --on server --server-db store
exits 0 data export app2.xml again --on server --server-db store
exits 0 data export app3.xml last --on server --server-db store
hasnt last Added
hasnt last M.Beside
grep -v '"id":"long"\|name":"long"' last >kept || true
cmp -s <(sort before) <(sort kept) || fail "the old values are not as they were"

# A backup: positions of AutoNumbers, ids, versions and names go on from where the
# copy was made (docs/postgresql.md).
sweep="$here/../faults/sweep/model.xml"
order() { # order NAME DATABASE
    echo "{\"entity\": \"Sweep.Order\", \"id\": \"$1\", \"Remark\": \"$1\"}" >one
    exits 0 data import "$sweep" one --on server --server-db "$2"
}
held() { # held DATABASE EXPECTED: names and numbers
    exits 0 query "$sweep" Sweep.Order '' --on server --server-db "$1"
    found=$(sed -E 's/.*"\$name":"([a-z]*)".*"Number":([0-9]+).*/\1 \2/' out | sort | tr '\n' ' ')
    [ "$found" = "$2 " ] || fail "$1 holds $found, not $2"
    sed -E 's/.*"id":"([0-9]+)".*/\1/' out | sort | uniq -d >err
    [ ! -s err ] || fail "an id was given twice"
}
export ALONE=yes
order a whole
order b whole
held whole 'a 100 b 101'
bash "$here/place.sh" backup whole whole.dump
order c whole
held whole 'a 100 b 101 c 102'
bash "$here/place.sh" restore whole.dump restored
held restored 'a 100 b 101'
order d restored
order b restored # known by its name: not another
held restored 'a 100 b 101 d 102'
unset ALONE

# Many specializations: whose id it is is asked of tables, and some stretches of
# entities have none.
awk 'BEGIN {
    print "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"11.0.0\"><Module Name=\"B\"><units><DomainModel><Entities>"
    print "<Entity id=\"Base\" Name=\"Base\"><Attributes><Attribute Name=\"Name\"><NewType type=\"StringAttributeType\" Length=\"20\"/></Attribute></Attributes></Entity>"
    for (i = 1; i <= 200; i++)
        printf "<Entity id=\"S%d\" Name=\"S%d\"><MaybeGeneralization type=\"Generalization\" Generalization=\"B.Base\"/></Entity>\n", i, i
    print "</Entities></DomainModel></units></Module></app>"
}' >big.xml
echo '{"entity": "B.S150", "id": "77", "Name": "found"}' >special
exits 0 data import big.xml special --on server --server-db big
exits 0 data import big.xml special --on server --server-db big # there it is
exits 0 query big.xml B.Base "[Name = 'found']" --on server --server-db big
has out '"entity":"B.S150","id":"77"'

# Another app, another program, nobody there; no password in a message.
sed 's/Name="M"/Name="Other"/; s/"Thing"/"Else"/g' app1.xml >other.xml
exits 3 data export other.xml - --on server --server-db store
has err 'belongs to another app'
code=0
psql -qX "${cluster/\/\?/\/postgres?}" -c "CREATE DATABASE foreigner" 2>/dev/null || :
psql -qX "${cluster/\/\?/\/foreigner?}" -c "CREATE TABLE poem(line text)" 2>/dev/null || :
"$PROGRAM" data export app1.xml - --on server --server-db "${cluster/\/\?/\/foreigner?}" >out 2>err || code=$?
[ "$code" -eq 3 ] || fail "a foreign database: $code"
has err 'tables of another program'
code=0
"$PROGRAM" data export app1.xml - --on server \
    --server-db "postgresql://joe:secret@/nowhere?host=$work" >out 2>err || code=$?
[ "$code" -eq 3 ] || fail "no server: $code"
has err 'cannot be opened'
hasnt err secret

# Event handlers run within a pipeline. A unique value that nobody but the
# database knows of is told late: the unit is applied again, once more with its
# handlers, and only the culprit is refused, as often as it is sent (S39, S46).
cat >handled.xml <<XML
<app xmlns="urn:nanoflow:app:1" format="1" mendix="11.0.0">
 <ProjectSecurity SecurityLevel="CheckEverything" AdminUserRole="User" EnableDemoUsers="true">
  <UserRoles><UserRole Name="User" ModuleRoles="System.User H.User"/></UserRoles>
  <DemoUsers><DemoUserImpl UserName="anna" Password="demo" Entity="System.User" UserRoles="User"/></DemoUsers>
 </ProjectSecurity>
 <NavigationDocument><Profiles><NativeNavigationProfile Name="Phone"><OfflineEntityConfigs>
  <OfflineEntityConfig Entity="H.Note" SyncMode="All"/>
 </OfflineEntityConfigs></NativeNavigationProfile></Profiles></NavigationDocument>
 <Module Name="H"><units>
  <ModuleSecurity><ModuleRoles><ModuleRole Name="User"/></ModuleRoles></ModuleSecurity>
  <DomainModel><Entities><Entity Name="Note"><Attributes>
   <Attribute Name="Title"><NewType type="StringAttributeType" Length="0"/></Attribute>
   <Attribute Name="Runs" NewType="IntegerAttributeType"><Value DefaultValue="0"/></Attribute>
  </Attributes><Events><EntityEvent Moment="Before" Type="Commit" Microflow="H.Before"/></Events>
  <AccessRules><AccessRule AllowedModuleRoles="H.User" AllowCreate="true" AllowDelete="true" DefaultMemberAccessRights="ReadWrite"/></AccessRules>
  </Entity></Entities></DomainModel>
  <Microflow Name="Before" MicroflowReturnType="BooleanType"><ObjectCollection><Objects>
   <MicroflowParameter Name="Note"><VariableType type="ObjectType" Entity="H.Note"/></MicroflowParameter>
   <StartEvent id="s"/>
   <ActionActivity id="c"><Action type="ChangeAction" ChangeVariableName="Note" Commit="No"><Items><ChangeActionItem Attribute="H.Note.Runs" Value="\$Note/Runs + 1"/></Items></Action></ActionActivity>
   <EndEvent id="e" ReturnValue="true"/></Objects></ObjectCollection>
   <Flows><flow from="s" to="c"/><flow from="c" to="e"/></Flows></Microflow>
 </units></Module>
</app>
XML
phone=(--db handled.db --server local:handled --user anna)
exits 0 sync handled.xml "${phone[@]}"
where handled
sql 'CREATE UNIQUE INDEX by_hand ON "H.Note"("Title")'
for title in one two two three; do
    number=$((${number:-0} + 1))
    echo "{\"entity\": \"H.Note\", \"id\": \"n$number\", \"Title\": \"$title\", \"\$state\": \"new\"}"
done >notes
number=0
exits 0 data import handled.xml notes --db handled.db
exits 0 sync handled.xml "${phone[@]}"
has out '1 rejected'
has out OBJ_UNIQUE
[ "$(sql 'SELECT string_agg("Title" || "Runs", $$ $$ ORDER BY "Title") FROM "H.Note"')" = 'one1 three1 two1' ] ||
    fail "what handlers left is not as if each had run once"
sql 'DROP INDEX by_hand'

# Connections that the database ends, under a server and between requests.
if [ "${HTTP:-yes}" = yes ]; then
    app="$here/../scenarios/serve/model.xml"
    echo demo >password
    start() {
        exec {pipe}< <(exec "$NANOFLOW" serve "$app" --listen 127.0.0.1:0 \
            --server-db office --demo-users "$@" 2>>serve.log)
        serving=$!
        read -r -t 60 line <&"$pipe" || fail "the server does not start"
        url=${line#listening }
    }
    stop() { kill -TERM "$serving"; wait "$serving" || fail "the server fails"; serving=""; }
    start --now 2026-03-18T10:20:30Z
    phone=(--db phone.db --server "$url" --user anna --password-file password)
    exits 0 sync "$app" "${phone[@]}"
    where office
    for _ in 1 2 3; do
        sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '$schema'" >/dev/null
        exits 0 sync "$app" "${phone[@]}"
    done
    # What is written is not waited for one by one; if some of it fails, the
    # upload is applied again and only the culprit is refused (synchronize S39,
    # S46). No rule of the app says that titles are unique.
    sql 'CREATE UNIQUE INDEX by_hand ON "Serve.Note"("Title")'
    for title in one two two three; do
        number=$((${number:-0} + 1))
        echo "{\"entity\": \"Serve.Note\", \"id\": \"twin$number\", \"Title\": \"$title\", \"\$state\": \"new\"}"
    done >notes
    exits 0 data import "$app" notes --db phone.db
    exits 0 sync "$app" "${phone[@]}"
    has out '1 rejected'
    has out OBJ_UNIQUE
    has serve.log 'once more, with care'
    [ "$(sql 'SELECT string_agg("Title", $$ $$ ORDER BY "Title") FROM "Serve.Note" WHERE "Title" IN ($$one$$, $$two$$, $$three$$)')" = 'one three two' ] ||
        fail "what was not refused is not there once"
    sql 'DROP INDEX by_hand'
    if command -v curl >/dev/null; then
        curl -sf "$url/health" >out || fail "it says that it is not well"
        has out '"ok"'
    fi
    stop
    # A year later sessions, tokens and devices have ended (synchronize W50).
    start --now 2027-06-18T10:20:30Z
    [ "$(sql 'SELECT count(*) FROM _mx_device')" = 0 ] || fail "a device is left"
    [ "$(sql 'SELECT count(*) FROM _mx_session')" = 0 ] || fail "a session is left"
    stop
fi
echo "ok: store"
