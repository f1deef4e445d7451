# design §5, exit codes: every kind of failure once.
exits 0 --version
has out nanoflow
exits 0 --help
for command in list describe check run eval query data sync convert; do
    exits 0 $command --help
    has out "nanoflow $command"
done
exits 2
exits 2 nonsense
exits 2 decsribe "$APP"
has err "there is no command \"decsribe\"; did you mean 'describe'?"
exits 2 test --juint x
has err "unknown option \"--juint\"; did you mean '--junit'?"
exits 3 serve x
exits 2 run "$APP"
exits 2 run "$APP" Main.Greet --nonsense
exits 2 compat x
has err 'not available in this version'
exits 2 debug x
has err 'too few arguments'
exits 2 run "$APP" Main.Unknown
has err Main.Unknown
exits 2 run "$APP" Main.Old
exits 2 run "$APP" Main.Greet
has err 'Name'
exits 2 run "$APP" Main.Greet --arg Nobody=1
exits 2 run "$APP" Main.Divide --arg A=one --arg B=2
exits 2 run "$APP" Main.Greet --arg Name=x --role Main.Nobody
exits 2 run "$APP" Main.Greet --arg Name=x --profile Nobody
exits 2 run "$APP" Main.Greet --arg Name=x --constant Main.Nobody=1
exits 2 run "$APP" Main.Greet --arg Name=x --time-zone Mars/Olympus
exits 2 run "$APP" Main.Greet --arg Name=x --locale en_QQ
has err '"en_QQ" is no language'
exits 2 eval 1 --locale english
exits 2 run "$APP" Main.Greet --arg Name=x --now yesterday
exits 2 run "$APP" Main.Greet --arg Name=x --server gopher://x
exits 2 run "$APP" Main.Greet --arg Name=x --server local:a --server-db b
exits 2 query "$APP" Main.Nothing ''
exits 2 query "$APP" Item ''
has err "the app has no entity \"Item\"; did you mean 'Main.Item'?"
exits 2 sync "$APP"
exits 3 list missing.xml
echo '<not-an-app/>' >other.xml
exits 3 list other.xml
: >empty.mpr
exits 3 list empty.mpr
echo garbage >garbage.db
exits 3 run "$APP" Main.Greet --arg Name=x --db garbage.db
exits 3 data import "$APP" missing.jsonl
exits 3 run "$APP" Main.Greet --arg Name=x --db missing-folder/x.db
exits 1 run "$APP" Main.Divide --arg A=1 --arg B=0
exits 1 query "$APP" Main.Item '[Nobody = 1]'
for file in err; do lines $file 1; done
