# @verify: the OQL of test E7 and E42 over what is stored, each form once where
# it holds, once where it does not, and what can't be understood.
APP="$here/../../examples/field-service/app.xml"
cat >office.jsonl <<"END"
{"entity": "FieldService.WorkOrder", "id": "oven", "Number": 1, "Title": "Oven, 50%", "Status": "Open", "Hours": "1.5"}
{"entity": "FieldService.WorkOrder", "id": "lift", "Number": 2, "Title": "Lift", "Status": "Taken", "Hours": null}
{"entity": "FieldService.WorkOrder", "id": "fan", "Number": 3, "Title": "10", "Status": "Taken", "Hours": "2"}
{"entity": "FieldService.WorkStep", "id": "s1", "Title": "Heat", "Minutes": 30, "Done": true, "FieldService.WorkStep_WorkOrder": "oven"}
{"entity": "FieldService.WorkStep", "id": "s2", "Title": "Rope", "Minutes": 45, "Done": false, "FieldService.WorkStep_WorkOrder": "lift"}
END
cat >a.test.mdl <<"END"
/** @data office.jsonl */
/
/** @test all of it holds
 * @verify select count(*) as n from FieldService.WorkOrder = 3
 * @verify local select count(Hours) as n from FieldService.WorkOrder = 2
 * @verify server select count(*) as n from FieldService.WorkOrder = 0
 * @verify select sum(Hours) as n from FieldService.WorkOrder = 3.50
 * @verify select avg(o.Hours) as n from FieldService.WorkOrder o = 1.75
 * @verify select min(Title) as n from FieldService.WorkOrder = '10'
 * @verify select max(Number) as n from FieldService.WorkOrder where Status = 'Taken' >= 3
 * @verify select max(Number) as n from FieldService.WorkOrder where Number > 3 = empty
 * @verify select Title as t from FieldService.WorkOrder where Number = 2 = 'Lift'
 * @verify select Done as d from FieldService.WorkStep where Title = 'Heat' = true
 * @verify select Done as d from FieldService.WorkStep where Title = 'Heat' != false
 * @verify select count(*) as n from FieldService.WorkOrder where Hours is null = 1
 * @verify select count(*) as n from FieldService.WorkOrder where Hours is not null and not (Number in (1, 7)) = 1
 * @verify select count(*) as n from FieldService.WorkOrder where Hours not in (1.5) = 1
 * @verify select count(*) as n from FieldService.WorkOrder where Title like 'Ov%' or Title like '_ift' = 2
 * @verify select count(*) as n from FieldService.WorkOrder where Title not like '%f%' = 2
 * @verify select count(*) as n from FieldService.WorkOrder where Title = '10.0' = 0
 * @verify select count(*) as n from FieldService.WorkOrder where Number <> 2 and (Number <= 1 or Number >= 3) = 2
 * @verify select count(*) as n from FieldService.WorkStep as s join s/FieldService.WorkStep_WorkOrder/FieldService.WorkOrder as o where o/Status = 'Open' and s/Minutes < 40 = 1
 * @verify select Title as t from FieldService.WorkOrder where Number = 1 = 'Oven, 50%'
 * @verify select s/Title as t from FieldService.WorkOrder as o inner join o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep as s where o/Number = 2 = 'Rope'
 * @verify select count(*) as n from FieldService.WorkOrder as o left join o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep as s where s/Title is null = 1
 * @verify select count(*) as n from FieldService.WorkOrder as o left join o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep as s where s/Minutes > o/Number = 2
 * @verify select count(*) as n from FieldService.WorkOrder where contains(Title, 'if') = 1
 * @verify select count(*) as n from FieldService.WorkStep where [Done = true()] = 1
 * @verify select count(*) as n from FieldService.WorkStep where [FieldService.WorkStep_WorkOrder/FieldService.WorkOrder/Number = 1] = 1
 */
/
/** @test nothing of it holds
 * @verify select count(*) as n from FieldService.WorkOrder = 4
 * @verify select Title as t from FieldService.WorkOrder where Number = 2 <> 'Lift'
 * @verify select max(Number) as n from FieldService.WorkOrder where Number > 3 > 0
 * @verify select count(*) as n from FieldService.WorkStep as s join s/FieldService.WorkStep_WorkOrder/FieldService.WorkOrder as o where o/Status = 'Open' = 2
 */
/
END
wrong() { # wrong MESSAGE QUERY: it is an ERROR
    printf '/** @test %s\n * @verify %s\n */\n/\n' "$2" "$2" >>a.test.mdl
    printf '%s\n' "$1" >>messages
}
O=FieldService.WorkOrder
wrong 'the column needs a name' "select count(*) from $O = 3"
wrong 'there are 3 such rows, not one' "select Title as t from $O = 'x'"
wrong 'there are 0 such rows, not one' "select Title as t from $O where Number = 9 = empty"
wrong 'no entity "FieldService.WorkOrdr"' "select count(*) as n from FieldService.WorkOrdr = 1"
wrong "has no attribute \"Titel\"; did you mean 'Title'?" "select count(*) as n from $O where Titel = 'x' = 1"
wrong 'has no attribute "Titel"' "select sum(Titel) as n from $O = 1"
wrong 'no association "FieldService.None"' "select count(*) as n from $O o join o/FieldService.None/$O x = 1"
wrong 'there is no such source' "select count(*) as n from $O o join o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep s where t/Title = 'x' = 1"
wrong 'with a join, attributes have' "select count(*) as n from $O o join o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep s where Title = 'x' = 1"
wrong 'this is not supported at "group by' "select count(*) as n from $O group by Title = 1"
wrong 'only numbers have a sum' "select sum(Title) as n from $O = 1"
wrong 'takes [local|server] select' "select count(*) as n from $O"
wrong 'takes [local|server] select' "select count(*) as n from $O = many"
wrong 'expected "select"' "delete from $O = 1"
wrong 'not persistable' "select count(*) as n from FieldService.CompletionReport = 0"
cat >>a.test.mdl <<"END"
/** @test no server
 * @server none
 * @verify server select count(*) as n from FieldService.WorkOrder = 0
 */
/
END
echo 'has no server of its own' >>messages
exits 1 test a.test.mdl --app "$APP" --now "$NOW"
has out 'PASS  all of it holds ('
has out ', 26 assertions)'
has out 'FAIL  nothing of it holds ('
[ "$(grep -c 'expected select' out)" -eq 4 ] || fail "not four of them"
has out '= 2, actual: 1'
while IFS= read -r message; do has out "$message"; done <messages
has out '1 passed, 1 failed, 16 errors'
