# activities §3.4, §6.7: object type decisions and casts on the server.
. "$CASE/../told.sh"
scenario "activities T19 … T21, F22, O54: the nearest generalization, the empty object, a cast"
says 'form|special m true|form|empty' Ty.Asks
scenario "activities F23"
says nanoflow.no_case Ty.AsksNone
scenario "activities F22: of the current user"
on_server <<<'{"entity": "Ty.Account", "id": "u", "Name": "bob", "FullName": "Bob B"}'
says 'user MxAdmin' Ty.Who
says 'account Bob B' Ty.Who --user bob
