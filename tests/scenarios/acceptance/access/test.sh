# activities M2, domain D94 … D99: microflows that apply entity access.
. "$CASE/../words.sh"
story() {
    scenario "$@"
    on_server <<"END"
{"entity": "X.Customer", "id": "c1", "Name": "c1"}
{"entity": "X.Customer", "id": "c2", "Name": "c2", "Level": 1}
{"entity": "X.Doc", "id": "d1", "Name": "d1", "Hidden": "h1", "Fixed": "f1", "Price": 7, "X.Doc_Customer": "c1", "X.Doc_Keeper": "c1"}
END
}
denied() { # FLOW
    run 1 "X.Calls$1"
    has out '"code":"microflow_failed"'
}

story "activities M2: what may not be read is empty"
answers 'd1 - f1 -' X.CallsReads
answers 'd1 h1 f1 7' X.CallsReadsFreely
answers '1 0 not found' X.CallsCounts
answers 'c1 - is -' X.CallsFollows
answers '1 0' X.CallsFollowsBack

story "activities M2: a nested call uses its own setting"
answers 'h1 -' X.CallsAsks

story "activities M2: an object that may not be seen is not there"
on_server <<<'{"entity": "X.Doc", "id": "d1", "X.Doc_Customer": "c2"}'
answers '- - - -' X.CallsFollows

story "domain D94, D98: what may not be written"
denied CommitsSpoilt
finds 1 X.Doc "[Fixed = 'f1']"
denied Links
denied FillsHidden
denied MakesSealed
answers 'f -' X.CallsFills

story "domain D97: members of objects in memory that may not be read"
answers 'f -' X.CallsReturns

story "domain D95: rights are those of the beginning"
answers 'lost 1' X.CallsLoses
answers made X.CallsMakes
answers changed X.CallsChangesMade
finds 3 X.Doc '[Level = 1]'

story "domain D99: everybody may read the own user"
answers anna X.CallsMyself

story "domain D99: users all of whose roles one may manage"
on_server <<"END"
{"entity": "System.UserRole", "id": "other", "Name": "Other"}
{"entity": "System.UserRole", "id": "chief", "Name": "Chief"}
{"entity": "System.User", "id": "u1", "Name": "none"}
{"entity": "System.User", "id": "u2", "Name": "other", "System.UserRoles": ["other"]}
{"entity": "X.Person", "id": "u3", "Name": "both", "System.UserRoles": ["other", "chief"]}
END
users() { # NAMES: in any order
    run 0 X.CallsUsers
    sed -nE 's/.*"result":\{"type":"String","value":"([^"]*)".*/\1/p' out |
        tr ' ' '\n' | LC_ALL=C sort | paste -sd' ' >users
    [ "$(cat users)" = " $*" ] || fail "$WHO sees$(cat users), not $*"
}
users anna
device b
users anna bert none other

SCENARIO="domain D99: whom one may manage, one may change"
promotes() { # ROLE ANSWER
    run 0 X.CallsPromotes --arg "Role=$1"
    has out "\"value\":\"$2\""
}
promotes Chief nanoflow.access_denied # no role that one may not manage
exits 0 query "$APP" System.User "[Name = 'other' and not(Active)]" --on server --server-db server.db
[ ! -s out ] || fail "it was changed"
promotes Clerk promoted
exits 0 query "$APP" System.User "[Name = 'other' and not(Active)][System.UserRoles/System.UserRole/Name = 'Clerk']" --on server --server-db server.db
lines out 1
device c
users anna bert both carl none other
