/* What the checker tells the code generator, and how it reports errors
 * (expressions S15, S22, S23, S79; activities F16, V11). */
#include "helper_tree_eval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static bool find_variable(void *user, const char *name, size_t length,
                          nf_type *type, int32_t *slot)
{
    static const struct {
        const char *name;
        nf_kind kind;
    } variables[] = {{"Count", NF_KIND_INTEGER},
                     {"Price", NF_KIND_DECIMAL},
                     {"Name", NF_KIND_STRING},
                     {"Flag", NF_KIND_BOOLEAN}};
    size_t i;

    (void)user;
    for (i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strlen(variables[i].name) == length &&
            !memcmp(variables[i].name, name, length)) {
            *type = (nf_type){.kind = variables[i].kind};
            *slot = (int32_t)i;
            return true;
        }
    return false;
}

static const char *variable_name(void *user, size_t index)
{
    static const char *const names[] = {"Count", "Price", "Name", "Flag"};

    (void)user;
    return index < 4 ? names[index] : NULL;
}

static const nf_scope scope = {.engine = NF_ENGINE_CLIENT,
                               .variable = find_variable,
                               .variable_name = variable_name};

static nf_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = nf_arena_new();
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nf_arena_free(arena);
    return 0;
}

static const nf_expr *compile(const char *text)
{
    nf_expression expression;
    nf_error err = {0};

    assert_int_equal(nf_expression_compile(&expression, &scope, arena, text,
                                           strlen(text), NULL, &err),
                     NF_OK);
    return expression.root;
}

static nf_error failure(const char *text)
{
    nf_expression expression;
    nf_error err = {0};

    assert_int_equal(nf_expression_compile(&expression, &scope, arena, text,
                                           strlen(text), NULL, &err),
                     NF_FAILED);
    assert_null(expression.root);
    return err;
}

static void operators_know_their_case(void **state)
{
    const nf_expr *node = compile("$Count + 1");

    (void)state;
    assert_int_equal(node->op, NF_EXPR_ADD);
    assert_int_equal(node->mode, NF_ARITHMETIC_INTEGER);
    assert_int_equal(node->type.kind, NF_KIND_INTEGER);
    assert_true(node->present);
    assert_int_equal(node->operands[0]->as.variable.slot, 0);
    assert_false(node->operands[0]->present);
    assert_int_equal(compile("$Count * $Price")->mode, NF_ARITHMETIC_NUMBER);
    assert_int_equal(compile("$Count + $Name")->mode, NF_ARITHMETIC_TEXT);
    assert_int_equal(compile("$Count div 2")->type.kind, NF_KIND_DECIMAL);
    assert_int_equal(compile("$Count < 2")->mode, NF_COMPARE_INTEGER);
    assert_int_equal(compile("$Count < 2.5")->mode, NF_COMPARE_NUMBER);
    assert_int_equal(compile("$Name = empty")->mode, NF_COMPARE_EMPTY);
    assert_int_equal(compile("if $Flag then 1 else 2.5")->type.kind,
                     NF_KIND_DECIMAL);
    assert_int_equal(compile("not($Flag)")->op, NF_EXPR_NOT);
}

static void constants_fold(void **state)
{
    const nf_expr *node = compile("'a' + (2 * 3)");

    (void)state;
    assert_int_equal(node->op, NF_EXPR_LITERAL);
    assert_string_equal(node->as.value.as.string->text, "a6");
    assert_int_equal(node->as.value.as.string->references, NF_IMMORTAL);
    assert_int_equal(compile("if 1 < 2 then $Count else 7")->op,
                     NF_EXPR_VARIABLE);
    assert_string_equal(
        compile("toUpperCase(trim(' a ') + length('bcd'))")
            ->as.value.as.string->text,
        "A3");
    /* Zone, language, rounding and clock are those of a session. */
    assert_int_equal(compile("beginOfDay(dateTimeUTC(2024))")->op,
                     NF_EXPR_CALL);
    assert_int_equal(compile("toString(dateTimeUTC(2024))")->op, NF_EXPR_CALL);
    assert_int_equal(compile("dateTimeToEpoch(dateTimeUTC(1970))")->op,
                     NF_EXPR_LITERAL);
    assert_int_equal(compile("round(2.5)")->op, NF_EXPR_CALL);
    assert_int_equal(compile("random()")->op, NF_EXPR_CALL);
    /* A failure is left to run time, where a handler may take it. */
    assert_int_equal(compile("1 div 0")->op, NF_EXPR_DIVIDE);
    assert_int_equal(compile("9223372036854775807 + 1")->op, NF_EXPR_ADD);
    /* Beyond 64 bits the digits live in the arena. */
    node = compile("12345678901234567890.5 * 2");
    assert_int_equal(node->op, NF_EXPR_LITERAL);
    assert_true(node->as.value.big);
}

static void errors_have_a_place_and_a_hint(void **state)
{
    nf_error err = failure("1 + $count");

    (void)state;
    assert_string_equal(err.code, "expression_error");
    assert_string_equal(err.detail, "E-NAME");
    assert_int_equal(err.position, 4);
    assert_non_null(strstr(err.message, "$Count"));
    err = failure("TRIM('a')");
    assert_string_equal(err.detail, "E-FUNC");
    assert_non_null(strstr(err.message, "trim"));
    err = failure("$Flag and $Count");
    assert_string_equal(err.detail, "E-TYPE");
    assert_int_equal(err.position, 6);
    err = failure("trim('a' 1)");
    assert_string_equal(err.detail, "E-SYNTAX");
    assert_int_equal(err.position, 9);
}

/* S22: nesting and chains are bounded, and neither overruns the stack. */
static void depth_is_bounded(void **state)
{
    enum { LEVELS = 600, TERMS = 1500 };
    char *text = calloc(1, TERMS * 10), *at = text;
    int i;

    (void)state;
    assert_non_null(text);
    memset(text, '(', LEVELS);
    text[LEVELS] = '1';
    memset(text + LEVELS + 1, ')', LEVELS);
    text[2 * LEVELS + 1] = '\0';
    assert_string_equal(failure(text).detail, "E-SYNTAX");
    memset(text, '-', LEVELS);
    text[LEVELS] = '\0';
    assert_string_equal(failure(text).detail, "E-SYNTAX");
    for (i = 0; i < TERMS; i++)
        at = stpcpy(at, i ? "+$Count" : "$Count");
    assert_int_equal(compile(text)->type.kind, NF_KIND_INTEGER);
    free(text);
}

static void assignment_rules(void **state)
{
    const nf_type integer = {.kind = NF_KIND_INTEGER};
    const nf_type decimal = {.kind = NF_KIND_DECIMAL};
    const nf_type empty = {.kind = NF_KIND_EMPTY};
    nf_expression expression;
    nf_error err = {0};

    (void)state;
    assert_true(nf_type_assignable(&decimal, &integer));
    assert_false(nf_type_assignable(&integer, &decimal));
    assert_true(nf_type_assignable(&integer, &empty));
    assert_int_equal(nf_expression_compile(&expression, &scope, arena,
                                           "$Count div 2", 12, &integer, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "type_mismatch");
    assert_string_equal(err.detail, "E-TYPE");
    assert_true(expression.parsed);
    /* S7 */
    assert_int_equal(nf_expression_compile(&expression, &scope, arena, " \n", 2,
                                           &integer, NULL),
                     NF_OK);
    assert_true(expression.blank);
    assert_null(expression.root);
}

static void function_table_is_complete(void **state)
{
    size_t i;

    (void)state;
    assert_int_equal(nf_function_count(), 100);
    for (i = 0; i < nf_function_count(); i++) {
        const char *name = nf_function_at(i)->name;

        assert_ptr_equal(nf_function_find(name, strlen(name)),
                         nf_function_at(i));
        assert_true(i == 0 || strcmp(nf_function_at(i - 1)->name, name) < 0);
    }
    assert_null(nf_function_find("tri", 3));
    assert_null(nf_function_find("trimm", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_know_their_case),
        cmocka_unit_test(constants_fold),
        cmocka_unit_test(errors_have_a_place_and_a_hint),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(assignment_rules),
        cmocka_unit_test(function_table_is_complete),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
