#!/usr/bin/env bash
# statements.sh FOLDER SOURCE [all]: how many of the SQL statements in the server's
# code the cluster in FOLDER has been sent, by its log; prints those that it was
# not, which is an error with "all" in a whole run (CI). That none of what it was
# sent, whatever the code, uses words that PostgreSQL has since version 14 alone, is
# an error always.
set -euo pipefail
folder=$1 source=$2
[ -s "$folder/where" ] || exit 77
log="$(cat "$folder/where")/log"
python3 - "$log" "$source" "${3:-}${CI:+ in CI}" <<"END"
import glob, re, sys

# Texts that begin a statement: C literals side by side are one.
literal = r'"((?:[^"\\]|\\.)*)"'
found = {}
# What only devices and files of SQLite do is left out.
for place in ["server/*.c", "database/*.c"]:
    for path in sorted(glob.glob(sys.argv[2] + "/" + place)):
        if re.search(r"database/(device|driver_sqlite|change|apply|peek|sorter|"
                     r"template|functions)", path):
            continue
        text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
        for match in re.finditer(r'(?:%s\s*)+' % literal, text):
            whole = "".join(re.findall(literal, match.group(0)))
            whole = whole.replace('\\"', '"')
            # Some are of tables that only a device has.
            if re.match(r"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ", whole) \
                    and not re.search(
                        r"_mx_(blob|change|object|touched)\b"
                        r"|DELETE FROM _mx_meta", whole):
                found.setdefault(whole, path[len(sys.argv[2]) + 1:])

def pattern(text):
    text = re.sub(r"\buser\b", '"user"', text)
    parts = re.split(r"(%s|%lld|%d|\?\d*)", text)
    return "".join(
        r"\$\d+" if part.startswith("?") else
        ".*?" if part.startswith("%") else re.escape(part) for part in parts)

seen = set()
with open(sys.argv[1], errors="replace") as log:
    for line in log:
        at = re.search(r"\] (\S*) LOG:  (?:execute [^:]*|statement): (.*)", line)
        if at and at.group(1) not in ("psql", "pg_dump", "pg_restore"):
            seen.add(at.group(2))
sent = "\n".join(sorted(seen))
missing = [text for text in found if not re.search(pattern(text), sent)]
for text in missing:
    print("not run: %s: %s" % (found[text], text[:150]))
print("%d of %d statements of the server were run on PostgreSQL (%d texts)" % (
    len(found) - len(missing), len(found), len(seen)))

# Nothing newer than PostgreSQL 13: words of later versions, by the release notes.
newer = {
    14: r"\bMULTIRANGE|MULTIRANGE\b|\bSEARCH (BREADTH|DEPTH) FIRST|\bCYCLE \w+ SET"
        r"|\bdate_bin\(|\bstring_to_table\(|\bbit_count\(|\btrim_array\("
        r"|GROUP BY DISTINCT|\bBEGIN ATOMIC|\bCOMPRESSION \w+|\bDETACH PARTITION"
        r" \w+ CONCURRENTLY|\]\s*=|\bOR REPLACE TRIGGER|\bunistr\(",
    15: r"^MERGE |NULLS (NOT )?DISTINCT|security_invoker|\bregexp_(count|instr|like|"
        r"substr)\(|\brange_agg\(|ON DELETE SET (NULL|DEFAULT) \(|STRATEGY",
    16: r"\bany_value\(|\barray_(sample|shuffle)\(|\bIS JSON\b|\bJSON_(ARRAY|OBJECT)"
        r"(AGG)?\(|\b0[xob][0-9a-fA-F]+\b|\b\d+_\d+\b|pg_input_is_valid",
    17: r"\bJSON_(TABLE|EXISTS|VALUE|QUERY|SCALAR|SERIALIZE)\(|\bto_bin\(|\bto_oct\(",
}
bad = 0
for text in sorted(seen):
    plain = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "''", text)
    for version, words in newer.items():
        if re.search(words, plain, re.I):
            print("of PostgreSQL %d: %s" % (version, text[:200]))
            bad += 1
print("%d of %d texts use what PostgreSQL 13 has not" % (bad, len(seen)))
sys.exit(1 if bad or missing and sys.argv[3] == "all in CI" else 0)
END
