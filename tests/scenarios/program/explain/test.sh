# design §5: `explain CODE` says what a code means, gives an example and the
# remedy; without CODE it lists all of them.
scenario "one code"
exits 0 explain no_case
has out 'no_case'
has out 'Example:'
has out 'Remedy:'

scenario "a code that does not exist"
exits 2 explain no_cas
has err "'no_case'"

scenario "all codes"
exits 0 explain
has out 'E-TYPE'
has out 'OFFLINE_MEMBER'
has out 'SYNC_DANGLING'
exits 0 explain --format markdown
has out '| `E-TYPE` |'
exits 2 explain --format pdf
