# --mock: answers in turn, by argument, and errors (test E43); nobody answers
# for an action without one.
cat >answers <<"END"
# comments and blank lines are passed over

@mock javascript action Main.Lookup (Key = 'a') returns 'one, (1)', then throws 'no ''more'''
javascript action Main.Lookup (Key = any) returns 'x'
microflow Main.Never returns 1
END
exits 0 run "$APP" Main.Ask --arg Key=a --mock answers
has out "caught no 'more'"
has err 'not used: javascript action Main.Lookup (Key = any)'
has err 'not used: microflow Main.Never'
exits 0 run "$APP" Main.Ask --arg Key=b --mock answers
has out 'x/x'
exits 1 run "$APP" Main.Ask --arg Key=b
has err 'js_unavailable'
echo "javascript action Main.Lookup returns 1 +" >answers
exits 3 run "$APP" Main.Ask --arg Key=b --mock answers
has err 'answers:1'
echo "rule Main.Ask returns 1" >answers
exits 3 run "$APP" Main.Ask --arg Key=b --mock answers
exits 3 run "$APP" Main.Ask --arg Key=b --mock missing
