# activities 16.1: decisions that only microflows have.
decides() { returns "$1" Rules.Decides --arg "N=$2" --on server --server-db server.db; }
scenario "activities 16.1 T18"
decides small 8
decides large 9
