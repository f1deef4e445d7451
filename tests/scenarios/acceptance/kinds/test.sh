# synchronize §14: kinds of attributes and entities, and S8: the profile.
. "$CASE/../words.sh"

text='"Text": "t\"\\\u00e9"'
rest='"Long": "line\nline", "Number": -2147483648, "Big": "9007199254740993", "Price": "-12345678901234567890.12345678", "Yes": false, "Day": "2026-03-18T10:20:30.123Z", "Color": "Red"'
shown='"Big":"9007199254740993","Color":"Red","Day":"2026-03-18T10:20:30.123Z","Long":"line\nline","Number":-2147483648,"Price":"-12345678901234567890.12345678"'

scenario "synchronize §14, values down"
on_server <<<"{\"entity\": \"K.All\", \"id\": \"a1\", $text, $rest}"
on_server <<<'{"entity": "K.All", "id": "a2", "Text": "empty", "Yes": true}'
sync
look
grep -F Red device >row; has row "$shown"; has row '"Seq":1'
grep -F '"Text":"empty"' device >row; hasnt row Number; hasnt row Price; hasnt row Day
same_as_fresh

scenario "synchronize §14, values up"
sync
on_device <<<"{\"entity\": \"K.All\", \"id\": \"a1\", $text, $rest, \"\$state\": \"new\"}"
sync
look
grep -F Red server >row; has row "$shown"; has row '"Yes":false'; has row '"Seq":1'
same_as_fresh
# and back to nothing
guid device a1
on_device <<<"{\"entity\": \"K.All\", \"id\": \"$GUID\", \"Long\": null, \"Number\": null, \"Big\": null, \"Price\": null, \"Day\": null, \"Color\": null, \"\$state\": \"changed\"}"
sync
look
grep -F K.All server >row
for member in Long Number Big Price Day Color; do hasnt row "\"$member\""; done
same_as_fresh

scenario "synchronize S159" # every value as JSON in the error entity
sync
on_device <<<"{\"entity\": \"K.All\", \"id\": \"a1\", \"Text\": null, $rest, \"\$state\": \"new\"}"
sync
errors 1 OBJ_VALIDATION '\"Big\":\"9007199254740993\"' '\"Price\":\"-12345678901234567890.12345678\"' \
    '\"Day\":\"2026-03-18T10:20:30.123Z\"' '\"Color\":\"Red\"' '\"Yes\":false' '\"kind\":\"new\"'
grep -o '"ObjectContent":".*' errors >row
hasnt row Secret

scenario "synchronize S108"
sync
answers trueBlue1 K.Default

scenario "synchronize S35, hashed strings"
on_server <<<'{"entity": "K.All", "id": "a1", "Text": "t", "Secret": "hidden"}'
sync
look
hasnt device hidden
guid server a1
on_device <<<"{\"entity\": \"K.All\", \"id\": \"$GUID\", \"Text\": \"u\", \"\$state\": \"changed\"}"
sync
look
row server a1; has row '"Text":"u"'
errors 0

scenario "synchronize S10" # the nearest configuration upwards
on_server <<"END"
{"entity": "K.Animal", "id": "n1", "Name": "animal"}
{"entity": "K.Cat", "id": "n2", "Name": "inside", "Indoor": true}
{"entity": "K.Cat", "id": "n3", "Name": "outside", "Indoor": false}
{"entity": "K.Dog", "id": "n4", "Name": "dog", "Size": 3}
{"entity": "K.All", "id": "a1", "Text": "t", "K.All_Animal": "n2", "K.All_Animals": ["n1", "n4"]}
END
sync
look
holds device K.Animal Name animal
holds device K.Cat Name inside
holds device K.Dog Name dog
same_as_fresh
on_server <<"END"
{"entity": "K.Cat", "id": "n2", "$state": "deleted"}
{"entity": "K.Dog", "id": "n4", "Name": "big dog"}
END
run 0 K.SelectAnimals --arg "One=//K.Cat"
has out '"value":"empty '
look
holds device K.Cat Name ''
holds device K.Dog Name 'big dog'
sync
same_as_fresh

scenario "synchronize S8"
on_server <<"END"
{"entity": "K.All", "id": "a1", "Text": "t"}
{"entity": "K.Animal", "id": "n1", "Name": "animal"}
END
sync --profile Tablet
look; hasnt device K.
on_device <<"END"
{"entity": "K.All", "id": "a2", "Text": "u", "$state": "new"}
{"entity": "K.Dog", "id": "n2", "Name": "dog", "$state": "new"}
{"entity": "K.All", "id": "a3", "$state": "new"}
END
synchronizes 1 --profile Tablet # S7: this one throws
has err SYNC_PARTIAL
look
objects device K.All 0
holds device K.Dog Name dog
objects server K.All 2
sync --profile Phone
look
objects device K.All 2
holds device K.Animal Name animal
