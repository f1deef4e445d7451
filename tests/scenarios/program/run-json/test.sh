# `run --json`: one document, also on an error.
exits 0 run "$APP" Main.Divide --arg A=7 --arg B=2 --json --variables
has out '"result":{"type":"Decimal","value":"3.5"}'
has out '"error":null'
has out '"event":"showMessage"'
has out '"Q":"3.5"'
lines out 1
exits 1 run "$APP" Main.Divide --arg A=7 --arg B=0 --json
has out '"result":null'
has out '"code":"expression_error"'
has out '"detail":"E-DIV0"'
has out '"document":"Main.Divide"'
has out '"activity":"Do it"'
has out '"event":"showMessage"'
lines out 1
exits 0 run "$APP" Main.Guarded --json
has out '"result":null'
