# domain-model §5: associations.
scenario "domain-model D43"
on_device <<"END"
{"entity": "D.Customer", "id": "c", "Name": "c"}
{"entity": "D.Order", "id": "o1", "Name": "o1", "D.Order_Customer": "c"}
{"entity": "D.Order", "id": "o2", "Name": "o2", "D.Order_Customer": "c"}
{"entity": "D.Order", "id": "o4", "Name": "o4", "D.Order_Customer": "c"}
END
returns o4o3 Associations.MemoryWins --arg C=c "${DEVICE[@]}"

scenario "domain-model D44"
# A1-B1, then A2.ref = B1: A1 is released. The commit of A2 stores the link;
# the other session reads what is stored.
rm device.db
returns 'true b1 a2' Associations.OneToOne "${DEVICE[@]}"
returns 'true b1 a2' Associations.OneToOneReads "${DEVICE[@]}"
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --json
has out '"rejected":[]'
look
[ "$(grep -c '"D.A_B"' server)" -eq "$(grep -c '"D.A_B"' device)" ] ||
    { cp server out; fail "the server has other links"; }
returns 'true b1 a2' Associations.OneToOneReads "${DEVICE[@]}"
rm device.db
returns b1 Associations.FromOtherSide "${DEVICE[@]}"

scenario "domain-model D45"
rm device.db
returns 't1t2 s1 t2' Associations.BothSets "${DEVICE[@]}"
returns t2 Associations.BothSetsRead "${DEVICE[@]}"

scenario "domain-model D47"
returns 'boss true' Associations.SelfReference
# From a specialization only its own reference can be had, not who refers to it.
returns 'rex true rex 1' Associations.OneHierarchy
