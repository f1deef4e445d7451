/* testing/file.c and testing/body.c: files of tests and bodies (test E1 …
 * E5, E11, E14). */
#include "testing/body.h"
#include "testing/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

static nf_test_file *parse(const char *path, const char *text, nf_error *err)
{
    nf_test_file *file;
    nf_error_clear(err);
    nf_test_file_parse(&file, path, text, strlen(text), err);
    return file;
}

/* ---- files --------------------------------------------------------------- */

static void endings(void **state)
{
    (void)state; /* E1 */
    assert_true(nf_test_is_file("a.test.mdl"));
    assert_true(nf_test_is_file("x/A.TEST.MD"));
    assert_false(nf_test_is_file("a.mdl"));
    assert_false(nf_test_is_file("test.md"));
}

static void chunks(void **state)
{
    (void)state; /* E2, E4 */
    nf_error err;
    nf_test_file *file = parse(
        "a.test.mdl",
        "-- '/** @test not this */'\n/* nor this */\n"
        "/** @test one\n * @expect $a = '@x'\n */\n\n  set $a = '/** '; \n"
        "  /  \n"
        "no test here;\n/\n"
        "/**\n * @test two words\n * said at the end @expect\n */",
        &err);
    assert_non_null(file);
    assert_int_equal(file->count, 2);
    assert_string_equal(file->cases[0].name, "one");
    assert_string_equal(file->cases[0].body, "set $a = '/** ';");
    assert_int_equal(file->cases[0].line, 3);
    assert_int_equal(file->cases[0].body_line, 7);
    const nf_test_tag *tag = nf_test_tag_find(&file->cases[0].tags, "expect");
    assert_non_null(tag);
    assert_string_equal(tag->value, "$a = '@x'");
    assert_int_equal(tag->line, 4);
    assert_string_equal(file->cases[1].name, "two words");
    assert_string_equal(file->cases[1].body, "");
    assert_null(nf_test_tag_find(&file->cases[1].tags, "expect"));
    nf_test_file_free(file);
}

static void headers(void **state)
{
    (void)state; /* E3, E9, E40 */
    nf_error err;
    nf_test_file *file = parse(
        "a.test.mdl", "mdl 1;\n/** @user anna */\n/\n/** @test a */", &err);
    assert_non_null(file);
    assert_int_equal(file->language, 1);
    assert_int_equal(file->count, 1);
    assert_string_equal(nf_test_tag_find(&file->header, "user")->value, "anna");
    nf_test_file_free(file);
    assert_null(parse("a.test.mdl", "mdl 9;\n/** @test a */", &err));
    assert_string_equal(err.code, "bad_test");
    assert_null(
        parse("a.test.mdl", "\n/** @throws */\n/\n/** @test a */", &err));
    assert_int_equal(err.line, 2);
}

static void broken(void **state)
{
    (void)state; /* E4 */
    nf_error err;
    assert_null(parse("a.test.mdl", "/** @test a */\n\n/** @test b */", &err));
    assert_int_equal(err.line, 3);
    assert_non_null(strstr(err.message, "line 1"));
    assert_null(parse("a.test.mdl", "/** @test a", &err));
    assert_null(parse("a.test.mdl", "/** @test a */ set $a = 'x", &err));
    assert_null(parse("a.test.mdl", "\xff", &err));
    assert_null(parse("a.test.md", "```mdl-test\n/** @test a */\n", &err));
}

static void blocks(void **state)
{
    (void)state; /* E11 */
    nf_error err;
    nf_test_file *file = parse("a.test.md",
                               "prose\n```mdl-test\n/** @test a */ x;\n```\n"
                               "```other\n```\n  ```mdl-test extra\ny;\n```\n",
                               &err);
    assert_non_null(file);
    assert_int_equal(file->count, 2);
    assert_string_equal(file->cases[0].name, "a");
    assert_string_equal(file->cases[0].body, "x;");
    assert_string_equal(file->cases[1].name, "test at line 8");
    assert_string_equal(file->cases[1].body, "y;");
    nf_test_file_free(file);
}

static void rows(void **state)
{
    (void)state; /* E41 */
    nf_error err;
    nf_test_file *file = parse(
        "a.test.mdl",
        "/** @test a\n * @each | n |\n * | 1 |\n * @skip x\n * | 2 |\n */",
        &err);
    assert_non_null(file);
    const nf_test_tags *tags = &file->cases[0].tags;
    assert_int_equal(tags->count, 5);
    assert_string_equal(tags->items[1].name, "each");
    assert_string_equal(tags->items[2].value, "| n |");
    assert_string_equal(tags->items[3].value, "| 1 |");
    assert_string_equal(tags->items[4].name, "skip");
    nf_test_file_free(file);
}

/* ---- bodies -------------------------------------------------------------- */

static size_t objects(const nf_element *flow, const char *type)
{
    const nf_element *held = nf_element_part(flow, "ObjectCollection");
    size_t found = 0;
    for (size_t i = 0; i < nf_element_count(held, "Objects"); i++) {
        const nf_element *item = nf_element_item(held, "Objects", i);
        const nf_element *action = nf_element_part(item, "Action");
        found += nf_element_is(action ? action : item, type);
    }
    return found;
}

static const nf_element *read_body(nf_arena *arena, const char *body,
                                   nf_error *err)
{
    nf_test_parts parts;
    nf_test_source source = {.body = body, .before = "", .line = 1};
    nf_error_clear(err);
    if (nf_test_body(&parts, arena, &source, err) != NF_OK)
        return NULL;
    assert_true(parts.count > 0);
    return parts.items[0].flow;
}

static void statements(void **state)
{
    (void)state; /* E14 */
    const nf_element *flow;
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    const char *text = "SET $a = 'x;''--' -- why\n;\n"
                       "if $a = 'y' then return; else commit $b; end if;\n"
                       "loop $i in $l begin break; end loop;";
    assert_non_null(flow = read_body(arena, text, &err));
    assert_int_equal(objects(flow, "Microflows$StartEvent"), 1);
    assert_int_equal(objects(flow, "Microflows$EndEvent"), 1);
    assert_int_equal(objects(flow, "Test$SetAction"), 1);
    assert_int_equal(objects(flow, "Test$StopAction"), 1);
    assert_int_equal(objects(flow, "Microflows$ExclusiveSplit"), 1);
    assert_int_equal(objects(flow, "Microflows$CommitAction"), 1);
    assert_int_equal(objects(flow, "Microflows$LoopedActivity"), 1);
    assert_int_equal(nf_element_count(flow, "Flows"), 7);
    nf_arena_free(arena);
}

static void malformed(void **state)
{
    static const struct {
        const char *body, *message;
        long line;
    } cases[] = {
        {"\nset $a = ;", "expected an expression", 2},
        {"set a = 1;", "expected a variable", 1},
        {"set $a = 1", "expected \";\"", 1},
        {"\n\ndraw page M.P;", "\"draw\" is not supported", 3},
        {"show page;", "expected a page", 1},
        {"go away;", "expected \"offline\"", 1},
        {"advance clock 5 fortnights;", "the clock advances by", 1},
        {"if true then restart app; end if;", "outside of loops", 1},
        {"on A { on B { } }", "none of another", 1},
        {"sign in as bert;", "expected a text in quotes", 1},
        {"expect ;", "expected an expression", 1},
        {"break;", "belongs into a loop", 1},
        {"return; commit $a;", "nothing leads", 1},
        {"if true then", "expected \"end\"", 1},
        {"call rule M.J();", "supported", 1},
        {"$a = head();", "expected a variable", 1},
        {"$a = sum($l, );", "expected an expression", 1},
        {"case $e then end case;", "expected \"when\"", 1},
        {"case $e when () then end case;", "expected a value", 1},
        {"log '{1}' with ({2} = 1);", "expected \"{1}\"", 1},
        {"log $x with ({1} = 1);", "behind a text in quotes", 1},
        {"show message 'x' type Loud;", "an error", 1},
        {"commit $a on; ", "expected \"error\"", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nf_error err = {0};
        nf_arena *arena = nf_arena_new();
        assert_null(read_body(arena, cases[i].body, &err));
        assert_non_null(strstr(err.message, cases[i].message));
        assert_int_equal(err.line, cases[i].line);
        nf_arena_free(arena);
    }
}

static void nesting(void **state)
{
    (void)state;
    char body[4096] = "";
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    for (int i = 0; i < 60; i++)
        strcat(body, "if true then ");
    assert_null(read_body(arena, body, &err));
    assert_non_null(strstr(err.message, "too deeply"));
    nf_arena_free(arena);
}

static void expressions(void **state)
{
    (void)state; /* E6, E42 */
    const nf_element *flow;
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    assert_int_equal(
        nf_test_assertion(&flow, arena, "expect",
                          "count($l) <> 2 and $x = '<>count($l)' and "
                          "$sync/uploaded = 1 and count($queue) = 0",
                          7, &err),
        NF_OK);
    assert_int_equal(objects(flow, "Microflows$AggregateAction"), 1);
    assert_int_equal(objects(flow, "Test$LookAction"), 2);
    const nf_element *held = nf_element_part(flow, "ObjectCollection");
    const nf_element *activity =
        nf_element_item(held, "Objects", nf_element_count(held, "Objects") - 2);
    const nf_element *action = nf_element_part(activity, "Action");
    const char *text = nf_element_string(action, "Expression", "");
    assert_non_null(strstr(text, " != 2 and $x = '<>count($l)' and $_look_"));
    assert_string_equal(nf_element_item_string(action, "Shown", 0),
                        "count($l)");
    assert_string_equal(nf_element_item_string(action, "Shown", 1), "$x");
    char id[NF_GUID_TEXT_SIZE];
    nf_guid_text(&activity->id, id);
    assert_int_equal(nf_make_line(id), 7);
    nf_arena_free(arena);
}

static void parts(void **state)
{
    (void)state; /* E41 @device, E44 */
    nf_test_parts all;
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    nf_test_source source = {.body = "on A { commit $a; restart app; }\n"
                                     "on B { sign in as 'bert'; go offline; "
                                     "sign out; }",
                             .before = "",
                             .line = 1};
    assert_int_equal(nf_test_body(&all, arena, &source, &err), NF_OK);
    static const struct {
        nf_test_part_kind kind;
        const char *device;
    } expected[] = {{NF_TEST_RUN, "A"},
                    {NF_TEST_RESTART, "A"},
                    {NF_TEST_SIGN_IN, "B"},
                    {NF_TEST_RUN, "B"},
                    {NF_TEST_SIGN_OUT, "B"}};
    assert_int_equal(all.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(all.items[i].kind, expected[i].kind);
        assert_string_equal(all.items[i].device, expected[i].device);
    }
    assert_string_equal(all.items[2].user, "bert");
    nf_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings),    cmocka_unit_test(chunks),
        cmocka_unit_test(headers),    cmocka_unit_test(broken),
        cmocka_unit_test(blocks),     cmocka_unit_test(rows),
        cmocka_unit_test(statements), cmocka_unit_test(malformed),
        cmocka_unit_test(nesting),    cmocka_unit_test(expressions),
        cmocka_unit_test(parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
