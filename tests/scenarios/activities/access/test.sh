# activities 16.3 and 16.5: what a user may not do, and what is not offline.
scenario "activities 16.3 T58"
breaks access_denied Access.Guarded --role Worker
returns inside Access.Calls --role Worker
returns inside Access.Guarded --role Boss

scenario "activities 16.5 T106; O6, O15, O53"
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

scenario "activities 16.5 T107; O15, R17"
breaks entity_not_available Access.CommitsOther --role Worker --configured-only
breaks entity_not_available Access.RetrievesOther --role Worker --configured-only
returns stored Access.CommitsItem --role Worker --configured-only

scenario "synchronize S73; activities R19"
# Nothing is kept here that would never reach the server.
breaks network_error Access.RetrievesLive --role Worker
returns handled Access.CommitsLive --role Worker "${DEVICE[@]}"
look
lines device 0

scenario "domain-model D82, D90; activities O6, O13"
# The device makes what needs nobody; else the server would have to.
returns made Access.MakesForm --role Worker
returns made Access.MakesRequest --role Boss
needs_server() {
    breaks network_error "$@"
    has out '"detail":"NPE_NEEDS_SERVER"'
}
needs_server Access.MakesRequest --role Worker
for entity in Watched Inherits Summed; do
    needs_server "Access.Makes$entity" --role Boss
done
returns handled Access.MakesHandled --role Boss
# No attribute is read-only where access is not evaluated (D90).
sed 's/SecurityLevel="CheckEverything"/SecurityLevel="CheckFormsAndMicroflows"/' \
    "$APP" >open.xml
exits 0 run open.xml Access.MakesRequest --role Worker
has out made
