/* The table of functions, ordered by name for a binary search (S54). */
#include "interpreter/functions_all.h"

#include "interpreter/cache.h"
#include "interpreter/regex.h"

#include <assert.h>
#include <string.h>

/* A row: name, fewest and most arguments, engines, rule and kind of the result,
 * variant, whether there is always a result, implementation, what each argument
 * takes. */
#define F(name_, min_, max_, engines_, rule_, result_, variant_, present_,     \
          call_, ...)                                                          \
    {                                                                          \
        .name = (name_), .min = (min_), .max = (max_),                         \
        .engines = NF_ON_##engines_, .rule = NF_RESULT_##rule_,                \
        .result = NF_KIND_##result_, .variant = (variant_),                    \
        .present = (present_), .takes = {__VA_ARGS__}, .call = (call_)         \
    }

static const nf_function functions[] = {
    F("abs", 1, 1, BOTH, FIRST, DECIMAL, NF_ABS, true, nf_call_number,
      NF_TAKES_NUMBER),
    F("addDays", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_DAY, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addDaysUTC", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_DAY | NF_VARIANT_UTC,
      true, nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addHours", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_HOUR, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addMilliseconds", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_MILLISECOND, true,
      nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addMinutes", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_MINUTE, true,
      nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addMonths", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_MONTH, true,
      nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addMonthsUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_MONTH | NF_VARIANT_UTC, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("addQuarters", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_QUARTER, true,
      nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addQuartersUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_QUARTER | NF_VARIANT_UTC, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("addSeconds", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_SECOND, true,
      nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addWeeks", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_WEEK, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addWeeksUTC", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_WEEK | NF_VARIANT_UTC,
      true, nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addYears", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_YEAR, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("addYearsUTC", 2, 2, BOTH, FIXED, DATETIME, NF_UNIT_YEAR | NF_VARIANT_UTC,
      true, nf_call_add, NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("beginOfDay", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_DAY, true,
      nf_call_period, NF_TAKES_DATE),
    F("beginOfMonth", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_MONTH, true,
      nf_call_period, NF_TAKES_DATE),
    F("beginOfWeek", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_WEEK, true,
      nf_call_period, NF_TAKES_DATE),
    F("beginOfYear", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_YEAR, true,
      nf_call_period, NF_TAKES_DATE),
    F("calendarMonthsBetween", 2, 2, BOTH, FIXED, INTEGER, NF_UNIT_MONTH, true,
      nf_call_calendar_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("calendarYearsBetween", 2, 2, BOTH, FIXED, INTEGER, NF_UNIT_YEAR, true,
      nf_call_calendar_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("ceil", 1, 1, BOTH, FIXED, INTEGER, NF_CEIL, true, nf_call_number,
      NF_TAKES_NUMBER),
    F("contains", 2, 2, BOTH, FIXED, BOOLEAN, NF_CONTAINS, true,
      nf_call_contains, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("dateTime", 1, 6, BOTH, FIXED, DATETIME, 0, true, nf_call_date_time,
      NF_TAKES_INTEGER),
    F("dateTimeToEpoch", 1, 1, BOTH, FIXED, INTEGER, 0, true, nf_call_to_epoch,
      NF_TAKES_DATE),
    F("dateTimeUTC", 1, 6, BOTH, FIXED, DATETIME, NF_VARIANT_UTC, true,
      nf_call_date_time, NF_TAKES_INTEGER),
    F("daysBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_DAY, true,
      nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("endOfDay", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_DAY | NF_VARIANT_END,
      true, nf_call_period, NF_TAKES_DATE),
    F("endOfMonth", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_MONTH | NF_VARIANT_END,
      true, nf_call_period, NF_TAKES_DATE),
    F("endOfWeek", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_WEEK | NF_VARIANT_END,
      true, nf_call_period, NF_TAKES_DATE),
    F("endOfYear", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_YEAR | NF_VARIANT_END,
      true, nf_call_period, NF_TAKES_DATE),
    F("endsWith", 2, 2, BOTH, FIXED, BOOLEAN, NF_ENDS_WITH, true,
      nf_call_contains, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("epochToDateTime", 1, 1, BOTH, FIXED, DATETIME, 0, true,
      nf_call_from_epoch, NF_TAKES_INTEGER),
    F("find", 2, 3, BOTH, FIXED, INTEGER, 0, true, nf_call_find, NF_TAKES_TEXT,
      NF_TAKES_TEXT, NF_TAKES_INTEGER),
    F("findLast", 2, 3, BOTH, FIXED, INTEGER, 0, true, nf_call_find_last,
      NF_TAKES_TEXT, NF_TAKES_TEXT, NF_TAKES_INTEGER),
    F("floor", 1, 1, BOTH, FIXED, INTEGER, NF_FLOOR, true, nf_call_number,
      NF_TAKES_NUMBER),
    F("formatDate", 1, 1, BOTH, FIXED, STRING, NF_UNIT_DAY, true,
      nf_call_format_part, NF_TAKES_DATE),
    F("formatDateTime", 1, 2, BOTH, FIXED, STRING, 0, true,
      nf_call_format_date_time, NF_TAKES_DATE, NF_TAKES_TEXT),
    F("formatDateTimeUTC", 1, 2, BOTH, FIXED, STRING, NF_VARIANT_UTC, true,
      nf_call_format_date_time, NF_TAKES_DATE, NF_TAKES_TEXT),
    F("formatDateUTC", 1, 1, BOTH, FIXED, STRING, NF_UNIT_DAY | NF_VARIANT_UTC,
      true, nf_call_format_part, NF_TAKES_DATE),
    F("formatDecimal", 1, 3, BOTH, FIXED, STRING, 0, true,
      nf_call_format_decimal, NF_TAKES_NUMBER, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("formatTime", 1, 1, BOTH, FIXED, STRING, NF_UNIT_HOUR, true,
      nf_call_format_part, NF_TAKES_DATE),
    F("formatTimeUTC", 1, 1, BOTH, FIXED, STRING, NF_UNIT_HOUR | NF_VARIANT_UTC,
      true, nf_call_format_part, NF_TAKES_DATE),
    F("getCaption", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_get_caption,
      NF_TAKES_ENUMERATION),
    F("getKey", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_get_key,
      NF_TAKES_ENUMERATION),
    F("hoursBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_HOUR, true,
      nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("isMatch", 2, 2, BOTH, FIXED, BOOLEAN, 0, true, nf_call_is_match,
      NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("isNew", 1, 1, BOTH, FIXED, BOOLEAN, NF_IS_NEW, true, nf_call_state,
      NF_TAKES_OBJECT),
    F("isSynced", 1, 1, CLIENT, FIXED, BOOLEAN, NF_IS_SYNCED, true,
      nf_call_state, NF_TAKES_OBJECT),
    F("isSyncing", 0, 0, CLIENT, FIXED, BOOLEAN, NF_IS_SYNCING, true,
      nf_call_state, 0),
    F("length", 1, 1, BOTH, FIXED, INTEGER, 0, true, nf_call_length,
      NF_TAKES_TEXT | NF_TAKES_LIST),
    F("max", 2, NF_FUNCTION_MAX_ARGUMENTS, BOTH, WIDEST, DECIMAL, NF_MAX, true,
      nf_call_extreme, NF_TAKES_NUMBER | NF_TAKES_DATE),
    F("millisecondsBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_MILLISECOND,
      true, nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("min", 2, NF_FUNCTION_MAX_ARGUMENTS, BOTH, WIDEST, DECIMAL, NF_MIN, true,
      nf_call_extreme, NF_TAKES_NUMBER | NF_TAKES_DATE),
    F("minutesBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_MINUTE, true,
      nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("not", 1, 1, BOTH, FIXED, BOOLEAN, 0, true, nf_call_not,
      NF_TAKES_BOOLEAN),
    F("parseDateTime", 2, 3, BOTH, FIXED, DATETIME, 0, false,
      nf_call_parse_date_time, NF_TAKES_TEXT, NF_TAKES_TEXT, NF_TAKES_DATE),
    F("parseDateTimeUTC", 2, 3, BOTH, FIXED, DATETIME, NF_VARIANT_UTC, false,
      nf_call_parse_date_time, NF_TAKES_TEXT, NF_TAKES_TEXT, NF_TAKES_DATE),
    F("parseDecimal", 1, 3, BOTH, FIXED, DECIMAL, 0, false,
      nf_call_parse_decimal, NF_TAKES_TEXT, NF_TAKES_TEXT | NF_TAKES_NUMBER,
      NF_TAKES_NUMBER),
    F("parseInteger", 1, 2, BOTH, FIXED, INTEGER, 0, false,
      nf_call_parse_integer, NF_TAKES_TEXT, NF_TAKES_INTEGER),
    F("pow", 2, 2, BOTH, FIXED, DECIMAL, 0, true, nf_call_pow, NF_TAKES_NUMBER,
      NF_TAKES_NUMBER),
    F("random", 0, 0, BOTH, FIXED, DECIMAL, 0, true, nf_call_random, 0),
    F("replaceAll", 3, 3, BOTH, FIXED, STRING, 1, true, nf_call_replace,
      NF_TAKES_TEXT, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("replaceFirst", 3, 3, BOTH, FIXED, STRING, 0, true, nf_call_replace,
      NF_TAKES_TEXT, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("round", 1, 2, BOTH, ROUND, INTEGER, 0, true, nf_call_round,
      NF_TAKES_NUMBER, NF_TAKES_INTEGER),
    F("secondsBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_SECOND, true,
      nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
    F("sqrt", 1, 1, BOTH, FIXED, DECIMAL, NF_SQRT, true, nf_call_number,
      NF_TAKES_NUMBER),
    F("startsWith", 2, 2, BOTH, FIXED, BOOLEAN, NF_STARTS_WITH, true,
      nf_call_contains, NF_TAKES_TEXT, NF_TAKES_TEXT),
    F("substring", 2, 3, BOTH, FIXED, STRING, 0, true, nf_call_substring,
      NF_TAKES_TEXT, NF_TAKES_INTEGER, NF_TAKES_INTEGER),
    F("subtractDays", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_DAY | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractDaysUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_DAY | NF_VARIANT_SUBTRACT | NF_VARIANT_UTC, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("subtractHours", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_HOUR | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractMilliseconds", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_MILLISECOND | NF_VARIANT_SUBTRACT, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("subtractMinutes", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_MINUTE | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractMonths", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_MONTH | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractMonthsUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_MONTH | NF_VARIANT_SUBTRACT | NF_VARIANT_UTC, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("subtractQuarters", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_QUARTER | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractQuartersUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_QUARTER | NF_VARIANT_SUBTRACT | NF_VARIANT_UTC, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("subtractSeconds", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_SECOND | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractWeeks", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_WEEK | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractWeeksUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_WEEK | NF_VARIANT_SUBTRACT | NF_VARIANT_UTC, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("subtractYears", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_YEAR | NF_VARIANT_SUBTRACT, true, nf_call_add, NF_TAKES_DATE,
      NF_TAKES_INTEGER),
    F("subtractYearsUTC", 2, 2, BOTH, FIXED, DATETIME,
      NF_UNIT_YEAR | NF_VARIANT_SUBTRACT | NF_VARIANT_UTC, true, nf_call_add,
      NF_TAKES_DATE, NF_TAKES_INTEGER),
    F("toLowerCase", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_case,
      NF_TAKES_TEXT),
    F("toString", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_to_string,
      NF_TAKES_TEXT | NF_TAKES_NUMBER | NF_TAKES_BOOLEAN | NF_TAKES_DATE |
          NF_TAKES_ENUMERATION),
    F("toUpperCase", 1, 1, BOTH, FIXED, STRING, 1, true, nf_call_case,
      NF_TAKES_TEXT),
    F("trim", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_trim, NF_TAKES_TEXT),
    F("trimToDays", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_DAY, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToDaysUTC", 1, 1, BOTH, FIXED, DATETIME,
      NF_UNIT_DAY | NF_VARIANT_UTC, true, nf_call_period, NF_TAKES_DATE),
    F("trimToHours", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_HOUR, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToHoursUTC", 1, 1, BOTH, FIXED, DATETIME,
      NF_UNIT_HOUR | NF_VARIANT_UTC, true, nf_call_period, NF_TAKES_DATE),
    F("trimToMinutes", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_MINUTE, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToMonths", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_MONTH, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToMonthsUTC", 1, 1, BOTH, FIXED, DATETIME,
      NF_UNIT_MONTH | NF_VARIANT_UTC, true, nf_call_period, NF_TAKES_DATE),
    F("trimToSeconds", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_SECOND, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToYears", 1, 1, BOTH, FIXED, DATETIME, NF_UNIT_YEAR, true,
      nf_call_period, NF_TAKES_DATE),
    F("trimToYearsUTC", 1, 1, BOTH, FIXED, DATETIME,
      NF_UNIT_YEAR | NF_VARIANT_UTC, true, nf_call_period, NF_TAKES_DATE),
    F("urlDecode", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_url_decode,
      NF_TAKES_TEXT),
    F("urlEncode", 1, 1, BOTH, FIXED, STRING, 0, true, nf_call_url_encode,
      NF_TAKES_TEXT),
    F("weeksBetween", 2, 2, BOTH, FIXED, DECIMAL, NF_UNIT_WEEK, true,
      nf_call_between, NF_TAKES_DATE, NF_TAKES_DATE),
};

#undef F
enum { FUNCTIONS = sizeof functions / sizeof *functions };
static_assert(FUNCTIONS == 100, "the set of functions is closed (S54)");

static int compare_name(const nf_function *function, const char *name,
                        size_t length)
{
    int order = strncmp(function->name, name, length);

    return order ? order : function->name[length] != '\0';
}

const nf_function *nf_function_find(const char *name, size_t length)
{
    size_t low = 0, high = FUNCTIONS;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(&functions[middle], name, length);

        if (order == 0)
            return &functions[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool nf_function_is_pure(const nf_function *function, const nf_value *arguments,
                         int count)
{
    static nf_status (*const pure[])(nf_evaluator *, nf_value *,
                                     const nf_value *, int,
                                     const nf_call_site *, nf_error *) = {
        nf_call_length,     nf_call_case,          nf_call_trim,
        nf_call_substring,  nf_call_find,          nf_call_find_last,
        nf_call_contains,   nf_call_url_encode,    nf_call_url_decode,
        nf_call_get_key,    nf_call_to_string,     nf_call_parse_integer,
        nf_call_extreme,    nf_call_parse_decimal, nf_call_to_epoch,
        nf_call_from_epoch,
    };
    size_t i;

    if (function->call == nf_call_number)
        return function->variant != NF_SQRT; /* rounded by the session */
    if (function->call == nf_call_date_time)
        return function->variant & NF_VARIANT_UTC;
    if (function->call == nf_call_to_string &&
        arguments[0].kind == NF_KIND_DATETIME)
        return false;
    if (function->call == nf_call_parse_decimal && count > 1 &&
        arguments[1].kind == NF_KIND_STRING)
        return false;
    for (i = 0; i < sizeof pure / sizeof *pure; i++)
        if (pure[i] == function->call)
            return true;
    return false;
}

size_t nf_function_count(void)
{
    return FUNCTIONS;
}

const nf_function *nf_function_at(size_t index)
{
    return &functions[index];
}

unsigned nf_function_takes(const nf_function *function, int index)
{
    while (index > 0 &&
           (index >= NF_FUNCTION_PARAMETERS || function->takes[index] == 0))
        index--;
    return function->takes[index];
}

static nf_status check_argument(const nf_function *function, int index,
                                const nf_value *argument, nf_error *err)
{
    unsigned takes = nf_function_takes(function, index);

    if (argument->kind == NF_KIND_EMPTY || (takes & 1u << argument->kind) ||
        (argument->kind == NF_KIND_INTEGER && (takes & NF_TAKES_DECIMAL)))
        return NF_OK;
    return nf_expression_error(err, "E-TYPE",
                               "Argument %d of %s() does not take a value of "
                               "type %s",
                               index + 1, function->name,
                               nf_kind_name((nf_kind)argument->kind));
}

nf_status nf_function_call(nf_evaluator *e, nf_value *out,
                           const nf_call_site *site, const nf_value *arguments,
                           int count, nf_error *err)
{
    const nf_function *function = site->function;
    nf_value result = nf_empty();
    nf_status status;
    int i;

    *out = nf_empty();
    if (count < function->min || count > function->max)
        return nf_expression_error(
            err, "E-ARITY", "%s() expects %d to %d arguments, got %d",
            function->name, function->min, function->max, count);
    for (i = 0; i < count; i++) {
        status = check_argument(function, i, &arguments[i], err);
        if (status != NF_OK)
            return status;
    }
    status = function->call(e, &result, arguments, count, site, err);
    if (status == NF_OK)
        *out = result;
    else
        nf_value_release(&result);
    return status;
}

nf_function_cache *nf_function_cache_new(void)
{
    return nf_alloc(sizeof(nf_function_cache));
}

void nf_function_cache_free(nf_function_cache *cache)
{
    size_t i;

    if (!cache)
        return;
    for (i = 0; i < NF_CACHED_REGEXES; i++)
        nf_regex_free(cache->regexes[i]);
    for (i = 0; i < NF_CACHED_PATTERNS; i++)
        nf_date_pattern_free(cache->patterns[i]);
    nf_free(cache->locale);
    nf_free(cache);
}
