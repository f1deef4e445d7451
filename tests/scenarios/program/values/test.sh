# Values in JSON, arguments by the type of the parameter, constants.
exits 0 run "$APP" Main.Values --arg Price=1.10 --arg Day=2026-03-18T10:00 \
    --arg Color=Blue --arg Done=true --time-zone Europe/Amsterdam --json \
    --constant Main.Limit=5 --seed 1
has out '"type":"Object","entity":"Main.Item"'
has out '"state":"new"'
has out '"Big":"9007199254740993"'
has out '"Color":"Blue","Count":5,"Day":"2026-03-18T09:00:00.000Z","Done":true,"Price":"1.1","Title":null,"Main.Item_Parent":null'
exits 0 run "$APP" Main.Values --arg Price=empty --arg Day=empty \
    --arg Color=empty --arg Done=false --json
has out '"Color":null,"Count":3,"Day":null,"Done":false,"Price":null'
exits 2 run "$APP" Main.Values --arg Price=1 --arg Day=empty --arg Color=Pink --arg Done=false
has err Pink
