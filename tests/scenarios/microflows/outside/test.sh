# activities 1.1, M27, U14: what a host answers for, and what is shown there.
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says() { # EXPECTED FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}"
    [ "$(head -n 1 out)" = "$expected" ] || fail "$1 does not answer $expected"
}

scenario "activities M27 each fails when it is reached, and can be caught"
exits 0 run "$APP" Out.All "${ON_SERVER[@]}"
[ "$(tr ' ' '\n' <out | grep -c '^nanoflow.unsupported_activity$')" -eq 29 ] ||
    fail "not each of them fails"

scenario "activities M27 check names each of them, and compiles the flow"
exits 0 check "$APP" --json
has out '"Microflows$WorkflowCallAction":1'
has out '"DatabaseConnector$ExecuteDatabaseQueryAction":1'
exits 0 check "$APP"
has out "warning: Out.All, 'ImportXmlAction': \"ImportXml Out.IMM\" is not built in"
has out ' 0 unsupported'

scenario "activities M27 the host answers, by the arguments"
cat >mocks <<"END"
activity AppServiceCall Out.Svc.Act(Parameter = 'x') returns 'never'
activity AppServiceCall Out.Svc.Act returns 'app'
activity CallExternal Out.OData.Approve(Code = 2) returns 42
activity CallWebService Out.Soap.Convert(Amount = 'O-1') returns 'soap'
activity ExecuteDatabaseQuery Out.Sql.Find(Key = 'O-1') returns 7
activity ExportXml Out.EMM returns 'json'
activity ImportXml Out.IMM(Document = any) returns 'imported'
activity ApplyJumpToOption returns true
activity NotifyWorkflow Out.Approval.Wait returns false
activity RestOperationCall Out.Rest.Find(Key = 'k', Page = 7) returns 'found'
activity SendEmail(To = 'a@b.example') throws 'no server'
activity TransformJson Out.Jslt returns 5
activity WorkflowCall Out.Approval returns empty
activity WorkflowOperation AbortOperation(Reason = 'because so') returns nothing
END
exits 0 run "$APP" Out.All "${ON_SERVER[@]}" --mock mocks
for answer in AppServiceCall=app CallExternal=42 CallWebService=soap \
    ExecuteDatabaseQuery=7 ExportXml=json ImportXml=imported \
    ApplyJumpToOption=true NotifyWorkflow=false RestOperationCall=found \
    nanoflow.host_error nanoflow.type_mismatch WorkflowCall=none \
    WorkflowOperation=; do
    grep -q "\(^\| \)$answer " out || fail "no $answer"
done

scenario "activities U14 a file to download, the home page"
says nanoflow.empty_object Out.Shows
has err 'home page'
grep -q '^file: [0-9]*$' err || fail "no file is shown"
exits 0 run "$APP" Out.Shows "${ON_SERVER[@]}" --json
has out '"event":"downloadFile"'
has out '"open":true'
has out '"event":"showHomePage"'
