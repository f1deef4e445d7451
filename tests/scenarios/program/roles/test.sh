# activities C9: module roles are checked for calls from outside.
exits 0 run "$APP" Main.Guarded
exits 0 run "$APP" Main.Guarded --role Main.Writer
exits 1 run "$APP" Main.Guarded --role Main.Reader --json
has out '"code":"access_denied"'
exits 1 run "$APP" Main.Guarded --role Guest
# domain D98: what the roles may not create on the device.
exits 1 run "$APP" Main.Values --arg Price=1 --arg Day=empty --arg Color=Red \
    --arg Done=true --role Main.Reader --json
has out '"code":"access_denied"'
