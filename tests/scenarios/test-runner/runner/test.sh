# Which tests run and how: several at once, tags, @only, lists, tries, portable
# suites, the app of a suite, skeletons (test E5, E12, E41, E43, E45, E46).
APP="$here/test-runner/model.xml"
cp "$APP" app.xml
cat >a.test.mdl <<"END"
/** @app app.xml
 * @tags all
 */
/
/** @test one
 * @tags quick all
 * @expect true
 */
/
/** @test two
 * @tags slow
 * @expect $n/Text = 'x'
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'x'); commit $n; synchronize;
/
/** @test alone
 * @sequential
 * @expect 1 = 1
 */
/
/** @test three
 * @skip 'later'
 */
END
for i in 1 2 3 4 5 6; do
    sed "s/@test /@test copy $i /; s/@app.*//" a.test.mdl >"b$i.test.mdl"
done
scenario "E45: at once, told in order"
exits 0 test . --jobs 1
sed 's/ ([0-9]*ms,.*//' out >one
exits 0 test . --jobs 4
sed 's/ ([0-9]*ms,.*//' out >four
cmp one four || fail "other results with four jobs"
has four 'PASS  copy 6 alone'
has out '21 passed, 0 failed, 0 errors, 7 skipped'
scenario "the app of the suite"
exits 2 test b1.test.mdl
exits 0 test b1.test.mdl --app app.xml
scenario "E41: tags"
exits 0 test a.test.mdl --tags slow
has out '1 passed, 0 failed, 0 errors, 0 skipped'
exits 0 test a.test.mdl --tags 'all,!quick'
has out 'PASS  alone'
has out '1 passed, 0 failed, 0 errors, 1 skipped'
exits 3 test a.test.mdl --tags nothing
scenario "E12: lists"
exits 0 test a.test.mdl --list
has out "a.test.mdl:5	one"
has out "a.test.mdl:17	alone"
echo '/** @test a */ /** @test b */' >broken.test.mdl
exits 1 test a.test.mdl broken.test.mdl --list
has out 'ERROR broken.test.mdl: '
rm broken.test.mdl
scenario "E41: @only"
sed 's/^ \* @sequential/ * @only/' a.test.mdl >only.test.mdl
exits 0 test only.test.mdl
has out 'PASS  alone'
has out 'another test has @only'
has out '1 passed, 0 failed, 0 errors, 3 skipped'
rm only.test.mdl
scenario "E46: FLAKY, and what never passes"
mkdir again
cat >again/a.test.mdl <<"END"
/** @test never passes
 * @expect 1 = 2
 */
END
exits 1 test again --app app.xml --retry 2 --filter never
has out 'FAIL  never passes'
has out 'expected 1 = 2'
[ "$(grep -c 'expected 1 = 2' out)" -eq 1 ] || fail "the tries are told"
{
    printf '/** @test by chance\n * @each\n * | n |\n'
    for i in $(seq 24); do echo " * | $i |"; done
    printf ' * @expect random() < 0.5\n */\n'
} >again/chance.test.mdl
exits 0 test again/chance.test.mdl --app app.xml --retry 60
has out 'FLAKY by chance'
has out 'passed only when tried again'
has out '24 passed, 0 failed'
exits 0 test again/chance.test.mdl --app app.xml --retry 60 --tap --junit again.xml
! grep -q '^not ok' out || fail "they passed"
has out '# passed only when tried again: line '
hasnt again.xml '<failure '
has again.xml 'passed only when tried again: line '
exits 0 test again/chance.test.mdl --app app.xml --retry 60 --json --html again.html
has out '"state":"FLAKY"'
grep -q '"event":"run".*"flaky":[1-9]' out || fail "how many were flaky"
scenario "E43: mocks that are not used"
cat >again/m.test.mdl <<"END"
/** @test unused
 * @mock microflow T.Twice returns 1
 * @expect true
 */
END
exits 0 test again/m.test.mdl --app app.xml
has out 'warning: this mock was not used: microflow T.Twice returns 1'
exits 1 test again/m.test.mdl --app app.xml --strict
has out 'ERROR unused'
scenario "portable suites (E1 … E14)"
cat >again/p.test.mdl <<"END"
/** @test portable
 * @cleanup none
 * @expect $a = 1
 * @verify select count(*) as n from T.Note = 0
 */
declare $a Integer = 1;
/
/** @test a tag of ours
 * @user anna
 */
/
/** @test a statement of ours */
synchronize;
/
/** @test a query that would be undone
 * @verify select count(*) as n from T.Note = 0
 */
END
exits 1 test again/p.test.mdl --app app.xml --mxcli-strict
has out 'PASS  portable'
has out '@user is not portable'
has out '"synchronize" is not supported'
has out '@verify needs @cleanup none'
exits 0 test again/p.test.mdl --app app.xml
scenario "E43: what a flow needs mocked"
exits 0 test --skeleton T.Sell --app app.xml
has out ' * @mock   javascript action T.Price (Amount = any) returns 0.0'
has out ' * @mock   microflow T.Twice (N = any) returns 0'
has out '$result = call nanoflow T.Sell (Amount = 0);'
mv out again/s.test.mdl
exits 1 test again/s.test.mdl --app app.xml
has out "actual: \$result = '0 0 0'"
exits 2 test --skeleton T.Nothing --app app.xml
exits 2 test --skeleton T.Sel --app app.xml
has err "did you mean 'T.Sell'?"
service=$here/../../examples/field-service/app.xml
exits 0 test --skeleton FieldService.ACT_TakeWorkOrder --app "$service"
has out '$WorkOrder = create FieldService.WorkOrder ();'
has out 'FieldService.ACT_TakeWorkOrder (WorkOrder = $WorkOrder, Technician = $Technician);'
mv out again/t.test.mdl
exits 0 test again/t.test.mdl --app "$service"
exits 0 test --skeleton FieldService.ACT_CompleteWorkOrder --app "$service"
has out ' * @expect $result != empty'
exits 2 test a.test.mdl --jobs 0
scenario "E6: what is not supported is an ERROR that names it"
for tag in 'forall $n in numbers' 'covers T.None' 'requires more' \
    'fault' 'server file.db' 'unmocked maybe' 'advance soon' 'device a b'; do
    printf '/** @test a\n * @%s\n * @expect true\n */\n' "$tag" >again/u.test.mdl
    exits 1 test again/u.test.mdl --app app.xml
    has out 'ERROR a'
    has out "@${tag%% *}"
done
scenario "E47: flows of the app that are tests by their names"
flow() { # flow KIND NAME TYPE RESULT
    printf '<%s Name="%s" MicroflowReturnType="%s"><ObjectCollection><Objects><StartEvent id="s"/><EndEvent id="e" ReturnValue="%s"/></Objects></ObjectCollection><Flows><flow from="s" to="e"/></Flows></%s>' "$1" "$2" "$3" "$4" "$1"
}
all=$(flow Nanoflow TEST_Good BooleanType 'true'; flow Microflow UT_Bad BooleanType '1 = 2'
    flow Microflow Test_Says StringType "'it is broken'"; flow Nanoflow ut_Silent StringType "''"
    flow Microflow Testing BooleanType 'false')
sed "s#<Microflow Name=\"Seed\"#$all&#" app.xml >flows.xml
exits 1 test --discover flows --app flows.xml
has out 'PASS  T.TEST_Good ('
has out 'FAIL  T.UT_Bad ('
has out "actual: \$result = 'it is broken'"
has out 'PASS  T.ut_Silent ('
has out '2 passed, 2 failed, 0 errors, 0 skipped'
exits 0 test again/m.test.mdl --discover flows --filter TEST_ --app flows.xml
has out '1 passed'
exits 3 test --discover flows --app app.xml
exits 2 test --discover pages --app app.xml
scenario "E12: hidden folders are left alone, a link to a folder is followed"
mkdir -p tree/.git tree/inner
cp again/m.test.mdl tree/inner
cp again/m.test.mdl tree/.git
ln -s tree link
exits 0 test link --app app.xml --list
lines out 1
