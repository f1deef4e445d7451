/* What becomes of an error: who handles it, and what it undoes (activities X6,
 * X16 … X20, F35). */
#include "interpreter/compile.h"

#include <string.h>

bool nf_error_flow_counts(const nf_binder *b, const nf_node *node)
{
    const nf_element *holder = node->action ? node->action : node->element;
    const char *type;

    if (!node->error || node->disabled)
        return false;
    if (b->program->engine == NF_ENGINE_CLIENT)
        return true; /* whatever the type says (X6) */
    type = nf_element_string(holder, "ErrorHandlingType", "Rollback");
    return strncmp(type, "Custom", 6) == 0; /* MF-F11 */
}

nf_handling nf_handling_of(const nf_binder *b, const nf_node *node)
{
    const nf_element *holder = node->action ? node->action : node->element;
    const char *type = nf_element_string(holder, "ErrorHandlingType", "");

    if (node->disabled)
        return NF_HANDLING_NONE;
    if (b->program->engine == NF_ENGINE_SERVER && strcmp(type, "Continue") == 0)
        return node->kind == NF_NODE_LOOP ||
                       nf_element_is(node->action,
                                     "Microflows$MicroflowCallAction")
                   ? NF_HANDLING_CONTINUE
                   : NF_HANDLING_NONE;
    if (!nf_error_flow_counts(b, node))
        return NF_HANDLING_NONE;
    if (b->program->engine == NF_ENGINE_CLIENT)
        return NF_HANDLING_FLOW;
    return strcmp(type, "CustomWithoutRollBack") == 0 ? NF_HANDLING_KEEP
                                                      : NF_HANDLING_ROLLBACK;
}

/* X16: a savepoint before each object whose failure undoes only itself. */
void nf_mark_reserve(nf_binder *b, nf_node *node)
{
    nf_handling h = nf_handling_of(b, node);
    int32_t slot = 0;

    if (h == NF_HANDLING_KEEP || h == NF_HANDLING_CONTINUE)
        slot = nf_hidden_add(b, NF_KIND_INTEGER);
    node->mark = slot > 0 ? slot : 0;
}

void nf_emit_mark(nf_binder *b, const nf_node *node)
{
    if (node->mark)
        nf_emit(b, NF_OP_MARK, (unsigned)node->mark, 0, 0, -1);
}

void nf_emit_settle(nf_binder *b, const nf_node *node)
{
    if (node->mark)
        nf_emit(b, NF_OP_SETTLE, (unsigned)node->mark, 0, 0, -1);
}

/* Where an error behind the place goes on (F35). */
void nf_handler_resolve(const nf_binder *b, nf_place *place)
{
    for (const nf_node *node = place->node; node; node = node->loop) {
        nf_handling h = nf_handling_of(b, node);
        const nf_node *to;

        if (h == NF_HANDLING_NONE)
            continue;
        place->mark = node->mark;
        place->undoing = h == NF_HANDLING_FLOW       ? NF_UNDO_NOTHING
                         : h == NF_HANDLING_ROLLBACK ? NF_UNDO_ALL
                                                     : NF_UNDO_MARK;
        if (h == NF_HANDLING_CONTINUE) {
            place->handler = node == place->node ? node->resume : node->head;
            return;
        }
        to = nf_node_through_merges(node->error, &b->graph);
        place->handled_by = node;
        if (to->order)
            place->handler = to->pc;
        return;
    }
}
