# The calculator on a terminal: values, variables, several lines, completion,
# history.
export XDG_STATE_HOME=$PWD/state TERM=xterm LC_ALL=C.UTF-8

# typed WORDS…: runs `eval WORDS` with what is typed on standard input, a line
# at a time, each when the prompt has come; what the terminal showed is in `out`.
typed() {
    sed 's/^/< > \n> /; s/^< > \n>  /< ... \n>  /; $a< > \n> \\004' |
        "$TERMINAL" "$NANOFLOW" eval "$@" >out || fail "the terminal"
}

typed <<'KEYS'
1 + 2\n
$it * 2.5\n
:let name toUpperCase('x' + $it)\n
if $name = 'X7.5' then\n
 length($name) else\n
 0\n
:var when DateTime:2026-03-18T10:00:00Z\n
formatDateTime($when, 'HH:mm')\n
lenght('a')\n
toUpp\t'abc')\n
1 + \003
:vars\n
:engine server\n
isSynced($name)\n
:nothing\n
KEYS
has out '3'
has out '7.5'
has out '$name = X7.5'
has out '10:00'
has out "did you mean 'length'?"
has out 'ABC'
has out '$when=DateTime:2026-03-18T10:00:00'
has out 'not available in microflows'
has out 'there is no command ":nothing"'
grep -qx 4 out || fail "an expression on several lines"
grep -qx '  ^' out || fail "the place of an error"

# The history is the user's alone, and comes back.
[ "$(stat -c %a state/nanoflow/eval_history)" = 600 ] || fail "the history's mode"
typed "$APP" <<'KEYS'
\020\n
@Main.Limit * 2\n
Main.Color.R\t\n
:type Main.Color.Red\n
KEYS
has out 'there is no command ":nothing"'
grep -qx 6 out || fail "a constant of the app"
grep -qx Red out || fail "completion of an enumeration value"
grep -qx Enumeration out || fail ":type"
