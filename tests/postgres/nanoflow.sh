#!/usr/bin/env bash
# The program for scenarios that are to run on PostgreSQL: each server's
# database file that the command line names becomes one there (place.sh).
# shellcheck source=place.sh
. "${BASH_SOURCE[0]%/*}/place.sh"
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --server-db)
        if [ $# -gt 1 ]; then
            place "$2"
            arguments+=("$1" "$address")
            shift 2
            continue
        fi
        ;;
    --server-db=*)
        place "${1#*=}"
        arguments+=("--server-db=$address")
        shift
        continue
        ;;
    --server)
        if [[ ${2-} == local:?* ]]; then
            place "${2#local:}"
            arguments+=("$1" "local:$address")
            shift 2
            continue
        fi
        ;;
    esac
    arguments+=("$1")
    shift
done
exec "$PROGRAM" "${arguments[@]}"
