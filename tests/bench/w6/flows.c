/* Nanoflows and microflows of the app of W6: a chain of blocks each, that
 * retrieve, decide, loop, change and call. */
#include "app.h"

#include <stdarg.h>
#include <stdio.h>

enum { LEAST_BLOCKS = 2, MORE_BLOCKS = 5 };

typedef struct flow_text {
    nf_buffer objects, flows;
    w6_random *random;
    const char *module;
    const char *kind; /* Nanoflow, Microflow */
    unsigned number;  /* of the flow in its module */
    unsigned block;   /* of the block in its flow */
    char at[24];      /* the object that the next one follows */
} flow_text;

static void arrow(flow_text *f, const char *from, const char *to,
                  const char *more)
{
    nf_buffer_format(&f->flows, "<flow from=\"%s\" to=\"%s\"%s/>\n", from, to,
                     more);
}

/* The id of an object of this block. */
static void name(const flow_text *f, char id[24], const char *text)
{
    snprintf(id, 24, "%s%u", text, f->block);
}

/* Adds an object after the last one. */
static void follow(flow_text *f, const char *id)
{
    arrow(f, f->at, id, "");
    snprintf(f->at, sizeof f->at, "%s", id);
}

__attribute__((format(printf, 3, 4))) static void
activity(flow_text *f, const char *id, const char *format, ...)
{
    char action[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(action, sizeof action, format, args);
    va_end(args);
    nf_buffer_format(&f->objects,
                     "<ActionActivity id=\"%s\" Caption=\"Step %s\">"
                     "<Action %s</Action></ActionActivity>\n",
                     id, id, action);
}

static void numbers(flow_text *f)
{
    unsigned b = f->block;
    char id[24];

    name(f, id, "number");
    activity(f, id,
             "type=\"CreateVariableAction\" VariableName=\"N%u\" "
             "VariableType=\"IntegerType\" InitialValue=\"$Count * %u + "
             "length($Order/Title) - @%s.Limit0\">",
             b, 2 + w6_pick(f->random, 90), f->module);
    follow(f, id);
    name(f, id, "change");
    activity(f, id,
             "type=\"ChangeVariableAction\" ChangeVariableName=\"N%u\" "
             "Value=\"if $N%u &gt; %u and not($Order/Done) then max($N%u, "
             "$Order/Number) - 1 else $N%u + round($Order/Total)\">",
             b, b, w6_pick(f->random, 500), b, b);
    follow(f, id);
}

static void texts(flow_text *f)
{
    char id[24];

    name(f, id, "text");
    activity(f, id,
             "type=\"CreateVariableAction\" VariableName=\"T%u\" "
             "VariableType=\"StringType\" InitialValue=\"'Order ' + "
             "toString($Order/Number) + ': ' + trim($Order/Title) + (if "
             "$Order/Done then ' (done)' else ' due ' + "
             "formatDateTime($Order/Due, 'yyyy-MM-dd'))\">",
             f->block);
    follow(f, id);
    name(f, id, "log");
    activity(f, id,
             "type=\"LogMessageAction\" Level=\"Debug\" Node=\"'%s'\">"
             "<MessageTemplate Text=\"Seen: {1}, {2}\"><Parameters>"
             "<TemplateParameter Expression=\"$T%u\"/>"
             "<TemplateParameter Expression=\"toString($Count)\"/>"
             "</Parameters></MessageTemplate>",
             f->module, f->block);
    follow(f, id);
}

/* A decision whose branches meet again. */
static void decision(flow_text *f)
{
    char split[24], change[24], merge[24];

    name(f, split, "split");
    name(f, change, "yes");
    name(f, merge, "merge");
    nf_buffer_format(
        &f->objects,
        "<ExclusiveSplit id=\"%s\" Caption=\"Large?\"><SplitCondition "
        "Expression=\"$Order/Total &gt; %u.5 and $Order/Status != "
        "%s.Status.Done or contains($Order/Title, 'urgent')\"/>"
        "</ExclusiveSplit>\n<ExclusiveMerge id=\"%s\"/>\n",
        split, w6_pick(f->random, 1000), f->module, merge);
    activity(f, change,
             "type=\"ChangeAction\" ChangeVariableName=\"Order\" "
             "Commit=\"Yes\"><Items><ChangeActionItem "
             "Attribute=\"%s.Order.Status\" Value=\"%s.Status.Done\"/>"
             "<ChangeActionItem Attribute=\"%s.Order.Title\" "
             "Value=\"substring($Order/Title + '!', 0, %u)\"/></Items>",
             f->module, f->module, f->module, 1 + w6_pick(f->random, 90));
    follow(f, split);
    arrow(f, split, change, " case=\"true\"");
    arrow(f, split, merge, " case=\"false\"");
    arrow(f, change, merge, "");
    snprintf(f->at, sizeof f->at, "%s", merge);
}

/* Retrieves lines, changes each, sums them up. Only a server can follow a path
 * in a constraint. */
static void loop(flow_text *f)
{
    unsigned b = f->block;
    char id[24], each[24], body[24], path[64] = "Price";

    if (*f->kind == 'M')
        snprintf(path, sizeof path, "%s.Line_Order/%s.Order/Total", f->module,
                 f->module);

    name(f, id, "retrieve");
    activity(
        f, id,
        "type=\"RetrieveAction\" ResultVariableName=\"L%u\"><RetrieveSource "
        "type=\"DatabaseRetrieveSource\" Entity=\"%s.Line\" "
        "XpathConstraint=\"[Amount &gt; %u][%s &gt;= $Order/Total or "
        "%s.Line_Order = $Order]\"><NewSortings>"
        "<Sortings><RetrieveSorting SortOrder=\"Descending\"><AttributeRef "
        "Attribute=\"%s.Line.Amount\"/></RetrieveSorting></Sortings>"
        "</NewSortings></RetrieveSource>",
        b, f->module, w6_pick(f->random, 100), path, f->module, f->module);
    follow(f, id);
    name(f, each, "each");
    name(f, body, "body");
    nf_buffer_format(&f->objects,
                     "<LoopedActivity id=\"%s\"><LoopSource "
                     "type=\"IterableList\" ListVariableName=\"L%u\" "
                     "VariableName=\"I%u\"/><ObjectCollection><Objects>\n",
                     each, b, b);
    activity(f, body,
             "type=\"ChangeAction\" ChangeVariableName=\"I%u\">"
             "<Items><ChangeActionItem Attribute=\"%s.Line.Amount\" "
             "Value=\"$I%u/Amount + $Count\"/><ChangeActionItem "
             "Attribute=\"%s.Line.Text\" Value=\"toUpperCase($I%u/Text)\"/>"
             "</Items>",
             b, f->module, b, f->module, b);
    nf_buffer_text(&f->objects,
                   "</Objects></ObjectCollection></LoopedActivity>\n");
    follow(f, each);
    name(f, id, "sum");
    activity(f, id,
             "type=\"AggregateAction\" AggregateFunction=\"Sum\" "
             "AggregateVariableName=\"L%u\" Attribute=\"%s.Line.Amount\" "
             "VariableName=\"S%u\">",
             b, f->module, b);
    follow(f, id);
}

static void lists(flow_text *f)
{
    unsigned b = f->block;
    char id[24];

    name(f, id, "of");
    activity(f, id,
             "type=\"RetrieveAction\" ResultVariableName=\"M%u\">"
             "<RetrieveSource type=\"DatabaseRetrieveSource\" "
             "Entity=\"%s.Line\" XpathConstraint=\"[%s.Line_Order = "
             "$Order]\"/>",
             b, f->module, f->module);
    follow(f, id);
    name(f, id, "filter");
    activity(f, id,
             "type=\"ListOperationsAction\" ResultVariableName=\"F%u\">"
             "<NewOperation type=\"Filter\" ListName=\"M%u\" "
             "Attribute=\"%s.Line.Text\" Expression=\"$Order/Title + '%u'\"/>",
             b, b, f->module, w6_pick(f->random, 10));
    follow(f, id);
    name(f, id, "head");
    activity(f, id,
             "type=\"ListOperationsAction\" ResultVariableName=\"H%u\">"
             "<NewOperation type=\"Head\" ListName=\"F%u\"/>",
             b, b);
    follow(f, id);
    name(f, id, "commit");
    activity(f, id,
             "type=\"CommitAction\" CommitVariableName=\"M%u\">", b);
    follow(f, id);
}

static void create(flow_text *f)
{
    unsigned b = f->block;
    char id[24];

    name(f, id, "customer");
    activity(f, id,
             "type=\"RetrieveAction\" ResultVariableName=\"C%u\">"
             "<RetrieveSource type=\"AssociationRetrieveSource\" "
             "StartVariableName=\"Order\" "
             "AssociationId=\"%s.Order_Customer\"/>",
             b, f->module);
    follow(f, id);
    name(f, id, "create");
    activity(f, id,
             "type=\"CreateChangeAction\" Entity=\"%s.Line\" "
             "VariableName=\"A%u\" Commit=\"Yes\"><Items><ChangeActionItem "
             "Attribute=\"%s.Line.Text\" Value=\"if $C%u = empty then "
             "'nobody' else $C%u/Name\"/><ChangeActionItem "
             "Attribute=\"%s.Line.Price\" Value=\"$Order/Total * %u.25\"/>"
             "<ChangeActionItem Association=\"%s.Line_Order\" "
             "Value=\"$Order\"/></Items>",
             f->module, b, f->module, b, b, f->module, w6_pick(f->random, 50),
             f->module);
    follow(f, id);
}

/* Calls a flow before this one, so that none calls itself. */
static void call(flow_text *f)
{
    bool server = *f->kind == 'M';
    char id[24], flow[64];

    if (!f->number)
        return;
    snprintf(flow, sizeof flow, "%s.%s%u", f->module, server ? "SUB_" : "ACT_",
             w6_pick(f->random, f->number));
    name(f, id, "call");
    activity(f, id,
             "type=\"%sCallAction\" %s=\"R%u\"><%sCall %s=\"%s\">"
             "<ParameterMappings><%sCallParameterMapping "
             "Parameter=\"%s.Order\" Argument=\"$Order\"/>"
             "<%sCallParameterMapping Parameter=\"%s.Count\" "
             "Argument=\"$Count + %u\"/></ParameterMappings></%sCall>",
             f->kind, server ? "ResultVariableName" : "OutputVariableName",
             f->block, f->kind, f->kind, flow, f->kind, flow, f->kind, flow,
             w6_pick(f->random, 9), f->kind);
    follow(f, id);
}

static void write_flow(nf_buffer *out, flow_text *f, const char *prefix)
{
    static void (*const blocks[])(flow_text *) = {
        numbers, texts, decision, loop, lists, create, call, numbers, decision};
    unsigned count = LEAST_BLOCKS + w6_pick(f->random, MORE_BLOCKS);

    nf_buffer_init(&f->objects, NF_BUFFER_MAX);
    nf_buffer_init(&f->flows, NF_BUFFER_MAX);
    snprintf(f->at, sizeof f->at, "start");
    for (f->block = 0; f->block < count; f->block++)
        blocks[w6_pick(f->random, sizeof blocks / sizeof *blocks)](f);
    arrow(f, f->at, "end", "");
    nf_buffer_format(
        out,
        "<%s Name=\"%s%u\" MicroflowReturnType=\"IntegerType\" "
        "AllowedModuleRoles=\"%s.User %s.Admin\"><ObjectCollection><Objects>\n"
        "<MicroflowParameter Name=\"Order\"><VariableType "
        "type=\"ObjectType\" Entity=\"%s.Order\"/></MicroflowParameter>\n"
        "<MicroflowParameter Name=\"Count\" VariableType=\"IntegerType\"/>\n"
        "<StartEvent id=\"start\"/>\n%s"
        "<EndEvent id=\"end\" ReturnValue=\"$Count + %u\"/>\n"
        "</Objects></ObjectCollection><Flows>\n%s</Flows></%s>\n",
        f->kind, prefix, f->number, f->module, f->module, f->module,
        nf_buffer_string(&f->objects), count, nf_buffer_string(&f->flows),
        f->kind);
    nf_buffer_dispose(&f->objects);
    nf_buffer_dispose(&f->flows);
}

/* The flow that W6-run runs. */
static void write_small(nf_buffer *out)
{
    nf_buffer_text(
        out, "<Nanoflow Name=\"Greet\" MicroflowReturnType=\"StringType\">"
             "<ObjectCollection><Objects>\n<MicroflowParameter Name=\"Name\" "
             "VariableType=\"StringType\"/><StartEvent id=\"start\"/>"
             "<EndEvent id=\"end\" ReturnValue=\"'Hello, ' + $Name\"/>"
             "</Objects></ObjectCollection><Flows><flow from=\"start\" "
             "to=\"end\"/></Flows></Nanoflow>\n");
}

void w6_write_flows(nf_buffer *out, w6_random *random, const char *module)
{
    flow_text f = {.random = random, .module = module, .kind = "Nanoflow"};

    write_small(out);
    nf_buffer_text(out, "<Folder Name=\"Client\"><units>\n");
    for (f.number = 0; f.number < W6_NANOFLOWS; f.number++)
        write_flow(out, &f, "ACT_");
    nf_buffer_text(out, "</units></Folder>\n<Folder Name=\"Server\"><units>\n");
    f.kind = "Microflow";
    for (f.number = 0; f.number < W6_MICROFLOWS; f.number++)
        write_flow(out, &f, "SUB_");
    nf_buffer_text(out, "</units></Folder>\n<Folder Name=\"Pages\"/>\n");
}
