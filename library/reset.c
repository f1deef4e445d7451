/* A device's database that this version of the app can't use as it is
 * (synchronize S139, S140): what is not synchronized is uploaded with the model
 * that the database was made with, which it keeps for this; then a new
 * database takes its place, and the next synchronization fills it. Nothing
 * that was not synchronized is ever destroyed: where the server can't be
 * reached the old database stays as it is and is tried again the next time;
 * where it refuses something, a copy stays beside the new one. */
#include "library/session.h"

#include "models/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char model_key[] = "model", print_key[] = "model_fingerprint";
enum { FINGERPRINT = 32 };

/* ---- keeping the model ------------------------------------------------- */

static nf_status store_model(const nf_session *s, nf_database *database,
                             nf_error *err)
{
    char *text = NULL;
    size_t size = 0;
    nf_status status = nf_model_write_offline_xml(s->model, &text, &size, err);
    if (status == NF_OK)
        status = nf_database_begin(database, err);
    if (status != NF_OK) {
        nf_free(text);
        return status;
    }
    status = nf_database_set_meta(database, model_key, text, size, err);
    if (status == NF_OK)
        status = nf_database_set_meta(database, print_key,
                                      nf_model_fingerprint(s->model),
                                      FINGERPRINT, err);
    nf_status ended = nf_database_end(database, status == NF_OK, err);
    nf_free(text);
    return status != NF_OK ? status : ended;
}

nf_status nf_session_keep_model(nf_session *s, nf_database *database,
                                nf_error *err)
{
    char *print = NULL;
    size_t size = 0;
    if (!s->database_path || strcmp(s->database_path, ":memory:") == 0)
        return NF_OK;
    nf_status status =
        nf_database_get_meta(database, print_key, &print, &size, err);
    bool same = status == NF_OK && print && size == FINGERPRINT &&
                memcmp(print, nf_model_fingerprint(s->model), size) == 0;
    nf_free(print);
    return status != NF_OK || same ? status : store_model(s, database, err);
}

/* ---- the old database -------------------------------------------------- */

typedef struct old_device {
    nf_model *model;
    const nf_profile *profile;
    nf_device *device;
    nf_objects *objects;
    nf_sync_client *client;
    char *kept; /* path of its copy; NULL: none */
} old_device;

static void close_old(old_device *old)
{
    nf_sync_client_free(old->client);
    nf_objects_free(old->objects);
    nf_device_free(old->device);
    nf_model_close(old->model);
    nf_free(old->kept);
}

static nf_status file_error(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "\"%s\" can't be written: %s", path, strerror(errno));
}

/* Models are opened from files. */
static nf_status open_model(nf_model **out, const char *text, nf_error *err)
{
    char path[] = "/tmp/nanoflow-model-XXXXXX.xml";
    int descriptor = mkstemps(path, 4);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (!file)
        return file_error(path, err);
    bool written = fwrite(text, 1, strlen(text), file) == strlen(text);
    written = fclose(file) == 0 && written;
    nf_status status =
        written ? nf_model_open(out, path, err) : file_error(path, err);
    unlink(path);
    return status;
}

static nf_status open_old(old_device *old, nf_session *s, const char *model,
                          nf_error *err)
{
    nf_database *database = NULL;
    nf_status status = open_model(&old->model, model, err);
    if (status != NF_OK)
        return status;
    nf_database_options options = {.model = old->model,
                                   .path = s->database_path,
                                   .side = NF_DATABASE_DEVICE,
                                   .random = &s->device_random,
                                   .must_exist = true};
    status = nf_database_open(&database, &options, err);
    if (status != NF_OK)
        return status;
    old->profile = nf_model_find_profile(old->model, s->profile_name);
    status = nf_device_new(&old->device, database, old->profile, err);
    if (status != NF_OK)
        return status;
    old->objects = nf_objects_new(old->model, nf_device_store(old->device));
    return old->objects ? NF_OK : nf_error_nomem(err);
}

/* A copy of the database as it is before anything is tried. */
static nf_status keep_copy(old_device *old, const nf_session *s, nf_error *err)
{
    nf_buffer sql;
    nf_buffer_init(&sql, NF_BUFFER_MAX);
    for (int i = 1; !old->kept; i++) {
        nf_buffer path;
        nf_buffer_init(&path, NF_BUFFER_MAX);
        nf_buffer_format(&path, "%s.unsynchronized-%d", s->database_path, i);
        old->kept = nf_buffer_take(&path);
        nf_buffer_dispose(&path);
        if (!old->kept)
            return nf_error_nomem(err);
        if (access(old->kept, F_OK) == 0) {
            nf_free(old->kept);
            old->kept = NULL;
        }
    }
    nf_buffer_text(&sql, "VACUUM INTO '");
    for (const char *c = old->kept; *c; c++)
        nf_buffer_format(&sql, *c == '\'' ? "''" : "%c", *c);
    nf_buffer_char(&sql, '\'');
    nf_status status =
        sql.failed ? nf_error_nomem(err)
                   : nf_database_execute(nf_device_database(old->device),
                                         nf_buffer_string(&sql), err);
    nf_buffer_dispose(&sql);
    return status;
}

/* Sends what is not synchronized. *all: the server has all of it. */
static nf_status upload(bool *all, old_device *old, nf_session *s,
                        nf_error *err)
{
    nf_sync_transport *transport = NULL;
    nf_sync_options options = nf_session_sync_options(s);
    nf_error failure = {0};
    int64_t left = 0;
    *all = false;
    options.model = old->model;
    options.profile = old->profile;
    options.device = old->device;
    options.objects = old->objects;
    nf_status status = nf_session_transport(&transport, s, err);
    if (status == NF_OK)
        status = nf_sync_client_new(&old->client, transport, &options, err);
    if (status != NF_OK)
        return status;
    status = nf_sync_start(old->client, NF_SYNC_RUN_UNSYNCHRONIZED, NULL, 0,
                           &failure);
    while (status == NF_OK || status == NF_PENDING) {
        status = nf_sync_step(old->client, 1000, &failure);
        if (status != NF_PENDING)
            break;
    }
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK && strcmp(failure.code, "SYNC_PARTIAL") != 0)
        return nf_error_set(err, NF_INPUT, "model_changed",
                            "the database \"%s\" was made by another version "
                            "of the app, and what is not synchronized could "
                            "not be sent: %s",
                            s->database_path, failure.message);
    if (nf_sync_last(old->client)->rejected_count) {
        nf_session_warn(s, "the server rejected changes that were not "
                           "synchronized");
        return NF_OK;
    }
    /* Changes of entities with mode Never are not sent. */
    status = nf_device_change_count(old->device, &left, err);
    *all = status == NF_OK && left == 0;
    return status;
}

static nf_status rescue(old_device *old, nf_session *s, const char *model,
                        nf_error *err)
{
    int64_t waiting = 0;
    bool all = false;
    nf_status status = open_old(old, s, model, err);
    if (status == NF_OK)
        status = nf_device_change_count(old->device, &waiting, err);
    if (status != NF_OK || waiting == 0)
        return status;
    status = keep_copy(old, s, err);
    if (status == NF_OK)
        status = upload(&all, old, s, err);
    if (status != NF_OK || all)
        unlink(old->kept);
    if (status == NF_OK && !all)
        nf_session_warn(s,
                        "%lld changes that were not synchronized are kept "
                        "in \"%s\"",
                        (long long)waiting, old->kept);
    return status;
}

static nf_status remove_database(const char *path, nf_error *err)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        nf_buffer name;
        nf_buffer_init(&name, NF_BUFFER_MAX);
        nf_buffer_format(&name, "%s%s", path, endings[i]);
        const char *text = nf_buffer_string(&name);
        bool removed = text && (unlink(text) == 0 || errno == ENOENT);
        nf_buffer_dispose(&name);
        if (!removed)
            return file_error(path, err);
    }
    return NF_OK;
}

nf_status nf_session_reset(nf_session *s, nf_error *err)
{
    old_device old = {0};
    char *model = NULL;
    nf_error problem = {0};
    if (!nf_session_has_server(s) || s->initial == NF_INITIAL_NEVER ||
        !s->database_path || nf_error_status(err) != NF_INPUT ||
        strcmp(err->code, "model_changed") != 0)
        return nf_error_status(err);
    nf_status status =
        nf_database_peek_meta(&model, s->database_path, model_key, &problem);
    if (status != NF_OK || !model)
        return nf_error_status(err); /* as it was */
    status = rescue(&old, s, model, &problem);
    close_old(&old);
    nf_free(model);
    if (status == NF_OK)
        status = remove_database(s->database_path, &problem);
    nf_error_clear(err);
    if (status != NF_OK)
        *err = problem;
    else
        nf_session_warn(s,
                        "the database \"%s\" was made by another version of "
                        "the app and begins anew; the next synchronization "
                        "fills it",
                        s->database_path);
    return status;
}
