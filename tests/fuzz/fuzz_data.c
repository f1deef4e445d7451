/* Data files (design §5, test E41): any bytes give objects with values, or an
 * error, as lines of JSON and as CSV. What CSV gives is what a JSON line may
 * give: written as one, it is read again. */
#include "fuzz.h"
#include "open_session.h"

#include "base/memory.h"
#include "library/data_file.h"

#include <json-c/json.h>

const char *const fuzz_seeds[] = {
    "entity,id,Title,CompletedAt,Hours,FieldService.WorkOrder_Technician\n"
    "FieldService.WorkOrder,7,\"Repair \"\"it\"\",\nsoon\",2026-03-18,1.5,"
    "351843720888577\r\nFieldService.WorkOrder,8,,\"\",,\n\n",
    "\xEF\xBB\xBF"
    "entity,id,$state,Status\nFieldService.WorkOrder,9,deleted,Open\n",
    "{\"entity\": \"FieldService.WorkOrder\", \"id\": \"12\", \"Title\": "
    "\"T\", \"CompletedAt\": \"2026-03-18T10:20:30.400+01:00\", \"Status\": "
    "\"Open\", \"FieldService.WorkOrder_Technician\": 351843720888577}\n"
    "{\"entity\":\"FieldService.Photo\",\"id\":\"351843720888576\",\"$name\":"
    "\"p\",\"$contents\":\"aGVsbG8=\",\"$state\":\"new\"}\n",
    "{\"entity\": \"FieldService.WorkOrder\", \"id\": 17, \"Number\": "
    "9007199254740993, \"Hours\": \"-1.50\", \"Remark\": null}\n"
    "{\"entity\": \"FieldService.WorkStep\", \"id\": 18, \"x\": [1, [2]]}\n",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0};

static void read_row(const nf_data_file *file, const nf_data_line *line)
{
    nf_data_row row = {0};
    nf_error err = {0};

    if (nf_data_row_read(&row, fuzz_session(), file, line, &err) == NF_OK)
        nf_data_row_dispose(&row);
    else if (!err.message[0])
        abort();
}

/* The same object from a line of JSON. */
static void read_again(const nf_data_line *line)
{
    const char *text =
        json_object_to_json_string_ext(line->json, JSON_C_TO_STRING_PLAIN);
    nf_data_file file = {
        .stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r"),
        .path = "again"};
    nf_data_line again;
    nf_error err = {0};
    bool more;

    if (!file.stream ||
        nf_data_next(&again, &more, &file, fuzz_session()->model, &err) !=
            NF_OK ||
        !more || again.entity != line->entity ||
        !json_object_equal(again.json, line->json)) {
        fprintf(stderr, "%s: %s\n", text, err.message);
        abort();
    }
    nf_data_line_dispose(&again);
    nf_data_close(&file);
}

static void read_all(const uint8_t *data, size_t size, bool csv)
{
    nf_data_file file = {.stream = fmemopen((void *)(uintptr_t)data, size, "r"),
                         .path = "fuzz",
                         .csv = csv};
    nf_data_line line;
    nf_error err = {0};
    bool more = file.stream != NULL;

    while (more && nf_data_next(&line, &more, &file, fuzz_session()->model,
                                &err) == NF_OK) {
        if (!more)
            break;
        read_row(&file, &line);
        if (csv)
            read_again(&line);
        nf_data_line_dispose(&line);
    }
    if (file.stream)
        nf_data_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) /* fmemopen may refuse it */
        return 0;
    read_all(data, size, true);
    read_all(data, size, false);
    return 0;
}
