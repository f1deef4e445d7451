/* The process that runs the JavaScript of one session, on JavaScriptCore. It
 * has one socket and three words for the shim: ask the session, compile a
 * source, collect garbage. What actions see is in shim/. A process of its own
 * can be ended whatever a script does, and its memory can be bounded. */
#include "javascript/frame.h"

#include <JavaScriptCore/JavaScript.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "javascript/shim.h"

/* Exported by the library, not in its headers. */
extern void JSGlobalContextSetUnhandledRejectionCallback(
    JSGlobalContextRef context, JSObjectRef function, JSValueRef *exception)
    __attribute__((weak));

typedef struct message {
    char kind;
    char *text; /* NUL-terminated */
    size_t length;
} message;

/* ---- the socket ---------------------------------------------------------- */

/* The session is gone, or does not keep to the protocol: nobody could be told
 * anything. */
static _Noreturn void leave(int status)
{
    _exit(status);
}

static void read_all(void *to, size_t length)
{
    char *at = to;

    while (length) {
        ssize_t count = read(NF_JS_SOCKET, at, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            leave(0);
        at += count;
        length -= (size_t)count;
    }
}

static void write_all(const void *from, size_t length)
{
    const char *at = from;

    while (length) {
        ssize_t count = write(NF_JS_SOCKET, at, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            leave(0);
        at += count;
        length -= (size_t)count;
    }
}

static void send_two(char kind, const void *first, size_t first_length,
                     const void *second, size_t second_length)
{
    uint32_t length = (uint32_t)(first_length + second_length);
    char head[NF_JS_HEAD] = {kind};

    memcpy(head + 1, &length, sizeof length);
    write_all(head, sizeof head);
    write_all(first, first_length);
    write_all(second, second_length);
}

static void send_text(char kind, const char *text)
{
    send_two(kind, text, strlen(text), NULL, 0);
}

static message receive(void)
{
    char head[NF_JS_HEAD];
    uint32_t length;
    message m;

    read_all(head, sizeof head);
    memcpy(&length, head + 1, sizeof length);
    if (length > NF_JS_MESSAGE_MAX)
        leave(1);
    m = (message){head[0], malloc((size_t)length + 1), length};
    if (!m.text)
        leave(1);
    read_all(m.text, length);
    m.text[length] = '\0';
    return m;
}

/* Ends the process with its session, whatever a script is doing. */
static void *watch(void *unused)
{
    struct pollfd socket = {.fd = NF_JS_SOCKET, .events = POLLRDHUP};

    (void)unused;
    for (;;)
        if (poll(&socket, 1, -1) > 0 || errno != EINTR)
            leave(0);
}

/* ---- values -------------------------------------------------------------- */

/* Owner: caller; NULL when it is no text or there is no memory. */
static char *text_of(JSContextRef context, JSValueRef value, size_t *length)
{
    JSStringRef string = JSValueToStringCopy(context, value, NULL);
    size_t size = string ? JSStringGetMaximumUTF8CStringSize(string) : 0;
    char *text = size ? malloc(size) : NULL;

    *length = text ? JSStringGetUTF8CString(string, text, size) : 0;
    if (string)
        JSStringRelease(string);
    if (text && *length)
        --*length; /* the NUL */
    return text;
}

static JSValueRef make_text(JSContextRef context, const char *text)
{
    JSStringRef string = JSStringCreateWithUTF8CString(text);
    JSValueRef value;

    if (!string)
        return JSValueMakeNull(context);
    value = JSValueMakeString(context, string);
    JSStringRelease(string);
    return value;
}

static JSValueRef make_error(JSContextRef context, const char *text)
{
    JSValueRef argument = make_text(context, text);

    return JSObjectMakeError(context, 1, &argument, NULL);
}

static JSValueRef property(JSContextRef context, JSObjectRef object,
                           const char *name)
{
    JSStringRef string = JSStringCreateWithUTF8CString(name);
    JSValueRef value = JSObjectGetProperty(context, object, string, NULL);

    JSStringRelease(string);
    return value;
}

/* ---- what the shim may call ---------------------------------------------- */

/* ask(name, json): the session's answer as JSON, or an Error. */
static JSValueRef ask(JSContextRef context, JSObjectRef function,
                      JSObjectRef self, size_t count,
                      const JSValueRef arguments[], JSValueRef *exception)
{
    size_t name_length = 0, length = 0;
    char *name =
        count > 1 ? text_of(context, arguments[0], &name_length) : NULL;
    char *text = name ? text_of(context, arguments[1], &length) : NULL;
    JSValueRef result = JSValueMakeUndefined(context);
    message m;

    (void)function;
    (void)self;
    if (!text || name_length + 1 + length > NF_JS_MESSAGE_MAX) {
        *exception = make_error(context, text ? "it is larger than 256 MiB"
                                              : "out of memory");
        free(name);
        free(text);
        return result;
    }
    send_two(NF_JS_ASK, name, name_length + 1, text, length);
    free(name);
    free(text);
    m = receive();
    if (m.kind == NF_JS_ANSWER)
        result = make_text(context, m.text);
    else if (m.kind == NF_JS_REFUSE)
        *exception = make_error(context, m.text);
    else
        leave(1);
    free(m.text);
    return result;
}

/* compile(source, name): what the source, an expression, evaluates to. */
static JSValueRef compile(JSContextRef context, JSObjectRef function,
                          JSObjectRef self, size_t count,
                          const JSValueRef arguments[], JSValueRef *exception)
{
    JSStringRef source, name;
    JSValueRef result = NULL;

    (void)function;
    (void)self;
    if (count < 2)
        return JSValueMakeUndefined(context);
    source = JSValueToStringCopy(context, arguments[0], exception);
    name =
        source ? JSValueToStringCopy(context, arguments[1], exception) : NULL;
    if (name)
        result = JSEvaluateScript(context, source, NULL, name, 1, exception);
    if (source)
        JSStringRelease(source);
    if (name)
        JSStringRelease(name);
    return result ? result : JSValueMakeUndefined(context);
}

static JSValueRef collect(JSContextRef context, JSObjectRef function,
                          JSObjectRef self, size_t count,
                          const JSValueRef arguments[], JSValueRef *exception)
{
    (void)function;
    (void)self;
    (void)count;
    (void)arguments;
    (void)exception;
    JSGarbageCollect(context);
    return JSValueMakeUndefined(context);
}

static JSObjectRef natives(JSContextRef context)
{
    static const struct {
        const char *name;
        JSObjectCallAsFunctionCallback function;
    } functions[] = {{"ask", ask}, {"compile", compile}, {"collect", collect}};
    JSObjectRef object = JSObjectMake(context, NULL, NULL);

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        JSStringRef name = JSStringCreateWithUTF8CString(functions[i].name);
        JSObjectRef function = JSObjectMakeFunctionWithCallback(
            context, name, functions[i].function);

        JSObjectSetProperty(context, object, name, function, 0, NULL);
        JSStringRelease(name);
    }
    return object;
}

/* ---- the shim ------------------------------------------------------------ */

static _Noreturn void broken(JSContextRef context, const char *where,
                             JSValueRef exception)
{
    size_t length = 0;
    char *text = exception ? text_of(context, exception, &length) : NULL;
    char line[512];

    snprintf(line, sizeof line, "%s: %s", where, text ? text : "no memory");
    send_text(NF_JS_BROKEN, line);
    leave(1);
}

static JSValueRef evaluate(JSContextRef context, const char *name,
                           const unsigned char *text)
{
    JSStringRef source = JSStringCreateWithUTF8CString((const char *)text);
    JSStringRef url = JSStringCreateWithUTF8CString(name);
    JSValueRef exception = NULL;
    JSValueRef value =
        JSEvaluateScript(context, source, NULL, url, 1, &exception);

    JSStringRelease(source);
    JSStringRelease(url);
    if (!value)
        broken(context, name, exception);
    return value;
}

static JSObjectRef function_of(JSContextRef context, JSObjectRef object,
                               const char *name)
{
    JSValueRef value = property(context, object, name);
    JSObjectRef function = value ? JSValueToObject(context, value, NULL) : NULL;

    if (!function || !JSObjectIsFunction(context, function))
        broken(context, name, NULL);
    JSValueProtect(context, function);
    return function;
}

/* The files of the shim are parts of one function, which takes the words above
 * and gives its entry points. */
static JSObjectRef load_shim(JSContextRef context)
{
    size_t length = 0;
    char *source;
    JSValueRef exception = NULL, argument = natives(context), result;

    for (size_t i = 0; i < SHIM_PARTS; i++)
        length += strlen((const char *)shim_parts[i]);
    source = malloc(length + 1);
    if (!source)
        leave(1);
    *source = '\0';
    for (size_t i = 0, at = 0; i < SHIM_PARTS; i++) {
        size_t size = strlen((const char *)shim_parts[i]);

        memcpy(source + at, shim_parts[i], size + 1);
        at += size;
    }
    evaluate(context, "big.js", shim_big);
    result = evaluate(context, "shim", (const unsigned char *)source);
    free(source);
    result =
        JSObjectCallAsFunction(context, JSValueToObject(context, result, NULL),
                               NULL, 1, &argument, &exception);
    if (!result || !JSValueIsObject(context, result))
        broken(context, "shim", exception);
    return JSValueToObject(context, result, NULL);
}

/* Two calls: promises go on when the first one has returned, and what came of
 * it is seen by the second. */
static void serve(JSContextRef context, JSObjectRef dispatch,
                  JSObjectRef report)
{
    message m = receive();
    JSValueRef argument, result, exception = NULL;
    size_t length;
    char *text;

    if (m.kind != NF_JS_RUN)
        leave(1);
    argument = make_text(context, m.text);
    free(m.text);
    JSObjectCallAsFunction(context, dispatch, NULL, 1, &argument, &exception);
    if (exception)
        broken(context, "JavaScript was ended", exception);
    result = JSObjectCallAsFunction(context, report, NULL, 0, NULL, &exception);
    text = result ? text_of(context, result, &length) : NULL;
    if (!text)
        broken(context, "report", exception);
    if (length > NF_JS_MESSAGE_MAX) {
        send_text(NF_JS_BROKEN, "what JavaScript gave is larger than 256 MiB");
        leave(1);
    }
    send_two(NF_JS_DONE, text, length, NULL, 0);
    free(text);
}

/* Whatever a script found a way to: nothing can be opened any more, neither
 * files nor sockets, and no cores are left. The rules of the time zone are read
 * before. */
static void confine(void)
{
    const struct rlimit none = {0, 0}, one = {1, 1};

    tzset();
    setrlimit(RLIMIT_NOFILE, &one); /* 0 is open; poll takes no fewer */
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(void)
{
    struct pollfd socket = {.fd = NF_JS_SOCKET, .events = POLLOUT};
    pthread_t watcher;
    JSGlobalContextRef context;
    JSObjectRef shim, dispatch, report;

    if (poll(&socket, 1, 0) != 1 || !(socket.revents & POLLOUT)) {
        fputs("nanoflow-javascript is started by nanoflow, for JavaScript "
              "actions\n",
              stderr);
        return 2;
    }
    if (pthread_create(&watcher, NULL, watch, NULL) != 0)
        return 1;
    context = JSGlobalContextCreate(NULL);
    shim = load_shim(context);
    dispatch = function_of(context, shim, "dispatch");
    report = function_of(context, shim, "report");
    if (JSGlobalContextSetUnhandledRejectionCallback)
        JSGlobalContextSetUnhandledRejectionCallback(
            context, function_of(context, shim, "rejected"), NULL);
    confine();
    send_text(NF_JS_READY, "");
    for (;;)
        serve(context, dispatch, report);
}
