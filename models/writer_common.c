/* What the writers share: the head of an app, and files that appear whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "models/reader_xml.h"
#include "models/writer_internal.h"
#include "base/crypto.h"

/* MF-C12: a constant of the metamodel; "" where it is not known. */
static const char *known_schema_hash(const nf_version *version)
{
    static const struct {
        int major, minor;
        const char *hash;
    } known[] = {
        {10, 2, "{SHA256}f7jLjql3kgKVkOge+Msdbn5L0Sr2S/VDCUCpaxrwGy8="},
        {10, 6, "{SHA256}LPffROKMRJykCXcXy54+41QTa/aA0fxxfHYbeS/8Bmw="},
        {10, 18, "{SHA256}+QirGj4/Ib9nNawnkx7SdOrZeC1zdeovQF0OR8Q6ZLc="},
        {10, 22, "{SHA256}byCy5wQuf+bf8dMw0DjAfhv6C0uybmGxwdmtwuZDPkQ="},
        {10, 24, "{SHA256}byCy5wQuf+bf8dMw0DjAfhv6C0uybmGxwdmtwuZDPkQ="},
        {11, 6, "{SHA256}txY4riQ879/fxi3+Qo8+yaQARaLuyjHZ6CA3pgzhEiQ="},
        {11, 12, "{SHA256}ex8TFkjI5tikVWCC05OxODFVHlheQtT9XpJxPAwVGY0="},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].major == version->major &&
            known[i].minor == version->minor)
            return known[i].hash;
    return "";
}

void nf_write_head_of(nf_write_head *head, const nf_container *container,
                      int version)
{
    nf_guid guid;

    head->version = version             ? version
                    : container->format ? container->format
                    : container->mpr    ? container->mpr
                                        : 2;
    head->mendix = container->version_text;
    head->build = *container->build ? container->build : head->mendix;
    head->schema_hash = *container->schema_hash
                            ? container->schema_hash
                            : known_schema_hash(&container->version);
    head->transaction = container->transaction;
    if (head->version == 1) {
        head->transaction = "";
    } else if (!*head->transaction) {
        nf_xml_derive(&guid, "transaction");
        nf_guid_text(&guid, head->made);
        head->transaction = head->made;
    }
}

const nf_unit *nf_write_root(const nf_container *container)
{
    for (size_t i = 0; i < container->count; i++)
        if (!container->units[i]->parent &&
            nf_guid_equal(&container->units[i]->id,
                          &container->units[i]->container_id))
            return container->units[i];
    return NULL;
}

void nf_write_full(nf_buffer *out, FILE *file, int *failed)
{
    enum { LONG = 1 << 20 };

    if (out->length >= LONG)
        nf_write_rest(out, file, failed);
}

void nf_write_rest(nf_buffer *out, FILE *file, int *failed)
{
    if (!file || out->failed)
        return;
    if (out->length && fwrite(out->data, 1, out->length, file) != out->length)
        *failed = errno ? errno : EIO;
    nf_buffer_clear(out);
}

nf_status nf_write_failed(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "write_failed",
                        "\"%s\" can't be written: %s", path, strerror(errno));
}

nf_status nf_write_no_type(const nf_unit *unit, nf_error *err)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&unit->id, id);
    return nf_error_set(err, NF_INPUT, "unsupported_format",
                        "unit %s (%s) can't be written: it has no type", id,
                        unit->containment);
}

void nf_write_base64(nf_buffer *out, const void *bytes, size_t length)
{
    enum { PART = 3 * 1024 };
    const unsigned char *at = bytes;

    while (length) {
        size_t part = length < PART ? length : PART;
        size_t size = (part + 2) / 3 * 4;
        char *to = nf_buffer_extend(out, size + 1);

        if (!to)
            return;
        nf_crypto()->EVP_EncodeBlock((unsigned char *)to, at,
                                     (int)part); /* with a NUL */
        out->length--;
        at += part;
        length -= part;
    }
}

char *nf_temporary_name(const char *path, const char *ending)
{
    size_t size = strlen(path) + strlen(ending) + 32;
    char *name = nf_alloc(size);

    if (name)
        snprintf(name, size, "%s.%ld.%s", path, (long)getpid(), ending);
    return name;
}

nf_status nf_new_file_begin(nf_new_file *out, const char *path, nf_error *err)
{
    nf_status status;

    out->path = path;
    out->file = NULL;
    out->temporary = nf_temporary_name(path, "tmp");
    if (!out->temporary)
        return nf_error_nomem(err);
    out->file = fopen(out->temporary, "wbx");
    if (out->file)
        return NF_OK;
    status = nf_write_failed(path, err);
    nf_free(out->temporary);
    out->temporary = NULL;
    return status;
}

nf_status nf_new_file_end(nf_new_file *self, nf_status status, nf_error *err)
{
    if (fclose(self->file) && !status)
        status = nf_write_failed(self->path, err);
    if (!status && rename(self->temporary, self->path))
        status = nf_write_failed(self->path, err);
    if (status)
        unlink(self->temporary);
    nf_free(self->temporary);
    self->temporary = NULL;
    self->file = NULL;
    return status;
}
