/* Import and export statements are taken out of a source and told (activities
 * J16); everything else stays, line by line. */
#include "javascript/rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static nf_js_source rewrite(const char *text)
{
    nf_js_source source;
    nf_error err = {0};
    nf_status status = nf_js_rewrite(&source, text, strlen(text), &err);

    if (status != NF_OK)
        fail_msg("%s: %s", text, err.message);
    return source;
}

/* What is left of a source. */
static void becomes(const char *text, const char *code)
{
    nf_js_source source = rewrite(text);

    assert_string_equal(source.code, code);
    nf_js_source_dispose(&source);
}

static void stays(const char *text)
{
    nf_js_source source = rewrite(text);

    assert_string_equal(source.code, text);
    assert_false(source.module);
    assert_int_equal(source.import_count, 0);
    nf_js_source_dispose(&source);
}

static void refused(const char *text, const char *message)
{
    nf_js_source source;
    nf_error err = {0};

    assert_int_equal(nf_js_rewrite(&source, text, strlen(text), &err),
                     NF_INPUT);
    assert_string_equal(err.code, "bad_source");
    assert_non_null(strstr(err.message, message));
    nf_js_source_dispose(&source);
}

static void names_are(const nf_js_name *names, size_t count,
                      const char *expected)
{
    char text[256] = "";

    for (size_t i = 0; i < count; i++) {
        strcat(text, names[i].name);
        strcat(text, ">");
        strcat(text, names[i].as);
        strcat(text, " ");
    }
    assert_string_equal(text, expected);
}

/* The one import of a source. */
static void imports(const char *text, const char *from, const char *names,
                    const char *exports)
{
    nf_js_source source = rewrite(text);

    assert_true(source.module);
    assert_int_equal(source.import_count, 1);
    assert_string_equal(source.imports[0].from, from);
    names_are(source.imports[0].names, source.imports[0].name_count, names);
    names_are(source.imports[0].exports, source.imports[0].export_count,
              exports);
    nf_js_source_dispose(&source);
}

static void test_imports(void **state)
{
    (void)state;
    imports("import \"mx-global\";", "mx-global", "", "");
    imports("import a from 'b'", "b", "default>a ", "");
    imports("import { a, b as c, default as d, } from \"m\";", "m",
            "a>a b>c default>d ", "");
    imports("import*as a from\"m\";", "m", "*>a ", "");
    imports("import a, { b } from \"m\";", "m", "default>a b>b ", "");
    imports("import a, * as b from \"m\";", "m", "default>a *>b ", "");
    imports("import {\n  from, // a name\n  as as as\n} from /* m */ \"m\";",
            "m", "from>from as>as ", "");
    imports("import a from \"./a.json\" with { type: \"json\" };", "./a.json",
            "default>a ", "");
    becomes("import a from 'b';\nimport 'c'\nf();", ";\n;\nf();");
    becomes("import {\n a\n} from 'b'; f();", ";\n\n f();");
    becomes("\xEF\xBB\xBFimport a from 'b';\r\nexport { a };\r\n",
            "__nf.exports({\"a\": () => a, });\xEF\xBB\xBF;\r\n;\r\n");
}

static void test_exports(void **state)
{
    (void)state;
    becomes(
        "export async function F(a) { return a; }",
        "__nf.exports({\"F\": () => F, });async function F(a) { return a; }");
    becomes("export function* g() {}",
            "__nf.exports({\"g\": () => g, });function* g() {}");
    becomes("export class A extends B {}",
            "__nf.exports({\"A\": () => A, });class A extends B {}");
    becomes(
        "export const a = 1, b = f(2, 3)\nexport let c;",
        "__nf.exports({\"a\": () => a, \"b\": () => b, \"c\": () => c, });const a = "
        "1, b = f(2, 3)\nlet c;");
    becomes(
        "export const { a, b: [c, ...d], e = g(1, 2), [k]: h } = o;",
        "__nf.exports({\"a\": () => a, \"c\": () => c, \"d\": () => d, \"e\": () => e, "
        "\"h\": () => h, });const { a, b: [c, ...d], e = g(1, 2), [k]: h } = o;");
    becomes("const a = 1;\nexport{a as b};",
            "__nf.exports({\"b\": () => a, });const a = 1;\n;");
    becomes("export default function () {}",
            "__nf.exports({\"default\": () => __nf_default, });function "
            "__nf_default  () {}");
    becomes("export default class A {}",
            "__nf.exports({\"default\": () => A, });class A {}");
    becomes("export default async (a) => a;",
            "__nf.exports({\"default\": () => __nf_default, });const "
            "__nf_default = async (a) => a;");
    becomes("export default { a: 1 }",
            "__nf.exports({\"default\": () => __nf_default, });const "
            "__nf_default = { a: 1 }");
    imports("export { a, b as c } from 'm';", "m", "", "a>a b>c ");
    imports("export * from 'm';", "m", "", "*>* ");
    imports("export * as n from 'm'", "m", "", "*>n ");
}

/* What a source exports of its own. */
static void exports_are(const char *text, const char *expected)
{
    nf_js_source source = rewrite(text);

    names_are(source.exports, source.export_count, expected);
    nf_js_source_dispose(&source);
}

static void test_own_exports(void **state)
{
    (void)state;
    exports_are("const a = 1; export { a, a as \"a text\", a as default };",
                "a>a a>a text a>default ");
    exports_are("export default async function* f() {}", "f>default ");
    exports_are("export default class {}", "__nf_default>default ");
    exports_are("export let { a, ...b } = c, [d] = /[,]/.exec(`,`)",
                "a>a b>b d>d ");
    exports_are(
        "export var a\nexport const b = x => x\n/2/1; export class C {}",
        "a>a b>b C>C ");
    exports_are("export * from 'a'; export { b } from 'c'; exports.d = 1", "");
    exports_are("function f() {}\nexport { f };\nexport function f() {}",
                "f>f f>f ");
}

static void test_what_only_looks_like_it(void **state)
{
    (void)state;
    stays("// import a from 'b'\n/* export default 1 */ f();");
    stays("f('one \\\r\nline');\r\ng(\"two \\\nlines\");");
    stays("const s = \"import a from 'b'\", t = 'export {';");
    stays("const t = `import a from 'b' ${f({a: `export ${1}`})} export {`;");
    stays("const r = /import a from 'b'/; const q = a / 2 / import_;");
    stays("if (a) /export {/.test(b);");
    stays("const d = (a + b) / c; const e = f[0] / 2; x++ / 2;");
    stays("const o = { import: 1, export: 2 }; o.import(3); o.export;");
    stays("const r = [/[/\\]]/, /\\//g, a ? /x/ : /y/];");
    stays("function f() { return /[`\"']/; }\n`}`;");
    stays("const o = { import() { return 1; } };");
    stays("({}) / 2; +{} / 3;");
    stays("x = a ? { b: 1 } / 2 : /c/;");
}

static void test_expressions(void **state)
{
    (void)state;
    becomes("const m = await import('m');",
            "const m = await __nf.import('m');");
    becomes(
        "export const f = () => import(`a`);",
        "__nf.exports({\"f\": () => f, });const f = () => __nf.import(`a`);");
    becomes("f(import.meta.url);", "f(__nf.meta.url);");
}

static void test_faults(void **state)
{
    (void)state;
    refused("f(\"abc\n\");", "line 1: a text has no end");
    refused("\n\nconst t = `abc ${1} ;", "line 3: a template has no end");
    refused("f(;", "a bracket has no end");
    refused("f)", "fits no opening one");
    refused("/* abc", "a comment has no end");
    refused("\nimport a form 'b';", "line 2: \"from\" is expected");
    refused("import { a b } from 'c';", "\",\" or \"}\" is expected");
    refused("export 5;", "what is exported is expected");
    refused("a = /abc\n/", "a regular expression has no end");
    refused("f();\nconst e = <div></div>;",
            "line 2: \"</\" begins no value; JSX is for compilers");
}

/* Wherever it stands. */
static void test_nul(void **state)
{
    static const char *const texts[] = {"f();\n'a%b'", "f();\n/* % */",
                                        "f();\n`%`", "f();\n%"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[32];
        size_t length = strlen(texts[i]);
        nf_js_source source;
        nf_error err = {0};

        memcpy(text, texts[i], length + 1);
        *strchr(text, '%') = '\0';
        assert_int_equal(nf_js_rewrite(&source, text, length, &err), NF_INPUT);
        assert_string_equal(err.message, "line 2: a source holds no NUL");
        nf_js_source_dispose(&source);
    }
}

/* Every beginning of a source is answered, and nothing is read behind it. */
static void test_cut(void **state)
{
    static const char text[] =
        "import a, { b as c } from \"m\"; export const { d, e: [f] = [1] } = "
        "g; export default class extends H {} export * as i from 'j'; k = "
        "`l${`m${n}`}` / /[o/]/g; import('p') /* q */";

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        nf_js_source source;
        nf_error err = {0};

        nf_js_rewrite(&source, text, length, &err);
        nf_js_source_dispose(&source);
    }
}

/* What bundlers put in its place. */
static void test_environment(void **state)
{
    (void)state;
    becomes("if (process.env.NODE_ENV !== 'x') a()",
            "if (\"production\" !== 'x') a()");
    becomes("f(process\n  .env.NODE_ENV)", "f(\"production\"\n)");
    stays("a.process.env.NODE_ENV");
    stays("process.env.NODE_ENV = 'x';");
    becomes("process.env.NODE_ENV === 'x'", "\"production\" === 'x'");
    stays("process.env.HOME + typeof process + '{process.env.NODE_ENV}'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_exports),
        cmocka_unit_test(test_own_exports),
        cmocka_unit_test(test_what_only_looks_like_it),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
