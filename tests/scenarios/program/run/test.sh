# `run` prints the result, and for people what a user would have seen.
exits 0 run "$APP" Main.Greet --arg "Name=a = b"
[ "$(cat out)" = "Hello, a = b" ] || fail "the result differs"
exits 0 run "$APP" nanoflow:Main.Greet --arg Name=
[ "$(cat out)" = "Hello, " ] || fail "an empty String is no empty value"
exits 0 run "$APP" Main.Divide --arg A=7 --arg B=2
[ "$(cat out)" = 3.5 ] || fail "the result differs"
has err Dividing
exits 0 run "$APP" Main.Divide --arg A=7 --arg B=2 --quiet
lines err 0
