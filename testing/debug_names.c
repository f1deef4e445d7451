/* What can stand in a command of the stepper: flows, places in them, and what
 * an expression may name. */
#include "testing/debug.h"

#include "analysis/describe.h"

#include <stdio.h>
#include <string.h>

static void add_flows(nf_buffer *out, const nf_model *model)
{
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        const nf_document *document = nf_model_document(model, i);

        if (nf_named_is_flow(document->type) && !document->excluded)
            nf_buffer_format(out, "%s\n", document->qualified);
    }
}

/* ---- places -------------------------------------------------------------- */

typedef struct places {
    nf_buffer *out;
    const char *before; /* "FLOW:", or "" */
} places;

/* The caption; where it is the one that all new activities have, the line. */
static void add_place(void *user, nf_buffer *out, const nf_line *line)
{
    const places *p = user;
    const char *caption;

    (void)out;
    if (!line->element)
        return;
    caption = nf_element_string(line->element, "Caption", "");
    if (!*caption || strcmp(caption, "Activity") == 0)
        caption = line->text;
    if (!strchr(caption, '\n'))
        nf_buffer_format(p->out, "%s%s\n", p->before, caption);
}

static void add_places(nf_buffer *out, const nf_model *model, const char *flow,
                       const char *before)
{
    places p = {out, before};
    nf_named named;
    nf_buffer ignored;

    if (nf_named_find(&named, model, flow, NULL) != NF_OK || !named.document ||
        !nf_named_is_flow(named.document->type))
        return;
    nf_buffer_init(&ignored, NF_BUFFER_MAX);
    nf_describe_flow_with(&ignored, model, named.document, named.element,
                          add_place, &p, NULL);
    nf_buffer_dispose(&ignored);
}

/* With "FLOW:…" the places of that flow; else those at hand, and all flows. */
static void add_all_places(nf_buffer *out, const nf_debug *d, const char *word)
{
    const nf_model *model = d->session->model;
    const nf_frame *frame = nf_debug_frame(d);
    const char *colon = strchr(word, ':');
    char flow[512], before[512];

    if (colon && (size_t)(colon - word) + 2 < sizeof flow) {
        snprintf(flow, sizeof flow, "%.*s", (int)(colon - word), word);
        snprintf(before, sizeof before, "%.*s:", (int)(colon - word), word);
        add_places(out, model, flow, before);
    }
    if (frame)
        add_places(out, model, nf_debug_flow(frame), "");
    add_flows(out, model);
}

/* ---- expressions --------------------------------------------------------- */

/* The entity of the variable with this name. */
static const nf_entity *entity_of(const nf_frame *frame, const char *text,
                                  size_t length)
{
    for (size_t i = 0; i < nf_frame_slot_count(frame); i++) {
        const char *name = NULL;
        nf_type type = {0};

        nf_frame_slot(frame, i, &name, &type);
        if (name && type.kind == NF_KIND_OBJECT && strlen(name) == length &&
            strncmp(name, text, length) == 0)
            return type.entity;
    }
    return NULL;
}

/* The members behind "$object/", and behind associations after it. */
static void add_members(nf_buffer *out, const nf_frame *frame, const char *word)
{
    const char *slash = strchr(word, '/'), *next;
    const nf_entity *entity =
        entity_of(frame, word + 1, (size_t)(slash - word - 1));

    while (entity && (next = strchr(slash + 1, '/')) != NULL) {
        const nf_member *member = nf_entity_find_member_n(
            entity, slash + 1, (size_t)(next - slash - 1));

        if (member && member->association)
            entity = member->type.entity;
        else if (strlen(entity->qualified) != (size_t)(next - slash - 1) ||
                 strncmp(entity->qualified, slash + 1,
                         (size_t)(next - slash - 1)) != 0)
            entity = NULL; /* the entity may stand behind its association */
        slash = next;
    }
    for (size_t i = 0; entity && i < entity->member_count; i++)
        nf_buffer_format(out, "%.*s%s\n", (int)(slash + 1 - word), word,
                         entity->members[i].name);
}

static void add_words(nf_buffer *out, const nf_debug *d, const char *word)
{
    const nf_frame *frame = nf_debug_frame(d);
    nf_evaluation evaluation = {.size = sizeof evaluation,
                                .app = d->session->app};
    char *names;

    if (frame && *word == '$' && strchr(word, '/')) {
        add_members(out, frame, word);
        return;
    }
    for (size_t i = 0; frame && i < nf_frame_slot_count(frame); i++) {
        const char *name = NULL;
        nf_type type;

        nf_frame_slot(frame, i, &name, &type);
        if (name && *name)
            nf_buffer_format(out, "$%s\n", name);
    }
    names = nf_evaluation_names(&evaluation);
    nf_buffer_text(out, names ? names : "");
    out->failed = out->failed || !names;
    nf_text_free(names);
}

/* ---- all ----------------------------------------------------------------- */

/* Leaves the lines that begin with `word`. */
static void keep_lines(nf_buffer *out, const char *word)
{
    size_t length = strlen(word), kept = 0;

    for (size_t at = 0; !out->failed && at < out->length;) {
        size_t size = strcspn(out->data + at, "\n") + 1;

        if (size > length && strncmp(out->data + at, word, length) == 0) {
            memmove(out->data + kept, out->data + at, size);
            kept += size;
        }
        at += size;
    }
    out->length = kept;
    if (out->data && !out->failed)
        out->data[kept] = '\0';
}

char *nf_debug_names(const nf_debug *d, nf_debug_word what, const char *word)
{
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    switch (what) {
    case NF_DEBUG_FLOW:
        add_flows(&out, d->session->model);
        break;
    case NF_DEBUG_PLACE:
        add_all_places(&out, d, word);
        break;
    case NF_DEBUG_EXPRESSION:
        add_words(&out, d, word);
        break;
    }
    keep_lines(&out, word);
    return nf_debug_take(&out);
}
