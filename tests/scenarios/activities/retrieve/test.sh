# activities 16.6: retrieve.
scenario "activities 16.6 T109"
returns 'o true' Retrieve.Forward

scenario "activities 16.6 T110; R5"
on_device <<"END"
{"entity": "T.Order", "id": "o", "Title": "o"}
{"entity": "T.Item", "id": "moved", "Name": "moved", "T.Item_Order": "o"}
{"entity": "T.Item", "id": "stays", "Name": "stays", "T.Item_Order": "o"}
{"entity": "T.Item", "id": "lost", "Name": "lost", "T.Item_Order": "4711"}
END
returns 'stays new ' Retrieve.Reverse --arg Order=o "${DEVICE[@]}"

scenario "activities 16.6 T111"
returns 'true true 0' Retrieve.FromEmpty --arg Item=empty --arg Order=empty

scenario "activities 16.6 T112"
returns true Retrieve.NotHere --arg Item=lost "${DEVICE[@]}"
returns false Retrieve.NotHere --arg Item=stays "${DEVICE[@]}"

scenario "activities 16.6 T113"
returns rl Retrieve.OneToOne

scenario "activities 16.6 T114"
returns 'i2 true' Retrieve.Self

scenario "activities 16.6 T115"
rm device.db
on_device <<"END"
{"entity": "T.Item", "id": "11", "Name": "a", "Qty": 5}
{"entity": "T.Item", "id": "14", "Name": "d", "Qty": 7}
{"entity": "T.Item", "id": "12", "Name": "b", "Qty": 7}
{"entity": "T.Item", "id": "13", "Name": "c", "Qty": 6}
END
for _ in 1 2 3; do
    returns 'b bdca' Retrieve.Highest "${DEVICE[@]}"
done

scenario "activities 16.6 T116"
returns 'true true 0' Retrieve.NoMatch "${DEVICE[@]}"

scenario "activities 16.6 T117"
returns 'bc bcd ab' Retrieve.Ranges "${DEVICE[@]}"
breaks expression_error Retrieve.NegativeAmount "${DEVICE[@]}"

scenario "activities 16.6 T118; R11"
returns MxAdmin Retrieve.Me "${SERVER[@]}"

scenario "activities 16.6 T119; R11"
cat >quotes.jsonl <<"END"
{"entity": "T.Order", "id": "o1", "Title": "o1"}
{"entity": "T.Order", "id": "o2", "Title": "o2"}
{"entity": "T.Item", "id": "q1", "Name": "it's \"quoted\"", "T.Item_Order": "o1"}
{"entity": "T.Item", "id": "q2", "Name": "it's \"quoted\"", "T.Item_Order": "o2"}
{"entity": "T.Item", "id": "q3", "Name": "plain", "T.Item_Order": "o1"}
END
on_device <quotes.jsonl
returns "1 it's \"quoted\"" Retrieve.ByOrder --arg Order=o1 \
    --arg "Text=it's \"quoted\"" "${DEVICE[@]}"
returns '0 ' Retrieve.ByOrder --arg Order=o1 \
    --arg "Text=' or '1' = '1" "${DEVICE[@]}"

scenario "activities 16.6 T120"
returns 'true 99' Retrieve.Identity
