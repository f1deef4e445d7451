# What the models layer generates at build time: the metamodel table, the
# strict schema (model-format MF-X16) and the embedded System module.
add_executable(nf_models_generate models/generate/generate.c)
set(nf_models_out ${CMAKE_BINARY_DIR}/generated/models)
file(MAKE_DIRECTORY ${nf_models_out})

add_custom_command(
  OUTPUT ${nf_models_out}/metamodel_table.h ${nf_models_out}/strict.rng
         ${nf_models_out}/strict_rng.h ${nf_models_out}/generic_rng.h
         ${nf_models_out}/system_xml.h
  COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:nf_models_generate> table
          ${CMAKE_SOURCE_DIR}/models/metamodel.tsv
          ${nf_models_out}/metamodel_table.h
  COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
          $<TARGET_FILE:nf_models_generate> schema
          ${CMAKE_SOURCE_DIR}/models/metamodel.tsv ${nf_models_out}/strict.rng
  COMMAND nf_models_generate embed nf_strict_rng
          ${nf_models_out}/strict.rng ${nf_models_out}/strict_rng.h
  COMMAND nf_models_generate embed nf_generic_rng
          ${CMAKE_SOURCE_DIR}/models/generic.rng ${nf_models_out}/generic_rng.h
  COMMAND nf_models_generate embed nf_system_xml
          ${CMAKE_SOURCE_DIR}/models/system.xml ${nf_models_out}/system_xml.h
  DEPENDS nf_models_generate ${CMAKE_SOURCE_DIR}/models/metamodel.tsv
          ${CMAKE_SOURCE_DIR}/models/generic.rng
          ${CMAKE_SOURCE_DIR}/models/system.xml
  VERBATIM)
add_custom_target(nf_models_generated
  DEPENDS ${nf_models_out}/metamodel_table.h ${nf_models_out}/system_xml.h)
add_dependencies(nf_models_objects nf_models_generated)
