/* The files of a sweep: copies of the device's and the server's database that
 * every fault starts from anew. */
#include "library/sweep.h"

#include "database/database.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, COPY_BYTES = 1 << 16 };

/* Databases of the sweep: at first, and at work. */
#define FIRST  "first-"
#define DEVICE "device.db"
#define SERVER "server.db"

static nf_status file_error(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "\"%s\" can't be copied: %s", path, strerror(errno));
}

static bool join(char path[PATH_SIZE], const char *folder, const char *a,
                 const char *b)
{
    int length = snprintf(path, PATH_SIZE, "%s/%s%s", folder, a, b);
    return length > 0 && length < PATH_SIZE;
}

/* ---- files --------------------------------------------------------------- */

static bool copy_bytes(int from, int to)
{
    char bytes[COPY_BYTES];
    ssize_t count;

    while ((count = read(from, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0, n; done < count; done += n)
            if ((n = write(to, bytes + done, (size_t)(count - done))) <= 0)
                return false;
    return count == 0;
}

/* A file that is not there is none in the copy. */
static nf_status copy_file(const char *from, const char *to, nf_error *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out;
    bool ok;

    if (in < 0) {
        unlink(to);
        return errno == ENOENT ? NF_OK : file_error(from, err);
    }
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = out >= 0 && copy_bytes(in, out);
    if (out >= 0 && close(out) != 0)
        ok = false;
    close(in);
    return ok ? NF_OK : file_error(to, err);
}

static void empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        char name[PATH_SIZE];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            !join(name, path, entry->d_name, ""))
            continue;
        if (unlink(name) != 0) {
            empty_folder(name);
            rmdir(name);
        }
    }
    if (folder)
        closedir(folder);
}

static nf_status copy_folder(const char *from, const char *to, nf_error *err)
{
    DIR *folder = opendir(from);
    struct dirent *entry;
    nf_status status = NF_OK;

    empty_folder(to);
    if (!folder)
        return NF_OK;
    if (mkdir(to, 0700) != 0 && errno != EEXIST)
        status = file_error(to, err);
    while (status == NF_OK && (entry = readdir(folder))) {
        char a[PATH_SIZE], b[PATH_SIZE];
        struct stat info;
        if (!join(a, from, entry->d_name, "") ||
            !join(b, to, entry->d_name, ""))
            status = file_error(from, err);
        else if (stat(a, &info) == 0 && S_ISREG(info.st_mode))
            status = copy_file(a, b, err);
    }
    closedir(folder);
    return status;
}

nf_status sweep_copy_database(const char *from, const char *to, nf_error *err)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char a[PATH_SIZE], b[PATH_SIZE];
    nf_status status = NF_OK;

    if (strlen(from) > PATH_SIZE - 16 || strlen(to) > PATH_SIZE - 16)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the path \"%.200s\" is too long", from);
    for (size_t i = 0; status == NF_OK && i < 4; i++) {
        snprintf(a, sizeof a, "%s%s", from, endings[i]);
        snprintf(b, sizeof b, "%s%s", to, endings[i]);
        if (i == 2) /* made anew */
            unlink(b);
        else
            status = copy_file(a, b, err);
    }
    if (status != NF_OK)
        return status;
    snprintf(a, sizeof a, "%s-files", from);
    snprintf(b, sizeof b, "%s-files", to);
    return copy_folder(a, b, err);
}

/* ---- the sweep's own ----------------------------------------------------- */

static const char *server_path(const sweep *s)
{
    const char *path = s->given->server_database;
    if (!path && s->given->server && !strncmp(s->given->server, "local:", 6))
        path = s->given->server + 6;
    return path;
}

static nf_status copy_given(sweep *s, const char *given, const char *name,
                            nf_error *err)
{
    char path[PATH_SIZE];

    if (!given || !strcmp(given, ":memory:"))
        return NF_OK; /* begins empty */
    if (!join(path, s->folder, name, ""))
        return file_error(s->folder, err);
    return sweep_copy_database(given, path, err);
}

nf_status sweep_prepare(sweep *s, nf_error *err)
{
    const char *place = getenv("TMPDIR");
    char path[PATH_SIZE];

    if (!server_path(s))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "a sweep works on copies of both databases: give "
                            "--server local:FILE, or the address of a "
                            "database in PostgreSQL");
    snprintf(path, sizeof path, "%s/nanoflow-sweep-XXXXXX",
             place && strlen(place) < 256 ? place : "/tmp");
    if (!mkdtemp(path))
        return file_error(path, err);
    s->folder = nf_strdup(path);
    if (!s->folder) {
        rmdir(path);
        return nf_error_nomem(err);
    }
    nf_status status = copy_given(s, s->given->database, DEVICE, err);
    if (status == NF_OK)
        status = sweep_is_address(server_path(s))
                     ? sweep_prepare_address(s, server_path(s), err)
                     : copy_given(s, server_path(s), SERVER, err);
    return status;
}

void sweep_clean(sweep *s)
{
    sweep_clean_address(s);
    if (!s->folder)
        return;
    empty_folder(s->folder);
    rmdir(s->folder);
    nf_free(s->folder);
    s->folder = NULL;
}

static nf_status copy_both(sweep *s, bool back, nf_error *err)
{
    static const char *const names[] = {DEVICE, SERVER};
    nf_status status = NF_OK;

    if (s->address)
        status = sweep_copy_address(s, back, err);
    for (int i = 0; status == NF_OK && i < (s->address ? 1 : 2); i++) {
        char first[PATH_SIZE], work[PATH_SIZE];
        if (!join(first, s->folder, FIRST, names[i]) ||
            !join(work, s->folder, names[i], ""))
            return file_error(s->folder, err);
        status = back ? sweep_copy_database(first, work, err)
                      : sweep_copy_database(work, first, err);
    }
    return status;
}

nf_status sweep_reset(sweep *s, nf_error *err)
{
    return copy_both(s, true, err);
}

nf_status sweep_open(nf_session **out, sweep *s, nf_faults *faults,
                     nf_error *err)
{
    nf_session_options options = *s->given;
    char device[PATH_SIZE], server[PATH_SIZE];

    *out = NULL;
    if (!join(device, s->folder, DEVICE, "") ||
        snprintf(server, sizeof server, "local:%s%s%s",
                 s->address ? "" : s->folder, s->address ? "" : "/",
                 s->address ? s->address : SERVER) >= (int)sizeof server)
        return file_error(s->folder, err);
    options.side = NF_SIDE_DEVICE;
    options.device = s->given->device ? s->given->device : "sweep";
    options.database = device;
    options.server = server;
    options.server_database = options.faults = options.trace = NULL;
    options.now = s->now;
    options.seeded = true;
    options.seed = s->given->seeded ? s->given->seed : s->options->seed;
    options.event = NULL; /* one run would be told a thousand times */
    options.progress = NULL;
    nf_session_parts parts = {.faults = faults ? faults : s->none,
                              .over_http = s->options->over_http};
    return nf_session_new_with(out, s->app, &options, &parts, err);
}

/* ---- counting ------------------------------------------------------------ */

static nf_status count_writes(nf_database *database, const nf_entity *entity,
                              nf_error *err)
{
    static const char *const events[] = {"INSERT", "UPDATE"};
    const char *table = nf_database_table(database, entity);
    nf_status status = NF_OK;

    for (int i = 0; status == NF_OK && i < 2; i++) {
        char *sql = sqlite3_mprintf(
            "CREATE TRIGGER _mx_sweep_%lld_%d AFTER %s ON %s BEGIN "
            "INSERT INTO _mx_sweep(id, writes) VALUES(NEW.id, 1) ON "
            "CONFLICT(id) DO UPDATE SET writes = writes + 1; END",
            (long long)nf_database_entity_number(database, entity), i,
            events[i], table);
        status =
            sql ? nf_database_execute(database, sql, err) : nf_error_nomem(err);
        sqlite3_free(sql);
    }
    return status;
}

static nf_status count_all(nf_session *session, bool address, nf_error *err)
{
    nf_database *database = nf_server_database(session->server);
    nf_status status = nf_database_create(
        database,
        "CREATE TABLE IF NOT EXISTS _mx_sweep(id INTEGER PRIMARY KEY, "
        "writes INTEGER) STRICT",
        err);

    for (size_t i = 0;
         status == NF_OK && i < nf_model_entity_count(session->model); i++) {
        const nf_entity *entity = nf_model_entity(session->model, i);
        bool root = !entity->generalization ||
                    !nf_database_table(database, entity->generalization);
        if (!entity->module->system && entity->module && root &&
            nf_database_table(database, entity))
            status = address ? sweep_count_address(database, entity, err)
                             : count_writes(database, entity, err);
    }
    return status;
}

nf_status sweep_fix(sweep *s, nf_error *err)
{
    nf_session *session = NULL;
    nf_status status = sweep_open(&session, s, NULL, err);

    if (status == NF_OK)
        status = count_all(session, s->address != NULL, err);
    /* A plan leaves the device with a token, so that a thousand runs do not
     * prove a password, which takes long on purpose (W19). */
    if (status == NF_OK && s->options->over_http)
        status = nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL, NULL,
                                        0, true, err);
    nf_session_free(session);
    return status == NF_OK ? copy_both(s, false, err) : status;
}
