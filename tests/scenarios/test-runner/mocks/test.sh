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
/** @test malformed: nothing is called that
 * @mock microflow T.Twise returns 1
 */
/
/** @test malformed: no such parameter
 * @mock microflow T.Twice (M = 1) returns 1
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
has out '7 passed, 0 failed, 6 errors'
has out 'the script "./x.js" can'
has out 'expected "throws" or "passes"'
has out 'no Microflow "T.Twise"; did you mean '
has out '"T.Twice" has no parameter "M"'
has out 'expected "throws" or "passes"'
has out 'expected a method and an address in quotes'
has out 'expected "returns", "throws", "calls" or "passes"'

scenario "E43: cases in JSON, for tools"
mkdir -p inner
cat >inner/mocks.json <<"END"
{"flow": "T.Sell",
 "cases": {
  "dear": {"javascript action T.Price (Amount = 3)": [{"return": 9.5}, {"throw": "it's sold out"}],
           "T.Twice": [{"return": 7}, {"pass": true}],
           "rest GET 'https://x.test/%'": [{"return": "none", "status": 404}]},
  "cheap": {"T.Price": [{"expression": "1 + 0.5"}], "T.Half": [{"return": null}]}}}
END
cat >inner/c.test.mdl <<"END"
/** @test dear
 * @mock mocks.json
 * @expect $a = '9.5 7 1.5' and $failed
 */
declare $failed Boolean;
$a = call nanoflow T.Sell (Amount = 3);
call nanoflow T.Sell (Amount = 3) on error { set $failed = contains($latestError/Message, 'it''s sold out'); };
/
/** @test another one
 * @mock mocks.json#cheap
 * @expect $a = '1.5 4 '
 */
$a = call nanoflow T.Sell (Amount = 2);
/
/** @test nobody knows which
 * @mock mocks.json
 */
/
/** @test none of it
 * @mock mocks.json#free
 */
/
/** @test no JSON
 * @mock broken.json
 */
/
/** @test a value that is none
 * @mock list.json
 */
END
echo '{"cases": {' >inner/broken.json
echo '{"cases": {"a": {"T.Twice": [{"return": [1]}]}}}' >inner/list.json
sed -i 's/contains($latestError.Message/contains($latestError/' inner/c.test.mdl
exits 1 test inner/c.test.mdl --app "$APP"
has out '2 passed, 0 failed, 4 errors'
has out 'say which case, FILE#CASE; there are: dear, cheap'
has out 'there is no such case; there are: dear, cheap'
has out "it is no JSON"
has out "an object or a list can't be returned"
exits 1 run "$APP" T.Sell --arg Amount=3
exits 0 run "$APP" T.Sell --arg Amount=3 --mock inner/mocks.json#dear
has out '9.5 7 1.5'

if [ -x "$(dirname "$NANOFLOW")/nanoflow-javascript" ]; then
    scenario "E43: a script answers, with the arguments by name"
    cat >inner/twice.js <<"JS"
let calls = 0;
export default async function ({ N }) {
    calls += 1;
    if (N.eq(13)) throw new Error("thirteen");
    await new Promise((done) => setTimeout(done, 10));
    return N.times(100).plus(calls);
}
JS
    echo 'export function half({ N }) { return N.div(4); }' >inner/half.js
    echo 'export const none = 1;' >inner/none.js
    echo 'export default ({ page }) => { throw new Error("no " + page); };' >inner/page.js
    echo 'export default ({ text }) => { if (text !== "Your note is saved") throw new Error(text); };' >inner/message.js
    cat >inner/d.test.mdl <<"END"
/** @test scripts of a microflow and of a nanoflow
 * @mock microflow T.Twice calls './twice.js'
 * @mock nanoflow T.Half (N = 3) calls 'half.js', then passes
 * @mock javascript action T.Price calls 'half.js', then returns 1
 * @expect $a = 301 and $b = 402 and $c = 0.75 and $d = 1.5 and $e = empty
 */
$a = call microflow T.Twice (N = 3);
$b = call microflow T.Twice (N = 4);
$c = call nanoflow T.Half (N = 3);
$d = call nanoflow T.Half (N = 3);
declare $e Decimal;
$e = call javascript action T.Price (Amount = 4) on error continue;
/
/** @test it throws
 * @mock microflow T.Twice calls './twice.js'
 * @throws 'thirteen'
 */
$a = call microflow T.Twice (N = 13);
/
/** @test a page and a message, which a script lets pass or not
 * @mock page T.Detail calls './page.js', then passes
 * @mock message 'Your%' calls './message.js'
 * @throws 'no T.Detail'
 */
$n = create T.Note (Text = 'x');
call nanoflow T.Save (Note = $n);
/
/** @test it exports nothing
 * @mock microflow T.Twice calls './none.js'
 * @throws 'exports no function'
 */
$a = call microflow T.Twice (N = 13);
END
    exits 0 test inner/d.test.mdl --app "$APP"
fi
