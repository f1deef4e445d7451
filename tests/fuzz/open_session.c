/* See open_session.h. */
#include "open_session.h"

#include "nanoflow.h"

#include <stdlib.h>

nf_session *fuzz_session(void)
{
    static nf_session *opened;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error err = {0};
    nf_app *app;

    options.now = "2026-03-18T10:20:30Z";
    if (!opened && (nf_app_open(&app, NF_FUZZ_APP, &err) != NF_OK ||
                    nf_session_new(&opened, app, &options, &err) != NF_OK)) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return opened;
}
