/* Databases in memory that begin as copies of one (test E45): making the
 * tables of an app takes far longer than all else that a short test does. */
#include "database/template.h"

#include "base/memory.h"
#include "database/schema.h"

#include <pthread.h>

struct nf_templates {
    pthread_mutex_t lock;
    nf_database *sides[2]; /* by nf_database_side; NULL: not needed yet */
};

nf_templates *nf_templates_new(void)
{
    nf_templates *templates = nf_alloc(sizeof *templates);

    if (templates)
        pthread_mutex_init(&templates->lock, NULL);
    return templates;
}

void nf_templates_free(nf_templates *templates)
{
    if (!templates)
        return;
    nf_database_close(templates->sides[NF_DATABASE_DEVICE]);
    nf_database_close(templates->sides[NF_DATABASE_SERVER]);
    pthread_mutex_destroy(&templates->lock);
    nf_free(templates);
}

/* Nothing goes wrong on purpose while it is made: the first copy must not
 * differ from the others. */
static nf_status make(nf_database **out, const nf_database *like, nf_error *err)
{
    nf_database_options options = {.model = like->model, .side = like->side};
    nf_status status = nf_database_open(out, &options, err);

    if (status == NF_OK && (*out)->planned)
        status = nf_database_make(*out, err);
    if (status != NF_OK) {
        nf_database_close(*out);
        *out = NULL;
    }
    return status;
}

static nf_status copy(nf_database *to, const nf_database *from, nf_error *err)
{
    sqlite3_backup *backup =
        sqlite3_backup_init(to->handle, "main", from->handle, "main");
    int result = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
    int finished = sqlite3_backup_finish(backup);

    if (result == SQLITE_DONE && finished == SQLITE_OK)
        return NF_OK;
    if (result == SQLITE_NOMEM || finished == SQLITE_NOMEM)
        return nf_error_nomem(err);
    return nf_error_set(err, NF_FAILED, "db_error",
                        "cannot copy a database: %s",
                        sqlite3_errmsg(to->handle));
}

nf_status nf_template_copy(nf_database *database, nf_error *err)
{
    nf_templates *templates = database->templates;
    nf_database **of = &templates->sides[database->side];
    nf_status status = NF_OK;

    pthread_mutex_lock(&templates->lock);
    if (!*of)
        status = make(of, database, err);
    if (status == NF_OK && (*of)->model != database->model)
        status = nf_error_set(err, NF_USAGE, "bad_option",
                              "templates are of one model");
    if (status == NF_OK)
        status = copy(database, *of, err);
    pthread_mutex_unlock(&templates->lock);
    return status;
}
