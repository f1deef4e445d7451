/* See helper_random_expression.h. */
#include "helper_random_expression.h"

#include "helper_tree_eval.h"
#include "interpreter/evaluate.h"

#include <string.h>

enum { DEEPEST = 5, TEXT_LIMIT = 20000 };

const char random_bindings[] =
    "$s=String:Straße 7, 😀;$se=String:<empty>;$i=Integer:42;"
    "$ie=Integer:<empty>;$d=Decimal:-12.345;$de=Decimal:<empty>;"
    "$b=Boolean:true;$t=DateTime:2024-03-10T07:05:09.045Z;"
    "$te=DateTime:<empty>;$e=Enumeration:M.E.A;$l=List:3;$z=List:0;"
    "$o=Object:M.E{Name=String:x;y,Count=Integer:3,Price=Decimal:2.50,"
    "When=DateTime:2024-11-03T05:30:00.000Z,None=String:<empty>,"
    "M.A=Object:M.F{Title=String:deep,M.B=Object:<empty>}};"
    "@M.Text=String:text;@M.Max=Integer:10;@M.Rate=Decimal:0.19;"
    "$p=Object:<empty>;#M.E.A=String:First;#M.E.B=String:Second;"
    "%tz=America/New_York;%now=2026-03-31T03:30:15.250Z";

typedef struct generator {
    nf_buffer *out;
    nf_engine engine;
    const uint8_t *bytes;
    size_t length, at;
    int depth;
} generator;

static void generate(generator *g, nf_kind kind);

/* One of `count` choices. */
static unsigned choose(generator *g, unsigned count)
{
    return g->at < g->length ? g->bytes[g->at++] % count : 0;
}

static void put(generator *g, const char *text)
{
    nf_buffer_text(g->out, text);
}

static void pick(generator *g, const char *const *texts, unsigned count)
{
    put(g, texts[choose(g, count)]);
}
#define PICK(g, ...)                                                           \
    do {                                                                       \
        static const char *const texts[] = {__VA_ARGS__};                      \
        pick(g, texts, sizeof texts / sizeof *texts);                          \
    } while (0)

/* ---- leaves ------------------------------------------------------------- */

static void text_leaf(generator *g)
{
    PICK(g, "''", "$s", "$se", "'a'", "'it''s'", "'42'", "'-1.5e3'", "$o/Name",
         "$o/None", "$o/M.A/M.F/Title", "@M.Text", "'é😀'", "'a\nb'",
         "'yyyy-MM-dd HH:mm'", "'EEE d MMM yy h:mm a'", "'2024-03-10 02:30'",
         "'#,##0.00'", "'[a-z]+'", "'(a|b)*'", "'%41+%C3%A9'", "'\\d'", "'$'",
         "'10 Mar 2024'", "'d MMM yyyy'", "' x '");
}

static void leaf(generator *g, nf_kind kind)
{
    switch (kind) {
    case NF_KIND_STRING:
        text_leaf(g);
        break;
    case NF_KIND_INTEGER:
        PICK(g, "0", "1", "$i", "$ie", "2", "7", "@M.Max", "$o/Count",
             "length($l)", "9223372036854775807", "400", "2024");
        break;
    case NF_KIND_DECIMAL:
        PICK(g, "0.5", "$d", "$de", "1.0", "@M.Rate", "$o/Price",
             "12345678901234567890.125", "0.0000001", "3.14159");
        break;
    case NF_KIND_BOOLEAN:
        PICK(g, "true", "false", "$b", "($o = empty)", "($l = empty)",
             "($z != empty)", "isNew($o)");
        break;
    case NF_KIND_DATETIME:
        PICK(g, "$t", "$te", "dateTime(2024, 3, 10, 2, 30)", "$o/When",
             "[%CurrentDateTime%]", "[%BeginOfCurrentWeek%]",
             "[%EndOfYesterdayUTC%]", "dateTimeUTC(1969)");
        break;
    case NF_KIND_ENUMERATION:
        PICK(g, "M.E.A", "M.E.B", "$e");
        break;
    case NF_KIND_LIST:
        PICK(g, "$l", "$z");
        break;
    default:
        PICK(g, "$o", "$p");
        break;
    }
}

/* ---- calls -------------------------------------------------------------- */

/* A kind that the parameter takes. */
static nf_kind parameter_kind(generator *g, unsigned mask)
{
    static const nf_kind kinds[] = {
        NF_KIND_STRING,      NF_KIND_INTEGER, NF_KIND_DECIMAL, NF_KIND_DATETIME,
        NF_KIND_ENUMERATION, NF_KIND_BOOLEAN, NF_KIND_LIST,    NF_KIND_OBJECT};
    nf_kind fit[8];
    unsigned count = 0;
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (mask & 1u << kinds[i])
            fit[count++] = kinds[i];
    return fit[choose(g, count)];
}

/* Functions with a form that only one engine has, or whose result is not the
 * same twice. */
static bool is_special(const nf_function *f)
{
    static const char *const names[] = {"random",       "formatDecimal",
                                        "parseDecimal", "isSyncing",
                                        "isSynced",     "isNew"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(f->name, names[i]))
            return true;
    return false;
}

static bool gives(const generator *g, const nf_function *f, nf_kind kind)
{
    bool number = kind == NF_KIND_INTEGER || kind == NF_KIND_DECIMAL;

    if (is_special(f) ||
        !(f->engines &
          (g->engine == NF_ENGINE_CLIENT ? NF_ON_CLIENT : NF_ON_SERVER)))
        return false;
    if (f->rule == NF_RESULT_FIXED)
        return f->result == kind;
    return number || (f->rule == NF_RESULT_WIDEST && kind == NF_KIND_DATETIME);
}

static const nf_function *pick_function(generator *g, nf_kind kind)
{
    const nf_function *found = NULL;
    unsigned fit = 0, wanted;
    size_t i;

    for (i = 0; i < nf_function_count(); i++)
        fit += gives(g, nf_function_at(i), kind);
    if (fit == 0)
        return NULL;
    for (i = 0, wanted = choose(g, fit); !found; i++)
        if (gives(g, nf_function_at(i), kind) && wanted-- == 0)
            found = nf_function_at(i);
    return found;
}

static void call(generator *g, nf_kind kind)
{
    const nf_function *f = pick_function(g, kind);
    unsigned count, i;

    if (!f) {
        leaf(g, kind);
        return;
    }
    count = f->min + choose(g, (f->max < 6 ? f->max : 6u) - f->min + 1u);
    if (f->rule == NF_RESULT_ROUND)
        count = kind == NF_KIND_INTEGER ? 1 : 2;
    nf_buffer_format(g->out, "%s(", f->name);
    for (i = 0; i < count; i++) {
        unsigned mask = nf_function_takes(f, (int)i);

        if (i > 0)
            put(g, ", ");
        if (f->rule == NF_RESULT_ROUND && i == 1)
            PICK(g, "2", "-1", "$i");
        else if (f->rule == NF_RESULT_WIDEST || f->rule == NF_RESULT_FIRST)
            generate(g, kind);
        else
            generate(g, parameter_kind(g, mask));
    }
    put(g, ")");
}

/* ---- operators ---------------------------------------------------------- */

static void binary(generator *g, nf_kind left, const char *operator,
                   nf_kind right)
{
    put(g, "(");
    generate(g, left);
    put(g, operator);
    generate(g, right);
    put(g, ")");
}

static const char *one_of(generator *g, const char *const *texts,
                          unsigned count)
{
    return texts[choose(g, count)];
}

static void arithmetic(generator *g, nf_kind kind)
{
    static const char *const operators[] = {" + ",   " - ",   "*",
                                            " mod ", " div ", ":"};
    bool whole = kind == NF_KIND_INTEGER;
    const char *operator= one_of(g, operators, whole ? 4 : 6);
    unsigned mixed = whole ? 0 : choose(g, 3);

    if (choose(g, 6) == 5) {
        put(g, "-(");
        generate(g, kind);
        put(g, ")");
        return;
    }
    binary(g, mixed == 1 ? NF_KIND_INTEGER : kind, operator,
           mixed == 2 ? NF_KIND_INTEGER : kind);
}

static void concatenation(generator *g)
{
    static const nf_kind kinds[] = {NF_KIND_STRING, NF_KIND_INTEGER,
                                    NF_KIND_DECIMAL};
    nf_kind other = kinds[choose(g, 3)];

    if (choose(g, 2))
        binary(g, NF_KIND_STRING, " + ", other);
    else
        binary(g, other, " + ", NF_KIND_STRING);
}

static void comparison(generator *g)
{
    static const char *const operators[] = {" = ",  "!=", "<",
                                            " <= ", ">",  " >= "};
    static const nf_kind kinds[] = {
        NF_KIND_INTEGER, NF_KIND_DECIMAL, NF_KIND_STRING,     NF_KIND_DATETIME,
        NF_KIND_BOOLEAN, NF_KIND_OBJECT,  NF_KIND_ENUMERATION};
    unsigned which = choose(g, 7);
    const char *operator= one_of(g, operators, which < 4 ? 6 : 2);

    if (choose(g, 5) == 4) {
        put(g, "(");
        generate(g, kinds[which]);
        put(g, choose(g, 2) ? " = empty)" : " != empty)");
        return;
    }
    binary(g, kinds[which], operator,
           which == 1 && choose(g, 2) ? NF_KIND_INTEGER : kinds[which]);
}

static void logic(generator *g)
{
    static const char *const operators[] = {" and ", " or "};

    if (choose(g, 3) == 2) {
        put(g, "not(");
        generate(g, NF_KIND_BOOLEAN);
        put(g, ")");
        return;
    }
    binary(g, NF_KIND_BOOLEAN, one_of(g, operators, 2), NF_KIND_BOOLEAN);
}

static void condition(generator *g, nf_kind kind)
{
    bool nothing = choose(g, 4) == 3;

    put(g, "(if ");
    generate(g, NF_KIND_BOOLEAN);
    put(g, " then ");
    generate(g, kind);
    put(g, " else ");
    if (nothing)
        put(g, "empty");
    else
        generate(g, kind);
    put(g, ")");
}

static void operation(generator *g, nf_kind kind)
{
    switch (kind) {
    case NF_KIND_STRING:
        concatenation(g);
        break;
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        arithmetic(g, kind);
        break;
    case NF_KIND_BOOLEAN:
        if (choose(g, 2))
            logic(g);
        else
            comparison(g);
        break;
    default:
        leaf(g, kind);
        break;
    }
}

static void generate(generator *g, nf_kind kind)
{
    if (g->depth >= DEEPEST) {
        leaf(g, kind);
        return;
    }
    g->depth++;
    switch (kind == NF_KIND_LIST ? 0 : choose(g, 6)) {
    case 0:
    case 1:
        leaf(g, kind);
        break;
    case 2:
        operation(g, kind);
        break;
    case 3:
        condition(g, kind);
        break;
    default:
        call(g, kind);
        break;
    }
    g->depth--;
}

void random_expression(nf_buffer *out, nf_engine engine, const uint8_t *bytes,
                       size_t length)
{
    static const nf_kind kinds[] = {
        NF_KIND_STRING,   NF_KIND_INTEGER,     NF_KIND_DECIMAL, NF_KIND_BOOLEAN,
        NF_KIND_DATETIME, NF_KIND_ENUMERATION, NF_KIND_OBJECT};
    generator g = {
        .out = out, .engine = engine, .bytes = bytes, .length = length};

    generate(&g, kinds[choose(&g, 7)]);
}

/* ---- comparing ---------------------------------------------------------- */

static void answer_failure(nf_buffer *out, nf_status status,
                           const nf_error *err)
{
    if (status != NF_OK)
        nf_buffer_format(out, "%s %s at %ld: %s", err->code, err->detail,
                         err->position, err->message);
}

static bool by_machine(nf_buffer *out, const nf_bindings *b,
                       nf_function_cache *cache, const nf_buffer *text)
{
    nf_evaluated *evaluated;
    nf_error err = {0};
    nf_status status = nf_bindings_evaluate(&evaluated, b, cache, text->data,
                                            text->length, &err);

    if (status == NF_OK)
        status = nf_value_answer(nf_evaluated_evaluator(evaluated), out,
                                 nf_evaluated_value(evaluated), &err);
    answer_failure(out, status, &err);
    nf_evaluated_free(evaluated);
    return status == NF_OK;
}

/* False if it does not even compile. */
static bool by_tree(nf_buffer *out, const nf_bindings *b,
                    nf_function_cache *cache, const nf_buffer *text)
{
    nf_evaluator e = {.environment = nf_bindings_environment(b),
                      .objects = nf_bindings_objects(b),
                      .cache = cache};
    nf_scope scope = nf_bindings_scope(b);
    nf_arena *arena = nf_arena_new();
    nf_value value = nf_empty();
    nf_expression expression;
    nf_error err = {0};
    nf_status status = nf_expression_compile(
        &expression, &scope, arena, text->data, text->length, NULL, &err);
    /* What is known of literals at once may be out of range. */
    bool compiled = status == NF_OK || !strcmp(err.detail, "E-RANGE") ||
                    !strcmp(err.detail, "E-OVERFLOW");

    if (status == NF_OK)
        status = tree_evaluate(&e, b, expression.root, &value, &err);
    if (status == NF_OK)
        status = nf_value_answer(&e, out, &value, &err);
    answer_failure(out, status, &err);
    nf_value_release(&value);
    nf_arena_free(arena);
    return compiled;
}

static bool compare(nf_buffer *report, bool *valued, const nf_bindings *b,
                    const nf_buffer *text)
{
    nf_function_cache *cache = nf_function_cache_new();
    nf_buffer machine, tree;
    bool agree;

    nf_buffer_init(&machine, NF_BUFFER_MAX);
    nf_buffer_init(&tree, NF_BUFFER_MAX);
    *valued = by_machine(&machine, b, cache, text);
    agree = by_tree(&tree, b, cache, text) && machine.length == tree.length &&
            !memcmp(nf_buffer_string(&machine), nf_buffer_string(&tree),
                    machine.length);
    nf_buffer_add(report, text->data, text->length);
    if (!agree)
        nf_buffer_format(report, "\n  machine: %s\n  tree:    %s",
                         nf_buffer_string(&machine), nf_buffer_string(&tree));
    nf_buffer_dispose(&machine);
    nf_buffer_dispose(&tree);
    nf_function_cache_free(cache);
    return agree;
}

bool random_evaluations_agree(nf_buffer *report, bool *valued, nf_engine engine,
                              const uint8_t *bytes, size_t length)
{
    nf_timezone *utc = NULL;
    nf_timezone_open(&utc, "UTC");
    nf_environment environment = {.engine = engine,
                                  .zone = utc,
                                  .language = "en_US",
                                  .new_string_behavior = true,
                                  .clock = nf_clock_system(),
                                  .limits = {.text_bytes = TEXT_LIMIT}};
    nf_bindings *b = nf_bindings_new(&environment, NULL, NULL, NULL);
    nf_buffer text;
    bool agree = true;

    *valued = false;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    if (utc && b &&
        nf_bindings_parse(b, random_bindings, strlen(random_bindings), NULL) ==
            NF_OK) {
        random_expression(&text, engine, bytes, length);
        agree = compare(report, valued, b, &text);
    }
    nf_buffer_dispose(&text);
    nf_bindings_free(b);
    nf_timezone_close(utc);
    return agree;
}
