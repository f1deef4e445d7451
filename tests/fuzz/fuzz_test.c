/* Test files and bodies: any text gives tests, flows or an error (test E1 … E5,
 * E14, E44). */
#include "fuzz.h"

#include "base/memory.h"
#include "models/model.h"
#include "testing/body.h"
#include "testing/file.h"

const char *const fuzz_seeds[] = {
    "mdl 1;\n/** @user anna\n * @data x.jsonl\n */\n/\n"
    "/** @test a\n * @each | n | t |\n * | 1 | 'x|y' |\n"
    " * @expect count($l) <> 2 and $queue/M.E = 0 */\n"
    "declare $l list of M.E = empty; set $a = 'it''s; /* no */'; -- end\n"
    "if $a = 'b' then return; elsif true then commit $b; else delete $c; end "
    "if;\nloop $i in $l begin continue; end loop;\n/\n",
    "/** @test b */ $r = call nanoflow M.N (A = f(1, 'x'), B = [%Now%]) on "
    "error { log info 'x'; go offline; advance clock 3 days; };\n"
    "while true begin if 1 = 2 then return 3; end if; break; end while;\n"
    "retrieve $x from M.E where [A > 1] sort by B desc, C limit 3;\n"
    "validation feedback $x/A message 'no'; show page M.P (O = $x);\n"
    "on phone { sign in as 'bert'; expect $sync/uploaded = 1; restart app; }",
    "# Words\n```mdl-test\n/** @test c */ synchronize $a, $b;\n```\nmore\n",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0};

static const nf_model *model(void)
{
    static nf_model *opened;
    nf_error err = {0};
    if (!opened && nf_model_open(&opened, NF_FUZZ_MODEL, &err) != NF_OK)
        abort();
    return opened;
}

static void read_body(const nf_test_file *file, const nf_test_case *test)
{
    nf_test_parts parts;
    nf_error err = {0};
    nf_arena *arena = nf_arena_new();
    nf_test_invariant invariant = {"$a > 0 or count($b) = 1", 1};
    nf_test_source source = {.model = model(),
                             .body = test->body,
                             .before = "declare $a Integer = 1;",
                             .line = test->body_line,
                             .language = file->language,
                             .invariants = &invariant,
                             .invariant_count = 1};
    const nf_element *flow;
    if (arena)
        nf_test_body(&parts, arena, &source, &err);
    for (size_t i = 0; arena && i < test->tags.count; i++) {
        nf_error ignored = {0};
        nf_test_assertion(&flow, arena, "expect", test->tags.items[i].value, 1,
                          &ignored);
    }
    nf_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.test.mdl", "a.test.md"};
    char *text = nf_strndup((const char *)data, size);
    for (size_t i = 0; text && i < 2; i++) {
        nf_test_file *file;
        nf_error err = {0};
        if (nf_test_file_parse(&file, names[i], text, strlen(text), &err) !=
            NF_OK)
            continue;
        for (size_t k = 0; k < file->count; k++)
            read_body(file, &file->cases[k]);
        nf_test_file_free(file);
    }
    nf_free(text);
    return 0;
}
