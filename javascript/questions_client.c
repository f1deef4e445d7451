/* Questions about the client around an action: what a user sees, the host's
 * answers, local storage (activities 12.4, 13). */
#include "javascript/internal.h"

#include "base/crypto.h"

/* ---- events -------------------------------------------------------------- */

/* {level, text} */
static nf_status ask_log(nf_javascript *js, json_object *question,
                         json_object **out, nf_error *err)
{
    static const char *const levels[] = {"Trace",   "Debug", "Info",
                                         "Warning", "Error", "Critical"};
    const char *level = "Info";
    json_object *payload = json_object_new_object();

    (void)out;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i], nf_js_text(question, "level")) == 0)
            level = levels[i];
    json_object_object_add(payload, "level", json_object_new_string(level));
    json_object_object_add(payload, "node",
                           json_object_new_string("JavaScript"));
    json_object_object_add(
        payload, "text", json_object_new_string(nf_js_text(question, "text")));
    return nf_world_event(js->world, "log", payload, NULL) == NF_NOMEM
               ? nf_error_nomem(err)
               : NF_OK;
}

/* [name, payload] */
static nf_status ask_event(nf_javascript *js, json_object *question,
                           json_object **out, nf_error *err)
{
    static const char *const names[] = {"showMessage",
                                        "progressShow",
                                        "progressHide",
                                        "openUrl",
                                        "refreshObject",
                                        "refreshEntity",
                                        "signOut",
                                        "reload",
                                        "toggleSidebar",
                                        "downloadFile",
                                        "clearCachedSessionData",
                                        "openPage",
                                        "closePage"};
    const char *name = nf_js_item_text(question, 0);
    json_object *payload = nf_js_item(question, 1);
    bool known = false;
    nf_status status;

    (void)out;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known = known || strcmp(names[i], name) == 0;
    if (!known || (payload && !json_object_is_type(payload, json_type_object)))
        return nf_js_bad_question(err, "an event");
    status = nf_world_event(
        js->world, name,
        payload ? json_object_get(payload) : json_object_new_object(), err);
    if (!status && strcmp(name, "reload") == 0)
        js->reloaded = true;
    return status;
}

/* ---- what the host answers ----------------------------------------------- */

enum { ARGUMENTS_MAX = 8 };

static nf_status to_value(json_object *json, nf_value *out, nf_error *err)
{
    const char *text = json ? json_object_get_string(json) : "";
    size_t length = json_object_is_type(json, json_type_string)
                        ? (size_t)json_object_get_string_len(json)
                        : strlen(text);

    if (json_object_is_type(json, json_type_boolean))
        *out = nf_boolean(json_object_get_boolean(json));
    else if (!nf_value_text(out, text, length))
        return nf_error_nomem(err);
    return NF_OK;
}

static json_object *to_json(const nf_value *value)
{
    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        return json_object_new_boolean(value->as.boolean);
    case NF_KIND_INTEGER:
        return json_object_new_int64(value->as.integer);
    case NF_KIND_STRING:
        return json_object_new_string_len(value->as.string->text,
                                          (int)value->as.string->length);
    default:
        return NULL;
    }
}

/* [name, {argument: text or boolean, …}]: the answer, null if there is none */
static nf_status ask_request(nf_javascript *js, json_object *question,
                             json_object **out, nf_error *err)
{
    const nf_javascript_options *o = &js->options;
    json_object *arguments = nf_js_item(question, 1);
    nf_value values[ARGUMENTS_MAX], answer = nf_empty();
    const char *names[ARGUMENTS_MAX];
    size_t count = 0;
    nf_status status = NF_OK;

    if (!json_object_is_type(arguments, json_type_object))
        return nf_js_bad_question(err, "an object of arguments");
    json_object_object_foreach(arguments, key, value)
    {
        if (status || count == ARGUMENTS_MAX)
            break;
        names[count] = key;
        status = to_value(value, &values[count], err);
        count += !status;
    }
    if (!status && o->request)
        status = o->request(o->user_data, nf_js_item_text(question, 0), values,
                            names, count, &answer, err);
    if (status == NF_USAGE) { /* the host leaves it to us */
        nf_error_clear(err);
        status = NF_OK;
    }
    if (!status)
        *out = to_json(&answer);
    nf_value_release(&answer);
    for (size_t i = 0; i < count; i++)
        nf_value_release(&values[i]);
    return status;
}

/* count: that many random bytes */
static nf_status ask_random(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    uint8_t bytes[65536];
    int64_t count = json_object_get_int64(question);

    if (count < 0 || count > (int64_t)sizeof bytes)
        return nf_js_bad_question(err, "an array of at most 65536 bytes");
    if (!nf_random_bytes(&js->world->random, bytes, (size_t)count))
        return nf_error_set(err, NF_FAILED, "js_exception",
                            "there are no random numbers");
    *out = json_object_new_array();
    for (int64_t i = 0; i < count; i++)
        json_object_array_add(*out, json_object_new_int(bytes[i]));
    return NF_OK;
}

static const EVP_MD *digest_of(const char *name)
{
    const nf_crypto_functions *crypto = nf_crypto();

    return strcmp(name, "SHA-1") == 0     ? crypto->EVP_sha1()
           : strcmp(name, "SHA-256") == 0 ? crypto->EVP_sha256()
           : strcmp(name, "SHA-384") == 0 ? crypto->EVP_sha384()
           : strcmp(name, "SHA-512") == 0 ? crypto->EVP_sha512()
                                          : NULL;
}

/* The digest of what a Base64 text holds, as one. */
static nf_status digest_base64(const EVP_MD *digest, const char *text,
                               size_t length, json_object **out, nf_error *err)
{
    const nf_crypto_functions *crypto = nf_crypto();
    unsigned char made[EVP_MAX_MD_SIZE], printed[EVP_MAX_MD_SIZE * 2];
    unsigned char *bytes = nf_alloc_raw(length + 1);
    unsigned size = 0;
    int count;

    if (!bytes)
        return nf_error_nomem(err);
    count = crypto->EVP_DecodeBlock(bytes, (const unsigned char *)text,
                                    (int)length);
    for (size_t end = length; count > 0 && end && text[end - 1] == '='; end--)
        count--; /* it counts what only fills up */
    if (count >= 0 && crypto->EVP_Digest(bytes, (size_t)count, made, &size,
                                         digest, NULL) == 1)
        *out = json_object_new_string_len(
            (const char *)printed,
            crypto->EVP_EncodeBlock(printed, made, (int)size));
    nf_free(bytes);
    return *out ? NF_OK : nf_js_bad_question(err, "Base64");
}

/* [SHA-…, Base64]: the digest, Base64 */
static nf_status ask_digest(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    json_object *bytes = nf_js_item(question, 1);
    const EVP_MD *digest;

    (void)js;
    if (!nf_crypto_room())
        return nf_error_nomem(err);
    digest = digest_of(nf_js_item_text(question, 0));
    if (!digest || !json_object_is_type(bytes, json_type_string))
        return nf_js_bad_question(err, "a digest of bytes");
    return digest_base64(digest, json_object_get_string(bytes),
                         (size_t)json_object_get_string_len(bytes), out, err);
}

/* ---- local storage ------------------------------------------------------- */

enum { STORAGE_MAX = 5 * 1024 * 1024 }; /* as browsers have it */

static nf_status open_storage(nf_javascript *js, nf_error *err)
{
    char *text = NULL;
    nf_status status;

    if (js->storage)
        return NF_OK;
    status = js->options.load(js->options.user_data, &text, err);
    if (!status)
        status = nf_js_parse(&js->storage, text ? text : "{}", err);
    nf_free(text);
    if (!status && !json_object_is_type(js->storage, json_type_object)) {
        json_object_put(js->storage);
        status = nf_js_parse(&js->storage, "{}", err);
    }
    return status;
}

static nf_status ask_load(nf_javascript *js, json_object *question,
                          json_object **out, nf_error *err)
{
    nf_status status = json_object_is_type(question, json_type_string)
                           ? open_storage(js, err)
                           : nf_js_bad_question(err, "a key");

    if (!status)
        *out = json_object_get(
            nf_js_part(js->storage, json_object_get_string(question)));
    return status;
}

static nf_status save(nf_javascript *js, json_object *storage, nf_error *err)
{
    char *text = nf_json_text_of(storage, NF_JSON_LINE);
    size_t length = text ? strlen(text) : 0;
    nf_status status =
        !text ? nf_error_nomem(err)
        : length > STORAGE_MAX
            ? nf_error_set(err, NF_FAILED, "js_exception",
                           "local storage is full: it keeps %d bytes",
                           STORAGE_MAX)
            : js->options.store(js->options.user_data, text, length, err);

    nf_free(text);
    return status;
}

static nf_status clear_storage(nf_javascript *js, nf_error *err)
{
    json_object *empty;
    nf_status status = nf_js_parse(&empty, "{}", err);

    if (!status)
        status = save(js, empty, err);
    if (status) {
        json_object_put(empty);
        return status;
    }
    json_object_put(js->storage);
    js->storage = empty;
    return NF_OK;
}

/* Takes over `text`; NULL removes. */
static nf_status put_item(nf_javascript *js, const char *key, json_object *text,
                          nf_error *err)
{
    if (!text)
        json_object_object_del(js->storage, key);
    else if (json_object_object_add(js->storage, key, text) != 0)
        return nf_error_nomem(err);
    return NF_OK;
}

/* [key, text]; text null removes, key null everything */
static nf_status ask_store(nf_javascript *js, json_object *question,
                           json_object **out, nf_error *err)
{
    const char *key = nf_js_item_text(question, 0);
    json_object *text = nf_js_item(question, 1), *was;
    nf_status status = open_storage(js, err);

    (void)out;
    if (status)
        return status;
    if (!nf_js_item(question, 0))
        return clear_storage(js, err);
    was = json_object_get(nf_js_part(js->storage, key));
    status = put_item(js, key, json_object_get(text), err);
    if (!status)
        status = save(js, js->storage, err);
    /* What can't be put back is read anew. */
    if (status && put_item(js, key, json_object_get(was), NULL) != NF_OK) {
        json_object_put(js->storage);
        js->storage = NULL;
    }
    json_object_put(was);
    return status;
}

static nf_status ask_keys(nf_javascript *js, json_object *question,
                          json_object **out, nf_error *err)
{
    nf_status status = open_storage(js, err);

    (void)question;
    if (status)
        return status;
    *out = json_object_new_array();
    json_object_object_foreach(js->storage, key, value)
    {
        (void)value;
        json_object_array_add(*out, json_object_new_string(key));
    }
    return NF_OK;
}

const nf_js_question nf_js_client_questions[] = {
    {"log", ask_log},       {"event", ask_event},   {"request", ask_request},
    {"load", ask_load},     {"store", ask_store},   {"keys", ask_keys},
    {"random", ask_random}, {"digest", ask_digest}, {NULL, NULL}};
