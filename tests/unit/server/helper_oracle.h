/* A small app with random access rules, its data, and what they mean: a slow
 * evaluator of domain D93 … D95 over structures of its own, which shares
 * nothing with the server's. Every text in the data stands there once, so that
 * it can be looked for in whatever the server answers. */
#ifndef HELPER_ORACLE_H
#define HELPER_ORACLE_H

#include "helper_world.h"

enum {
    ORACLE_RULES = 14,
    ORACLE_OBJECTS = 24,
    ORACLE_MEMBERS = 7,
    ORACLE_TEXT = 24,
    ORACLE_USERS = 6, /* the last one is anonymous */
    ORACLE_GUEST = ORACLE_USERS - 1,
};

typedef enum oracle_entity {
    ORACLE_BASE,
    ORACLE_SPECIAL, /* of BASE */
    ORACLE_OTHER,
    ORACLE_FILE, /* a file document */
    ORACLE_ENTITIES
} oracle_entity;

typedef enum oracle_member {
    ORACLE_K,    /* a number that no other object has */
    ORACLE_S,    /* text */
    ORACLE_N,    /* a small number */
    ORACLE_REF,  /* BASE, SPECIAL: to an OTHER */
    ORACLE_SET,  /* BASE, SPECIAL: to several OTHER */
    ORACLE_X,    /* SPECIAL: text */
    ORACLE_NAME, /* FILE: of System.FileDocument */
} oracle_member;

typedef enum oracle_right {
    ORACLE_NONE,
    ORACLE_READ,
    ORACLE_WRITE
} oracle_right;

typedef struct oracle_rule {
    oracle_entity entity;
    unsigned roles; /* module roles, a bit each */
    bool create, remove;
    int constraint; /* 0: none */
    oracle_right rights[ORACLE_MEMBERS];
} oracle_rule;

typedef struct oracle_object {
    oracle_entity entity;
    int64_t id;
    int owner; /* a user; -1 nobody */
    int64_t k, n;
    char s[ORACLE_TEXT], x[ORACLE_TEXT], name[ORACLE_TEXT];
    char contents[ORACLE_TEXT];
    int ref;      /* an object; -1 none */
    unsigned set; /* objects, a bit each */
} oracle_object;

typedef struct oracle {
    uint64_t state; /* of its random numbers */
    helper_world *world;
    oracle_rule rules[ORACLE_RULES];
    oracle_object objects[ORACLE_OBJECTS];
    int64_t users[ORACLE_USERS]; /* ids of their objects; 0 not yet */
    int numbers;                 /* of uploads and calls, used up so far */
} oracle;

/* Draws rules and data, opens the app and fills its server. */
void oracle_open(oracle *oracle, uint64_t seed);
void oracle_close(oracle *oracle);
uint64_t oracle_random(oracle *oracle, uint64_t below);

const char *oracle_user(int user); /* its name; NULL: anonymous */
const char *oracle_entity_name(oracle_entity entity);
bool oracle_has(oracle_entity entity, oracle_member member);
/* The member's name in models and data: "S", "M.Base_Other" … */
const char *oracle_member_name(oracle_member member);
bool oracle_is_kind_of(oracle_entity entity, oracle_entity general);

/* ---- what the rules say -------------------------------------------------- */

/* `object` NULL: a new object of the entity, for which constraints hold. */
oracle_right oracle_rights(const oracle *oracle, int user, oracle_entity entity,
                           const oracle_object *object, oracle_member member);
bool oracle_visible(const oracle *oracle, int user,
                    const oracle_object *object);
bool oracle_may_create(const oracle *oracle, int user, oracle_entity entity);
bool oracle_may_remove(const oracle *oracle, int user,
                       const oracle_object *object);

/* ---- what may not leave the server --------------------------------------- */

/* A text of the data that `user` (-1: nobody) may not read and that stands in
 * these bytes; NULL. */
const char *oracle_leak(const oracle *oracle, int user, const void *bytes,
                        size_t size);

#endif
