#!/usr/bin/env bash
# addresses.sh PROGRAM SOURCE: with ever more addresses (ulimit -v) the program
# says that there is no memory, and then is right: it is never killed, no library
# that can't be loaded ends it, and ICU never gives half of an answer (nanoflow.h,
# "When there is no memory").
set -euo pipefail
program=$1 source=$2

limited() { # KIB ARGUMENT...
    local kib=$1
    shift
    (ulimit -v "$kib" && exec "$program" "$@") 2>&1
}

# Fails in one of two ways, below some size the first, above it the second.
grows() { # RIGHT STEP ARGUMENT...
    local right=$1 step=$2 kib least=6000 lacking=0 done=0 code answer
    shift 2
    until [[ $(limited $least "$@") == *'out of memory'* ]]; do
        ((least += 250, least < 60000)) || { echo "it never starts: $*"; exit 1; }
    done
    for ((kib = least; done < 5 && kib < 150000; kib += step)); do
        code=0
        answer=$(limited $kib "$@") || code=$?
        case "$code $answer" in
        "0 $right") ((done += 1)) ;;
        [13]' nanoflow: '*'out of memory'*) ((lacking += 1)) ;;
        *) echo "with $kib KiB: exit code $code: $answer"; exit 1 ;;
        esac
    done
    ((lacking > 1 && done == 5)) || { echo "$lacking times too little: $*"; exit 1; }
}

# Names of months, a pattern of numbers, a large decimal, a regular expression.
grows March1,234.50246913578024691357802469135781xxx 1500 eval --engine server \
    "formatDateTime(dateTime(2024,3,1), 'MMMM') + formatDecimal(1234.5, '#,##0.00')
     + toString(123456789012345678901234567890.5 * 2) + replaceAll('abc','[a-c]','x')"
grows xxx 200 eval "replaceAll('abc', '[a-c]', 'x')"
grows 'Hello, Ada!' 200 run "$source/examples/hello/hello.xml" Hello.Greet --arg Name=Ada
