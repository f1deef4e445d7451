/* Settings of activities, decisions and loops that mean nothing here, or not
 * what they mean in Mendix: worth a warning each, since the activity runs all
 * the same. */
#include "interpreter/program.h"

#include <stdio.h>
#include <string.h>

static void warn(nf_binder *b, const char *code, const char *message)
{
    nf_report(b, NF_SEVERITY_WARNING, false, code, "", -1, message);
}

/* X6, MF-F11: types that only microflows have. */
static void check_handling(nf_binder *b, const nf_element *holder)
{
    const char *type = nf_element_string(holder, "ErrorHandlingType", "");
    char message[256];

    if (b->program->engine != NF_ENGINE_CLIENT ||
        (strcmp(type, "Continue") != 0 && strcmp(type, "Rollback") != 0 &&
         strcmp(type, "Custom") != 0))
        return;
    snprintf(message, sizeof message,
             "The error handling type \"%s\" does not exist in nanoflows",
             type);
    warn(b, "error_handling", message);
}

/* A call that Mendix puts into a task queue, to be executed later in a
 * transaction of its own, is executed at once. What an old version has stored
 * beside these settings is not used by Mendix either. */
static void check_queue(nf_binder *b, const nf_element *holder)
{
    const nf_element *call = nf_element_part(holder, "MicroflowCall");
    const nf_element *settings =
        nf_element_part(call ? call : holder, "QueueSettings");
    const char *queue = nf_element_string(settings, "Queue", "");
    char message[512];

    if (!queue[0])
        return;
    snprintf(message, sizeof message,
             "The call is meant for the task queue \"%.300s\"; it is executed "
             "at once, in the transaction of this flow",
             queue);
    warn(b, "task_queue", message);
}

void nf_compile_check_settings(nf_binder *b)
{
    const nf_node *node = b->node;
    const nf_element *holder = node->action ? node->action : node->element;

    check_handling(b, holder);
    check_queue(b, holder);
}
