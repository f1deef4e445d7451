# On PostgreSQL what belongs to the next objects of a list is read ahead when a
# microflow follows associations of one after the other; what the microflow
# writes meanwhile is seen as anywhere else.
. "$CASE/../told.sh"
scenario "activities R1, R4, R9, F2: associations followed along a list"
# 40 orders: customers c0 … c3, every fifth has none; two lines each; two
# followers.
awk 'BEGIN {
    for (i = 0; i < 4; i++)
        printf "{\"entity\": \"F.Customer\", \"id\": \"c%d\", \"Name\": \"c%d\"}\n", i, i
    for (i = 0; i < 40; i++) {
        of = i % 5 == 4 ? "" : sprintf(", \"F.Order_Customer\": \"c%d\"", i % 4)
        printf "{\"entity\": \"F.Order\", \"id\": \"o%d\", \"Number\": %d%s, \"F.Order_Followers\": [\"c%d\", \"c%d\"]}\n", i, i, of, i % 4, (i + 1) % 4
        for (j = 0; j < 2; j++)
            printf "{\"entity\": \"F.Line\", \"id\": \"l%d.%d\", \"Text\": \"%d.%d\", \"F.Line_Order\": \"o%d\"}\n", i, j, i, j, i
    } }' >orders
exits 0 data import "$APP" orders --on server --server-db server.db

# each AWK: what it prints for the numbers i of the orders, in one line.
each() {
    awk "BEGIN { for (i = 0; i < 40; i++) { $1; printf \"%s;\", s } }"
}
says "$(each 's = i % 5 == 4 ? "-" : "c" i % 4')" F.Forward
says "$(each 's = i ".0" i ".1"')" F.Back
# by id, as they were made
says "$(each 'a = i % 4; b = (i + 1) % 4; s = a < b ? "c" a "c" b : "c" b "c" a')" F.Sets
says "$(each 's = i % 5 == 4 ? "-" : "c" i % 4')" F.Undone
says "$(awk 'BEGIN { for (i = 0; i < 40; i++) if (i % 5 < 4) {
    more[i % 4] = more[i % 4] "+"; printf "c%d%s;", i % 4, more[i % 4] } }')" F.Written
# A line that the server makes has a lower id than those of the data.
says "$(each 's = i == 0 ? "0.00.1" : i ".1"; s = s ";n" s')" F.Deleted
says "$(each 'all = all (i == 0 ? "0.00.1" : i ".1"); n = n "n"; s = n all')" F.Moved
