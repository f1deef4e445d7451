/* Passwords (synchronize W19, W20; domain D15): scrypt, which needs memory as
 * well as time, with a salt of its own per password. The text that is stored
 * says how it was made: {scrypt}LOG2N$R$P$SALT$HASH, salt and hash in hex. */
#include "server/internal.h"
#include "base/crypto.h"

#include <stdio.h>

enum {
    LOG2_N = 14, /* 16 MiB, some 30 ms */
    BLOCK = 8,
    PARALLEL = 1,
    LOG2_N_MAX = 20,
    SALT_SIZE = 16,
    HASH_SIZE = 32,
    PASSWORD_MAX = 1024,
};
static const char prefix[] = "{scrypt}";

typedef struct scrypt_hash {
    unsigned log2_n, block, parallel;
    uint8_t salt[SALT_SIZE], hash[HASH_SIZE];
} scrypt_hash;

static bool derive(scrypt_hash *out, const char *password)
{
    uint64_t n = (uint64_t)1 << out->log2_n;
    /* What scrypt needs, and some room for its own. */
    uint64_t memory = 128 * (uint64_t)out->block * (n + out->parallel + 2);

    return nf_crypto_room() &&
           nf_crypto()->EVP_PBE_scrypt(
               password, strlen(password), out->salt, SALT_SIZE, n, out->block,
               out->parallel, memory + (1 << 20), out->hash, HASH_SIZE) == 1;
}

static bool parse(scrypt_hash *out, const char *text)
{
    char salt[2 * SALT_SIZE + 1], hash[2 * HASH_SIZE + 1];
    int end = 0;

    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    text += sizeof prefix - 1;
    if (sscanf(text, "%2u$%2u$%2u$%32[0-9a-f]$%64[0-9a-f]%n", &out->log2_n,
               &out->block, &out->parallel, salt, hash, &end) != 5 ||
        text[end])
        return false;
    return out->log2_n >= 1 && out->log2_n <= LOG2_N_MAX && out->block >= 1 &&
           out->block <= 32 && out->parallel >= 1 && out->parallel <= 16 &&
           nf_unhex(out->salt, SALT_SIZE, salt) &&
           nf_unhex(out->hash, HASH_SIZE, hash);
}

bool nf_password_is_hash(const char *text)
{
    scrypt_hash hash;
    return parse(&hash, text);
}

nf_status nf_password_hash(nf_server *server, char out[NF_PASSWORD_HASH],
                           const char *password, nf_error *err)
{
    scrypt_hash hash = {.log2_n = LOG2_N, .block = BLOCK, .parallel = PARALLEL};
    char salt[2 * SALT_SIZE + 1], digest[2 * HASH_SIZE + 1];
    nf_status status;

    if (strlen(password) > PASSWORD_MAX)
        return nf_error_set(err, NF_INPUT, "value_out_of_range",
                            "a password has at most %d bytes", PASSWORD_MAX);
    status = nf_server_random(server, hash.salt, SALT_SIZE, err);
    if (status != NF_OK)
        return status;
    if (!derive(&hash, password))
        return nf_error_nomem(err);
    nf_hex(salt, hash.salt, SALT_SIZE);
    nf_hex(digest, hash.hash, HASH_SIZE);
    snprintf(out, NF_PASSWORD_HASH, "%s%u$%u$%u$%s$%s", prefix, hash.log2_n,
             hash.block, hash.parallel, salt, digest);
    return NF_OK;
}

bool nf_password_matches(const char *stored, const char *password)
{
    scrypt_hash hash = {.log2_n = LOG2_N, .block = BLOCK, .parallel = PARALLEL};
    uint8_t expected[HASH_SIZE];
    bool known = stored && parse(&hash, stored);

    if (strlen(password) > PASSWORD_MAX)
        return false;
    /* Without a stored password the same work is done for nothing, so that
     * time does not tell who exists (W20). */
    memcpy(expected, hash.hash, sizeof expected);
    return derive(&hash, password) && known &&
           nf_crypto()->CRYPTO_memcmp(expected, hash.hash, sizeof expected) ==
               0;
}
