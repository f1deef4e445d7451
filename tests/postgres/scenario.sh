#!/usr/bin/env bash
# scenario.sh FOLDER: a scenario (tests/scenarios/run.sh) whose servers have their
# data in PostgreSQL; one that has no server proves nothing here, and fails.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export STORE="$here/place.sh" NANOFLOW="$here/nanoflow.sh"
PLACED="$(mktemp)"
export PLACED
trap 'rm -f "$PLACED"' EXIT
bash "$here/../scenarios/run.sh" "$1"
[ -s "$PLACED" ] || { echo "failed: no server was on PostgreSQL" >&2; exit 1; }
