# Suites that were written for other runners of the format (test E1 … E14) run
# where those run them, on the server, without a word of ours; and @on.
APP="$here/test-runner/model.xml"
cat >other.test.mdl <<"END"
-- a line that spells /** and */ out
/**
 * What this file is about.
 *
 * @setup T.Seed
 */

/**
 * Prose, and "@expect false" in the middle of it.
 *
 * @test a microflow that no role may call from a device
 * @expect $result = 8
 * @expect length(toString($result)) <> 2
 */
$result = CALL MICROFLOW T.Inside(
  N = 4
);
/

/**
 * @test what a microflow writes is seen, in the body and by the query
 * @cleanup none
 * @setup T.Seed
 * @expect count($Notes) = 3
 * @verify select count(*) as n from T.Note = 3
 * @verify SELECT max(Text) as t FROM T.Note = 'seeded'
 */
call microflow T.Seed();
RETRIEVE $Notes FROM T.Note;
/

/**
 * @test every test begins with what its setup made
 * @expect $first/Text = 'seeded' and $found = true and $count = 1
 */
declare $found Boolean = false;
retrieve $notes from T.Note where Text = 'seeded';
retrieve $first from T.Note where [Text = 'seeded'] limit 1;
$count = count($notes);
$found = $first != empty;
/

/**
 * @test a rule of the entity refuses it
 * @throws 'Write something'
 */
$n = create T.Note ();
commit $n;
/

/**
 * @test no access rule stands in the way
 * @cleanup none
 * @verify select count(*) as n from T.Secret = 1
 */
$s = create T.Secret (Text = 'x') commit;
/

/**
 * @test an error that is handled, and a loop
 * @expect $seen and $sum = 3
 */
declare $seen Boolean = false;
declare $sum Integer = 0;
declare $list list of T.Note = empty;
$a = create T.Note (Text = 'a', Count = 1); $b = create T.Note (Text = 'b', Count = 2);
add $a to $list; add $b to $list;
loop $x in $list begin
  set $sum = $sum + $x/Count;
end loop;
call microflow T.Breaks() on error { set $seen = true; };
log info 'done';
/
END
sed 's#<Microflow Name="Seed"#<Microflow Name="Inside" MicroflowReturnType="IntegerType"><ObjectCollection><Objects><MicroflowParameter Name="N" VariableType="IntegerType"/><StartEvent id="s"/><EndEvent id="e" ReturnValue="$N * 2"/></Objects></ObjectCollection><Flows><flow from="s" to="e"/></Flows></Microflow><Microflow Name="Breaks"><ObjectCollection><Objects><StartEvent id="s"/><ActionActivity id="a"><Action type="CreateVariableAction" VariableName="X" VariableType="IntegerType" InitialValue="1 div 0"/></ActionActivity><EndEvent id="e"/></Objects></ObjectCollection><Flows><flow from="s" to="a"/><flow from="a" to="e"/></Flows></Microflow>&#' "$APP" >app.xml
exits 0 test other.test.mdl --app app.xml
has out '6 passed, 0 failed, 0 errors, 0 skipped'
cp out unchanged
exits 0 test other.test.mdl --app app.xml --mxcli-strict
cmp -s <(sed 's/([0-9]*ms/(/' out) <(sed 's/([0-9]*ms/(/' unchanged) || fail "strict is other"

scenario "what speaks of a device or a user runs on a device, @on says otherwise"
cat >own.test.mdl <<"END"
/** @test a user's device may not call it
 * @user anna
 * @throws
 */
$x = call microflow T.Inside (N = 1);
/
/** @test the server may, with its data and mocks
 * @on server
 * @data notes.jsonl
 * @mock microflow T.Twice returns 7
 * @expect $x = 2 and $seven = 7 and $milk/Text = 'Milk' and count($all) = 1
 * @expect-call T.Twice (N = 3) once
 * @verify select count(*) as n from T.Note = 1
 * @verify server select count(*) as n from T.Note = 1
 */
$x = call microflow T.Inside (N = 1);
$seven = call microflow T.Twice (N = 3);
retrieve $all from T.Note;
/
/** @test a portable test on a device
 * @on device
 * @expect count($all) = 0
 */
call microflow T.Seed ();
retrieve $all from T.Note;
/
/** @test a nanoflow is a device's
 * @expect $h = 1.5
 */
$h = call nanoflow T.Half (N = 3);
/
/** @test not on a server
 * @on server
 */
synchronize;
/
/** @test nowhere
 * @on cloud
 */
END
echo '{"entity": "T.Note", "id": "milk", "Text": "Milk"}' >notes.jsonl
exits 1 test own.test.mdl --app app.xml
has out '4 passed, 0 failed, 2 errors'
has out 'the body has what only a device can do'
has out '@on can'
