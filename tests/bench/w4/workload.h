/* What W4, W5 and their floors share. */
#ifndef W4_WORKLOAD_H
#define W4_WORKLOAD_H

#include <stdio.h>

enum { W4_OBJECTS = 100000, W5_OBJECTS = 10000 };
#define W4_USER     "ada"
#define W4_PASSWORD "bench"

/* The attributes of the `index`-th object. */
typedef struct w4_item {
    long long id, code, created, owner;
    int active;
    char name[24], price[24], description[64];
    const char *status;
} w4_item;

static inline void w4_fill(w4_item *item, int index)
{
    static const char *const statuses[] = {"Open", "Closed", "Pending"};

    item->id = 1000000 + index;
    item->code = index;
    item->created = 1700000000000LL + index * 1000LL;
    item->owner = 5000 + index % 100;
    item->active = index & 1;
    item->status = statuses[index % 3];
    snprintf(item->name, sizeof item->name, "Item %06d", index);
    snprintf(item->price, sizeof item->price, "%d.%02d", index % 10007 / 100,
             index % 100);
    snprintf(item->description, sizeof item->description,
             "Description of the item with number %05d", index % 100000);
}

#endif
