/* The virtual machine: one loop for flows and for the expressions of their
 * activities. Fast cases are decided by the kinds in the registers with one
 * test; everything else goes to functions that are not inlined, which read
 * operands with all checks (unset, removed objects) and leave the meaning to
 * operators.h. Nothing here recurses; calls.c enters and leaves flows, unwind.c
 * finds who handles an error. */
#include "interpreter/execution.h"

#include "interpreter/probe.h"

#include <stdio.h>
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define NOINLINE  __attribute__((noinline))
#define SLOW      __attribute__((noinline, cold))

static const nf_value empty_value = {.kind = NF_KIND_EMPTY};

/* ---- operands ------------------------------------------------------------ */

static SLOW nf_status unset(const nf_program *program, unsigned number,
                            nf_error *err)
{
    const char *name =
        number < program->variable_count ? program->variables[number].name : "";

    return nf_error_set(err, NF_FAILED, "unset_variable",
                        "The variable \"%s\" has no value yet on this path",
                        name);
}

/* The value of a register as expressions see it: removed objects are empty. */
static inline const nf_value *operand(const nf_frame *frame, unsigned number,
                                      nf_error *err)
{
    const nf_value *value = &frame->registers[number];

    if (value->kind == NF_KIND_OBJECT && value->as.object->removed)
        return &empty_value;
    if (value->kind == NF_KIND_UNSET) {
        unset(frame->program, number, err);
        return NULL;
    }
    return value;
}

static nf_status move_register(nf_frame *frame, unsigned to, unsigned from,
                               nf_error *err)
{
    const nf_value *value = operand(frame, from, err);

    if (!value)
        return NF_FAILED;
    nf_register_put(&frame->registers[to], nf_value_copy(value));
    return NF_OK;
}

/* ---- the cases without a fast path --------------------------------------- */

static nf_status apply(nf_evaluator *e, nf_value *out, unsigned op,
                       unsigned mode, const nf_value *a, const nf_value *b,
                       nf_error *err)
{
    switch (op) {
    case NF_EXPR_NEGATE:
        return nf_operator_negate(e, out, a, err);
    case NF_EXPR_ADD:
        return mode == NF_ARITHMETIC_TEXT
                   ? nf_operator_concat(e, out, a, b, err)
                   : nf_operator_add(e, out, a, b, err);
    case NF_EXPR_SUBTRACT:
        return nf_operator_subtract(e, out, a, b, err);
    case NF_EXPR_MULTIPLY:
        return nf_operator_multiply(e, out, a, b, err);
    case NF_EXPR_DIVIDE:
        return nf_operator_divide(e, out, a, b, err);
    case NF_EXPR_MODULO:
        return nf_operator_modulo(e, out, a, b, err);
    default:
        return nf_operator_compare(e, out, (nf_comparison)(op - NF_EXPR_EQUAL),
                                   (nf_compare_mode)mode, a, b, err);
    }
}

/* `=` and `!=` between two texts or two keys; false if it is not that. */
static inline bool compare_texts(nf_frame *frame, const nf_instruction *i,
                                 const nf_expr *node)
{
    const nf_value *a = &frame->registers[i->b], *b = &frame->registers[i->c];
    bool equal;

    if ((node->mode != NF_COMPARE_TEXT && node->mode != NF_COMPARE_KEY) ||
        (node->op != NF_EXPR_EQUAL && node->op != NF_EXPR_NOT_EQUAL) ||
        a->kind != b->kind ||
        (a->kind != NF_KIND_STRING && a->kind != NF_KIND_ENUMERATION))
        return false;
    equal = nf_string_equal(a->as.string, b->as.string);
    nf_register_put(&frame->registers[i->a],
                    nf_boolean(equal == (node->op == NF_EXPR_EQUAL)));
    return true;
}

static NOINLINE nf_status operate(nf_execution *x, nf_frame *frame,
                                  const nf_instruction *i, unsigned op,
                                  unsigned mode, nf_error *err)
{
    const nf_value *a = operand(frame, i->b, err);
    const nf_value *b = a ? operand(frame, i->c, err) : NULL;
    nf_value out = nf_empty();
    nf_status status;

    if (!b)
        return NF_FAILED;
    status = apply(&x->evaluation, &out, op, mode, a, b, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

/* The right operand is a number in the instruction. */
static SLOW nf_status operate_number(nf_execution *x, nf_frame *frame,
                                     const nf_instruction *i, unsigned op,
                                     nf_error *err)
{
    const nf_value *a = operand(frame, i->b, err);
    nf_value b = nf_integer((int16_t)i->c), out = nf_empty();
    nf_status status;

    if (!a)
        return NF_FAILED;
    if (op == NF_EXPR_ADD && b.as.integer < 0) {
        op = NF_EXPR_SUBTRACT; /* as it was written */
        b = nf_integer(-b.as.integer);
    }
    status = apply(&x->evaluation, &out, op, NF_ARITHMETIC_INTEGER, a, &b, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

static SLOW nf_status compare(nf_execution *x, nf_frame *frame, unsigned left,
                              const nf_value *right, unsigned comparison,
                              bool *result, nf_error *err)
{
    const nf_value *a = operand(frame, left, err);
    nf_value out = nf_empty();
    nf_status status;

    if (!a || !right)
        return NF_FAILED;
    status =
        nf_operator_compare(&x->evaluation, &out, (nf_comparison)comparison,
                            NF_COMPARE_INTEGER, a, right, err);
    *result = status == NF_OK && out.as.boolean;
    return status;
}

static SLOW nf_status compare_modulo(nf_execution *x, nf_frame *frame,
                                     const nf_instruction *i, bool *equal,
                                     nf_error *err)
{
    const nf_value *a = operand(frame, i->a, err);
    nf_value divisor = nf_integer(i->b >> 8), out = nf_empty();
    nf_status status;

    if (!a)
        return NF_FAILED;
    status = nf_operator_modulo(&x->evaluation, &out, a, &divisor, err);
    *equal = status == NF_OK && out.kind == NF_KIND_INTEGER &&
             out.as.integer == (i->b & 255);
    return status;
}

static SLOW nf_status condition(nf_frame *frame, const nf_instruction *i,
                                bool *result, nf_error *err)
{
    const nf_value *value = operand(frame, i->a, err);

    if (!value)
        return NF_FAILED;
    if (value->kind == NF_KIND_EMPTY && i->b)
        return nf_error_set(err, NF_FAILED, "empty_condition",
                            "The condition is empty; it must be true or false");
    return nf_operator_condition(result, value, err);
}

static nf_status member(nf_execution *x, nf_frame *frame,
                        const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    const nf_value *object = operand(frame, i->b, err);
    nf_value out = nf_empty();
    nf_status status;

    if (!object)
        return NF_FAILED;
    status = nf_expr_member(&x->evaluation, &out, object, node, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

static NOINLINE nf_status call_function(nf_execution *x, nf_frame *frame,
                                        const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    nf_value out = nf_empty();
    nf_status status;

    status = node->as.call.function->call(
        &x->evaluation, &out, &frame->registers[i->b], (int)node->count,
        &node->as.call, err);
    for (uint32_t k = 0; k < node->count; k++)
        nf_value_release(&frame->registers[i->b + k]);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

static NOINLINE nf_status join(nf_execution *x, nf_frame *frame,
                               const nf_instruction *i, nf_error *err)
{
    const nf_value *values[NF_JOIN_MAX];
    nf_value out = nf_empty();
    nf_status status;

    for (unsigned k = 0; k < i->c; k++)
        values[k] = &frame->registers[i->b + k];
    status = nf_operator_join(&x->evaluation, &out, values, i->c, err);
    for (unsigned k = 0; k < i->c; k++)
        nf_value_release(&frame->registers[i->b + k]);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

static nf_status load_special(nf_execution *x, nf_frame *frame,
                              const nf_instruction *i, nf_error *err)
{
    const nf_expr *node = frame->program->nodes[i->c];
    nf_value out = nf_empty();
    nf_status status;

    if (i->op == NF_OP_TOKEN)
        status = nf_operator_token(&x->evaluation, &out, node->as.token.token,
                                   node->as.token.name, err);
    else
        status =
            nf_operator_constant(&x->evaluation, &out, node->as.constant, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

/* ---- conversion ---------------------------------------------------------- */

static bool list_fits(nf_list *list, const nf_entity *entity)
{
    size_t count;

    if (!entity || (list->entity && nf_entity_is(list->entity, entity)))
        return true;
    count = nf_list_count(list);
    for (size_t i = 0; i < count; i++)
        if (!nf_entity_is(list->items[i]->entity, entity))
            return false;
    return true;
}

static bool value_fits(const nf_value *value, const nf_type *type)
{
    if (type->kind == NF_KIND_UNKNOWN)
        return true;
    if (value->kind != type->kind)
        return false;
    if (type->kind == NF_KIND_OBJECT)
        return !type->entity ||
               nf_entity_is(value->as.object->entity, type->entity);
    if (type->kind == NF_KIND_LIST)
        return list_fits(value->as.list, type->entity);
    return true;
}

static SLOW nf_status mismatch(const nf_value *value, const nf_type *type,
                               nf_error *err)
{
    bool object = value->kind == NF_KIND_OBJECT;
    char text[256];

    return nf_error_set(err, NF_FAILED, "type_mismatch",
                        "A value of type %s%s does not fit; %s is needed",
                        object ? "object of "
                               : nf_kind_name((nf_kind)value->kind),
                        object ? value->as.object->entity->qualified : "",
                        nf_type_text(type, text, sizeof text));
}

nf_status nf_value_convert(nf_value *out, nf_value *value, const nf_type *type,
                           nf_error *err)
{
    nf_value v = nf_value_load(value);

    *value = *out = nf_empty();
    if (v.kind == NF_KIND_EMPTY) {
        if (type->kind != NF_KIND_BOOLEAN)
            return NF_OK;
        return nf_error_set(err, NF_FAILED, "empty_value",
                            "A Boolean can't be empty");
    }
    if (v.kind == NF_KIND_INTEGER && type->kind == NF_KIND_DECIMAL) {
        *out = nf_decimal_take(nf_decimal_from_int(v.as.integer));
        return NF_OK;
    }
    if (value_fits(&v, type)) {
        *out = v;
        return NF_OK;
    }
    mismatch(&v, type, err);
    nf_value_release(&v);
    return NF_FAILED;
}

static nf_status convert(nf_frame *frame, const nf_instruction *i,
                         nf_error *err)
{
    const nf_type *type = &frame->program->types[i->c];
    nf_value *from = &frame->registers[i->b], out;
    nf_status status;

    if (nf_kind_fits(from->kind, type)) {
        out = nf_value_load(from);
        from->kind = NF_KIND_EMPTY;
        nf_register_put(&frame->registers[i->a], out);
        return NF_OK;
    }
    status = nf_value_convert(&out, from, type, err);
    if (status == NF_OK)
        nf_register_put(&frame->registers[i->a], nf_value_load(&out));
    return status;
}

/* ---- control ------------------------------------------------------------- */

static SLOW nf_status no_case(const nf_value *value, nf_error *err)
{
    if (value->kind == NF_KIND_EMPTY)
        return nf_error_set(err, NF_FAILED, "no_case",
                            "The decision has no sequence flow for (empty)");
    if (value->kind == NF_KIND_OBJECT)
        return nf_error_set(err, NF_FAILED, "no_case",
                            "The decision has no sequence flow for \"%s\"",
                            value->as.object->entity->qualified);
    return nf_error_set(
        err, NF_FAILED, "no_case",
        "The decision has no sequence flow for the value \"%s\"",
        value->kind == NF_KIND_ENUMERATION ? value->as.string->text : "?");
}

static nf_status choose(const nf_frame *frame, const nf_instruction *i,
                        uint32_t *pc, nf_error *err)
{
    const nf_switch_site *site = &frame->program->switches[i->b];
    const nf_value *value = operand(frame, i->a, err);
    const char *key = "(empty)";

    if (!value)
        return NF_FAILED;
    if (value->kind == NF_KIND_ENUMERATION)
        key = value->as.string->text;
    else if (value->kind == NF_KIND_BOOLEAN) /* the type was not known */
        key = value->as.boolean ? "true" : "false";
    for (size_t k = 0; k < site->count; k++) {
        if (strcmp(site->cases[k].key, key) == 0) {
            *pc = site->cases[k].pc;
            return NF_OK;
        }
    }
    return no_case(value, err);
}

/* F22: the object's entity, else its nearest generalization that has a flow. */
static nf_status choose_type(const nf_frame *frame, const nf_instruction *i,
                             uint32_t *pc, nf_error *err)
{
    const nf_switch_site *site = &frame->program->switches[i->b];
    const nf_value *value = operand(frame, i->a, err);
    const nf_entity *entity;

    if (!value)
        return NF_FAILED;
    entity = value->kind == NF_KIND_OBJECT ? value->as.object->entity : NULL;
    do {
        for (size_t k = 0; k < site->count; k++) {
            if (entity ? site->cases[k].entity == entity
                       : !site->cases[k].key[0]) {
                *pc = site->cases[k].pc;
                return NF_OK;
            }
        }
        entity = entity ? entity->generalization : NULL;
    } while (entity);
    return no_case(value, err);
}

static nf_status loop_start(nf_frame *frame, const nf_loop_site *site,
                            nf_error *err)
{
    nf_value *registers = frame->registers;
    const nf_value *list;
    nf_list *copy = NULL;

    registers[site->index] = nf_integer(-1);
    if (site->is_while)
        return NF_OK;
    list = operand(frame, site->list, err);
    if (!list)
        return NF_FAILED;
    if (list->kind == NF_KIND_LIST) {
        copy = nf_list_copy(list->as.list);
        if (!copy)
            return nf_error_nomem(err);
    }
    nf_register_put(&registers[site->snapshot],
                    copy ? nf_list_take(copy) : nf_empty());
    nf_register_put(&registers[site->position], nf_integer(0));
    return NF_OK;
}

/* The next round; false when there is none. The snapshot's items are read as
 * they were: entries that a synchronization removed are skipped (F27, Y7). */
static bool loop_next(nf_frame *frame, const nf_loop_site *site)
{
    nf_value *registers = frame->registers;
    nf_object *object = NULL;

    registers[site->index].as.integer++;
    for (unsigned i = 0; i < site->count; i++)
        nf_register_put(&registers[site->first + i],
                        (nf_value){.kind = NF_KIND_UNSET});
    if (site->is_while)
        return true;
    if (registers[site->snapshot].kind == NF_KIND_LIST) {
        const nf_list *list = registers[site->snapshot].as.list;
        int64_t *at = &registers[site->position].as.integer;

        while (!object && (size_t)*at < list->count) {
            nf_object *item = list->items[(*at)++];

            if (!item->removed)
                object = item;
        }
    }
    if (!object)
        return false;
    nf_register_put(&registers[site->iterator],
                    nf_object_take(nf_object_retain(object)));
    return true;
}

static void loop_end(nf_frame *frame, const nf_loop_site *site)
{
    if (site->is_while)
        return;
    nf_register_put(&frame->registers[site->snapshot], nf_empty());
    nf_register_put(&frame->registers[site->iterator],
                    (nf_value){.kind = NF_KIND_UNSET});
}

static nf_status raise_error(const nf_program *program, const nf_instruction *i,
                             nf_error *err)
{
    const nf_raise *raise = &program->raises[i->a];

    nf_error_set(err, NF_FAILED, raise->code, "%s", raise->message);
    nf_error_detail(err, raise->detail);
    nf_error_at_position(err, raise->position);
    if (raise->text)
        nf_error_of_expression(err, raise->text, strlen(raise->text));
    return NF_FAILED;
}

/* The place of an error in the expression of the instruction. */
static SLOW void locate(const nf_program *program, const nf_source *source,
                        nf_error *err)
{
    const char *text;

    if (source->position < 0)
        return;
    nf_error_at_position(err, source->position);
    text = source->text < program->text_count ? program->texts[source->text]
                                              : NULL;
    if (text && err && err->position == source->position)
        nf_error_of_expression(err, text, strlen(text));
}

/* ---- activities ---------------------------------------------------------- */

static nf_status run_activity(nf_execution *x, nf_frame *frame,
                              const nf_activity_site *site, nf_error *err)
{
    nf_call call = {.execution = x, .frame = frame, .caption = site->caption};
    nf_status status = NF_OK;

    if (x->waiting != site) /* first visit */
        x->pending = NULL;
    status = nf_execution_check(x, err);
    if (status && x->waiting && site->activity->cancel)
        site->activity->cancel(x->pending);
    if (!status)
        status = site->activity->execute(&call, site->bound, &x->pending, err);
    x->waiting = status == NF_PENDING ? site : NULL;
    if (status == NF_OK && call.too_long)
        status = nf_list_too_long(nf_list_limit(&x->world->environment), err);
    if (status == NF_OK && call.mismatch)
        status = nf_error_set(err, NF_FAILED, "type_mismatch",
                              "The result does not fit the variable");
    if (status != NF_PENDING)
        x->pending = NULL;
    return status;
}

nf_status nf_execution_check(nf_execution *x, nf_error *err)
{
    const nf_world *world = x->world;

    x->check_at = x->steps + NF_CHECK_INTERVAL;
    if (x->check_at > x->step_limit)
        x->check_at = x->step_limit + 1;
    if (x->cancelled || (world->cancelled &&
                         __atomic_load_n(world->cancelled, __ATOMIC_RELAXED)))
        return nf_error_set(err, NF_CANCELLED, "cancelled",
                            "The call was cancelled");
    if (x->steps > x->step_limit)
        return nf_error_set(err, NF_FAILED, "budget_exceeded",
                            "The call executed more than %llu elements",
                            (unsigned long long)x->step_limit);
    if (world->environment.limits.deadline &&
        nf_clock_elapsed() >= world->environment.limits.deadline) {
        nf_error_set(err, NF_FAILED, "budget_exceeded",
                     "The call took longer than it may");
        nf_error_detail(err, "timeout");
        return NF_FAILED;
    }
    return NF_OK;
}

/* ---- small divisors ---------------------------------------------------- */

/* 2^64 / d rounded up, for d < 128: a remainder of a number below 2^32 is then
 * two multiplications (D. Lemire, O. Kaser, N. Kurz, "Faster remainder by
 * direct computation", 2019). */
#define INVERSE(d)  ((d) > 1 ? UINT64_MAX / ((d) > 1 ? (d) : 2) + 1 : 0)
#define INVERSE4(d) INVERSE(d), INVERSE(d + 1), INVERSE(d + 2), INVERSE(d + 3)
#define INVERSE16(d)                                                           \
    INVERSE4(d), INVERSE4(d + 4), INVERSE4(d + 8), INVERSE4(d + 12)
#define INVERSE64(d)                                                           \
    INVERSE16(d), INVERSE16(d + 16), INVERSE16(d + 32), INVERSE16(d + 48)
static const uint64_t inverses[128] = {INVERSE64(0), INVERSE64(64)};

static inline bool has_remainder(int64_t number, unsigned divisor,
                                 unsigned remainder)
{
    __extension__ typedef unsigned __int128 wide;

    if (LIKELY((uint64_t)number <= UINT32_MAX && divisor > 1)) {
        uint64_t low = inverses[divisor & 127] * (uint64_t)number;

        return (unsigned)((wide)low * divisor >> 64) == remainder;
    }
    return number % (int64_t)divisor == (int64_t)remainder;
}

/* ---- the loop ------------------------------------------------------------ */

/* Not a failure: a probe was reached. The loop's other ways are then as fast as
 * without probes (tests/bench HOOKS). */
#define PROBED ((nf_status)100)

/* Cases of the loop below. NEXT and GO end an instruction; a value whose
 * address is taken lives in its block, so that `i`, `steps`, `base` and `r`
 * can stay in the processor's registers. */
#define NEXT goto next
#define GO(to)                                                                 \
    do {                                                                       \
        i = base + (to);                                                       \
        goto dispatch;                                                         \
    } while (0)
#define CHECKED(call)                                                          \
    do {                                                                       \
        status = (call);                                                       \
        if (status)                                                            \
            goto failed;                                                       \
    } while (0)

/* Branches when `a op right`; anything but integers is compared slowly. */
#define COMPARE(fits, op, right, value, number)                                \
    do {                                                                       \
        bool result;                                                           \
                                                                               \
        if (LIKELY(fits)) {                                                    \
            if (r[i->a].as.integer op(right))                                  \
                GO(i->c);                                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(compare(x, frame, i->a, value, number, &result, err));         \
        if (result)                                                            \
            GO(i->c);                                                          \
        NEXT;                                                                  \
    } while (0)

#define COMPARE_RR(name, op, number)                                           \
    case NF_OP_BR_##name##_RR:                                                 \
        COMPARE((r[i->a].kind & r[i->b].kind) == NF_KIND_INTEGER, op,          \
                r[i->b].as.integer, operand(frame, i->b, err), number);

#define COMPARE_RI(name, op, number)                                           \
    case NF_OP_BR_##name##_RI: {                                               \
        nf_value right = nf_integer((int16_t)i->b);                            \
                                                                               \
        COMPARE(r[i->a].kind == NF_KIND_INTEGER, op, (int16_t)i->b, &right,    \
                number);                                                       \
    }

#define COMPARE_RK(name, op, number)                                           \
    case NF_OP_BR_##name##_RK: {                                               \
        const nf_value *right = &program->constants[i->b];                     \
                                                                               \
        COMPARE(r[i->a].kind == NF_KIND_INTEGER, op, right->as.integer, right, \
                number);                                                       \
    }

/* Enters the next round unless the comparison at c, which leaves the loop, is
 * true or not between integers. */
#define BACK(fits, op, right)                                                  \
    do {                                                                       \
        if (!LIKELY(steps < x->check_at && (fits) &&                           \
                    !(r[i->a].as.integer op(right))))                          \
            goto back;                                                         \
        i = base + i->c;                                                       \
        steps += i->steps;                                                     \
        NEXT;                                                                  \
    } while (0)

#define BACK_RR(name, op)                                                      \
    case NF_OP_BACK_##name##_RR:                                               \
        BACK((r[i->a].kind & r[i->b].kind) == NF_KIND_INTEGER, op,             \
             r[i->b].as.integer);

#define BACK_RI(name, op)                                                      \
    case NF_OP_BACK_##name##_RI:                                               \
        BACK(r[i->a].kind == NF_KIND_INTEGER, op, (int16_t)i->b);

#define BACK_RK(name, op)                                                      \
    case NF_OP_BACK_##name##_RK:                                               \
        BACK(r[i->a].kind == NF_KIND_INTEGER, op,                              \
             program->constants[i->b].as.integer);

#define BRANCH(name, sense)                                                    \
    case NF_OP_BR_##name:                                                      \
        if (LIKELY(r[i->a].kind == NF_KIND_BOOLEAN)) {                         \
            if (r[i->a].as.boolean == (sense))                                 \
                GO(i->c);                                                      \
        } else {                                                               \
            bool result;                                                       \
                                                                               \
            CHECKED(condition(frame, i, &result, err));                        \
            if (result == (sense))                                             \
                GO(i->c);                                                      \
        }                                                                      \
        NEXT;

#define BRANCH_MODULO(name, sense)                                             \
    case NF_OP_BR_MOD_##name:                                                  \
        if (LIKELY(r[i->a].kind == NF_KIND_INTEGER)) {                         \
            if (has_remainder(r[i->a].as.integer, i->b >> 8, i->b & 255) ==    \
                (sense))                                                       \
                GO(i->c);                                                      \
        } else {                                                               \
            bool result;                                                       \
                                                                               \
            CHECKED(compare_modulo(x, frame, i, &result, err));                \
            if (result == (sense))                                             \
                GO(i->c);                                                      \
        }                                                                      \
        NEXT;

#define ARITHMETIC_RR(name, builtin, node)                                     \
    case NF_OP_##name##_RR: {                                                  \
        const nf_value *a = &r[i->b], *b = &r[i->c];                           \
        int64_t result;                                                        \
                                                                               \
        if (LIKELY((a->kind & b->kind) == NF_KIND_INTEGER &&                   \
                   !builtin(a->as.integer, b->as.integer, &result))) {         \
            r[i->a] = nf_integer(result);                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(operate(x, frame, i, node, NF_ARITHMETIC_INTEGER, err));       \
        NEXT;                                                                  \
    }

#define ARITHMETIC_RI(name, builtin, node)                                     \
    case NF_OP_##name##_RI: {                                                  \
        const nf_value *a = &r[i->b];                                          \
        int64_t result;                                                        \
                                                                               \
        if (LIKELY(                                                            \
                a->kind == NF_KIND_INTEGER &&                                  \
                !builtin(a->as.integer, (int64_t)(int16_t)i->c, &result))) {   \
            r[i->a] = nf_integer(result);                                      \
            NEXT;                                                              \
        }                                                                      \
        CHECKED(operate_number(x, frame, i, node, err));                       \
        NEXT;                                                                  \
    }

/* Kinds are single bits or combinations: INTEGER (2) and EMPTY (0) or UNSET
 * (64) are all that an Integer register holds, so `a & b == 2` says that both
 * are integers. */
_Static_assert(NF_KIND_INTEGER == 2 && NF_KIND_EMPTY == 0 &&
                   (NF_KIND_UNSET & 2) == 0,
               "one test for two integers");

/* `nested`: an expression of an activity on `frame`; ends at RESULT. Otherwise
 * the flow x->frame, until it ends or waits. */
static nf_status run(nf_execution *x, nf_frame *frame, bool nested,
                     uint32_t start, nf_value *out, nf_error *err)
{
    const nf_program *program = frame->program;
    const nf_code *code = nested ? &program->expressions : &program->code;
    const nf_instruction *base = code->items;
    const nf_instruction *i = base + start;
    nf_value *r = frame->registers;
    uint64_t steps = x->steps;
    nf_status status;

    for (;;) {
    dispatch:
        steps += i->steps;
        switch ((nf_opcode)i->op) {
        case NF_OP_NOP:
            NEXT;
        case NF_OP_JUMP_BACK:
        back:
            if (LIKELY(steps < x->check_at))
                GO(i->c);
            x->steps = steps;
            CHECKED(nf_execution_check(x, err));
            GO(i->c);
        case NF_OP_JUMP:
            GO(i->c);
            BRANCH(TRUE, true)
            BRANCH(FALSE, false)
            COMPARE_RR(EQ, ==, NF_EQUAL)
            COMPARE_RR(NE, !=, NF_NOT_EQUAL)
            COMPARE_RR(LT, <, NF_LESS)
            COMPARE_RR(LE, <=, NF_LESS_EQUAL)
            COMPARE_RR(GT, >, NF_GREATER)
            COMPARE_RR(GE, >=, NF_GREATER_EQUAL)
            COMPARE_RI(EQ, ==, NF_EQUAL)
            COMPARE_RI(NE, !=, NF_NOT_EQUAL)
            COMPARE_RI(LT, <, NF_LESS)
            COMPARE_RI(LE, <=, NF_LESS_EQUAL)
            COMPARE_RI(GT, >, NF_GREATER)
            COMPARE_RI(GE, >=, NF_GREATER_EQUAL)
            COMPARE_RK(LT, <, NF_LESS)
            COMPARE_RK(LE, <=, NF_LESS_EQUAL)
            COMPARE_RK(GT, >, NF_GREATER)
            COMPARE_RK(GE, >=, NF_GREATER_EQUAL)
            BACK_RR(EQ, ==)
            BACK_RR(NE, !=)
            BACK_RR(LT, <)
            BACK_RR(LE, <=)
            BACK_RR(GT, >)
            BACK_RR(GE, >=)
            BACK_RI(EQ, ==)
            BACK_RI(NE, !=)
            BACK_RI(LT, <)
            BACK_RI(LE, <=)
            BACK_RI(GT, >)
            BACK_RI(GE, >=)
            BACK_RK(LT, <)
            BACK_RK(LE, <=)
            BACK_RK(GT, >)
            BACK_RK(GE, >=)
            BRANCH_MODULO(EQ, true)
            BRANCH_MODULO(NE, false)
        case NF_OP_LOADK: /* not counted: constants are immortal */
            nf_register_put(&r[i->a], nf_value_load(&program->constants[i->b]));
            NEXT;
        case NF_OP_MOVE_PLAIN:
            if (LIKELY(r[i->b].kind != NF_KIND_UNSET)) {
                nf_register_put(&r[i->a], nf_value_load(&r[i->b]));
                NEXT;
            }
            CHECKED(unset(program, i->b, err));
            NEXT;
        case NF_OP_MOVE:
            CHECKED(move_register(frame, i->a, i->b, err));
            NEXT;
        case NF_OP_CONVERT:
            CHECKED(convert(frame, i, err));
            NEXT;
        case NF_OP_CLEAR:
            for (unsigned n = 0; n < i->b; n++)
                nf_value_release(&r[i->a + n]);
            NEXT;
            ARITHMETIC_RR(ADD, __builtin_add_overflow, NF_EXPR_ADD)
            ARITHMETIC_RR(SUB, __builtin_sub_overflow, NF_EXPR_SUBTRACT)
            ARITHMETIC_RR(MUL, __builtin_mul_overflow, NF_EXPR_MULTIPLY)
            ARITHMETIC_RI(ADD, __builtin_add_overflow, NF_EXPR_ADD)
            ARITHMETIC_RI(MUL, __builtin_mul_overflow, NF_EXPR_MULTIPLY)
        case NF_OP_MOD_RI:
            if (LIKELY(r[i->b].kind == NF_KIND_INTEGER)) {
                r[i->a] = nf_integer(r[i->b].as.integer % (int16_t)i->c);
                NEXT;
            }
            CHECKED(operate_number(x, frame, i, NF_EXPR_MODULO, err));
            NEXT;
        case NF_OP_MOD_RR:
            if (LIKELY((r[i->b].kind & r[i->c].kind) == NF_KIND_INTEGER &&
                       r[i->c].as.integer > 0)) {
                r[i->a] = nf_integer(r[i->b].as.integer % r[i->c].as.integer);
                NEXT;
            }
            CHECKED(operate(x, frame, i, NF_EXPR_MODULO, 0, err));
            NEXT;
        case NF_OP_NEGATE: {
            nf_instruction same = *i;

            if (LIKELY(r[i->b].kind == NF_KIND_INTEGER &&
                       r[i->b].as.integer != INT64_MIN)) {
                r[i->a] = nf_integer(-r[i->b].as.integer);
                NEXT;
            }
            same.c = same.b;
            CHECKED(operate(x, frame, &same, NF_EXPR_NEGATE, 0, err));
            NEXT;
        }
        case NF_OP_BEGIN:
            nf_evaluator_begin(&x->evaluation);
            NEXT;
        case NF_OP_OPERATE: {
            const nf_expr *node = program->nodes[i[1].a];

            if (!compare_texts(frame, i, node))
                CHECKED(operate(x, frame, i, node->op, node->mode, err));
            i++;
            NEXT;
        }
        case NF_OP_JOIN:
            CHECKED(join(x, frame, i, err));
            NEXT;
        case NF_OP_MEMBER:
            CHECKED(member(x, frame, i, err));
            NEXT;
        case NF_OP_FUNCTION:
            CHECKED(call_function(x, frame, i, err));
            NEXT;
        case NF_OP_TOKEN:
        case NF_OP_CONSTANT:
            CHECKED(load_special(x, frame, i, err));
            NEXT;
        case NF_OP_RESULT:
            *out = nf_value_load(&r[i->a]);
            r[i->a] = nf_empty();
            return NF_OK;
        case NF_OP_ACTIVITY:
            x->steps = steps;
            frame->pc = (uint32_t)(i + 1 - base);
            status = run_activity(x, frame, &program->activities[i->a], err);
            if (status == NF_PENDING) {
                frame->pc--;
                x->steps -= i->steps;
                return NF_PENDING;
            }
            if (status)
                goto failed;
            NEXT;
        case NF_OP_CALL:
            x->steps = steps;
            frame->pc = (uint32_t)(i + 1 - base);
            CHECKED(nf_execution_check(x, err));
            CHECKED(nf_execution_enter(x, frame, program->calls[i->a], err));
            goto other_frame;
        case NF_OP_SWITCH:
        case NF_OP_TYPE_SWITCH: {
            uint32_t target = 0;

            CHECKED(i->op == NF_OP_SWITCH
                        ? choose(frame, i, &target, err)
                        : choose_type(frame, i, &target, err));
            GO(target);
        }
        case NF_OP_LOOP_START:
            CHECKED(loop_start(frame, &program->loops[i->a], err));
            NEXT;
        case NF_OP_LOOP_NEXT:
            if (!loop_next(frame, &program->loops[i->a]))
                GO(i->c);
            NEXT;
        case NF_OP_LOOP_END:
            loop_end(frame, &program->loops[i->a]);
            NEXT;
        case NF_OP_MARK:
            CHECKED(nf_execution_mark(x, frame, i->a, err));
            NEXT;
        case NF_OP_SETTLE:
            CHECKED(nf_execution_settle(x, frame, i->a, err));
            NEXT;
        case NF_OP_RERAISE:
            status = nf_execution_reraise(x, frame, err);
            goto failed;
        case NF_OP_RAISE:
            status = raise_error(program, i, err);
            goto failed;
        case NF_OP_RETURN: {
            nf_value value = r[i->a];

            r[i->a] = nf_empty();
            x->steps = steps;
            nf_execution_leave(x, value);
            if (x->finished)
                return NF_OK;
            goto other_frame;
        }
        case NF_OP_RETURN_DANGLING:
            nf_execution_warn_dangling(x);
            /* fall through */
        case NF_OP_RETURN_VOID:
            x->steps = steps;
            nf_execution_leave(x, nf_empty());
            if (x->finished)
                return NF_OK;
            goto other_frame;
#ifndef NF_NO_HOOKS
        case NF_OP_PROBE:
            status = PROBED;
            goto failed;
#else
        case NF_OP_PROBE:
#endif
        case NF_OP_DATA:
        case NF_OP_COUNT:
            break;
        }
        __builtin_unreachable();
    failed:
        if (status == PROBED) {
            x->steps = steps - i->steps; /* it is executed later */
            status = nf_probe_reach(x, (uint32_t)(i - base), err);
            if (status == NF_OK)
                goto other_frame;
            if (status == NF_PENDING)
                return status;
        }
        if (status == NF_USAGE || status == NF_INPUT || status == NF_PENDING)
            status = NF_FAILED; /* an error of a lower layer ends here */
        if (nf_error_is_set(err))
            err->status = status;
        else
            nf_error_set(err, status, "host_error",
                         "The activity failed without a message");
        locate(program, &code->sources[i - base], err);
        if (nested)
            return status;
        x->steps = steps;
        status = nf_execution_unwind(x, (uint32_t)(i - base));
        if (status)
            return status;
    other_frame:
        steps = x->steps;
        frame = x->frame;
        program = frame->program;
        code = &program->code;
        base = code->items;
        i = base + frame->pc;
        r = frame->registers;
        continue;
    next:
        i++;
    }
}

nf_status nf_machine_run(nf_execution *x)
{
    return run(x, x->frame, false, x->frame->pc, NULL, &x->error);
}

nf_status nf_machine_evaluate(nf_execution *x, nf_frame *frame, uint32_t entry,
                              nf_value *out, nf_error *err)
{
    *out = nf_empty();
    return run(x, frame, true, frame->program->entries[entry], out, err);
}
