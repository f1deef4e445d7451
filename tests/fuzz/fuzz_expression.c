/* Any text as an expression, in both engines, from lexer to evaluation. The
 * first byte chooses the engine; the
 * bindings stand before the first line end. */
#include "fuzz.h"

#include "interpreter/evaluate.h"

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

static void evaluate(const nf_bindings *b, const char *text, size_t length)
{
    nf_evaluated *evaluated;
    nf_buffer answer;

    if (nf_bindings_evaluate(&evaluated, b, NULL, text, length, NULL) != NF_OK)
        return;
    nf_buffer_init(&answer, NF_BUFFER_MAX);
    nf_value_answer(nf_evaluated_evaluator(evaluated), &answer,
                    nf_evaluated_value(evaluated), NULL);
    nf_buffer_dispose(&answer);
    nf_evaluated_free(evaluated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now = 1700000000000;
    nf_timezone *utc = NULL;
    nf_timezone_open(&utc, "UTC");
    nf_environment environment = {
        .zone = utc,
        .language = "en_US",
        .new_string_behavior = true,
        .clock = nf_clock_fixed(&now),
        .limits = {.text_bytes = 1 << 20, .regex_ms = 200}};
    const char *text = (const char *)data, *line;
    nf_bindings *b = NULL;
    size_t head = 0;

    if (size > 0) {
        environment.engine = data[0] & 1 ? NF_ENGINE_SERVER : NF_ENGINE_CLIENT;
        text++;
        size--;
        line = memchr(text, '\n', size);
        head = line ? (size_t)(line - text) : 0;
    }
    if (utc)
        b = bind(&environment, text, head);
    if (b)
        evaluate(b, text + head, size - head);
    nf_bindings_free(b);
    nf_timezone_close(utc);
    return 0;
}
