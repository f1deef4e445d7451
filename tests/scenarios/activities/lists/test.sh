# activities 16.7: lists and aggregates.
on_device <<"END"
{"entity": "T.Order", "id": "o", "Title": "o"}
{"entity": "T.Item", "id": "a", "Name": "a", "Qty": 1, "Done": false}
{"entity": "T.Item", "id": "b", "Name": "b", "Qty": 2, "Done": true, "T.Item_Order": "o"}
{"entity": "T.Item", "id": "c", "Name": "c", "Qty": 3, "Done": true}
{"entity": "T.Item", "id": "d", "Name": "d", "Qty": 4, "Done": false, "T.Item_Order": "o"}
{"entity": "T.Item", "id": "A", "Name": "A", "Qty": 0}
{"entity": "T.Item", "id": "none", "Qty": null}
END
list() { # list RESULT FLOW ITEMS [ARGUMENTS…]
    local expected=$1 flow=$2 items=$3
    shift 3
    returns "$expected" "Lists.$flow" --arg "L=$items" "$@" "${DEVICE[@]}"
}

scenario "activities 16.7 T122"
list 'abc b aa' Combine '["a", "b", "a"]' --arg 'M=["b", "c"]'

scenario "activities 16.7 T123"
returns 'true false true false' Lists.Contains --arg Nobody=empty

scenario "activities 16.7 T124"
returns 'true false true' Lists.Equals --arg Nothing=empty

scenario "activities 16.7 T125"
list 'empty/[]true' Ends '[]'
list 'empty/[]true' Ends empty
list 'a/[]true' Ends '["a"]'
list 'a/[b]false' Ends '["a", "b"]'

scenario "activities 16.7 T126"
list ',A,a,b, b,a,A,,' SortByName '["b", "A", "a", "none"]'

scenario "activities 16.7 T127"
on_device <<"END"
{"entity": "T.Item", "id": "b1", "Name": "1", "Kind": "B", "Qty": 1}
{"entity": "T.Item", "id": "b2", "Name": "2", "Kind": "B", "Qty": 5}
{"entity": "T.Item", "id": "a3", "Name": "3", "Kind": "A", "Qty": 2}
{"entity": "T.Item", "id": "b4", "Name": "4", "Kind": "B", "Qty": 5}
{"entity": "T.Item", "id": "e5", "Name": "5", "Qty": 9}
END
list 53241 SortByTwo '["b1", "b2", "a3", "b4", "e5"]'
list 53421 SortByTwo '["b4", "b1", "b2", "a3", "e5"]'

scenario "activities 16.7 T128"
list 'b true' Find '["a", "b", "c"]'

scenario "activities 16.7 T129"
list db FilterByOrder '["d", "a", "b", "c"]' --arg Order=o

scenario "activities 16.7 T130"
list a StopsEarly '["d", "a", "A"]'
breaks expression_error Lists.StopsEarly --arg 'L=["d", "A", "a"]' "${DEVICE[@]}"

scenario "activities 16.7 T131"
list ab EmptyIsFalse '["a", "none", "b"]'

scenario "activities 16.7 T132"
list '[d] [cd] []' Range '["a", "b", "c", "d"]'

scenario "activities 16.7 T133"
list '2 0' ResultIsNew '["b", "a"]'

scenario "activities 16.7 T134"
returns ab Lists.AddTwice

scenario "activities 16.7 T135"
returns ab Lists.AddList

scenario "activities 16.7 T136"
list 'ba b b' RemoveTwice '["a", "b", "a"]'

scenario "activities 16.7 T137"
returns 'bc bc 0' Lists.Replace

scenario "activities 16.7 T138"
list a AddToEmpty empty

scenario "activities 16.7 T139"
list '0 0 empty empty empty' Aggregates '[]'

scenario "activities 16.7 T140"
list '3 5 2.5 1 4' Aggregates '["a", "none", "d"]'

scenario "activities 16.7 T141"
list true/false AllAny '[]'
list false/true AllAny '["a", "b"]'
list true/true AllAny '["b", "c"]'

scenario "activities 16.7 T142"
list '[a,b,c]' Joined '["a", "b", "c"]'
list '[]' Joined '[]'

scenario "activities 16.7 T143"
on_device <<"END"
{"entity": "T.Item", "id": "p1", "Name": "p1", "Qty": 3, "Price": "1.25"}
{"entity": "T.Item", "id": "p2", "Name": "p2", "Qty": 2, "Price": "0.1"}
END
list 3.95 Worth '["p1", "p2"]'
