# The language of a hand-written app goes with it into every form.
scenario "model-format MF-X2"
exits 0 convert "$APP" first.xml
has first.xml 'DefaultLanguageCode="de_DE"'
exits 0 convert first.xml app.mpr
exits 0 convert app.mpr second.xml
cmp first.xml second.xml || fail "XML, .mpr, XML differ"
exits 0 convert first.xml app.json
exits 0 convert app.json third.xml
cmp first.xml third.xml || fail "XML, JSON, XML differ"
for form in "$APP" app.mpr app.json; do
    exits 0 run "$form" Hello.Greet --json
    has out 'Guten Tag'
done
