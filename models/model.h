/* The app model in memory: const, shared by threads, internally locked where
 * it loads lazily. Opening reads the index of units, the domain models,
 * enumerations, constants, security, navigation and settings; flows and every
 * other document are read when first needed. It knows no values and no
 * database.
 *
 * All pointers below are borrowed from the model and valid until
 * nf_model_close. Strings are UTF-8. Arrays are in model order unless said
 * otherwise. */
#ifndef NF_MODELS_MODEL_H
#define NF_MODELS_MODEL_H

#include "base/error.h"
#include "models/element.h"
#include "models/type.h"

typedef struct nf_model nf_model;
typedef struct nf_module nf_module;
typedef struct nf_document nf_document;
typedef struct nf_attribute nf_attribute;
typedef struct nf_association nf_association;
typedef struct nf_member nf_member;
typedef struct nf_flow nf_flow;

/* Opens an app: a .mpr file (v1 or v2), a project folder, an .xml model or a
 * JSON dump (MF-C13). Read-only: the file is never changed, and may be open in
 * Studio Pro (MF-P14). Errors: NF_INPUT with file and line or offset. Warnings
 * are kept (nf_model_warning). Any thread. Owner: caller. */
nf_status nf_model_open(nf_model **out, const char *path, nf_error *err);
/* The same, but only the index is read: modules and documents are known, and
 * nothing else before nf_model_complete, which any thread may call, again and
 * again; its errors are those of opening. */
nf_status nf_model_open_index(nf_model **out, const char *path, nf_error *err);
nf_status nf_model_complete(nf_model *model, nf_error *err);
void nf_model_close(nf_model *model);

/* Grows while documents are read; texts stay valid. */
size_t nf_model_warning_count(const nf_model *model);
const char *nf_model_warning(const nf_model *model, size_t index);

typedef struct nf_version {
    int major, minor, patch;
} nf_version;

/* Mendix product version (MF-C3), and app-wide settings. */
typedef struct nf_settings {
    nf_version version;
    const char *version_text;
    const char *default_language; /* "en_US" */
    const nf_element *languages;  /* Settings$LanguageSettings, or NULL */
    bool half_even;           /* RoundingMode HalfEven; else half away from 0 */
    bool new_string_behavior; /* activities V10 */
    int decimal_scale;        /* 8 … 18, domain D12 */
    bool optimistic_locking;  /* domain D78 */
    bool keep_auto_committed; /* synchronize S97 */
} nf_settings;
const nf_settings *nf_model_settings(const nf_model *model);
/* SHA-256 of what the model means to data and sync (32 bytes). */
const uint8_t *nf_model_fingerprint(const nf_model *model);
/* The path it was opened from; the project's name for people. */
const char *nf_model_path(const nf_model *model);
/* A stable identity of the app (the guid of the project unit, as text). */
const char *nf_model_app_id(const nf_model *model);

/* ---- modules and documents ------------------------------------------- */

struct nf_module {
    const char *name;
    bool system; /* the built-in module System */
};
size_t nf_model_module_count(const nf_model *model);
const nf_module *nf_model_module(const nf_model *model, size_t index);

/* A stored unit: flow, page, enumeration … (also excluded ones), folders, and
 * units without a name (domain models, security, settings …). Modules and the
 * project are not documents, entities and associations neither. */
struct nf_document {
    const nf_model *model;
    const nf_module *module; /* NULL for project documents */
    nf_guid id;
    const char *type;      /* stored $Type */
    const char *name;      /* "" for unnamed units */
    const char *qualified; /* Module.Name; without a name the module's, "" for
                              project documents */
    bool excluded;
};
size_t nf_model_document_count(const nf_model *model);
const nf_document *nf_model_document(const nf_model *model, size_t index);
/* By stored type and qualified name, not excluded; NULL if there is none. */
const nf_document *nf_model_find_document(const nf_model *model,
                                          const char *type,
                                          const char *qualified);
/* Its content, read at the first call; NULL with an error if it can't be
 * read (MF-P2). Any thread. */
const nf_element *nf_document_element(const nf_document *document,
                                      nf_error *err);

/* ---- domain model ------------------------------------------------------ */

typedef enum nf_attribute_type {
    NF_ATTRIBUTE_STRING,
    NF_ATTRIBUTE_INTEGER,
    NF_ATTRIBUTE_LONG,
    NF_ATTRIBUTE_DECIMAL,
    NF_ATTRIBUTE_BOOLEAN,
    NF_ATTRIBUTE_DATETIME,
    NF_ATTRIBUTE_ENUMERATION,
    NF_ATTRIBUTE_AUTONUMBER,
    NF_ATTRIBUTE_BINARY,
    NF_ATTRIBUTE_HASHED
} nf_attribute_type;

struct nf_attribute {
    const nf_entity *entity; /* declaring */
    const char *name;
    const char *qualified; /* Module.Entity.Name; declaring entity */
    nf_guid guid;          /* identity for storage */
    nf_attribute_type type;
    int64_t length; /* String; 0 unlimited */
    const nf_enumeration *enumeration;
    bool localize;                    /* DateTime, domain D14 */
    const char *default_value;        /* text, domain D17; "" none */
    bool calculated;                  /* by a microflow of the server, D18 */
    const char *calculated_microflow; /* "" if not */
    bool calculated_pass_entity;
    bool system; /* createdDate, changedDate, MxObjectVersion: only the server
                    writes it */
};
/* The attribute that counts commits where the model has optimistic locking. */
#define NF_OBJECT_VERSION "MxObjectVersion"
/* The value kind of an attribute type. */
nf_kind nf_attribute_kind(const nf_attribute *attribute);

typedef enum nf_delete_behavior {
    NF_DELETE_KEEP,    /* DeleteMeButKeepReferences */
    NF_DELETE_CASCADE, /* DeleteMeAndReferences */
    NF_DELETE_PREVENT  /* DeleteMeIfNoReferences */
} nf_delete_behavior;

struct nf_association {
    const char *name;
    const char *qualified;
    nf_guid guid;
    const nf_entity *parent; /* owner side; NULL for System.owner/changedBy */
    const nf_entity *child;
    bool set;        /* ReferenceSet */
    bool owner_both; /* with a Reference: one-to-one */
    bool system;     /* System.owner, System.changedBy */
    nf_delete_behavior parent_delete, child_delete;   /* domain D50 */
    const nf_element *parent_message, *child_message; /* Texts$Text or NULL */
};

/* A member of an entity: an attribute, or an association that objects of the
 * entity own. Inherited members come first, the root's own first of all, so a
 * member has the same index in every specialization. Within one level:
 * attributes, system dates, own associations as parent, associations with
 * owner Both as child, System.owner, System.changedBy. */
struct nf_member {
    const char *name; /* attribute name, or qualified association name */
    const nf_attribute *attribute;     /* or */
    const nf_association *association; /* exactly one is set */
    bool child_end; /* association with owner Both, seen from its child */
    size_t index;
    nf_type type; /* value type; OBJECT or LIST for associations */
};

typedef enum nf_entity_kind {
    NF_ENTITY_PERSISTABLE,
    NF_ENTITY_NON_PERSISTABLE,
    NF_ENTITY_EXTERNAL,
    NF_ENTITY_VIEW
} nf_entity_kind;

typedef enum nf_rights {
    NF_RIGHTS_NONE,
    NF_RIGHTS_READ,
    NF_RIGHTS_READ_WRITE
} nf_rights;

typedef struct nf_access_rule {
    const char *const *module_roles; /* qualified */
    size_t module_role_count;
    bool allow_create, allow_delete;
    const char *constraint;  /* XPath with brackets; "" none */
    const nf_rights *rights; /* per member index of the entity */
} nf_access_rule;

typedef enum nf_rule_kind {
    NF_RULE_REQUIRED,
    NF_RULE_UNIQUE,
    NF_RULE_EQUALS,
    NF_RULE_RANGE,
    NF_RULE_REGEX,
    NF_RULE_MAX_LENGTH
} nf_rule_kind;

typedef struct nf_validation_rule {
    const nf_member *member;
    nf_rule_kind kind;
    const nf_element *info;    /* its RuleInfo part */
    const nf_element *message; /* Texts$Text */
} nf_validation_rule;

typedef struct nf_event_handler {
    bool before;
    const char *event; /* Create, Commit, Delete, RollBack */
    const char *microflow;
    bool pass_object;
    bool error_on_false;
} nf_event_handler;

typedef struct nf_index_part {
    const nf_member *member;
    bool ascending;
} nf_index_part;

typedef struct nf_index {
    nf_guid guid;
    const nf_index_part *parts;
    size_t count;
    bool include_offline;
} nf_index;

struct nf_entity {
    const nf_model *model;
    const nf_module *module;
    const char *name;
    const char *qualified;
    nf_guid id;   /* inside the model */
    nf_guid guid; /* identity for storage */
    nf_entity_kind kind;
    const nf_entity *generalization; /* NULL for a root */
    const nf_entity *root;
    const nf_entity *const *specializations; /* direct ones */
    size_t specialization_count;
    const nf_member *members; /* own and inherited */
    size_t member_count;
    size_t own_member_start; /* index of the first member of its own level */
    const nf_access_rule *access_rules;
    size_t access_rule_count;
    const nf_validation_rule *validation_rules; /* own level only */
    size_t validation_rule_count;
    const nf_event_handler *event_handlers; /* own level only */
    size_t event_handler_count;
    const nf_index *indexes; /* own level only */
    size_t index_count;
    bool is_file;  /* System.FileDocument or a specialization */
    bool is_image; /* System.Image or a specialization */
    bool calculates; /* has calculated attributes, own or inherited (D18) */
    bool stamped;    /* has system members (D30) */
    size_t number; /* position in nf_model_entity: for tables by entity */
};

size_t nf_model_entity_count(const nf_model *model); /* System included */
const nf_entity *nf_model_entity(const nf_model *model, size_t index);
/* By qualified name; NULL. System.SynchronizationFailure gives
 * System.SynchronizationError (design §10.2). */
const nf_entity *nf_model_find_entity(const nf_model *model,
                                      const char *qualified);
/* System.owner and System.changedBy are found by name but not enumerated. */
size_t nf_model_association_count(const nf_model *model);
const nf_association *nf_model_association(const nf_model *model, size_t index);
const nf_association *nf_model_find_association(const nf_model *model,
                                                const char *qualified);
/* Whether `entity` is `ancestor` or one of its specializations. */
bool nf_entity_is(const nf_entity *entity, const nf_entity *ancestor);
/* By attribute name, by qualified attribute name (MF-E13, MF-P9) or by
 * qualified association name; NULL. */
const nf_member *nf_entity_find_member(const nf_entity *entity,
                                       const char *name);
const nf_member *nf_entity_find_member_n(const nf_entity *entity,
                                         const char *name, size_t length);

typedef struct nf_enumeration_value {
    const nf_enumeration *enumeration;
    const char *name;          /* the key */
    const nf_element *caption; /* Texts$Text or NULL */
} nf_enumeration_value;

struct nf_enumeration {
    const char *name;
    const char *qualified;
    const nf_enumeration_value *values;
    size_t count;
};
size_t nf_model_enumeration_count(const nf_model *model);
const nf_enumeration *nf_model_enumeration(const nf_model *model, size_t index);
const nf_enumeration *nf_model_find_enumeration(const nf_model *model,
                                                const char *qualified);
const nf_enumeration_value *
nf_enumeration_find(const nf_enumeration *enumeration, const char *key);

typedef struct nf_constant {
    const char *name;
    const char *qualified;
    nf_type type;
    const char *default_value;
    bool exposed_to_client;
} nf_constant;
size_t nf_model_constant_count(const nf_model *model);
const nf_constant *nf_model_constant(const nf_model *model, size_t index);
const nf_constant *nf_model_find_constant(const nf_model *model,
                                          const char *qualified);

/* ---- flows and code actions ------------------------------------------- */

typedef enum nf_flow_kind {
    NF_FLOW_NANOFLOW,
    NF_FLOW_MICROFLOW,
    NF_FLOW_RULE,
    NF_FLOW_JAVASCRIPT_ACTION, /* signature only */
    NF_FLOW_JAVA_ACTION,       /* signature only */
    NF_FLOW_PAGE,              /* signature only: page parameters */
    NF_FLOW_ACTIVITY           /* of a microflow, that a host answers for; no
                                  document */
} nf_flow_kind;
/* "Microflows$Nanoflow" …, the stored type of a kind. */
const char *nf_flow_kind_type(nf_flow_kind kind);

typedef struct nf_parameter {
    const char *name;
    const char *qualified; /* Module.Document.Parameter */
    nf_type type; /* UNKNOWN: a code action parameter that is no value (an
                     entity, a flow …), or a type that does not resolve */
    bool required;
    const char *default_value; /* expression text, "" none (F38) */
    const char *special; /* code actions: "entity", "nanoflow", "microflow",
                            "enumeration" …; "" for values */
    nf_guid id;
} nf_parameter;

struct nf_flow {
    const nf_document *document;
    const nf_element *element;
    nf_flow_kind kind;
    const char *qualified;
    const nf_parameter *parameters;
    size_t parameter_count;
    nf_type result; /* VOID if none */
    bool apply_entity_access;
    bool list_by_reference; /* UseListParameterByReference, activities C5 */
    const char *const *allowed_roles; /* module roles, qualified */
    size_t allowed_role_count;
};
/* Loads the document and its signature at the first call. Errors: NF_USAGE
 * code "not_found" (unknown), "excluded_document" (MF-P6), NF_INPUT (content
 * unreadable). Any thread. */
nf_status nf_model_flow(const nf_flow **out, const nf_model *model,
                        nf_flow_kind kind, const char *qualified,
                        nf_error *err);
const nf_parameter *nf_flow_find_parameter(const nf_flow *flow,
                                           const char *name);
/* A DataTypes$… element as a type; missing or unknown: UNKNOWN. */
nf_type nf_model_data_type(const nf_model *model, const nf_element *element);
/* The type that `holder` has in `part`, or as a text, as models before 7.9 have
 * it. */
nf_type nf_model_type_of(const nf_model *model, const nf_element *holder,
                         const char *part, const char *text);

/* ---- texts, security, navigation --------------------------------------- */

/* A Texts$Text in `language`, else in the default language, else any
 * translation, else "". Borrowed. */
const char *nf_model_text(const nf_model *model, const nf_element *text,
                          const char *language);

/* Whether the app's settings list a language, or list none at all. */
bool nf_model_has_language(const nf_model *model, const char *code);

typedef enum nf_security_level {
    NF_SECURITY_OFF,       /* CheckNothing */
    NF_SECURITY_PROTOTYPE, /* CheckFormsAndMicroflows */
    NF_SECURITY_PRODUCTION /* CheckEverything: entity access is evaluated */
} nf_security_level;

typedef struct nf_user_role {
    const char *name;
    nf_guid guid;
    const char *const *module_roles;
    size_t module_role_count;
    bool manage_all_roles, manage_users_without_roles;
    const char *const *manageable_roles;
    size_t manageable_role_count;
} nf_user_role;

typedef struct nf_demo_user {
    const char *name, *password, *entity;
    const char *const *user_roles;
    size_t user_role_count;
} nf_demo_user;

typedef struct nf_security {
    nf_security_level level;
    const nf_user_role *user_roles;
    size_t user_role_count;
    const nf_demo_user *demo_users;
    size_t demo_user_count;
    bool demo_users_enabled; /* they may sign in with their passwords */
    const char *admin_name, *admin_role; /* "MxAdmin", … */
    bool guest_access;
    const char *guest_role;
    const char *const *module_roles; /* all, System's included */
    size_t module_role_count;
} nf_security;
const nf_security *nf_model_security(const nf_model *model);

typedef enum nf_sync_mode { /* synchronize 2.2 */
                            NF_SYNC_ALL,
                            NF_SYNC_CONSTRAINED,
                            NF_SYNC_NONE,
                            NF_SYNC_NONE_PRESERVE,
                            NF_SYNC_NEVER,
                            NF_SYNC_ONLINE
} nf_sync_mode;

typedef struct nf_offline_config {
    const nf_entity *entity;
    nf_sync_mode mode;
    const char *constraint; /* "" unless Constrained */
    bool compatibility;
} nf_offline_config;

typedef struct nf_profile {
    const char *name;
    const char *kind; /* "Native", or the stored Kind of a web profile */
    bool offline, native;
    bool throw_partial_error;   /* S7, default by version applied */
    int64_t network_timeout_ms; /* 0: not stored */
    const nf_offline_config *configs;
    size_t config_count;
} nf_profile;
size_t nf_model_profile_count(const nf_model *model);
const nf_profile *nf_model_profile(const nf_model *model, size_t index);
/* By name; NULL name: S8's choice (native, else first offline). NULL if there
 * is none: the caller runs as S4's assumed offline profile. */
const nf_profile *nf_model_find_profile(const nf_model *model,
                                        const char *name);
/* The config that applies to an entity: that of the nearest configured entity
 * up its generalizations (S10), else All. `profile` may be NULL: All. */
nf_offline_config nf_profile_config(const nf_profile *profile,
                                    const nf_entity *entity);
/* Whether one of those is configured. */
bool nf_profile_configures(const nf_profile *profile, const nf_entity *entity);

#endif
