/* The activities that are instructions: create and change variable (activities
 * V11 … V15), call nanoflow and the rule of a decision (C1 … C11), and the
 * defaults of optional parameters (F38). Their expressions are compiled into
 * the flow's own code, straight into the variable where its type allows. */
#include "interpreter/program.h"

#include <stdio.h>
#include <string.h>

static void report_name(nf_binder *b, const char *code, const char *format,
                        const char *name)
{
    char message[512];

    snprintf(message, sizeof message, format, name);
    nf_report(b, NF_SEVERITY_ERROR, false, code, "", -1, message);
}

/* Evaluates into a slot that keeps its old value until the new one is there
 * (V13, V14). */
static void assign(nf_binder *b, const char *text, const nf_type *type,
                   int32_t slot)
{
    nf_expression e;
    bool blank;
    nf_value empty = nf_empty();

    if (nf_gen_parse(b, &e, text, type, "", &blank)) {
        if (slot < 0)
            return;
        nf_gen_begin(b, e.root);
        nf_gen_assign(b, e.root, type, (uint16_t)slot);
    } else if (blank && type->kind == NF_KIND_BOOLEAN) {
        nf_report(b, NF_SEVERITY_ERROR, false, "empty_value", "", -1,
                  "A Boolean variable can't be empty; give it a value");
    } else if (blank && slot >= 0) {
        nf_emit(b, NF_OP_LOADK, (unsigned)slot, nf_constant_add(b, &empty), 0,
                -1);
    }
}

void nf_compile_create_variable(nf_binder *b, const nf_element *action)
{
    const char *name = nf_element_string(action, "VariableName", "");
    nf_type type = nf_model_type_of(b->program->model, action, "VariableType",
                                    "VariableDataType");
    nf_bound_variable variable;

    if (type.kind == NF_KIND_UNKNOWN || type.kind == NF_KIND_VOID)
        report_name(b, "type_mismatch",
                    "The variable \"%s\" has no type that variables can have",
                    name);
    variable = nf_bind_output(b, name, type);
    if (!b->raise)
        assign(b, nf_element_string(action, "InitialValue", ""), &type,
               variable.slot);
}

void nf_compile_change_variable(nf_binder *b, const nf_element *action)
{
    const char *name = nf_element_string(action, "ChangeVariableName", "");
    int32_t slot = nf_variable_read(b, name, strlen(name));
    nf_type type;

    if (slot < 0) {
        report_name(b, "not_found", "There is no variable \"%s\"", name);
        return;
    }
    type = b->program->variables[slot].type;
    if (!b->program->variables[slot].assignable || type.kind == NF_KIND_LIST ||
        type.kind == NF_KIND_OBJECT) {
        report_name(b, "type_mismatch",
                    "The variable \"%s\" can't be changed: only variables "
                    "with a primitive value can",
                    name);
        return;
    }
    assign(b, nf_element_string(action, "Value", ""), &type, slot);
}

/* ---- calls --------------------------------------------------------------- */

/* The parameter of a mapping: the part after the last dot (C1, MF-A7). */
static const nf_parameter *mapped(const nf_flow *flow,
                                  const nf_element *mapping)
{
    const char *name = nf_element_string(mapping, "Parameter", "");
    const char *dot = strrchr(name, '.');

    return nf_flow_find_parameter(flow, dot ? dot + 1 : name);
}

static void compile_argument(nf_binder *b, const nf_element *mapping,
                             const nf_flow *flow, uint16_t first, bool *given)
{
    const nf_parameter *parameter = mapped(flow, mapping);
    char message[512];
    nf_expression e;
    size_t index;
    bool blank;

    if (!parameter) {
        snprintf(message, sizeof message,
                 "\"%s\" has no parameter \"%s\"; the argument is ignored",
                 flow->qualified, nf_element_string(mapping, "Parameter", ""));
        nf_report(b, NF_SEVERITY_WARNING, false, "not_found", "", -1, message);
        return;
    }
    index = (size_t)(parameter - flow->parameters);
    if (!nf_gen_parse(b, &e, nf_element_string(mapping, "Argument", ""),
                      &parameter->type, parameter->name, &blank))
        return;
    nf_gen_begin(b, e.root);
    nf_gen_assign(b, e.root, &parameter->type, (uint16_t)(first + index));
    given[index] = true;
}

/* F39: known now, raised when the call is reached. */
static void check_required(nf_binder *b, const nf_flow *flow, const bool *given)
{
    char message[512];

    for (size_t i = 0; i < flow->parameter_count; i++) {
        if (given[i] || !flow->parameters[i].required || b->raise)
            continue;
        snprintf(message, sizeof message,
                 "The parameter \"%s\" of \"%s\" needs an argument",
                 flow->parameters[i].name, flow->qualified);
        nf_report(b, NF_SEVERITY_ERROR, false, "missing_argument", "", -1,
                  message);
    }
}

void nf_compile_call(nf_binder *b, nf_flow_kind kind, const nf_flow *flow,
                     const nf_element *call, int32_t output)
{
    nf_program *p = b->program;
    size_t count = flow->parameter_count;
    uint16_t first = nf_temp(b, true, (uint32_t)(count ? count : 1));
    nf_flow_call *site = nf_arena_alloc(p->arena, sizeof *site);
    bool *given = nf_arena_alloc(p->arena, count + 1);
    nf_flow_call **items;

    if (!site || !given) {
        nf_binder_fail(b, NULL);
        return;
    }
    for (size_t i = 0; i < nf_element_count(call, "ParameterMappings"); i++) {
        const nf_element *mapping =
            nf_element_item(call, "ParameterMappings", i);

        if (mapping)
            compile_argument(b, mapping, flow, first, given);
    }
    check_required(b, flow, given);
    if (b->raise)
        return;
    items = nf_table_grow(b, p->calls, p->call_count, &p->call_capacity,
                          sizeof *items);
    if (!items)
        return;
    p->calls = items; /* grown, whatever becomes of this call */
    if (b->raise)
        return;
    site->kind = kind;
    site->flow = flow;
    site->qualified = flow->qualified;
    site->arguments = first;
    site->given = given;
    site->output = output;
    site->caption = nf_node_caption(b->node);
    items[p->call_count] = site;
    nf_emit(b, NF_OP_CALL, (unsigned)p->call_count++, 0, 0, -1);
}

void nf_compile_flow_call(nf_binder *b, nf_flow_kind kind,
                          const nf_element *action)
{
    bool nanoflow = kind == NF_FLOW_NANOFLOW;
    const nf_element *call =
        nf_element_part(action, nanoflow ? "NanoflowCall" : "MicroflowCall");
    const char *name =
        nf_element_string(call, nanoflow ? "Nanoflow" : "Microflow", "");
    const char *output = nf_element_string(
        action, nanoflow ? "OutputVariableName" : "ResultVariableName", "");
    nf_bound_variable variable = {.slot = -1};
    const nf_flow *flow = NULL;
    nf_error error;

    if (nanoflow && b->program->engine != NF_ENGINE_CLIENT) { /* C10 */
        nf_report(b, NF_SEVERITY_ERROR, false, "unsupported_activity", "", -1,
                  "Only nanoflows can call nanoflows");
        return;
    }
    nf_error_clear(&error);
    if (nf_model_flow(&flow, b->program->model, kind, name, &error)) {
        nf_report(b, nf_severity_of(nf_is_system_name(name)),
                  nf_is_system_name(name), error.code, error.detail, -1,
                  error.message);
        return;
    }
    /* C2: a flow without result leaves no variable, whatever the name says. */
    if (nf_element_bool(action, "UseReturnVariable", true) && output[0] &&
        flow->result.kind != NF_KIND_VOID)
        variable = nf_bind_output(b, output, flow->result);
    nf_compile_call(b, kind, flow, call, variable.slot);
}

void nf_compile_defaults(nf_binder *b)
{
    nf_program *p = b->program;
    const nf_flow *flow = p->flow;
    nf_bound_expression *defaults =
        nf_arena_array(p->arena, flow->parameter_count + 1, sizeof *defaults);
    const nf_raise **faults =
        nf_arena_array(p->arena, flow->parameter_count + 1, sizeof *faults);

    if (!defaults || !faults) {
        nf_binder_fail(b, NULL);
        return;
    }
    b->code = &p->expressions;
    b->no_variables = true;
    for (size_t i = 0; i < flow->parameter_count; i++) {
        const nf_parameter *parameter = &flow->parameters[i];

        b->raise = NULL;
        if (!parameter->required)
            defaults[i] = nf_bind_expression(b, parameter->default_value,
                                             &parameter->type, "Default value");
        faults[i] = b->raise;
    }
    b->no_variables = false;
    b->raise = NULL;
    b->code = &p->code;
    p->defaults = defaults;
    p->default_faults = faults;
}
