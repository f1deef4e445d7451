/* Fuzz target: any text as the JSON of a dump (models/reader_json*.c,
 * json_scan.c). */
#include "fuzz.h"
#include "open_app.h"

const char *const fuzz_seeds[] = {
    "{\"mendix\":\"10.0.0\",\"units\":["
    "{\"$ID\":\"00000000-0000-4000-8000-000000000001\","
    "\"$Type\":\"Projects$Project\"},"
    "{\"$ID\":\"00000000-0000-4000-8000-000000000002\","
    "\"$Type\":\"Acme$Thing\",\"$QualifiedName\":\"M.X\",\"name\":\"X\","
    "\"$ContainerID\":\"00000000-0000-4000-8000-000000000009\","
    "\"a\":{\"$int32\":1},\"b\":{\"$list\":2,\"items\":[{\"$binary\":\"AA==\"}]"
    "},\"c\":{\"x\":1,\"y\":2},\"d\":[1.5,null,true,\"\\u00e9\"]}]}",
    NULL};
const size_t fuzz_seed_sizes[] = {0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_open_app(data, size);
    return 0;
}
