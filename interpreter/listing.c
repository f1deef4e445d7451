/* Programs as text, for people who debug the compiler. */
#include "interpreter/probe.h"

static void dump_register(const nf_program *p, nf_buffer *out, unsigned number)
{
    if (number < p->variable_count && p->variables[number].name[0])
        nf_buffer_format(out, " $%s", p->variables[number].name);
    else
        nf_buffer_format(out, " r%u", number);
}

static void dump_operand(const nf_program *p, nf_buffer *out, char kind,
                         unsigned operand)
{
    switch (kind) {
    case 'r':
        dump_register(p, out, operand);
        break;
    case 'k':
        if (p->constants[operand].kind == NF_KIND_INTEGER)
            nf_buffer_format(out, " %lld",
                             (long long)p->constants[operand].as.integer);
        else
            nf_buffer_format(out, " k%u", operand);
        break;
    case 'i':
        nf_buffer_format(out, " #%d", (int)(int16_t)operand);
        break;
    case 'p':
        nf_buffer_format(out, " @%u", operand);
        break;
    case 't':
        nf_buffer_format(out, " [%u]", operand);
        break;
    default:
        break;
    }
}

static void dump_code(const nf_program *p, nf_buffer *out, const nf_code *code,
                      const char *prefix, size_t places)
{
    size_t place = 0;

    for (size_t i = 0; i < code->count; i++) {
        const nf_instruction *item = &code->items[i];
        unsigned op = item->op == NF_OP_PROBE
                          ? nf_probe_op(p->probes, (uint32_t)i)
                          : item->op;
        const char *operands = nf_opcode_operands(op);

        while (place < places && p->places[place].start <= i) {
            nf_buffer_format(out, "; %s", p->places[place].caption);
            if (p->places[place].handler != NF_NO_HANDLER)
                nf_buffer_format(out, ", on error @%u",
                                 (unsigned)p->places[place].handler);
            nf_buffer_char(out, '\n');
            place++;
        }
        nf_buffer_format(out, "%s%zu %s", prefix, i, nf_opcode_name(op));
        dump_operand(p, out, operands[0], item->a);
        dump_operand(p, out, operands[1], item->b);
        dump_operand(p, out, operands[2], item->c);
        nf_buffer_char(out, '\n');
    }
}

nf_status nf_program_dump(const nf_program *program, nf_buffer *out)
{
    dump_code(program, out, &program->code, "", program->place_count);
    dump_code(program, out, &program->expressions, "e", 0);
    return out->failed ? NF_NOMEM : NF_OK;
}
