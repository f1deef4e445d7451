# domain-model §3: generalization.
scenario "domain-model D20, D21"
returns 'cdp dp p' Kinds.All "${DEVICE[@]}"
exits 0 query "$APP" D.Animal '' --sort Name "${DEVICE[@]}"
lines out 3
has out '{"entity":"D.Cat"'
has out '{"entity":"D.Puppy"'
grep -F '"D.Puppy"' out >row
has row '"Breed":"pug","Legs":4,"Name":"p","Weeks":6'
exits 0 query "$APP" D.Dog '' "${DEVICE[@]}"
lines out 2
exits 0 query "$APP" D.Cat '' "${DEVICE[@]}"
lines out 1

scenario "domain-model D22"
returns 'dog pug' Kinds.Narrow --arg Name=p "${DEVICE[@]}"
returns animal Kinds.Narrow --arg Name=c "${DEVICE[@]}"
returns none Kinds.Narrow --arg Name=x "${DEVICE[@]}"
returns 'p o' Kinds.Owned

# Both sides keep the type of an object (D21).
scenario "domain-model D21"
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
lines server 3
has server '{"entity":"D.Cat"'
has server '{"entity":"D.Dog"'
has server '{"entity":"D.Puppy"'
