# Completion of nanoflow's command line in bash, written by
# `nanoflow completion bash`. To try it: . <(nanoflow completion bash)
_nanoflow_names() { # names of APP, as far as it can be read
    "${COMP_WORDS[0]}" "$@" 2>/dev/null
}
_nanoflow() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} app=${COMP_WORDS[2]-} options= words=
    COMPREPLY=()
    if [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    elif [ "$word" = = ]; then
        word=
    fi
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'list describe check run eval query data sync convert schema serve test debug explain completion help --help --version' -- "$word")
        return
    fi
    case $command in
    list) options='--color --json --module --type --help' ;;
    describe) options='--color --format --json --help' ;;
    check) options='--color --json --help' ;;
    run) options='--all-constants --arg --ca-file --color --compress --configured-only --constant --current-user --db --db-wait --device --fault --initial-sync --json --limit --locale --log-level --mock --now --on --password-file --profile --proxy --quiet --role --seed --server --server-db --server-key --set --time-zone --timeout --trace --user --variables --verbose --help' ;;
    eval) options='--all-constants --batch --color --engine --json --limit --locale --now --time-zone --var --help' ;;
    query) options='--all-constants --batch --ca-file --color --compress --configured-only --constant --current-user --db --db-wait --device --explain --extended --initial-sync --json --limit --locale --mock --names --now --offset --on --password-file --profile --proxy --quiet --role --seed --server --server-db --server-key --set --sort --time-zone --timeout --trace --user --var --variables --verbose --help' ;;
    data) options='--all-constants --as --ca-file --color --compress --configured-only --constant --current-user --db --db-wait --device --files --initial-sync --json --locale --mock --now --on --password-file --profile --proxy --quiet --role --seed --server --server-db --server-key --set --system --time-zone --timeout --trace --user --variables --verbose --help' ;;
    sync) options='--all-constants --ca-file --color --compress --configured-only --constant --current-user --db --db-wait --device --dry-run --explain --fault --initial-sync --json --locale --mock --mode --now --on --password-file --profile --proxy --quiet --role --seed --server --server-db --server-key --set --time-zone --timeout --trace --user --variables --verbose --help' ;;
    convert) options='--color --mpr-version --help' ;;
    schema) options='--color --generic --help' ;;
    serve) options='--color --demo-users --fault --listen --log --now --quiet --server-db --set --tls-cert --tls-key --verbose --help' ;;
    test) options='--all-constants --app --ca-file --color --compress --configured-only --constant --coverage --current-user --db --db-wait --device --discover --fault --filter --github --html --initial-sync --jobs --json --junit --list --locale --min-coverage --mock --mxcli-strict --no-steps --now --on --password-file --profile --proxy --quiet --require-assertions --retry --role --seed --server --server-db --server-key --set --skeleton --slowest --strict --tags --tap --time-zone --timeout --trace --update-snapshots --user --variables --verbose --help' ;;
    debug) options='--all-constants --arg --ca-file --color --compress --configured-only --constant --current-user --db --db-wait --device --fault --initial-sync --json --limit --locale --log-level --mock --now --on --password-file --profile --proxy --quiet --role --seed --server --server-db --server-key --set --time-zone --timeout --trace --user --variables --verbose --help' ;;
    explain) options='--color --format --help' ;;
    completion) options='--help' ;;
    help) words='list describe check run eval query data sync convert schema serve test debug explain completion ' ;;
    esac
    case $command:$before in
    describe:--format) words='text json mermaid dot svg xml' ;;
    explain:--format) words='text markdown' ;;
    *:--color) words='auto always never' ;;
    *:--compress) words='auto always never' ;;
    *:--discover) words='flows' ;;
    *:--engine) words='client server' ;;
    *:--initial-sync) words='auto never require' ;;
    *:--log) words='text json' ;;
    *:--log-level) words='Trace Debug Info Warning Error Critical' ;;
    *:--mode) words='all unsynchronized' ;;
    *:--mpr-version) words='1 2' ;;
    *:--on) words='device server' ;;
    *:--type) words='module folder nanoflow microflow rule entity association enumeration constant page javascriptaction javaaction' ;;
    *:--app | *:--arg | *:--as | *:--ca-file | *:--constant | *:--db | *:--db-wait | *:--device | *:--fault | *:--files | *:--filter | *:--format | *:--html | *:--jobs | *:--junit | *:--limit | *:--listen | *:--locale | *:--min-coverage | *:--mock | *:--module | *:--names | *:--now | *:--offset | *:--password-file | *:--profile | *:--proxy | *:--retry | *:--role | *:--seed | *:--server | *:--server-db | *:--server-key | *:--set | *:--skeleton | *:--sort | *:--slowest | *:--tags | *:--time-zone | *:--timeout | *:--tls-cert | *:--tls-key | *:--user | *:--var) return ;;
    esac
    if [ -z "$words" ]; then
        case $command:$COMP_CWORD in
        *:2)
            case $command in
            data) words='import export diff' ;;
            completion) words=bash ;;
            explain) words=$(_nanoflow_names explain | awk '{ print $1 }') ;;
            esac ;;
        run:3 | debug:3) words=$(_nanoflow_names list "$app" --type nanoflow) ;;
        query:3) words=$(_nanoflow_names list "$app" --type entity) ;;
        describe:3) words=$(_nanoflow_names list "$app" | cut -f 2) ;;
        esac
    fi
    case $word in
    --*) words=$options ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o bashdefault -o default -F _nanoflow nanoflow
