# A database keeps what a session left in it.
exits 0 run "$APP" Main.Values --arg Price=1 --arg Day=empty --arg Color=Red \
    --arg Done=true --db device.db
exits 0 data export "$APP" out --on device --db device.db
lines out 0
