# Fuzz targets. Each is built with a driver that replays seeds and bounded
# mutations as a test; with NF_FUZZ (clang) also as a libFuzzer program.
if(NOT TARGET nf_models)
  return()
endif()
set(NF_FUZZ_DIR ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
set(NF_FUZZ_OUT ${CMAKE_CURRENT_BINARY_DIR}/fuzz)
file(MAKE_DIRECTORY ${NF_FUZZ_OUT})

add_executable(fuzz_make_seed ${NF_FUZZ_DIR}/make_seed.c)
target_link_libraries(fuzz_make_seed PRIVATE nf_models zip)
add_test(NAME fuzz/make_seed COMMAND fuzz_make_seed ${NF_FUZZ_DIR}/seed.xml
         ${NF_FUZZ_OUT}/seed.mpr ${NF_FUZZ_OUT}/seed.bson
         ${NF_FUZZ_OUT}/seed.mpk)
set_tests_properties(fuzz/make_seed PROPERTIES FIXTURES_SETUP fuzz_seeds)

# nf_fuzz(NAME library seeds…)
function(nf_fuzz name library)
  add_executable(fuzz_${name}_replay ${NF_FUZZ_DIR}/fuzz_${name}.c
                 ${NF_FUZZ_DIR}/driver.c)
  target_link_libraries(fuzz_${name}_replay PRIVATE ${library})
  add_test(NAME fuzz/${name} COMMAND fuzz_${name}_replay ${ARGN})
  set_tests_properties(fuzz/${name} PROPERTIES FIXTURES_REQUIRED fuzz_seeds
                       TIMEOUT 60)
  if(NF_FUZZ)
    add_executable(fuzz_${name} ${NF_FUZZ_DIR}/fuzz_${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE ${library})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

nf_fuzz(bson nf_models ${NF_FUZZ_OUT}/seed.bson)
nf_fuzz(xml nf_models ${NF_FUZZ_DIR}/seed.xml)
nf_fuzz(mpr nf_models ${NF_FUZZ_OUT}/seed.mpr)
nf_fuzz(json nf_models
        ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/models/json/dump.json)
nf_fuzz(mpk nf_models ${NF_FUZZ_OUT}/seed.mpk)
foreach(target fuzz_mpr_replay fuzz_mpr fuzz_json_replay fuzz_json
        fuzz_mpk_replay fuzz_mpk)
  if(TARGET ${target})
    target_sources(${target} PRIVATE ${NF_FUZZ_DIR}/open_app.c)
  endif()
endforeach()
if(TARGET nf_interpreter)
  nf_fuzz(expression nf_interpreter)
  nf_fuzz(typed_expression nf_interpreter)
  set(NF_FUZZ_HELPERS ${CMAKE_CURRENT_SOURCE_DIR}/unit/interpreter)
  foreach(target fuzz_typed_expression_replay fuzz_typed_expression)
    if(TARGET ${target})
      target_sources(${target} PRIVATE
        ${NF_FUZZ_HELPERS}/helper_random_expression.c
        ${NF_FUZZ_HELPERS}/helper_tree_eval.c)
      target_include_directories(${target} PRIVATE ${NF_FUZZ_HELPERS})
    endif()
  endforeach()
endif()
if(TARGET nf_database)
  nf_fuzz(xpath nf_database)
endif()
if(TARGET nf_sync)
  nf_fuzz(result nf_sync)
  foreach(target fuzz_result_replay fuzz_result)
    if(TARGET ${target})
      target_compile_definitions(${target} PRIVATE
        NF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endif()
  endforeach()
endif()
if(TARGET nf_server)
  nf_fuzz(server nf_server)
  nf_fuzz(http nf_server)
  target_sources(fuzz_http_replay PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/server/helper_head.c)
  if(NF_FUZZ)
    target_sources(fuzz_http PRIVATE
      ${CMAKE_CURRENT_SOURCE_DIR}/unit/server/helper_head.c)
  endif()
endif()
if(TARGET nf_javascript)
  nf_fuzz(javascript nf_javascript)
endif()
