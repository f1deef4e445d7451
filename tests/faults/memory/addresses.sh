#!/usr/bin/env bash
# addresses.sh PROGRAM: with ever more addresses (ulimit -v) an expression that
# needs names of months, a pattern of numbers, a large decimal and a regular
# expression of the server says that there is no memory, and then is right: it
# is never killed, and ICU never gives half of an answer (nanoflow.h, "When
# there is no memory").
set -euo pipefail
program=$1
expression="formatDateTime(dateTime(2024,3,1), 'MMMM') + formatDecimal(1234.5, '#,##0.00')
  + toString(123456789012345678901234567890.5 * 2) + replaceAll('abc','[a-c]','x')"
right='March1,234.50246913578024691357802469135781xxx'

evaluate() { # KIB
    (ulimit -v "$1" && exec "$program" eval --engine server "$expression") 2>&1
}

least=6000
until [[ $(evaluate $least) == *'out of memory'* ]]; do
    ((least += 1000, least < 60000)) || { echo "it never starts"; exit 1; }
done
lacking=0 done=0
for ((kib = least; kib < least + 60000; kib += 1500)); do
    code=0
    answer=$(evaluate $kib) || code=$?
    case "$code $answer" in
    "0 $right") ((done += 1)) ;;
    "1 nanoflow: out of memory"*) ((lacking += 1)) ;;
    *) echo "with $kib KiB: exit code $code: $answer"; exit 1 ;;
    esac
done
((lacking > 5 && done > 5)) || { echo "$lacking times too little, $done times enough"; exit 1; }
