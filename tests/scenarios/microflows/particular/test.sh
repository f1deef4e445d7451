# activities T18, T226; domain D55: what is particular to flows on the server.
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${ON_SERVER[@]}"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
on_server <<"END"
{"entity": "Sv.Item", "id": "i1", "Name": "Zebra"}
{"entity": "Sv.Item", "id": "i2", "Name": "Ärger"}
{"entity": "Sv.Item", "id": "i3", "Name": "arm"}
{"entity": "Sv.Item", "id": "i4", "Name": "zahm"}
{"entity": "Sv.Item", "id": "i5", "Name": "Öl"}
END

scenario "activities T226"
says 'Ärger;arm;Öl;zahm;Zebra;' Sv.Sorts --locale de_DE
# Swedish has these letters at the end.
says 'arm;zahm;Zebra;Ärger;Öl;' Sv.Sorts --locale sv_SE
says '2 2' Sv.Adds

scenario "activities T18"
says long Sv.Decides --arg Name=longer
says short Sv.Decides --arg Name=ab

scenario "domain D55 regular expressions are those of Java"
says stored Sv.Commits --arg Code=ab
says stored Sv.Commits --arg Code=abÄ
says 'No code' Sv.Commits --arg Code=ax
says 'No code' Sv.Commits --arg Code=abc
says 'No code' Sv.Commits --arg Code=abAA

scenario "activities C20, model-format: arguments of Java actions as Mendix 7 stored them"
cat >old.xml <<"END"
<app xmlns="urn:nanoflow:app:1" format="1" mendix="7.23.0">
 <Module Name="Old">
  <units>
   <DomainModel><Entities><EntityImpl Name="Thing"/></Entities></DomainModel>
   <JavaAction Name="Say">
    <JavaReturnType type="CodeActions.StringType"/>
    <Parameters>
     <JavaActionParameter Name="Text"><ParameterType type="CodeActions.BasicParameterType"><Type type="CodeActions.StringType"/></ParameterType></JavaActionParameter>
     <JavaActionParameter Name="Flow"><ParameterType type="JavaActions.MicroflowJavaActionParameterType"/></JavaActionParameter>
    </Parameters>
   </JavaAction>
   <Microflow Name="Says" MicroflowReturnType="StringType">
    <ObjectCollection><Objects>
     <StartEvent id="start"/>
     <ActionActivity id="say"><Action type="JavaActionCallAction" JavaAction="Old.Say" UseReturnVariable="true" ResultVariableName="R"><ParameterMappings><JavaActionParameterMapping Parameter="Old.Say.Text"><Value type="BasicCodeActionParameterValue" Argument="'a' + 'b'"/></JavaActionParameterMapping><JavaActionParameterMapping Parameter="Old.Say.Flow"><Value type="MicroflowParameterValue" Microflow="Old.Says"/></JavaActionParameterMapping></ParameterMappings></Action></ActionActivity>
     <EndEvent id="end" ReturnValue="$R"/>
    </Objects></ObjectCollection>
    <Flows><flow from="start" to="say"/><flow from="say" to="end"/></Flows>
   </Microflow>
  </units>
 </Module>
</app>
END
exits 0 convert old.xml new.json
sed 's/Microflows$BasicCode/Microflows$BasicJava/; s/Microflows$MicroflowParameterValue/Microflows$MicroflowJavaActionParameterValue/' new.json >old.json
cmp -s old.json new.json && fail "nothing is old"
APP=old.json
exits 0 check "$APP"
has out '0 errors, 0 unsupported, 0 warnings'
echo "java action Old.Say(Text = 'ab', Flow = 'Old.Says') returns 'said'" >mocks
rm -rf server.db*
says said Old.Says --mock mocks
scenario "activities C20, model-format: and as Mendix 6 did, in the mapping itself; a time-out that is a number"
cat >older.xml <<"END"
<app xmlns="urn:nanoflow:app:1" format="1" mendix="6.6.0">
 <Module Name="Old">
  <units>
   <DomainModel><Entities><EntityImpl Name="Thing"/></Entities></DomainModel>
   <JavaAction Name="Say">
    <JavaReturnType type="CodeActions.StringType"/>
    <Parameters>
     <JavaActionParameter Name="Text"><ParameterType type="CodeActions.BasicParameterType"><Type type="CodeActions.StringType"/></ParameterType></JavaActionParameter>
    </Parameters>
   </JavaAction>
   <Microflow Name="Says" MicroflowReturnType="StringType">
    <ObjectCollection><Objects>
     <StartEvent id="start"/>
     <ActionActivity id="say"><Action type="JavaActionCallAction" JavaAction="Old.Say" UseReturnVariable="true" ResultVariableName="R"><ParameterMappings><JavaActionParameterMapping Parameter="Old.Say.Text" Argument="'a' + 'b'"/></ParameterMappings></Action></ActionActivity>
     <EndEvent id="end" ReturnValue="$R"/>
    </Objects></ObjectCollection>
    <Flows><flow from="start" to="say"/><flow from="say" to="end"/></Flows>
   </Microflow>
   <Microflow Name="Asks">
    <ObjectCollection><Objects>
     <StartEvent id="start"/>
     <ActionActivity id="r"><Action type="RestCallAction" ResultHandlingType="None" TimeOut="9000000"><HttpConfiguration HttpMethod="Get" OverrideLocation="true"><CustomLocationTemplate Text="http://127.0.0.1:1/"/></HttpConfiguration><RequestHandling type="CustomRequestHandling"><Template Text="-"/></RequestHandling><ResultHandling Bind="false" ResultVariableName=""/></Action></ActionActivity>
     <EndEvent id="end"/>
    </Objects></ObjectCollection>
    <Flows><flow from="start" to="r"/><flow from="r" to="end"/></Flows>
   </Microflow>
  </units>
 </Module>
</app>
END
APP=older.xml
exits 0 check "$APP"
has out '0 errors, 0 unsupported, 0 warnings'
echo "java action Old.Say(Text = 'ab') returns 'said'" >mocks
rm -rf server.db*
says said Old.Says --mock mocks
exits 1 run "$APP" Old.Asks "${ON_SERVER[@]}"
has err 'The time-out of a request is a number of seconds from 1 to'
exits 0 describe "$APP" Old.Asks
has out 'time-out = 9000000'
