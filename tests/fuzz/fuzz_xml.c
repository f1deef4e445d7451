/* Fuzz target: any text as an XML app (models/reader_xml*.c). The schemas are
 * libxml2's business and left out for speed. */
#include "fuzz.h"

#include "models/container.h"

const char *const fuzz_seeds[] = {
    "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"10.24.0\">"
    "<Module Name=\"M\"><units><DomainModel><Entities><Entity id=\"A\" "
    "Name=\"A\"><Attributes><Attribute Name=\"x\" "
    "NewType=\"DecimalAttributeType\"/></Attributes></Entity></Entities>"
    "<Associations><Association Name=\"A_A\" ParentPointer=\"A\" "
    "ChildPointer=\"A\"/></Associations></DomainModel><Nanoflow Name=\"N\" "
    "AllowedModuleRoles=\"M.U\"><ObjectCollection><Objects><StartEvent "
    "id=\"s\"/><EndEvent id=\"e\"/></Objects></ObjectCollection><Flows><flow "
    "from=\"s\" to=\"e\" case=\"true\"/></Flows></Nanoflow></units></Module>"
    "</app>",
    "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"11.0.0\" "
    "complete=\"true\"><Acme.Thing "
    "id=\"00000000-0000-0000-0000-000000000002\" A=\"5\" B=\"AAE=\" "
    "types=\"A=int64 B=binary C=null\"><List list=\"2\"><item "
    "bson=\"bool\">true</item></List></Acme.Thing></app>",
    NULL};
const size_t fuzz_seed_sizes[] = {0, 0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nf_container *container;
    nf_error err = {0};

    if (nf_container_open_xml(&container, (const char *)data, size, "fuzz",
                              &err) == NF_OK)
        nf_container_close(container);
    else if (!nf_error_is_set(&err))
        abort();
    return 0;
}
