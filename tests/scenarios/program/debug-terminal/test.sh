# `nanoflow debug` on a terminal: what Tab completes, the history, Ctrl-C while
# a line is typed and while the flow runs.
export XDG_STATE_HOME=$PWD/state TERM=xterm LC_ALL=C
APP="$here/test-runner/coverage/model.xml"
# types FLOW ARGUMENTS…: with a script for `terminal` on standard input.
types() {
    "$TERMINAL" "$NANOFLOW" debug "$APP" "$@" >out 2>err ||
        fail "the terminal ends with $?"
}

scenario "Tab completes commands, flows, captions, variables"
types Cover.Sum --arg N=2 <<"END"
< (debug) 
> br\tCover.P\tDiv\t\n
> br\tCover.Part:Div\t\n
< break Cover.Part:Divide
< breakpoint
< (debug) 
> b Bi\t if $\t > 5\n
< b Big? if $N > 5
< breakpoint
< (debug) 
> s\n
< (debug) 
> p $\t
< $N  $i
> i + toUpperC\t\003
< ^C
< (debug) 
> p $i + 40\n
< 40
< (debug) 
> l Cover.F\t\n
< Cover.Fails
< (debug) 
> q\n
END
hasnt out interrupted
hasnt out 'unknown command'

scenario "the history is kept"
[ "$(stat -c %a state/nanoflow/debug_history)" = 600 ] || fail "its mode"
types Cover.Sum --arg N=2 <<"END"
< (debug) 
> \e[A\e[A\n
< l Cover.Fails
< nanoflow Cover.Fails
< (debug) 
> q\n
END

scenario "Ctrl-C drops the line that is typed, and only stops a flow that runs"
types Cover.Sum --arg N=999999999 <<"END"
< (debug) 
> p 1 + \003
< ^C
< (debug) 
> n\n
< while $i < $N
< (debug) 
> c\n
* \003
< interrupted
< (debug) 
> p $i >= 0\n
< true
< (debug) 
> \004
END
[ "$(grep -c interrupted out)" -eq 1 ] || fail "one interrupt"

scenario "members of objects; an if in a caption"
APP="$here/../../examples/field-service/app.xml"
on_device <<"END"
{"entity": "FieldService.WorkOrder", "id": "oven", "Title": "oven", "Status": "Open"}
{"entity": "FieldService.Technician", "id": "anna", "Name": "Anna"}
END
types FieldService.ACT_TakeWorkOrder --arg WorkOrder=oven \
    --arg Technician=anna "${DEVICE[@]}" <<"END"
< (debug) 
> p $WorkO\t/Tit\t\n
< oven
< (debug) 
> p $WorkOrder/FieldService.WorkOrder_Te\t/Na\t\n
< p $WorkOrder/FieldService.WorkOrder_Technician/Name
< (debug) 
> \004
END
