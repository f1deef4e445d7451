#!/usr/bin/env bash
# How many synchronizations a second 1, 2 and 4 server processes on one
# PostgreSQL do for devices that all come at once; one line each. What is
# asserted is that all succeed and nothing is lost (tests/faults/devices.sh).
# On a machine of two processors devices, servers and database share them.
set -euo pipefail
: "${NANOFLOW:?the path of the program, with a store on PostgreSQL}"
: "${SESSIONS:?the program faults_sessions}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
for servers in 1 2 4; do
    printf '%d processes: ' "$servers"
    bash "$here/../faults/devices.sh" "${1:-16}" "${2:-200}" "$servers" 2
done
