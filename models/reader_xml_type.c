/* The stored types that names in XML stand for (MF-X3, MF-L1), and what may
 * have been meant by a name that is none. */
#include <string.h>

#include "base/suggest.h"
#include "models/reader_xml.h"

bool nf_xml_is_allowed(const char *type, const char *const *allowed,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(allowed[i], type) == 0)
            return true;
    return count == 0;
}

/* "…; did you mean 'Nanoflow'?" for a name that no allowed type has. */
static nf_status no_type(const nf_xml_unit *unit, const nf_xml_node *node,
                         const char *name, const char *what,
                         const char *const *allowed, size_t count)
{
    const char *dot = strchr(name, '.');
    nf_suggestion near = {.name = dot ? dot + 1 : name};
    char text[160];

    for (size_t i = 0; i < count; i++) {
        const nf_meta_type *type = nf_meta_find_type(allowed[i]);

        nf_suggest(&near, nf_meta_local_name(allowed[i]));
        if (type && *type->sdk)
            nf_suggest(&near, nf_meta_local_name(type->sdk));
    }
    return nf_xml_fail(unit->reader, node, "\"%s\" is no %s%s", name, what,
                       nf_suggestion_text(&near, "", text, sizeof text));
}

static nf_status full_type(const nf_xml_unit *unit, const nf_xml_node *node,
                           const char *name, const char *const *allowed,
                           size_t count, const char **type,
                           const nf_meta_type **meta)
{
    nf_xml_reader *r = unit->reader;
    char *stored = nf_arena_strdup(r->arena, name);

    r->doubts = true;

    if (!stored)
        return nf_error_nomem(r->err);
    *strchr(stored, '.') = '$';
    /* A complete document means what it says, even where a stored name
     * equals another type's SDK name. */
    *meta = r->complete ? nf_meta_find_stored_type(stored)
                        : nf_meta_find_type(stored);
    *type = *meta ? (*meta)->name : stored;
    if (r->complete)
        return NF_OK;
    if (!*meta)
        return no_type(unit, node, name, "known type", allowed, count);
    if (!nf_xml_is_allowed((*meta)->name, allowed, count))
        return nf_xml_fail(r, node, "\"%s\" is not allowed here", name);
    return NF_OK;
}

nf_status nf_xml_type(const nf_xml_unit *unit, const nf_xml_node *node,
                      const char *name, const char *const *allowed,
                      size_t allowed_count, const char **type,
                      const nf_meta_type **meta)
{
    *type = NULL;
    *meta = NULL;
    if (strchr(name, '.'))
        return full_type(unit, node, name, allowed, allowed_count, type, meta);
    for (int sdk = 0; sdk < 2 && !*meta; sdk++)
        for (size_t i = 0; i < allowed_count; i++) {
            const nf_meta_type *candidate = nf_meta_find_type(allowed[i]);

            if (!candidate || !nf_meta_is_called(candidate, name, sdk))
                continue;
            if (*meta)
                return nf_xml_fail(unit->reader, node,
                                   "\"%s\" may be %s or %s, write the full "
                                   "name",
                                   name, (*meta)->name, candidate->name);
            *meta = candidate;
        }
    if (!*meta)
        return no_type(unit, node, name, "type allowed here", allowed,
                       allowed_count);
    *type = (*meta)->name;
    return NF_OK;
}
