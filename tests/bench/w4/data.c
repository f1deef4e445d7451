/* The objects of W4 as a data file; with an argument only so many, changed as
 * another user would: INCREMENTAL. */
#include "workload.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : W4_OBJECTS;
    w4_item item;

    for (int i = 0; i < count; i++) {
        w4_fill(&item, i);
        printf("{\"entity\":\"Bench.Item\",\"id\":%lld,\"Name\":\"%s\"",
               item.id, item.name);
        if (argc > 1)
            printf(",\"Description\":\"changed by somebody else\"}\n");
        else
            printf(",\"Code\":%lld,\"Price\":\"%s\",\"Active\":%s,"
                   "\"Created\":\"2023-11-14T22:13:20.000Z\",\"Status\":"
                   "\"%s\",\"Description\":\"%s\",\"Owner\":%lld}\n",
                   item.code, item.price, item.active ? "true" : "false",
                   item.status, item.description, item.owner);
    }
    return 0;
}
