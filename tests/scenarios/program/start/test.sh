# Libraries that cost time are loaded by what uses them, not by every start.
# loads PATTERN ARGUMENTS… and spares PATTERN ARGUMENTS… look at the libraries
# that the system brings into a run of the program.
libraries_of() {
    rm -f libraries.*
    LD_DEBUG=files LD_DEBUG_OUTPUT=libraries "$NANOFLOW" "$@" >out 2>err </dev/null ||
        fail "$* failed"
    grep -h 'generating link map' libraries.* >libraries
    grep -q 'file=libc\.so' libraries || fail "the system does not tell"
}
loads() {
    library=$1
    shift
    libraries_of "$@"
    has libraries "file=$library"
}
spares() {
    libraries=$1
    shift
    libraries_of "$@"
    ! grep -E "file=($libraries)" libraries || fail "$* loaded what it does not use"
}

# only PATTERN ARGUMENTS…: nothing but these and what a sanitizer needs. One more
# costs every start a tenth of a millisecond: load it when it is used.
only() {
    local names=$1
    shift
    libraries_of "$@"
    ! sed 's/.*file=\([^ ]*\) .*/\1/; s#.*/##' libraries |
        grep -vxE "($names|linux-vdso|ld-linux-[^.]*|lib[atu]b?san)\.so[.0-9]*" ||
        fail "$* loads what is not in the list"
}
always='libsqlite3|libbson-1\.0|libjson-c|libmd|libgmp|libm|libc'
xml='libexpat|libstdc\+\+|libgcc_s' # the last two: sanitizers'

scenario 'a start and a small flow load what is known, and nothing else'
only "$always|libgcc_s|libstdc\+\+" --version # the last two: sanitizers'
only "$always|$xml" run "$APP" Main.Greet --arg Name=Ada

scenario 'a start loads none of them'
spares 'libcrypto|libicu|libxml2|libcurl|libmicrohttpd|libpq|libzip|libedit|libjavascriptcore' --version

scenario 'an app in XML loads expat alone'
loads libexpat list "$APP"
spares 'libxml2|libcrypto|libicu|libcurl|libmicrohttpd|libpq|libzip' \
    run "$APP" Main.Greet --arg Name=Ada
spares 'libxml2|libcrypto|libicu|libcurl|libmicrohttpd|libpq|libzip' list "$APP"

scenario 'what letters, dates and patterns are is the business of ICU'
spares libicui18n eval "toUpperCase('a')"
[ "$(cat out)" = A ] || fail "expected A"
loads libicui18n eval "toUpperCase('é')"
[ "$(cat out)" = É ] || fail "expected É"

scenario 'patterns for bytes and for UTF-16 are two libraries'
loads libpcre2-8 eval "isMatch('ab', '[a-c]+')"
[ "$(cat out)" = true ] || fail "expected true"
spares libpcre2-16 eval "isMatch('ab', '[a-c]+')"
loads libpcre2-16 eval "isMatch('😀', '..')"
[ "$(cat out)" = true ] || fail "expected true"
