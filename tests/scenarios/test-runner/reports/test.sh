# Results for machines: JUnit's XML, TAP 14, JSON lines (test E48, §2), with the
# steps that led to a failure.
APP="$here/test-runner/coverage/model.xml"
cat >all.test.mdl <<"END"
/** @test passes # with a mark & "<quotes>"
 * @expect $n = 1
 */
$n = call nanoflow Cover.Sum(N = 1);
/
/** @test fails
 * @expect $n = 2
 * @expect $n = 3
 */
$n = call nanoflow Cover.Sum(N = 1);
/
/** @test breaks */
$n = call nanoflow Cover.Outer();
/
/** @test is skipped
 * @skip 'not today'
 */
/
END
printf '/** @test another file\n * @expect true\n */\n$n = call nanoflow Cover.Sum(N = 0);\n/\n' >other.test.mdl

scenario "reports that can't be written are told before a test runs"
for report in "--junit none/a.xml" "--html none/a.html" --coverage=none/a "--junit ."; do
    # shellcheck disable=SC2086
    exits 3 test other.test.mdl --app "$APP" $report
    has err "can't be"
    ! grep -q PASS out || fail "tests ran"
done

scenario "JUnit: the schema, a suite for each file, all failures, the steps"
exits 1 test all.test.mdl other.test.mdl --app "$APP" --junit report.xml
xmllint --noout --relaxng "$here/test-runner/reports/junit.rng" report.xml \
    2>err || fail "the report does not fit the schema"
has report.xml '<testsuites tests="5" failures="1" errors="1" time="'
has report.xml '<testsuite name="all.test.mdl" tests="4" failures="1" errors="1" skipped="1" time="'
has report.xml '<testsuite name="other.test.mdl" tests="1" failures="0"'
has report.xml 'name="passes # with a mark &amp; &quot;&lt;quotes&gt;&quot;"'
[ "$(grep -c '<failure ' report.xml)" -eq 2 ] || fail "two expectations failed"
has report.xml 'Cover.Fails, Divide by zero'
has report.xml 'all.test.mdl:12'
has report.xml 'Cover.Outer, Call fails&#10;Cover.Fails, Begin&#10;Cover.Fails, Divide by zero&#10;'

scenario "TAP 14"
exits 1 test all.test.mdl --app "$APP" --tap
[ "$(head -n 1 out)" = 'TAP version 14' ] || fail "no version"
[ "$(tail -n 1 out)" = '1..4' ] || fail "no plan"
has out 'ok 1 - passes \# with a mark & "<quotes>"'
has out 'not ok 2 - fails'
has out 'ok 4 - is skipped # SKIP not today'
has out '      flow: "Cover.Fails"'
has out '      activity: "Divide by zero"'
has out '    - "Cover.Fails": "Begin"'
[ "$(grep -c '^  ---$' out)" -eq 2 ] && [ "$(grep -c '^  \.\.\.$' out)" -eq 2 ] ||
    fail "diagnostics begin and end"
if python3 -c 'import yaml' 2>/dev/null; then
    awk '/^  ---$/ { on = 1; next } /^  \.\.\.$/ { exit } on' out |
        python3 -c 'import sys, yaml; yaml.safe_load(sys.stdin)' || fail "no YAML"
fi

# Perl's harness reads version 13, of which 14 is a superset.
if command -v prove >/dev/null; then
    sed 's/^TAP version 14/TAP version 13/' out >all.tap
    prove -e cat all.tap >proved 2>&1 && fail "two tests failed"
    has proved 'Failed 2/4 subtests'
    has proved '(less 1 skipped subtest: 1 okay)'
    has proved 'Failed tests:  2-3'
    hasnt proved 'Parse errors'
fi

scenario "JSON lines"
exits 1 test all.test.mdl --app "$APP" --json
lines out 5
python3 -c 'import json
for line in open("out"): json.loads(line)' || fail "no JSON"
has out '"event":"test","name":"fails"'
has out '"state":"FAIL"'
has out '"code":"expression_error","document":"Cover.Fails","activity":"Divide by zero"'
has out '"steps":[{"flow":"Cover.Outer","caption":"Call fails"'
has out '{"event":"run","passed":1,"failed":1,"errors":1,"skipped":1,"vacuous":0,'

has out '"variables":[{"flow":"Cover.Fails","name":"i","value":"0"}]'

scenario "excerpts never end within a character"
for digits in 1 12; do
    printf '/** @test long words\n */\ndeclare $a Integer %s %s;\n/\n' "$digits" "$(printf 'ä%.0s' {1..40})" >words.test.mdl
    exits 1 test words.test.mdl --app "$APP" --json --junit words.xml
    has out 'expected \";\" at \"'
    python3 -c 'open("out", "rb").read().decode()' || fail "no UTF-8"
    xmllint --noout words.xml || fail "no XML"
done

scenario "HTML: one file, with pictures, steps, variables; nothing from outside"
exits 1 test all.test.mdl other.test.mdl --app "$APP" --html page.html
has page.html '<span>2 passed</span><span>1 failed</span><span>1 errors</span><span>1 skipped</span>'
has page.html 'passes # with a mark &amp; &quot;&lt;quotes&gt;&quot;'
has page.html '<pre class="message">line 7: expected $n = 2, actual: $n = 1</pre>'
has page.html 'from Cover.Outer, Call fails'
has page.html '<tr><td>$i</td><td><code>0</code></td></tr>'
has page.html '<li>Divide by zero <small>Cover.Fails</small></li>'
grep -q 'class="node activity variable failed"><title>.*' page.html ||
    fail "the picture marks what failed"
[ "$(grep -o '<svg ' page.html | wc -l)" -eq 3 ] || fail "pictures of three flows"
has page.html 'not today'
has page.html '<h2>Slowest</h2>'
hasnt page.html '<script'
! grep -Eo '(href|src)="[^#"][^"]*"' page.html || fail "it needs other files"
sed 's/<!DOCTYPE html>//; s/<meta[^>]*>//g; s/<br>//g; s/<details open/& =""/' page.html |
    xmllint --noout - 2>err || fail "elements are nested wrongly"
exits 3 test all.test.mdl --app "$APP" --html nowhere/page.html
has err 'nowhere/page.html'
printf '/** @unknown x */\n' >broken.test.mdl
exits 1 test broken.test.mdl other.test.mdl --app "$APP" --html page.html
has page.html '<p class="place">broken.test.mdl'
hasnt page.html 'broken.test.mdl:0'

scenario "annotations of GitHub, the slowest tests"
exits 1 test all.test.mdl --app "$APP" --github --slowest 2
has out '::error file=all.test.mdl,line=7,title=fails::line 7: expected $n = 2, actual: $n = 1'
has out '::error file=all.test.mdl,line=13,title=breaks::line 13: the body failed: Division by zero (Cover.Fails)%0Aat Cover.Fails, Divide by zero%0Afrom Cover.Outer'
[ "$(grep -c '^::' out)" -eq 3 ] || fail "three annotations"
[ "$(sed -n '/^slowest:/,/passed/p' out | grep -c 'ms  ')" -eq 2 ] || fail "two slow tests"
exits 2 test all.test.mdl --app "$APP" --slowest x

scenario "no steps"
exits 1 test all.test.mdl --app "$APP" --json --no-steps
hasnt out '"steps"'

scenario "the console: where it failed and the way that led there"
exits 1 test all.test.mdl --app "$APP"
has out 'at Cover.Fails, Divide by zero'
has out 'from Cover.Outer, Call fails'
has out 'after Cover.Outer, Call fails'
hasnt out "$(printf '\033')"
exits 1 test all.test.mdl --app "$APP" --color always
has out "$(printf '\033')"

scenario "colours: a wish, a machine that shows them, a terminal that has none"
colored() { # colored VARIABLES…: whether results are coloured where nobody asks
    env -u NO_COLOR -u CLICOLOR_FORCE "$@" "$NANOFLOW" test other.test.mdl --app "$APP" >out
    grep -q "$(printf '\033')" out
}
colored CLICOLOR_FORCE=1 || fail "a machine wants colours"
! colored CLICOLOR_FORCE=0 || fail "it does not"
! colored CLICOLOR_FORCE=1 NO_COLOR=1 || fail "a person does not want them"
on_terminal() { # on_terminal TERM
    env -u NO_COLOR -u CLICOLOR_FORCE TERM="$1" script -qec \
        "'$NANOFLOW' test other.test.mdl --app '$APP'" /dev/null >out </dev/null
    grep -q "$(printf '\033')" out
}
if command -v script >/dev/null; then
    on_terminal xterm || fail "a terminal has colours"
    ! on_terminal dumb || fail "this one has not"
fi

scenario "TAP: warnings are comments"
cat >odd.test.mdl <<"END"
/** @test odd
 * @mock message 'a#b' throws 'no screen'
 * @expect true */
END
exits 0 test odd.test.mdl --app "$APP" --tap
has out '# warning: this mock was not used: message '"'"'a\#b'

scenario "the console: what differs in long values, and where the test stands"
cat >long.test.mdl <<"END"
/** @test texts
 * @expect $t = 'Der schnelle braune Fuchs springt über den faulen, müden Hund'
 * @expect $a = $b
 * @expect $a = 3
 */
declare $t String = 'Der schnelle braune Fuchs springt über den bösen, müden Hund';
declare $a Integer = 1; declare $b Integer = 2;
/
END
exits 1 test long.test.mdl --app "$APP" --color never
has out ' assertions) long.test.mdl:1'
has out '           - …raune Fuchs springt über den faulen, müden Hund'
has out '           + …raune Fuchs springt über den bösen, müden Hund'
grep -qx ' \{43\}^^^' out || fail "the difference is marked"
exits 1 test long.test.mdl --app "$APP" --json
has out '"expected":"2","actual":"1"'
has out '"expected":"3","actual":"1"'
has out '"expected":"Der schnelle braune Fuchs'

scenario "a terminal shows how far it is, after a second"
printf '/** @test %s\n * @timeout %s\n */\ndeclare $i Integer = 0;\nwhile true begin set $i = $i + 1; end while;\n/\n' \
    long 1.05 longer 0.1 >slow.test.mdl
TERM=xterm "$TERMINAL" "$NANOFLOW" test slow.test.mdl --app "$APP" --jobs 1 \
    --no-steps <<"END" >out || [ $? -eq 1 ] || fail "the exit code"
< tests
< 1 of 2
< 0 passed, 0 failed, 2 errors
END
hasnt out '1 of 2' # it is gone
grep -q '^  ERROR long ' out || fail "a result where the bar was"
