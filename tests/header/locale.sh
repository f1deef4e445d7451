#!/usr/bin/env bash
# A host with another locale (locale.c), which is made for the test where the
# system has its sources. locale.sh PROGRAM APP
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
localedef -i tr_TR -f UTF-8 ./tr_TR.UTF-8 >/dev/null 2>&1 || true
[ ! -d tr_TR.UTF-8 ] || export LOCPATH=$work
exec "$1" "$2"
