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
