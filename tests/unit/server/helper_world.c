/* See helper_world.h. */
#include "helper_world.h"

#include "database/record.h"
#include "database/xpath.h"

static void log_line(void *user, const char *level, const char *text)
{
    helper_world *world = user;
    size_t used = strlen(world->log);
    snprintf(world->log + used, sizeof world->log - used, "%s: %s\n", level,
             text);
}

static char *next_text(void)
{
    static char texts[8][600];
    static int at;
    at = (at + 1) % 8;
    return texts[at];
}

/* A copy of the app with texts replaced. */
static void write_changed_app(char *path, const char *text, const char *by)
{
    FILE *from = fopen(NF_SOURCE_DIR "/tests/unit/server/shop.xml", "r");
    FILE *to = fdopen(mkstemps(path, 4), "w");
    char line[1024], *at;

    while (fgets(line, sizeof line, from)) {
        at = strstr(line, text);
        if (at)
            fprintf(to, "%.*s%s%s", (int)(at - line), line, by,
                    at + strlen(text));
        else
            fputs(line, to);
    }
    fclose(from);
    fclose(to);
}

bool helper_on_postgres(void)
{
    return getenv("STORE") != NULL;
}

/* What names the database of this file in PostgreSQL (tests/postgres/place.sh).
 */
static int place(char *path, size_t size)
{
    char command[400];
    FILE *answer;
    bool told;

    snprintf(command, sizeof command, "bash '%s' place '%s'", getenv("STORE"),
             path);
    answer = popen(command, "r");
    told = answer && fgets(path, (int)size, answer);
    if (answer)
        pclose(answer);
    path[strcspn(path, "\n")] = '\0';
    return told ? 0 : -1;
}

static int setup_app(void **state, const char *app, const char *text,
                     const char *by, bool file)
{
    helper_world *world = calloc(1, sizeof *world);
    char path[] = "/tmp/nf-world-XXXXXX.xml";
    nf_error err = {0};

    file = file || helper_on_postgres();
    if (file) {
        snprintf(world->folder, sizeof world->folder, "/tmp/nf-world-XXXXXX");
        if (!mkdtemp(world->folder))
            return -1;
        snprintf(world->path, sizeof world->path, "%s/server.db",
                 world->folder);
    }
    if (helper_on_postgres() && place(world->path, sizeof world->path) != 0)
        return -1;
    if (text)
        write_changed_app(path, text, by);
    if (nf_model_open(&world->model, text ? path : app, &err) != NF_OK) {
        fprintf(stderr, "%s:%ld: %s\n", err.file, err.line, err.message);
        return -1;
    }
    if (text)
        unlink(path);
    world->now = 1700000000000;
    world->clock = nf_clock_fixed(&world->now);
    nf_random_seed(&world->random, 7);
    world->options = (nf_server_options){.model = world->model,
                                         .database = file ? world->path : NULL,
                                         .clock = world->clock,
                                         .random = &world->random,
                                         .log = log_line,
                                         .user = world};
    if (nf_server_open(&world->server, &world->options, &err) != NF_OK) {
        fprintf(stderr, "server: %s\n", err.message);
        return -1;
    }
    *state = world;
    return 0;
}

static int setup(void **state, const char *text, const char *by, bool file)
{
    return setup_app(state, NF_SOURCE_DIR "/tests/unit/server/shop.xml", text,
                     by, file);
}

int helper_setup_app(void **state, const char *path)
{
    return setup_app(state, path, NULL, NULL, true);
}

int helper_setup_views(void **state)
{
    return setup_app(state, NF_SOURCE_DIR "/tests/unit/server/views.xml", NULL,
                     NULL, true);
}

int helper_setup(void **state)
{
    return setup(state, NULL, NULL, false);
}

int helper_setup_changed(void **state, const char *from, const char *to)
{
    return setup(state, from, to, false);
}

int helper_setup_partial(void **state)
{
    return setup(state, "ThrowPartialSyncError=\"false\"",
                 "ThrowPartialSyncError=\"true\"", false);
}

int helper_setup_guests(void **state)
{
    return setup(state, "EnableDemoUsers=\"true\"",
                 "EnableGuestAccess=\"true\" GuestUserRole=\"Clerk\"", false);
}

int helper_setup_file(void **state)
{
    return setup(state, NULL, NULL, true);
}

void helper_restart(helper_world *world)
{
    nf_error err = {0};

    nf_server_close(world->server);
    if (nf_server_open(&world->server, &world->options, &err) != NF_OK)
        fail_msg("%s", err.message);
}

int helper_teardown(void **state)
{
    helper_world *world = *state;
    char command[80];

    nf_server_close(world->server);
    nf_model_close(world->model);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    if (world->folder[0] && system(command) != 0)
        return -1;
    free(world);
    return 0;
}

/* ---- faults ------------------------------------------------------------- */

static nf_status cut(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK", "cut");
}

static nf_status faults_exchange(nf_sync_transport *transport,
                                 const nf_sync_request *request,
                                 nf_sync_response *response, int timeout_ms,
                                 nf_error *err)
{
    helper_faults *f = (helper_faults *)transport;
    bool fail = ++f->calls == f->fail_at;
    helper_answer answer = HELPER_PASS;
    nf_status status;

    if (request->session)
        snprintf(f->session, sizeof f->session, "%s", request->session);
    if (f->answer) {
        response->more = false;
        response->body.length = 0;
        answer = f->answer(f->user, request, response);
    }
    if (answer == HELPER_ANSWERED)
        return NF_OK;
    if (answer == HELPER_WAIT)
        return NF_PENDING;
    if ((fail && !f->late) || answer == HELPER_CUT)
        return cut(err);
    status =
        f->inner->ops->exchange(f->inner, request, response, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (fail || answer == HELPER_LATE_CUT)
        return cut(err);
    if (f->spoil)
        f->spoil(f->user, request, response);
    return NF_OK;
}

static void faults_cancel(nf_sync_transport *transport)
{
    helper_faults *f = (helper_faults *)transport;
    f->inner->ops->cancel(f->inner);
}

static void faults_free(nf_sync_transport *transport)
{
    helper_faults *f = (helper_faults *)transport;
    nf_sync_transport_free(f->inner);
    free(f);
}

static const nf_sync_transport_ops faults_ops = {faults_exchange, faults_cancel,
                                                 faults_free, NULL};

/* ---- devices --------------------------------------------------------------
 */

void (*helper_configure)(nf_sync_options *options);

void helper_device_open(helper_device *out, helper_world *world,
                        const char *user)
{
    nf_error err = {0};
    nf_database *database = NULL;
    const nf_profile *profile = nf_model_find_profile(world->model, NULL);
    nf_database_options options = {.model = world->model,
                                   .side = NF_DATABASE_DEVICE,
                                   .random = &world->random};
    nf_sync_options sync = {.model = world->model,
                            .profile = profile,
                            .clock = world->clock,
                            .random = &world->random,
                            .no_retry = true,
                            .identity = {.user = user}};

    memset(out, 0, sizeof *out);
    assert_int_equal(nf_database_open(&database, &options, &err), NF_OK);
    assert_int_equal(nf_device_new(&out->device, database, profile, &err),
                     NF_OK);
    out->objects = nf_objects_new(world->model, nf_device_store(out->device));
    assert_non_null(out->objects);
    out->faults = calloc(1, sizeof *out->faults);
    out->faults->base.ops = &faults_ops;
    assert_int_equal(
        nf_server_transport(&out->faults->inner, world->server, &err), NF_OK);
    if (helper_configure)
        helper_configure(&sync);
    sync.device = out->device;
    sync.objects = out->objects;
    assert_int_equal(
        nf_sync_client_new(&out->client, &out->faults->base, &sync, &err),
        NF_OK);
}

void helper_device_close(helper_device *device)
{
    nf_sync_client_free(device->client);
    nf_objects_free(device->objects);
    nf_device_free(device->device);
}

nf_status helper_try(helper_device *device, nf_sync_kind kind,
                     nf_object *const *objects, size_t count, nf_error *err)
{
    nf_status status;
    nf_error_clear(err);
    status = nf_sync_start(device->client, kind, objects, count, err);
    if (status != NF_OK)
        return status;
    do
        status = nf_sync_step(device->client, 10, err);
    while (status == NF_PENDING);
    return status;
}

void helper_sync(helper_device *device, nf_sync_kind kind,
                 nf_object *const *objects, size_t count)
{
    nf_error err = {0};
    nf_status status = helper_try(device, kind, objects, count, &err);
    if (status != NF_OK)
        fail_msg("%s: %s", err.code, err.message);
}

const nf_entity *helper_entity(const helper_world *world, const char *name)
{
    const nf_entity *entity = nf_model_find_entity(world->model, name);
    if (!entity)
        fail_msg("no entity %s", name);
    return entity;
}

const nf_member *helper_member(const nf_entity *entity, const char *name)
{
    const nf_member *member = nf_entity_find_member(entity, name);
    if (!member)
        fail_msg("no member %s", name);
    return member;
}

nf_object *helper_create(helper_world *world, helper_device *device,
                         const char *entity)
{
    nf_object *object = NULL;
    nf_error err = {0};
    if (nf_objects_create(&object, device->objects,
                          helper_entity(world, entity), world->now,
                          &err) != NF_OK)
        fail_msg("%s", err.message);
    return object;
}

static void set_value(nf_object *object, const char *member, nf_value value)
{
    nf_error err = {0};
    if (nf_object_set(object, helper_member(object->entity, member), &value,
                      &err) != NF_OK)
        fail_msg("%s", err.message);
    nf_value_release(&value);
}

void helper_set_text(nf_object *object, const char *member, const char *text)
{
    nf_value value;
    assert_true(nf_value_text(&value, text, strlen(text)));
    if (helper_member(object->entity, member)->type.kind == NF_KIND_ENUMERATION)
        value.kind = NF_KIND_ENUMERATION;
    set_value(object, member, value);
}

void helper_set_integer(nf_object *object, const char *member, int64_t value)
{
    set_value(object, member, nf_integer(value));
}

void helper_set_object(nf_object *object, const char *member, nf_object *target)
{
    set_value(object, member,
              target ? nf_object_take(nf_object_retain(target)) : nf_empty());
}

void helper_commit(helper_device *device, nf_object *object)
{
    nf_error err = {0};
    if (nf_objects_commit(device->objects, &object, 1, &err) != NF_OK)
        fail_msg("%s: %s", err.code, err.message);
}

void helper_delete(helper_device *device, nf_object *object)
{
    nf_error err = {0};
    if (nf_objects_delete(device->objects, &object, 1, &err) != NF_OK)
        fail_msg("%s: %s", err.code, err.message);
}

static const char *value_text(const nf_value *value)
{
    char *out = next_text();
    nf_decimal decimal;

    out[0] = '\0';
    switch (value->kind) {
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        snprintf(out, 600, "%s", value->as.string->text);
        break;
    case NF_KIND_BOOLEAN:
        snprintf(out, 600, "%s", value->as.boolean ? "true" : "false");
        break;
    case NF_KIND_DECIMAL:
        decimal = nf_value_decimal(value);
        nf_decimal_format(&decimal, out, 600);
        break;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
    case NF_KIND_ID:
        snprintf(out, 600, "%lld", (long long)value->as.integer);
        break;
    case NF_KIND_OBJECT:
        snprintf(out, 600, "%lld", (long long)value->as.object->id);
        break;
    default:
        break;
    }
    return out;
}

const char *helper_text(nf_object *object, const char *member)
{
    nf_value value = nf_empty();
    nf_error err = {0};
    const char *text;
    if (nf_object_get(&value, object, helper_member(object->entity, member),
                      &err) != NF_OK)
        fail_msg("%s", err.message);
    text = value_text(&value);
    nf_value_release(&value);
    return text;
}

static nf_list *all_of(helper_device *device, const nf_entity *entity)
{
    nf_list *list = nf_list_new(entity);
    nf_retrieval retrieval = {.entity = entity, .limit = -1};
    nf_store *store = nf_device_store(device->device);
    nf_error err = {0};
    if (store->ops->retrieve(store, list, device->objects, &retrieval, &err) !=
        NF_OK)
        fail_msg("%s", err.message);
    return list;
}

nf_object *helper_find(helper_world *world, helper_device *device,
                       const char *entity, const char *member, const char *text)
{
    nf_list *list = all_of(device, helper_entity(world, entity));
    nf_object *found = NULL;
    for (size_t i = 0; i < nf_list_count(list) && !found; i++) {
        if (!strcmp(helper_text(list->items[i], member), text))
            found = nf_object_retain(list->items[i]);
    }
    nf_list_release(list);
    return found;
}

int helper_count(helper_device *device, helper_world *world, const char *entity)
{
    nf_list *list = all_of(device, helper_entity(world, entity));
    int count = (int)nf_list_count(list);
    nf_list_release(list);
    return count;
}

nf_change_kind helper_change(helper_device *device, int64_t id)
{
    nf_change change = {0};
    nf_change_kind kind;
    nf_error err = {0};
    assert_int_equal(nf_device_change(&change, device->device, id, &err),
                     NF_OK);
    kind = change.kind;
    nf_change_dispose(&change);
    return kind;
}

/* ---- the server ------------------------------------------------------------
 */

static void import(helper_world *world, const nf_server_row *row)
{
    nf_error err = {0};
    assert_int_equal(nf_server_import_begin(world->server, false, &err), NF_OK);
    if (nf_server_import_row(world->server, row, &err) != NF_OK)
        fail_msg("%s", err.message);
    assert_int_equal(nf_server_import_end(world->server, true, &err), NF_OK);
}

void helper_server_set(helper_world *world, const char *entity, int64_t id,
                       const char *member, nf_value value)
{
    const nf_entity *e = helper_entity(world, entity);
    nf_value *values = calloc(e->member_count + 1, sizeof *values);
    uint64_t *given = nf_member_set_new(e);
    size_t index = helper_member(e, member)->index;
    nf_server_row row = {
        .entity = e, .id = id, .members = values, .given = given};

    values[index] = value;
    nf_member_set_add(given, index);
    import(world, &row);
    nf_value_release(&value);
    free(values);
    nf_free(given);
}

void helper_server_set_text(helper_world *world, const char *entity, int64_t id,
                            const char *member, const char *text)
{
    nf_value value;
    assert_true(nf_value_text(&value, text, strlen(text)));
    helper_server_set(world, entity, id, member, value);
}

int64_t helper_server_add(helper_world *world, const char *entity,
                          const char *member, const char *text)
{
    int64_t id = 0;
    nf_error err = {0};
    assert_int_equal(nf_server_new_id(world->server,
                                      helper_entity(world, entity), &id, &err),
                     NF_OK);
    helper_server_set_text(world, entity, id, member, text);
    return id;
}

void helper_server_delete(helper_world *world, const char *entity, int64_t id)
{
    nf_server_row row = {
        .entity = helper_entity(world, entity), .id = id, .deleted = true};
    import(world, &row);
}

void helper_server_contents(helper_world *world, const char *entity, int64_t id,
                            const char *bytes)
{
    const nf_entity *e = helper_entity(world, entity);
    nf_value *values = calloc(e->member_count + 1, sizeof *values);
    uint64_t *given = nf_member_set_new(e);
    nf_server_row row = {.entity = e,
                         .id = id,
                         .members = values,
                         .given = given,
                         .contents = bytes,
                         .contents_size = strlen(bytes)};
    import(world, &row);
    free(values);
    nf_free(given);
}

const char *helper_server_text(helper_world *world, const char *entity,
                               int64_t id, const char *member)
{
    const nf_entity *e = helper_entity(world, entity);
    nf_record record = {0};
    nf_error err = {0};
    const char *text = "";
    assert_int_equal(
        nf_record_read(&record, nf_server_database(world->server), e, id, &err),
        NF_OK);
    if (record.entity)
        text = value_text(&record.members[helper_member(e, member)->index]);
    nf_record_dispose(&record);
    return text;
}

bool helper_server_has(helper_world *world, const char *entity, int64_t id)
{
    bool exists = false;
    nf_error err = {0};
    assert_int_equal(nf_record_exists(nf_server_database(world->server),
                                      helper_entity(world, entity), id, &exists,
                                      &err),
                     NF_OK);
    return exists;
}

int helper_server_count(helper_world *world, const char *entity)
{
    nf_selection selection = {
        .retrieval = {.entity = helper_entity(world, entity), .limit = -1}};
    int64_t count = 0;
    nf_error err = {0};
    assert_int_equal(nf_record_count(nf_server_database(world->server),
                                     &selection, &count, &err),
                     NF_OK);
    return (int)count;
}

typedef struct last_error {
    const char *member, *text;
} last_error;

static nf_status see_error(void *user, nf_record *record, nf_error *err)
{
    last_error *last = user;
    (void)err;
    last->text = value_text(
        &record->members[helper_member(record->entity, last->member)->index]);
    return NF_OK;
}

const char *helper_last_error(helper_world *world, const char *member)
{
    last_error last = {.member = member, .text = ""};
    nf_selection selection = {
        .retrieval = {.entity =
                          helper_entity(world, "System.SynchronizationError"),
                      .limit = -1}};
    nf_error err = {0};
    assert_int_equal(nf_record_query(nf_server_database(world->server),
                                     &selection, see_error, &last, &err),
                     NF_OK);
    return last.text;
}

/* ---- dumps --------------------------------------------------------------- */

void helper_row_text(nf_buffer *out, const nf_entity *entity, int64_t id,
                     int mark, const nf_value *members)
{
    nf_buffer_format(out, "%s %lld %d", entity->qualified, (long long)id, mark);
    for (size_t i = 0; members && i < entity->member_count; i++)
        nf_buffer_format(out, " %s=%s", entity->members[i].name,
                         value_text(&members[i]));
    nf_buffer_char(out, '\n');
}

static nf_status dump_row(void *user, nf_record *record, nf_import_state state,
                          nf_error *err)
{
    (void)err;
    helper_row_text(user, record->entity, record->id, (int)state,
                    record->members);
    return NF_OK;
}

char *helper_dump(helper_device *device, helper_world *world)
{
    nf_buffer out;
    nf_error err = {0};
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_text(&out, "dump\n");
    for (size_t i = 0; i < nf_model_entity_count(world->model); i++) {
        const nf_entity *entity = nf_model_entity(world->model, i);
        if (!nf_database_table(nf_device_database(device->device), entity))
            continue;
        assert_int_equal(
            nf_device_export(device->device, entity, dump_row, &out, &err),
            NF_OK);
    }
    return nf_buffer_take(&out);
}
