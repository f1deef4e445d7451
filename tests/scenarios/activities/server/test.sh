# activities 16.9 and 16.10: JavaScript actions, microflows and Synchronize seen
# from a nanoflow.
anna=(--role Worker)
answer() { echo "$1" >mocks; }

scenario "activities 16.9 T163"
answer 'javascript action Server.Number returns 5'
returns 'got 5' Server.AsksNumber "${anna[@]}" --mock mocks
for wrong in 5.5 false; do
    answer "javascript action Server.Number returns $wrong"
    exits 0 run "$APP" Server.AsksNumber "${anna[@]}" --mock mocks
    has out handled
done

scenario "activities 16.9 T164"
answer 'javascript action Server.Text returns empty'
returns empty Server.AsksText "${anna[@]}" --mock mocks

scenario "activities 16.9 T174"
breaks js_unavailable Server.AsksText "${anna[@]}"
has out '\"Server.Text\"'

scenario "activities 16.10 T189"
breaks bad_microflow_argument Server.SendsTask "${anna[@]}"

scenario "activities 16.10 T190"
answer "microflow Server.TakesForm returns 'taken'"
breaks bad_microflow_argument Server.SendsForm --arg Linked=true \
    "${anna[@]}" --mock mocks
has err 'not used'
returns taken Server.SendsForm --arg Linked=false "${anna[@]}" --mock mocks

scenario "activities 16.10 T194"
breaks network_error Server.AsksOnce "${anna[@]}"
exits 0 run "$APP" Server.Asks "${anna[@]}"
has out 'handled The microflow "Server.Answers"'

scenario "activities 16.10 T195"
answer "microflow Server.Answers (N = 41) throws 'no stock'"
breaks microflow_failed Server.AsksOnce "${anna[@]}" --mock mocks
returns 'handled no stock' Server.Asks "${anna[@]}" --mock mocks

scenario "activities 16.10 T198; Y2, Y3, Y8, Y10"
on_both <<"END"
{"entity": "Server.Task", "id": "t1", "Title": "one"}
{"entity": "Server.Task", "id": "t2", "Title": "two"}
END
on_server <<"END"
{"entity": "Server.Task", "id": "t1", "Title": "the server's"}
{"entity": "Server.Task", "id": "t3", "Title": "three"}
END
run 0 Server.All --arg Draft=t2 --trace=trace
has out '"value":"mine,the server'"'"'s,three,draft,"'
has trace '"event":"syncStarted","mode":"all"'
has trace '"event":"syncFinished","mode":"all"'
look
has server '"Title":"mine"'
hasnt server draft

scenario "activities 16.10 T200; Y2"
run 0 Server.CommittedAndNew
has out '"value":"new 2"'
look
lines server 5
hasnt server '"Title":"new"'

scenario "activities 16.10 T201; Y7"
on_server <<"END"
{"entity": "Server.Task", "id": "t1", "$state": "deleted"}
END
run 0 Server.One --arg Task=t1
has out '"value":"empty"'
look
no_row device t1

scenario "activities 16.10 T202; Y7"
on_server <<"END"
{"entity": "Server.Task", "id": "t2", "Hidden": true}
END
on_device <<"END"
{"entity": "Server.Task", "id": "t4", "Title": "four", "$state": "new"}
END
run 0 Server.Three --arg 'L=["t2", "t4"]'
has out '"value":"four"'
look
no_row device t2
row server t2

scenario "activities 16.10 T203"
on_device <<"END"
{"entity": "Server.Task", "id": "t5", "Title": "five", "$state": "new"}
END
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
exits 0 run "$APP" Server.Handled "${DEVICE[@]}" "${LATER[@]}" --user anna
has out '(SYNC_NETWORK)'
exits 1 run "$APP" Server.NotHandled "${DEVICE[@]}" "${LATER[@]}" --user anna --json
has out '"code":"SYNC_NETWORK"'
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the device's data changed"

scenario "activities 16.10 T207; Y1"
breaks SYNC_NOT_OFFLINE Server.NotHandled --profile Responsive "${anna[@]}"
