# model-format §3.1, §3.3, MF-L1, MF-L2, MF-F7: whatever name an element or a
# property has had, the app does the same. A variant is a script by which the model
# changes; each is tried as it is written and as .mpr, which keeps what is stored.
cat >mocks <<'END'
javascript action Old.Greet (Text = 'Hello 8') returns 'heard'
microflow Old.OnServer returns 'server'
END
on_server <<'END'
{"entity": "Old.Thing", "id": "t1", "Size": 1}
{"entity": "Old.Thing", "id": "t2", "Size": 2}
END
# behaves APP: all that it does, into `did`.
behaves() {
    exits 0 run "$1" Old.All --mock mocks "${SERVER[@]}" --now "$NOW"
    cat out err >did
}
behaves "$APP"
cp did present
has present '2, 5 5 2 9, t3s4 small, t4s5 big, 8 server heard'
has present 'page: Old.Detail'
has present 'message (Information): Size 0'
has present 'validation: Name: Too small'
has present 'log Info Nanoflow: made 0'
has present 'page closed'

# variant NAME SCRIPT…
variant() {
    scenario "$1"
    local script
    shift
    cp "$APP" changed.xml
    for script in "$@"; do
        cp changed.xml before.xml
        sed -i -E "$script" changed.xml
        ! cmp -s before.xml changed.xml || fail "nothing has changed: $script"
    done
    behaves changed.xml
    cmp present did || { diff present did >out; fail "does otherwise"; }
    rm -rf stored; mkdir stored
    exits 0 convert changed.xml stored/app.mpr
    behaves stored/app.mpr
    cmp present did || { diff present did >out; fail "does otherwise as .mpr"; }
}

loop='s/<LoopedActivity id="each">/<LoopedActivity id="each" ListVariableName="L" IteratorVariableName="It">/; /<LoopSource/d'
template='s|<TypedTemplate Text="Hello \{1\}"><Arguments><PrimitiveTypedTemplateArgument Expression=("[^"]*")/></Arguments></TypedTemplate>|<Template Text="Hello {1}"><Parameters><TemplateParameter Expression=\1/></Parameters></Template>|'
page='s|(<Action type="ShowFormAction") NumberOfPagesToClose="0"><FormSettings Form="Old.Detail">.*</FormSettings>|\1 FormObjectVariable="T"><FormSettings Form="Old.Detail"/>|'
pages='s/NumberOfPagesToClose="2"/NumberOfPages="2"/'
should='s/ SyncMode="Constrained"/ ShouldDownload="true"/'
version() { echo "s/mendix=\"[0-9.]*\"/mendix=\"$1\"/"; }

# flow CASE CONTENT: the sequence flow with this case, written out.
flow() {
    local to=m
    [ "$1" = true ] || to=small
    echo "s|<flow from=\"big\" to=\"$to\" case=\"$1\"/>|<SequenceFlow OriginPointer=\"big\" DestinationPointer=\"$to\"$2</SequenceFlow>|"
}
variant '9.0.4: LoopSource' "$(version 9.0.0)" "$loop"
variant '8.6: TypedTemplate' "$(version 8.5.0)" "$template"
variant '8.9 ShouldDownload, 8.10 Synchronize, 8.11 NumberOfPages, 9.10 Queue, 9.18 FormObjectVariable, 10.15 NewCaseValue' \
    "$should" 's/(type="SynchronizeAction") Type="All"/\1/' "$pages" \
    's/<MicroflowCall Microflow="Old.OnServer"/& Queue=""/' "$page" \
    "$(flow true '><NewCaseValue type="EnumerationCase" Value="true"/>')"
variant '9.24 DownloadMode, 10.15 with both, 10.16 vectors' 's/ SyncMode=/ DownloadMode=/' \
    "$(flow true '><CaseValues><EnumerationCase Value="true"/></CaseValues><NewCaseValue type="NoCase"/>')" \
    "$(flow false ' OriginBezierVector="0;15" DestinationBezierVector="0;-15" LineType="BezierCurve"><CaseValues><EnumerationCase Value="false"/></CaseValues>')"
for number in 8.12.0 10.14.0; do
    variant "the defaults of $number" "$(version $number)"
done
variant 'all that Mendix 8.5 wrote' "$(version 8.5.0)" "$loop" "$template" "$page" "$pages" "$should" \
    's/(type="SynchronizeAction") Type="All"/\1/'

# §3.1: names of the SDK and the documentation beside those that are stored.
names=()
while read -r stored sdk; do
    names+=("s/(<\/?|type=\")$stored([ \/>\"])/\1$sdk\2/g")
done <<'END'
CreateChangeAction CreateObjectAction
ChangeAction ChangeObjectAction
ChangeActionItem MemberChange
AggregateAction AggregateListAction
ListOperationsAction ListOperationAction
ShowFormAction ShowPageAction
RetrieveSorting SortItem
TemplateParameter TemplateArgument
MicroflowParameter MicroflowParameterObject
Entity DomainModels.EntityImpl
END
variant 'names of the SDK' "${names[@]}"

scenario '8.10: IsRemote'
sed 's/<Entity id="Thing"/& IsRemote="true"/' "$APP" >changed.xml
exits 0 describe changed.xml Old.Thing
has out external
