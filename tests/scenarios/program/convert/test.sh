# An app written as XML is the same app.
exits 0 convert "$APP" copy.xml
exits 0 list "$APP"
cp out before
exits 0 list copy.xml
cmp before out || fail "the documents differ"
exits 0 run copy.xml Main.Greet --arg Name=you
[ "$(cat out)" = "Hello, you" ] || fail "the flow differs"
exits 2 convert "$APP" copy.odd

# Through .mpr and back nothing changes (model-format MF-X17); the version is
# that of the source, and what is there is replaced.
mkdir one two
exits 0 convert copy.xml one/app.mpr --mpr-version 1
exits 0 convert one/app.mpr one/first.xml
has one/first.xml 'mpr="1"'
exits 0 convert one/first.xml one/app.mpr
exits 0 convert one/app.mpr one/second.xml
cmp one/first.xml one/second.xml || fail "version 1 changes the app"
[ ! -e one/mprcontents ] || fail "version 1 needs no folder"
exits 0 convert "$APP" two/app.mpr
exits 0 convert two/app.mpr two/first.xml
cmp copy.xml two/first.xml || fail "version 2 changes the app"
[ "$(cat two/mprcontents/mprname)" = app.mpr ] || fail "mprname"

# An app is replaced with its folder, in place, too; another's folder is not.
touch two/mprcontents/old
exits 0 convert two/app.mpr two/app.mpr
[ ! -e two/mprcontents/old ] || fail "the old folder is there"
exits 0 convert two/app.mpr two/second.xml
cmp copy.xml two/second.xml || fail "in place changes the app"
exits 3 convert copy.xml two/other.mpr
has err 'belongs to "app.mpr"'
exits 0 convert copy.xml two/other.mpr --mpr-version 1
exits 0 convert two/app.mpr two/third.xml
cmp copy.xml two/third.xml || fail "the neighbour changed"
rm two/app.mpr two/other.mpr
exits 3 convert copy.xml two/app.mpr
has err "of no .mpr beside it"

# JSON and back (MF-C19 … C21).
exits 0 convert "$APP" app.json
has app.json '"$Type": "Microflows$Nanoflow", "$ContainerID"'
has app.json '"$QualifiedName": "Main.Greet"'
exits 0 convert app.json fourth.xml
cmp copy.xml fourth.xml || fail "JSON changes the app"
exits 0 convert fourth.xml again.json
cmp app.json again.json || fail "the JSON differs"
exits 0 run app.json Main.Greet --arg Name=you
[ "$(cat out)" = "Hello, you" ] || fail "the flow of the JSON differs"

# A failure leaves everything as it was, and nothing beside it.
mkdir three three/app.xml three/app.mpr
exits 3 convert copy.xml three/app.xml
exits 3 convert copy.xml three/app.mpr
exits 3 convert copy.xml three/app.mpr --mpr-version 1
exits 3 convert copy.xml /dev/full/app.mpr
[ "$(ls three)" = "app.mpr
app.xml" ] || fail "something is left: $(ls three)"
(ulimit -f 4; exits 3 convert copy.xml one/app.mpr)
(ulimit -f 4; exits 3 convert copy.xml one/second.xml)
exits 0 convert one/app.mpr one/third.xml
cmp one/first.xml one/third.xml || fail "a full disk changed the app"
[ -z "$(find one -name '*tmp*')" ] || fail "something is left: $(ls one)"
