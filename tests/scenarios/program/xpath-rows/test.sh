# Rows of XPath constraints by `query --batch`: our own, and those of the
# specification with their fixture where they are at hand. A row of ours runs
# with the profiles that its column names: `server`, `device` (strict),
# `both` of them, or `full` (the server, and the device with --extended: xpath Q134).
TAB=$'\t'
HERE_NOW=(--now 2026-03-18T10:20:30.456Z --time-zone Europe/Amsterdam)

# answers SIDE APP DATA USER OPTIONS…: runs `cells` on a fresh database with
# this data; compares with `expected` (id, expectation).
answers() {
    local side=$1 app=$2 data=$3 user=$4 store
    shift 4
    rm -rf rows.db*
    store=(--on device --db rows.db "${HERE_NOW[@]}" --user "$user")
    [ "$side" = device ] || store=(--on server --server-db rows.db)
    cp "$data" names.jsonl
    exits 0 data import "$app" names.jsonl "${store[@]}"
    [ "$side" = device ] || store+=("${HERE_NOW[@]}" --user "$user")
    "$NANOFLOW" query "$app" --batch "${store[@]}" --names names.jsonl "$@" \
        <cells >out 2>err || fail "query --batch"
    lines out "$(grep -c '' cells)"
    paste expected out | awk -F "$TAB" '
        function sorted(text,   parts, n, i, j, one) {
            n = split(text, parts, ",")
            for (i = 2; i <= n; i++) {
                one = parts[i]
                for (j = i - 1; j > 0 && parts[j] > one; j--) parts[j + 1] = parts[j]
                parts[j + 1] = one }
            text = ""
            for (i = 1; i <= n; i++) text = text "," parts[i]
            return text }
        { want = substr($2, 2, length($2) - 2); found = $3 }
        /^[^\t]*\tERROR:/ { want = substr($2, 7); found = $3 == "Error" ? $4 : "ids " $3
            if ($3 == "Error" && $5 == "") found = "no message" }
        $2 ~ /^\{/ { want = sorted(want); found = sorted(found) }
        want != found { print $1 ": expected " $2 ", found " $3 " " $4 " " $5 }' >wrong
    [ ! -s wrong ] || { cat wrong >out; fail "XPath rows ($side $*)"; }
}

# own PROFILE …: our rows with one of these profiles.
own() {
    awk -F "$TAB" -v wanted=" $* " '
        NR > 1 && index(wanted, " " $7 " ") {
            print $1 "\t" $5 >"expected"
            print $2 "\t" $3 "\t" $4 "\t" $8 >"cells" }' "$CASE/rows.tsv"
}

own server both full
[ "$(grep -c '' expected)" -gt 120 ] || fail "few rows of ours"
answers server "$APP" "$CASE/data.jsonl" ada
own device both
answers device "$APP" "$CASE/data.jsonl" ada
own both full
answers device "$APP" "$CASE/data.jsonl" ada --extended

# Long chains, deep conditions and long paths, up to the limits of Q21; what is
# beyond them is SYNTAX.
deep() {
    awk 'BEGIN {
        def("many or", "[" chain("Wheels = ", 3, 1500, " or ") "]", "{V1,K1,K2}")
        def("many and", "[" chain("Wheels != ", 19, 1500, " and ") "]", "{V1,V2,V3,K1,K2}")
        def("many groups", times("[Ready]", 1000), "{V1,V3,K1}")
        def("parentheses", "[" times("(", 100) "Ready" times(")", 100) "]", "{V1,V3,K1}")
        def("more parentheses", "[" times("(", 101) "Ready" times(")", 101) "]", "ERROR:SYNTAX")
        def("not, even", "[" times("not(", 100) "Ready" times(")", 100) "]", "{V1,V3,K1}")
        def("not, odd", "[" times("not(", 99) "Ready" times(")", 99) "]", "{V2,K2}")
        text = "Wheels = 4"
        for (i = 0; i < 98; i++) text = i % 2 ? "Meters != 1 and (" text ")" : "Meters = 1 or (" text ")"
        def("and in or in and", "[" text "]", "{V1}")
        text = "Wheels = 4"
        for (i = 0; i < 98; i++) text = "not(" text (i % 2 ? " or Meters = 1)" : " and Meters != 1)")
        def("not and or", "[" text "]", "{V1}")
        def("operands", "[Wheels" times(" + 1", 99) " = 103]", "{V1}", 1)
        def("more operands", "[Wheels" times(" + 1", 100) " = 104]", "ERROR:SYNTAX", 1)
        long = times("Fleet.Vehicle_Depot/Fleet.Depot/Fleet.Vehicle_Depot/Fleet.Vehicle/", 40)
        def("a long path", "[" long "Wheels = 18]", "{V1,K1}")
        def("a longer path", "[" times(long, 3) "Wheels = 18]", "ERROR:SYNTAX")
        text = "Wheels = 18"
        for (i = 0; i < 25; i++) text = "Fleet.Vehicle_Depot/Fleet.Depot[Fleet.Vehicle_Depot/Fleet.Vehicle[" text "]]"
        def("deep in paths", "[" text "]", "{V1,K1}")
        set = "Fleet.Trip_Depots/Fleet.Trip/Fleet.Trip_Depots/Fleet.Depot/"
        def("sets", "[Fleet.Vehicle_Depot/Fleet.Depot/" times(set, 6) "Places = 3]", "{V1,V2,K1}")
        def("two long paths", "[Fleet.Vehicle_Depot/Fleet.Depot/" set "Places > Fleet.Vehicle_Depot/Fleet.Depot/" set "Places]", "{V1,V2,K1}") }
        function times(text, n,   all) { while (n-- > 0) all = all text; return all }
        function chain(text, from, to, between,   all) {
            for (; from <= to; from++) all = all (all == "" ? "" : between) text from
            return all }
        function def(id, text, expected, server) {
            if (server && "'"$1"'" != "server") return
            print id "\t" expected >"expected"
            print "Fleet.Vehicle\t" text >"cells" }'
}
deep server
answers server "$APP" "$CASE/data.jsonl" ada
deep device
answers device "$APP" "$CASE/data.jsonl" ada --extended

# Misspelt names (Q160).
for pair in "[Whels = 4]:'Wheels'" "[Fuel = 'diesel']:'Diesel'" \
    "[Vehicle_Depot = \$D]:'Fleet.Vehicle_Depot'" "[startsWith(Plate, 'A')]:'starts-with'" \
    "[Fleet.Vehicle_Depo = \$D]:'Fleet.Vehicle_Depot'"; do
    exits 1 query "$APP" Fleet.Vehicle "${pair%%:*}" --db rows.db --var D=Object:Fleet.Depot:DN
    has err "did you mean ${pair#*:}?"
done

# The rows of the specification declare no variables: they are those of its
# first section. A row that names an object by its guid is for a fixture with
# that guid; where the data has only names, it is left out.
shared="$CASE/../../../../../shared"
rows="$shared/spec/xpath.tsv" fixture="$shared/conformance"
[ -f "$rows" ] && [ -f "$fixture/xpath-data.jsonl" ] || return 0
cat >variables <<'VARIABLES'
Acme=Object:Shop.Customer:C1
Customer2=Object:Shop.Customer:C2
Jansen=Object:Shop.Party:P1
NoCustomer=Object:Shop.Customer:<empty>
Order1=Object:Shop.Order:O1
Order5=Object:Shop.Order:O5
Order6=Object:Shop.Order:O6
Tag2=Object:Shop.Tag:T2
NoTag=Object:Shop.Tag:<empty>
Name=String:Acme
Search=String:ACME
NoName=String:<empty>
EmptyStr=String:
Percent=String:%
MinTotal=Decimal:100.50
NoTotal=Decimal:<empty>
Ref=Long:9007199254740993
Rating=Integer:4
OnlyPaid=Boolean:true
IgnoreStatus=Boolean:false
Status=Enumeration:Shop.OrderStatus:Open
NoStatus=Enumeration:Shop.OrderStatus:<empty>
From=DateTime:2026-03-17T00:00:00.000Z
NoDate=DateTime:<empty>
VARIABLES
# theirs SIDE: the rows of the specification for this side.
theirs() {
    awk -F "$TAB" -v side="$1" -v data="$fixture/xpath-data.jsonl" '
        FILENAME == "variables" { at = index($0, "="); value[substr($0, 1, at - 1)] = substr($0, at + 1); next }
        FILENAME == data { known = known $0; next }
        FNR == 1 || !NF { next }
        (index($7, "profile=offline") ? "device" : "server") != side { next }
        $3 ~ /ID_[0-9]+/ && $5 !~ /^ERROR/ {
            match($3, /ID_[0-9]+/)
            if (!index(known, substr($3, RSTART + 3, RLENGTH - 3))) next }
        { text = $3; bound = ""; split("", seen)
          while (match(text, /\$[A-Za-z0-9_]+/)) {
              name = substr(text, RSTART + 1, RLENGTH - 1)
              text = substr(text, RSTART + RLENGTH)
              if (name in value && !(name in seen)) {
                  seen[name] = 1
                  bound = bound (bound == "" ? "" : ";") "$" name "=" value[name] } }
          if (index($3, "[%CurrentObject%]")) bound = bound (bound == "" ? "" : ";") "%object=O1"
          print $1 "\t" $5 >"expected"
          print $2 "\t" $3 "\t" $4 "\t" bound >"cells" }' \
        variables "$fixture/xpath-data.jsonl" "$rows"
}
for side in server device; do
    theirs "$side"
    [ "$(grep -c '' expected)" -gt 10 ] || fail "few rows of the specification"
    answers "$side" "$fixture/xpath-app.xml" "$fixture/xpath-data.jsonl" alice
done
