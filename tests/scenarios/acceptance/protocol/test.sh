# synchronize §29, Protocol.
. "$CASE/../words.sh"

# A story with every kind of record; what it leaves is in NAME.*.
story() {
    local to=$1
    on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Code": "X"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
{"entity": "Shop.Catalog", "id": "k1", "Name": "one"}
END
    sync --json; tail -1 out >"$to.log"
    run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
    run 0 Flows.DeleteOrder --arg X=o2
    run 0 Flows.ChangeCatalog --arg X=k1 --arg To=uno
    on_device <<"END"
{"entity": "Shop.Customer", "id": "c2", "Name": "Best", "Code": "X", "$state": "new"}
{"entity": "Shop.Customer", "id": "c3", "$state": "new"}
{"entity": "Shop.Order", "id": "n1", "Remark": "new", "Shop.Order_Customer": "c3", "$state": "new"}
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ==", "$state": "new"}
END
    on_server <<"END"
{"entity": "Shop.Order", "id": "o3", "Remark": "tres"}
{"entity": "Shop.Order", "id": "o1", "$state": "deleted"}
{"entity": "Shop.Photo", "id": "p9", "Caption": "b", "Name": "b.png", "$contents": "Yg=="}
END
    run 0 Flows.HoldSelected --arg O=o3
    sync --json; tail -1 out >>"$to.log"
    look
    # ids of users and of error records are the server's own
    sed -E -e 's/"System\.(owner|changedBy)":"[0-9]*"//g; s/("System.SynchronizationError","id":")[0-9]+/\1/' \
        device server | sort >"$to.rows"
}

scenario "synchronize A146"
for TRANSPORT in local http; do
    scenario "synchronize A146 $TRANSPORT"
    story "$TRANSPORT"
done
cmp local.rows http.rows || { diff local.rows http.rows >out; fail "other rows"; }
for log in local http; do # bytes and times differ, outcomes do not
    sed -E 's/"bytes(Sent|Received)":[0-9]+,?//g; s/"bytes":[0-9]+//g' $log.log >$log.outcomes
done
cmp local.outcomes http.outcomes ||
    { diff local.outcomes http.outcomes >out; fail "other outcomes"; }

# A137: the server comes back from an older copy, so a view that the device
# names is unknown to it.
scenario "synchronize A137"
on_server <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
END
sync
[ -z "$SERVING" ] || stop_serving
SERVED=''
copy_server server.db copied
on_server <<<'{"entity": "Shop.Order", "id": "o3", "Remark": "three"}'
sync
look; holds device Shop.Order Remark one,three,two
[ -z "$SERVING" ] || stop_serving
SERVED=''
copy_server copied server.db
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
sync
counts 0 0 2 0
look; holds device Shop.Order Remark one
errors 0
same_as_fresh
sync; counts 0 0 0 0 # the view is known from here on
