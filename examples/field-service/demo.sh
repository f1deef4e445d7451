#!/usr/bin/env bash
# The field service app, step by step: two phones and an office. Needs the
# program `nanoflow` (or its path in $NANOFLOW); keeps everything in a temporary
# directory. `demo.sh --quick` does not pause between steps (nor does it when
# standard output is no terminal).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly nanoflow="${NANOFLOW:-nanoflow}"
readonly app=app.xml
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# Everybody talks to the office's server, which is a file here. `--server
# http://…` would be the same commands.
readonly office="local:$work/office.db"
pause=no
if [ -t 0 ] && [ -t 1 ] && [ "${1:-}" != --quick ]; then pause=yes; fi

number=0
step() {
    if [ "$pause" = yes ] && [ "$number" -gt 0 ]; then
        read -r -p "(Enter for the next step) " _ || true
    fi
    number=$((number + 1))
    printf '\n=== %d. %s\n' "$number" "$1"
    shift
    local line
    for line in "$@"; do printf '    %s\n' "$line"; done
    printf '\n'
}

# One command, shown as a person would type it, then what it printed.
command_line() {
    local word text=
    for word in "$@"; do
        word=${word//"$work"\//}
        case $word in
        *\'*) word="\"$word\"" ;;
        '' | *[[:space:]\$\&\(\)\[\]\;\"]*) word="'$word'" ;;
        esac
        text+=" $word"
    done
    printf '  $ nanoflow%s\n' "$text"
}
run_it() {
    command_line "$@"
    "$nanoflow" "$@" 2>&1 | sed 's/^/    /'
}
phone() { # phone NAME COMMAND …: with that technician's phone
    local who=$1 what=$2
    shift 2
    run_it "$what" "$app" "$@" --db "$work/$who.db" --server "$office" \
        --user "$who"
}
offline() { # offline NAME FLOW …: the same without a connection
    local who=$1
    shift
    run_it run "$app" "$@" --db "$work/$who.db" --server none --user "$who"
}

# Some members of what a database holds, one object a line.
table() { # table LABEL ENTITY MEMBERS [query options …]
    local label=$1 entity=$2 members=$3
    shift 3
    printf '  %s\n' "$label"
    "$nanoflow" query "$app" "$entity" "" "$@" | awk -v members="$members" '{
        n = split(members, name, ",")
        text = "   "
        for (i = 1; i <= n; i++) {
            value = "-"
            if (match($0, "\"" name[i] "\": ?(\"([^\"\\\\]|\\\\.)*\"|[^,}]*)")) {
                value = substr($0, RSTART, RLENGTH)
                sub("^\"[^\"]*\": ?", "", value)
                gsub("^\"|\"$", "", value)
                gsub("\\\\\"", "\"", value)
            }
            text = text sprintf(i < n ? " %-20s" : " %s", value)
        }
        print text
    }'
}
on_phone() { # on_phone NAME ENTITY MEMBERS
    table "On $1's phone:" "FieldService.$2" "$3" --db "$work/$1.db" \
        --user "$1" --server none
}
at_office() {
    table "At the office:" "FieldService.$1" "$2" --on server \
        --server "$office"
}
import_at_office() {
    run_it data import "$app" "$1" --on server --server "$office"
}
readonly order=Title,Status,Number

step "The office prepares the day" \
    "Accounts, orders and technicians go into the server's database."
import_at_office data/office.jsonl
at_office WorkOrder "$order"

step "Anna switches her phone on" \
    "The first contact downloads what her access rules let her see: the open" \
    "orders, and orders of her own. Her phone is a SQLite file."
phone anna sync --mode all
on_phone anna WorkOrder "$order"

step "Bert does the same with his phone"
phone bert sync --mode all

step "Anna takes the oven, without a connection (--server none)" \
    "The nanoflow changes the order and commits it to the phone's database." \
    "The office knows nothing of it yet."
offline anna FieldService.ACT_TakeWorkOrder \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Repair the oven']" \
    --arg "Technician=//FieldService.Technician[Name='Anna']"
on_phone anna WorkOrder "$order"
at_office WorkOrder "$order"

step "She tries to send it, still without a connection" \
    "Synchronize fails, the error flow of the nanoflow catches it. Port 9 of" \
    "this machine stands for a dead connection."
run_it run "$app" FieldService.ACT_SendChanges --db "$work/anna.db" \
    --server "http://127.0.0.1:9" --user anna || true

step "The connection is back: Synchronize of the unsynchronized objects"
phone anna run FieldService.ACT_SendChanges
at_office WorkOrder "$order"

step "Anna completes the order" \
    "A loop finishes the open steps, an aggregate adds their minutes, a split" \
    "looks at the priority, and Synchronize sends the order and its steps." \
    "The invoice uses the rate, which only the office may write."
phone anna run FieldService.ACT_CompleteWorkOrder \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Repair the oven']"
at_office WorkOrder "$order"

step "She reports a new problem" \
    "A new object that is not committed is ignored by Synchronize. After the" \
    "commit the server gets it and gives it a number."
phone anna run FieldService.ACT_ReportProblem --arg "Title=Freezer is warm"

step "Both technicians want the lift" \
    "Anna takes it and sends it. Bert was offline and takes it, too."
phone anna run FieldService.ACT_TakeWorkOrder \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Inspect the lift']" \
    --arg "Technician=//FieldService.Technician[Name='Anna']"
phone anna run FieldService.ACT_SendChanges
offline bert FieldService.ACT_TakeWorkOrder \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Inspect the lift']" \
    --arg "Technician=//FieldService.Technician[Name='Bert']"
on_phone bert WorkOrder "$order"

step "Bert synchronizes that order: it is not his" \
    "His change is not applied, the order leaves his phone, and \$WorkOrder is" \
    "empty: in the sub-nanoflow that synchronized, and in its caller. The list" \
    "\$Orders is one entry shorter."
phone bert run FieldService.ACT_RefreshOrder \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Inspect the lift']"
on_phone bert WorkOrder "$order"

step "Nothing is lost silently" \
    "The server has stored Bert's discarded change as JSON in the entity" \
    "System.SynchronizationError."
table "At the office:" System.SynchronizationError ObjectType,Reason \
    --on server --server "$office"
table "What was discarded:" System.SynchronizationError ObjectContent \
    --on server --server "$office"

step "Anna photographs the lift" \
    "A photo is a file document. A camera would have made it; here a data file" \
    "puts it on her phone as a new object. Synchronize of the selected photos" \
    "sends the contents first, then the object that they belong to."
lift=$("$nanoflow" query "$app" FieldService.WorkOrder \
    "[Title='Inspect the lift']" --db "$work/anna.db" --user anna \
    --server none | sed -E 's/.*"id": ?"([0-9]+)".*/\1/')
sed "s/LIFT/$lift/" data/photo.jsonl >"$work/photo.jsonl"
run_it data import "$app" "$work/photo.jsonl" --db "$work/anna.db" --user anna
phone anna run FieldService.ACT_SendPhotos \
    --arg "WorkOrder=//FieldService.WorkOrder[Title='Inspect the lift']"
at_office Photo Name,Caption,Size

step "An account loses access" \
    "The office restricts the hotel. Bert changes its phone number on his" \
    "phone; the nanoflow sees that the account is gone and says so."
import_at_office data/office-restricts-hotel.jsonl
phone bert run FieldService.ACT_ChangePhone \
    --arg "Account=//FieldService.Account[Name='Hotel Seeblick']" \
    --arg "Phone=555-0299"
on_phone bert Account Name,Phone

step "An order is deleted, and everything is synchronized" \
    "All objects: the whole database in both directions."
import_at_office data/office-deletes-boiler.jsonl
phone bert sync --mode all
on_phone bert WorkOrder "$order"

printf '\nThat was nanoflow. The nanoflows are in FieldService/nanoflows; try\n'
printf '  %s describe %s/%s FieldService.ACT_CompleteWorkOrder\n' \
    "$nanoflow" "$PWD" "$app"
