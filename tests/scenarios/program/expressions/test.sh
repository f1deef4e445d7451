# Rows of expressions (columns of expressions §14) by `eval --batch`, in both
# engines: our own, and those of the specification where they are at hand.
TAB=$'\t'

# cases ENGINE FILE: lines `id, expected type, expected value` in `expected` and
# what the program reads in `cells`.
cases() {
    awk -F "$TAB" -v engine="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) { sub(/^#/, "", $i); at[$i] = i } next }
        !NF { next }
        $at["engine"] != "" && $at["engine"] != "both" && $at["engine"] != engine { next }
        { print $at["id"] "\t" $at["expected-type"] "\t" $at["expected-value"] >"expected"
          print $at["bindings"] "\t" $at["expression"] >"cells" }' "$2"
}

# hold ENGINE FILE: types and values are those of the file; of an error only
# the code counts. Escapes that stand for the same character are the same.
hold() {
    cases "$1" "$2"
    "$NANOFLOW" eval --batch --engine "$1" <cells >out 2>err || fail "eval"
    [ "$(grep -c '' expected)" -gt 100 ] || fail "few rows in $2"
    cut -f1-2 out >found
    paste expected found | awk -F "$TAB" '
        function plain(text) { gsub(/\\u202[fF]/, "\342\200\257", text)
            gsub(/\\u00[aA]0/, "\302\240", text); gsub(/\\u0307/, "\314\207", text)
            return text }
        tolower($2) != tolower($4) || plain($3) != plain($5) {
            print $1 ": expected " $2 " " $3 ", found " $4 " " $5 }' >wrong
    [ ! -s wrong ] || { cat wrong >out; fail "rows of $2 ($1)"; }
}

for rows in "$CASE/rows.tsv" "$CASE/../../../../../shared/spec/expressions.tsv"; do
    [ -f "$rows" ] || continue
    hold client "$rows"
    hold server "$rows"
done
