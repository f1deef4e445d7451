// A host in C++11: what nanoflow gives belongs to smart pointers from then on.
//
//     greet ../hello/hello.xml Hello.Greet Ada
#include <nanoflow.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

struct release {
    void operator()(nf_error *it) const { nf_error_free(it); }
    void operator()(nf_app *it) const { nf_app_close(it); }
    void operator()(nf_session *it) const { nf_session_free(it); }
    void operator()(nf_value *it) const { nf_value_free(it); }
    void operator()(char *it) const { nf_text_free(it); }
};
template <class T> using own = std::unique_ptr<T, release>;

static void need(nf_status status, const own<nf_error> &err)
{
    if (status == NF_OK)
        return;
    own<char> text(nf_error_print(err.get()));
    throw std::runtime_error(text ? text.get() : "out of memory");
}

static std::string call(const char *path, const char *flow,
                        const std::string &name)
{
    own<nf_error> err(nf_error_new());
    nf_app *app = nullptr;
    need(nf_app_open(&app, path, err.get()), err);
    own<nf_app> open_app(app); // goes after the session: the last one first

    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.language = "en_US";
    nf_session *session = nullptr;
    need(nf_session_new(&session, app, &options, err.get()), err);
    own<nf_session> open_session(session);

    own<nf_value> text(nf_value_new_string(name.data(), name.size()));
    nf_argument argument = {"Name", text.get()};
    nf_value *result = nullptr;
    need(nf_session_call(&result, session, flow, &argument, 1, err.get()), err);
    own<nf_value> returned(result);
    own<char> printed(nf_value_print(result));
    return printed ? printed.get() : "";
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "usage: greet APP FLOW NAME\n");
        return NF_USAGE;
    }
    try {
        std::puts(call(argv[1], argv[2], argv[3]).c_str());
    } catch (const std::exception &problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return NF_FAILED;
    }
    return NF_OK;
}
