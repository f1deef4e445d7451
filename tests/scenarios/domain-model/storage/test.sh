# domain-model §12: what databases look like inside. Others' tools read it, and what is
# slow without its index stays right, so that no other test would tell.
command -v sqlite3 >/dev/null || { echo "skipped: there is no sqlite3"; exit 77; }
schema() { # FILE LINES…: of the app's tables and indexes
    sqlite3 "$1" "select sql from sqlite_master where tbl_name like 'F.%'
        and sql is not null order by name" >schema
    cat >wanted
    diff wanted schema >out || fail "$1 has other tables and indexes"
}
ask() { # EXPECTED SQL: of the device
    sqlite3 device.db "$2" >answer
    [ "$(paste -sd ' ' answer)" = "$1" ] || { cp answer out; fail "not $1: $2"; }
}
import='{"entity": "F.Thing", "id": "t", "Text": "t"}'
on_device <<<"$import"
on_server <<<"$import"

scenario "domain-model D1, D122, D123, D126; xpath Q175"
# An object in memory has no table; what the server alone keeps (hashed texts, versions
# of rows, indexes that are not for devices or of unique rules) devices lack. The index
# of a one-to-one reference is not UNIQUE: partners change one after the other.
schema device.db <<'END'
CREATE TABLE "F.Other"(id INTEGER PRIMARY KEY, "Text" TEXT) STRICT
CREATE TABLE "F.Thing"(id INTEGER PRIMARY KEY, "Text" TEXT, "Whole" INTEGER, "Big" INTEGER, "Exact" BLOB, "Yes" INTEGER NOT NULL DEFAULT 1, "Day" INTEGER, "Color" TEXT, "Number" INTEGER, "Bytes" BLOB, "changedDate" INTEGER, "F.Thing_One" INTEGER, "F.Thing_Twin" INTEGER, "System.owner" INTEGER) STRICT
CREATE TABLE "F.Thing_Many"(parent INTEGER NOT NULL, child INTEGER NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID, STRICT
CREATE INDEX "ix:F.Thing.F.Thing_One" ON "F.Thing"("F.Thing_One") WHERE "F.Thing_One" IS NOT NULL
CREATE INDEX "ix:F.Thing.F.Thing_Twin" ON "F.Thing"("F.Thing_Twin") WHERE "F.Thing_Twin" IS NOT NULL
CREATE INDEX "ix:F.Thing.System.owner" ON "F.Thing"("System.owner") WHERE "System.owner" IS NOT NULL
CREATE INDEX "ix:F.Thing_Many" ON "F.Thing_Many"(child, parent)
CREATE INDEX "mx:F.Thing.0" ON "F.Thing"("Whole", "Day" DESC)
END
schema server.db <<'END'
CREATE TABLE "F.Other"(id INTEGER PRIMARY KEY, _version INTEGER NOT NULL, "Text" TEXT) STRICT
CREATE TABLE "F.Thing"(id INTEGER PRIMARY KEY, _version INTEGER NOT NULL, "Text" TEXT, "Whole" INTEGER, "Big" INTEGER, "Exact" BLOB, "Yes" INTEGER NOT NULL DEFAULT 1, "Day" INTEGER, "Color" TEXT, "Number" INTEGER, "Bytes" BLOB, "Secret" TEXT, "changedDate" INTEGER, "F.Thing_One" INTEGER, "F.Thing_Twin" INTEGER, "System.owner" INTEGER) STRICT
CREATE TABLE "F.Thing_Many"(parent INTEGER NOT NULL, child INTEGER NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID, STRICT
CREATE INDEX "ix:F.Thing.F.Thing_One" ON "F.Thing"("F.Thing_One") WHERE "F.Thing_One" IS NOT NULL
CREATE INDEX "ix:F.Thing.F.Thing_Twin" ON "F.Thing"("F.Thing_Twin") WHERE "F.Thing_Twin" IS NOT NULL
CREATE INDEX "ix:F.Thing.System.owner" ON "F.Thing"("System.owner") WHERE "System.owner" IS NOT NULL
CREATE INDEX "ix:F.Thing_Many" ON "F.Thing_Many"(child, parent)
CREATE INDEX "mx:F.Thing.0" ON "F.Thing"("Whole", "Day" DESC)
CREATE INDEX "mx:F.Thing.1" ON "F.Thing"("Big")
CREATE INDEX "mx:F.Thing.unique.Text" ON "F.Thing"("Text")
END

scenario "domain-model D130, D131; synchronize S11 … S13"
# The kind, how many members are in `changed` (an identity of 16 bytes each), and
# whether `mid` and `lseq` are new.
changes() { # EXPECTED
    ask "$1" "select kind || ':' || (coalesce(length(changed), 0) / 16) from _mx_change order by lseq"
    sqlite3 device.db "select hex(mid) from _mx_change where length(mid) = 16 order by lseq" >mids
    sqlite3 device.db "select max(lseq) from _mx_change" >lseq
}
later() { # COMMAND…: writes a new mid and a larger lseq
    cp mids mids.before
    cp lseq lseq.before
    exits 0 run "$APP" "$@" "${DEVICE[@]}"
}
renewed() {
    ! grep -qxF -f mids.before mids || fail "the mid is the old one"
    [ "$(cat lseq)" -gt "$(cat lseq.before)" ] || fail "the lseq is not larger"
}
ask 1 "select count(*) from _mx_object where server_hash is null"
changes ""
exits 0 run "$APP" F.Touch --arg E=t "${DEVICE[@]}"
changes 2:0
later F.SetText --arg "E=//F.Thing[Text='t']"
changes 2:0 # to what it is
renewed
later F.SetWhole --arg E=t
changes 2:1
renewed
on_device <<<'{"entity": "F.Thing", "id": "t", "Text": "u", "Whole": 7, "$state": "changed"}'
changes 2:2
later F.SetText --arg E=t
changes 2:2
renewed
exits 0 run "$APP" F.Make "${DEVICE[@]}"
changes '2:2 1:0'
later F.Touch --arg "E=//F.Thing[Text='made']"
changes '2:2 1:0'
exits 0 run "$APP" F.Drop --arg "E=//F.Thing[Text='made']" "${DEVICE[@]}"
changes 2:2 # nobody has to be told
later F.Drop --arg E=t
changes 3:0
renewed
ask 0 'select count(*) from "F.Thing"'

scenario "domain-model D133, D134"
for n in 1 2 3; do
    echo "{\"entity\": \"F.Thing\", \"id\": \"s$n\", \"Text\": \"s$n\"}"
done | on_server
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna
ask 3 'select count(*) from "F.Thing"'
ask 0 "select count(*) from _mx_change"
ask '3:1' "select count(*) || ':' || count(distinct rights) from _mx_object where server_hash is not null"
ask 1 "select count(*) from _mx_right_class where length(inaccessible) > 0 and length(readonly) > 0"
ask '1:1' "select uploaded || ':' || count(*) from _mx_sync"
ask 1 "select count(*) from _mx_view where length(token) > 0"
ask 0 "select count(*) from _mx_pending"
ask 1 "select count(*) from _mx_meta where key = 'device_number'"

scenario "domain-model D4: names like those of columns of its own"
for name in ID _type _version; do
    sed "s/Name=\"Big\"/Name=\"$name\"/; s/F.Thing.Big/F.Thing.$name/" "$APP" >clash.xml
    rm -f device.db
    APP=clash.xml on_device <<<"{\"entity\": \"F.Thing\", \"id\": \"t\", \"$name\": 5}"
    exits 0 data export clash.xml device --on device "${DEVICE[@]}"
    has device "\"$name\":5"
done
