/* Records of streams (synchronize W26, W27.6, W28 … W32): one walk over a
 * document checks every element of it and picks the fields that its kind
 * has. A field that occurs twice, or of another type, makes the record
 * malformed; keys that nobody knows are passed over (W15). */
#include "sync/codec.h"

static const char *const outcome_states[] = {"created",   "updated",  "deleted",
                                             "duplicate", "rejected", "gone"};

const char *nf_outcome_state_name(nf_outcome_state state)
{
    return outcome_states[state];
}

typedef enum field {
    FIELD_K,
    FIELD_T,
    FIELD_ID,
    FIELD_MID,
    FIELD_H,
    FIELD_M,
    FIELD_C,
    FIELD_RO,
    FIELD_NA,
    FIELD_CLR,
    FIELD_F,
    FIELD_S,
    FIELD_CODE,
    FIELD_TEXT,
    FIELD_KIND,
    FIELD_N,
    FIELD_SHA,
    FIELD_X,
    FIELD_TOKEN,
    FIELD_V,
    FIELD_SEQ,
    FIELD_MODE,
    FIELD_OPT,
    FIELD_COUNT
} field;

static const char *const field_names[FIELD_COUNT] = {
    "k",   "t",   "id",    "mid", "h",    "m",    "c",    "ro",
    "na",  "clr", "f",     "s",   "code", "text", "kind", "n",
    "sha", "x",   "token", "v",   "seq",  "mode", "opt"};

#define HAS(f) (1u << (f))

static const struct {
    const char *name;
    unsigned needs;
} kinds[] = {
    [NF_WIRE_HEAD] = {"head", HAS(FIELD_ID)},
    [NF_WIRE_NEW] = {"new", HAS(FIELD_T) | HAS(FIELD_ID) | HAS(FIELD_MID) |
                                HAS(FIELD_M)},
    [NF_WIRE_CHANGE] = {"chg", HAS(FIELD_T) | HAS(FIELD_ID) | HAS(FIELD_MID) |
                                   HAS(FIELD_M)},
    [NF_WIRE_DELETE] = {"del", HAS(FIELD_T) | HAS(FIELD_ID) | HAS(FIELD_MID)},
    [NF_WIRE_REFRESH] = {"ref", HAS(FIELD_T) | HAS(FIELD_ID)},
    [NF_WIRE_OUTCOME] = {"out", HAS(FIELD_ID) | HAS(FIELD_S)},
    [NF_WIRE_OBJECT] = {"obj", HAS(FIELD_T) | HAS(FIELD_ID) | HAS(FIELD_M) |
                                   HAS(FIELD_H)},
    [NF_WIRE_GONE] = {"gone", HAS(FIELD_ID)},
    [NF_WIRE_ENTITY] = {"ent", HAS(FIELD_T) | HAS(FIELD_KIND)},
    [NF_WIRE_REMOVE] = {"rm", HAS(FIELD_ID)},
    [NF_WIRE_SUM] = {"sum", HAS(FIELD_T) | HAS(FIELD_N)},
    [NF_WIRE_END] = {"end", HAS(FIELD_N) | HAS(FIELD_SHA)},
};

static const char *const sections[] = {"snapshot", "delta", "clear", "keep"};

static int find_name(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (text[0] == names[i][0] && !strcmp(text, names[i]))
            return i;
    }
    return -1;
}

/* ---- fields -------------------------------------------------------------- */

/* A text without a NUL inside: it would be cut by every later use. */
static bool take_text(const char **out, const bson_iter_t *iter)
{
    uint32_t length = 0;

    *out = BSON_ITER_HOLDS_UTF8(iter) ? bson_iter_utf8(iter, &length) : NULL;
    return *out && strlen(*out) == length;
}

static bool take_word(int *out, const bson_iter_t *iter,
                      const char *const *names, int count)
{
    const char *text;

    *out = take_text(&text, iter) ? find_name(text, names, count) : -1;
    return *out >= 0;
}

static bool take_binary(uint8_t *out, size_t size, const bson_iter_t *iter)
{
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t length = 0;
    const uint8_t *data = NULL;

    if (!BSON_ITER_HOLDS_BINARY(iter))
        return false;
    bson_iter_binary(iter, &subtype, &length, &data);
    if (!data || length != size || subtype != BSON_SUBTYPE_BINARY)
        return false;
    memcpy(out, data, size);
    return true;
}

static bool take_int(int64_t *out, const bson_iter_t *iter, int64_t least)
{
    if (!BSON_ITER_HOLDS_INT64(iter) && !BSON_ITER_HOLDS_INT32(iter))
        return false;
    *out = bson_iter_as_int64(iter);
    return *out >= least;
}

static bool take_part(bson_t *out, const bson_iter_t *iter, bson_type_t type)
{
    uint32_t length = 0;
    const uint8_t *data = NULL;

    if (bson_iter_type(iter) != type)
        return false;
    if (type == BSON_TYPE_ARRAY)
        bson_iter_array(iter, &length, &data);
    else
        bson_iter_document(iter, &length, &data);
    return data && bson_init_static(out, data, length);
}

/* An object, or in `head` the synchronization. */
static bool take_id(nf_wire *out, const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_BINARY(iter)) {
        out->has_sync = take_binary(out->sync.bytes, 16, iter);
        return out->has_sync;
    }
    if (!BSON_ITER_HOLDS_INT64(iter))
        return false;
    out->id = bson_iter_int64(iter);
    return out->id > 0;
}

static bool take_file(nf_wire *out, const bson_iter_t *iter)
{
    bson_t file;

    out->has_file = true;
    if (!take_part(&file, iter, BSON_TYPE_DOCUMENT))
        return false;
    out->file.size = nf_document_int(&file, "size", -1);
    out->file.version = nf_document_text(&file, "ver", "");
    return out->file.size >= 0 &&
           nf_document_binary(&file, "sha256", out->file.sha256,
                              NF_SHA256_SIZE);
}

static bool take_flag(bool *out, const bson_iter_t *iter)
{
    if (!BSON_ITER_HOLDS_BOOL(iter))
        return false;
    *out = bson_iter_bool(iter);
    return true;
}

static bool take_lists(nf_wire *out, field f, const bson_iter_t *iter)
{
    bson_t *to = f == FIELD_C    ? &out->changed
                 : f == FIELD_RO ? &out->read_only
                 : f == FIELD_NA ? &out->inaccessible
                                 : &out->cleared;
    out->has_changed = out->has_changed || f == FIELD_C;
    return take_part(to, iter, BSON_TYPE_ARRAY);
}

static bool take_hashes(nf_wire *out, field f, const bson_iter_t *iter)
{
    switch (f) {
    case FIELD_MID:
        return take_binary(out->mid.bytes, 16, iter);
    case FIELD_SHA:
        return take_binary(out->sha256, NF_SHA256_SIZE, iter);
    case FIELD_TOKEN:
        out->has_token = true;
        return take_binary(out->token.bytes, 16, iter);
    default: /* h and x: no record has both */
        if (out->has_hash)
            return false;
        out->has_hash = true;
        return take_binary(out->hash, 16, iter);
    }
}

static bool take_field(nf_wire *out, field f, const bson_iter_t *iter,
                       const char **name, bool *optional)
{
    int word = 0;
    bool ok = true;

    switch (f) {
    case FIELD_K:
        return take_text(name, iter);
    case FIELD_T:
        return take_text(&out->entity, iter);
    case FIELD_ID:
        return take_id(out, iter);
    case FIELD_M:
        out->has_members = true;
        return take_part(&out->members, iter, BSON_TYPE_DOCUMENT);
    case FIELD_C:
    case FIELD_RO:
    case FIELD_NA:
    case FIELD_CLR:
        return take_lists(out, f, iter);
    case FIELD_F:
        return take_file(out, iter);
    case FIELD_S:
        ok = take_word(&word, iter, outcome_states, NF_OUTCOME_GONE + 1);
        out->state = (nf_outcome_state)word;
        return ok;
    case FIELD_KIND:
        ok = take_word(&word, iter, sections, NF_SECTION_KEEP + 1);
        out->section = (nf_section_kind)word;
        return ok;
    case FIELD_CODE:
        return take_text(&out->code, iter);
    case FIELD_TEXT:
        return take_text(&out->text, iter);
    case FIELD_MODE:
        return take_text(&out->mode, iter);
    case FIELD_N:
        return take_int(&out->count, iter, 0);
    case FIELD_V:
        return take_int(&out->version, iter, INT64_MIN);
    case FIELD_SEQ:
        return take_int(&out->sequence, iter, INT64_MIN);
    case FIELD_OPT:
        return take_flag(optional, iter);
    default:
        return take_hashes(out, f, iter);
    }
}

/* ---- documents ----------------------------------------------------------- */

/* Every element is checked; *seen are the fields that were there and right,
 * *bad those of another type. */
static bool walk(nf_wire *out, const bson_t *document, const char **name,
                 bool *optional, unsigned *seen, unsigned *bad)
{
    bson_iter_t iter;

    if (!bson_iter_init(&iter, document))
        return false;
    while (bson_iter_next(&iter)) {
        int f;

        if (!nf_element_valid(&iter, 1))
            return false;
        f = find_name(bson_iter_key(&iter), field_names, FIELD_COUNT);
        if (f < 0)
            continue;
        if ((*seen | *bad) & HAS(f))
            return false;
        if (take_field(out, (field)f, &iter, name, optional))
            *seen |= HAS(f);
        else
            *bad |= HAS(f);
    }
    return iter.err_off == 0 && iter.off == document->len - 1;
}

static void init_wire(nf_wire *out, size_t size)
{
    memset(out, 0, sizeof *out);
    out->bytes = (int64_t)size;
    out->code = out->text = out->mode = "";
    out->count = -1;
    bson_init(&out->changed);
    bson_init(&out->read_only);
    bson_init(&out->inaccessible);
    bson_init(&out->cleared);
}

static nf_status malformed(const char *what, const char *name, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                        "a record%s%s %s (SYNC_PROTOCOL)", *name ? " " : "",
                        name, what);
}

nf_status nf_wire_read(nf_wire *out, const uint8_t *bytes, size_t size,
                       nf_error *err)
{
    const int count = (int)(sizeof kinds / sizeof *kinds);
    unsigned seen = 0, bad = 0;
    const char *name = "";
    bool optional = false;
    bson_t document;
    int kind = 0;

    init_wire(out, size);
    out->start = bytes;
    if (size > NF_SYNC_DOCUMENT_MAX || size < 5 ||
        !bson_init_static(&document, bytes, size) ||
        !walk(out, &document, &name, &optional, &seen, &bad))
        return malformed("is malformed", "", err);
    if (bad & HAS(FIELD_K))
        name = "";
    while (kind < count && strcmp(name, kinds[kind].name) != 0)
        kind++;
    if (kind == count && optional) {
        out->kind = NF_WIRE_OPTIONAL;
        return NF_OK;
    }
    if (kind == count)
        return malformed("is of an unknown kind", "", err);
    out->kind = (nf_wire_kind)kind;
    if (bad || (seen & kinds[kind].needs) != kinds[kind].needs ||
        out->has_sync != (out->kind == NF_WIRE_HEAD))
        return malformed("lacks a field", name, err);
    return NF_OK;
}
