# domain-model D136 … D139: a file of an earlier version of the app is brought
# up to date in one transaction, or refused and left as it is.
# store SIDE: the options that mean this side's file.
store() {
    PLACE=(--db device.db)
    [ "$1" = device ] || PLACE=(--on server --server-db server.db)
}
# version EDIT…: another version of the app, `next.xml`.
version() {
    cp "$APP" next.xml
    local edit
    for edit in "$@"; do sed -i "$edit" next.xml; done
    ! cmp -s "$APP" next.xml || fail "the app is the same"
}
restore() {
    if [ "$1" = server ]; then
        copy_server server.first server.db
    else
        rm -f "$1.db" "$1.db-wal" "$1.db-shm"
        cp "$1.first" "$1.db"
    fi
}
# kept SIDE: what is in it, into the file SIDE.kept.
kept() {
    if [ "$1" = server ] && on_postgres; then
        bash "$STORE" dump server.db >server.kept
    else
        cp "$1.db" "$1.kept"
    fi
}
# unchanged SIDE TEXT: it is as it was when it was `kept`.
unchanged() {
    mv "$1.kept" before
    kept "$1"
    cmp -s before "$1.kept" || fail "$2"
}
stories=0
# becomes EXPECTED…: each is a text that the rows of both sides then have.
becomes() {
    local text side
    for side in device server; do
        restore "$side"
        store "$side"
        exits 0 data export next.xml found "${PLACE[@]}"
        for text in "$@"; do has found "$text"; done
        sound "$side"
        # The second time there is nothing to do. (It takes long to compare all
        # of a database of PostgreSQL.)
        if [ "$side" = server ] && on_postgres && [ $((stories++ % 4)) -ne 0 ]; then
            continue
        fi
        kept "$side"
        exits 0 data export next.xml second "${PLACE[@]}"
        cmp -s found second || fail "the rows differ the second time"
        unchanged "$side" "the file is changed twice"
    done
}
# refused SIDE TEXT: and the file is as it was.
refused() {
    restore "$1"
    store "$1"
    kept "$1"
    exits 3 data export next.xml - "${PLACE[@]}"
    has err "$2"
    unchanged "$1" "a refused file is changed"
    exits 0 data export "$APP" found "${PLACE[@]}"
}
sound() {
    ! { [ "$1" = server ] && on_postgres; } || return 0
    command -v sqlite3 >/dev/null || return 0
    [ "$(sqlite3 "$1.db" 'PRAGMA integrity_check')" = ok ] || fail "$1 is damaged"
}
# schema SIDE SQL RESULT: what SQLite itself finds, or PostgreSQL in a view
# with two columns of the same names.
schema() {
    local found
    if [ "$1" = server ] && on_postgres; then
        found=$(server_sql server.db "CREATE OR REPLACE TEMP VIEW sqlite_schema AS SELECT indexname::text AS name, replace(indexdef, 'public.', '') AS sql FROM pg_indexes WHERE schemaname = 'public'; $2")
    else
        command -v sqlite3 >/dev/null || return 0
        found=$(sqlite3 "$1.db" "$2")
    fi
    [ "$found" = "$3" ] || fail "$1: $2 gives $found, not $3"
}
cat >rows.jsonl <<"END"
{"entity": "V.Team", "id": "t1", "Title": "one"}
{"entity": "V.Person", "id": "p1", "Name": "Ada", "Age": 36, "Mood": "Red", "V.Person_Team": "t1"}
{"entity": "V.Boss", "id": "b1", "Name": "Bo", "Age": 7, "Car": "red", "V.Person_Team": "t1"}
{"entity": "V.Team", "id": "t2", "Title": "two", "V.Team_Tags": ["p1", "b1"]}
END
for side in device server; do
    store "$side"
    exits 0 data import "$APP" rows.jsonl "${PLACE[@]}"
    [ "$side" = server ] || cp "$side.db" "$side.first"
done
copy_server server.db server.first

scenario "domain-model D136: nothing changed"
version 's/<!--attributes-->//'
becomes '"Name":"Ada"' '"V.Team_Tags":["'

scenario "domain-model D136: new attributes have their defaults"
version 's|<!--attributes-->|<Attribute Name="Level" NewType="IntegerAttributeType"><Value DefaultValue="3"/></Attribute><Attribute Name="Real" NewType="DecimalAttributeType"><Value DefaultValue="1.50"/></Attribute><Attribute Name="Flag" NewType="BooleanAttributeType"><Value DefaultValue="true"/></Attribute><Attribute Name="Note" NewType="StringAttributeType"/>|'
becomes '"Age":36,"Flag":true,"Level":3,"Mood":"Red","Name":"Ada","Real":"1.5"' \
    '"Age":7,"Car":"red","Flag":true,"Level":3'
hasnt found Note

scenario "domain-model D136: a new entity and new associations"
version 's|<!--entities-->|<Entity id="Pet" Name="Pet"><MaybeGeneralization type="NoGeneralization" Persistable="true"/></Entity><Entity id="Chief" Name="Chief"><MaybeGeneralization type="Generalization" Generalization="V.Team"/></Entity>|' \
    's|<!--associations-->|<Association Name="Pet_Person" ParentPointer="Pet" ChildPointer="Person"/><Association Name="Pet_Teams" ParentPointer="Pet" ChildPointer="Team" Type="ReferenceSet"/><Association Name="Team_Pet" ParentPointer="Team" ChildPointer="Pet" Owner="Both"/>|'
becomes '"Title":"one"' '"Name":"Ada"'
store device
echo '{"entity": "V.Pet", "id": "pet", "V.Pet_Person": "b1", "V.Pet_Teams": ["t1"]}' >pet
echo '{"entity": "V.Chief", "id": "c1", "Title": "chief", "V.Team_Pet": "pet"}' >>pet
exits 0 data import next.xml pet "${PLACE[@]}"
exits 0 query next.xml V.Team '' "${PLACE[@]}"
lines out 3
exits 0 query next.xml V.Pet "[V.Pet_Person/V.Person/Name = 'Bo']" --extended "${PLACE[@]}"
lines out 1

scenario "domain-model D136: a new index, and one less"
version 's|<!--indexes-->|<EntityIndex IncludeInOffline="true"><Attributes><IndexedAttribute AttributePointer="age"/></Attributes></EntityIndex>|' \
    's|<Attribute Name="Age"|<Attribute id="age" Name="Age"|'
becomes '"Age":36'
for side in device server; do
    made='CREATE INDEX "mx:V.Person.0" ON "V.Person"("Age")'
    ! { [ "$side" = server ] && on_postgres; } ||
        made='CREATE INDEX "mx:V.Person.0" ON "V.Person" USING btree ("Age")'
    schema "$side" "select sql from sqlite_schema where name like 'mx:V.Person%'" "$made"
done
store device
exits 0 data export "$APP" found "${PLACE[@]}"
schema device "select count(*) from sqlite_schema where name like 'mx:V.Person%'" 0

scenario "domain-model D2, D136: renamed attribute, association, entity, module"
version 's/Name="Age"/Name="Years"/' 's/Name="Person_Team"/Name="Member_Group"/' \
    's/Name="Team_Tags"/Name="Group_Tags"/' 's/Name="Team" GUID/Name="Group" GUID/' \
    's/Name="Person" GUID/Name="Member" GUID/' 's/V\.Person"/W.Member"/' \
    's/Module Name="V"/Module Name="W"/' 's/"V.Color"/"W.Color"/'
becomes '"entity":"W.Member"' '"entity":"W.Boss"' '"Years":36' '"W.Member_Group":"' \
    '"entity":"W.Group"' '"W.Group_Tags":["' '"$name":"p1"'
for side in device server; do
    schema "$side" "select count(*) from sqlite_schema where name like 'ix:%V.%'" 0
    schema "$side" "select count(*) from sqlite_schema where name like 'ix:%' and sql like '%Member_Group%'" 1
done

scenario "domain-model D136: dropped and made again with the same name"
version 's/5b0003/5b0303/'
becomes '"Age":0,"Mood":"Red","Name":"Ada"'

scenario "domain-model D136: dropped attribute, association, specialization, entity"
version '/Name="Age"/d' '/Name="Person_Team"/d'
becomes '"Name":"Ada"' '"Car":"red"'
hasnt found Age
hasnt found Person_Team
version '/id="Boss"/,/<\/Entity>/d'
becomes '"Name":"Ada"' '"V.Team_Tags":["'
hasnt found V.Boss
version '/id="Team"/,/<\/Entity>/d' '/Name="Person_Team"/d' '/Name="Team_Tags"/d'
becomes '"Name":"Ada"'
hasnt found V.Team

scenario "domain-model D136: types that hold the values"
version 's/Name="Age" GUID="\(.*\)" NewType="IntegerAttributeType"/Name="Age" GUID="\1" NewType="LongAttributeType"/'
becomes '"Age":36'
version 's/<NewType type="EnumerationAttributeType" Enumeration="V.Color"\/>/<NewType type="StringAttributeType" Length="20"\/>/'
becomes '"Mood":"Red"'
version 's/Length="100"/Length="2"/'
becomes '"Name":"Ada"'
version 's/\(Name="Person_Team" .*\)\/>/\1 Owner="Both"\/>/'
becomes '"V.Person_Team"'

scenario "domain-model D136: what cannot be changed in place"
version 's/Name="Age" GUID="\(.*\)" NewType="IntegerAttributeType"/Name="Age" GUID="\1" NewType="DateTimeAttributeType"/'
refused device '"Age"'
refused server '"Age"'
version 's/\(Name="Person_Team" .*\)\/>/\1 Type="ReferenceSet"\/>/'
refused device 'V.Person_Team'
version '/id="Boss"/,/<\/Entity>/s|<MaybeGeneralization.*/>|<MaybeGeneralization type="NoGeneralization" Persistable="true"/>|'
refused device 'V.Boss'
refused server 'V.Boss'

scenario "domain-model D138: nothing unsynchronized is lost"
restore device
store device
echo '{"entity": "V.Person", "id": "p1", "Age": 37, "$state": "changed"}' >change
exits 0 data import "$APP" change "${PLACE[@]}"
cp device.db device.first
version '/Name="Age"/d'
refused device 'not synchronized'
has found '"Age":37'
# What only adds goes on.
version 's|<!--attributes-->|<Attribute Name="Level" NewType="IntegerAttributeType"><Value DefaultValue="3"/></Attribute>|'
restore device
exits 0 data export next.xml found "${PLACE[@]}"
has found '"$state":"changed","Age":37,"Level":3'
