# domain-model D55, D56: validation rules of uploaded objects, at their bounds.
# A line: name, what the rules say of it (nothing: it is accepted), members beside
# Req; every second one is of the specialization.
cat >cases <<'END'
plain||
required, empty|OBJ_VALIDATION req|"Req": null
required, blank|OBJ_VALIDATION req|"Req": "  \t\n"
unique|| "Uni": "x"
unique, the same|OBJ_UNIQUE uni|"Uni": "x"
unique, another case||"Uni": "X"
unique, a blank more||"Uni": "x "
unique, nothing||"Uni": ""
unique, nothing again|OBJ_UNIQUE uni|"Uni": ""
equal||"EqV": "yes"
not equal|OBJ_VALIDATION eqv|"EqV": "Yes"
equal to another||"EqA": 3, "Other": 3
not equal to another|OBJ_VALIDATION eqa|"EqA": 3, "Other": 4
equal to nothing|OBJ_VALIDATION eqa|"EqA": 3
nothing, and equal||"Other": 3
at least||"Low": 5
less|OBJ_VALIDATION low|"Low": 4
at most||"High": "2.5"
more|OBJ_VALIDATION high|"High": "2.50000001"
between, low||"Mid": -1
between, high||"Mid": 1
between, too low|OBJ_VALIDATION mid|"Mid": -2
between, too high|OBJ_VALIDATION mid|"Mid": 2
above another||"MidA": 5, "Other": 5
below another|OBJ_VALIDATION mida|"MidA": 4, "Other": 5
above nothing||"MidA": 4
above a bound|OBJ_VALIDATION mida|"MidA": 101, "Other": 1
first day||"Day": "2020-01-01T00:00:00Z"
the day before|OBJ_VALIDATION day|"Day": "2019-12-31T23:59:59.999Z"
expression||"Zip": "1234AB"
expression, a part|OBJ_VALIDATION zip|"Zip": "x1234AB"
expression, a line|OBJ_VALIDATION zip|"Zip": "1234AB\n"
expression, no text|OBJ_VALIDATION zip|"Zip": ""
length||"Max": "äöü"
longer|OBJ_VALIDATION max|"Max": "abcd"
two rules|OBJ_VALIDATION low; mid|"Low": 1, "Mid": 9
a rule and unique|OBJ_VALIDATION low|"Low": 1, "Uni": "x"
END
entity=E
while IFS='|' read -r name _ members; do
    required='"Req": "r"'
    [[ $members != *Req* ]] || required=
    echo "{\"entity\": \"V.$entity\", \"id\": \"$name\", \"\$state\": \"new\"${required:+, $required}${members:+, $members}}"
    [ $entity = E ] && entity=S || entity=E
done <cases >lines
sync
on_device <lines
exits 0 data export "$APP" names --on device "${DEVICE[@]}"
sync --explain
cp out told
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna # nothing is left
has out '0 uploaded, 0 downloaded, 0 removed, 0 rejected'
exits 0 query "$APP" System.SynchronizationError '' --on server --server-db server.db
while IFS='|' read -r name reason _; do
    id=$(sed -nE "/\"\\\$name\":\"$name\"/ s/.*\"id\":\"([0-9]+)\".*/\\1/p" names)
    [ -n "$id" ] || fail "no id of \"$name\""
    if [ -n "$reason" ]; then
        grep -F "\"ObjectId\":\"$id\"" out >row || fail "\"$name\" is not rejected"
        has row "\"Reason\":\"$reason\""
    else
        hasnt out "\"ObjectId\":\"$id\""
    fi
done <cases
