# Cases that run many times (test E41): values that are made up (@forall), and
# everything that can go wrong on the way (@fault sweep, --fault sweep).
APP="$here/test-runner/model.xml"
cat >a.test.mdl <<"END"
/** @now 2026-03-18T10:20:30Z */
/
/** @test nothing is lost
 * @fault sweep
 * @invariant committed objects = server objects + queued objects
 * @expect-queue empty
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize;
/
/** @test it is not always sent
 * @fault sweep
 * @expect-queue empty
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize on error continue;
/
/** @test what a fault leaves
 * @fault sweep
 * @invariant $sync/count <= 1
 */
synchronize;
/
/** @test another failure is no fault's
 * @fault sweep
 */
synchronize on error continue;
call nanoflow T.Fails();
/
/** @test a small number
 * @forall $n in integer(-5..2000)
 * @forall $s in string(0..40)
 * @expect $n < 57 or length($s) < 3
 */
/
/** @test every kind
 * @forall $i in integer(-3..3)
 * @forall $d in decimal(-1.5..2)
 * @forall $b in boolean
 * @forall $s in string(2..4)
 * @forall $o in one of ('a, b', 'c')
 * @expect $i >= -3 and $i <= 3 and $d >= -1.5 and $d <= 2
 * @expect ($b or not($b)) and length($s) >= 2 and ($o = 'a, b' or $o = 'c')
 */
/
/** @test rows and made-up values
 * @each | base |
 *       | 1 |
 *       | 100 |
 * @forall $n in integer(0..9)
 * @expect $base + $n < 105
 */
/
/** @test both
 * @forall $n in integer(0..2)
 * @fault sweep
 * @invariant committed objects = server objects + queued objects
 * @expect-queue empty
 */
declare $i Integer = 0;
while $i < $n begin
  $x = create T.Note (Text = 'x'); commit $x;
  set $i = $i + 1;
end while;
synchronize unsynchronized;
/
END
exits 1 test a.test.mdl --app "$APP"
scenario "@fault sweep: whatever fails, invariants hold"
has out 'PASS  nothing is lost'
has out 'PASS  both'
scenario "a fault after which an expectation fails is named"
grep -q 'FAIL  it is not always sent' out || fail "$(cat out)"
grep -qE 'actual: 1 \(with the fault before-[a-z]+=cut@1\*4\)$' out || fail "$(cat out)"
grep -qE 'FAIL  what a fault leaves' out || fail "$(cat out)"
grep -qE 'sync/count = 2 \(with the fault [a-z-]+=' out || fail "$(cat out)"
scenario "a body that fails by itself is not forgiven"
has out 'ERROR another failure is no fault'
scenario "@forall: the simplest values that fail are told"
grep -qE '\(with \$n = 57, \$s = ' out || fail "$(cat out)"
grep -q 'PASS  every kind' out || fail "$(cat out)"
has out 'PASS  rows and made-up values [1]'
has out 'FAIL  rows and made-up values [2]'
has out '(with $n = 5)'
cp out first
exits 1 test a.test.mdl --app "$APP" --filter 'a small number'
grep -F '(with ' out >again
grep -qFf again first || fail "another run has made up other values: $(cat again)"
scenario "--fault sweep, and one fault of it again"
cat >b.test.mdl <<"END"
/** @test it is not always sent
 * @expect-queue empty
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize on error continue;
/
END
exits 0 test b.test.mdl --app "$APP"
exits 1 test b.test.mdl --app "$APP" --fault sweep
has out '(with the fault '
exits 1 test b.test.mdl --app "$APP" --fault 'sweep=before-commit=cut@1*4'
has out '(with the fault before-commit=cut@1*4)'
exits 0 test b.test.mdl --app "$APP" --fault 'sweep=before-commit=cut@1'
exits 2 test b.test.mdl --app "$APP" --fault sweep:3
scenario "what @forall can't be"
for what in '$n' 'n in boolean' '$n in integer' '$n in integer(3..1)' \
    '$n in integer(1..x)' '$n in string(-1..2)' '$n in T.Nothing' \
    '$n in one of ()' '$n in boolean(1)'; do
    printf '/** @test t\n * @forall %s\n */\n/\n' "$what" >c.test.mdl
    exits 1 test c.test.mdl --app "$APP"
    has out '@forall takes'
done
