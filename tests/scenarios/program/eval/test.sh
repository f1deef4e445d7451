# Expressions, one and by lines.
exits 0 eval '1 + 2'
[ "$(cat out)" = 3 ] || fail "1 + 2"
exits 0 eval -1
[ "$(cat out)" = -1 ] || fail "-1"
exits 0 eval "'a' + \$b" --var b=String:c --json
has out '"type":"String","value":"ac"'
exits 1 eval '1 div 0'
has err E-DIV0
exits 1 eval '1 +'
exits 2 eval
exits 0 eval "$APP" '@Main.Limit + 1'
[ "$(cat out)" = 4 ] || fail "a constant"
# expressions S48
exits 1 eval "$APP" '@Main.Secret'
has err 'Constant @Main.Secret is not exposed to the client'
exits 0 eval "$APP" '@Main.Secret' --engine server
exits 0 eval "$APP" '@Main.Secret' --all-constants
[ "$(cat out)" = 8 ] || fail "a constant that is not exposed"
printf '$a=Integer:2\t$a * 3\n\t1 div 0\r\n\tempty\n\t%s\n' "'x' + '	'" >cells
code=0
"$NANOFLOW" eval --batch <cells >out 2>err || code=$?
[ "$code" -eq 0 ] || fail "a batch ends with $code"
lines out 4
printf '\t1\0 2\n%%nothing=1\t1\n\t7\n' >cells
"$NANOFLOW" eval --batch <cells >out 2>err || fail "a batch of wrong lines"
[ "$(sed -n 1p out | cut -f1-2)" = "Error	bad_line" ] || fail "a NUL"
sed -n 2p out | grep -q "Unknown option: 'nothing'" || fail "an option"
[ "$(sed -n 3p out)" = "Integer	7" ] || fail "a line after wrong ones"
printf '$a=Integer:2\t$a * 3\n\t1 div 0\r\n\tempty\n\t%s\n' "'x' + '	'" >cells
"$NANOFLOW" eval --batch <cells >out 2>err || fail "a batch"
[ "$(sed -n 1p out)" = "Integer	6" ] || fail "line 1"
sed -n 2p out | grep -q "^Error	E-DIV0	" || fail "line 2"
[ "$(sed -n 3p out)" = "Empty	" ] || fail "line 3"

# expressions §11: the client's words, the place and the expression; a
# suggestion for what is misspelt.
exits 1 eval 'sqrt(-1)'
has err 'Operator sqrt not supported in expression sqrt(-1)'
exits 1 eval "'d: ' + formatDateTime(empty, 'yyyy')"
has err 'in expression formatDateTime(, yyyy)'
has err "(at 8 of 'd: ' + formatDateTime(empty, 'yyyy'))"
for wrong in "lenght('a')=length" '1 = 1 AND true=and' \
    '[%CurentDateTime%]=CurrentDateTime' '$Nmae=$Name'; do
    exits 1 eval "${wrong%=*}" --var Name=String:x
    has err "did you mean '${wrong##*=}'?"
done
