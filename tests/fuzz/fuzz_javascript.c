/* The sources of JavaScript actions: what is rewritten is text and keeps its
 * lines. */
#include "fuzz.h"

#include "base/text.h"
#include "javascript/rewrite.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
    "import a, { b as c } from \"m\";\nexport const { d, e: [f] = [1] } = g;\n"
    "export default class extends H {}\nexport * as i from 'j'\n",
    "export async function F(a) {\n  return a ? /x\\/[/]/g : `l${`m${n}`}`;\n}",
    "#!/bin/x\nexport { a as b, c };\nconst k = await import('p') /* q */\n",
    "export let a = b\n  / 2, c = { d: 1 }\nexport default async (x) => x\n",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0};

static size_t lines(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nf_js_source source;
    nf_error err = {0};
    const char *text = (const char *)data;

    if (nf_js_rewrite(&source, text, size, &err) == NF_OK) {
        size_t length = strlen(source.code);

        if (lines(source.code, length) != lines(text, size))
            abort();
        if (nf_utf8_valid(text, size) && !nf_utf8_valid(source.code, length))
            abort();
    } else if (err.status != NF_INPUT) {
        abort();
    }
    nf_js_source_dispose(&source);
    return 0;
}
