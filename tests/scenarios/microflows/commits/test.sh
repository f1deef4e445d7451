# activities §11.2, domain §7 … §9: commits and creations on the server.
. "$CASE/../told.sh"
scenario "activities M4 … M12, O14"
logs Cm.All <<"END"
# M4, D73: new objects that are referred to, and those of these, come along; who
# only refers does not, nor does what is stored, and nobody is judged (D56) or
# told (D67).
Referring: falsefalsefalsetrue
ReferringStored: 0 changed
ReferringRuled: false
# O14, D64, M14: before, defaults, after. M5, D62, D63: the generalization's
# first, all before any row, all after.
creating
created 3
creating
created 3
base a
special x
again
base b
stored a
stored b
Specials
# D70: handlers run for what has not changed, too.
creating
created 3
base b
stored b
base b
stored b
Unchanged
# M6, D65: false stops what follows, for a list the whole of it; with an error
# or without.
first no
CommitsPicky: nanoflow.validation_failed true
first yes
second yes
after yes
CommitsPicky: went on false
first no
CommitsLax: went on true
first yes
second yes
after yes
CommitsLax: went on false
first a
second a
first no
CommitsListPicky: handled true
first a
second a
first no
CommitsListLax: went on true
# D65: what was not committed stays changed, so that it can be rolled back.
first no
ChangesLax: 0 yes
# M7, D56: all messages, nothing is written; unique last, with its message (D55),
# and by the values that objects of one commit will have.
ViolatesTwice: A name, please; Once more true
TakesCode: stored
TakesCode: nanoflow.validation_failed: This code is taken
TwoWithOneCode: nanoflow.validation_failed: This code is taken
Swaps: qp
# M10: rules without events.
QuietlyViolates: A name, please; Once more
# D59: rules see what handlers have filled in.
Fills: filled
# D13
TooLong: nanoflow.validation_failed: the text of 'Name' is longer than 5 characters
# M8, D72: what was committed is what a rollback goes back to.
Saved: two false
# M9
Late: late kept
# M11, D77: objects in memory only.
form one
formed one
form back
form is back one
Forms: one
form no
FormsNot: nanoflow.validation_failed
# M12, D66: an error in a handler undoes the commit, not what was before it.
Breaks: Division by zero true
# D65 for creations.
never
CreatesNever: nanoflow.validation_failed
not
CreatesNot: true
# D16, D17, D30: numbers and stamps are there since the creation.
Numbers: 6 true 6 7
# D16, D30: nobody sets them but the owner.
SetsDates: nanoflow.access_denied
SetsNumber: nanoflow.access_denied
SetsOwner: true
# D12
Rounds: 1.12345678
Rounds: nanoflow.value_out_of_range
# D44
Pairs: l2 true
# More than a handful, each twice: each is stored once.
Many: 30
END
# What the flows above have stored.
count Cm.Tag "[Name = 't']" 2
count Cm.Tag "[Name = 'by handler']" 0
count Cm.Tag "[Name = 'before']" 1
count Cm.Picky '' 1
count Cm.Short '' 0
count Cm.Late "[Name = 'late']" 0
count Cm.Kept "[Name = 'kept']" 1

scenario "domain D31: setting a member to what it was counts, committing does not"
NOW=2026-04-01T00:00:00Z
ON_SERVER=(--on server --server-db server.db --now "$NOW" --seed 7)
says '2026-03-18 MxAdmin' Cm.Touches --arg 'S=//Cm.Stamped[Number = 6]' --arg How=none
says '2026-04-01 MxAdmin' Cm.Touches --arg 'S=//Cm.Stamped[Number = 6]' --arg How=set
