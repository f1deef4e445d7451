/* A host with nothing but nanoflow.h: acceptance scenarios of synchronize §29
 * that need a host function for a microflow, or objects that no nanoflow can
 * make. Arguments: the app, the database of the server, its address. */
#include "nanoflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(bool ok, const char *what, const nf_error *err)
{
    char *text = ok ? NULL : nf_error_print(err);
    if (ok)
        return;
    fprintf(stderr, "failed: %s: %s\n", what, text ? text : "");
    nf_text_free(text);
    failures++;
}

typedef struct host {
    const nf_app *app;
    const char *server_database, *server;
    int calls;
} host;

static nf_status answer(void *user, nf_session *session, const char *kind,
                        const char *name, const nf_argument *arguments,
                        size_t count, void **token, nf_value **result,
                        nf_error *err);

static nf_session *open_session(host *h, nf_side side)
{
    nf_session *session = NULL;
    nf_error *err = nf_error_new();
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    o.side = side;
    o.now = "2026-03-18T10:20:30Z";
    o.initial_sync = "never";
    o.call = answer;
    o.host = h;
    if (side == NF_SIDE_SERVER) {
        o.server_database = h->server_database;
    } else {
        o.server = h->server;
        o.user = "anna";
        o.password = "demo";
    }
    if (nf_session_new(&session, h->app, &o, err) != NF_OK)
        check(false, "session", err);
    nf_error_free(err);
    if (!session)
        exit(1);
    return session;
}

static void import(host *h, const char *lines)
{
    nf_session *server = open_session(h, NF_SIDE_SERVER);
    nf_error *err = nf_error_new();
    FILE *file = fopen("lines.jsonl", "w");
    if (file) {
        fputs(lines, file);
        fclose(file);
    }
    check(nf_session_import(NULL, server, "lines.jsonl", err) == NF_OK,
          "import", err);
    nf_error_free(err);
    nf_session_free(server);
}

/* What the microflow does: the customers of before are gone, others came. */
static nf_status answer(void *user, nf_session *session, const char *kind,
                        const char *name, const nf_argument *arguments,
                        size_t count, void **token, nf_value **result,
                        nf_error *err)
{
    host *h = user;
    (void)session;
    (void)arguments;
    (void)count;
    (void)token;
    (void)result;
    (void)err;
    if (strcmp(kind, "microflow") != 0 || strcmp(name, "Flows.Recreate") != 0)
        return NF_USAGE;
    h->calls++;
    import(h, "{\"entity\":\"Shop.Customer\",\"id\":\"c1\",\"$state\":"
              "\"deleted\"}\n"
              "{\"entity\":\"Shop.Customer\",\"id\":\"c2\",\"$state\":"
              "\"deleted\"}\n"
              "{\"entity\":\"Shop.Customer\",\"id\":\"c3\",\"Name\":"
              "\"Three\"}\n"
              "{\"entity\":\"Shop.Customer\",\"id\":\"c4\",\"Name\":"
              "\"Four\"}\n");
    return NF_OK;
}

/* A26: only the recreated ones are retrieved; the list of before is empty. */
static void recreate(host *h)
{
    nf_session *session;
    nf_value *result = NULL;
    nf_error *err = nf_error_new();
    char *text;

    import(h, "{\"entity\":\"Shop.Customer\",\"id\":\"c1\",\"Name\":\"One\"}\n"
              "{\"entity\":\"Shop.Customer\",\"id\":\"c2\",\"Name\":\"Two\"}"
              "\n");
    session = open_session(h, NF_SIDE_DEVICE);
    check(nf_session_call(&result, session, "Flows.Refill", NULL, 0, err) ==
              NF_OK,
          "Flows.Refill", err);
    text = result ? nf_value_print(result) : NULL;
    check(text && strcmp(text, "0 Three;Four;") == 0 && h->calls == 1,
          text ? text : "no answer", NULL);
    nf_text_free(text);
    nf_value_free(result);
    nf_session_free(session);
    nf_error_free(err);
}

/* A42, A100: an object of an online entity, changed and not committed, is not
 * sent and stays as it is; selecting it is refused. */
static void online(host *h)
{
    nf_session *session = open_session(h, NF_SIDE_DEVICE);
    nf_object *price = NULL;
    nf_value *five = nf_value_new_integer(5), *found = NULL;
    nf_error *err = nf_error_new();
    int64_t amount = 0;

    check(nf_session_create(&price, session, "Shop.Price", err) == NF_OK &&
              nf_object_change(price, "Amount", five, err) == NF_OK,
          "a price", err);
    check(nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL, NULL, 0,
                                 false, err) == NF_OK,
          "all", err);
    check(nf_object_member(&found, price, "Amount", err) == NF_OK &&
              nf_value_as_integer(&amount, found) && amount == 5 &&
              !nf_object_is_gone(price) &&
              strcmp(nf_object_state_text(price), "new") == 0,
          "the price afterwards", err);
    check(nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_SELECTED, &price,
                                 1, false, err) == NF_FAILED &&
              strcmp(nf_error_text(err, NF_ERROR_CODE), "SYNC_ENTITY") == 0,
          "SYNC_ENTITY", err);
    nf_value_free(found);
    nf_value_free(five);
    nf_object_free(price);
    nf_session_free(session);
    nf_error_free(err);
}

int main(int argc, char **argv)
{
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    host h = {0};

    if (argc != 4)
        return 2;
    check(nf_app_open(&app, argv[1], err) == NF_OK, argv[1], err);
    h = (host){app, argv[2], argv[3], 0};
    if (app) {
        recreate(&h);
        online(&h);
    }
    nf_app_close(app);
    nf_error_free(err);
    return failures ? 1 : 0;
}
