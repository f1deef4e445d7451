/* Settings of a session that a host names by text: "sync.merge=…". */
#include "library/session.h"

#include <string.h>

typedef struct setting {
    const char *name;
    const char *values[4]; /* the first is the default; none: see `collation` */
    size_t offset;         /* of the value's index in nf_session_settings */
    bool device;           /* nothing that a server decides */
    const char *meaning;
} setting;

#define AT(field) offsetof(nf_session_settings, field)
static const setting settings[] = {
    {"collation", {NULL}, 0, false,
     "how strings sort: binary, the order of bytes, or icu:LOCALE"},
    {"javascript.strict", {"off", "on"}, AT(strict_scripts), true,
     "mx.data in JavaScript actions: off lets it do everything; on refuses "
     "create, commit, remove and get by XPath, as apps in strict mode do"},
    {"null-order", {"profile", "sqlite", "postgres"}, AT(empty_order), false,
     "where empty values sort: profile as the side does; sqlite before, postgres "
     "behind all others when ascending"},
    {"server.failures", {"fixed", "told"}, AT(tell_failures), false,
     "what a nanoflow hears of a microflow that fails on the server: fixed only "
     "that it failed; told the message of the error"},
    {"server.rest", {"off", "on"}, AT(rest), false,
     "Call REST service in microflows: off reaches nobody (network_error), "
     "except what is mocked; on sends the requests"},
    {"strict-empty", {"off", "on"}, AT(strict_empty), true,
     "committing or deleting an empty variable: off does nothing; on is the "
     "error empty_object"},
    {"sync.concurrent", {"lock", "rebase"}, AT(rebase), true,
     "objects that are being synchronized: lock refuses to commit or delete "
     "them (COMMIT_LOCKED); rebase lets the later change stay to be sent"},
    {"sync.keep-rejected", {"false", "true"}, AT(keep_rejected), true,
     "a new object that the server rejects: false removes it; true keeps it to "
     "be sent again"},
    {"sync.merge", {"object", "changed-members"}, AT(merge), true,
     "what a changed object overwrites on the server: object all members; "
     "changed-members those that were changed"},
};
#undef AT
enum { SETTINGS = sizeof settings / sizeof *settings };

const char *nf_setting_name(size_t index, const char **meaning)
{
    if (meaning)
        *meaning = index < SETTINGS ? settings[index].meaning : NULL;
    return index < SETTINGS ? settings[index].name : NULL;
}

static const setting *find(const char *text, size_t length)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].name) == length &&
            memcmp(settings[i].name, text, length) == 0)
            return &settings[i];
    return NULL;
}

static nf_status unknown(const char *text, nf_error *err)
{
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "a setting is collation, javascript.strict, null-order, "
                        "server.failures, server.rest, strict-empty, sync.concurrent, "
                        "sync.keep-rejected or sync.merge with a value, not \"%s\"",
                        text);
}

static nf_status read_collation(nf_session_settings *out, const char *value,
                                nf_error *err)
{
    bool icu = strncmp(value, "icu:", 4) == 0;
    int length = snprintf(out->collation, sizeof out->collation, "%s",
                          icu ? value + 4 : "");

    if ((icu && length > 0 && (size_t)length < sizeof out->collation) ||
        strcmp(value, "binary") == 0)
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "the setting collation is binary or icu:LOCALE, not "
                        "\"%s\"",
                        value);
}

static nf_status read_value(nf_session_settings *out, const setting *known,
                            const char *value, nf_error *err)
{
    char all[64] = "";

    if (!known->values[0])
        return read_collation(out, value, err);
    for (int i = 0; i < 4 && known->values[i]; i++) {
        if (strcmp(value, known->values[i]) == 0) {
            memcpy((char *)out + known->offset, &i, sizeof i);
            return NF_OK;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                 i ? " or " : "", known->values[i]);
    }
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "the setting %s is %s, not \"%s\"", known->name, all,
                        value);
}

nf_status nf_settings_read(nf_session_settings *out, const char *const *texts,
                           size_t count, bool server, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        size_t length = strcspn(texts[i], "=");
        const setting *known = find(texts[i], length);

        if (known && known->device && server)
            return nf_error_set(err, NF_USAGE, "bad_option",
                                "the setting %s is a device's, not a server's",
                                known->name);
        status = known ? read_value(out, known,
                                    texts[i] + length + (texts[i][length] == '='),
                                    err)
                       : unknown(texts[i], err);
    }
    return status;
}

nf_status nf_settings_order(const nf_session_settings *wanted,
                            nf_database *database, nf_error *err)
{
    nf_database_order_empty(database, (nf_empty_order)wanted->empty_order);
    return *wanted->collation
               ? nf_database_collate(database, wanted->collation, err)
               : NF_OK;
}
