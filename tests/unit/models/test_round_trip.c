/* Nothing is lost on the way through the forms of a model (MF-X14, MF-X17,
 * MF-E7): random elements, of types and with properties that no table knows,
 * with texts that XML can't hold and values that Mendix does not store. The
 * seed of a failure is printed; NF_SEED=N repeats it. */
#include "helper_models.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "models/bson.h"
#include "models/container.h"
#include "models/metamodel.h"

enum { APPS = 6, UNITS = 40, MAX_PROPERTIES = 7 };

typedef struct maker {
    nf_arena *arena;
    nf_random random;
} maker;

static unsigned dice(maker *m, unsigned sides)
{
    uint32_t value = 0;

    assert_true(nf_random_bytes(&m->random, &value, sizeof value));
    return value % sides;
}

static void *copy(maker *m, const void *bytes, size_t length)
{
    char *memory = nf_arena_alloc(m->arena, length + 1);

    assert_non_null(memory);
    memcpy(memory, bytes, length);
    return memory;
}

/* ---- random values ------------------------------------------------------- */

static void make_text(maker *m, nf_property *out)
{
    static const char *const parts[] = {
        "a",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "]]>",
        "\x01",
        "\x1f",
        "\x7f",
        "\xC2\x85",
        "\xE2\x80\xA8",
        "\xEF\xBF\xBE",
        "\xEF\xBF\xBF",
        "\xF0\x9F\x98\x80",
        "",
        "{1}",
        "$Order/Total",
        ";",
        "=",
        "1;2",
        "00000000-0000-0000-0000-000000000001",
        "QUJD",
        "ninety characters and more so that the text becomes an element of its "
        "own, which it is for legibility"};
    char text[2048];
    size_t length = 0;

    for (unsigned i = dice(m, 6); i > 0; i--) {
        const char *part = parts[dice(m, sizeof parts / sizeof *parts)];

        memcpy(text + length, part, strlen(part));
        length += strlen(part);
        if (dice(m, 40) == 0)
            text[length++] = '\0';
    }
    out->kind = NF_PROPERTY_STRING;
    out->as.string.text = copy(m, text, length);
    out->as.string.length = length;
}

static void make_guid(maker *m, nf_guid *out)
{
    memset(out, 0, sizeof *out);
    if (dice(m, 5))
        assert_true(nf_random_bytes(&m->random, out, sizeof *out));
}

static void make_binary(maker *m, nf_property *out)
{
    uint8_t bytes[120];
    size_t length = dice(m, sizeof bytes);

    if (length == 16)
        length = 0;
    assert_true(nf_random_bytes(&m->random, bytes, sizeof bytes));
    out->kind = NF_PROPERTY_BINARY;
    out->as.binary.bytes = copy(m, bytes, length);
    out->as.binary.length = length;
}

/* Values of BSON that Mendix does not store. */
static void make_raw(maker *m, nf_property *out)
{
    static const struct {
        int type;
        const char *bytes;
        size_t length;
    } values[] = {
        {0x06, "", 0},
        {0x07, "abcdefghijkl", 12},
        {0x0B, "a.*b\0i\0", 7},
        {0x11, "12345678", 8},
        {0x13, "0123456789abcdef", 16},
        {0x7F, "", 0},
        {0xFF, "", 0},
        {0x05,
         "\x10\0\0\0\x04"
         "0123456789abcdef",
         21},                                       /* binary of subtype 4 */
        {0x03, "\x05\0\0\0\0", 5},                  /* no element */
        {0x03, "\x0c\0\0\0\x10n\0\x01\0\0\0\0", 12} /* nor this */
    };
    unsigned i = dice(m, sizeof values / sizeof *values);

    out->kind = NF_PROPERTY_RAW;
    out->as.raw.type = values[i].type;
    out->as.raw.bytes = copy(m, values[i].bytes, values[i].length);
    out->as.raw.length = values[i].length;
}

static void make_number(maker *m, nf_property *out)
{
    static const double odd[] = {0.0, -0.0,  1e300 * 1e300, -1e300 * 1e300,
                                 0.1, 5e-324};
    static const int64_t whole[] = {
        0, 1, -1, INT32_MAX, INT64_MAX, INT64_MIN, 9007199254740993};
    static const nf_property_kind kinds[] = {
        NF_PROPERTY_INT64, NF_PROPERTY_INT64, NF_PROPERTY_INT32,
        NF_PROPERTY_DATETIME, NF_PROPERTY_DOUBLE};

    out->kind = kinds[dice(m, sizeof kinds / sizeof *kinds)];
    if (out->kind == NF_PROPERTY_DOUBLE && dice(m, 2))
        out->as.real = odd[dice(m, sizeof odd / sizeof *odd)];
    else if (out->kind == NF_PROPERTY_DOUBLE) /* NaNs among them */
        assert_true(nf_random_bytes(&m->random, &out->as.real, 8));
    else
        out->as.integer = whole[dice(m, sizeof whole / sizeof *whole)];
    if (out->kind == NF_PROPERTY_INT32)
        out->as.integer = (int32_t)out->as.integer;
}

static void make_value(maker *m, nf_property *out, int depth);

static void make_list(maker *m, nf_property *out, int depth)
{
    size_t count = dice(m, 5);
    nf_property *items = nf_arena_array(m->arena, count, sizeof *items);

    assert_non_null(items);
    out->kind = NF_PROPERTY_LIST;
    out->as.list.marker = (int)dice(m, 5);
    for (size_t i = 0; i < count; i++) {
        items[i].name = "";
        make_value(m, &items[i], depth + 1);
        /* Without a marker a first number would be one (MF-E6). */
        if (i == 0 && !out->as.list.marker &&
            (items[i].kind == NF_PROPERTY_INT32 ||
             items[i].kind == NF_PROPERTY_INT64))
            items[i].kind = NF_PROPERTY_NULL;
    }
    out->as.list.items = items;
    out->as.list.count = count;
}

static const nf_element *make_element(maker *m, int depth);

static void make_value(maker *m, nf_property *out, int depth)
{
    switch (dice(m, 12)) {
    case 0:
        out->kind = NF_PROPERTY_NULL;
        break;
    case 1:
        out->kind = NF_PROPERTY_BOOLEAN;
        out->as.boolean = dice(m, 2) == 1;
        break;
    case 2:
    case 3:
        make_number(m, out);
        break;
    case 4:
        out->kind = NF_PROPERTY_GUID;
        make_guid(m, &out->as.guid);
        break;
    case 5:
        make_binary(m, out);
        break;
    case 6:
        make_raw(m, out);
        break;
    case 7:
    case 8:
        if (depth < 6) {
            out->kind = NF_PROPERTY_ELEMENT;
            out->as.element = make_element(m, depth + 1);
            break;
        }
        make_text(m, out);
        break;
    case 9:
        if (depth < 6) {
            make_list(m, out, depth);
            break;
        }
        /* fall through */
    default:
        make_text(m, out);
        break;
    }
}

/* ---- random elements ----------------------------------------------------- */

/* XML can hold few of these names. */
static const char *const odd_types[] = {"Acme", "A$B$C", "Acme$1", "a b$c",
                                        "$x"};
static const char *const odd_names[] = {"name",
                                        "lower",
                                        "$Dollar",
                                        "with space",
                                        "dot.ted",
                                        "\xC3\x9Cmlaut",
                                        "",
                                        "A\xC3\x97"
                                        "B",
                                        "xmlns",
                                        "x:y",
                                        "0",
                                        "containment",
                                        "\xE2\x80\xA8"};

static const char *make_type(maker *m)
{
    static const char *const types[] = {"Acme$Thing", "Acme$Other-Thing",
                                        "Forms$Unheard", "Pages$Page",
                                        "DomainModels$Attribute"};

    if (dice(m, 12) == 0)
        return odd_types[dice(m, sizeof odd_types / sizeof *odd_types)];
    return dice(m, 3)
               ? nf_meta_type_at(dice(m, (unsigned)nf_meta_type_count()))->name
               : types[dice(m, sizeof types / sizeof *types)];
}

static const char *make_name(maker *m, const nf_meta_type *meta)
{
    static const char *const names[] = {"Extra", "_Key", "Another-Name", "Z9",
                                        "ID",    "Type", "Units",        "Flow",
                                        "eXtra", "Item", "Null"};

    if (dice(m, 25) == 0)
        return odd_names[dice(m, sizeof odd_names / sizeof *odd_names)];
    return meta && meta->count && dice(m, 4)
               ? meta->properties[dice(m, (unsigned)meta->count)].name
               : names[dice(m, sizeof names / sizeof *names)];
}

static nf_element *new_element(maker *m, const char *type, size_t room)
{
    nf_element *element = nf_arena_alloc(m->arena, sizeof *element);

    assert_non_null(element);
    element->properties =
        nf_arena_array(m->arena, room, sizeof *element->properties);
    assert_non_null(element->properties);
    assert_true(nf_random_bytes(&m->random, &element->id, sizeof element->id));
    element->type = type;
    return element;
}

static void add_value(maker *m, nf_element *element, const char *name,
                      int depth)
{
    nf_property *properties = (nf_property *)(uintptr_t)element->properties;

    if (nf_element_get(element, name))
        return;
    make_value(m, &properties[element->count], depth);
    properties[element->count++].name = name;
}

static const nf_element *make_element(maker *m, int depth)
{
    const char *type = make_type(m);
    nf_element *element = new_element(m, type, MAX_PROPERTIES);

    for (unsigned i = dice(m, MAX_PROPERTIES); i > 0; i--)
        add_value(m, element, make_name(m, nf_meta_find_type(type)), depth);
    nf_properties_sort((nf_property *)(uintptr_t)element->properties,
                       element->count);
    return element;
}

static const nf_element *named(maker *m, const char *type, const char *name)
{
    nf_element *element = new_element(m, type, MAX_PROPERTIES + 1);
    nf_property *first = (nf_property *)(uintptr_t)element->properties;

    if (name) {
        first->name = "Name";
        first->kind = NF_PROPERTY_STRING;
        first->as.string.text = name;
        first->as.string.length = strlen(name);
        element->count = 1;
    }
    return element;
}

/* A document; its own names are such as XML can hold. */
static const nf_element *make_unit(maker *m, size_t index)
{
    static const char *const names[] = {"Extra", "_Key", "Z9",
                                        "Flows", "Size", "ObjectCollection"};
    nf_element *unit = (nf_element *)(uintptr_t)named(
        m, dice(m, 2) ? "Acme$Document" : "Microflows$Nanoflow",
        nf_arena_format(m->arena, "D%zu", index));

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dice(m, 2))
            add_value(m, unit, names[i], 0);
    nf_properties_sort((nf_property *)(uintptr_t)unit->properties, unit->count);
    return unit;
}

/* ---- files --------------------------------------------------------------- */

static void insert(sqlite3_stmt *row, const nf_element *unit,
                   const nf_guid *container, const char *containment)
{
    nf_buffer bytes;

    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode(&bytes, unit);
    assert_false(bytes.failed);
    sqlite3_reset(row);
    sqlite3_bind_blob(row, 1, unit->id.bytes, 16, SQLITE_STATIC);
    sqlite3_bind_blob(row, 2, container->bytes, 16, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, containment, -1, SQLITE_STATIC);
    sqlite3_bind_blob(row, 4, bytes.data, (int)bytes.length, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_DONE);
    sqlite3_reset(row);
    nf_buffer_dispose(&bytes);
}

static void make_app(maker *m, const char *path)
{
    const nf_element *project = named(m, "Projects$Project", NULL);
    const nf_element *module = named(m, "Projects$ModuleImpl", "M");
    sqlite3_stmt *row;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA synchronous=OFF; BEGIN; "
                     "CREATE TABLE _MetaData(_ProductVersion, _BuildVersion, "
                     "_SchemaHash); INSERT INTO _MetaData VALUES('11.9.0', "
                     "'11.9.0.1', 'x'); CREATE TABLE Unit(UnitID, ContainerID,"
                     " ContainmentName, TreeConflict, ContentsHash, "
                     "ContentsConflicts, Contents)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "INSERT INTO Unit VALUES(?, ?, ?, 0, '', '', ?)",
                           -1, &row, NULL),
        SQLITE_OK);
    insert(row, project, &project->id, "");
    insert(row, module, &project->id, "Modules");
    for (size_t i = 0; i < UNITS; i++)
        insert(row, make_unit(m, i), &module->id, "Documents");
    sqlite3_finalize(row);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void convert(void **state, const char *from, const char *to, int version)
{
    char path[HELPER_PATH], out[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;
    nf_status status;

    snprintf(path, sizeof path, "%s/%s", (char *)*state, from);
    snprintf(out, sizeof out, "%s/%s", (char *)*state, to);
    model = helper_open(path);
    status = strstr(to, ".xml") ? nf_model_write_xml(model, out, &err)
             : strstr(to, ".json")
                 ? nf_model_write_json(model, out, &err)
                 : nf_model_write_mpr(model, out, version, &err);
    if (status)
        fail_msg("%s -> %s: %s", from, to, err.message);
    nf_model_close(model);
}

static void same_bytes(void **state, const char *a, const char *b)
{
    char path[HELPER_PATH];
    unsigned char *x, *y;
    size_t length_x, length_y;

    snprintf(path, sizeof path, "%s/%s", (char *)*state, a);
    x = helper_read(path, &length_x);
    snprintf(path, sizeof path, "%s/%s", (char *)*state, b);
    y = helper_read(path, &length_y);
    if (length_x != length_y || memcmp(x, y, length_x))
        fail_msg("%s differs from %s", a, b);
    free(x);
    free(y);
}

/* Every unit of both apps is the same, as elements and as stored. */
static void same_units(void **state, const char *a, const char *b)
{
    char path[HELPER_PATH];
    nf_model *x, *y;
    const nf_container *c, *d;

    snprintf(path, sizeof path, "%s/%s", (char *)*state, a);
    x = helper_open(path);
    snprintf(path, sizeof path, "%s/%s", (char *)*state, b);
    y = helper_open(path);
    c = nf_model_container(x);
    d = nf_model_container(y);
    assert_int_equal(c->count, d->count);
    for (size_t i = 0; i < c->count; i++) {
        const nf_element *e = nf_unit_element(c, c->units[i], NULL);
        const nf_element *f = NULL;

        for (size_t k = 0; k < d->count; k++)
            if (nf_guid_equal(&c->units[i]->id, &d->units[k]->id))
                f = nf_unit_element(d, d->units[k], NULL);
        if (!e || !f || !nf_element_equal(e, f))
            fail_msg("unit %zu (%s) of %s and %s differs", i, c->units[i]->name,
                     a, b);
    }
    nf_model_close(x);
    nf_model_close(y);
}

static void check_app(void **state, uint64_t seed)
{
    maker m = {.arena = nf_arena_new()};
    char path[HELPER_PATH];

    printf("seed %llu\n", (unsigned long long)seed);
    assert_non_null(m.arena);
    nf_random_seed(&m.random, seed);
    snprintf(path, sizeof path, "%s/0.mpr", (char *)*state);
    unlink(path);
    make_app(&m, path);
    convert(state, "0.mpr", "1.xml", 0);
    convert(state, "1.xml", "2.mpr", 0);
    convert(state, "2.mpr", "3.xml", 0);
    same_bytes(state, "1.xml", "3.xml");
    same_units(state, "0.mpr", "2.mpr");
    convert(state, "1.xml", "4.mpr", 2);
    same_units(state, "0.mpr", "4.mpr");
    convert(state, "0.mpr", "5.json", 0);
    same_units(state, "0.mpr", "5.json");
    convert(state, "5.json", "6.xml", 0);
    same_bytes(state, "1.xml", "6.xml");
    convert(state, "6.xml", "7.json", 0);
    same_bytes(state, "5.json", "7.json");
    nf_arena_free(m.arena);
}

static void nothing_is_lost(void **state)
{
    const char *given = getenv("NF_SEED");

    if (given)
        check_app(state, strtoull(given, NULL, 10));
    for (uint64_t seed = 1; !given && seed <= APPS; seed++)
        check_app(state, seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost, helper_setup,
                                        helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
