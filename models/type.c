/* Names of value kinds (design §5). */
#include "models/type.h"

const char *nf_kind_name(nf_kind kind)
{
    switch (kind) {
    case NF_KIND_EMPTY:
        return "Empty";
    case NF_KIND_BOOLEAN:
        return "Boolean";
    case NF_KIND_INTEGER:
        return "Integer";
    case NF_KIND_DECIMAL:
        return "Decimal";
    case NF_KIND_STRING:
        return "String";
    case NF_KIND_DATETIME:
        return "DateTime";
    case NF_KIND_ENUMERATION:
        return "Enumeration";
    case NF_KIND_OBJECT:
        return "Object";
    case NF_KIND_LIST:
        return "List";
    case NF_KIND_BINARY:
        return "Binary";
    case NF_KIND_VOID:
        return "Void";
    case NF_KIND_UNKNOWN:
        break;
    }
    return "Unknown";
}
