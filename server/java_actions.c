/* Java actions that the server has built in (activities C21). Others are the
 * host's business. */
#include "server/internal.h"
#include "server/world.h"

static const char *text_of(const nf_value *value)
{
    return value->kind == NF_KIND_STRING ? value->as.string->text : "";
}

static nf_status verify_password(nf_server *server, const nf_value *arguments,
                                 nf_value *result, nf_error *err)
{
    int64_t user = 0;
    nf_status status =
        nf_server_check_password(server, text_of(&arguments[0]),
                                 text_of(&arguments[1]), NULL, &user, err);

    if (status == NF_OK)
        *result = nf_boolean(user != 0);
    return status;
}

nf_status nf_server_java_action(nf_server *server, const char *qualified,
                                const nf_value *arguments, size_t count,
                                nf_value *result, nf_error *err)
{
    if (strcmp(qualified, "System.VerifyPassword") == 0 && count == 2)
        return verify_password(server, arguments, result, err);
    return NF_USAGE;
}
