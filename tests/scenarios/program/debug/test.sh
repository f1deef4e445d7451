# `nanoflow debug`: breakpoints, steps, what can be looked at, errors, restart;
# commands come from a pipe.
APP="$here/test-runner/coverage/model.xml"
# debugs CODE FLOW ARGUMENTS…: with the commands on standard input.
debugs() {
    local expected=$1 code=0
    shift
    "$NANOFLOW" debug "$APP" "$@" >out 2>err || code=$?
    [ "$code" -eq "$expected" ] || fail "exit code $code, expected $expected"
}
shows() { # shows LINE…: these lines, in this order
    local line from=1 at
    for line in "$@"; do
        at=$(tail -n +"$from" out | grep -nxF -- "$line" | head -n 1 | cut -d: -f1 || true)
        [ -n "$at" ] || fail "no line \"$line\" behind line $((from - 1))"
        from=$((from + at))
    done
}

scenario "debug: it stops before the first step; a listing with numbers"
debugs 0 Cover.Sum --arg N=2 <<"END"
list
END
shows 'Cover.Sum:1  create $i: Integer = 0' \
    '>   1    create $i: Integer = 0' 'the flow returns 4'
has out '    4    decide'

scenario "debug: steps, variables, expressions"
debugs 0 Cover.Sum --arg N=1 <<"END"
step
variables
n
v
print $i + 40

p $nobody
p 1 div 0
c
END
shows 'Cover.Sum:2  while $i < $N' '$N = 1' '$i = 0' \
    'Cover.Sum:3  set $i = $i + 1' '$N = 1' '$currentIndex = 0' '40' \
    'the flow returns 1'
has out 'nobody'
has out 'zero'

scenario "debug: breakpoints by number, caption and id, with conditions"
id=$("$NANOFLOW" describe "$APP" Cover.Sum --format json | grep -oE '"id": ?"[0-9a-f-]{36}"' | sed -n 2p | grep -oE '[0-9a-f-]{36}')
debugs 0 Cover.Sum --arg N=3 <<END
break 3 if \$i = 2
b Big?
b Cover.Part:Divide
b $id
b
c
p \$i
c
p \$i
d 2
c
END
shows 'breakpoint 1' 'breakpoint 2' 'breakpoint 3' 'breakpoint 4' \
    '1  3 in Cover.Sum if $i = 2' '2  Big? in Cover.Sum' \
    '3  Cover.Part:Divide in Cover.Part' \
    'breakpoint 1' '2' 'breakpoint 2' '3' 'the flow returns 6'
debugs 0 Cover.Sum --arg N=1 <<"END"
b nothing
b Nowhere.Flow
b 99
b 3 if $nobody
c
d 7
END
has out 'has no object "nothing"'
has out 'has no object "99"'
has out "its condition can't be evaluated"
has out 'there is no such breakpoint'

scenario "debug: into, over and out of flows; an error with its path"
debugs 1 Cover.Outer <<"END"
s
w
u
v
do
o
END
shows 'Cover.Outer:1  call nanoflow Cover.Fails -> $x' \
    'Cover.Fails:1  create $i: Integer = 0' \
    '> 0  Cover.Fails:1  create $i: Integer = 0' \
    '  1  Cover.Outer:1  call nanoflow Cover.Fails -> $x' \
    'Cover.Outer:1  call nanoflow Cover.Fails -> $x' \
    'Cover.Fails:1  create $i: Integer = 0'
has out 'error expression_error E-DIV0: Division by zero'
has out '> 0  Cover.Fails:2'
has err 'Division by zero'
debugs 1 Cover.Outer <<"END"
n
END
hasnt out '^Cover.Fails:1'
# Handled errors do not stop.
debugs 0 Cover.Part --arg N=0 <<"END"
c
END
hasnt out 'error '
shows 'the flow returns -1'

scenario "debug: quit, restart, help, unknown commands"
debugs 0 Cover.Sum --arg N=2 <<"END"
b 4
c
restart
c
nonsense
h
# a remark
quit
END
[ "$(grep -cx 'breakpoint 1' out)" -eq 3 ] || fail "the breakpoint after a restart"
has out 'unknown command "nonsense"'
has out 'continue   c'
hasnt out 'returns'
debugs 2 Cover.Nothing </dev/null
debugs 3 Cover.Sum --arg N=1 --db "$APP" </dev/null

scenario "debug: objects and what waits to be synchronized"
APP="$here/../../examples/field-service/app.xml"
on_device <<"END"
{"entity": "FieldService.WorkOrder", "id": "oven", "Title": "oven", "Status": "Open"}
{"entity": "FieldService.Technician", "id": "anna", "Name": "Anna"}
END
debugs 0 FieldService.ACT_TakeWorkOrder --arg WorkOrder=oven \
    --arg Technician=anna "${DEVICE[@]}" <<"END"
objects
queue
b Take it
list
n
n
qu
c
END
has out 'no new or changed objects'
has out ' *  2    '
has out '0 uploaded'
has out '  uploaded '
debugs 0 FieldService.ACT_CompleteWorkOrder --arg WorkOrder=oven "${DEVICE[@]}" <<"END"
n
n
ob
v
q
END
has out 'new       FieldService.CompletionReport'
has out '$Report = FieldService.CompletionReport'
has out '$Steps = list of 0 FieldService.WorkStep'

scenario "debug: an interrupt stops at the next step"
APP="$here/test-runner/coverage/model.xml"
mkfifo commands
"$NANOFLOW" debug "$APP" Cover.Sum --arg N=999999999 <commands >out 2>err &
stepper=$!
STARTED+=("$stepper")
exec 4>commands
# One that comes before the first command is read would stop there, not in the loop.
until grep -q 'create \$i' out; do read -r -t 0.01 _ <> <(:) || true; done
echo c >&4
until grep -q interrupted out; do
    kill -INT "$stepper" || fail "it is gone"
    read -r -t 0.1 _ <> <(:) || true
done
printf 'p $i >= 0\nq\n' >&4
exec 4>&-
wait "$stepper" || fail "it ends with $?"
has out true

scenario "trace: every step, with what it changed (activities H3)"
exits 0 run "$APP" Cover.Sum --arg N=1 --trace=trace
has trace '"event":"flowEnter","flow":"Cover.Sum","depth":1,"arguments":{"N":1}'
has trace '"type":"Microflows$ChangeVariableAction","caption":"ChangeVariableAction","outcome":"ok","changed":{"i":1}'
has trace '"caption":"Big?","outcome":"ok","case":"false"'
has trace '"event":"flowLeave","flow":"Cover.Sum","depth":1,"result":1'
exits 1 run "$APP" Cover.Outer --trace=trace
has trace '"caption":"Divide by zero","outcome":"expression_error"'
has trace '"caption":"Call fails","outcome":"expression_error"'
[ "$(grep -c flowLeave trace)" -eq 2 ] || fail "two flows were left"
APP="$here/../../examples/field-service/app.xml"
rm -f device.db*
on_device <<"END"
{"entity": "FieldService.WorkOrder", "id": "oven", "Title": "oven", "Status": "Open"}
{"entity": "FieldService.Technician", "id": "anna", "Name": "Anna"}
END
exits 0 run "$APP" FieldService.ACT_TakeWorkOrder --arg WorkOrder=oven \
    --arg Technician=anna "${DEVICE[@]}" --trace=trace
grep '"caption":"Take it"' trace >out
has out '"committed":[{"entity":"FieldService.WorkOrder"'
has out '"state":"changed","members":["Status","FieldService.WorkOrder_Technician"]'
exits 1 run "$APP" FieldService.ACT_CompleteWorkOrder --arg WorkOrder=oven \
    "${DEVICE[@]}" --trace=trace
has trace '"created":[{"entity":"FieldService.CompletionReport"'
