# domain-model §2, §4: attributes and system members.
scenario "domain-model D11"
returns 'set 2147483647' Attributes.SetsWhole --arg N=2147483647
returns 'set -2147483648' Attributes.SetsWhole --arg N=-2147483648
returns 'kept 1' Attributes.SetsWhole --arg N=2147483648
breaks value_out_of_range Attributes.WholeFails --arg N=-2147483649
breaks expression_error Attributes.AddsOne --arg N=9223372036854775807
has out '"detail":"E-OVERFLOW"'

scenario "domain-model D12"
returns '1.123456785 1.12345678' Attributes.Rounds --arg X=1.123456785
returns '1.123456775 1.12345678' Attributes.Rounds --arg X=1.123456775
returns '-1.123456785 -1.12345678' Attributes.Rounds --arg X=-1.123456785
most=99999999999999999999.99999999
returns "$most $most" Attributes.Rounds --arg X=$most
breaks value_out_of_range Attributes.Rounds --arg X=100000000000000000000
breaks value_out_of_range Attributes.Rounds --arg X=-100000000000000000000
breaks value_out_of_range Attributes.Rounds --arg X=99999999999999999999.999999995

scenario "domain-model D13"
# The device stores it with a warning (activities P8); the server refuses it.
returns 123456789 Attributes.TooLong "${DEVICE[@]}" "${LATER[@]}"
has err 'log Warning Interpreter: The text of "Short" of "D.Values" is longer than 5 characters'
exits 0 query "$APP" D.Values "[Short = '123456789']" "${DEVICE[@]}"
lines out 1
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --json
has out '"reason":"OBJ_VALUE '
look
hasnt server '"entity":"D.Values"'
has server '"entity":"System.SynchronizationError"'
lines device 0

scenario "domain-model D15; activities O7"
rm -f device.db server.db
returns empty Attributes.Hashed "${DEVICE[@]}"
look
hasnt device clear

scenario "domain-model D16, D30, D32; activities O7"
rm -f device.db
exits 0 run "$APP" Attributes.Numbered "${DEVICE[@]}" "${SERVER[@]}"
[ "$(cat out)" = '0 true 1001 false' ] || fail "the server fills other values"
look
has server '"Number":1001'
has server '"createdDate":"2026-03-18T10:20:30.000Z"'
breaks access_denied Attributes.SetsNumber
breaks access_denied Attributes.SetsCreated

scenario "domain-model D17"
exits 0 run "$APP" Attributes.Default --json --now "$NOW"
for value in '"Text":"a text"' '"NoText":null' '"Whole":42' '"NoWhole":null' \
    '"Big":"9007199254740993"' '"Exact":"1.5"' '"NoExact":null' '"Yes":true' \
    '"No":false' '"Color":"Red"' '"NoColor":null' \
    '"Day":"2026-03-02T00:00:00.000Z"' '"Minute":"2026-03-02T09:30:00.000Z"' \
    '"Second":"2026-03-02T09:30:15.000Z"' '"Now":"2026-03-18T10:20:30.000Z"' \
    '"NoDay":null' '"Number":0'; do
    has out "$value"
done

scenario "domain-model D19"
returns '5.5 false' Attributes.Widens
returns truetruetruetrue Attributes.Empties
