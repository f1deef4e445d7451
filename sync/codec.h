/* The records of the protocol: streams of BSON documents (synchronize W23 …
 * W33) and the values in them (W24, W25). Both sides use this one codec; it
 * knows the model, never a database.
 *
 * Reading is in two steps, because a malformed stream fails the whole
 * synchronization while an unknown entity, member or value concerns only one
 * object (S38): nf_wire_read checks the structure, nf_members_read resolves
 * names and types. */
#ifndef NF_SYNC_CODEC_H
#define NF_SYNC_CODEC_H

#include "base/error.h"
#include "base/text.h"
#include "models/model.h"
#include "objects/value.h"

#include <bson/bson.h>

enum {
    NF_SYNC_DOCUMENT_MAX = 8 << 20, /* one record, §27.9 */
    NF_SYNC_DEPTH_MAX = 16,
    NF_SYNC_RECORDS_MAX = 1000000,
    NF_SYNC_STRING_MAX = 4 << 20,
};

typedef struct nf_sync_id {
    uint8_t bytes[16];
} nf_sync_id;

enum { NF_SYNC_ID_TEXT = 33, NF_SHA256_SIZE = 32, NF_SHA256_TEXT = 65 };

/* Lower-case hex with NUL: `text` has 2 * size + 1 bytes. */
void nf_hex(char *text, const uint8_t *bytes, size_t size);
/* False unless `text` is exactly 2 * size hex digits. */
bool nf_unhex(uint8_t *bytes, size_t size, const char *text);
/* False when the digest library fails. */
bool nf_sha256(uint8_t digest[NF_SHA256_SIZE], const void *bytes, size_t size);

/* Sets of members: one bit per member index. */
static inline size_t nf_bits_words(size_t count)
{
    return (count + 63) / 64;
}
static inline bool nf_bits_has(const uint64_t *bits, size_t index)
{
    return bits && (bits[index / 64] >> (index % 64) & 1);
}
static inline void nf_bits_add(uint64_t *bits, size_t index)
{
    bits[index / 64] |= (uint64_t)1 << (index % 64);
}

typedef enum nf_wire_kind {
    NF_WIRE_HEAD,
    NF_WIRE_NEW,
    NF_WIRE_CHANGE,
    NF_WIRE_DELETE,
    NF_WIRE_REFRESH,
    NF_WIRE_OUTCOME,
    NF_WIRE_OBJECT,
    NF_WIRE_GONE,
    NF_WIRE_ENTITY,
    NF_WIRE_REMOVE,
    NF_WIRE_SUM,
    NF_WIRE_END,
    NF_WIRE_OPTIONAL /* unknown, with `opt`: to be ignored (W15) */
} nf_wire_kind;

typedef enum nf_outcome_state {
    NF_OUTCOME_CREATED,
    NF_OUTCOME_UPDATED,
    NF_OUTCOME_DELETED,
    NF_OUTCOME_DUPLICATE,
    NF_OUTCOME_REJECTED,
    NF_OUTCOME_GONE
} nf_outcome_state;
const char *nf_outcome_state_name(nf_outcome_state state);

typedef enum nf_section_kind {
    NF_SECTION_SNAPSHOT,
    NF_SECTION_DELTA,
    NF_SECTION_CLEAR,
    NF_SECTION_KEEP
} nf_section_kind;

/* One decoded record. Texts and documents are borrowed from the bytes that
 * were read. Fields that the kind lacks are zero. */
typedef struct nf_wire {
    nf_wire_kind kind;
    const char *entity; /* t */
    int64_t id;
    nf_sync_id mid;
    bool has_hash;
    uint8_t hash[16]; /* h; `sum`: x */
    bool has_members;
    bson_t members; /* m */
    bool has_changed;
    bson_t changed;                 /* c: names; empty if absent */
    bson_t read_only, inaccessible; /* ro, na: names */
    bson_t cleared;                 /* clr: qualified associations */
    bool has_file;
    struct {
        uint8_t sha256[NF_SHA256_SIZE];
        int64_t size;
        const char *version; /* results only; "" */
    } file;
    nf_outcome_state state;  /* s */
    const char *code, *text; /* "" none */
    nf_section_kind section;
    int64_t count; /* n of `sum` and `end` */
    bool has_token;
    nf_sync_id token;               /* of `sum` */
    uint8_t sha256[NF_SHA256_SIZE]; /* of `end` */
    bool has_sync;
    nf_sync_id sync; /* of `head` */
    const char *mode;
    int64_t version, sequence;
    const uint8_t *start; /* of the document */
    int64_t bytes;        /* of all of it */
} nf_wire;

/* Checks one document (all of its bytes, depth, texts) and decodes it. Errors:
 * NF_FAILED, code SYNC_PROTOCOL. */
nf_status nf_wire_read(nf_wire *out, const uint8_t *bytes, size_t size,
                       nf_error *err);

/* Whether the bytes are one well-formed BSON document with only the types of
 * W24, valid UTF-8 and at most NF_SYNC_DEPTH_MAX levels. */
bool nf_document_valid(const uint8_t *bytes, size_t size);
/* The same for one element of a document at `depth`. */
bool nf_element_valid(const bson_iter_t *iter, int depth);
/* A message body as a document, borrowed from the bytes; false if malformed. */
bool nf_document_open(bson_t *out, const void *bytes, size_t size);
/* Fields of a message; absent or of another type: the default. */
const char *nf_document_text(const bson_t *document, const char *key,
                             const char *fallback);
int64_t nf_document_int(const bson_t *document, const char *key,
                        int64_t fallback);
bool nf_document_bool(const bson_t *document, const char *key, bool fallback);
bool nf_document_binary(const bson_t *document, const char *key, uint8_t *bytes,
                        size_t size);
bool nf_document_part(const bson_t *document, const char *key, bson_t *out);

/* ---- values ------------------------------------------------------------ */

/* Members that only the server writes, so that a device never sends them:
 * AutoNumber, calculated, hashed, createdDate, owner … (S35, domain D96). */
bool nf_member_is_managed(const nf_member *member);

/* Appends a member's value under its name. False when it is too long or out of
 * memory. */
bool nf_member_write(nf_buffer *to, const nf_member *member,
                     const nf_value *value);

/* The value of an attribute's element, which is not null. NF_FAILED with code
 * OBJ_VALUE; the caller releases *out also after a failure. */
nf_status nf_attribute_read(nf_value *out, const nf_member *member,
                            const bson_iter_t *iter, nf_error *err);

/* Resolves a member document. `values` and `given` have room for the entity's
 * members and are zeroed by the caller; the caller releases the values also
 * after a failure. NF_FAILED with code OBJ_UNKNOWN_MEMBER or OBJ_VALUE and a
 * text that names the member; NF_NOMEM. */
nf_status nf_members_read(nf_value *values, uint64_t *given,
                          const nf_entity *entity, const bson_t *members,
                          nf_error *err);
/* The same of a server's record: members that this model does not have are
 * passed over (S138). */
nf_status nf_known_members_read(nf_value *values, uint64_t *given,
                                const nf_entity *entity, const bson_t *members,
                                nf_error *err);
nf_status nf_known_names_read(uint64_t *bits, const nf_entity *entity,
                              const bson_t *names, nf_error *err);
/* Resolves a list of member names to a bit set (zeroed by the caller).
 * NF_FAILED with OBJ_UNKNOWN_MEMBER. */
nf_status nf_names_read(uint64_t *bits, const nf_entity *entity,
                        const bson_t *names, nf_error *err);
/* Appends the names of the members in `bits` as an array. */
bool nf_names_put(nf_buffer *to, const char *key, const nf_entity *entity,
                  const uint64_t *bits);

/* ---- streams ----------------------------------------------------------- */

/* Where a stream is written to. */
typedef nf_status (*nf_stream_sink)(void *user, const void *bytes, size_t size,
                                    nf_error *err);

typedef struct nf_stream_writer {
    nf_stream_sink sink;
    void *user;
    void *digest; /* of everything written */
    int64_t count;
} nf_stream_writer;

nf_status nf_stream_start(nf_stream_writer *writer, nf_stream_sink sink,
                          void *user, nf_error *err);
/* Writes a record. A document over the limit is SYNC_LIMIT. */
nf_status nf_stream_put_bytes(nf_stream_writer *writer, const void *record,
                              size_t size, nf_error *err);
/* The same of one that was begun at the start of the buffer, which this
 * ends. NF_NOMEM: the buffer could not grow. */
nf_status nf_stream_put(nf_stream_writer *writer, nf_buffer *record,
                        nf_error *err);
/* Writes the `end` record. */
nf_status nf_stream_finish(nf_stream_writer *writer, nf_error *err);
/* The same, and the digest of the whole with its end. */
nf_status nf_stream_finish_with(nf_stream_writer *writer,
                                uint8_t whole[NF_SHA256_SIZE], nf_error *err);
void nf_stream_dispose(nf_stream_writer *writer);

enum { NF_STREAM_END = 69 }; /* bytes of the end record that is written */

/* Reads a stream from a source of bytes at offsets, document by document. */
typedef nf_status (*nf_stream_source)(void *user, int64_t offset, void *bytes,
                                      size_t *size, nf_error *err);

typedef struct nf_stream_reader {
    nf_stream_source source;
    void *user;
    int64_t offset, size; /* of the whole */
    int64_t count;
    bool ended;
    void *digest; /* NULL: read before, or known */
    const uint8_t *known;
    /* Bytes of the source: where the next document starts, and how far the
     * digest has come. */
    uint8_t *window;
    size_t start, hashed, length, capacity;
} nf_stream_reader;

nf_status nf_stream_open(nf_stream_reader *reader, nf_stream_source source,
                         void *user, int64_t size, nf_error *err);
/* The same where the digest of all but the last NF_STREAM_END bytes is known:
 * they have to be the end record. `digest` is borrowed. */
void nf_stream_open_known(nf_stream_reader *reader, nf_stream_source source,
                          void *user, int64_t size,
                          const uint8_t digest[NF_SHA256_SIZE]);
/* The rest of a stream that was read to its end before, from the record at
 * `offset` on: its count and digest are not compared again. */
void nf_stream_open_again(nf_stream_reader *reader, nf_stream_source source,
                          void *user, int64_t size, int64_t offset);
/* Where in the stream the next record starts. */
int64_t nf_stream_offset(const nf_stream_reader *reader);
/* The same without a source: bytes are pushed as they arrive, and
 * nf_stream_next answers NF_PENDING where the next record is not complete. */
nf_status nf_stream_open_pushed(nf_stream_reader *reader, nf_error *err);
/* Ends what was borrowed. After the end record nothing may come. */
nf_status nf_stream_push(nf_stream_reader *reader, const void *bytes,
                         size_t size, nf_error *err);
/* The next record; borrowed until the next call. *more is false after the end
 * record, whose count and digest were then right and after which nothing
 * follows. Errors: SYNC_PROTOCOL, SYNC_LIMIT, those of the source. */
nf_status nf_stream_next(nf_stream_reader *reader, nf_wire *out, bool *more,
                         nf_error *err);
void nf_stream_close(nf_stream_reader *reader);

#endif
