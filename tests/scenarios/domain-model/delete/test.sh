# domain-model §6: delete behaviour. On the device everything associated is
# kept (D52); the server does what the model says (D50, D51).
on_server <<"END"
{"entity": "D.Book", "id": "b1", "Name": "b1"}
{"entity": "D.Chapter", "id": "c1", "Name": "c1", "D.Chapter_Book": "b1"}
{"entity": "D.Chapter", "id": "c2", "Name": "c2", "D.Chapter_Book": "b1"}
{"entity": "D.Book", "id": "b2", "Name": "b2"}
{"entity": "D.Loan", "id": "l1", "Name": "l1", "D.Loan_Book": "b2"}
END
send() { exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --json; }
send

scenario "domain-model D52; activities O44"
exits 1 check "$APP"
has out 'DELETE_BEHAVIOR_OFFLINE'
exits 0 run "$APP" Deleting.Book --arg Name=b1 "${DEVICE[@]}" --trace=trace
has trace '"level":"Warning"'
has trace '\"D.Book\"'
exits 0 query "$APP" D.Chapter '' "${DEVICE[@]}"
lines out 2
hasnt out D.Chapter_Book

scenario "domain-model D50, D51: cascade"
send
has out '"rejected":[]'
look
no_row server b1
no_row server c1
no_row server c2
no_row device c1

scenario "domain-model D50, D51: prevent"
exits 0 run "$APP" Deleting.Book --arg Name=b2 "${DEVICE[@]}"
send
has out OBJ_DELETE_BLOCKED
look
row server b2
row server l1
has row '"D.Loan_Book"'
# The device gets back what the server kept.
has device '"Name":"b2"'
has device '"D.Loan_Book"'
exits 0 run "$APP" Deleting.Loan "${DEVICE[@]}"
exits 0 run "$APP" Deleting.Book --arg Name=b2 "${DEVICE[@]}"
send
has out '"rejected":[]'
look
no_row server b2
