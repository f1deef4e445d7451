# activities 16.3: parameters, variables, calls.
scenario "activities 16.3 T40"
breaks missing_argument Calls.GivesNone

scenario "activities 16.3 T41"
returns '5 5 7' Calls.Defaults

scenario "activities 16.3 T42; F40"
returns 'special t' Calls.PassesSpecial

scenario "activities 16.3 T43, T44; C4, F42, V1, V6, V7"
returns '1 changed' Calls.KeepsOwn

scenario "activities 16.3 T45; C5, F42, V9"
returns '2 2 9' Calls.ToShared

scenario "activities 16.3 T46, T47; C5, V8, V9"
returns '1 2 9' Calls.ToIsolated
returns '1 2 9' Calls.ToAbsent

cat >mocks <<"END"
javascript action Calls.Void returns empty
javascript action Calls.Number returns 5
END
scenario "activities 16.3 T48"
returns created Calls.VoidThenVariable --mock mocks

scenario "activities 16.3 T49"
returns ran Calls.NoName --mock mocks

scenario "activities 16.3 T50"
exits 1 run "$APP" Calls.NotUsed --mock mocks
has err '$X'

scenario "activities 16.3 T51; C8"
exits 0 run "$APP" Calls.Down --arg N=100 --trace=trace
[ "$(cat out)" = 100 ] || fail "the result differs"
has trace '"event":"flowEnter","flow":"Calls.Down","depth":101'
hasnt trace '"depth":102'

scenario "activities 16.3 T52"
breaks recursion_limit Calls.Forever
has out 512
breaks recursion_limit Calls.Forever --limit depth=5
has out 'more than 5 deep'

scenario "activities 16.3 T53"
exits 0 run "$APP" Calls.SecondFails --json
has out '"value":"Division by zero"'
hasnt out entered

scenario "activities 16.3 T54; V12"
exits 0 run "$APP" Calls.EmptyInteger
grep -q '^empty .' out || fail "the variable is not empty, or empty + 1 works"

scenario "activities 16.3 T55; V14"
returns 'kept true' Calls.EmptyBoolean
breaks empty_value Calls.EmptyBooleanFails

scenario "activities 16.3 T56"
returns 16 Calls.Increment

scenario "activities 16.3 T57; V10"
# The string behaviour: absent, false, true.
for behaviour in absent false true; do
    rm -rf behaviour
    cp -R "$(dirname "$APP")" behaviour
    [ $behaviour = absent ] ||
        sed -i "s|<ProjectSettings><Settings>|&<Forms.WebUIProjectSettingsPart EnableNewStringBehavior=\"$behaviour\"/>|" behaviour/model.xml
    exits 0 run behaviour/model.xml Calls.WithoutName --json
    if [ $behaviour = true ]; then
        has out '"result":{"type":"String","value":null}'
    else
        has out '"result":{"type":"String","value":""}'
    fi
    APP=behaviour/model.xml returns true Calls.NameIsEmpty
done
