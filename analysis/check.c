/* `nanoflow check`: compiles every nanoflow, microflow and rule and collects
 * what is wrong (activities F43), then looks at the domain model and the
 * offline configurations (check_model.c). Excluded documents are listed,
 * neither compiled nor counted. */
#include "analysis/check.h"
#include "analysis/drawing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Never NULL: other entries are compared with it before the failure is told. */
static const char *keep(nf_check *check, const char *text)
{
    const char *copy = nf_arena_strdup(check->arena, text ? text : "");
    if (!copy)
        check->failed = true;
    return copy ? copy : "";
}

void nf_check_add(nf_check *check, nf_severity severity, const char *code,
                  const char *document, const char *element, long position,
                  const char *message)
{
    nf_problem *problems = nf_grow(check->problems, check->problem_count,
                                   &check->problem_capacity, sizeof *problems);
    char id[NF_GUID_TEXT_SIZE] = "";
    if (!problems) {
        check->failed = true;
        return;
    }
    check->problems = problems;
    if (check->place && !nf_guid_is_zero(check->place))
        nf_guid_text(check->place, id);
    problems[check->problem_count++] = (nf_problem){
        .severity = severity,
        .code = keep(check, code),
        .document = keep(check, document),
        .element = keep(check, element),
        .element_id = keep(check, id),
        .position = position,
        .message = keep(check, message),
    };
    if (severity == NF_SEVERITY_ERROR)
        check->error_count++;
}

void nf_check_addf(nf_check *check, nf_severity severity, const char *code,
                   const char *document, const char *element,
                   const char *format, ...)
{
    char message[NF_ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (length >= (int)sizeof message)
        message[nf_utf8_cut(message, sizeof message - 1)] = '\0';
    nf_check_add(check, severity, code, document, element, -1, message);
}

/* There are fewer than a hundred types, so a walk is enough. */
static void count_type(nf_check *check, nf_type_counts *counts,
                       const char *type)
{
    for (size_t i = 0; i < counts->count; i++)
        if (!strcmp(counts->items[i].type, type)) {
            counts->items[i].count++;
            return;
        }
    nf_type_count *items =
        nf_grow(counts->items, counts->count, &counts->capacity, sizeof *items);
    if (!items) {
        check->failed = true;
        return;
    }
    counts->items = items;
    items[counts->count++] = (nf_type_count){keep(check, type), 1};
}

/* ---- flows -------------------------------------------------------------- */

static void count_activities(nf_check *check, const nf_element *flow)
{
    nf_drawing graph;
    nf_arena *arena = nf_arena_new();
    nf_error err = {0};
    if (!arena) {
        check->failed = true;
        return;
    }
    nf_status status = nf_drawing_build(&graph, arena, flow, &err);
    if (status == NF_NOMEM)
        check->failed = true;
    for (size_t i = 0; status == NF_OK && i < graph.node_count; i++) {
        const nf_element *action =
            nf_element_part(graph.nodes[i].element, "Action");
        if (action)
            count_type(check, &check->activities, action->type);
    }
    nf_arena_free(arena);
}

static void add_expression(nf_check *check, const nf_finding *finding)
{
    nf_error place = {.position = finding->position};
    if (check->failed || !finding->text)
        return;
    nf_error_of_expression(&place, finding->text, strlen(finding->text));
    if (*place.expression)
        check->problems[check->problem_count - 1].expression =
            keep(check, place.expression);
}

/* Takes over the findings of one program; true if it has neither an error nor
 * anything that is not supported. */
static bool add_findings(nf_check *check, const nf_document *document,
                         const nf_program *program)
{
    bool clean = true;
    for (size_t i = 0; i < nf_program_finding_count(program); i++) {
        const nf_finding *finding = nf_program_finding(program, i);
        const char *detail = finding->detail;
        nf_guid id;
        check->place = nf_guid_parse(&id, finding->element_id) ? &id : NULL;
        nf_check_add(check, finding->severity,
                     detail && *detail ? detail : finding->code,
                     document->qualified, finding->element, finding->position,
                     finding->message);
        check->place = NULL;
        add_expression(check, finding);
        if ((finding->unsupported ||
             finding->severity == NF_SEVERITY_WARNING) &&
            !strcmp(finding->code, "unsupported_activity"))
            count_type(check, &check->unsupported, finding->type);
        if (finding->unsupported || finding->severity == NF_SEVERITY_ERROR)
            clean = false;
    }
    return clean;
}

static void add_error(nf_check *check, const char *document,
                      const nf_error *err)
{
    nf_check_add(check, NF_SEVERITY_ERROR,
                 *err->detail ? err->detail : err->code, document,
                 err->activity, err->position, err->message);
}

static void check_flow(nf_check *check, const nf_document *document,
                       nf_flow_kind kind)
{
    const nf_program *program;
    nf_error err = {.position = -1};
    check->flows[kind]++;
    nf_status status = nf_programs_inspect(&program, check->programs, kind,
                                           document->qualified, &err);
    if (status == NF_NOMEM) {
        check->failed = true;
    } else if (status != NF_OK) {
        add_error(check, document->qualified, &err);
    } else {
        nf_program_counts counts = nf_program_count_texts(program);
        check->texts.expressions += counts.expressions;
        check->texts.expressions_parsed += counts.expressions_parsed;
        check->texts.expressions_typed += counts.expressions_typed;
        check->texts.xpaths += counts.xpaths;
        check->texts.xpaths_parsed += counts.xpaths_parsed;
        if (add_findings(check, document, program))
            check->compiled[kind]++;
    }
    nf_error_clear(&err);
    const nf_element *element = nf_document_element(document, &err);
    if (!element)
        return;
    count_activities(check, element);
    if (kind == NF_FLOW_NANOFLOW)
        nf_check_offline_flow(check, document, element);
}

static void add_excluded(nf_check *check, const nf_document *document)
{
    const char **names = nf_grow(check->excluded, check->excluded_count,
                                 &check->excluded_capacity, sizeof *names);
    if (!names) {
        check->failed = true;
        return;
    }
    check->excluded = names;
    names[check->excluded_count++] = keep(check, document->qualified);
}

static void check_documents(nf_check *check)
{
    static const nf_flow_kind kinds[] = {NF_FLOW_NANOFLOW, NF_FLOW_MICROFLOW,
                                         NF_FLOW_RULE};
    size_t count = nf_model_document_count(check->model);
    for (size_t i = 0; i < count && !check->failed; i++) {
        const nf_document *document = nf_model_document(check->model, i);
        if (document->module && document->module->system)
            continue;
        if (document->excluded) {
            add_excluded(check, document);
            continue;
        }
        for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++)
            if (!strcmp(document->type, nf_flow_kind_type(kinds[j])))
                check_flow(check, document, kinds[j]);
    }
}

/* ---- all ---------------------------------------------------------------- */

static int compare_problems(const void *a, const void *b)
{
    const nf_problem *x = a, *y = b;
    int order = strcmp(x->document, y->document);
    if (!order)
        order = strcmp(x->element, y->element);
    if (!order)
        order = strcmp(x->element_id, y->element_id);
    if (!order)
        order = (x->position > y->position) - (x->position < y->position);
    if (!order)
        order = strcmp(x->code, y->code);
    return order ? order : strcmp(x->message, y->message);
}

static int compare_counts(const void *a, const void *b)
{
    return strcmp(((const nf_type_count *)a)->type,
                  ((const nf_type_count *)b)->type);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(void *items, size_t count, size_t size,
                 int (*compare)(const void *, const void *))
{
    if (count)
        qsort(items, count, size, compare);
}

nf_status nf_check_run(nf_check *check, const nf_model *model,
                       nf_programs *programs, nf_error *err)
{
    *check = (nf_check){.model = model, .programs = programs};
    check->arena = nf_arena_new();
    if (!check->arena)
        return nf_error_nomem(err);
    for (size_t i = 0; i < nf_model_module_count(model); i++)
        if (!nf_model_module(model, i)->system)
            check->modules++;
    for (size_t i = 0; i < nf_model_warning_count(model); i++)
        nf_check_add(check, NF_SEVERITY_WARNING, "model", "", "", -1,
                     nf_model_warning(model, i));
    check_documents(check);
    nf_check_domain(check);
    nf_check_javascript(check);
    if (check->failed)
        return nf_error_nomem(err);
    sort(check->problems, check->problem_count, sizeof *check->problems,
         compare_problems);
    sort(check->activities.items, check->activities.count,
         sizeof(nf_type_count), compare_counts);
    sort(check->unsupported.items, check->unsupported.count,
         sizeof(nf_type_count), compare_counts);
    sort(check->excluded, check->excluded_count, sizeof *check->excluded,
         compare_names);
    return NF_OK;
}

void nf_check_dispose(nf_check *check)
{
    nf_free(check->problems);
    nf_free(check->activities.items);
    nf_free(check->unsupported.items);
    nf_free(check->excluded);
    nf_arena_free(check->arena);
    *check = (nf_check){0};
}
