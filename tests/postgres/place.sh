#!/usr/bin/env bash
# Where scenarios have a server's database in PostgreSQL: a file's name stands for
# a schema of the cluster in $POSTGRES (cluster.sh), and the file holds its
# address, so it can be moved; where it is gone, another, empty one begins. With
# ALONE=yes it stands for a database, which can be copied. Sourced by nanoflow.sh;
# scenarios call it as $STORE:
#
#   place.sh place FILE      prints the address of FILE
#   place.sh copy FILE TO    TO becomes a copy; nobody may be connected
#   place.sh dump FILE       prints all that is in it as SQL
#   place.sh backup FILE TO  all that is in it, for pg_restore
#   place.sh restore FROM FILE
#   place.sh sql FILE SQL    prints what SQL answers
#
# What takes a number appends it to the file $PLACED, if there is one.
maintain() { psql -qXAt "${root/\/\?/\/postgres?}" -c "$1"; }
# A number that nobody has: the folder can be made.
take() { # → `number`
    local tries
    read -r root <"$POSTGRES/address" || exit 77
    number=$((RANDOM % 1000))
    for ((tries = 0; tries < 1000; tries++)); do
        if mkdir "$POSTGRES/taken/$number" 2>/dev/null; then
            [ -z "${PLACED:-}" ] || echo "$number" >>"$PLACED"
            return 0
        fi
        number=$(((number + 1) % 1000))
    done
    echo "no schema is left" >&2
    exit 99
}
place() { # FILE → the address, into `address`
    local number root
    case $1 in
    :memory: | postgresql://*) address=$1 && return ;;
    esac
    if [ -e "$1" ]; then
        read -r address <"$1" || :
        case $address in
        postgresql://*) ;;
        *) address=$1 ;; # another kind of file
        esac
        return
    fi
    take
    if [ -n "${ALONE:-}" ]; then
        maintain "CREATE DATABASE db$number TEMPLATE template0" >&2 || exit 99
        address="${root/\/\?/\/db$number?}"
    else # cluster.sh has made it
        address="${root/\/\?/\/scenarios?}&options=-csearch_path%3Dnf$number"
    fi
    address+="&application_name=nf$number"
    echo "$address" >"$1" || exit 99
}
copy() { # FILE TO
    local number root from
    read -r from <"$1" || exit 99
    from=${from#*://*/} from=${from%%\?*}
    take
    maintain "CREATE DATABASE db$number TEMPLATE $from" >&2 || exit 99
    rm -f "$2" # what it stood for is not touched
    echo "${root/\/\?/\/db$number?}&application_name=nf$number" >"$2"
}
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case $1 in
    place) place "$2" && echo "$address" ;;
    copy) copy "$2" "$3" ;;
    dump) place "$2" && pg_dump "${address%&*}" |
        grep -vE '^\\(un)?restrict ' ;;
    backup) place "$2" && pg_dump --format custom --file "$3" "${address%&*}" ;;
    restore) ALONE=yes place "$3" && pg_restore --dbname "${address%&*}" "$2" ;;
    sql) place "$2" && psql -qXAt "${address%&*}" -c "$3" ;;
    *) exit 2 ;;
    esac
fi
