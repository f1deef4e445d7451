/* Fuzz target: the process of a session's JavaScript, taken over by a hostile
 * script (javascript/process.c, talk.c, calls.c, values.c, questions*.c). It
 * says what the input says: an action was called, and whatever is asked or
 * settled meanwhile, the call ends with a value of its type or an error, and
 * neither side waits.
 *
 * A line is a message: its kind, then its text, in which a tab ends the name of
 * a question and an @ is the id of an object. An input that begins with "R" is
 * bytes as they are. */
#include "fuzz.h"
#include "open_session.h"

#include "database/database.h"
#include "javascript/internal.h"
#include "javascript/frame.h"

#include <sys/socket.h>

#define KNOWN "351843720888577" /* an object that the script holds */

enum { SAID_MAX = 4 << 10 /* has room in the socket */, TURNS = 20 };

const char *const fuzz_seeds[] = {
    "qcreate\t\"FieldService.WorkOrder\"\n"
    "qset\t[\"@\",\"Title\",[\"s\",\"oven\"]]\n"
    "qget\t[\"@\",\"Title\"]\n"
    "qcommit\t[\"@\"]\n"
    "qfetch\t{\"xpath\":\"//FieldService.WorkOrder[Hours > 1]\",\"amount\":5}\n"
    "qremove\t[\"@\"]\n"
    "qentities\tnull\nqentity\t\"FieldService.WorkOrder\"\n"
    "d{\"settled\":[{\"id\":1,\"value\":[\"n\",\"1.50\"]}],\"next\":null,"
    "\"wrappers\":3,\"rejection\":null}\n",
    "qflow\t{\"kind\":\"nanoflow\",\"name\":\"FieldService.ACT_SendPhotos\","
    "\"arguments\":{}}\n"
    "d{\"settled\":[],\"next\":5}\n"
    "qrequest\t[\"confirm\",\"Sure?\"]\nqdigest\t[\"SHA-256\",\"YWJj\"]\n"
    "qformatDate\t[0,\"d MMM yyyy\"]\nqparseNumber\t[\"1.234,5\"]\n"
    "qsource\t[\"fieldservice/actions/RoundHours.js\",\"../../x\"]\n"
    "qrewrite\t\"import a from 'b'\"\nqnothing\t{}\n"
    "d{\"settled\":[{\"id\":1,\"thrown\":\"off\"},{\"id\":1}],"
    "\"rejection\":\"why\"}\n",
    "d{\"settled\":[{\"id\":1,\"value\":[\"o\",\"9\"]},{\"id\":[]}]}\n",
    "xit can't go on\n",
    "Rd\x02\x00\x00\x00{}",
    "Rq\x05\x00\x00\x00keys\x00q\xff\xff\xff\xff",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 8, 16, 0};

static int other_end; /* of the socket, as long as a process is played */

/* What the session answers is read, so that it never waits for room. */
static nf_status answer(void *user, const char *name, const char *question,
                        nf_buffer *out, nf_error *err)
{
    char heard[4096];

    while (recv(other_end, heard, sizeof heard, MSG_DONTWAIT) > 0)
        ;
    return nf_js_ask(user, name, question, out, err);
}

static void say(const void *bytes, size_t size)
{
    if (send(other_end, bytes, size, MSG_DONTWAIT) != (ssize_t)size)
        abort();
}

static void say_line(const char *line, size_t length)
{
    char head[NF_JS_HEAD] = {*line};
    nf_buffer text;
    uint32_t size;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    for (size_t i = 1; i < length; i++) {
        bool known = line[i] == '@', ends = line[i] == '\t';
        nf_buffer_add(&text,
                      known  ? KNOWN
                      : ends ? ""
                             : line + i,
                      known ? sizeof KNOWN - 1 : 1);
    }
    size = (uint32_t)text.length;
    memcpy(head + 1, &size, sizeof size);
    say(head, sizeof head);
    say(nf_buffer_string(&text), size);
    nf_buffer_dispose(&text);
}

static void say_all(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;

    if (size > SAID_MAX)
        size = SAID_MAX;
    if (size && *at == 'R') {
        say(at + 1, size - 1);
        size = 0;
    }
    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t length = end ? (size_t)(end - at) : size;

        if (length)
            say_line(at, length);
        length += end ? 1 : 0;
        at += length;
        size -= length;
    }
    shutdown(other_end, SHUT_WR);
}

/* Nothing has a source yet, so no process is started. */
static nf_javascript *scripts(nf_session *s)
{
    static const nf_flow nothing = {.qualified = "M.Nothing"};
    nf_value result = {0};
    nf_error err = {0};
    void *token = NULL;

    if (!s->javascript && (nf_session_script(s, &nothing, NULL, NULL, &token,
                                             &result, &err) != NF_FAILED ||
                           strcmp(err.code, "js_unavailable") != 0))
        abort();
    return s->javascript;
}

static void play(nf_javascript *js, const uint8_t *data, size_t size)
{
    const nf_js_process_options options = {
        .memory_mib = 100, .ask = answer, .user = js};
    int ends[2];

    if (!js->handles) /* as nf_js_start does */
        js->handles = nf_idmap_new();
    if (!js->handles || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        nf_js_process_over(&js->process, ends[0], &options, NULL) != NF_OK)
        abort();
    other_end = ends[1];
    say_all(data, size);
    js->last_call = 0; /* the calls of an input count from one */
}

static void call(nf_session *s, const nf_flow *action)
{
    const nf_value arguments[] = {nf_integer(3), nf_integer(1)};
    nf_value result = {0};
    nf_error err = {0};
    void *token = NULL;
    nf_status status = NF_PENDING;

    for (int i = 0; i < TURNS && status == NF_PENDING; i++) {
        nf_error_clear(&err);
        status = nf_session_script(s, action, arguments, &action->result,
                                   &token, &result, &err);
    }
    if (status == NF_OK && result.kind != NF_KIND_DECIMAL &&
        result.kind != NF_KIND_EMPTY)
        abort();
    if (status != NF_OK && status != NF_PENDING && !nf_error_is_set(&err))
        abort();
    if (token)
        nf_javascript_forget(s->javascript, token);
    nf_value_release(&result);
}

/* What an input does to objects and their rows is undone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const nf_error over = {.status = NF_FAILED};
    nf_session *s = fuzz_session();
    nf_javascript *js = scripts(s);
    nf_object *known;
    const nf_flow *action;
    int64_t mark;

    if (nf_model_flow(&action, s->model, NF_FLOW_JAVASCRIPT_ACTION,
                      "FieldService.RoundHours", NULL) != NF_OK ||
        nf_objects_mark(s->objects, &mark, NULL) != NF_OK ||
        nf_objects_create_with_id(
            &known, s->objects,
            nf_model_find_entity(s->model, "FieldService.WorkOrder"),
            strtoll(KNOWN, NULL, 10), 0, NULL) != NF_OK)
        abort();
    play(js, data, size);
    if (!nf_js_hold(js, known))
        abort();
    nf_object_release(known);
    call(s, action);
    nf_js_end_scripts(js, &over);
    close(other_end);
    if (nf_objects_settle(s->objects, mark, false, NULL) != NF_OK)
        abort();
    return 0;
}
