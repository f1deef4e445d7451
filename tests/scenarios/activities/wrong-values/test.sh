# Statements of activities that no scenario of §16 has: what is deleted, what
# does not fit.
on_device <<"END"
{"entity": "S.I", "id": "a", "Name": "a"}
{"entity": "S.I", "id": "b", "Name": "b"}
END

scenario "activities F14"
returns inside S.EndInLoop --arg 'L=["a", "b"]' "${DEVICE[@]}"

scenario "activities F41, V11"
breaks empty_value S.EmptyBool

scenario "activities O5, O41, R7"
for flow in FollowDeleted RollDeleted ChangeDeleted CommitDeleted DeleteDeleted; do
    breaks deleted_object S.$flow
    has out 'The object of \"S.I\" has been deleted'
done
returns 1 S.CommitListDeleted

scenario "xpath Q122"
breaks deleted_object S.XpathMember

scenario "activities O26"
breaks deleted_object S.AssignDeleted --arg X=a "${DEVICE[@]}"
breaks value_out_of_range S.BigInt --arg X=a "${DEVICE[@]}"
breaks type_mismatch S.DecInt --arg X=a "${DEVICE[@]}"
# A text that is too long is stored with a warning (P8); the server refuses it.
exits 0 run "$APP" S.LongText --arg X=a "${DEVICE[@]}" --json
has out '"text":"The text of \"Name\" of \"S.I\" is longer than 200 characters: the server will refuse it"'

scenario "activities L15"
breaks type_mismatch S.AddWrong
breaks type_mismatch S.AddGeneral
returns 1 S.AddSpecial

scenario "activities R18"
breaks not_found S.BadSort

scenario "activities U22"
exits 0 run "$APP" S.LogErr --json
has out '"text":"failed\nDivision by zero\nS.LogErr, CreateVariableAction"'
