#!/usr/bin/env bash
# unit.sh PROGRAM: unit tests of the server (tests/unit/server) whose servers have
# their data in PostgreSQL.
set -euo pipefail
STORE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/place.sh"
export STORE
exec "$1"
