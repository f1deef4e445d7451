# Completion in bash, and the page for man: what the table of commands says.
scenario "words of a command line are completed"
exits 0 completion bash
# shellcheck disable=SC1091
. ./out
complete_words() { # complete_words WORD…: what may stand in place of the last
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _nanoflow
    echo " ${COMPREPLY[*]} "
}
completes() { # completes EXPECTED WORD…: among other words
    local expected=$1 words
    shift
    words=$(complete_words "$NANOFLOW" "$@")
    case $words in
    *" $expected "*) ;;
    *) fail "$*: not $expected but:$words" ;;
    esac
}
completes run ru
completes --tls-cert serve --tls
completes always run "$APP" --color ""
completes always run "$APP" --color = al
completes svg describe "$APP" Main.Greet --format s
completes markdown explain --format m
completes import data im
completes bash completion ""
completes Main.Greet run "$APP" Main.G
completes Main.Item query "$APP" Main.I
completes bad_option explain bad_opt
[ "$(complete_words "$NANOFLOW" run "$APP" Main.Greet --db "")" = "  " ] ||
    fail "a file is completed by the shell"
[ "$(complete_words "$NANOFLOW" list --tls)" = "  " ] ||
    fail "an option of another command"
exits 2 completion fish
has err 'there is a completion for bash, not for "fish"'

scenario "the page for man has every command, and the run options once"
exits 0 man-page
for command in list describe check run eval query data sync convert schema serve test debug explain; do
    has out ".SS $command"
done
[ "$(grep -c 'default: a fresh one in memory' out)" = 1 ] ||
    fail "the run options are repeated"
if command -v groff >/dev/null; then
    groff -man -Tutf8 -ww out >page 2>warnings || fail "groff"
    [ ! -s warnings ] || fail "$(cat warnings)"
fi
