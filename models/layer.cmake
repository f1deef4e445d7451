# What the models layer generates at build time: the metamodel table, the
# strict schema (model-format MF-X16) and the units of the module System.
add_executable(nf_models_generate models/generate/generate.c)
set(nf_models_out ${PROJECT_BINARY_DIR}/generated/models)
file(MAKE_DIRECTORY ${nf_models_out})

add_custom_command(
  OUTPUT ${nf_models_out}/metamodel_table.h ${nf_models_out}/strict.rng
         ${nf_models_out}/strict_rng.h ${nf_models_out}/generic_rng.h
         ${nf_models_out}/system_xml.h
  COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:nf_models_generate> table
          ${PROJECT_SOURCE_DIR}/models/metamodel.tsv
          ${nf_models_out}/metamodel_table.h
  COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:nf_models_generate> schema
          ${PROJECT_SOURCE_DIR}/models/metamodel.tsv ${nf_models_out}/strict.rng
  COMMAND nf_models_generate embed nf_strict_rng
          ${nf_models_out}/strict.rng ${nf_models_out}/strict_rng.h
  COMMAND nf_models_generate embed nf_generic_rng
          ${PROJECT_SOURCE_DIR}/models/generic.rng ${nf_models_out}/generic_rng.h
  DEPENDS nf_models_generate ${PROJECT_SOURCE_DIR}/models/metamodel.tsv
          ${PROJECT_SOURCE_DIR}/models/generic.rng
  VERBATIM)
add_custom_target(nf_models_tables DEPENDS ${nf_models_out}/metamodel_table.h)

# The module System, read once by the reader of all XML apps.
file(GLOB nf_pack_sources CONFIGURE_DEPENDS models/*.c)
list(FILTER nf_pack_sources EXCLUDE REGEX
     "/(build_[a-z]+|builtin|fingerprint|flow|model|type|writer_[a-z_]+)[.]c$")
add_executable(nf_models_pack models/generate/pack.c ${nf_pack_sources})
target_link_libraries(nf_models_pack PRIVATE nf_base)
add_dependencies(nf_models_pack nf_models_tables)
add_custom_command(
  OUTPUT ${nf_models_out}/system_units.h
  COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:nf_models_pack> ${PROJECT_SOURCE_DIR}/models/system.xml
          ${nf_models_out}/system_units.h
  DEPENDS nf_models_pack ${PROJECT_SOURCE_DIR}/models/system.xml
  VERBATIM)
add_custom_target(nf_models_generated
  DEPENDS ${nf_models_out}/metamodel_table.h ${nf_models_out}/system_units.h)
add_dependencies(nf_models_objects nf_models_generated)
