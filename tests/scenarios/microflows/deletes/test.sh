# activities §11.3, §6.5, §6.6; domain §6: deletions and rollbacks on the server.
. "$CASE/../told.sh"
scenario "activities M15 … M17, O42, O49 … O52; domain D50, D51, D65"
logs Dl.All <<"END"
# D51: before all, level by level; after all, in the order of deletion. M17: who
# is told after may read what goes. O49: the variable is empty; others are not.
going r
going t
going l
gone r
gone t
gone l
Cascades: 0truefalse
# A handler of what would go along stops the whole.
going r
going t
going stays
CascadeStops: nanoflow.validation_failed t
Ring: 0
# D50: refused, with the modeller's words, from either end.
Prevented: nanoflow.validation_failed: It is held h
NotPrevented: true
OwnersPrevented: It has parts
OwnersCascade: 0
# D51: what is deleted together does not block.
Together: 00
OneOfBoth: nanoflow.validation_failed
# D50, keep: links go, in rows and in memory.
Clears: 10truetrue
# M15: handlers of new objects run.
going new
gone new
NewOnes: true
# D65: refused, or skipped; then the variables keep what is there.
going stays
Stays: nanoflow.validation_failed stays
going a
going stays
StaysQuietly: 2 2 false
# D63
going a
going b
gone a
gone b
ListOrder
# O50, O5
Again: 0
Handles: nanoflow.deleted_object false
# M16, O42
back two
is back one
RollsBack: one
back new
RollsNewBack: true
# T229, M6
back stays
RollbackStops: nanoflow.validation_failed stays
back two
RollbackSkips: two
# O41, P2
RollbackEmpty: nanoflow.empty_object
Nothing to delete: the variable is empty
Nothing to commit: the variable is empty
DeleteEmpty: nothing
END
