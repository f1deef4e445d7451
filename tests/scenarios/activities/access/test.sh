# activities 16.3 and 16.5: what a user may not do, and what is not offline.
scenario "activities 16.3 T58"
breaks access_denied Access.Guarded --role Worker
returns inside Access.Calls --role Worker
returns inside Access.Guarded --role Boss

scenario "activities 16.5 T106"
breaks access_denied Access.SetsPrice --role Worker
has out Price
returns named Access.SetsName --role Worker
returns set Access.SetsPrice --role Boss
breaks access_denied Access.CreatesSecret --role Worker
returns created Access.CreatesSecret --role Boss
breaks access_denied Access.DeletesItem --role Worker
returns deleted Access.DeletesItem --role Boss

scenario "synchronize S9"
# Used by a nanoflow without being configured: as mode All.
returns stored Access.CommitsItem --role Worker
returns stored Access.CommitsOther --role Worker
returns found Access.RetrievesOther --role Worker

scenario "activities 16.5 T107"
breaks entity_not_available Access.CommitsOther --role Worker --configured-only
breaks entity_not_available Access.RetrievesOther --role Worker --configured-only
returns stored Access.CommitsItem --role Worker --configured-only

scenario "synchronize S73"
# Nothing is kept here that would never reach the server.
breaks network_error Access.RetrievesLive --role Worker
returns handled Access.CommitsLive --role Worker "${DEVICE[@]}"
look
lines device 0
