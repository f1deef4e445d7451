/* The example of nanoflow.h, compiled with nothing but that header, and run on
 * the app of the program scenarios: the documentation cannot rot. */
#include "nanoflow.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    nf_session *session = NULL;
    nf_value *result = NULL;
    nf_value *name = nf_value_new_string("world", 5);
    nf_argument argument = {"Name", name};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    int code = 1;

    options.server = "local::memory:";
    options.initial_sync = "never";
    if (argc == 2 && strcmp(nf_library_version(), NF_VERSION) == 0 &&
        nf_app_open(&app, argv[1], err) == NF_OK &&
        nf_session_new(&session, app, &options, err) == NF_OK &&
        nf_session_call(&result, session, "Main.Greet", &argument, 1, err) ==
            NF_OK) {
        char *text = nf_value_print(result);
        code = text && strcmp(text, "Hello, world") == 0 ? 0 : 1;
        puts(text ? text : "");
        nf_text_free(text);
    } else {
        fprintf(stderr, "%s\n", nf_error_text(err, NF_ERROR_MESSAGE));
    }
    nf_value_free(name);
    nf_value_free(result);
    nf_session_free(session);
    nf_app_close(app);
    nf_error_free(err);
    return code;
}
