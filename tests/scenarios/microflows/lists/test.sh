# activities §7.3 … §7.5: lists of microflows, which may hold an object twice.
. "$CASE/../told.sh"
scenario "activities L1 … L21, F28"
logs Ls.All <<"END"
# L1, L2 (T122): of [a,b,a] and [b,c]; the operands stay as they are.
Sets: abc|b|aa|abc|b|aba
# T123, T124
Questions: truefalsetruetruefalsetrue
# T125
Ends: ba|atrue
# L11, L10 (T136): the first occurrence; of a list each once.
Removes: ba|b|b|bbc|b
# L12, L13 (T137)
Replaces: ba|ba|c||
# L14, F28
CallsEmptyList: a
CallsLoopsEmpty: 0
# T139 … T143, over [a,b,a] with 1, 2, 1
Counts: 4 1.33 1 2 3 true false 8
# T128 … T132
Finds: aa|aa|babbtrue
END
