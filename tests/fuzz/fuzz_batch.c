/* Lines of `eval --batch` and `query --batch` (design §5): each has one answer
 * of one line, whatever it is. */
#include "fuzz.h"
#include "open_session.h"

#include "base/memory.h"
#include "base/text.h"
#include "nanoflow.h"

const char *const fuzz_seeds[] = {
    "$x=Integer:5;%tz=Europe/Amsterdam;%language=de_DE\t$x + 1.50 > 2",
    "$o=Object:FieldService.Account:<empty>;$e=Enumeration:FieldService.OrderStatus:"
    "Open\tgetKey($e) + toString($o/Name)",
    "$s=String:a\\tb\\n;$d=DateTime:2024-02-29T12:00:00Z\t"
    "formatDateTime(addMonths($d, -1), 'dd MMM yyyy') + $s",
    "\tif true then 'it''s' else empty",
    "FieldService.WorkOrder\t[Status = $e and Title != '']\tTitle desc | "
    "offset=1 amount=2\t$e=Enumeration:FieldService.OrderStatus:Open",
    "FieldService.WorkStep\t"
    "[FieldService.WorkStep_WorkOrder = $o]\\n[Minutes > 3]\tMinutes | "
    "first\t$o=Object:FieldService.WorkOrder:<empty>;%object=5",
    "$x=Foo:\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\t$x + '\xE2\x82\xAC'",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0, 0, 0};

static void one_line(char *answer, nf_status status, bool empty, bool utf8)
{
    if (answer && utf8 && !nf_utf8_valid(answer, strlen(answer)))
        abort(); /* cut within a character */
    if (status == NF_OK &&
        (!answer || strpbrk(answer, "\r\n") || (!empty && !*answer)))
        abort();
    if (status != NF_OK && status != NF_NOMEM)
        abort();
    nf_text_free(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const limits[] = {"steps=10000", "text=100000",
                                         "regex=50"};
    nf_session *session = fuzz_session();
    nf_evaluation evaluation = {.size = sizeof evaluation,
                                .app = session->app,
                                .limits = limits,
                                .limit_count = 3};
    char *line = nf_strndup((const char *)data, size), *answer;
    nf_error err = {0};
    if (!line || strpbrk(line, "\n")) { /* it would be two */
        nf_free(line);
        return 0;
    }
    bool utf8 = nf_utf8_valid(line, strlen(line));
    nf_status status = nf_evaluate_line(&answer, line, &evaluation, &err);
    one_line(answer, status, false, utf8);
    evaluation.server_engine = true;
    status = nf_evaluate_line(&answer, line, &evaluation, &err);
    one_line(answer, status, false, utf8);
    status = nf_session_query_line(&answer, session, line, true, &err);
    one_line(answer, status, true, utf8);
    nf_free(line);
    return 0;
}
