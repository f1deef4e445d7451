# What tests run of the flows (test E48): elements, sequence flows, outcomes,
# error handlers, loops; reports and pictures; the gate.
cat >two.test.mdl <<"END"
/** @test one round
 * @expect $n = 1
 */
$n = call nanoflow Cover.Sum(N = 1);
/
/** @test divides
 * @expect $n = 5
 */
$n = call nanoflow Cover.Part(N = 2);
/
END

scenario "coverage: a table, and what did not run"
exits 0 test two.test.mdl --app "$APP" --coverage
grep -Eq '^Cover.Sum +68\.8% +5/6 +5/7 +1/2 +- +1/3$' out || {
    grep -E '^Cover.Sum ' out >&2
    fail "the row of Cover.Sum"
}
grep -Eq '^Cover.Part +66\.7% +2/3 +2/2 +- +0/1 +-$' out || {
    grep -E '^Cover.Part ' out >&2
    fail "the row of Cover.Part"
}
grep -Eq '^Cover.Untouched +0\.0%' out || fail "flows of the module that never ran"
hasnt out Elsewhere.Other
has out 'Cover.Untouched: nothing ran'
has out '  outcome   Big?: true'
has out '  rounds    While $i < $N: no round'
hasnt out ': one round'
has out 'many rounds'
has out '  handler   Divide: on error'
# The same without steps: other probes, the same coverage.
grep '^Cover\|^total\|^  [a-z]' out >with
exits 0 test two.test.mdl --app "$APP" --coverage --no-steps
grep '^Cover\|^total\|^  [a-z]' out >without
sed -E 's/\([0-9]+ms/(/' with >a
sed -E 's/\([0-9]+ms/(/' without >b
cmp a b || fail "coverage differs without steps"

scenario "coverage: tests add up"
cat >more.test.mdl <<"END"
/** @test no round
 * @expect $n = 0
 */
$n = call nanoflow Cover.Sum(N = 0);
/
/** @test many rounds
 * @expect $n = 6
 */
$n = call nanoflow Cover.Sum(N = 3);
/
/** @test by zero
 * @expect $n = -1
 */
$n = call nanoflow Cover.Part(N = 0);
/
END
exits 0 test two.test.mdl more.test.mdl --app "$APP" --coverage=report
grep -Eq '^Cover.Sum +100\.0% +6/6 +7/7 +2/2 +- +3/3$' out || fail "Cover.Sum is whole"
grep -Eq '^Cover.Part +100\.0% +3/3 +2/2 +- +1/1 +-$' out || fail "Cover.Part is whole"
cmp <(tail -n +"$(grep -n '^coverage' out | cut -d: -f1)" out) report/coverage.txt ||
    fail "the file differs"
has report/coverage.json '"tests":3'
has report/index.html '<a href="Cover.Sum.svg">'
xmllint --noout --relaxng "$here/test-runner/reports/cobertura.rng" \
    report/cobertura.xml 2>err || fail "cobertura.xml"
# A line of Cobertura is one of the text beside it.
[ "$(grep -c '<line ' report/cobertura.xml)" -eq "$(cat report/Cover.*.txt | wc -l)" ] ||
    fail "the lines of cobertura.xml"

scenario "coverage: pictures"
exits 0 test two.test.mdl --app "$APP" --coverage=part --filter round
xmllint --noout part/*.svg || fail "no XML"
has part/Cover.Sum.svg 'class="node activity variable ran"'
has part/Cover.Sum.svg 'class="node activity variable not-run"'
has part/Cover.Sum.svg 'class="flow not-run"'
has part/Cover.Sum.svg 'ran partly'
has part/Cover.Sum.svg 'ran in 1 of 1 tests'
has part/Cover.Sum.svg '>did not run</text>'
has part/Cover.Sum.svg '68.8 % ran, in 1 test<'

scenario "coverage: --min-coverage"
exits 0 test two.test.mdl --app "$APP" --min-coverage 40
exits 1 test two.test.mdl --app "$APP" --min-coverage 90.5
has err 'is less than 90.5 %'
exits 2 test two.test.mdl --app "$APP" --min-coverage 101
exits 2 test two.test.mdl --app "$APP" --min-coverage much
touch file
exits 3 test two.test.mdl --app "$APP" --coverage=file
has err 'file'

scenario "coverage: @covers limits what a test counts for (E41)"
cat >covers.test.mdl <<"END"
/** @test both run, one counts
 * @covers Cover.Part
 * @expect $n = 1 and $m = 5
 */
$n = call nanoflow Cover.Sum(N = 1);
$m = call nanoflow Cover.Part(N = 2);
/
END
exits 0 test covers.test.mdl --app "$APP" --coverage
grep -Eq '^Cover.Part +66\.7% +2/3 +2/2 +- +0/1 +-$' out || fail "Cover.Part"
has out 'Cover.Sum: nothing ran'
# Another test beside it counts what it runs, and nothing that came before.
cat >beside.test.mdl <<"END"
/** @test one runs
 * @expect $m = 5
 */
$m = call nanoflow Cover.Part(N = 2);
/
END
exits 0 test covers.test.mdl beside.test.mdl --app "$APP" --coverage=limited --jobs 1
has out 'Cover.Sum: nothing ran'
has limited/coverage.json '"tests":2'
cat >nothing.test.mdl <<"END"
/** @test of a flow that there is not
 * @covers Cover.Nothing
 */
/
END
exits 1 test nothing.test.mdl --app "$APP"
has out 'there is no flow "Cover.Nothing"'

# Instructions, of a loop of many rounds, beside nobody looking on: under 10 %
# more, and the tests record steps as they do unless they are told not to.
if command -v valgrind >/dev/null && ! grep -q __asan_init "$NANOFLOW"; then
    scenario "coverage: what it costs"
    cat >rounds.test.mdl <<"END"
/** @test rounds
 * @expect $n = 200000
 */
$n = call nanoflow Cover.Sum(N = 100000);
/
END
    instructions() { # instructions OPTION…
        valgrind --tool=callgrind --callgrind-out-file=counts "$NANOFLOW" \
            test rounds.test.mdl --app "$APP" "$@" >/dev/null 2>err ||
            fail "rounds.test.mdl"
        awk '$1 == "summary:" || $1 == "totals:" { print $2; exit }' counts
    }
    plain=$(instructions --no-steps)
    watched=$(instructions --coverage)
    [ "$plain" -gt 0 ] && [ $((watched * 10)) -lt $((plain * 11)) ] ||
        fail "$watched instructions with coverage, $plain without"
fi
