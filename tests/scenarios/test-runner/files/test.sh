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
