# Kinds of files, chunks and broken files (test E1 … E4, E9, E11, E12).
APP="$here/program/model.xml"
mkdir -p suite/inner
cat >suite/notes.test.md <<"END"
# Prose
```mdl-test
/** @test in a block
 * @expect $a = 2
 */
declare $a Integer = 1;
set $a = $a + 1;
```
```mdl-test
declare $b Integer = 1;
```
END
printf '\xEF\xBB\xBF/** @test marked\n * @expect true */\n' >suite/inner/B.TEST.MDL
printf '/** @test one */\ndeclare $a Integer;\n\n/** @test two */\n' >suite/broken.test.mdl
exits 1 test suite --app "$APP"
has out 'PASS  in a block'
has out 'PASS  test at line 10'
has out 'PASS  marked'
has out 'ERROR broken.test.mdl (file could not be parsed)'
has out 'two tests without a line "/"'
cat >h.test.mdl <<"END"
/** For all of them.
 * @expect true
 */
/
/** @test a */
END
exits 1 test h.test.mdl --app "$APP"
has out "the header of a file can't have @expect"
for language in '7;' 'x;' ';' '0' '00;'; do # else its first test would be none
    printf 'mdl %s\n/** @test a */\n' "$language" >h.test.mdl
    exits 1 test h.test.mdl --app "$APP"
    has out 'h.test.mdl:1'
done
scenario "a @test that is not the comment before a body is an ERROR, not nothing (E4)"
printf 'declare $a Integer = 1;\n/** @test a\n * @expect false */\n' >late.test.mdl
printf '/** @test a\n * @expect false */\n/** remark */\ndeclare $a Integer = 1;\n/\n' >hidden.test.mdl
exits 1 test late.test.mdl hidden.test.mdl --app "$APP"
has out 'late.test.mdl:2: this comment with @test is not the one before a body'
has out 'hidden.test.mdl:1: this comment with @test is not the one before a body'
printf '/** For all.\n * @tags a */\n\n/** @test last, without a body\n * @expect true */' >late.test.mdl
exits 0 test late.test.mdl --app "$APP"
has out 'PASS  last, without a body'
scenario "a file that two arguments name runs once; as many files as a shell lists"
mkdir many
for ((i = 0; i < 40; i++)); do
    printf '/** @test number %d\n * @expect true */\n' "$i" >many/$i.test.mdl
done
exits 0 test many/*.test.mdl many many/7.test.mdl --app "$APP"
has out '40 passed, 0 failed'
(cd many && "$NANOFLOW" test . ./7.test.mdl --app "$APP" --list >../out)
has out '7.test.mdl:1'
hasnt out './'
lines out 40
scenario "the list as JSON lines, rows on one line"
printf '/** @test row\n * @tags quick\n * @each | n   | t     |\n *       | 1   | a b   |\n * @expect $n = 1 */\n' >row.test.mdl
exits 1 test row.test.mdl suite/broken.test.mdl --app "$APP" --list --json
has out '{"event":"listed","name":"row [1] | 1 | a b |","file":"row.test.mdl","line":1,"row":"| 1 | a b |","tags":"quick"}'
has out '"file":"suite/broken.test.mdl"'
has out '"state":"ERROR"'
lines out 2
scenario "data for the server of a test whose server is elsewhere: an ERROR"
printf '/** @test a\n * @data server d.jsonl */\n' >far.test.mdl
exits 1 test far.test.mdl --app "$APP" --server http://127.0.0.1:9
has out 'line 2: this test has no server of its own'
scenario "where in a data file something is wrong"
printf '\n{"entity":"Main.Nothing","id":"a"}\n' >d.jsonl
printf '/** @test a\n * @data d.jsonl */\n' >far.test.mdl
exits 1 test far.test.mdl --app "$APP"
has out 'line 2: the data, d.jsonl:2: '
scenario "the language (E3): files of a run agree"
printf 'mdl 1;\n/** @test a */\n' >h.test.mdl
exits 0 test h.test.mdl --app "$APP"
exits 1 test suite/inner h.test.mdl --app "$APP"
has out 'agree on "mdl 0;"'
scenario "a test that requires JavaScript (E41) is skipped without it"
cat >js.test.mdl <<"END"
/** @test for JavaScript
 * @requires js
 * @expect false
 */
/
/** @test for something else
 * @requires more
 */
END
code=0
NANOFLOW_JAVASCRIPT=/nowhere "$NANOFLOW" test js.test.mdl --app "$APP" >out || code=$?
[ "$code" -eq 1 ] || fail "exit code $code"
has out 'SKIP  for JavaScript'
has out 'the program nanoflow-javascript is not installed'
has out 'ERROR for something else'
printf '#!/bin/sh\n' >engine
chmod +x engine
NANOFLOW_JAVASCRIPT=$PWD/engine "$NANOFLOW" test js.test.mdl --app "$APP" >out && fail "it expects false"
has out 'FAIL  for JavaScript'
