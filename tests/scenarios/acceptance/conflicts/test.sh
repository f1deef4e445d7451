# synchronize §29, Conflicts.
. "$CASE/../words.sh"

two_devices() {
    on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
    sync
    device b
    on_device <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
    sync
    run 0 Flows.SetStatus --arg X=o1 --arg To=Closed
    device a
    run 0 Flows.ChangeOrder --arg X=o1 --arg To=remark
    sync
    device b
    sync
    look
}

scenario "synchronize A86"
two_devices
row server o1; has row '"Status":"Closed"'; has row '"Remark":"one"'
row device o1; has row '"Remark":"one"'
errors 0
device a; sync
look
row device o1; has row '"Status":"Closed"'; has row '"Remark":"one"'
same_as_fresh

scenario "synchronize A89, S113"
variant locked 's|<NavigationDocument>|<ProjectSettings><Settings><ModelSettings EnableDataStorageOptimisticLocking="true"/></Settings></ProjectSettings>&|' \
    's/mendix="[0-9.]*"/mendix="11.6.0"/'
two_devices
# domain-model D78: the import is version 1, each of the two uploads counts.
row server o1; has row '"Status":"Closed"'; has row '"Remark":"one"'
has row '"MxObjectVersion":3'
row device o1; has row '"MxObjectVersion":3'
errors 0
