# Tests that synchronize with a server of their own (test E41, E44, E45), with
# data on either side and with faults.
APP="$here/../../examples/field-service/app.xml"
cat >office.jsonl <<"END"
{"entity": "FieldService.WorkOrder", "id": "o1", "Title": "Oven", "Status": "Open"}
END
cat >phone.jsonl <<"END"
{"entity": "FieldService.WorkOrder", "id": "p1", "Title": "Cellar", "Status": "Open", "$state": "new"}
END
cat >a.test.mdl <<"END"
/** @test what the office has comes first
 * @data server office.jsonl
 * @expect count($orders) = 1
 * @verify local select count(*) as n from FieldService.WorkOrder = 1
 */
retrieve $orders from FieldService.WorkOrder;
/
/** @test the phone sends what it has
 * @data phone.jsonl
 * @expect $p1/Title = 'Cellar'
 * @expect-queue empty
 * @verify server select count(*) as n from FieldService.WorkOrder = 1
 */
synchronize;
/
/** @test nothing is left of other tests
 * @verify server select count(*) as n from FieldService.WorkOrder = 0
 * @verify local select count(*) as n from FieldService.WorkOrder = 0
 */
/
/** @test without a server it waits
 * @data phone.jsonl
 * @offline
 * @throws 'SYNC_NETWORK'
 * @expect-queue 1
 */
synchronize all;
/
/** @test a server that can't be reached
 * @data phone.jsonl
 * @fault before-session=cut*0
 * @throws
 * @verify server select count(*) as n from FieldService.WorkOrder = 0
 */
synchronize unsynchronized;
/
/** @test a wrong expectation of the server
 * @data phone.jsonl
 * @verify server select count(*) as n from FieldService.WorkOrder where Title = 'Cellar' > 1
 */
synchronize;
END
exits 1 test a.test.mdl --app "$APP" --now "$NOW" --seed 7
has out '5 passed, 1 failed, 0 errors'
has out 'actual: 1'
scenario "--fault applies to every test"
exits 1 test a.test.mdl --app "$APP" --now "$NOW" --filter 'sends what it has' --fault 'before-session=cut*0'
has out 'ERROR the phone sends'

scenario "E41: faults of the server, and of disks"
APP="$here/test-runner/model.xml"
cat >b.test.mdl <<"END"
/** @user anna
 * @now 2026-03-18T10:20:30Z
 */
/
/** @test the reply of a server that has stored it is lost, once
 * @fault after-server-commit=cut@1*9
 * @throws 'SYNC_NETWORK'
 * @expect-queue 1
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize;
/
/** @test it is undone while it is applied, and sent again
 * @fault in-apply=cut
 * @expect-queue empty
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize;
/
/** @test the server's disk is full
 * @fault server-write=full*0
 * @throws
 * @expect-queue 1
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize;
/
/** @test the device's disk is full
 * @fault device-write=full*0
 * @throws
 */
$n = create T.Note (Text = 'a'); commit $n;
/
/** @test the clock of the server is wrong
 * @fault server-clock:+7200
 * @expect-queue empty
 * @verify server select count(*) as n from T.Note = 1
 */
$n = create T.Note (Text = 'a'); commit $n;
synchronize;
/
/** @test nothing of it happens
 * @fault before-commit=cut
 * @expect true
 */
declare $a Integer = 1;
go offline;
/
/** @test a server that crashes
 * @fault in-apply
 */
synchronize;
/
/** @test and once more
 * @fault before-commit=cut, server-write=crash@2
 */
synchronize;
END
exits 1 test b.test.mdl --app "$APP"
has out '6 passed, 0 failed, 2 errors'
has out 'warning: nothing of this fault happened: before-commit=cut'
has out "a server that crashes can't be tried in a test; write in-apply=cut"
exits 1 test b.test.mdl --app "$APP" --strict --filter 'nothing of it'
has out 'ERROR nothing of it happens'

scenario "E41: nobody asks what the user system may do"
cat >c.test.mdl <<"END"
/** @test a user may not
 * @user anna
 * @throws
 */
$s = create T.Secret (Text = 'x'); commit $s;
/
/** @test the system may, on both sides
 * @user system
 * @data server secrets.jsonl
 * @expect count($all) = 1
 * @expect-sync uploaded 1, errors 0
 * @verify server select count(*) as n from T.Secret = 2
 */
retrieve $all from T.Secret;
$s = create T.Secret (Text = 'x'); commit $s;
synchronize;
/
/** @test a role may see what others may not
 * @role T.Boss, System.User
 * @data server secrets.jsonl
 * @expect count($all) = 1
 */
retrieve $all from T.Secret;
/
/** @test another role may not
 * @role T.User, System.User
 * @data server secrets.jsonl
 * @expect count($all) = 0
 */
retrieve $all from T.Secret;
END
echo '{"entity": "T.Secret", "id": "s", "Text": "hidden"}' >secrets.jsonl
exits 0 test c.test.mdl --app "$APP"
