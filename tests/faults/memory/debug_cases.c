/* Cases of a stepper: where it stops, everything is asked. */
#include "functions.h"

#include <stddef.h>

/* What is asked while it has stopped may be out of memory, too; then there is
 * no text, and the flow goes on. */
static nf_debug_how stopped(void *user, nf_debug *debug, nf_debug_reason reason,
                            size_t breakpoint, const char *problem)
{
    world *w = user;
    char *text = NULL;

    (void)breakpoint;
    (void)problem;
    HOLDS(nf_debug_level(debug) == 0);
    HOLDS(nf_debug_select(debug, 0));
    nf_text_free(nf_debug_breakpoints(debug));
    nf_text_free(nf_debug_place(debug));
    nf_text_free(nf_debug_path(debug));
    nf_text_free(nf_debug_variables(debug));
    nf_text_free(nf_debug_objects(debug));
    if (nf_debug_list(&text, debug, NULL, w->made) == NF_OK)
        nf_text_free(text);
    if (nf_debug_queue(&text, debug, w->made) == NF_OK)
        nf_text_free(text);
    if (nf_debug_evaluate(&text, debug, "1 + 1", w->made) == NF_OK)
        nf_text_free(text);
    nf_text_free(nf_debug_names(debug, NF_DEBUG_FLOW, "S"));
    nf_text_free(nf_debug_names(debug, NF_DEBUG_PLACE, "Sweep.Work:"));
    nf_text_free(nf_debug_names(debug, NF_DEBUG_EXPRESSION, "$"));
    HOLDS(nf_debug_error(debug, NF_ERROR_MESSAGE));
    return reason == NF_DEBUG_BREAKPOINT ? NF_DEBUG_CONTINUE : NF_DEBUG_OVER;
}

static nf_status step(world *w)
{
    size_t number;

    GIVES(w->made = nf_error_new());
    TRY(nf_debug_new(&w->debug, w->session, stopped, w, w->err));
    TRY(nf_debug_break(&number, w->debug, "Sweep.Work", NULL, w->err));
    nf_debug_interrupt(w->debug);
    TRY(nf_session_call(&w->value, w->session, "Sweep.Work", NULL, 0, w->err));
    HOLDS(w->value);
    HOLDS(nf_debug_clear(w->debug, number));
    return NF_OK;
}

const memory_case debug_cases[] = {
    {"a stepper", step, SESSION},
    {NULL, NULL, NOTHING},
};
