# `serve --fault`: the server breaks real connections by its plan, and a device
# that asks again gets through, once (synchronize W49, W54, §27.11, A122, A144).
sync_exits() { # CODE OPTIONS…
    local code=$1
    shift
    exits "$code" sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user anna "$@"
}
number=0
change() {
    number=$((number + 1))
    echo "{\"entity\": \"Serve.Note\", \"id\": \"n$number\", \"Title\": \"note $number\", \"\$state\": \"new\"}" |
        on_device
}
once() { # every note is there, and once
    look
    lines server "$number"
    has server "\"note $number\""
    hasnt device '"$state"'
}
met() { has serve.log "faults of the plan so far: $1"; }

# Each meets one synchronization, which must succeed.
for fault in before-create=cut mid-create-reply:10=cut mid-body:20=cut \
    mid-body:5=corrupt before-body=truncate before-commit=cut \
    before-commit=duplicate after-commit=cut after-commit=reorder \
    before-commit=status:503:1000*2 after-commit=status:500 \
    mid-result:1=cut mid-result:60=cut mid-result:60=corrupt \
    before-result=delay:500 after-ack=cut before-apply=cut \
    after-apply-before-reply=cut before-session=status:503:1000*2 \
    after-session=status:500; do
    scenario "$fault"
    rm -f serve.log
    serve --fault "$fault"
    change
    sync_exits 0
    once
    met "${fault%%[:=]*}"
    stop_serving
done

# Nobody answers: that is told at once. A server that is silent is waited for.
scenario "signing in"
serve
change
sync_exits 1 --fault before-session=cut
sync_exits 0 --fault before-session=delay:61000*3
once
change
sync_exits 1 --fault before-session=delay:61000*4
sync_exits 0
once
stop_serving

# A server that dies: the device goes on with the next one.
for fault in before-apply in-apply after-apply-before-reply \
    before-server-commit@3 after-commit=crash mid-result:30=crash; do
    scenario "$fault"
    serve --fault "$fault"
    change
    sync_exits 1
    has err SYNC_NETWORK
    stop_serving KILL 137
    serve
    sync_exits 0
    once
    stop_serving
done

scenario "a full disk"
full=server-disk-full
! on_postgres || full+=:16 # a start has some statements that could write
serve --fault "$full"
change
sync_exits 1
stop_serving
serve
sync_exits 0
once
stop_serving

scenario "what is no plan, and settings"
exits 2 serve "$APP" --listen 127.0.0.1:0 --fault before-lunch
has err "is no fault"
exits 2 serve "$APP" --listen 127.0.0.1:0 --fault sweep
exits 2 serve "$APP" --listen 127.0.0.1:0 --set sync.merge=object
has err "is a device's"
exits 2 serve "$APP" --listen 127.0.0.1:0 --set null-order=middle
serve --set null-order=postgres --set collation=icu:de
change
sync_exits 0
once
