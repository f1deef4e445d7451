# The schema of the XML form, for editors (model-format MF-X15, MF-X16).
exits 0 schema
has out '<grammar xmlns="http://relaxng.org/ns/structure/1.0"'
has out 'name="OfflineEntityConfigs"'
cp out strict
exits 0 schema --generic
has out '<nsName>'
hasnt out OfflineEntityConfigs
exits 2 schema more
exits 2 schema --strict
