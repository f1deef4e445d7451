# What tests come to: PASS, FAIL, ERROR, SKIP, vacuous ones, the report (test
# E5 … E8, E12, E13, E46, §2).
APP="$here/program/model.xml"
cat >a.test.mdl <<"END"
/** @test passes
 * @expect $text = 'Hello, you'
 * @expect $text <> 'x' and 1 < 2
 */
$text = call nanoflow Main.Greet(Name = 'you');
/
/** @test fails
 * @expect $text = 'Hello, "<you>"'
 */
$text = call nanoflow Main.Greet(Name = 'me');
/
/** @test breaks */
$q = call nanoflow Main.Divide(A = 1, B = 0);
/
/** @test asserts nothing */
declare $a Integer = 1;
/
/** @test is skipped
 * @skip 'not today'
 */
/
/** @test has an unknown tag
 * @expct true
 */
/
/** @test has an unknown variable
 * @expect $nobody = 1
 */
/
/** @test throws as expected
 * @throws 'zero'
 */
$q = call nanoflow Main.Divide(A = 1, B = 0);
/
/** @test does not throw
 * @throws
 */
$q = call nanoflow Main.Divide(A = 1, B = 1);
/
/** @test throws something else
 * @throws 'network'
 */
$q = call nanoflow Main.Divide(A = 1, B = 0);
/
/** @test throws and expects
 * @throws
 * @expect true
 */
$q = call nanoflow Main.Divide(A = 1, B = 0);
END
exits 1 test a.test.mdl --app "$APP" --junit report.xml
scenario "states (E46)"
for line in 'PASS  passes (' 'FAIL  fails (' 'ERROR breaks (' 'PASS  asserts nothing (' \
    'SKIP  is skipped' 'ERROR has an unknown tag' 'ERROR has an unknown variable' \
    'PASS  throws as expected' 'FAIL  does not throw' 'FAIL  throws something else' \
    'ERROR throws and expects'; do has out "$line"; done
has out '3 passed, 3 failed, 4 errors, 1 skipped'
scenario "what was expected, and what there is (E6)"
has out "line 8: expected \$text = 'Hello, \"<you>\"', actual: \$text = 'Hello, me'"
has out 'line 13: the body failed: '
has out '@expct is not supported'
has out 'nobody'
scenario "vacuous tests (E13)"
has out 'ms, no assertions)'
has out '1 test(s) asserted nothing'
exits 1 test a.test.mdl --app "$APP" --filter 'asserts nothing' --require-assertions
has out 'ERROR asserts nothing'
exits 0 test a.test.mdl --app "$APP" --filter 'asserts nothing'
scenario "the report (§2)"
has report.xml '<testsuite name="a.test.mdl" tests="11" failures="3" errors="4" skipped="1" time="'
has report.xml '<testcase name="passes" classname="a" time="'
grep -q '<property name="assertions" value="[1-9][0-9]*"/>' report.xml || fail "assertions of the file"
has report.xml '&#10;2 assertions&#10;'
has report.xml 'Hello, &quot;&lt;you&gt;&quot;'
has report.xml '<skipped message='
xmllint --noout report.xml 2>/dev/null || [ "$(command -v xmllint)" = "" ] || fail "no XML"
scenario "exit codes (E12)"
mkdir empty
exits 3 test empty --app "$APP"
exits 3 test missing --app "$APP"
exits 3 test a.test.mdl --app "$APP" --filter nothing-has-this
exits 2 test a.test.mdl
exits 2 test a.test.mdl --app "$APP" --db device.db

scenario "what is wrong is told with its line, and with what may be meant"
APP="$here/test-runner/model.xml"
wrong() { # wrong MESSAGE TAG…: a test with these tags is an ERROR in line 2
    local message=$1
    shift
    printf '/** @test wrong\n' >w.test.mdl
    printf ' * @%s\n' "$@" >>w.test.mdl
    printf ' */\n/\n' >>w.test.mdl
    exits 1 test w.test.mdl --app "$APP"
    has out 'ERROR wrong'
    grep -qF -- "line $(($# + 1)): " out || fail "no line $(($# + 1))"
    has out "$message"
}
wrong "did you mean '@expect'?" 'exepct true'
wrong 'there is another @user above' 'user anna' 'user bert'
wrong "there is no user \"ana\"" 'user ana'
wrong 'no user role or module role "T.Nobody"' 'role T.Nobody'
wrong 'no navigation profile "Desk"' 'profile Desk'
wrong '"yesterday" is no time' 'now yesterday'
wrong 'unknown time zone' 'zone Europe/Nowhere'
wrong '"d" is no language' 'locale d'
wrong 'no constant "T.Nothing"' 'constant T.Nothing = 1'
wrong '"befor-commit=cut" is no fault' 'fault befor-commit=cut'
wrong 'no flow and no action "T.Nothing"' 'expect-call T.Nothing never'
wrong 'has no parameter "M"' 'expect-call T.Half (M = 1) never'
wrong 'no flow and no action "T.Nothing"' 'expect $calls/T.Nothing = 0'
printf '/** @usr anna */\n/\n' >w.test.mdl
exits 1 test w.test.mdl --app "$APP"
has out "did you mean '@user'?"
