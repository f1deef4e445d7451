/* W2 through the interpreter's own interface: each expression is compiled once
 * and evaluated with other variables in every round. */
#include "interpreter/evaluate.h"
#include "workload.h"

#include <stdlib.h>
#include <string.h>

enum { EXPRESSIONS = 6 };

typedef struct expression {
    const char *bindings; /* the variables, in order; values of round 0 */
    const char *text;
    nf_bindings *variables;
    nf_evaluated *evaluated;
} expression;

typedef struct bench {
    nf_model *model;
    nf_timezone *zone;
    nf_function_cache *cache;
    expression expressions[EXPRESSIONS];
    nf_value names[W2_NAMES], statuses[W2_STATUSES];
} bench;

static int fail(const char *what, const nf_error *err)
{
    fprintf(stderr, "W2: %s: %s\n", what, err->message);
    return 1;
}

static nf_status prepare(bench *b, nf_error *err)
{
    static const char *const texts[EXPRESSIONS][2] = {
        {"$name=String:x;$i=Integer:0",
         "toUpperCase(substring($name + '-' + toString($i), 0, 8))"},
        {"$code=Integer:0", "if $code = 0 then 'zero' else if $code = 1 then "
                            "'one' else if $code = 2 then 'two' else if $code "
                            "= 3 then 'three' else 'many'"},
        {"$price=Decimal:1;$quantity=Integer:1",
         "round($price * $quantity, 2)"},
        {"$date=DateTime:2023-11-14T22:13:20Z",
         "formatDateTime($date, 'yyyy-MM-dd HH:mm:ss')"},
        {"$name=String:x", "if contains($name, 'an') then replaceAll($name, "
                           "'[aeiou]', '*') else $name"},
        {"$status=Enumeration:Bench.Status.Open",
         "$status = Bench.Status.Open"},
    };
    nf_environment environment = {.model = b->model,
                                  .engine = NF_ENGINE_CLIENT,
                                  .zone = b->zone,
                                  .language = "en_US"};
    nf_status status = NF_OK;

    for (int i = 0; status == NF_OK && i < EXPRESSIONS; i++) {
        expression *e = &b->expressions[i];

        *e = (expression){.bindings = texts[i][0], .text = texts[i][1]};
        e->variables = nf_bindings_new(&environment, NULL, NULL, NULL);
        if (!e->variables)
            return nf_error_nomem(err);
        status = nf_bindings_parse(e->variables, e->bindings,
                                   strlen(e->bindings), err);
        if (status == NF_OK)
            status = nf_bindings_evaluate(&e->evaluated, e->variables, b->cache,
                                          e->text, strlen(e->text), err);
    }
    return status;
}

static const nf_value *next(bench *b, int index, nf_value first,
                            const nf_value *second, nf_error *err)
{
    nf_evaluated *e = b->expressions[index].evaluated;

    nf_evaluated_set(e, 0, first);
    if (second)
        nf_evaluated_set(e, 1, *second);
    if (nf_evaluated_again(e, err))
        return NULL;
    return nf_evaluated_value(e);
}

static void fill(nf_value *values, const char *const *texts, int count,
                 nf_kind kind)
{
    for (int i = 0; i < count; i++) {
        if (!nf_value_text(&values[i], texts[i], strlen(texts[i])))
            abort();
        values[i].kind = kind;
    }
}

static int64_t cents(const nf_value *value)
{
    nf_decimal amount = nf_value_decimal(value);
    int64_t result = amount.as.small;

    for (int scale = amount.scale; scale < 2; scale++)
        result *= 10;
    return result;
}

/* False with *err set, or adds the round's sum. */
static bool one_round(bench *b, int number, int64_t *sum, nf_error *err)
{
    w2_input in = w2_input_at(number);
    nf_value name = nf_value_copy(&b->names[number % W2_NAMES]),
             i = nf_integer(number);
    nf_value price =
        nf_decimal_take((nf_decimal){.scale = 3, .as.small = in.price});
    nf_value quantity = nf_integer(in.quantity);
    const nf_value *v[EXPRESSIONS];
    w2_output out;

    v[0] = next(b, 0, nf_value_copy(&name), &i, err);
    v[1] = next(b, 1, nf_integer(in.code), NULL, err);
    v[2] = next(b, 2, price, &quantity, err);
    v[3] = next(b, 3, nf_datetime(in.seconds * 1000), NULL, err);
    v[4] = next(b, 4, name, NULL, err);
    v[5] = next(b, 5, nf_value_copy(&b->statuses[number % W2_STATUSES]), NULL,
                err);
    for (int k = 0; k < EXPRESSIONS; k++)
        if (!v[k])
            return false;
    out = (w2_output){
        .code = v[0]->as.string->text,
        .code_length = v[0]->as.string->length,
        .word_length = v[1]->as.string->length,
        .cents = cents(v[2]),
        .date = v[3]->as.string->text,
        .date_length = v[3]->as.string->length,
        .masked = v[4]->as.string->text,
        .masked_length = v[4]->as.string->length,
        .open = v[5]->as.boolean,
    };
    *sum += w2_sum(&out);
    return true;
}

int main(int argc, char **argv)
{
    bench b = {0};
    int64_t sum = 0;
    double started;
    nf_error err;
    int status;

    nf_error_clear(&err);
    if (argc != 2) {
        fprintf(stderr, "usage: w2 MODEL\n");
        return 2;
    }
    if (nf_model_open(&b.model, argv[1], &err))
        return fail("can't open the model", &err);
    b.zone = nf_timezone_open("UTC");
    b.cache = nf_function_cache_new();
    if (!b.zone || !b.cache || prepare(&b, &err))
        return fail("can't compile", &err);
    fill(b.names, w2_names, W2_NAMES, NF_KIND_STRING);
    fill(b.statuses, w2_statuses, W2_STATUSES, NF_KIND_ENUMERATION);
    started = w2_seconds();
    for (int i = 0; i < W2_ROUNDS; i++)
        if (!one_round(&b, i, &sum, &err))
            return fail("failed", &err);
    status = w2_report("nanoflow", sum, w2_seconds() - started);
    for (int i = 0; i < EXPRESSIONS; i++) {
        nf_evaluated_free(b.expressions[i].evaluated);
        nf_bindings_free(b.expressions[i].variables);
    }
    for (int i = 0; i < W2_NAMES; i++)
        nf_value_release(&b.names[i]);
    for (int i = 0; i < W2_STATUSES; i++)
        nf_value_release(&b.statuses[i]);
    nf_function_cache_free(b.cache);
    nf_timezone_close(b.zone);
    nf_model_close(b.model);
    return status;
}
