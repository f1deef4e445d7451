# domain-model §7: validation rules. A local commit checks none of them (D58);
# the server refuses what violates one.
# refused TITLE REASON, accepted TITLE: what became of a member, by its nickname.
refused() {
    grep -F "\\\"Title\\\":\\\"$1\\\"" errors >row ||
        { cp errors out; fail "$1 was not refused"; }
    has row "\"Reason\":\"$2\""
    hasnt members "\"Title\":\"$1\""
}
accepted() {
    hasnt errors "\\\"Title\\\":\\\"$1\\\""
    has members "\"Title\":\"$1\""
}

on_server <<"END"
{"entity": "D.Member", "id": "m1", "Title": "there", "Name": "Ada", "Code": "1"}
END
on_device <<"END"
{"entity": "D.Member", "id": "m2", "Title": "no name", "Code": "2", "$state": "new"}
{"entity": "D.Member", "id": "m3", "Title": "empty name", "Name": "", "Code": "2", "$state": "new"}
{"entity": "D.Member", "id": "m4", "Title": "blank name", "Name": "   ", "Code": "2", "$state": "new"}
{"entity": "D.Member", "id": "m5", "Title": "no name, code taken", "Code": "1", "$state": "new"}
{"entity": "D.Member", "id": "m6", "Title": "code taken", "Name": "Bob", "Code": "1", "$state": "new"}
{"entity": "D.Member", "id": "m7", "Title": "code with blank", "Name": "Bob", "Code": "1 ", "$state": "new"}
{"entity": "D.Member", "id": "m8", "Title": "no code", "Name": "Cid", "$state": "new"}
{"entity": "D.Member", "id": "m9", "Title": "no code either", "Name": "Dan", "$state": "new"}
{"entity": "D.Member", "id": "m10", "Title": "other country", "Name": "Eve", "Country": "BE", "$state": "new"}
{"entity": "D.Member", "id": "m11", "Title": "right country", "Name": "Eve", "Country": "NL", "$state": "new"}
{"entity": "D.Member", "id": "m12", "Title": "not the same", "Name": "Eve", "Again": "eve", "$state": "new"}
{"entity": "D.Member", "id": "m13", "Title": "the same", "Name": "Eve", "Again": "Eve", "$state": "new"}
{"entity": "D.Member", "id": "m14", "Title": "17", "Name": "Flo", "Age": 17, "$state": "new"}
{"entity": "D.Member", "id": "m15", "Title": "18", "Name": "Flo", "Age": 18, "$state": "new"}
{"entity": "D.Member", "id": "m16", "Title": "99", "Name": "Flo", "Age": 99, "$state": "new"}
{"entity": "D.Member", "id": "m17", "Title": "100", "Name": "Flo", "Age": 100, "$state": "new"}
{"entity": "D.Member", "id": "m18", "Title": "backwards", "Name": "Gus", "Since": "2026-03-02T00:00:00Z", "Until": "2026-03-01T00:00:00Z", "$state": "new"}
{"entity": "D.Member", "id": "m19", "Title": "one day", "Name": "Gus", "Since": "2026-03-02T00:00:00Z", "Until": "2026-03-02T00:00:00Z", "$state": "new"}
{"entity": "D.Member", "id": "m20", "Title": "open end", "Name": "Gus", "Since": "2026-03-02T00:00:00Z", "$state": "new"}
{"entity": "D.Member", "id": "m21", "Title": "zip and more", "Name": "Hal", "Zip": "1234 ABC", "$state": "new"}
{"entity": "D.Member", "id": "m22", "Title": "more and zip", "Name": "Hal", "Zip": "x1234 AB", "$state": "new"}
{"entity": "D.Member", "id": "m23", "Title": "zip", "Name": "Hal", "Zip": "1234 AB", "$state": "new"}
{"entity": "D.Member", "id": "m24", "Title": "four", "Name": "Ivo", "Nick": "four", "$state": "new"}
{"entity": "D.Member", "id": "m25", "Title": "three", "Name": "Ivo", "Nick": "äöü", "$state": "new"}
END
scenario "domain-model D58; synchronize S109"
returns stored Rules.Joins --arg Title=local "${DEVICE[@]}" "${LATER[@]}"

exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --json
look
grep -F '"entity":"D.Member"' server >members
grep -F '"entity":"System.SynchronizationError"' server >errors
lines members 12
refused local 'OBJ_VALIDATION A name, please'
cmp <(sort members | sed 's/"id":"[0-9]*"//; s/"$name":"[^"]*",//') \
    <(grep -F '"entity":"D.Member"' device | sort | sed 's/"id":"[0-9]*"//; s/"$name":"[^"]*",//') ||
    fail "the device keeps other members than the server"

scenario "domain-model D55: required"
refused 'no name' 'OBJ_VALIDATION A name, please'
refused 'empty name' 'OBJ_VALIDATION A name, please'
refused 'blank name' 'OBJ_VALIDATION A name, please'

scenario "domain-model D55: unique"
grep -F 'code taken\"' errors | grep -qF '"Reason":"OBJ_UNIQUE ' ||
    { cp errors out; fail "the code was taken twice"; }
accepted 'code with blank'
# Several empty values do not violate it.
accepted 'no code'
accepted 'no code either'

scenario "domain-model D55: equal to a value, equal to an attribute"
refused 'other country' 'OBJ_VALIDATION Only NL'
accepted 'right country'
refused 'not the same' 'OBJ_VALIDATION Not the same'
accepted 'the same'

scenario "domain-model D55: range, inclusive"
refused 17 'OBJ_VALIDATION From 18 to 99'
accepted 18
accepted 99
refused 100 'OBJ_VALIDATION From 18 to 99'
refused backwards 'OBJ_VALIDATION Ends before it begins'
accepted 'one day'
accepted 'open end'

scenario "domain-model D55: regular expression"
refused 'zip and more' 'OBJ_VALIDATION No zip code'
refused 'more and zip' 'OBJ_VALIDATION No zip code'
accepted zip

scenario "domain-model D55: length, in characters"
refused four 'OBJ_VALIDATION Too long'
accepted three

scenario "domain-model D56: unique runs last"
refused 'no name, code taken' 'OBJ_VALIDATION A name, please'
