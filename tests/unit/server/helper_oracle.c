/* See helper_oracle.h. */
#include "helper_oracle.h"
#include "helper_oracle_app.h"

uint64_t oracle_random(oracle *o, uint64_t below)
{
    o->state ^= o->state << 13;
    o->state ^= o->state >> 7;
    o->state ^= o->state << 17;
    return (o->state >> 11) % below;
}

/* ---- names ---------------------------------------------------------------
 */

const char *oracle_user(int user)
{
    static const char *const names[] = {"u0", "u1", "u2", "u3", "u4"};
    return user == ORACLE_GUEST ? NULL : names[user];
}

/* Module roles of the users, by number, through their user roles: A has 0, B
 * has 1, C has 0 and 2, D has 3. */
static unsigned roles_of(int user)
{
    static const unsigned roles[ORACLE_USERS] = {
        1 << 0,                   /* A */
        1 << 1,                   /* B */
        1 << 0 | 1 << 1,          /* A and B */
        1 << 0 | 1 << 2,          /* C */
        1 << 0 | 1 << 2 | 1 << 1, /* B and C */
        1 << 3,                   /* D: guests */
    };
    return roles[user];
}

const char *oracle_entity_name(oracle_entity entity)
{
    static const char *const names[] = {"M.Base", "M.Special", "M.Other",
                                        "M.File"};
    return names[entity];
}

const char *oracle_member_name(oracle_member member)
{
    static const char *const names[] = {
        "K", "S", "N", "M.Base_Other", "M.Base_Set", "X", "Name"};
    return names[member];
}

bool oracle_has(oracle_entity entity, oracle_member member)
{
    switch (member) {
    case ORACLE_REF:
    case ORACLE_SET:
        return entity == ORACLE_BASE || entity == ORACLE_SPECIAL;
    case ORACLE_X:
        return entity == ORACLE_SPECIAL;
    case ORACLE_NAME:
        return entity == ORACLE_FILE;
    default:
        return true;
    }
}

bool oracle_is_kind_of(oracle_entity entity, oracle_entity general)
{
    return entity == general ||
           (general == ORACLE_BASE && entity == ORACLE_SPECIAL);
}

/* ---- constraints ---------------------------------------------------------
 */

static bool some_base_refers(const oracle *o, const oracle_object *other,
                             bool set, int64_t n, int owner)
{
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *base = &o->objects[i];
        bool refers = set ? base->set >> (other - o->objects) & 1
                          : base->ref == other - o->objects;
        if (oracle_is_kind_of(base->entity, ORACLE_BASE) && refers &&
            (n < 0 || base->n == n) && (owner < 0 || base->owner == owner))
            return true;
    }
    return false;
}

static bool some_of_set(const oracle *o, const oracle_object *base, int64_t n)
{
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (base->set >> i & 1 && o->objects[i].n == n)
            return true;
    return false;
}

/* In the order of oracle_constraint. */
static bool holds(const oracle *o, int user, const oracle_object *x,
                  int constraint)
{
    switch (constraint) {
    case 0:
        return true;
    case 1:
        return x->n == 1;
    case 2:
        return x->n > 1;
    case 3:
        return x->s[0] == 'a';
    case 4:
        return x->n != 2 && x->s[0] == 'b';
    case 5:
        return x->n == 0 || x->s[0] == 'c';
    default:
        break;
    }
    if (x->entity == ORACLE_OTHER)
        return constraint == 6   ? some_base_refers(o, x, false, 1, -1)
               : constraint == 7 ? some_base_refers(o, x, false, -1, user)
               : constraint == 8 ? some_base_refers(o, x, true, 2, -1)
                                 : !some_base_refers(o, x, false, -1, -1);
    if (constraint == 6)
        return x->owner == user;
    if (constraint == 7)
        return x->n == 1 || x->owner == user;
    if (x->entity == ORACLE_FILE)
        return constraint == 8 ? x->name[0] == 'a' : x->name[0] != 'a';
    return constraint == 8 ? x->ref >= 0 && o->objects[x->ref].n == 1
                           : some_of_set(o, x, 2);
}

/* ---- rights --------------------------------------------------------------
 */

static bool applies(const oracle *o, int user, const oracle_rule *rule,
                    oracle_entity entity, const oracle_object *object)
{
    return rule->entity == entity && (rule->roles & roles_of(user)) != 0 &&
           (!object || holds(o, user, object, rule->constraint));
}

oracle_right oracle_rights(const oracle *o, int user, oracle_entity entity,
                           const oracle_object *object, oracle_member member)
{
    oracle_right best = ORACLE_NONE;

    for (int i = 0; i < ORACLE_RULES; i++)
        if (applies(o, user, &o->rules[i], entity, object) &&
            oracle_has(entity, member) && o->rules[i].rights[member] > best)
            best = o->rules[i].rights[member];
    return best;
}

bool oracle_visible(const oracle *o, int user, const oracle_object *object)
{
    for (int m = 0; m < ORACLE_MEMBERS; m++)
        if (oracle_rights(o, user, object->entity, object, (oracle_member)m) !=
            ORACLE_NONE)
            return true;
    return false;
}

bool oracle_may_create(const oracle *o, int user, oracle_entity entity)
{
    for (int i = 0; i < ORACLE_RULES; i++)
        if (applies(o, user, &o->rules[i], entity, NULL) && o->rules[i].create)
            return true;
    return false;
}

bool oracle_may_remove(const oracle *o, int user, const oracle_object *object)
{
    for (int i = 0; i < ORACLE_RULES; i++)
        if (applies(o, user, &o->rules[i], object->entity, object) &&
            o->rules[i].remove)
            return true;
    return false;
}

/* ---- leaks ---------------------------------------------------------------
 */

static bool may_read(const oracle *o, int user, const oracle_object *object,
                     oracle_member member)
{
    return user >= 0 && oracle_rights(o, user, object->entity, object,
                                      member) != ORACLE_NONE;
}

const char *oracle_leak(const oracle *o, int user, const void *bytes,
                        size_t size)
{
    for (int i = 0; size > 0 && i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &o->objects[i];
        const struct {
            const char *text;
            bool allowed;
        } texts[] = {
            {x->s, may_read(o, user, x, ORACLE_S)},
            {x->x, may_read(o, user, x, ORACLE_X)},
            {x->name, may_read(o, user, x, ORACLE_NAME)},
            {x->contents, user >= 0 && oracle_visible(o, user, x)},
        };
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (!texts[k].allowed && *texts[k].text &&
                memmem(bytes, size, texts[k].text, strlen(texts[k].text)))
                return texts[k].text;
    }
    return NULL;
}

/* ---- rules and data ------------------------------------------------------
 */

static void draw_rule(oracle *o, oracle_rule *rule, int number)
{
    rule->entity = (oracle_entity)(number % ORACLE_ENTITIES);
    rule->roles = 1 + (unsigned)oracle_random(o, 15);
    rule->create = oracle_random(o, 2) == 0;
    rule->remove = oracle_random(o, 2) == 0;
    rule->constraint =
        oracle_random(o, 4) == 0 ? 0 : 1 + (int)oracle_random(o, 9);
    for (int m = 0; m < ORACLE_MEMBERS; m++)
        rule->rights[m] = oracle_random(o, 3) == 0
                              ? ORACLE_NONE
                              : (oracle_right)oracle_random(o, 3);
    /* Some grant no reading at all. */
    for (int m = 0; number % 7 == 6 && m < ORACLE_MEMBERS; m++)
        rule->rights[m] = ORACLE_NONE;
}

static void draw_text(oracle *o, char to[ORACLE_TEXT], const char *what, int i)
{
    snprintf(to, ORACLE_TEXT, "%c-%s%d-%06x", 'a' + (int)oracle_random(o, 3),
             what, i, (unsigned)oracle_random(o, 1 << 24));
}

static void draw_object(oracle *o, oracle_object *x, int i)
{
    /* First those that others refer to. */
    static const oracle_entity kinds[] = {ORACLE_BASE, ORACLE_SPECIAL,
                                          ORACLE_FILE, ORACLE_BASE};
    int others = ORACLE_OBJECTS / 4;

    x->entity = i < others ? ORACLE_OTHER : kinds[i % 4];
    x->owner = (int)oracle_random(o, ORACLE_USERS) - 1;
    x->k = 700001 + i;
    x->n = (int64_t)oracle_random(o, 4);
    draw_text(o, x->s, "s", i);
    x->ref = -1;
    if (x->entity == ORACLE_SPECIAL)
        draw_text(o, x->x, "x", i);
    if (x->entity == ORACLE_FILE) {
        draw_text(o, x->name, "name", i);
        draw_text(o, x->contents, "bytes", i);
    }
    if (oracle_has(x->entity, ORACLE_REF) && oracle_random(o, 3) > 0)
        x->ref = (int)oracle_random(o, (uint64_t)others);
    if (oracle_has(x->entity, ORACLE_SET))
        x->set = (unsigned)oracle_random(o, UINT64_C(1) << others);
}

void oracle_open(oracle *o, uint64_t seed)
{
    memset(o, 0, sizeof *o);
    o->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int i = 0; i < 8; i++)
        oracle_random(o, 2);
    for (int i = 0; i < ORACLE_RULES; i++)
        draw_rule(o, &o->rules[i], i);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        draw_object(o, &o->objects[i], i);
    oracle_app_open(o);
}

void oracle_close(oracle *o)
{
    void *world = o->world;
    helper_teardown(&world);
}
