/* The least that a device of W4 and W5 costs: documents become rows as they
 * arrive; changed rows are read, sent, and marked as sent. */
#include "floor.h"

#include <curl/curl.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *workload, long count, double seconds)
{
    printf("%s floor %ld %.4f %.0f\n", workload, count, seconds,
           (double)count / seconds);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    floor_feed(user, bytes, size * count);
    return size * count;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *user)
{
    long *answer = user;

    for (size_t i = 0; i < size * count; i++)
        *answer = *answer * 10 + (bytes[i] - '0');
    return size * count;
}

static void download(CURL *curl, sqlite3 *db)
{
    floor_sink sink = {.db = db};
    double started = now();

    floor_execute(db, "BEGIN");
    sink.upsert = floor_prepare(db, FLOOR_UPSERT);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    floor_need(curl_easy_perform(curl) == CURLE_OK, "the download failed");
    sqlite3_finalize(sink.upsert);
    floor_execute(db, "COMMIT");
    report("W4", sink.count, now() - started);
    floor_need(sink.count == W4_OBJECTS, "some rows are missing");
    free(sink.bytes);
}

/* The rows that are to be sent, as they are sent. */
static void read_changed(sqlite3 *db, floor_sink *out)
{
    sqlite3_stmt *rows = floor_prepare(db, "SELECT " FLOOR_COLUMNS
                                           " FROM Item WHERE changed = 1");

    while (sqlite3_step(rows) == SQLITE_ROW) {
        bson_t document = BSON_INITIALIZER;

        floor_write(&document, rows);
        if (out->length + document.len > out->capacity) {
            out->capacity = 2 * (out->length + document.len);
            out->bytes = realloc(out->bytes, out->capacity);
            floor_need(out->bytes != NULL, "out of memory");
        }
        memcpy(out->bytes + out->length, bson_get_data(&document),
               document.len);
        out->length += document.len;
        out->count++;
        bson_destroy(&document);
    }
    sqlite3_finalize(rows);
}

/* The connection is there before the upload, as that of a device is. */
static void connect_first(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    floor_need(curl_easy_perform(curl) == CURLE_OK, "can't connect");
    curl_easy_setopt(curl, CURLOPT_NOBODY, 0L);
}

static void upload(CURL *curl, sqlite3 *db)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    floor_sink body = {0};
    char sql[200];
    long answer = 0;
    double started;

    snprintf(sql, sizeof sql,
             "UPDATE Item SET changed = 1, Price = Code || '.25', Description "
             "= Description || '!' WHERE Code < %d; CREATE INDEX IF NOT EXISTS "
             "ItemChanged ON Item(changed) WHERE changed = 1",
             W5_OBJECTS);
    floor_execute(db, sql);
    connect_first(curl);
    started = now();
    read_changed(db, &body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)body.length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    floor_need(curl_easy_perform(curl) == CURLE_OK, "the upload failed");
    floor_execute(db, "UPDATE Item SET changed = 0 WHERE changed = 1");
    report("W5", body.count, now() - started);
    floor_need(answer == W5_OBJECTS, "some rows were not taken");
    curl_slist_free_all(headers);
    free(body.bytes);
}

int main(int argc, char **argv)
{
    char url[64];
    sqlite3 *db;
    CURL *curl;

    if (argc != 4) {
        fprintf(stderr, "usage: floor_client download|upload PORT DATABASE\n");
        return 2;
    }
    curl = curl_easy_init();
    floor_need(curl != NULL, "no libcurl");
    db = floor_open(argv[3], "NORMAL");
    snprintf(url, sizeof url, "http://127.0.0.1:%s/", argv[2]);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 524288L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    if (strcmp(argv[1], "upload") == 0)
        upload(curl, db);
    else
        download(curl, db);
    sqlite3_close(db);
    curl_easy_cleanup(curl);
    return 0;
}
