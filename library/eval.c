/* `eval` (design §5): one expression, with variables given as text; or one per
 * line, each answered by one line whatever it is. */
#include "library/app.h"

#include "base/json.h"
#include "base/timezone.h"
#include "interpreter/evaluate.h"
#include "interpreter/functions.h"
#include "library/json.h"
#include "library/limits.h"
#include "library/options.h"

typedef struct setting {
    nf_evaluation evaluation; /* what was asked, in full */
    nf_environment environment;
    nf_timezone *zone;
    int64_t now;
    nf_bindings *bindings;
    nf_function_cache *cache;
} setting;

static void dispose(setting *s)
{
    nf_bindings_free(s->bindings);
    nf_function_cache_free(s->cache);
    nf_timezone_close(s->zone);
}

static nf_status read_clock(setting *s, const char *now, nf_error *err)
{
    s->environment.clock = nf_clock_system();
    if (!now)
        return NF_OK;
    if (!nf_instant_parse(&s->now, now, strlen(now), s->zone))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "\"%s\" is no time: use a form such as "
                            "2026-03-18T10:20:30Z",
                            now);
    s->environment.clock = nf_clock_fixed(&s->now);
    return NF_OK;
}

/* The defaults of a conformance file: UTC, half up, en_US, the real clock
 * (expressions §14); an app brings its own settings. */
static nf_status init(setting *s, const nf_evaluation *given, nf_error *err)
{
    const nf_evaluation *evaluation = &s->evaluation;
    memset(s, 0, sizeof *s);
    nf_status known = nf_options_read(&s->evaluation, sizeof s->evaluation,
                                      given, "options of an evaluation", err);
    if (known != NF_OK)
        return known;
    const char *zone = evaluation->time_zone ? evaluation->time_zone : "UTC";
    nf_status opened = nf_timezone_open(&s->zone, zone);
    if (opened == NF_NOMEM)
        return nf_error_nomem(err);
    if (opened != NF_OK)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "unknown time zone \"%s\"", zone);
    s->environment.zone = s->zone;
    s->environment.language = "en_US";
    s->environment.rounding = NF_ROUND_HALF_UP;
    if (evaluation->app) {
        nf_status status = nf_app_complete(evaluation->app, err);
        if (status != NF_OK)
            return status;
        const nf_settings *settings = nf_model_settings(evaluation->app->model);
        s->environment.model = evaluation->app->model;
        s->environment.language = settings->default_language;
        s->environment.new_string_behavior = settings->new_string_behavior;
        if (settings->half_even)
            s->environment.rounding = NF_ROUND_HALF_EVEN;
    }
    if (evaluation->language) {
        nf_status status = nf_check_language(evaluation->language, err);
        if (status != NF_OK)
            return status;
    }
    if (evaluation->language)
        s->environment.language = evaluation->language;
    s->environment.engine =
        evaluation->server_engine ? NF_ENGINE_SERVER : NF_ENGINE_CLIENT;
    s->environment.all_constants = evaluation->all_constants;
    nf_status status =
        nf_limits_read(&s->environment.limits, evaluation->limits,
                       evaluation->limit_count, err);
    if (status == NF_OK && s->environment.limits.memory_bytes)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "the limit \"memory\" is one of a session");
    if (status == NF_OK)
        status = read_clock(s, evaluation->now, err);
    if (status != NF_OK)
        return status;
    s->cache = nf_function_cache_new();
    s->bindings = nf_bindings_new(&s->environment, NULL, NULL, NULL);
    return s->cache && s->bindings ? NF_OK : nf_error_nomem(err);
}

static nf_status bind_variables(setting *s, nf_error *err)
{
    const nf_evaluation *evaluation = &s->evaluation;
    for (size_t i = 0; i < evaluation->variable_count; i++) {
        nf_status status =
            nf_bindings_add_text(s->bindings, evaluation->variables[i], err);
        if (status != NF_OK)
            return status;
    }
    return NF_OK;
}

/* {"type", "value"} from the answer of a batch: one set of rules for both. */
static char *as_json(const char *type, const char *text, const nf_value *value)
{
    json_object *json = json_object_new_object();
    nf_json_text(json, "type", type);
    if (value->kind == NF_KIND_DECIMAL || value->kind == NF_KIND_OBJECT)
        nf_json_text(json, "value", text);
    else if (value->kind == NF_KIND_LIST)
        json_object_object_add(
            json, "value",
            json_object_new_int64((int64_t)nf_list_count(value->as.list)));
    else
        json_object_object_add(json, "value", nf_json_value(value));
    char *printed = nf_json_text_of(json, NF_JSON_LINE);
    json_object_put(json);
    return printed;
}

/* The type and the plain text of a value, as a batch answers them. */
static nf_status describe(char **type, char **text, nf_evaluated *evaluated,
                          nf_error *err)
{
    nf_buffer answer, plain;
    nf_buffer_init(&answer, NF_BUFFER_MAX);
    nf_buffer_init(&plain, NF_BUFFER_MAX);
    nf_status status =
        nf_value_answer(nf_evaluated_evaluator(evaluated), &answer,
                        nf_evaluated_value(evaluated), err);
    const char *line = status == NF_OK ? nf_buffer_string(&answer) : NULL;
    const char *tab = line ? strchr(line, '\t') : NULL;
    if (tab && nf_cell_decode(&plain, tab + 1,
                              answer.length - (size_t)(tab + 1 - line))) {
        *type = nf_strndup(line, (size_t)(tab - line));
        *text = nf_buffer_take(&plain);
    }
    if (status == NF_OK && (!*type || !*text))
        status = nf_error_nomem(err);
    nf_buffer_dispose(&answer);
    nf_buffer_dispose(&plain);
    return status;
}

static nf_status evaluate(char **type, char **text, bool plain,
                          const char *expression,
                          const nf_evaluation *evaluation, nf_error *err)
{
    setting s;
    nf_evaluated *evaluated = NULL;
    *type = *text = NULL;
    nf_status status = init(&s, evaluation, err);
    if (status == NF_OK)
        status = bind_variables(&s, err);
    if (status == NF_OK)
        status = nf_bindings_evaluate(&evaluated, s.bindings, s.cache,
                                      expression, strlen(expression), err);
    if (status == NF_OK)
        status = describe(type, text, evaluated, err);
    if (status == NF_OK && s.evaluation.json && !plain) {
        char *printed = as_json(*type, *text, nf_evaluated_value(evaluated));
        nf_free(*text);
        *text = printed;
        status = printed ? NF_OK : nf_error_nomem(err);
    }
    if (status != NF_OK) {
        nf_free(*type);
        nf_free(*text);
        *type = *text = NULL;
    }
    nf_evaluated_free(evaluated);
    dispose(&s);
    return status;
}

nf_status nf_evaluate(char **out, const char *expression,
                      const nf_evaluation *evaluation, nf_error *err)
{
    char *type;
    nf_status status = evaluate(&type, out, false, expression, evaluation, err);
    nf_free(type);
    return status;
}

nf_status nf_evaluate_typed(char **type, char **value, const char *expression,
                            const nf_evaluation *evaluation, nf_error *err)
{
    return evaluate(type, value, true, expression, evaluation, err);
}

/* ---- names --------------------------------------------------------------- */

static void add_model_names(nf_buffer *out, const nf_model *model)
{
    for (size_t i = 0; i < nf_model_enumeration_count(model); i++) {
        const nf_enumeration *enumeration = nf_model_enumeration(model, i);
        for (size_t k = 0; k < enumeration->count; k++)
            nf_buffer_format(out, "%s.%s\n", enumeration->qualified,
                             enumeration->values[k].name);
    }
    for (size_t i = 0; i < nf_model_constant_count(model); i++)
        nf_buffer_format(out, "@%s\n", nf_model_constant(model, i)->qualified);
}

char *nf_evaluation_names(const nf_evaluation *given)
{
    nf_evaluation known, *evaluation = &known;
    nf_buffer out;
    if (nf_options_read(&known, sizeof known, given, "", NULL) != NF_OK)
        return NULL;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    for (size_t i = 0; i < nf_function_count(); i++)
        nf_buffer_format(&out, "%s(\n", nf_function_at(i)->name);
    for (size_t i = 0; i < evaluation->variable_count; i++) {
        const char *text = evaluation->variables[i];
        text += *text == '$';
        nf_buffer_format(&out, "$%.*s\n", (int)strcspn(text, "="), text);
    }
    if (evaluation->app && nf_app_complete(evaluation->app, NULL) == NF_OK)
        add_model_names(&out, evaluation->app->model);
    char *names = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return names;
}

/* ---- lines ------------------------------------------------------------- */

static nf_status answer_cells(nf_buffer *out, setting *s, const char *bindings,
                              size_t bindings_length, const char *text,
                              size_t length, nf_error *err)
{
    nf_buffer given, expression;
    nf_evaluated *evaluated = NULL;
    nf_status status = NF_OK;
    nf_buffer_init(&given, NF_BUFFER_MAX);
    nf_buffer_init(&expression, NF_BUFFER_MAX);
    if (!nf_cell_decode(&given, bindings, bindings_length) ||
        !nf_cell_decode(&expression, text, length))
        status = given.failed || expression.failed
                     ? nf_error_nomem(err)
                     : nf_error_set(err, NF_USAGE, "bad_escape",
                                    "a cell has a malformed escape");
    else if (given.length)
        status = nf_bindings_parse(s->bindings, given.data, given.length, err);
    if (status == NF_OK)
        status = nf_bindings_evaluate(&evaluated, s->bindings, s->cache,
                                      expression.data ? expression.data : "",
                                      expression.length, err);
    if (status == NF_OK)
        status = nf_value_answer(nf_evaluated_evaluator(evaluated), out,
                                 nf_evaluated_value(evaluated), err);
    nf_evaluated_free(evaluated);
    nf_buffer_dispose(&given);
    nf_buffer_dispose(&expression);
    return status;
}

nf_status nf_evaluate_line(char **answer, const char *line,
                           const nf_evaluation *evaluation, nf_error *err)
{
    setting s;
    nf_buffer out;
    nf_error local;
    nf_error_clear(&local);
    *answer = NULL;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    size_t length = strlen(line);
    if (length && line[length - 1] == '\r')
        length--;
    const char *tab = memchr(line, '\t', length);
    nf_status status = init(&s, evaluation, &local);
    if (status == NF_OK && !tab)
        status = nf_error_set(&local, NF_USAGE, "bad_line",
                              "a line is bindings, a tab and an expression");
    if (status == NF_OK)
        status = answer_cells(&out, &s, line, (size_t)(tab - line), tab + 1,
                              length - (size_t)(tab + 1 - line), &local);
    if (status != NF_OK && status != NF_NOMEM) {
        nf_buffer_clear(&out);
        nf_error_answer(&out, &local);
    }
    if (status != NF_NOMEM)
        *answer = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    dispose(&s);
    return *answer ? NF_OK : nf_error_nomem(err);
}
