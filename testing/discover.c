/* `--discover flows` (test E47): flows of the app whose names begin with TEST_
 * or UT_ are tests. A flow that returns a Boolean must return true, one that
 * returns a String none or an empty one: it is what went wrong. */
#include "testing/suite.h"

#include "library/app.h"

#include <string.h>
#include <strings.h>

static bool has_test_name(const char *name)
{
    return strncasecmp(name, "TEST_", 5) == 0 ||
           strncasecmp(name, "UT_", 3) == 0;
}

static const char *expectation(const nf_flow *flow)
{
    switch (flow->result.kind) {
    case NF_KIND_BOOLEAN:
        return " * @expect $result\n";
    case NF_KIND_STRING:
        return " * @expect $result = empty or $result = ''\n";
    default:
        return "";
    }
}

/* The test as somebody would have written it. */
static void write_test(nf_buffer *out, const nf_flow *flow, bool nanoflow)
{
    bool returns = flow->result.kind != NF_KIND_VOID;
    nf_buffer_format(out, "/** @test %s\n * @on %s\n%s */\n%scall %s %s (",
                     flow->qualified, nanoflow ? "device" : "server",
                     expectation(flow), returns ? "$result = " : "",
                     nanoflow ? "nanoflow" : "microflow", flow->qualified);
    for (size_t i = 0; i < flow->parameter_count; i++)
        nf_buffer_format(out, "%s%s = empty", i ? ", " : "",
                         flow->parameters[i].name);
    nf_buffer_text(out, ");\n/\n");
}

static nf_status write_all(nf_buffer *out, const nf_model *model, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < nf_model_document_count(model);
         i++) {
        const nf_document *d = nf_model_document(model, i);
        bool nanoflow = strcmp(d->type, "Microflows$Nanoflow") == 0;
        const nf_flow *flow = NULL;
        if (d->excluded || !has_test_name(d->name) ||
            (!nanoflow && strcmp(d->type, "Microflows$Microflow") != 0))
            continue;
        status = nf_model_flow(&flow, model,
                               nanoflow ? NF_FLOW_NANOFLOW : NF_FLOW_MICROFLOW,
                               d->qualified, err);
        if (status == NF_OK)
            write_test(out, flow, nanoflow);
    }
    return status == NF_OK && out->failed ? nf_error_nomem(err) : status;
}

nf_status test_suite_discover(nf_test_file **out, const nf_app *app,
                              nf_error *err)
{
    nf_buffer text;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    *out = NULL;
    nf_status status = nf_app_complete(app, err);
    if (status == NF_OK)
        status = write_all(&text, app->model, err);
    if (status == NF_OK && text.length)
        status = nf_test_file_parse(out, nf_model_path(app->model),
                                    nf_buffer_string(&text), text.length, err);
    nf_buffer_dispose(&text);
    return status;
}
