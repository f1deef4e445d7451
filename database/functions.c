/* SQL functions that constraints need (domain D125): searching without case,
 * parts of dates in a zone, exact arithmetic and comparison of decimals. A
 * decimal comes as its stored form (BLOB), as text, or as an INTEGER. All are
 * deterministic and answer NULL to NULL. */
#include "database/xpath_tree.h"

#include "base/memory.h"
#include "base/timezone.h"
#include "base/icu.h"

typedef struct folded {
    char *text;
    size_t length;
} folded;

static void free_folded(void *memory)
{
    folded *f = memory;

    nf_free(f->text);
    nf_free(f);
}

/* Unicode simple case folding (Q91); what is not UTF-8 stays as it is. */
static folded *fold(const char *text, size_t length)
{
    folded *f = nf_alloc(sizeof *f);
    size_t at = 0;

    if (!f)
        return NULL;
    f->text = nf_alloc(length * 2 + 8);
    if (!f->text) {
        nf_free(f);
        return NULL;
    }
    if (!nf_utf8_valid(text, length)) {
        memcpy(f->text, text, length);
        f->length = length;
        return f;
    }
    while (at < length)
        f->length += nf_utf8_put(
            f->text + f->length,
            (uint32_t)nf_icu()->u_foldCase(
                (UChar32)nf_utf8_next(text, length, &at), U_FOLD_CASE_DEFAULT));
    return f;
}

static folded *fold_argument(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    int length = sqlite3_value_bytes(value);

    return fold(text ? text : "", (size_t)length);
}

/* Which function it is: 0 contains, 1 starts, 2 ends. */
static void search(sqlite3_context *context, int count, sqlite3_value **values)
{
    intptr_t kind = (intptr_t)sqlite3_user_data(context);
    folded *needle, *hay;
    bool kept, found = false;

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL ||
        sqlite3_value_type(values[1]) == SQLITE_NULL)
        return;
    needle = sqlite3_get_auxdata(context, 1);
    kept = needle != NULL;
    if (!kept)
        needle = fold_argument(values[1]);
    hay = fold_argument(values[0]);
    if (!needle || !hay) {
        sqlite3_result_error_nomem(context);
    } else {
        if (needle->length <= hay->length)
            switch (kind) {
            case 0:
                found = !needle->length ||
                        memmem(hay->text, hay->length, needle->text,
                               needle->length) != NULL;
                break;
            case 1:
                found = !memcmp(hay->text, needle->text, needle->length);
                break;
            default:
                found = !memcmp(hay->text + hay->length - needle->length,
                                needle->text, needle->length);
                break;
            }
        sqlite3_result_int(context, found);
    }
    if (hay)
        free_folded(hay);
    if (!kept && needle)
        sqlite3_set_auxdata(context, 1, needle, free_folded);
}

/* ---- parts of dates ------------------------------------------------------ */

static int day_of_year(const nf_date *date)
{
    nf_date first = {.year = date->year, .month = 1, .day = 1};
    nf_date day = {.year = date->year, .month = date->month, .day = date->day};

    return (int)((nf_date_to_ms(&day) - nf_date_to_ms(&first)) / 86400000) + 1;
}

/* ISO 8601: the week of the Thursday of this week. */
static int iso_week(const nf_date *date)
{
    nf_date thursday = {.year = date->year, .month = date->month};
    nf_date normal;

    thursday.day = date->day + 3 - (date->weekday + 6) % 7;
    nf_date_from_ms(&normal, nf_date_to_ms(&thursday));
    return (day_of_year(&normal) - 1) / 7 + 1;
}

static int64_t part_of(const nf_date *date, const char *part)
{
    if (!strcmp(part, "year"))
        return date->year;
    if (!strcmp(part, "quarter"))
        return (date->month - 1) / 3 + 1;
    if (!strcmp(part, "month"))
        return date->month;
    if (!strcmp(part, "week"))
        return iso_week(date);
    if (!strcmp(part, "day-of-year"))
        return day_of_year(date);
    if (!strcmp(part, "day"))
        return date->day;
    if (!strcmp(part, "weekday"))
        return date->weekday + 1;
    if (!strcmp(part, "hours"))
        return date->hour;
    if (!strcmp(part, "minutes"))
        return date->minute;
    return date->second;
}

static void close_zone(void *zone)
{
    nf_timezone_close(zone);
}

static void date_part(sqlite3_context *context, int count,
                      sqlite3_value **values)
{
    const char *part = (const char *)sqlite3_value_text(values[0]);
    const char *name = (const char *)sqlite3_value_text(values[2]);
    nf_timezone *zone = sqlite3_get_auxdata(context, 2);
    bool kept = zone != NULL;
    nf_status status = NF_OK;
    int64_t time;
    nf_date date;

    (void)count;
    if (sqlite3_value_type(values[1]) == SQLITE_NULL || !part || !name)
        return;
    if (!zone)
        status = nf_timezone_open(&zone, name);
    if (status == NF_NOMEM) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!zone) {
        sqlite3_result_error(context, "there is no such time zone", -1);
        return;
    }
    time = sqlite3_value_int64(values[1]);
    nf_date_from_ms(&date, time + nf_timezone_offset(zone, time, NULL));
    sqlite3_result_int64(context, part_of(&date, part));
    if (!kept)
        sqlite3_set_auxdata(context, 2, zone, close_zone);
}

/* ---- decimals ------------------------------------------------------------ */

/* False for NULL and for what is no decimal. */
static bool decimal_of(const nf_database *database, sqlite3_value *value,
                       nf_decimal *out)
{
    const char *text;

    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        *out = nf_decimal_from_int(sqlite3_value_int64(value));
        return true;
    case SQLITE_BLOB:
        return sqlite3_value_bytes(value) == (int)database->decimal_size &&
               nf_decimal_unpack(out, sqlite3_value_blob(value),
                                 database->decimal_size,
                                 database->decimal_scale);
    case SQLITE_TEXT:
        text = (const char *)sqlite3_value_text(value);
        return text &&
               nf_decimal_parse(out, text, (size_t)sqlite3_value_bytes(value),
                                false);
    default:
        return false;
    }
}

static void decimal_compare(sqlite3_context *context, int count,
                            sqlite3_value **values)
{
    const nf_database *database = sqlite3_user_data(context);
    nf_decimal a, b;

    (void)count;
    if (!decimal_of(database, values[0], &a))
        return;
    if (decimal_of(database, values[1], &b)) {
        sqlite3_result_int(context, nf_decimal_compare(&a, &b));
        nf_decimal_release(&b);
    }
    nf_decimal_release(&a);
}

static void result_decimal(sqlite3_context *context, const nf_decimal *decimal)
{
    size_t length = nf_decimal_format(decimal, NULL, 0);
    char *text = nf_alloc(length + 1);

    if (!text) {
        sqlite3_result_error_nomem(context);
        return;
    }
    nf_decimal_format(decimal, text, length + 1);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
    nf_free(text);
}

/* Division by zero is NULL, and so a false comparison (Q79). */
static bool calculate(nf_decimal *out, char op, const nf_decimal *a,
                      const nf_decimal *b)
{
    switch (op) {
    case '+':
        return nf_decimal_add(out, a, b);
    case '-':
        return nf_decimal_subtract(out, a, b);
    case '*':
        return nf_decimal_multiply(out, a, b);
    default:
        return nf_decimal_sign(b) != 0 &&
               nf_decimal_divide(out, a, b, 20, NF_ROUND_HALF_EVEN);
    }
}

typedef struct calculation {
    nf_decimal numbers[NF_XPATH_OPERANDS_MAX];
    int count;
} calculation;

/* One operator on the numbers on top. */
static bool operate(calculation *c, char op)
{
    nf_decimal result, *top;

    if (c->count < 1 || (op != '~' && c->count < 2))
        return false;
    top = &c->numbers[c->count - 1];
    if (op == '~' ? !nf_decimal_negate(&result, top)
                  : !calculate(&result, op, top - 1, top))
        return false;
    nf_decimal_release(top);
    if (op != '~')
        nf_decimal_release(&c->numbers[--c->count - 1]);
    c->numbers[c->count - 1] = result;
    return true;
}

/* mx_dec_op(PROGRAM, NUMBER…): in postfix, `#` for the next number, `~` to
 * negate, and + - * /. One flat call, since SQLite's parser is not deep. */
static void decimal_operation(sqlite3_context *context, int count,
                              sqlite3_value **values)
{
    const nf_database *database = sqlite3_user_data(context);
    const char *program =
        count ? (const char *)sqlite3_value_text(values[0]) : NULL;
    calculation c = {.count = 0};
    bool good = program != NULL;
    int next = 1;

    for (; good && *program; program++) {
        if (*program != '#') {
            good = operate(&c, *program);
            continue;
        }
        good = next < count && c.count < NF_XPATH_OPERANDS_MAX &&
               decimal_of(database, values[next++], &c.numbers[c.count]);
        c.count += good;
    }
    if (good && c.count == 1)
        result_decimal(context, &c.numbers[0]);
    while (c.count)
        nf_decimal_release(&c.numbers[--c.count]);
}

static void decimal_text(sqlite3_context *context, int count,
                         sqlite3_value **values)
{
    const nf_database *database = sqlite3_user_data(context);
    nf_decimal decimal;

    (void)count;
    if (!decimal_of(database, values[0], &decimal))
        return;
    result_decimal(context, &decimal);
    nf_decimal_release(&decimal);
}

static void decimal_blob(sqlite3_context *context, int count,
                         sqlite3_value **values)
{
    const nf_database *database = sqlite3_user_data(context);
    uint8_t bytes[16];
    nf_decimal decimal;

    (void)count;
    if (!decimal_of(database, values[0], &decimal))
        return;
    if (nf_decimal_pack(bytes, database->decimal_size, database->decimal_scale,
                        &decimal))
        sqlite3_result_blob(context, bytes, (int)database->decimal_size,
                            SQLITE_TRANSIENT);
    nf_decimal_release(&decimal);
}

nf_status nf_functions_register(nf_database *database, nf_error *err)
{
    const struct {
        const char *name;
        int arguments;
        void *user;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        {"mx_contains", 2, (void *)(intptr_t)0, search},
        {"mx_starts", 2, (void *)(intptr_t)1, search},
        {"mx_ends", 2, (void *)(intptr_t)2, search},
        {"mx_datepart", 3, NULL, date_part},
        {"mx_dec_cmp", 2, database, decimal_compare},
        {"mx_dec_op", -1, database, decimal_operation},
        {"mx_dec", 1, database, decimal_text},
        {"mx_todec", 1, database, decimal_blob},
    };
    size_t i;

    for (i = 0; i < sizeof functions / sizeof *functions; i++)
        if (sqlite3_create_function_v2(
                database->handle, functions[i].name, functions[i].arguments,
                SQLITE_UTF8 | SQLITE_DETERMINISTIC, functions[i].user,
                functions[i].call, NULL, NULL, NULL) != SQLITE_OK)
            return nf_database_error(database, "register a function", err);
    return NF_OK;
}
