# Statements that only tests have (test E44), variables that are assigned again,
# users and devices (E41).
APP="$here/test-runner/model.xml"
cat >notes.jsonl <<"END"
{"entity": "T.Note", "id": "milk", "Text": "Milk"}
{"entity": "T.Secret", "id": "s1", "Text": "hidden"}
END
cat >a.test.mdl <<"END"
/** @now 2026-03-18T10:20:30Z
 * @seed 7
 */
/
/** @test the connection comes and goes
 * @expect-queue empty
 * @expect $failed
 */
declare $failed Boolean = false;
$n = create T.Note (Text = 'a'); commit $n;
go offline;
synchronize on error { set $failed = true; };
expect $failed;
expect count($queue) = 1;
go online;
synchronize;
expect $sync/uploaded = 1 and count($queue) = 0;
/
/** @test it begins offline
 * @offline
 * @expect count($queue) = 0
 */
$n = create T.Note (Text = 'a'); commit $n;
expect count($queue) = 1;
go online;
synchronize;
/
/** @test the clock stands still, but for this
 * @advance 1 hour
 * @expect $later = addMinutes($now, 90)
 */
declare $now DateTime = [%CurrentDateTime%];
expect $now = dateTimeUTC(2026, 3, 18, 11, 20, 30);
advance clock 1 hour;
advance clock 15 + 15 minutes;
declare $later DateTime = [%CurrentDateTime%];
/
/** @test the app begins anew
 * @expect $n/Text = 'kept' and $n/Count = 0
 * @expect $other = empty
 * @expect-queue 1
 */
$n = create T.Note (Text = 'kept'); commit $n;
change $n (Count = 5);
$other = create T.Note (Text = 'lost');
restart app;
expect $n/Count = 0;
/
/** @test a synchronization that the app did not survive goes on
 * @fault after-commit=cut*4
 * @expect-queue empty
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'once'); commit $n;
synchronize on error continue;
restart app;
synchronize;
/
/** @test users have databases of their own
 * @user anna
 * @expect-queue empty
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'of anna'); commit $n;
expect count($queue) = 1;
sign out;
sign in as 'bert';
expect count($queue) = 0;
retrieve $seen from T.Note;
expect count($seen) = 0;
sign out;
sign in as 'anna';
expect count($queue) = 1;
synchronize;
/
/** @test nobody is signed in
 * @user anna
 * @throws 'nobody is signed in'
 */
sign out;
declare $a Integer = 1;
/
/** @test two devices
 * @device phone
 * @device tablet
 * @expect $seen/Count = 5
 * @expect $mine/Count = 5
 * @verify server select sum(Count) as n from T.Note = 5
 */
on phone {
  $mine = create T.Note (Text = 'x', Count = 1); commit $mine;
  synchronize;
}
on tablet {
  synchronize;
  retrieve $seen from T.Note first;
  expect $seen/Count = 1;
  change $seen (Count = 5); commit $seen;
  go offline;
  synchronize on error continue;
  expect $sync/error = 'SYNC_NETWORK';
}
on phone { synchronize; expect $mine/Count = 1; }
on tablet { go online; synchronize; }
on phone { synchronize; }
/
/** @test a device that there is not
 * @device phone
 */
on laptop { synchronize; }
/
/** @test variables are assigned again
 * @expect $e/Text = 'second' and $n = 2
 * @expect $copy/Text = 'first'
 * @expect $found/Text = 'second'
 */
declare $e T.Note; declare $copy T.Note; declare $n Integer = 0;
$e = create T.Note (Text = 'first'); set $n = $n + 1;
set $copy = $e;
$e = create T.Note (Text = 'second'); set $n = $n + 1;
commit $e;
if $n = 2 then retrieve $found from T.Note first; else $found = create T.Note (); end if;
/
/** @test return, also within a loop
 * @expect $i = 3
 * @expect-queue empty
 */
declare $i Integer = 0;
while true begin
  set $i = $i + 1;
  if $i = 3 then return; end if;
end while;
$n = create T.Note (Text = 'never'); commit $n;
restart app;
$n = create T.Note (Text = 'never'); commit $n;
/
/** @test return ends all parts
 * @expect-queue empty
 */
if true then return; end if;
restart app;
$n = create T.Note (Text = 'never'); commit $n;
/
/** @test pages, feedback and logs of a body
 * @expect-page T.Detail
 * @expect-validation $n/Text 'Please%'
 * @expect-log warning Test 'careful'
 */
$n = create T.Note (Text = 'x');
show page T.Detail;
close page;
validation feedback $n/Text message 'Please ' + 'do';
log warning 'careful';
/
/** @test an access that is refused on the device
 * @role System.User, T.Guest
 * @throws
 */
$n = create T.Note (Text = 'x');
/
/** @test data of the server, as the user may see it
 * @user anna
 * @data server notes.jsonl
 * @expect $milk/Text = 'Milk' and count($notes) = 1 and count($secrets) = 0
 */
retrieve $notes from T.Note;
retrieve $secrets from T.Secret;
/
/** @test data of the server, for all roles
 * @data server notes.jsonl
 * @expect count($secrets) = 1
 */
retrieve $secrets from T.Secret;
/
/** @test a profile and a constant
 * @profile Tablet
 * @constant T.Rate = 5
 * @data both notes.jsonl
 * @expect @T.Rate = 5
 * @expect-sync downloaded 1
 */
synchronize;
/
/** @test a setup on the server and a call of a microflow
 * @setup T.Seed
 * @expect count($notes) = 1 and $eight = 8
 */
retrieve $notes from T.Note;
$eight = call microflow T.Twice (N = 4);
/
/** @test a setup that is not there
 * @setup T.Nothing
 */
/
/** @test an inline expectation that fails, and the next one
 * @expect true
 */
expect 1 = 2;
declare $x Integer = 3;
expect $x = 4 and count($queue) = 0;
/
/** @test an inline expectation that can't be tried */
expect $nobody = 1;
/
/** @test an inline expectation that breaks */
declare $x Integer = 0;
expect 1 div $x = 1;
END
exits 1 test a.test.mdl --app "$APP"
for name in 'the connection comes' 'it begins offline' 'the clock stands still' \
    'the app begins anew' 'a synchronization that the app' 'users have databases' \
    'nobody is signed in' 'two devices' 'variables are assigned' 'return, also' \
    'return ends all' 'pages, feedback' 'an access that is' 'data of the server, as' \
    'data of the server, for' 'a profile and' 'a setup on the server'; do
    has out "PASS  $name"
done
for name in 'a device that there is not' 'a setup that is not there' \
    "an inline expectation that can't" 'an inline expectation that breaks'; do
    has out "ERROR $name"
done
has out 'there is no @device laptop'
has out 'FAIL  an inline expectation that fails, and the next one ('
has out 'expected 1 = 2'
has out 'expected $x = 4 and count($queue) = 0, actual: $x = 3, count($queue) = 0'
has out '17 passed, 1 failed, 4 errors'

scenario "@server FILE (E41): each test begins with a copy of it (E45)"
exits 0 data import "$APP" notes.jsonl --on server "${DEVICE[@]}" "${SERVER[@]}"
mkdir -p inner
mv server.db* inner
cat >inner/b.test.mdl <<"END"
/** @server server.db
 * @user anna
 */
/
/** @test it changes its own
 * @expect $milk/Text = 'Milk'
 * @verify server select count(*) as n from T.Note = 2
 * @verify server select count(*) as n from T.Secret = 1
 */
retrieve $milk from T.Note first;
$n = create T.Note (Text = 'new'); commit $n;
synchronize;
/
/** @test and so does another
 * @verify server select count(*) as n from T.Note = 2
 */
$n = create T.Note (Text = 'other'); commit $n;
synchronize;
/
/** @test one begins with nothing
 * @server fresh
 * @verify server select count(*) as n from T.Note = 0
 */
/
/** @test there is no such file
 * @server other.db
 */
/
/** @test it is no database
 * @server b.test.mdl
 */
END
sha256sum inner/server.db >before
exits 1 test inner/b.test.mdl --app "$APP"
sha256sum --status -c before || fail "the file has changed"
has out '3 passed, 0 failed, 2 errors'
has out 'there is no file "inner/other.db"'

scenario "@data with CSV (E41)"
printf '\xEF\xBB\xBFentity,id,Text,Count\r\n' >notes.csv
printf 'T.Note,milk,"Milk, ""fresh""\nand cold",7\r\n\r\nT.Note,none,"",' >>notes.csv
printf 'entity,id,Text\nT.Note,milk\n' >short.csv
printf 'entity,id,Text\nT.Note,milk,"no end\n' >open.csv
printf 'id,entity,Text\nmilk,T.Note,x\n' >order.csv
printf 'entity,id,Count\nT.Note,ok,1\nT.Note,milk,many\n' >number.csv
cat >c.test.mdl <<"END"
/** @test values, quotes and what is not given
 * @data both notes.csv
 * @expect contains($milk/Text, 'Milk, "fresh"') and endsWith($milk/Text, 'and cold')
 * @expect $milk/Count = 7 and $none/Text = '' and $none/Count = 0
 * @verify server select count(*) as n from T.Note = 2
 */
/
END
for name in short open order number; do
    printf '/** @test %s\n * @data %s.csv\n * @expect true\n */\n/\n' \
        "$name" "$name" >>c.test.mdl
done
exits 1 test c.test.mdl --app "$APP"
has out 'PASS  values, quotes'
has out '1 passed, 0 failed, 4 errors'
has out 'not as many values'
has out 'a text in quotes has no end'
has out 'the first column must be "entity"'
exits 3 data import "$APP" number.csv --on server "${DEVICE[@]}" "${SERVER[@]}"
has err 'number.csv:3'

scenario "@zone and @locale (E40, E41): of the file, and of one test"
cat >d.test.mdl <<"END"
/** @now 2026-07-18T22:30:00Z
 * @zone Europe/Amsterdam
 * @locale nl_NL
 */
/
/** @test of the file
 * @expect formatDateTime($now, 'yyyy-MM-dd HH:mm EEEE') = '2026-07-19 00:30 zondag'
 * @expect formatDateTimeUTC($now, 'HH:mm') = '22:30'
 */
declare $now DateTime = [%CurrentDateTime%];
/
/** @test of its own
 * @zone America/New_York
 * @locale en_US
 * @expect formatDateTime($now, 'yyyy-MM-dd HH:mm EEEE') = '2026-07-18 18:30 Saturday'
 */
declare $now DateTime = [%CurrentDateTime%];
/
END
exits 0 test d.test.mdl --app "$APP"
exits 0 test d.test.mdl --app "$APP" --filter 'of its own' --time-zone Asia/Tokyo --locale de_DE

scenario "@data with SQL (E41)"
cat >notes.sql <<"END"
-- what an export might have
INSERT INTO t$note (id, TEXT, count) VALUES ('milk', 'Milk, ''fresh''
and cold', 7), ('none', NULL, -1); /* and; ( */
insert into "T"."Note" ("id", "Text", "T.Note_Before") values ('after', 'x', 'milk');;
INSERT INTO T.Secret (id, Text) VALUES (12345, 'hidden');
END
cat >e.test.mdl <<"END"
/** @test values, quotes and references
 * @data both notes.sql
 * @expect contains($milk/Text, 'Milk, ''fresh''') and endsWith($milk/Text, 'and cold')
 * @expect $milk/Count = 7 and $none/Text = empty and $none/Count = -1
 * @expect $after/T.Note_Before = $milk
 * @verify server select count(*) as n from T.Note = 3
 * @verify server select Text as t from T.Secret = 'hidden'
 */
/
END
bad() { # bad NAME TEXT: a data file
    printf '%s\n' "$2" >"$1.sql"
    printf '/** @test %s\n * @data %s.sql\n * @expect true\n */\n/\n' "$1" "$1" >>e.test.mdl
}
bad update 'update t$note set count = 1'
bad entity 'insert into t$nothing (id) values (1)'
bad column 'insert into t$note (id, nothing) values (1, 2)'
bad short "insert into t\$note (id, text) values ('a')"
bad open "insert into t\$note (id, text) values ('a', 'b)"
bad value "insert into t\$note (id, text) values ('a', now())"
bad behind "insert into t\$note (id, text) values ('a', 'b') returning id"
exits 1 test e.test.mdl --app "$APP"
has out 'PASS  values, quotes and references ('
has out '1 passed, 0 failed, 7 errors'
has out 'only INSERT INTO'
has out 'no entity "t$nothing"'
has out 'has no member "nothing"'
has out 'not as many values'
has out 'a text in quotes has no end'
exits 3 data import "$APP" short.sql --on server "${DEVICE[@]}" "${SERVER[@]}"
has err 'short.sql:1'

scenario "@snapshot (E41): what a test leaves is as it was"
cat >f.test.mdl <<"END"
/** @now 2026-03-18T10:20:30Z
 * @user anna
 */
/
/** @test two notes
 * @snapshot
 * @snapshot second/name
 */
$a = create T.Note (Text = 'b', Count = 2); commit $a;
$b = create T.Note (Text = 'a', T.Note_Before = $a); commit $b;
synchronize;
$c = create T.Note (Text = 'c', T.Note_Before = $b); commit $c;
show message 'It is ' + 'done' type Warning;
log info 'over';
END
exits 1 test f.test.mdl --app "$APP"
has out 'there is no snapshot "f.test.mdl.snapshots/two-notes.txt"'
[ ! -e f.test.mdl.snapshots ] || fail "it was written without being asked"
exits 0 test f.test.mdl --app "$APP" --update-snapshots
has out 'the snapshot is written: f.test.mdl.snapshots/second-name.txt'
has f.test.mdl.snapshots/two-notes.txt 'device message Warning It is done'
has f.test.mdl.snapshots/two-notes.txt "device T.Note 1, Text = 'a', Count = 0, T.Note_Before = T.Note 2"
has f.test.mdl.snapshots/two-notes.txt "device T.Note 3 (new), Text = 'c', Count = 0, T.Note_Before = T.Note 1"
has f.test.mdl.snapshots/two-notes.txt "server T.Note 2, Text = 'b', Count = 2"
lines f.test.mdl.snapshots/two-notes.txt 7
exits 0 test f.test.mdl --app "$APP" --seed 99
sed -i "s/Text = 'c'/Text = 'd'/" f.test.mdl
exits 1 test f.test.mdl --app "$APP"
has out 'FAIL  two notes ('
has out 'the snapshot has in line 5 "device T.Note 3 (new), Text = '
