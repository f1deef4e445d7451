/* Two server processes on one database, a file or PostgreSQL: what one got, the
 * other goes on with, and what both write at the same time does not mix
 * (synchronize S45, W33, W34, W51, W53). */
#include "helper_wire.h"

#include <bson/bson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Two processes on one database file: what one got, the other applies, once
 * (A119, A127). */
static void test_two_processes(void **state)
{
    helper_world *world = *state;
    nf_server *first = world->server, *second = NULL;
    helper_wire a;
    wire_upload up;
    nf_error err = {0};

    assert_int_equal(nf_server_open(&second, &world->options, &err), NF_OK);
    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    wire_stage(&a, &up, "all");
    world->server = second;
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    world->server = first;
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "ready");
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    nf_server_close(second);
    wire_dispose(&up);
    wire_close(&a);
}

/* Commits and reads the result whole. Where another process is at it the answer
 * is that the server is busy (503, 202) or that the result has gone meanwhile
 * (410): a device asks again, and commits again. */
static bool fetches(helper_wire *a, const wire_upload *up, int64_t order)
{
    for (int i = 0; i < 200; i++) {
        int status = wire_send(a, NF_SYNC_POST, wire_path(up, "/commit"), NULL);

        if (status == 200)
            status = wire_send(a, NF_SYNC_GET, wire_path(up, "/result"), NULL);
        if (status == 206)
            return strcmp(wire_replied_outcome(a, order), "created") == 0;
        if (status != 503 && status != 202 && status != 410)
            return false;
    }
    return false;
}

/* The parent's server is not the child's to close, and is no leak of its. */
static nf_server *of_parent;

/* Another process, with a server of its own: says over `line` that it is ready
 * and begins when it hears a byte. */
static pid_t other_process(helper_world *world, helper_wire *a,
                           const wire_upload *up, int64_t order, int line)
{
    nf_error err = {0};
    char byte;
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    alarm(60);
    nf_random_seed(&world->random, 99);
    of_parent = world->server;
    world->server = NULL;
    if (nf_server_open(&world->server, &world->options, &err) != NF_OK ||
        write(line, "r", 1) != 1 || read(line, &byte, 1) != 1 ||
        !fetches(a, up, order))
        _exit(1);
    nf_server_close(world->server);
    _exit(0);
}

static void open_many(helper_wire *a, wire_upload *up, helper_world *world)
{
    for (int i = 0; i < 200; i++)
        helper_server_add(world, "Shop.Order", "Remark", "many");
    wire_open(a, world);
    assert_int_equal(wire_sign_in(a, NULL, "anna", NULL), 201);
    wire_new_order(up, a, 1, 1);
    assert_int_equal(wire_commit(a, up, "all"), 200);
}

/* Two processes write one result again at the same time, after it has ended:
 * both give it whole, and nothing is applied again (W34, W51, W53). */
static void test_rewritten_by_two(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up;
    int line[2], ended = -1;
    char byte;

    open_many(&a, &up, world);
    for (int round = 0; round < 4; round++) {
        int64_t order = wire_order_id(&a, 1);
        pid_t other;

        world->now += 8 * INT64_C(86400000);
        assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
        assert_int_equal(
            wire_send(&a, NF_SYNC_GET, wire_path(&up, "/result"), NULL), 410);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
        other = other_process(world, &a, &up, order, line[0]);
        assert_true(other > 0);
        close(line[0]);
        assert_int_equal(read(line[1], &byte, 1), 1);
        assert_int_equal(write(line[1], "g", 1), 1);
        assert_true(fetches(&a, &up, order));
        assert_int_equal(waitpid(other, &ended, 0), other);
        assert_int_equal(ended, 0);
        close(line[1]);
    }
    assert_int_equal(helper_server_count(world, "Shop.Order"), 201);
    wire_dispose(&up);
    wire_close(&a);
}

/* Asks a server for a part of the result behind what is there, under the tag
 * that it had; a reply that begins anew replaces it. The status. */
static int read_on(helper_wire *a, nf_server *server, const wire_upload *up,
                   nf_buffer *have, char etag[sizeof a->response.etag])
{
    nf_sync_request request = {.method = NF_SYNC_GET,
                               .path = wire_path(up, "/result"),
                               .session = a->session,
                               .offset = (int64_t)have->length,
                               .length = 2000,
                               .etag = etag[0] ? etag : NULL};
    nf_error err = {0};

    assert_int_equal(nf_server_handle(server, &request, &a->response, &err),
                     NF_OK);
    if (a->response.status == 200)
        nf_buffer_clear(have);
    if (a->response.status == 200 || a->response.status == 206) {
        assert_int_equal(a->response.offset, (int64_t)have->length);
        nf_buffer_add(have, a->response.body.data, a->response.body.length);
        memcpy(etag, a->response.etag, sizeof a->response.etag);
    }
    return a->response.status;
}

/* A result is being written, window by window, and the device comes to another
 * process, which has none of it: it commits again there, once, whichever of
 * them it asks from then on, and gets one result whole (W33, W34, A149). */
static void test_between_two(void **state)
{
    helper_world *world = *state;
    nf_server *servers[2] = {world->server, NULL};
    char etag[sizeof((nf_sync_response *)NULL)->etag] = "";
    nf_buffer have;
    helper_wire a;
    wire_upload up;
    nf_error err = {0};
    int again = 0, anew = 0;

    open_many(&a, &up, world);
    nf_buffer_init(&have, 1 << 20);
    assert_int_equal(read_on(&a, servers[0], &up, &have, etag), 206);
    assert_int_equal(a.response.total < 0, !helper_on_postgres());
    assert_int_equal(nf_server_open(&servers[1], &world->options, &err), NF_OK);
    for (int i = 1; a.response.total != (int64_t)have.length; i++) {
        int status = read_on(&a, servers[i % 2], &up, &have, etag);

        assert_true(i < 100);
        world->server = servers[i % 2];
        anew += status == 200;
        if (status != 410)
            continue;
        again++;
        assert_int_equal(
            wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
        assert_string_equal(wire_text(&a, "state"), "ready");
    }
    assert_int_equal(again, helper_on_postgres() ? 0 : 1);
    assert_true(anew <= again);
    nf_buffer_clear(&a.response.body);
    nf_buffer_add(&a.response.body, have.data, have.length);
    assert_string_equal(wire_replied_outcome(&a, wire_order_id(&a, 1)),
                        "created");
    nf_buffer_dispose(&have);
    nf_server_close(servers[1]);
    world->server = servers[0];
    wire_dispose(&up);
    wire_close(&a);
}

/* ---- contents ------------------------------------------------------------
 */

enum { CONTENTS = 12, CONTENT_SIZE = 3 << 20 };

static const char *content_path(const uint8_t *bytes)
{
    static char path[96];
    uint8_t sha[NF_SHA256_SIZE];
    size_t used;

    assert_true(nf_sha256(sha, bytes, CONTENT_SIZE));
    snprintf(path, sizeof path, "/sync/v1/blobs/");
    used = strlen(path);
    nf_hex(path + used, sha, sizeof sha);
    return path;
}

/* Asks how much of the contents is there until the line ends. */
static void ask_on(helper_wire *a, uint8_t *bytes, int line)
{
    char byte;
    nf_error err = {0};

    of_parent = a->world->server;
    a->world->server = NULL;
    if (nf_server_open(&a->world->server, &a->world->options, &err) != NF_OK ||
        write(line, "r", 1) != 1)
        _exit(1);
    while (read(line, &byte, 1) == 1) {
        bytes[0] = (uint8_t)byte;
        for (int i = 0; i < 20; i++) {
            int status = wire_send(a, NF_SYNC_HEAD, content_path(bytes), NULL);
            if (status != 200 && status != 404 && status != 503)
                _exit(2);
        }
    }
    nf_server_close(a->world->server);
    _exit(0);
}

/* The last bytes of a file arrive at one process while another is asked for how
 * many there are, and finds that all are and that nobody has checked them yet:
 * once the first has said so they are complete and stay so (S45). */
static void test_contents_of_two(void **state)
{
    helper_world *world = *state;
    uint8_t *bytes = calloc(1, CONTENT_SIZE);
    helper_wire a;
    int line[2], ended = -1;
    char byte;
    pid_t other;

    assert_non_null(bytes);
    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    other = fork();
    if (other == 0) {
        alarm(60);
        close(line[1]);
        ask_on(&a, bytes, line[0]);
    }
    close(line[0]);
    assert_int_equal(read(line[1], &byte, 1), 1);
    for (int i = 0; i < CONTENTS; i++) {
        const char *path;

        bytes[0] = (uint8_t)i;
        path = content_path(bytes);
        assert_int_equal(
            wire_patch(&a, path, bytes, CONTENT_SIZE - 1, 0, CONTENT_SIZE),
            204);
        assert_int_equal(write(line[1], bytes, 1), 1);
        assert_int_equal(wire_patch(&a, path, bytes + CONTENT_SIZE - 1, 1,
                                    CONTENT_SIZE - 1, CONTENT_SIZE),
                         204);
    }
    close(line[1]);
    assert_int_equal(waitpid(other, &ended, 0), other);
    assert_int_equal(ended, 0);
    for (int i = 0; i < CONTENTS; i++) {
        bytes[0] = (uint8_t)i;
        assert_int_equal(wire_send(&a, NF_SYNC_HEAD, content_path(bytes), NULL),
                         200);
        assert_int_equal(a.response.offset, CONTENT_SIZE);
    }
    free(bytes);
    wire_close(&a);
}

#define FILE_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, helper_setup_file, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_two_processes),
        FILE_TEST(test_rewritten_by_two),
        FILE_TEST(test_between_two),
        FILE_TEST(test_contents_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
