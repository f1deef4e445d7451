#!/usr/bin/env bash
# The program for scenarios that are to run on PostgreSQL: each server's
# database file that the command line names becomes a schema of the cluster in
# $POSTGRES (cluster.sh). The file itself is a mark: where it is gone, the
# schema begins empty.
here=$(cat "$POSTGRES/address") || exit 77
place() { # FILE → the address, into `address`
    local path schema
    case $1 in
    :memory: | postgresql://*) address=$1 && return ;;
    esac
    path=$(realpath -m -- "$1")
    schema=nf_$(printf %s "$path" | md5sum | cut -c1-16)
    if [ ! -e "$path" ]; then
        psql -qX -v ON_ERROR_STOP=1 "${here/\/\?/\/scenarios?}" -c \
            "SET client_min_messages = error; DROP SCHEMA IF EXISTS $schema CASCADE; CREATE SCHEMA $schema" \
            >&2 || exit 99
        : >"$path"
    fi
    address="${here/\/\?/\/scenarios?}&options=-csearch_path%3D$schema&application_name=$schema"
}
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
