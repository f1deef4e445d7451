/* Any text as an expression, in both engines: lexer, parser, checker, and the
 * functions on constant arguments. The first byte chooses the engine; the
 * bindings stand before the first line end. */
#include "fuzz.h"

#include "interpreter/bindings.h"

const char *const fuzz_seeds[] = {
    "c$s=String:ab\nreplaceAll('a.b', '[\\w-\\.]+', 'x') + $s",
    "s$i=Integer:14\n2001 + floor($i div 12) + '-' + (($i mod 12) + 1)",
    "c%tz=Europe/Amsterdam\nparseDateTime('5 Mar 2024', 'd MMM yyyy')",
    "s\nformatDecimal(-1234.5, '#,##0.0;(0)') + urlDecode('%41')",
    "c$o=Object:A.B{N=Integer:1,A.C=Object:A.D{T=String:x}}\n$o/A.C/A.D/T",
    "c\nif true then empty else not(1 < 2 or [%CurrentDateTime%] = empty)",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0, 0};

static nf_bindings *bind(const nf_environment *environment, const char *text,
                         size_t length)
{
    nf_bindings *b = nf_bindings_new(environment, NULL, NULL, NULL);

    if (b && nf_bindings_parse(b, text, length, NULL) != NF_OK) {
        nf_bindings_free(b);
        b = NULL;
    }
    return b;
}

/* Calls on literals, which the compiler leaves to run time. */
static void call(nf_evaluator *e, const nf_expr *node)
{
    nf_value arguments[NF_FUNCTION_MAX_ARGUMENTS], out;
    uint32_t i;

    for (i = 0; i < node->count; i++) {
        call(e, node->operands[i]);
        if (i < NF_FUNCTION_MAX_ARGUMENTS)
            arguments[i] = node->operands[i]->op == NF_EXPR_LITERAL
                               ? node->operands[i]->as.value
                               : nf_empty();
    }
    if (node->op != NF_EXPR_CALL)
        return;
    nf_function_call(e, &out, &node->as.call, arguments, (int)node->count,
                     NULL);
    nf_value_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now = 1700000000000;
    nf_timezone *utc = nf_timezone_open("UTC");
    nf_environment environment = {.zone = utc,
                                  .language = "en_US",
                                  .new_string_behavior = true,
                                  .clock = nf_clock_fixed(&now)};
    const char *text = (const char *)data, *line;
    nf_arena *arena = nf_arena_new();
    nf_bindings *b = NULL;
    size_t head = 0;

    if (size > 0) {
        environment.engine = data[0] & 1 ? NF_ENGINE_SERVER : NF_ENGINE_CLIENT;
        text++;
        size--;
        line = memchr(text, '\n', size);
        head = line ? (size_t)(line - text) : 0;
    }
    if (utc && arena)
        b = bind(&environment, text, head);
    if (b) {
        nf_scope scope = nf_bindings_scope(b);
        nf_evaluator e = {.environment = nf_bindings_environment(b)};
        nf_expression expression;
        nf_error err = {0};

        if (nf_expression_compile(&expression, &scope, arena, text + head,
                                  size - head, NULL, &err) == NF_OK &&
            expression.root)
            call(&e, expression.root);
    }
    nf_bindings_free(b);
    nf_arena_free(arena);
    nf_timezone_close(utc);
    return 0;
}
