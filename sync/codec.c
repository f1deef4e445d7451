/* Structure of messages and records (synchronize W15, W23, W28 … W32). Every
 * byte comes from the other side: lengths, types, texts and depth are checked
 * before anything is looked at. */
#include "sync/codec.h"

#include <openssl/evp.h>

void nf_hex(char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool nf_unhex(uint8_t *bytes, size_t size, const char *text)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool nf_sha256(uint8_t digest[NF_SHA256_SIZE], const void *bytes, size_t size)
{
    return EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) == 1;
}

const char *nf_outcome_state_name(nf_outcome_state state)
{
    static const char *const names[] = {"created",   "updated",  "deleted",
                                        "duplicate", "rejected", "gone"};
    return names[state];
}

/* ---- documents --------------------------------------------------------- */

static bool document_check(const uint8_t *bytes, size_t size, int depth);

static bool element_check(const bson_iter_t *iter, int depth)
{
    const char *key = bson_iter_key(iter);
    const uint8_t *data = NULL;
    uint32_t length = 0;

    if (!nf_utf8_valid(key, strlen(key)))
        return false;
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_UTF8: {
        const char *text = bson_iter_utf8(iter, &length);
        return text && nf_utf8_valid(text, length);
    }
    case BSON_TYPE_DOCUMENT:
        bson_iter_document(iter, &length, &data);
        return data && document_check(data, length, depth + 1);
    case BSON_TYPE_ARRAY:
        bson_iter_array(iter, &length, &data);
        return data && document_check(data, length, depth + 1);
    case BSON_TYPE_BINARY:
    case BSON_TYPE_BOOL:
    case BSON_TYPE_DATE_TIME:
    case BSON_TYPE_NULL:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return true;
    default:
        return false;
    }
}

static bool document_check(const uint8_t *bytes, size_t size, int depth)
{
    bson_t document;
    bson_iter_t iter;

    if (depth > NF_SYNC_DEPTH_MAX || size < 5 ||
        !bson_init_static(&document, bytes, size) ||
        !bson_iter_init(&iter, &document))
        return false;
    while (bson_iter_next(&iter)) {
        if (!element_check(&iter, depth))
            return false;
    }
    /* The iterator stops both at the end and at a damaged element; the end is
     * the document's last byte. */
    return iter.err_off == 0 && iter.off == size - 1;
}

bool nf_document_valid(const uint8_t *bytes, size_t size)
{
    return size <= NF_SYNC_DOCUMENT_MAX && document_check(bytes, size, 1);
}

bool nf_document_open(bson_t *out, const void *bytes, size_t size)
{
    return bytes && nf_document_valid(bytes, size) &&
           bson_init_static(out, bytes, size);
}

const char *nf_document_text(const bson_t *document, const char *key,
                             const char *fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        BSON_ITER_HOLDS_UTF8(&iter)) {
        uint32_t length = 0;
        const char *text = bson_iter_utf8(&iter, &length);
        /* Names with a NUL inside would be cut by every later use. */
        return text && strlen(text) == length ? text : fallback;
    }
    return fallback;
}

int64_t nf_document_int(const bson_t *document, const char *key,
                        int64_t fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        (BSON_ITER_HOLDS_INT64(&iter) || BSON_ITER_HOLDS_INT32(&iter)))
        return bson_iter_as_int64(&iter);
    return fallback;
}

bool nf_document_bool(const bson_t *document, const char *key, bool fallback)
{
    bson_iter_t iter;
    if (bson_iter_init_find(&iter, document, key) &&
        BSON_ITER_HOLDS_BOOL(&iter))
        return bson_iter_bool(&iter);
    return fallback;
}

bool nf_document_binary(const bson_t *document, const char *key, uint8_t *bytes,
                        size_t size)
{
    bson_iter_t iter;
    uint32_t length = 0;
    const uint8_t *data = NULL;
    bson_subtype_t subtype;

    if (!bson_iter_init_find(&iter, document, key) ||
        !BSON_ITER_HOLDS_BINARY(&iter))
        return false;
    bson_iter_binary(&iter, &subtype, &length, &data);
    if (!data || length != size)
        return false;
    memcpy(bytes, data, size);
    return true;
}

bool nf_document_part(const bson_t *document, const char *key, bson_t *out)
{
    bson_iter_t iter;
    uint32_t length = 0;
    const uint8_t *data = NULL;

    if (!bson_iter_init_find(&iter, document, key))
        return false;
    if (BSON_ITER_HOLDS_DOCUMENT(&iter))
        bson_iter_document(&iter, &length, &data);
    else if (BSON_ITER_HOLDS_ARRAY(&iter))
        bson_iter_array(&iter, &length, &data);
    return data && bson_init_static(out, data, length);
}

/* ---- records ----------------------------------------------------------- */

enum { /* the fields that a kind must have */
       NEED_ENTITY = 1,
       NEED_ID = 2,
       NEED_MID = 4,
       NEED_MEMBERS = 8,
       NEED_HASH = 16,
       NEED_STATE = 32,
       NEED_SECTION = 64,
       NEED_COUNT = 128,
       NEED_SHA = 256,
       NEED_SYNC = 512
};

static const struct {
    const char *name;
    unsigned needs;
} kinds[] = {
    [NF_WIRE_HEAD] = {"head", NEED_SYNC},
    [NF_WIRE_NEW] = {"new", NEED_ENTITY | NEED_ID | NEED_MID | NEED_MEMBERS},
    [NF_WIRE_CHANGE] = {"chg", NEED_ENTITY | NEED_ID | NEED_MID | NEED_MEMBERS},
    [NF_WIRE_DELETE] = {"del", NEED_ENTITY | NEED_ID | NEED_MID},
    [NF_WIRE_REFRESH] = {"ref", NEED_ENTITY | NEED_ID},
    [NF_WIRE_OUTCOME] = {"out", NEED_ID | NEED_STATE},
    [NF_WIRE_OBJECT] = {"obj",
                        NEED_ENTITY | NEED_ID | NEED_MEMBERS | NEED_HASH},
    [NF_WIRE_GONE] = {"gone", NEED_ID},
    [NF_WIRE_ENTITY] = {"ent", NEED_ENTITY | NEED_SECTION},
    [NF_WIRE_REMOVE] = {"rm", NEED_ID},
    [NF_WIRE_SUM] = {"sum", NEED_ENTITY | NEED_COUNT},
    [NF_WIRE_END] = {"end", NEED_COUNT | NEED_SHA},
};

static const char *const sections[] = {"snapshot", "delta", "clear", "keep"};

static int find_name(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(text, names[i]))
            return i;
    }
    return -1;
}

static bool read_file(nf_wire *out, const bson_t *document)
{
    bson_t file;
    if (!nf_document_part(document, "f", &file))
        return !bson_has_field(document, "f");
    out->has_file = true;
    out->file.size = nf_document_int(&file, "size", -1);
    out->file.version = nf_document_text(&file, "ver", "");
    return out->file.size >= 0 &&
           nf_document_binary(&file, "sha256", out->file.sha256,
                              NF_SHA256_SIZE);
}

static unsigned read_identity(nf_wire *out, const bson_t *document)
{
    unsigned found = 0;
    bson_iter_t iter;

    out->entity = nf_document_text(document, "t", NULL);
    if (out->entity)
        found |= NEED_ENTITY;
    if (bson_iter_init_find(&iter, document, "id") &&
        BSON_ITER_HOLDS_INT64(&iter) && bson_iter_int64(&iter) > 0) {
        out->id = bson_iter_int64(&iter);
        found |= NEED_ID;
    }
    if (nf_document_binary(document, "mid", out->mid.bytes, 16))
        found |= NEED_MID;
    if (nf_document_binary(document, "id", out->sync.bytes, 16))
        found |= NEED_SYNC;
    return found;
}

static unsigned read_content(nf_wire *out, const bson_t *document)
{
    unsigned found = 0;
    const char *text;
    int index;

    if (nf_document_part(document, "m", &out->members)) {
        out->has_members = true;
        found |= NEED_MEMBERS;
    }
    out->has_hash = nf_document_binary(document, "h", out->hash, 16);
    if (out->has_hash)
        found |= NEED_HASH;
    text = nf_document_text(document, "s", NULL);
    if (text) {
        for (index = 0; index <= NF_OUTCOME_GONE; index++) {
            if (!strcmp(text, nf_outcome_state_name((nf_outcome_state)index)))
                break;
        }
        if (index <= NF_OUTCOME_GONE) {
            out->state = (nf_outcome_state)index;
            found |= NEED_STATE;
        }
    }
    text = nf_document_text(document, "kind", NULL);
    index = text ? find_name(text, sections, 4) : -1;
    if (index >= 0) {
        out->section = (nf_section_kind)index;
        found |= NEED_SECTION;
    }
    return found;
}

static unsigned read_sums(nf_wire *out, const bson_t *document)
{
    unsigned found = 0;

    out->count = nf_document_int(document, "n", -1);
    if (out->count >= 0)
        found |= NEED_COUNT;
    if (nf_document_binary(document, "sha", out->sha256, NF_SHA256_SIZE))
        found |= NEED_SHA;
    if (nf_document_binary(document, "x", out->hash, 16))
        out->has_hash = true;
    out->has_token =
        nf_document_binary(document, "token", out->token.bytes, 16);
    return found;
}

static void read_lists(nf_wire *out, const bson_t *document)
{
    struct {
        const char *key;
        bson_t *to;
    } lists[] = {{"c", &out->changed},
                 {"ro", &out->read_only},
                 {"na", &out->inaccessible},
                 {"clr", &out->cleared}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!nf_document_part(document, lists[i].key, lists[i].to))
            bson_init(lists[i].to);
    }
}

nf_status nf_wire_read(nf_wire *out, const uint8_t *bytes, size_t size,
                       nf_error *err)
{
    bson_t document;
    const char *name;
    int kind = 0, count = (int)(sizeof kinds / sizeof *kinds);
    unsigned found;

    memset(out, 0, sizeof *out);
    out->bytes = (int64_t)size;
    if (!nf_document_open(&document, bytes, size))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "a record is malformed (SYNC_PROTOCOL)");
    name = nf_document_text(&document, "k", "");
    while (kind < count && strcmp(name, kinds[kind].name))
        kind++;
    if (kind == count) {
        if (nf_document_bool(&document, "opt", false)) {
            out->kind = NF_WIRE_OPTIONAL;
            return NF_OK;
        }
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "a record is of an unknown kind (SYNC_PROTOCOL)");
    }
    out->kind = (nf_wire_kind)kind;
    found = read_identity(out, &document);
    found |= read_content(out, &document);
    found |= read_sums(out, &document);
    read_lists(out, &document);
    out->code = nf_document_text(&document, "code", "");
    out->text = nf_document_text(&document, "text", "");
    out->mode = nf_document_text(&document, "mode", "");
    out->version = nf_document_int(&document, "v", 0);
    out->sequence = nf_document_int(&document, "seq", 0);
    if ((found & kinds[kind].needs) != kinds[kind].needs ||
        !read_file(out, &document))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "a record '%s' lacks a field (SYNC_PROTOCOL)",
                            name);
    return NF_OK;
}
