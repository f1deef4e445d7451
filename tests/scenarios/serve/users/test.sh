# domain-model §10, §13: users, their roles and guests.
on_server <<"END"
{"entity": "U.Letter", "id": "l", "Text": "dear", "Stamp": "one"}
{"entity": "U.Sealed", "id": "s", "Text": "secret", "Stamp": "two"}
{"entity": "System.UserRole", "id": "clerk", "Name": "Clerk"}
{"entity": "System.User", "id": "dora", "Name": "dora", "Password": "demo", "System.UserRoles": ["clerk"]}
END
shown() { # USER: what of the letters
    exits 0 data export "$APP" shown --on server --server-db server.db --as "$1"
    grep -c '"entity":"U\.' shown >count || true
    [ "$(cat count)" -eq 1 ] || { cp shown out; fail "$1 sees $(cat count) letters"; }
}
scenario "domain-model D91: the rights of all roles together"
shown anna
has shown '"Stamp":"one","Text":"dear"'
shown bert
hasnt shown Stamp
has shown '"Text":"dear"'

scenario "domain-model D24: of a specialization only its own rules count"
hasnt shown U.Sealed
exits 0 data export "$APP" shown --on server --server-db server.db --as anna
hasnt shown secret

scenario "domain-model D142: rows of roles follow the model"
roles() {
    exits 0 data export "$1" rows --on server --server-db server.db --system
    grep -F '"entity":"System.UserRole"' rows >roles
}
roles "$APP"
lines roles 3
has roles '"ModelGUID":"1f0c1f6e-6f8e-4d5b-9a0e-0d8f5a7c1b01","Name":"Clerk"'
row rows clerk
sed 's/.*"id":"\([0-9]*\)".*/\1/' row >id
sed -E 's/(Name|AdminUserRole)="Clerk"/\1="Keeper"/g; s/UserRoles="Clerk/UserRoles="Keeper/g' "$APP" >renamed.xml
roles renamed.xml
lines roles 3 # the same row, so whoever had the role has it
has roles "\"id\":\"$(cat id)\",\"\$name\":\"clerk\",\"ModelGUID\":\"1f0c1f6e-6f8e-4d5b-9a0e-0d8f5a7c1b01\",\"Name\":\"Keeper\""
row rows dora
has row "\"System.UserRoles\":[\"$(cat id)\"]"
APP=renamed.xml shown dora
has shown '"Text":"dear"'

scenario "domain-model D100: each guest is a user"
serve
for guest in a b; do
    guests=(--db "$guest.db" --now "$NOW" --server "$URL")
    exits 0 sync "$APP" "${guests[@]}"
    exits 0 run "$APP" U.Makes --arg "Text=of $guest" "${guests[@]}"
    exits 0 sync "$APP" "${guests[@]}"
done
for guest in a b; do
    exits 0 sync "$APP" --db "$guest.db" --now "$NOW" --server "$URL"
    exits 0 data export "$APP" held --on device --db "$guest.db" --now "$NOW"
    lines held 1
    has held "\"Text\":\"of $guest\""
    hasnt held '$state'
done
stop_serving
exits 0 data export "$APP" rows --on server --server-db server.db --system
grep -F '"IsAnonymous":true' rows >users
lines users 2
grep -F '"entity":"U.Note"' rows | sed 's/.*"System.owner":"\([0-9]*\)".*/\1/' | sort -u >owners
lines owners 2
while read -r owner; do has users "\"id\":\"$owner\""; done <owners
grep -F '"entity":"System.UserRole"' rows | grep -F '"Name":"Guest"' |
    sed 's/.*"id":"\([0-9]*\)".*/\1/' >guest
hasnt users '"System.UserRoles":[]'
[ "$(grep -cF "\"System.UserRoles\":[\"$(cat guest)\"]" users)" -eq 2 ] ||
    { cp users out; fail "guests have other roles"; }
