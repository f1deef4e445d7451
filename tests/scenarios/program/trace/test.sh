# `--trace`: every step, what it changed, what became of objects (activities H3),
# within bounds; and the way to a failure.
# step CAPTION: the events of the step with this caption, into `steps`.
step() {
    grep -F "\"caption\":\"$1\"" trace >steps || fail "no step \"$1\""
}
# tells CAPTION TEXT: its event has this.
tells() {
    step "$1"
    has steps "$2"
}

scenario "each activity is a step, with the variables that it changed"
exits 0 run "$APP" T.All --now "$NOW" --seed 7 --trace=trace
for caption in create other change commit list add head count retrieve follow \
    number same again back call delete LoopedActivity inside Deeper? down; do
    step "$caption"
done
[ "$(grep -c '"event":"activity"' trace)" -eq 26 ] ||
    fail "16 steps, a loop with two rounds, 7 in calls"
tells create '"changed":{"Item":{"entity":"T.Item","id":'
tells list '"changed":{"List":{"entity":"T.Item","count":0}}'
tells add '"changed":{"List":{"entity":"T.Item","count":1}}'
tells head '"changed":{"Head":{"entity":"T.Item"'
tells count '"changed":{"Count":1}'
tells retrieve '"changed":{"Stored":{"entity":"T.Item","count":2}}'
tells follow '"changed":{"Linked":{"entity":"T.Item"'
tells number '"changed":{"n":1}'
tells call '"changed":{"Deep":4}'
tells LoopedActivity '"changed":{"One":{"entity":"T.Item"'
tells inside '"changed":{"n":2}'
tells inside '"changed":{"One":{"entity":"T.Item","id":'
tells inside '"n":3}'
tells Deeper? '"case":"true"'
step same
hasnt steps changed

scenario "what became of objects"
tells create '"created":[{"entity":"T.Item"'
tells create '"members":{"Title":"a"}}]'
tells other '"committed":[{"entity":"T.Item"'
tells other '"state":"new"'
tells change '"set":[{"entity":"T.Item","id":'
tells change '"members":{"Title":"b","Count":2,"T.Item_Item":"'
step change
hasnt steps committed
tells commit '"committed":[{"entity":"T.Item"'
tells back '"rolledBack":[{"entity":"T.Item"'
tells delete '"deleted":[{"entity":"T.Item"'
tells again '"members":{"Title":"c"}'

scenario "flows in flows: who called, with what, and what came back"
[ "$(grep -c '"event":"flowEnter","flow":"T.Deep"' trace)" -eq 4 ] || fail "four calls"
has trace '"flow":"T.Deep","depth":2,"arguments":{"n":3}'
has trace '"flow":"T.Deep","depth":5,"arguments":{"n":0}'
has trace '"event":"flowLeave","flow":"T.Deep","depth":5,"result":1'
exits 1 run "$APP" T.Deep --arg n=100000 --limit depth=400 --trace=trace
[ "$(grep -c '"event":"flowEnter"' trace)" -eq 400 ] || fail "to the limit"
[ "$(grep -c '"event":"flowLeave"' trace)" -eq 400 ] || fail "and back"
[ "$(tail -n 2 trace | head -n 1 | grep -c '"outcome":"')" -le 1 ] || fail "the end"
[ "$(awk '{ if (length > most) most = length } END { print most }' trace)" -lt 400 ] ||
    fail "a line grows with the depth"

scenario "long texts and many objects"
exits 0 run "$APP" T.Much --trace=trace
[ "$(cat out)" = 812 ] || fail "the text has $(cat out)"
tells longer '(1537 bytes)'
tells longer '€€€…'
tells store '"more":{"committed":200}'
[ "$(grep -o '"state":"new"' steps | wc -l)" -eq 100 ] || fail "a hundred are told"
[ "$(awk '{ if (length > most) most = length } END { print most }' trace)" -lt 20000 ] ||
    fail "a line is too long"
! grep -qv '^{.*}$' trace || fail "a line is no object"

scenario "what failed: the last steps lead there"
sed 's/1 - \$n/$n/' "$APP" >failing.xml
exits 1 run failing.xml T.All --trace=trace
grep -n '"outcome":"expression_error"' trace | cut -d: -f1 >failed
[ "$(wc -l <failed)" -ge 5 ] || fail "the end event and its four calls failed"
head -n 1 failed >first
sed -n "$(cat first)p" trace | grep -q '"flow":"T.Deep"' || fail "the innermost first"
tail -n 2 trace | head -n 1 | grep -q '"event":"flowLeave","flow":"T.All","depth":1,"error":"expression_error"' ||
    fail "the outermost flow comes last"
tail -n 1 trace | grep -q '"event":"unhandledError".*"document":"T.Deep","activity":"EndEvent"' ||
    fail "the error, with its place"
