# Mocks of a test and of its file (test E40, E43), and constants.
APP="$here/program/mocks/model.xml"
cat >a.test.mdl <<"END"
/**
 * @mock javascript action Main.Lookup (Key = any) returns 'x'
 */
/
/** @test the header's
 * @expect $answer = 'x/x'
 */
$answer = call nanoflow Main.Ask(Key = 'b');
/
/** @test the test's own come first
 * @mock javascript action Main.Lookup (Key = 'a') returns 'one', then returns 'two'
 * @mock nonsense
 */
$answer = call nanoflow Main.Ask(Key = 'a');
/
/** @test an answer by its argument
 * @mock javascript action Main.Lookup (Key = 'a') returns 'y'
 * @expect $answer = 'y/y'
 */
$answer = call nanoflow Main.Ask(Key = 'a');
END
exits 1 test a.test.mdl --app "$APP"
has out "PASS  the header's"
has out "ERROR the test's own"
has out 'PASS  an answer by its argument'

scenario "E43: flows, pages and messages; outcomes in turn; passes"
APP="$here/test-runner/model.xml"
cat >b.test.mdl <<"END"
/** @test a nanoflow and a microflow
 * @mock nanoflow T.Half (N = 3) returns 7, then throws 'no half', then passes
 * @mock microflow T.Twice returns 40, then passes
 * @expect $a = 7 and $failed and $c = 1.5
 * @expect $d = 40 and $e = 4
 * @expect-call T.Half 3 times
 */
declare $failed Boolean = false;
$a = call nanoflow T.Half (N = 3);
$b = call nanoflow T.Half (N = 3) on error { set $failed = true; };
$c = call nanoflow T.Half (N = 3);
$d = call microflow T.Twice (N = 2);
$e = call microflow T.Twice (N = 2);
/
/** @test a nanoflow that returns what it does not
 * @mock nanoflow T.Half returns 'x'
 * @throws
 */
$a = call nanoflow T.Half (N = 3);
/
/** @test a page that does not open
 * @mock page T.Detail throws 'no such page'
 * @throws 'no such page'
 * @expect-message information 'Your%'
 */
$n = create T.Note (Text = 'x');
call nanoflow T.Save (Note = $n);
/
/** @test a message that is not shown
 * @mock message 'Your%' throws 'no screen'
 * @throws 'no screen'
 */
$n = create T.Note (Text = 'x');
call nanoflow T.Save (Note = $n);
/
/** @test strict by default
 * @throws 'T.Price'
 */
$x = call nanoflow T.Sell (Amount = 2);
/
/** @test stubs
 * @unmocked stub
 * @expect $b = false
 */
$b = call javascript action T.Connected ();
/
/** @test the server fails
 * @mock microflow T.Twice throws 'down'
 * @throws 'down'
 */
$x = call microflow T.Twice (N = 1);
/
/** @test malformed: page
 * @mock page T.Detail returns 1
 */
/
/** @test malformed: calls
 * @mock javascript action T.Price calls './x.js'
 */
/
/** @test malformed: rest
 * @mock rest GET returns 'x'
 */
/
/** @test malformed: returns
 * @mock microflow T.Twice answers 1
 */
END
exits 1 test b.test.mdl --app "$APP"
has out '7 passed, 0 failed, 4 errors'
has out '"calls" is not supported'
has out 'expected "throws" or "passes"'
has out 'expected a method and an address in quotes'
has out 'expected "returns", "throws" or "passes"'
