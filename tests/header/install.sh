#!/usr/bin/env bash
# An installation below a prefix of its own: a host is built with it by
# pkg-config (shared and static, C and C++) and by find_package, and runs; one with
# the source in its tree is configured.
#   install.sh SOURCE BUILD CMAKE
set -euo pipefail
source=$1 build=$2 cmake=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
"$cmake" --install "$build" --prefix "$prefix" >"$work/log" ||
    { cat "$work/log"; exit 1; }
libraries=$(dirname "$(find "$prefix" -name libnanoflow.so)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
version=$(sed -n 's/^#define NF_VERSION "\(.*\)"/\1/p' \
    "$source/include/nanoflow.h")

fail() { echo "FAILED: $*"; exit 1; }
greets() { # greets WHAT PROGRAM
    local answer
    answer=$("$2" "$source/examples/hello/hello.xml" Hello.Greet Name=Ada) ||
        fail "$1 ends with an error"
    case $answer in
    *"Hello, Ada!"*) ;;
    *) fail "$1 answers: $answer" ;;
    esac
}
flags() { pkg-config "$@" nanoflow; }

[ "$(flags --modversion)" = "$version" ] || fail "the version of pkg-config"
[ "$("$prefix/bin/nanoflow" --version)" = "nanoflow $version" ] ||
    fail "the version of the program"
[ "$(find "$prefix" -name nanoflow.1 -o -name nanoflow -path '*/completions/*' |
    wc -l)" = 2 ] || fail "no page for man, or no completion"
host=$source/examples/embed/host.c

# shellcheck disable=SC2046
cc -std=c99 -pedantic -Wall -Wextra -Werror "$host" -o "$work/shared" \
    $(flags --cflags --libs) -Wl,-rpath,"$libraries"
readelf -d "$work/shared" | grep -q 'NEEDED.*libnanoflow\.so\.0\]' ||
    fail "the host does not need libnanoflow.so.0"
greets "pkg-config, shared" "$work/shared"
# shellcheck disable=SC2046
cc "$host" -o "$work/static" $(pkg-config --cflags --libs nanoflow-static)
! readelf -d "$work/static" | grep -q libnanoflow ||
    fail "the static host needs the shared library"
greets "pkg-config, static" "$work/static"
cxx=
if command -v c++ >/dev/null; then
    cxx=CXX
    # shellcheck disable=SC2046
    c++ -std=c++11 -pedantic -Wall -Wextra -Werror -x c++ "$host" -x none \
        -o "$work/cxx" $(flags --cflags --libs) -Wl,-rpath,"$libraries"
    greets "C++" "$work/cxx"
    # shellcheck disable=SC2046
    c++ -std=c++11 -pedantic -Wall -Wextra -Werror \
        "$source/examples/embed/greet.cpp" -o "$work/greet" \
        $(pkg-config --cflags --libs nanoflow-static)
    [ "$("$work/greet" "$source/examples/hello/hello.xml" Hello.Greet Ada)" = \
        "Hello, Ada!" ] || fail "greet.cpp"
fi

mkdir "$work/project"
cat >"$work/project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.16)
project(host LANGUAGES C $cxx)
find_package(nanoflow $version REQUIRED)
add_executable(with_shared $host)
target_link_libraries(with_shared PRIVATE nanoflow::nanoflow)
add_executable(with_static $host)
target_link_libraries(with_static PRIVATE nanoflow::static)
EOF
[ -z "$cxx" ] || cat >>"$work/project/CMakeLists.txt" <<EOF
add_executable(greet $source/examples/embed/greet.cpp)
target_link_libraries(greet PRIVATE nanoflow::nanoflow)
EOF
{
    "$cmake" -S "$work/project" -B "$work/out" -DCMAKE_PREFIX_PATH="$prefix" &&
        "$cmake" --build "$work/out"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
greets "find_package, shared" "$work/out/with_shared"
greets "find_package, static" "$work/out/with_static"
[ -z "$cxx" ] || "$work/out/greet" "$source/examples/hello/hello.xml" \
    Hello.Greet Ada >/dev/null || fail "find_package, C++"
# In the source tree of a host: that it is configured is enough to be quick.
mkdir "$work/tree"
cat >"$work/tree/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES C)
add_subdirectory($source nanoflow)
add_executable(mine $host)
target_link_libraries(mine PRIVATE nanoflow)
EOF
"$cmake" -S "$work/tree" -B "$work/tree/out" >"$work/log" 2>&1 ||
    { cat "$work/log"; fail "add_subdirectory"; }
[ ! -d "$work/tree/out/nanoflow/tests" ] || fail "a host builds the tests, too"
echo "hosts of an installation work"
