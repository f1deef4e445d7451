/* L3: texts without regard to case, ties by code point, in microflows by the
 * rules of the user's language; numbers, dates and Booleans by value; empty
 * before everything. The values are read once, then
 * positions are sorted, the old position last, which makes it stable. */
#include "activities/list_sort.h"

#include "interpreter/operators.h"
#include "base/icu.h"

#include <stdlib.h>

/* How texts are compared; whether there was no memory for it. */
typedef struct ordering {
    UCollator *collator; /* NULL: a nanoflow */
    bool failed;
} ordering;

typedef struct row {
    nf_object *object;
    nf_value *values; /* one per key */
    const nf_sort_key *keys;
    size_t key_count;
    ordering *by;
    size_t position;
} row;

static int compare_folded(const nf_string *a, const nf_string *b)
{
    size_t i = 0, k = 0;

    while (i < a->length && k < b->length) {
        UChar32 x = (UChar32)nf_utf8_next(a->text, a->length, &i);
        UChar32 y = (UChar32)nf_utf8_next(b->text, b->length, &k);

        x = nf_icu()->u_foldCase(x, U_FOLD_CASE_DEFAULT);
        y = nf_icu()->u_foldCase(y, U_FOLD_CASE_DEFAULT);
        if (x != y)
            return x < y ? -1 : 1;
    }
    if (i < a->length || k < b->length)
        return i < a->length ? 1 : -1;
    return 0;
}

static int compare_bytes(const nf_string *a, const nf_string *b)
{
    size_t length = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, length);

    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

static int compare_texts(ordering *by, const nf_string *a, const nf_string *b)
{
    UErrorCode code = U_ZERO_ERROR;
    int order;

    if (!by->collator)
        order = compare_folded(a, b);
    else
        order = nf_icu()->ucol_strcollUTF8(by->collator, a->text,
                                           (int32_t)a->length, b->text,
                                           (int32_t)b->length, &code);
    by->failed = by->failed || code == U_MEMORY_ALLOCATION_ERROR;
    return order ? order : compare_bytes(a, b);
}

static int compare_values(ordering *by, const nf_value *a, const nf_value *b)
{
    if (a->kind == NF_KIND_EMPTY || b->kind == NF_KIND_EMPTY)
        return (a->kind != NF_KIND_EMPTY) - (b->kind != NF_KIND_EMPTY);
    switch ((nf_kind)a->kind) {
    case NF_KIND_STRING:
        return compare_texts(by, a->as.string, b->as.string);
    case NF_KIND_ENUMERATION:
        return compare_bytes(a->as.string, b->as.string);
    case NF_KIND_BOOLEAN:
        return a->as.boolean - b->as.boolean;
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
    case NF_KIND_DATETIME:
        return nf_operator_order(a, b);
    default:
        return 0;
    }
}

static int compare_rows(const void *left, const void *right)
{
    const row *a = left, *b = right;

    for (size_t i = 0; i < a->key_count; i++) {
        int order = compare_values(a->by, &a->values[i], &b->values[i]);

        if (order)
            return a->keys[i].descending ? -order : order;
    }
    return (a->position > b->position) - (a->position < b->position);
}

static nf_status read_values(nf_call *call, row *r, nf_error *err)
{
    nf_value object = nf_object_take(r->object); /* borrowed */

    for (size_t i = 0; i < r->key_count; i++) {
        const nf_member *member = r->keys[i].member;
        nf_status status =
            nf_operator_member(nf_call_evaluator(call), &r->values[i], &object,
                               member, member->name, err);

        if (status)
            return status;
    }
    return NF_OK;
}

static nf_list *list_of(const row *rows, size_t count, const nf_entity *entity)
{
    nf_list *list = nf_list_new(entity);

    for (size_t i = 0; list && i < count; i++) {
        if (!nf_list_append(list, rows[i].object)) {
            nf_list_release(list);
            return NULL;
        }
    }
    return list;
}

/* Of the user's language; NULL without an error: none is needed. */
static nf_status open_collator(nf_call *call, UCollator **out, nf_error *err)
{
    const char *language = nf_call_world(call)->environment.language;
    UErrorCode code = U_ZERO_ERROR;

    *out = NULL;
    if (nf_call_engine(call) == NF_ENGINE_CLIENT)
        return NF_OK;
    if (nf_icu_room(0))
        *out = nf_icu()->ucol_open(language ? language : "", &code);
    return *out ? NF_OK : nf_error_nomem(err);
}

nf_status nf_list_sort(nf_call *call, nf_list **out, nf_object *const *items,
                       size_t count, const nf_entity *entity,
                       const nf_sort_key *keys, size_t key_count, nf_error *err)
{
    row *rows = nf_alloc_array(count + 1, sizeof *rows);
    nf_value *values = nf_alloc_array(count * key_count + 1, sizeof *values);
    ordering by = {0};
    nf_status status = rows && values ? open_collator(call, &by.collator, err)
                                      : nf_error_nomem(err);

    *out = NULL;
    for (size_t i = 0; !status && i < count; i++) {
        rows[i] =
            (row){items[i], values + i * key_count, keys, key_count, &by, i};
        status = read_values(call, &rows[i], err);
    }
    if (!status) {
        qsort(rows, count, sizeof *rows, compare_rows);
        if (!by.failed)
            *out = list_of(rows, count, entity);
        if (!*out)
            status = nf_error_nomem(err);
    }
    for (size_t i = 0; values && i < count * key_count; i++)
        nf_value_release(&values[i]);
    if (by.collator)
        nf_icu()->ucol_close(by.collator);
    nf_free(values);
    nf_free(rows);
    return status;
}
