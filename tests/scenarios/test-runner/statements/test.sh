# The statements of a body run as activities (test E14); what is not supported
# is an ERROR that names it.
APP="$here/program/model.xml"
cat >a.test.mdl <<"END"
/** @test objects, lists and loops
 * @expect $n = 3
 * @expect count($found) = 2
 * @expect $first/Title = 'c'
 * @expect $word = 'it''s; done'
 * @expect $total = 6.5
 * @verify local select count(*) as n from Main.Item = 3
 * @verify local select sum(Count) as n from Main.Item where Count > 1 = 5
 * @verify local select avg(Count) as n from Main.Item = 2
 * @verify local select avg(Count) as n from Main.Item where Count > 9 = empty
 * @verify local select count(Title) as n from Main.Item = 3
 * @verify local select max(Title) as n from Main.Item = 'c'
 * @verify local select min(Count) as n from Main.Item >= 1
 * @expect-queue 3
 */
DECLARE $n Integer = 0; -- a comment; with a semicolon
declare $word String(200) = 'it''s; done';
declare $total Decimal;
declare $items list of Main.Item = empty;
$a = create Main.Item (Title = 'a', Count = 1);
$b = create Main.Item (Title = 'b', Count = 2, Main.Item_Parent = $a);
$c = create Main.Item (Title = 'x', Count = 3);
change $c (Title = 'c') refresh;
commit $a with events;
commit $b; commit $c without events;
/* all
   of them */
add $a to $items; add $b to $items; add $c to $items;
set $total = 0;
loop $i in $items begin
  set $n = $n + 1;
  if $i/Count = 1 then set $total = $total + 0.5;
  elsif $i/Count = 2 then continue;
  else
    set $total = $total + 6;
  end if;
end loop;
while true begin
  if $n >= 3 then break; end if;
  set $n = $n + 1;
end while;
retrieve $found from Main.Item where Count > 1 sort by Title desc;
retrieve $first from Main.Item where [Count > 1] sort by Title desc first;
retrieve $parent from $b/Main.Item_Parent;
$child = create Main.Item (Title = 'gone');
commit $child;
delete $child;
rollback $a;
log warning 'counted ' + toString($n);
return;
/
/** @test an error that is handled
 * @expect $seen = 'yes'
 */
declare $seen String = 'no';
call nanoflow Main.Divide(A = 1, B = 0) on error { set $seen = 'yes'; };
/
/** @test an error that is passed over
 * @expect $seen
 */
declare $seen Boolean = false;
call nanoflow Main.Divide(A = 1, B = 0) on error continue;
set $seen = true;
/
/** @test unsupported */
draw page Main.Page;
/
/** @test malformed */
declare $a Integer = 1
/
/** @test a wrong member */
$a = create Main.Item (Nobody = 1);
/
/** @test a wrong parameter */
$a = call nanoflow Main.Greet (Nobody = 1, Name = 'x');
/
/** @test table
 * @each | n | colour | ok |
 *       | 1 | Main.Color.Red | true |
 *       | 2 | Main.Color.Blue | false |
 * @expect ($colour = Main.Color.Red) = $ok
 * @expect $n = 1 or $colour = Main.Color.Blue
 */
/
END
exits 1 test a.test.mdl --app "$APP" --now "$NOW"
for line in 'PASS  an error that is handled' 'PASS  an error that is passed over' \
    'ERROR unsupported' 'ERROR malformed' 'ERROR a wrong member' 'ERROR a wrong parameter' \
    'PASS  table [1]' 'PASS  table [2]' 'the statement "draw" is not supported' \
    'line 66: '; do has out "$line"; done
has out 'PASS  objects, lists and loops'

scenario "lists, aggregates and other statements of a microflow (E14)"
APP="$here/../../examples/field-service/app.xml"
cat >orders.jsonl <<"END"
{"entity": "FieldService.WorkOrder", "id": "oven", "Title": "Oven", "Status": "Open"}
{"entity": "FieldService.WorkOrder", "id": "lift", "Title": "Lift", "Status": "Taken"}
END
cat >b.test.mdl <<"END"
/** @data orders.jsonl */
/
/** @test what is assigned
 * @expect $n = 2 and $m = 3 and $has and $title = 'Oven' and not($word) and $at = 2
 * @expect count($tail) = 1 and count($both) = 2 and count($one) = 1 and count($page) = 1
 * @expect $found/Title = 'Oven' and $page2/Title = 'Lift'
 * @expect $kind = 'open' and $other = 'taken' and $sum = 5 and $any and not($all) and count($empty) = 0
 * @expect-log warning Shop 'two: 2, 3'
 * @expect-message warning 'Careful'
 * @expect $some/Title = 'made'
 * @verify local select count(*) as n from FieldService.WorkOrder where Title = 'made' = 1
 * @verify local select count(*) as n from FieldService.WorkOrder where Title = 'x' = 0
 */
declare $m Integer; declare $title String; declare $word Boolean; declare $at Integer;
declare $kind String; declare $other String;
retrieve $orders from FieldService.WorkOrder;
$n = count($orders);
$m = $n + 1;
$first = find($orders, $currentObject/Title = 'Oven');
$tail = tail($orders);
$both = union($tail, $orders);
$one = filter($orders, $currentObject/Title = 'Oven');
$found = find($orders, contains($currentObject/Title, 'ven'));
$sorted = sort($orders, Title desc, Number);
$page = range($sorted, 1, 1);
$page2 = head($page);
$has = contains($orders, $first);
set $title = 'Oven';
$word = contains($title, 'x');
$at = find($title, 'en');
$sum = sum($orders, 2.5);
$any = any($orders, $currentObject/Title != empty);
$all = all($orders, $currentObject/Title = 'a');
$empty = create list of FieldService.WorkOrder;
create FieldService.WorkOrder (Title = 'made') commit;
$new = create FieldService.WorkOrder (Title = 'other') commit without events refresh;
change $new (Title = 'else') commit on error continue;
$new/Title = 'x';
case $first/Status when Taken, Done then set $kind = 'taken'; when (empty) then set $kind = 'none'; else $kind = 'open'; end case;
case $page2/Status when Open then set $other = 'open'; when Taken then set $other = 'taken'; end case;
log warning node 'Shop' 'two: {1}, {2}' with ({1} = $n, {2} = $m);
show message 'Careful' type Warning;
retrieve $one2 from FieldService.WorkOrder sort by Title limit 1 offset 3;
$some = head($one2);
/
/** @test an error of one's own
 * @throws 'no stock'
 */
throw 'no ' + 'stock';
/
/** @test a Java action that there is not */
$x = call java action Nothing.There (A = 1);
/
/** @test misspelt
 * @expect true
 */
synchronise;
/
/** @test a variable that nobody declared */
$x = 1 + 1;
/
/** @test a flow that is misspelt */
$x = call nanoflow FieldService.ACT_TakeWorkOrdr(WorkOrder = $oven);
END
exits 1 test b.test.mdl --app "$APP" --now "$NOW"
has out 'PASS  what is assigned ('
has out 'PASS  an error of one'
has out "is not supported; did you mean 'synchronize'?"
has out 'There is no variable "x": declare $x TYPE = … makes one'
has out "did you mean 'FieldService.ACT_TakeWorkOrder'?"
has out 'the model has no JavaAction "Nothing.There"'

scenario "statements of other runners that are none of E14 are named"
for other in 'split type $x;' 'cast $x;' '$y = cast $x;' "\$r = rest call get 'x';" 'raise error;'; do
    printf '/** @test a */\n%s\n/\n' "$other" >other.test.mdl
    exits 1 test other.test.mdl --app "$APP"
    word=${other#*= }
    has out "line 2: the statement \"${word%%[ ;]*}\" is not supported"
done
printf '/** @test a */\n$r = reduce($l, 0);\n/\n' >other.test.mdl
exits 1 test other.test.mdl --app "$APP"
has out 'line 2: there is no function and no operation over lists "reduce"'
