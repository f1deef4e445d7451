# activities 16.4: errors in nanoflows.
echo "javascript action Errors.Throw throws 'boom'" >throws
echo "javascript action Errors.Throw returns 5" >works
scenario "activities 16.4 T59"
breaks js_exception Errors.Throws --mock throws --trace=trace
has out '"message":"boom"'
[ "$(grep -c '"event":"unhandledError"' trace)" -eq 1 ] ||
    fail "unhandledError is not sent once"

scenario "activities 16.4 T60, T61"
exits 0 run "$APP" Errors.Logs --mock throws --json
has out '"value":"logged"'
has out '"text":"boom"'
returns fine Errors.Logs --mock works

scenario "activities 16.4 T62"
exits 0 run "$APP" Errors.Rejoins --mock works --json
has out '"text":"[]"'
exits 0 run "$APP" Errors.Rejoins --mock throws --json
has out '"text":"[boom]"'

scenario "activities 16.4 T63; expressions S80"
returns 'Division by zero; boom' Errors.Two --mock throws

scenario "activities 16.4 T64"
returns 'handled Division by zero, here empty' Errors.Asks

scenario "activities 16.4 T65; C3, C11"
returns 'boom and on' Errors.Outer --mock throws
returns 'before and on' Errors.Outer --mock works

scenario "activities 16.4 T66"
breaks expression_error Errors.FailsTwice --mock throws
has out '"detail":"E-DIV0"'
has out '"activity":"second"'

scenario "activities 16.4 T67; X3"
exits 0 run "$APP" Errors.BadArgument --json
has out '"value":"handled"'
hasnt out entered

scenario "activities 16.4 T68"
returns '7 []' Errors.PartialChange

scenario "activities 16.4 T69; V4, X12"
returns 'true half 0' Errors.PartialCreate

scenario "activities 16.4 T70; X1"
breaks expression_error Errors.CommitThenFail "${DEVICE[@]}"
exits 0 query "$APP" T.Item "[Name = 'kept']" --db device.db
lines out 1

scenario "activities 16.4 T71; X2"
breaks expression_error Errors.StoredType

scenario "activities 16.4 T72"
breaks xpath_error Errors.Continue
has out '"detail":"SYNTAX"'
exits 1 check "$APP"
grep -F 'warning: Errors.Continue' out | grep -qF '"Continue"' ||
    fail "check does not report the handling type"

scenario "activities 16.4 T73"
returns behind Errors.ToMerge

scenario "activities 16.4 T74"
exits 0 run "$APP" Errors.DeletedChange
has out 'handled The object of "T.Item" has been deleted'
returns 'handled Division by zero' Errors.BadClose

scenario "activities 16.4 T75"
breaks expression_error Errors.Top
has out '"message":"Division by zero","document":"Errors.Inner","activity":"Divide","activityId":"'
has out '"trace":"Errors.Inner, Divide\nErrors.Middle, Call inner\nErrors.Top, Call middle"'
