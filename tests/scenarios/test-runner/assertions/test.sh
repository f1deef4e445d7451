# Assertions in tags and built-in variables (test E42), each once where it holds
# and once where it does not.
APP="$here/test-runner/model.xml"
cat >a.test.mdl <<"END"
/** @role T.User, System.User
 * @now 2026-03-18T10:20:30Z
 */
/
/** @test what is seen
 * @expect-page T.Detail
 * @expect-message information 'Your note%'
 * @expect-message '%saved'
 * @expect-validation none
 * @expect-log info Notes 'saved %'
 * @expect-call T.Save
 * @expect-call T.Half never
 * @expect-committed $n
 * @expect-sync none
 * @expect $ui/page = 'T.Detail' and $ui/pages = 1 and $ui/messages = 1
 * @expect $ui/message = 'Your note is saved' and $ui/validations = 0
 * @expect $log/count = 1 and $log/last = 'saved Milk'
 * @expect count($log) = 1 and count($calls) = 1 and $calls/T.Save = 1
 * @expect count($queue) = 1 and $queue/T.Note = 1 and $queue/T.Secret = 0
 */
$n = create T.Note (Text = 'Milk');
call nanoflow T.Save (Note = $n);
/
/** @test what is refused
 * @expect-page none
 * @expect-message none
 * @expect-validation $n/Text 'Write something%'
 * @expect-changed $n/Count
 * @expect $ui/validations = 1
 */
$n = create T.Note (Text = ' ');
commit $n;
change $n (Count = 7);
call nanoflow T.Save (Note = $n);
/
/** @test what was sent
 * @expect-sync uploaded 2, errors 0, mode all
 * @expect-sync-error none
 * @expect $sync/count = 1 and $sync/bytes > 0 and $sync/error = ''
 * @expect contains($sync/phases, 'data-up')
 * @expect-queue empty
 */
$a = create T.Note (Text = 'a'); $b = create T.Note (Text = 'b');
commit $a; commit $b;
synchronize;
/
/** @test what the server refused
 * @expect-sync uploaded 0, errors 1
 * @expect-sync-error validation T.Note
 * @expect-sync-error OBJ_VALIDATION T.Note/Text
 * @verify server select count(*) as n from System.SynchronizationError = 1
 * @verify server select count(*) as n from T.Note = 0
 */
$a = create T.Note ();
commit $a;
synchronize;
/
/** @test calls with their arguments
 * @mock javascript action T.Price returns 1.5
 * @expect-call T.Half (N = 3) once
 * @expect-call T.Half 2 times
 * @expect-call T.Price (Amount = any) 1 times
 * @expect-call T.Price (Amount = 4)
 * @expect-call T.Twice (N = 5) never
 */
$x = call nanoflow T.Half (N = 3);
$y = call nanoflow T.Sell (Amount = 4);
/
/** @test false: page
 * @expect-page none
 * @expect-message warning 'Your%'
 * @expect-log error Notes '%'
 * @expect-call T.Save never
 * @expect-changed $n/Text
 * @expect-validation $n/Text
 * @expect-queue empty
 * @expect-sync uploaded 1
 * @expect $ui/pages = 2
 */
$n = create T.Note (Text = 'Milk');
call nanoflow T.Save (Note = $n);
/
/** @test false: sync
 * @expect-sync uploaded 2
 * @expect-sync none
 * @expect-sync-error gone T.Note
 * @expect-committed $b
 */
$a = create T.Note (Text = 'a'); commit $a;
$b = create T.Note (Text = 'b');
synchronize;
/
/** @test wrong
 * @expect-page T.Nowhere
 * @expect-message loudly 'x'
 * @expect-log info 'x'
 * @expect-call Save
 * @expect-sync sent 1
 * @expect-committed $nobody
 * @expect-changed $n/Nothing
 * @expect-queue some
 */
$n = create T.Note (Text = 'a');
synchronize;
/
/** @test wrong built-in
 * @expect $sync/nothing = 1
 */
END
exits 1 test a.test.mdl --app "$APP"
scenario "E42: what holds"
for name in 'what is seen (' 'what is refused (' 'what was sent (' \
    'what the server refused (' 'calls with their arguments ('; do
    has out "PASS  $name"
done
scenario "E42: what does not"
has out 'expected page none, actual: T.Detail'
has out "expected message warning 'Your%', actual: Information Your note is saved"
has out "expected log error Notes '%', actual: Info Notes saved Milk"
has out 'expected call T.Save never, actual: 1 time; it was called with (Note = T.Note '
has out 'expected changed $n/Text, actual: as it is stored'
has out 'expected validation $n/Text, actual: none'
has out 'expected queue empty, actual: 1'
has out 'expected sync uploaded 1, actual: nothing was synchronized'
has out 'expected $ui/pages = 2, actual: $ui/pages = 1'
has out 'expected sync uploaded 2, actual: uploaded 1'
has out 'expected sync none, actual: there was one'
has out 'expected sync-error gone T.Note, actual: none'
has out 'expected committed $b, actual: new'
scenario "E42: what can't be tried is an ERROR"
for line in 'there is no page "T.Nowhere"' '@expect-message takes' '@expect-log takes' \
    '@expect-call takes' '@expect-sync takes' '@expect-committed: "$nobody" is no object' \
    'has no member "Nothing"' '@expect-queue takes'; do
    has out "$line"
done
has out 'ERROR wrong built-in'
has out '5 passed, 2 failed, 2 errors'

scenario "E42: invariants are tried after every statement"
cat >b.test.mdl <<"END"
/** @test nothing is lost
 * @user anna
 * @invariant committed objects = server objects + queued objects
 * @invariant $n = empty or $n/Count < 3
 */
declare $n T.Note;
loop_is_not_a_statement;
/
/** @test it holds
 * @user anna
 * @invariant committed objects = server objects + queued objects
 */
$n = create T.Note (Text = 'a'); commit $n;
go offline;
synchronize on error continue;
go online;
synchronize;
delete $n;
synchronize;
/
/** @test it is broken once
 * @invariant $log/count < 2
 */
log info 'one';
if true then log info 'two'; end if;
log info 'three';
/
/** @test it is broken before anything happens
 * @invariant 1 = 2
 */
END
exits 1 test b.test.mdl --app "$APP"
has out 'line 29: expected 1 = 2'
has out 'ERROR nothing is lost'
has out 'the statement "loop_is_not_a_statement" is not supported'
has out 'PASS  it holds ('
has out ', 8 assertions)'
has out 'FAIL  it is broken once ('
has out 'line 22: expected $log/count < 2, actual: $log/count = 2'

scenario "E7, E8, E42: quotes in texts are doubled, literals are of one kind"
cat >c.test.mdl <<"END"
/** @role T.User, System.User */
/
/** @test quotes
 * @expect-message 'it''s %'
 * @expect-log info Test 'say ''x'''
 * @verify select max(Text) as n from T.Note = 'it''s = 3'
 * @verify select count(*) as n from T.Note where Text = 'it''s = 3' = 1
 */
$n = create T.Note (Text = 'it''s = 3'); commit $n;
show message 'it''s shown';
log info 'say ''x''';
/
/** @test throws
 * @mock nanoflow T.Fails throws 'it''s broken'
 * @throws 'it''s'
 */
call nanoflow T.Fails ();
/
/** @test texts are compared as texts, numbers as numbers
 * @verify select max(Text) as n from T.Note = '9'
 * @verify select min(Text) as n from T.Note = '10'
 * @verify select max(Text) as n from T.Note != '9.0'
 * @verify select max(Count) as n from T.Note = 12.0
 */
$a = create T.Note (Text = '10', Count = 12); commit $a;
$b = create T.Note (Text = '9', Count = 2); commit $b;
/
/** @test wrong
 * @expect-message 'it
 * @verify select count(*) as n from T.Note = abc
 * @verify select count(*) as n from T.Note = 'a' 'b'
 * @verify select sum(Text) as n from T.Note = 1
 */
END
exits 1 test c.test.mdl --app "$APP"
has out '3 passed, 0 failed, 1 errors'
for line in 29 30 31 32; do
    has out "line $line: @"
done

scenario "E42: each thing that a synchronization tells, and both databases"
cat >notes.jsonl <<"END"
{"entity": "T.Note", "id": "milk", "Text": "Milk"}
{"entity": "T.Note", "id": "eggs", "Text": "Eggs"}
END
cat >sync.body <<"END"
on office {
  delete $milk;
  change $eggs (Count = 12); commit $eggs;
  synchronize;
  expect $sync/uploaded = 2 and $sync/downloaded = 0 and $sync/errors = 0;
}
on phone {
  $new = create T.Note (Text = 'new');
  synchronize $new, $eggs; -- what was never committed is left out (S29)
  expect $sync/uploaded = 0 and $sync/skipped = 1 and $sync/downloaded = 1 and $sync/mode = 'selected';
  commit $new;
  synchronize $new, $eggs;
  expect $sync/uploaded = 1 and $sync/skipped = 0 and $sync/errors = 0;
  synchronize;
  expect $sync/removed = 1 and $sync/downloaded = 2 and $sync/mode = 'all' and $milk = empty;
  $bad = create T.Note ();
  commit $bad;
  expect count($queue) = 1 and $queue/T.Note = 1;
  synchronize unsynchronized;
  expect $sync/bytes = $sync/bytesSent + $sync/bytesReceived and $sync/bytesSent > 0;
  expect $sync/phases = 'data-up applying data-down finishing' and $sync/error = '';
  expect $sync/count = 4 and $bad = empty;
}
/
END
{
    echo '/** @user anna
 * @data server notes.jsonl
 * @device phone
 * @device office
 */
/
/** @test all of it
 * @expect-sync uploaded 0, downloaded 0, removed 1, skipped 0, errors 1, mode unsynchronized
 * @expect-sync-error validation T.Note/Text
 * @expect-queue empty
 * @verify server select count(*) as n from System.SynchronizationError = 1
 * @verify server select count(*) as n from T.Note where Text is null = 0
 * @verify server select Count as n from T.Note where Text = '\''Eggs'\'' = 12
 * @verify local select count(*) as n from T.Note = 2
 * @verify local select count(*) as n from T.Note where Text is null = 0
 */'
    cat sync.body
    for what in 'sync uploaded 1' 'sync downloaded 1' 'sync removed 0' 'sync skipped 1' \
        'sync errors 0' 'sync mode all' 'sync-error no-access T.Note' \
        'sync-error validation T.Secret' 'sync-error validation T.Note/Count' \
        'sync-error none' 'queue 1'; do
        printf '/** @test %s\n * @expect-%s\n */\n' "$what" "$what"
        cat sync.body
    done
} >d.test.mdl
exits 1 test d.test.mdl --app "$APP"
has out 'PASS  all of it ('
has out '1 passed, 11 failed, 0 errors'
has out 'expected sync removed 0, actual: removed 1'
has out 'expected sync-error validation T.Note/Count, actual: T.Note: OBJ_VALIDATION'

scenario "E42: what can't be understood is an ERROR also where nothing was synchronized"
printf '/** @test none\n * @expect-sync uploaded 1\n */\n/\n/** @test words\n * @expect-sync everything fine\n */\n' >words.test.mdl
exits 1 test words.test.mdl --app "$APP"
has out 'FAIL  none'
has out 'actual: nothing was synchronized'
has out 'ERROR words'
has out '@expect-sync takes pairs'
