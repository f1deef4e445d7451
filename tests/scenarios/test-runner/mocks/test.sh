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
