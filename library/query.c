/* Queries on either side (design §5): an XPath constraint with variables,
 * sorting and a range; one at a time as lines of a data file, or line by line
 * as ids. */
#include "library/data_file.h"

#include "interpreter/bindings.h"
#include "library/json.h"
#include "library/options.h"

#include <errno.h>
#include <stdlib.h>

enum { SORTS_MAX = 32, PATH_MAX_STEPS = 16, CELLS = 4 };

/* What a query needs from its text to its answer. */
typedef struct prepared {
    nf_session *session;
    nf_bindings *bindings;
    nf_xpath *xpath;
    nf_value *values; /* of the constraint's variables; borrowed payloads */
    nf_sort sorts[SORTS_MAX];
    const nf_member *paths[SORTS_MAX][PATH_MAX_STEPS];
    nf_selection selection;
} prepared;

static void dispose(prepared *p)
{
    nf_xpath_free(p->xpath);
    nf_free(p->values);
    nf_bindings_free(p->bindings);
}

/* ---- variables --------------------------------------------------------- */

/* `Object:ENTITY:ID`: a stored object; `<empty>` in place of ID. */
static nf_status bound_object(void *user, const nf_entity *entity,
                              const char *id, nf_value *out, nf_error *err)
{
    nf_session *s = user;
    nf_object *object = NULL;
    int64_t guid;
    *out = nf_empty();
    if (!*id || strcmp(id, "<empty>") == 0)
        return NF_OK;
    nf_status status = nf_session_read_id(s, id, NULL, &guid, err);
    if (status == NF_OK)
        status = nf_objects_get(&object, s->objects, entity, guid, err);
    if (status == NF_OK && !object)
        return nf_error_set(err, NF_USAGE, "bad_binding",
                            "there is no object \"%s\" of %s", id,
                            entity->qualified);
    if (status == NF_OK)
        *out = nf_object_take(object);
    return status;
}

static bool variable_type(void *user, const char *name, nf_type *type)
{
    prepared *p = user;
    const nf_binding *binding = nf_bindings_find(p->bindings, name);
    if (binding) {
        *type = binding->type;
        return true;
    }
    /* xpath Q123: flows of the server know their user. */
    if (p->session->side == NF_SIDE_SERVER &&
        strcmp(name, "currentUser") == 0) {
        *type = (nf_type){
            .kind = NF_KIND_OBJECT,
            .entity = nf_model_find_entity(p->session->model, "System.User")};
        return true;
    }
    return false;
}

/* $currentUser becomes a binding when a constraint asks for it. */
static nf_status bind_current_user(prepared *p, nf_error *err)
{
    char spec[64];
    if (nf_bindings_find(p->bindings, "currentUser"))
        return NF_OK;
    int64_t id = p->session->world.environment.user_id;
    int length = id ? snprintf(spec, sizeof spec, "Object:System.User:%lld",
                               (long long)id)
                    : snprintf(spec, sizeof spec, "Object:System.User:<empty>");
    return nf_bindings_add(p->bindings, "currentUser", spec, (size_t)length,
                           err);
}

static nf_status fill_values(prepared *p, nf_error *err)
{
    size_t count = p->xpath ? nf_xpath_variable_count(p->xpath) : 0;
    p->values = nf_alloc_array(count + 1, sizeof *p->values);
    if (!p->values)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const char *name = nf_xpath_variable_name(p->xpath, i);
        nf_status status = strcmp(name, "currentUser") == 0
                               ? bind_current_user(p, err)
                               : NF_OK;
        if (status != NF_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++) {
        const nf_binding *binding =
            nf_bindings_find(p->bindings, nf_xpath_variable_name(p->xpath, i));
        if (binding)
            p->values[i] = binding->value;
    }
    return NF_OK;
}

/* ---- sorting ----------------------------------------------------------- */

static nf_status sort_error(nf_error *err, const char *code, const char *text,
                            const char *what)
{
    nf_error_set(err, NF_FAILED, "xpath_error", "sorting by \"%s\": %s", text,
                 what);
    nf_error_detail(err, code);
    return NF_FAILED;
}

/* "Shop.Order_Customer/Shop.Customer/Name": associations, entity names in
 * between, an attribute (xpath Q150). */
static nf_status read_sort_path(nf_sort *sort, const nf_member **path,
                                const nf_model *model, const nf_entity *entity,
                                char *text, nf_error *err)
{
    char *rest = NULL;
    const nf_entity *at = entity;
    sort->path = path;
    sort->length = 0;
    for (char *word = strtok_r(text, "/", &rest); word;
         word = strtok_r(NULL, "/", &rest)) {
        const nf_entity *named = nf_model_find_entity(model, word);
        if (named && sort->length &&
            (nf_entity_is(named, at) || nf_entity_is(at, named))) {
            at = named;
            continue;
        }
        const nf_member *member = at ? nf_entity_find_member(at, word) : NULL;
        if (!member)
            return sort_error(err, "UNKNOWN_MEMBER", word,
                              "there is no such member");
        if (sort->length == PATH_MAX_STEPS)
            return sort_error(err, "SYNTAX", word, "the path is too long");
        path[sort->length++] = member;
        at = member->association ? member->type.entity : NULL;
    }
    if (!sort->length || !path[sort->length - 1]->attribute)
        return sort_error(err, "NOT_SORTABLE", text,
                          "only attributes are sorted by");
    const nf_attribute *attribute = path[sort->length - 1]->attribute;
    if (attribute->calculated || attribute->type == NF_ATTRIBUTE_BINARY ||
        attribute->type == NF_ATTRIBUTE_HASHED)
        return sort_error(err, "NOT_SORTABLE", text,
                          "this attribute has no order");
    return NF_OK;
}

/* "ATTR", "ATTR desc", "ATTR:asc": a key and its direction. */
static nf_status read_sort(nf_sort *sort, const nf_member **path,
                           const nf_model *model, const nf_entity *entity,
                           char *text, nf_error *err)
{
    while (*text == ' ')
        text++;
    char *end = text + strcspn(text, " :");
    char *direction = end;
    while (*direction == ' ' || *direction == ':')
        *direction++ = '\0';
    for (size_t n = strlen(direction); n && direction[n - 1] == ' ';)
        direction[--n] = '\0';
    sort->descending = strcmp(direction, "desc") == 0;
    if (*direction && !sort->descending && strcmp(direction, "asc") != 0)
        return sort_error(err, "SYNTAX", direction,
                          "the direction is asc or desc");
    return read_sort_path(sort, path, model, entity, text, err);
}

static nf_status read_sorts(prepared *p, const nf_entity *entity,
                            const char *text, nf_error *err)
{
    char *rest = NULL;
    char *copy = nf_strdup(text);
    nf_status status = copy ? NF_OK : nf_error_nomem(err);
    nf_retrieval *r = &p->selection.retrieval;
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL;
         word && status == NF_OK; word = strtok_r(NULL, ",", &rest)) {
        if (!word[strspn(word, " ")])
            continue;
        if (r->sort_count == SORTS_MAX)
            status = sort_error(err, "SYNTAX", text, "too many keys");
        else
            status =
                read_sort(&p->sorts[r->sort_count], p->paths[r->sort_count],
                          p->session->model, entity, word, err);
        r->sort_count++;
    }
    r->sorts = p->sorts;
    nf_free(copy);
    return status;
}

/* " | first" or " | offset=N amount=M" after the keys; cut off in place. */
static nf_status read_range(prepared *p, char *sort, nf_error *err)
{
    nf_retrieval *r = &p->selection.retrieval;
    char *bar = strchr(sort, '|');
    long long offset = 0, amount = 0;
    int end = 0;
    if (!bar)
        return NF_OK;
    *bar++ = '\0';
    while (*bar == ' ')
        bar++;
    if (strncmp(bar, "first", 5) == 0 && !bar[5 + strspn(bar + 5, " ")]) {
        r->limit = 1;
        return NF_OK;
    }
    if (sscanf(bar, "offset=%lld amount=%lld%n", &offset, &amount, &end) != 2 ||
        bar[end + (int)strspn(bar + end, " ")] || offset < 0 || amount < 0)
        return sort_error(err, "SYNTAX", bar,
                          "a range is `first` or `offset=N amount=M`");
    r->offset = offset;
    r->limit = amount ? amount : -1; /* xpath Q155 */
    return NF_OK;
}

/* ---- preparing --------------------------------------------------------- */

static nf_status find_entity(const nf_entity **out, const nf_session *s,
                             const char *name, nf_error *err)
{
    *out = nf_model_find_entity(s->model, name);
    if (*out)
        return NF_OK;
    nf_no_entity(s->model, name, NF_USAGE, "not_found", err);
    nf_error_detail(err, "UNKNOWN_MEMBER");
    return NF_USAGE;
}

static nf_status prepare(prepared *p, const char *entity_name,
                         const char *xpath, const char *sort, bool extended,
                         nf_error *err)
{
    nf_session *s = p->session;
    const nf_entity *entity;
    nf_xpath_profile profile = s->side == NF_SIDE_SERVER ? NF_XPATH_SERVER
                               : extended                ? NF_XPATH_EXTENDED
                                                         : NF_XPATH_STRICT;
    nf_retrieval *r = &p->selection.retrieval;
    nf_status status = find_entity(&entity, s, entity_name, err);
    if (status != NF_OK)
        return status;
    if (entity->kind != NF_ENTITY_PERSISTABLE) {
        nf_error_set(err, NF_FAILED, "xpath_error",
                     "objects of %s are not stored", entity->qualified);
        nf_error_detail(err, "NOT_PERSISTABLE");
        return NF_FAILED;
    }
    r->entity = entity;
    r->environment = nf_bindings_environment(p->bindings);
    status = nf_xpath_compile(&p->xpath, s->model, entity, xpath, profile,
                              variable_type, p, err);
    if (status == NF_OK)
        status = fill_values(p, err);
    if (status == NF_OK)
        status = read_sorts(p, entity, sort, err);
    r->constraint = p->xpath;
    r->variables = p->values;
    if (status == NF_OK && nf_bindings_current(p->bindings))
        status = nf_session_read_id(s, nf_bindings_current(p->bindings), NULL,
                                    &r->current_object, err);
    return status;
}

static nf_status init(prepared *p, nf_session *s, nf_error *err)
{
    memset(p, 0, sizeof *p);
    p->session = s;
    p->selection.retrieval.limit = -1;
    p->bindings =
        nf_bindings_new(&s->world.environment, s->objects, bound_object, s);
    return p->bindings ? NF_OK : nf_error_nomem(err);
}

/* ---- one query --------------------------------------------------------- */

static nf_status write_record(void *user, nf_record *record, nf_error *err)
{
    nf_data_shown shown = {
        .entity = record->entity, .id = record->id, .members = record->members};
    return nf_data_write(user, &shown, err);
}

static nf_status explain(prepared *p, nf_write_fn write, void *user,
                         nf_error *err)
{
    char *text = NULL;
    nf_status status = nf_record_explain(nf_session_database(p->session),
                                         &p->selection, &text, err);
    if (status == NF_OK && !write(user, text, strlen(text)))
        status = nf_error_set(err, NF_INPUT, "unwritable",
                              "the output can't be written");
    nf_free(text);
    return status;
}

static nf_status bind_variables(prepared *p, const nf_query *query,
                                nf_error *err)
{
    for (size_t i = 0; i < query->variable_count; i++) {
        nf_status status =
            nf_bindings_add_text(p->bindings, query->variables[i], err);
        if (status != NF_OK)
            return status;
    }
    return NF_OK;
}

/* ---- objects ------------------------------------------------------------- */

typedef struct found {
    const nf_entity *entity;
    int64_t id;
} found;

typedef struct findings {
    found *items;
    size_t count, capacity;
} findings;

static nf_status note_record(void *user, nf_record *record, nf_error *err)
{
    findings *f = user;
    found *grown = nf_grow(f->items, f->count, &f->capacity, sizeof *f->items);
    if (!grown)
        return nf_error_nomem(err);
    f->items = grown;
    f->items[f->count++] = (found){record->entity, record->id};
    return NF_OK;
}

static nf_status take_objects(nf_list *list, nf_session *s, const findings *f,
                              nf_error *err)
{
    for (size_t i = 0; i < f->count; i++) {
        nf_object *object = NULL;
        nf_status status = nf_objects_get(
            &object, s->objects, f->items[i].entity, f->items[i].id, err);
        if (status == NF_OK && object && !nf_list_append(list, object))
            status = nf_error_nomem(err);
        if (object)
            nf_object_release(object);
        if (status != NF_OK)
            return status;
    }
    return NF_OK;
}

static nf_status start_query(prepared *p, nf_session *s, nf_query *query,
                             const nf_query *given, nf_error *err)
{
    nf_status status = init(p, s, err);
    if (status == NF_OK)
        status = nf_options_read(query, sizeof *query, given,
                                 "options of a query", err);
    if (status == NF_OK)
        status = bind_variables(p, query, err);
    if (status == NF_OK)
        status = prepare(p, query->entity, query->xpath ? query->xpath : "",
                         query->sort ? query->sort : "", query->extended, err);
    p->selection.retrieval.offset = query->offset;
    p->selection.retrieval.limit = query->limit;
    return status;
}

nf_status nf_session_retrieve(nf_list **out, nf_session *session,
                              const nf_query *given, nf_error *err)
{
    NF_IN_SESSION(session);
    findings f = {0};
    nf_query known = {0}, *query = &known;
    *out = NULL;
    prepared *p = nf_alloc(sizeof *p);
    if (!p)
        return nf_error_nomem(err);
    nf_status status = start_query(p, session, query, given, err);
    nf_list *list = NULL;
    if (status == NF_OK) {
        list = nf_list_new(nf_model_find_entity(session->model, query->entity));
        if (!list)
            status = nf_error_nomem(err);
    }
    p->selection.ids_only = true;
    if (status == NF_OK && query->limit != 0)
        status = nf_record_query(nf_session_database(session), &p->selection,
                                 note_record, &f, err);
    if (status == NF_OK)
        status = take_objects(list, session, &f, err);
    if (status == NF_OK)
        *out = list;
    else
        nf_list_free(list);
    nf_free(f.items);
    dispose(p);
    nf_free(p);
    return status;
}

nf_status nf_session_query(nf_session *session, const nf_query *given,
                           nf_write_fn write, void *user, nf_error *err)
{
    NF_IN_SESSION(session);
    prepared *p = nf_alloc(sizeof *p);
    nf_data_writer writer = {session, write, user, NULL, true};
    nf_query known = {0}, *query = &known;
    if (!p)
        return nf_error_nomem(err);
    nf_database_stream(nf_session_database(session), true);
    nf_status status = start_query(p, session, query, given, err);
    if (status == NF_OK && query->explain)
        status = explain(p, write, user, err);
    else if (status == NF_OK && query->limit != 0)
        status = nf_record_query(nf_session_database(session), &p->selection,
                                 write_record, &writer, err);
    nf_database_stream(nf_session_database(session), false);
    dispose(p);
    nf_free(p);
    return status;
}

/* ---- lines ------------------------------------------------------------- */

static nf_status answer_record(void *user, nf_record *record, nf_error *err)
{
    nf_buffer *out = user;
    char digits[NF_GUID_DIGITS];
    (void)err;
    nf_guid_digits(record->id, digits);
    if (out->length)
        nf_buffer_char(out, ',');
    nf_buffer_text(out, digits);
    return NF_OK;
}

typedef struct named {
    nf_buffer *out;
    nf_session *session;
} named;

/* Ids are shown by the names of the file that was imported. */
static nf_status answer_named(void *user, nf_record *record, nf_error *err)
{
    named *n = user;
    char *name = NULL;
    nf_status status = nf_database_name_of(nf_session_database(n->session),
                                           record->id, &name, err);
    if (status != NF_OK || !name) {
        nf_free(name);
        return status != NF_OK ? status : answer_record(n->out, record, err);
    }
    if (n->out->length)
        nf_buffer_char(n->out, ',');
    nf_buffer_text(n->out, name);
    nf_free(name);
    return NF_OK;
}

/* Splits a line into its cells in place; absent ones are "". */
static void split(char *line, char *cells[CELLS])
{
    static char none[1] = "";
    size_t length = strlen(line);
    if (length && line[length - 1] == '\r')
        line[length - 1] = '\0';
    for (size_t i = 0; i < CELLS; i++) {
        cells[i] = line ? line : none;
        char *tab = line ? strchr(line, '\t') : NULL;
        if (tab && i + 1 < CELLS)
            *tab = '\0';
        line = tab ? tab + 1 : NULL;
    }
}

/* Only `\n` is an escape in constraints (xpath §1). */
static void unescape_lines(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == 'n') {
            *to++ = '\n';
            text++;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

static nf_status parse_bindings(prepared *p, const char *cell, nf_error *err)
{
    nf_buffer decoded;
    nf_buffer_init(&decoded, NF_BUFFER_MAX);
    nf_status status = NF_OK;
    if (!nf_cell_decode(&decoded, cell, strlen(cell)))
        status = decoded.failed
                     ? nf_error_nomem(err)
                     : nf_error_set(err, NF_USAGE, "bad_binding",
                                    "the bindings have a malformed escape");
    else if (decoded.length)
        status =
            nf_bindings_parse(p->bindings, decoded.data, decoded.length, err);
    nf_buffer_dispose(&decoded);
    return status;
}

static nf_status answer(nf_buffer *out, prepared *p, char *line, bool extended,
                        nf_error *err)
{
    char *cells[CELLS];
    nf_session *s = p->session;
    named n = {out, s};
    split(line, cells);
    unescape_lines(cells[1]);
    nf_status status = parse_bindings(p, cells[3], err);
    if (status == NF_OK)
        status = read_range(p, cells[2], err);
    if (status == NF_OK)
        status = prepare(p, cells[0], cells[1], cells[2], extended, err);
    p->selection.ids_only = true;
    if (status != NF_OK)
        return status;
    return nf_record_query(nf_session_database(s), &p->selection,
                           s->show_names ? answer_named : answer_record,
                           s->show_names ? (void *)&n : (void *)out, err);
}

nf_status nf_session_query_line(char **out, nf_session *session,
                                const char *line, bool extended, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_buffer text;
    nf_error local = {0};
    nf_error_clear(&local);
    *out = NULL;
    prepared *p = nf_alloc(sizeof *p);
    char *copy = nf_strdup(line);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_database_stream(nf_session_database(session), true);
    nf_status status = p && copy ? init(p, session, &local) : NF_NOMEM;
    if (status == NF_OK) {
        status = answer(&text, p, copy, extended, &local);
        dispose(p);
    }
    if (status != NF_OK && status != NF_NOMEM) {
        nf_buffer_clear(&text);
        nf_error_answer(&text, &local);
    }
    if (status != NF_NOMEM && !text.failed)
        *out = text.length ? nf_buffer_take(&text) : nf_strdup("");
    nf_database_stream(nf_session_database(session), false);
    nf_buffer_dispose(&text);
    nf_free(copy);
    nf_free(p);
    return *out ? NF_OK : nf_error_nomem(err);
}

nf_status nf_session_load_names(nf_session *session, const char *path,
                                nf_error *err)
{
    NF_IN_SESSION(session);
    nf_data_file file;
    nf_database *database = nf_session_database(session);
    nf_database_stream(database, true);
    nf_status status = nf_data_open(&file, path, err);
    if (status == NF_OK)
        status = nf_database_begin(database, err);
    if (status == NF_OK) {
        status = nf_data_assign_names(session, &file, err);
        nf_status ended = nf_database_end(database, status == NF_OK,
                                          status == NF_OK ? err : NULL);
        status = status == NF_OK ? ended : status;
    }
    session->show_names = status == NF_OK;
    nf_data_close(&file);
    nf_database_stream(database, false);
    return status;
}
