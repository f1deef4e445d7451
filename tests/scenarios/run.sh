#!/usr/bin/env bash
# Runs one scenario: run.sh FOLDER. The program is $NANOFLOW. A scenario is a
# folder with `test.sh`, written with the words of lib.sh, in an area that has
# the app `model.xml`; it works in a fresh directory and ends at the first
# expectation that does not hold. With TRANSPORT=http the server is a process of
# its own.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
CASE="$(cd "$1" && pwd)"
APP="$(dirname "$CASE")/model.xml"
[ -f "$CASE/model.xml" ] && APP="$CASE/model.xml"
: "${NANOFLOW:?the path of the program}"
WORK="$(mktemp -d)"
SERVING= STARTED=()
end() {
    [ ${#STARTED[@]} -eq 0 ] || kill -s KILL "${STARTED[@]}" 2>/dev/null || true
    rm -rf "$WORK"
}
trap end EXIT
cd "$WORK"
# shellcheck source=lib.sh
. "$here/lib.sh"
[ "${TRANSPORT:-local}" = local ] || serve
# shellcheck source=/dev/null
. "$CASE/test.sh"
echo "ok: $(basename "$CASE")"
