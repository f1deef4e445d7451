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
