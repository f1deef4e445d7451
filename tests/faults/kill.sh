#!/usr/bin/env bash
# Kills the program with SIGKILL at random moments: kill.sh [N], 25 unless told.
# Most kills meet a nanoflow that commits and deletes (kill/model.xml), some the
# creation of the database file, some its change to another model. After each,
# the file is sound, holds all that was reported as committed and nothing in
# part, and the next run goes on from there. Prints seed and counts.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
app="$source_folder/tests/faults/kill/model.xml"
kills="${1:-25}"
seed="${SEED:-20260401}"
RANDOM=$((seed % 32768))
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
rounds=40
database=() alive=0 late=0 number=0 gone=0 kept=0
declare -A span met=([run]=0 [create]=0 [change]=0)

fail() {
    echo "failed at kill $number (seed $seed): $*" >&2
    for file in wrong out err; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; tail -c 2000 "$file" >&2; }
    done
    exit 1
}

nf() { # nf ARGUMENTS…: a run to its end
    "$NANOFLOW" "$@" >out 2>err </dev/null || fail "nanoflow $*"
}

now() { date +%s%N; }

# spent ARGUMENTS…: how many microseconds the program needs, in `time`.
spent() {
    local start
    start=$(now)
    nf "$@"
    time=$((($(now) - start) / 1000))
}

# killed KIND ARGUMENTS…: starts the program and kills it at a moment up to
# `span`, which follows what the machine needs: one kill in six comes too late,
# so the end is met as well. What the program reported is in `err`.
killed() {
    local kind=$1 wait child code=0
    shift
    wait=$((((RANDOM << 15) | RANDOM) % span[$kind]))
    "$NANOFLOW" "$@" >out 2>err </dev/null &
    child=$!
    sleep "$((wait / 1000000)).$(printf %06d $((wait % 1000000)))"
    kill -9 "$child" 2>/dev/null || true
    { wait "$child"; } 2>/dev/null || code=$?
    case "$code" in
    137)
        alive=$((alive + 1)) met[$kind]=$((met[$kind] + 1))
        span[$kind]=$((span[$kind] * 102 / 100))
        ;;
    0)
        late=$((late + 1))
        span[$kind]=$((span[$kind] * 9 / 10 + 1000))
        ;;
    *) fail "exit code $code from nanoflow $*" ;;
    esac
}

# said WORD: the last number that the killed run reported with this word.
said() { sed -n "s/.*: $1 \(-\{0,1\}[0-9]*\)\$/\1/p" err | tail -1; }

# sound DATABASE: to sqlite itself; and no change is left of an object that
# was deleted before it was ever synchronized (domain D70).
sound() {
    command -v sqlite3 >/dev/null || return 0
    [ "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok ] || fail "damaged: $1"
    sqlite3 "$1" 'SELECT id FROM _mx_change EXCEPT SELECT id FROM "Kill.Node"
        UNION ALL SELECT id FROM _mx_object EXCEPT
        SELECT id FROM "Kill.Node"' >wrong || fail "query of $1"
    [ ! -s wrong ] || fail "traces of deleted objects in $1"
}

# whole FILE: the exported rows are complete rounds. Answers with the counter
# (-1 without one) in `last` and the last round that is gone in `first`.
whole() {
    awk '
        function member(name,   text) {
            if (!match($0, "\"" name "\":(\"[^\"]*\"|-?[0-9]+)")) return ""
            text = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
            gsub(/"/, "", text)
            return text }
        { id = member("id"); round = member("Round") + 0; place = member("Place") + 0 }
        member("\\$state") != "new" { print "not new: " $0 }
        place == 0 { if (counter) print "two counters"; counter = id; last = round; next }
        { at[round, place] = id; count[round]++; before[id] = member("Kill.Node_Before")
          of[id] = member("Kill.Node_Counter"); note[id] = member("Note")
          if (first == "" || round < first) first = round }
        END {
            if (!counter) {
                if (NR) print "nodes without counter"
                print "-1 0" >"found"
                exit }
            if (first == "") first = last + 1
            for (round in count) if (round + 0 > last + 0) print "round " round " after the counter"
            for (round = first; round <= last; round++) {
                if (count[round] != 5) print "round " round " has " count[round] + 0 " nodes"
                for (place = 1; place <= 5; place++) {
                    id = at[round, place]
                    if (of[id] != counter || note[id] != round "/" place ||
                        before[id] != (place == 1 ? counter : at[round, place - 1]))
                        print "round " round " place " place " differs" } }
            print last, first - 1 >"found"
        }' "$1" >wrong
    [ ! -s wrong ] || fail "rows in part"
    read -r last first <found
}

work_on() { database=(run "$app" Kill.Work --arg "Rounds=$1" --db "$2"); }

# A run, killed; `kept` and `gone` are what the runs before are known to have
# left. A report follows its commit, so there may be one more of each.
kill_run() {
    local committed deleted
    work_on "$rounds" work.db
    killed run "${database[@]}"
    committed=$(said committed)
    deleted=$(said deleted)
    [ -z "$committed" ] || kept=$committed
    [ -z "$deleted" ] || [ "$deleted" -le "$gone" ] || gone=$deleted
    nf data export "$app" rows --db work.db
    sound work.db
    whole rows
    [ "$last" -eq "$kept" ] || [ "$last" -eq $((kept + 1)) ] ||
        fail "the counter is $last, reported was $kept"
    [ "$first" -ge "$gone" ] || fail "$first rounds are gone, reported was $gone"
    [ "$first" -le $((last < 8 ? 0 : last - 8)) ] ||
        fail "$first rounds are gone, too many of $last"
    kept=$last gone=$first
}

# The creation of the file: afterwards it is as if it had not begun, or whole.
kill_creation() {
    rm -f new.db*
    work_on 1 new.db
    killed create "${database[@]}"
    local committed
    committed=$(said committed)
    work_on 1 new.db
    nf data export "$app" rows --db new.db
    sound new.db
    whole rows
    [ "$last" -ge "${committed:--1}" ] || fail "lost the first rounds"
    local before=$last
    nf "${database[@]}"
    nf data export "$app" rows --db new.db
    whole rows
    [ "$last" -eq $(((before < 0 ? 0 : before) + 1)) ] || fail "no second run"
}

# The change to another model (domain D136): the rows are the same.
kill_change() {
    nf data export "$app" rows --db work.db
    rm -f moved.db*
    cp work.db moved.db
    [ ! -f work.db-wal ] || cp work.db-wal moved.db-wal
    killed change query changed.xml Kill.Node '[Place = 0]' --db moved.db
    if command -v sqlite3 >/dev/null; then
        [ "$(sqlite3 moved.db 'PRAGMA integrity_check')" = ok ] ||
            fail "damaged by the change of the model"
    fi
    nf data export changed.xml moved --db moved.db
    sed 's/"Notes":/"Note":/' moved >wrong
    cmp -s rows wrong || fail "other rows after the change of the model"
    sound moved.db
}

sed -e 's/Name="Note"/Name="Notes"/; s/Kill\.Node\.Note/Kill.Node.Notes/' \
    -e 's|<Attribute Name="Round"|<Attribute Name="Extra" NewType="LongAttributeType"><Value DefaultValue=""/></Attribute>&|' \
    -e 's|</Entities>|<Entity id="More" Name="More"><MaybeGeneralization type="NoGeneralization" Persistable="true"/></Entity>&|' \
    -e 's|</Associations>|<Association Name="More_Nodes" ParentPointer="More" ChildPointer="Node" Type="ReferenceSet"/><Association Name="Node_More" ParentPointer="Node" ChildPointer="More"/>&|' \
    "$app" >changed.xml

echo "seed $seed"
work_on 1 first.db
spent "${database[@]}"
span[create]=$((time + time / 10))
work_on "$rounds" first.db
spent "${database[@]}"
span[run]=$((time + time / 10))
spent query changed.xml Kill.Node '[Place = 0]' --db first.db
span[change]=$((time + time / 10))
work_on 10 work.db
nf "${database[@]}"
kept=10 gone=2

while [ "$number" -lt "$kills" ]; do
    number=$((number + 1))
    case $((number % 5)) in
    1) kill_creation ;;
    3) kill_change ;;
    *) kill_run ;;
    esac
done
work_on 1 work.db
nf "${database[@]}"
nf data export "$app" rows --db work.db
whole rows
[ "$last" -eq $((kept + 1)) ] || fail "the last run did not go on"
echo "seed $seed: $number kills, $alive in time (${met[run]} of a run," \
    "${met[create]} of a creation, ${met[change]} of a change of the model)," \
    "$late after the end; $last rounds, nothing lost"
