#!/usr/bin/env bash
# sweep.sh SCENARIO… [-- DOUBLES [SEED [HOW…]]]: sweeps of synchronizations, as
# faults_sweep does them (tests/faults/sweep), with the server's store in
# PostgreSQL.
set -euo pipefail
address="$(cat "${POSTGRES:?the folder of the cluster}/address")" || exit 77
address="${address/\/\?/\/scenarios?}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
scenarios=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    scenarios+=("$1")
    shift
done
[ $# -eq 0 ] || shift
schema=nf_sweeping
try() { # SCENARIO DOUBLES SEED HOW
    psql -qX -v ON_ERROR_STOP=1 "$address" -c \
        "SET client_min_messages = error; DROP SCHEMA IF EXISTS $schema CASCADE; CREATE SCHEMA $schema"
    "${SWEEP:?the program}" "$here/../faults/sweep" "$@" \
        "$address&options=-csearch_path%3D$schema"
}
hows=("${@:3}")
[ ${#hows[@]} -gt 0 ] || hows=(few)
for scenario in "${scenarios[@]}"; do
    for how in "${hows[@]}"; do
        try "$scenario" "${1:-0}" "${2:-20260401}" "$how"
    done
done
left=$(psql -qXAt "$address" -c "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'nf\_sweep\_%'")
[ "$left" = 0 ] || { echo "schemas are left: $left" >&2; exit 1; }
